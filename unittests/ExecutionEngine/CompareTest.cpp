//===- CompareTest.cpp - Tests of comparisons of tensors ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Compare.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mml::engine;

static HostTensor floats(std::initializer_list<double> values,
                         DType dtype = DType::F32) {
  HostTensor tensor = llvm::cantFail(
      HostTensor::create(dtype, {static_cast<int64_t>(values.size())}));
  for (auto [index, value] : llvm::enumerate(values))
    tensor.setFloat(index, value);
  return tensor;
}

static HostTensor integers(std::initializer_list<int64_t> values,
                           DType dtype = DType::I32) {
  HostTensor tensor = llvm::cantFail(
      HostTensor::create(dtype, {static_cast<int64_t>(values.size())}));
  for (auto [index, value] : llvm::enumerate(values))
    tensor.setInteger(index, value);
  return tensor;
}

TEST(Compare, ToleranceIsRelativeToTheLargestExpected) {
  Comparison result =
      compare(floats({100.0, 1.5}), floats({100.0, 1.0}), 0.005);
  EXPECT_TRUE(result.matches);
  EXPECT_EQ(result.maxDifference, 0.5);
  EXPECT_EQ(result.maxExpected, 100.0);
  EXPECT_EQ(*result.position, llvm::SmallVector<int64_t>{1});

  result = compare(floats({100.0, 1.5}), floats({100.0, 1.0}), 0.0049);
  EXPECT_FALSE(result.matches);
  EXPECT_EQ(result.reason,
            "largest difference 5.000000E-01 at [1] exceeds 4.900000E-01, "
            "which is 4.900000E-03 of the largest expected value");
  // The scale is the expected side's, not the actual one's.
  EXPECT_FALSE(compare(floats({1e6}), floats({1.0}), 0.5).matches);
}

TEST(Compare, EqualTensorsHaveNoPosition) {
  Comparison result = compare(floats({1.0, -0.0}), floats({1.0, 0.0}), 0.0);
  EXPECT_TRUE(result.matches);
  EXPECT_EQ(result.maxDifference, 0.0);
  EXPECT_FALSE(result.position);
  EXPECT_TRUE(result.reason.empty());
}

TEST(Compare, ZerosHaveToBeZeros) {
  EXPECT_FALSE(compare(floats({1e-30}), floats({0.0})).matches);
  EXPECT_TRUE(compare(floats({0.0}), floats({0.0})).matches);
}

TEST(Compare, NaNAndInfinityMatchInPlaceAndSign) {
  EXPECT_TRUE(compare(floats({NAN, INFINITY, -INFINITY, 1.0}),
                      floats({NAN, INFINITY, -INFINITY, 1.0}))
                  .matches);
  Comparison result = compare(floats({0.0, NAN}), floats({0.0, 1.0}), 1e9);
  EXPECT_FALSE(result.matches);
  EXPECT_EQ(*result.position, llvm::SmallVector<int64_t>{1});
  EXPECT_FALSE(compare(floats({1.0}), floats({NAN}), 1e9).matches);
  EXPECT_FALSE(compare(floats({-INFINITY}), floats({INFINITY}), 1e9).matches);
  EXPECT_FALSE(compare(floats({1.0}), floats({INFINITY}), 1e9).matches);
  EXPECT_FALSE(compare(floats({INFINITY}), floats({1.0}), 1e9).matches);
  EXPECT_FALSE(compare(floats({NAN}), floats({INFINITY}), 1e9).matches);
  // An infinity is not the scale of the finite ones.
  EXPECT_FALSE(
      compare(floats({INFINITY, 2.0}), floats({INFINITY, 1.0})).matches);
}

TEST(Compare, HalfAndDouble) {
  EXPECT_TRUE(
      compare(floats({1.0}, DType::F16), floats({1.0}, DType::F16)).matches);
  EXPECT_FALSE(compare(floats({1.0 + 1e-15}, DType::F64),
                       floats({1.0}, DType::F64), 1e-16)
                   .matches);
}

TEST(Compare, IntegersAreExact) {
  // As doubles these would be equal.
  int64_t large = (int64_t(1) << 60);
  Comparison result = compare(integers({large + 1}, DType::I64),
                              integers({large}, DType::I64), 0.0);
  EXPECT_FALSE(result.matches);
  EXPECT_EQ(result.maxDifference, 1.0);
  EXPECT_TRUE(compare(integers({INT64_MIN}, DType::I64),
                      integers({INT64_MIN}, DType::I64), 0.0)
                  .matches);
  // Neither side's sign nor the full range may overflow.
  result = compare(integers({INT64_MAX}, DType::I64),
                   integers({INT64_MIN}, DType::I64), 0.0);
  EXPECT_EQ(result.maxDifference, 0x1p64);
  result = compare(integers({-1}, DType::U64), integers({0}, DType::U64), 0.0);
  EXPECT_EQ(result.maxDifference, 0x1p64);
  EXPECT_FALSE(result.matches);
  EXPECT_TRUE(compare(integers({101}), integers({100}), 0.01).matches);
}

TEST(Compare, TypesHaveToBeEqual) {
  Comparison result = compare(floats({1.0}), floats({1.0}, DType::F64));
  EXPECT_FALSE(result.matches);
  EXPECT_EQ(result.reason, "expected f64 [1] but got f32 [1]");
  EXPECT_EQ(compare(floats({1.0}), floats({1.0, 2.0})).reason,
            "expected f32 [2] but got f32 [1]");
}

TEST(Compare, NothingMatchesNothing) {
  EXPECT_TRUE(compare(floats({}), floats({})).matches);
}

TEST(Divergence, IsTheFirstBeyondTheTolerance) {
  EXPECT_FALSE(findDivergence(floats({1.0, 2.0}), floats({1.0, 2.0}), 0));
  EXPECT_FALSE(findDivergence(floats({10.0, 2.05}), floats({10.0, 2.0}), 0.01));
  std::optional<Divergence> found = findDivergence(
      floats({10.0, 2.05, 2.5, 3.0}), floats({10.0, 2.0, 2.0, 2.0}), 0.01);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, llvm::SmallVector<int64_t>{2});
  EXPECT_EQ(found->actual, "2.5");
  EXPECT_EQ(found->expected, "2");
  EXPECT_EQ(found->ulps, uint64_t(1) << 21);
  EXPECT_EQ(found->count, 2);
}

TEST(Divergence, IntegersHaveToBeEqual) {
  EXPECT_FALSE(findDivergence(integers({1, 2}), integers({1, 2}), 1.0));
  std::optional<Divergence> found =
      findDivergence(integers({1, -3}), integers({1, 2}), 1.0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->actual, "-3");
  EXPECT_EQ(found->ulps, 5u);
  found = findDivergence(integers({255}, DType::U8), integers({0}, DType::U8));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->actual, "255");
  EXPECT_EQ(found->ulps, 255u);
}

TEST(Divergence, NaNAndInfinitiesMeetTheirLikes) {
  double inf = INFINITY;
  EXPECT_FALSE(findDivergence(floats({NAN, inf, -inf, -0.0}),
                              floats({NAN, inf, -inf, 0.0}), 0));
  std::optional<Divergence> found =
      findDivergence(floats({1.0, NAN}), floats({1.0, 2.0}), 1.0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->actual, "nan");
  EXPECT_FALSE(found->ulps);
  EXPECT_TRUE(findDivergence(floats({inf}), floats({1.0}), 1.0));
  EXPECT_TRUE(findDivergence(floats({-inf}), floats({inf}), 1.0));
}

TEST(Divergence, UlpsCountFloatsOfTheType) {
  for (DType dtype : {DType::F16, DType::F32, DType::F64}) {
    EXPECT_EQ(
        getLargestUlps(floats({1.0, -0.0}, dtype), floats({1.0, 0.0}, dtype)),
        0u);
    HostTensor one = floats({1.0}, dtype), next = floats({1.0}, dtype);
    // The lowest byte stands first.
    next.data()[0] += 3;
    EXPECT_EQ(getLargestUlps(one, next), 3u);
    // Over zero: the smallest of each sign are two apart.
    HostTensor above = floats({0.0}, dtype), below = floats({-0.0}, dtype);
    above.data()[0] = below.data()[0] = 1;
    EXPECT_EQ(getLargestUlps(above, below), 2u);
    EXPECT_FALSE(getLargestUlps(floats({NAN}, dtype), one));
  }
  EXPECT_EQ(getLargestUlps(integers({}), integers({})), 0u);
}
