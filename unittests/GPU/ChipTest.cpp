//===- ChipTest.cpp - Tests of what a GPU can do --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/GPU/Chip.h"

#include "gtest/gtest.h"

using mlir::mml::Chip;

namespace {

std::string getName(unsigned capability) {
  llvm::Expected<std::string> name = Chip::getNameFor(capability);
  return name ? *name : llvm::toString(name.takeError());
}

std::string getFeatures(llvm::StringRef chip, llvm::StringRef features) {
  llvm::Expected<Chip> parsed = Chip::parse(chip);
  if (!parsed)
    return llvm::toString(parsed.takeError());
  llvm::Expected<std::string> result = parsed->getFeatures(features);
  return result ? *result : llvm::toString(result.takeError());
}

TEST(ChipTest, CodeOfAnOlderChipRunsOnANewerOne) {
  EXPECT_EQ(getName(75), "sm_75");
  EXPECT_EQ(getName(80), "sm_80");
  EXPECT_EQ(getName(90), "sm_90");
  // Between two, and newer than all.
  EXPECT_EQ(getName(79), "sm_75");
  EXPECT_EQ(getName(199), "sm_121");
}

TEST(ChipTest, OldDevicesAreRefused) {
  EXPECT_EQ(getName(72), "expected a GPU of compute capability 7.5 or more but "
                         "got 7.2");
}

TEST(ChipTest, InstructionsFollowFromTheChip) {
  llvm::Expected<Chip> turing = Chip::parse("sm_75");
  ASSERT_TRUE(static_cast<bool>(turing));
  EXPECT_FALSE(turing->hasByteMma());
  EXPECT_FALSE(turing->hasAsyncCopies());
  EXPECT_EQ(turing->getProcessors(), 72);
  llvm::Expected<Chip> hopper = Chip::parse("sm_90a");
  ASSERT_TRUE(static_cast<bool>(hopper));
  EXPECT_EQ(hopper->getCapability(), 90u);
  EXPECT_TRUE(hopper->hasByteMma());
  EXPECT_TRUE(hopper->hasAsyncCopies());
  EXPECT_EQ(hopper->getProcessors(), 132);
}

TEST(ChipTest, VersionsOfPTX) {
  EXPECT_EQ(getFeatures("sm_75", ""), "+ptx65");
  EXPECT_EQ(getFeatures("sm_89", ""), "+ptx78");
  EXPECT_EQ(getFeatures("sm_80", "+ptx83"), "+ptx83");
  EXPECT_EQ(getFeatures("sm_89", "+ptx70"),
            "expected version 7.8 of PTX or a newer one for sm_89 but got "
            "'+ptx70'");
  EXPECT_EQ(getFeatures("sm_80", "ptx70"),
            "expected a version of PTX, such as +ptx70, but got 'ptx70'");
  EXPECT_EQ(getFeatures("sm_70", ""),
            "expected a GPU of sm_75 or newer but got 'sm_70'");
}

} // namespace
