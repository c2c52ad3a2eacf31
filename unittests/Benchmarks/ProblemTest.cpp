//===- ProblemTest.cpp - Tests of what benchmarks compute -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../benchmarks/Problem.h"

#include "mml/Ternary/Reference.h"

#include "gtest/gtest.h"

using namespace mml::bench;
using mml::ternary::TritArray;

namespace {

std::string getMessage(llvm::Error error) {
  return llvm::toString(std::move(error));
}

TEST(ProblemTest, ParsesShapes) {
  llvm::Expected<Shape> shape = parseShape("6912x2560");
  ASSERT_TRUE(bool(shape));
  EXPECT_EQ(shape->outputs, 6912);
  EXPECT_EQ(shape->depth, 2560);
  EXPECT_EQ(shape->str(), "6912x2560");
  for (const char *text :
       {"", "6912", "x", "0x1", "1x-1", "1x2x3", "1x2097152"})
    EXPECT_EQ(getMessage(parseShape(text).takeError()),
              std::string("expected a shape like 6912x2560 but got '") + text +
                  "'");
}

TEST(ProblemTest, DrawsTheSameTritsAgainAndOthersForAnotherLayer) {
  Shape shape{131, 257};
  TritArray trits = makeTrits(shape, 0);
  EXPECT_TRUE(trits == makeTrits(shape, 0));
  EXPECT_TRUE(trits != makeTrits(shape, 1));
  std::vector<int8_t> values = trits.unpack();
  ASSERT_EQ(int64_t(values.size()), shape.getWeights());
  for (int8_t trit : {-1, 0, 1}) {
    auto count = llvm::count(values, trit);
    EXPECT_GT(count, shape.getWeights() * 3 / 10);
    EXPECT_LT(count, shape.getWeights() * 4 / 10);
  }
}

TEST(ProblemTest, FindsAnyWrongElement) {
  Shape shape{37, 53};
  int64_t batch = 5;
  TritArray trits = makeTrits(shape, 2);
  std::vector<int8_t> x = makeIntegers(batch, shape.depth);
  std::vector<int32_t> y(batch * shape.outputs);
  ASSERT_EQ(getMessage(mml::ternary::contract(x, trits, batch, shape.depth,
                                              shape.outputs, y)),
            "");
  EXPECT_EQ(getMessage(checkProduct(shape, trits, x, y)), "");
  for (size_t i = 0; i < y.size(); ++i) {
    for (int32_t difference : {1, -1, 1 << 20}) {
      std::vector<int32_t> wrong = y;
      wrong[i] += difference;
      EXPECT_EQ(getMessage(checkProduct(shape, trits, x, wrong)),
                "wrong sums of output " + std::to_string(i % shape.outputs) +
                    " in a batch of 5");
    }
  }
  // Two rows that are exchanged have the right sum.
  std::vector<int32_t> exchanged = y;
  std::rotate(exchanged.begin(), exchanged.begin() + shape.outputs,
              exchanged.begin() + 2 * shape.outputs);
  EXPECT_NE(getMessage(checkProduct(shape, trits, x, exchanged)), "");
  y.pop_back();
  EXPECT_EQ(getMessage(checkProduct(shape, trits, x, y)),
            "expected 185 sums but got 184");
}

} // namespace
