//===- DotScheduleTest.cpp - Tests of the dot kernel's loops --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/DotSchedule.h"

#include "gtest/gtest.h"

using namespace mlir::mml;

namespace {

constexpr DotTarget kTiles{DotKind::TilesI32, 512},
    kQuads512{DotKind::QuadsI32, 512}, kQuads256{DotKind::QuadsI32, 256},
    kPairs{DotKind::PairsI16, 256}, kNeon{DotKind::NeonQuadsI32, 128};

TEST(DotSchedule, LanesDivideTheBlock) {
  DotSchedule whole(kQuads512, 32, 10);
  EXPECT_EQ(whole.getLanes(), 16);
  EXPECT_EQ(whole.getVectors(), 2);
  DotSchedule odd(kQuads512, 12, 10);
  EXPECT_EQ(odd.getLanes(), 4);
  EXPECT_EQ(odd.getVectors(), 3);
}

TEST(DotSchedule, BlocksNarrowerThanATileTakeVectors) {
  EXPECT_EQ(DotSchedule(kTiles, 32, 10).getTarget().kind, DotKind::TilesI32);
  EXPECT_EQ(DotSchedule(kTiles, 24, 10).getTarget().kind, DotKind::QuadsI32);
}

TEST(DotSchedule, KnownNumbersHaveVersionsOfTheirOwn) {
  DotSchedule tiles(kTiles, 32, 10);
  EXPECT_EQ(tiles.getDirectCount(3, /*isKnown=*/true), 3);
  EXPECT_EQ(tiles.getDirectCount(3, /*isKnown=*/false), 16);
  EXPECT_EQ(tiles.getDirectCount(16, true), 16);
  EXPECT_EQ(tiles.getDirectCount(17, true), 17);
  EXPECT_EQ(tiles.getDirectCount(17, false), 32);
  EXPECT_EQ(tiles.getDirectCount(33, true), std::nullopt);
  EXPECT_EQ(tiles.getTileRows(3), (llvm::SmallVector<int64_t>{3}));
  EXPECT_EQ(tiles.getTileRows(16), (llvm::SmallVector<int64_t>{16}));
  EXPECT_EQ(tiles.getTileRows(17), (llvm::SmallVector<int64_t>{16, 1}));
  EXPECT_EQ(tiles.getTileRows(33), (llvm::SmallVector<int64_t>{16, 16}));
  EXPECT_EQ(tiles.getTileRows(std::nullopt),
            (llvm::SmallVector<int64_t>{16, 16}));
  EXPECT_TRUE(tiles.getTileRows(2).empty());
  // Three tiles of outputs would take more registers than there are.
  EXPECT_EQ(DotSchedule(kTiles, 48, 10).getTarget().kind, DotKind::QuadsI32);
  EXPECT_FALSE(tiles.isTiledDirect(2));
  EXPECT_TRUE(tiles.isTiledDirect(3));
  EXPECT_EQ(DotSchedule(kQuads512, 32, 10).getDirectCount(9, true),
            std::nullopt);
  EXPECT_EQ(DotSchedule(kNeon, 8, 10).getDirectCount(5, false), std::nullopt);
}

TEST(DotSchedule, FieldsStayInPlaceWhereRegistersAndSumsAllowIt) {
  DotSchedule wide(kQuads512, 32, 160);
  EXPECT_EQ(wide.getPlaces(1), 4);
  EXPECT_EQ(wide.getPlaces(3), 4);
  EXPECT_EQ(wide.getPlaces(4), 2);
  EXPECT_EQ(wide.getPlaces(6), 2);
  EXPECT_EQ(wide.getPlaces(8), 1);
  EXPECT_EQ(DotSchedule(kQuads256, 16, 160).getPlaces(1), 4);
  EXPECT_EQ(DotSchedule(kQuads256, 16, 160).getPlaces(2), 2);
  // A byte with a sign holds no two times 64.
  EXPECT_EQ(DotSchedule(kNeon, 8, 160).getPlaces(1), 3);
  EXPECT_EQ(DotSchedule(kPairs, 16, 160).getPlaces(1), 1);
  // 64 times 4 * 256 * 32767 is below 2^31.
  EXPECT_EQ(DotSchedule(kQuads512, 32, 32767).getPlaces(1), 4);
  EXPECT_EQ(DotSchedule(kQuads512, 32, 32768).getPlaces(1), 2);
  EXPECT_EQ(DotSchedule(kQuads512, 32, 262144).getPlaces(1), 1);
}

} // namespace
