//===- FuzzerTest.cpp - Inputs of the fuzzer ------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the fuzzer checks, without libFuzzer: for bytes at random and for
// equations with some bytes changed. It stops the program where it finds
// something, so that the seed is printed first.
//
//===----------------------------------------------------------------------===//

#include "RandomEquation.h"

#include "gtest/gtest.h"

#include <iostream>

using namespace mml::einsum::test;

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

class FuzzerTest : public testing::Test {
protected:
  void SetUp() override { std::cout << "MML_TEST_SEED=" << seed << std::endl; }

  size_t below(size_t bound) { return drawBelow(random, bound); }

  /// A byte that means something to the fuzzer more often than not.
  char drawByte() {
    const std::string known = "iijjkabAZ,,.->  \n\xfb\xfc\xfd\xfe\xff\x01";
    return below(8) == 0 ? static_cast<char>(below(256))
                         : known[below(known.size())];
  }
  std::string drawBytes(size_t count) {
    std::string bytes(count, ' ');
    for (char &byte : bytes)
      byte = drawByte();
    return bytes;
  }

  void run(const std::string &input) {
    // Of the size that it has, so that a sanitizer sees what reads past it.
    std::vector<uint8_t> bytes(input.begin(), input.end());
    EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }

  unsigned seed = getTestSeed();
  std::mt19937 random{seed};
};

} // namespace

TEST_F(FuzzerTest, Bytes) {
  run("");
  for (int i = 0; i < 30000; ++i)
    run(drawBytes(below(24)));
}

TEST_F(FuzzerTest, Equations) {
  for (int i = 0; i < 20000; ++i)
    run(makeRandomEquation(random).text + "\n" + drawBytes(below(16)));
}

TEST_F(FuzzerTest, MutatedEquations) {
  for (int i = 0; i < 20000; ++i) {
    std::string text = makeRandomEquation(random).text;
    for (size_t j = 0, e = 1 + below(3); j < e; ++j) {
      size_t at = below(text.size() + 1);
      if (at < text.size() && below(2) == 0)
        text.erase(at, 1 + below(3));
      else
        text.insert(at, 1, drawByte());
    }
    run(text + "\n" + drawBytes(below(16)));
  }
}
