//===- QuantizeTest.cpp - Tests of the quantizers -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/Quantize.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

using QuantizeTest = RandomTest;

std::vector<int8_t> quantize(ArrayRef<float> row, float &scale,
                             AbsmaxQuantizer quantizer = {}) {
  std::vector<int8_t> q(row.size(), 99);
  scale = quantizeRow(quantizer, row, q);
  return q;
}

// (S1)
TEST_F(QuantizeTest, AbsmaxRoundsHalfToEven) {
  float scale;
  // The largest magnitude is 127, so that the scale is 1.
  EXPECT_EQ(
      quantize({127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 2.51f}, scale),
      (std::vector<int8_t>{127, 0, 2, 2, 0, -2, -2, 3}));
  EXPECT_EQ(scale, 1.0f);
}

// (S2)
TEST_F(QuantizeTest, AbsmaxOfZerosAndTinyRows) {
  float scale;
  EXPECT_EQ(quantize({0, -0.0f, 0}, scale), (std::vector<int8_t>{0, 0, 0}));
  EXPECT_EQ(scale, 127.0f / 1e-5f);
  EXPECT_EQ(quantize({1e-6f, -1e-30f}, scale), (std::vector<int8_t>{13, 0}));
  EXPECT_EQ(scale, 127.0f / 1e-5f);
  EXPECT_EQ(quantize({}, scale), std::vector<int8_t>());
}

// (S3)
TEST_F(QuantizeTest, AbsmaxOfInfinityAndNaN) {
  float scale;
  EXPECT_EQ(quantize({kInf, -kInf, 1}, scale),
            (std::vector<int8_t>{127, -128, 0}));
  EXPECT_EQ(scale, 127.0f / 1e9f);
  for (const std::vector<float> &row : {std::vector<float>{1, kNaN, 2},
                                        {kNaN, 1, kInf},
                                        {1, 2, kNaN},
                                        {kNaN}}) {
    EXPECT_EQ(quantize(row, scale), std::vector<int8_t>(row.size(), 0));
    EXPECT_TRUE(std::isnan(scale));
  }
}

TEST_F(QuantizeTest, AbsmaxHasTheRangeItIsGiven) {
  AbsmaxQuantizer quantizer;
  quantizer.lo = -7;
  quantizer.hi = 7;
  ASSERT_EQ(getMessage(quantizer.verify()), "");
  float scale;
  EXPECT_EQ(quantize({-2, 1, 2}, scale, quantizer),
            (std::vector<int8_t>{-7, 4, 7}));
  EXPECT_EQ(scale, 3.5f);
}

TEST_F(QuantizeTest, AbsmaxErrorIsAtMostHalfAStep) {
  for (int round = 0; round < 100; ++round) {
    std::vector<float> row = makeFloats(uniform(1, 50));
    float scale;
    std::vector<int8_t> q = quantize(row, scale);
    for (size_t i = 0; i < row.size(); ++i)
      EXPECT_NEAR(float(q[i]) / scale, row[i], 0.5001f / scale);
  }
}

TEST_F(QuantizeTest, VerifiesParameters) {
  EXPECT_EQ(getMessage(AbsmaxQuantizer().verify()), "");
  for (auto [lo, hi] : {std::pair<int, int>{-129, 127},
                        {-128, 128},
                        {1, 5},
                        {-5, 0},
                        {0, -1}}) {
    AbsmaxQuantizer quantizer;
    quantizer.lo = lo;
    quantizer.hi = hi;
    EXPECT_EQ(getMessage(quantizer.verify()),
              "expected a range of a quantizer in [-128, 127] around 0 but "
              "got [" +
                  std::to_string(lo) + ", " + std::to_string(hi) + "]");
  }
  for (auto [eps, max] : {std::pair<float, float>{0, 1},
                          {-1, 1},
                          {2, 1},
                          {1, kInf},
                          {kNaN, 1},
                          {1, kNaN}}) {
    AbsmaxQuantizer absmax;
    absmax.eps = eps;
    absmax.maxAbs = max;
    EXPECT_NE(getMessage(absmax.verify()), "");
    EXPECT_NE(getMessage(AbsmeanQuantizer{eps, max}.verify()), "");
  }
  EXPECT_EQ(getMessage(AbsmeanQuantizer().verify()), "");
  EXPECT_EQ(getMessage(ThresholdQuantizer().verify()), "");
  for (float bad : {-1.0f, kInf, kNaN}) {
    EXPECT_NE(getMessage(ThresholdQuantizer{bad, std::nullopt}.verify()), "");
    EXPECT_NE(getMessage(ThresholdQuantizer{0.5f, bad}.verify()), "");
  }
}

// (S6)
TEST_F(QuantizeTest, MeanIsRoundedOnce) {
  // In f32 the sum would stop growing at 2^24.
  std::vector<float> ones((size_t(1) << 24) + 16, -1.0f);
  EXPECT_EQ(meanAbs(ones), 1.0f);
  EXPECT_EQ(meanAbs({}), 0.0f);
  EXPECT_EQ(meanAbs({-1, 2, -3}), 2.0f);
  EXPECT_EQ(meanAbs({3e38f, 3e38f}), 3e38f);
}

// (S4)
TEST_F(QuantizeTest, AbsmeanRoundsHalfToEven) {
  // The mean is 1, so that the scale is 1.
  TernaryKernel kernel =
      ternarize(AbsmeanQuantizer(), {0.5f, -0.5f, 0.51f, -0.51f, 1.5f, -2.48f});
  EXPECT_EQ(kernel.scale.value, 1.0f);
  EXPECT_EQ(kernel.scale.direction, ScaleDirection::Divides);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 1, -1, 1, -1}));
}

TEST_F(QuantizeTest, AbsmeanOfHostileKernels) {
  TernaryKernel kernel = ternarize(AbsmeanQuantizer(), {0, 0, -0.0f});
  EXPECT_EQ(kernel.scale.value, 1.0f / 1e-5f);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 0}));
  kernel = ternarize(AbsmeanQuantizer(), {kInf, -kInf, 1});
  EXPECT_EQ(kernel.scale.value, 1.0f / 1e9f);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{1, -1, 0}));
  kernel = ternarize(AbsmeanQuantizer(), {kNaN, -1, 1});
  EXPECT_TRUE(std::isnan(kernel.scale.value));
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 0}));
}

// (S5)
TEST_F(QuantizeTest, ThresholdIsStrict) {
  // The mean is 1, the threshold a half.
  TernaryKernel kernel = ternarize(ThresholdQuantizer(),
                                   {0.5f, -0.5f, 0.51f, -0.51f, 1.5f, -2.48f});
  EXPECT_EQ(kernel.scale.value, 1.0f);
  EXPECT_EQ(kernel.scale.direction, ScaleDirection::Multiplies);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 1, -1, 1, -1}));

  kernel = ternarize(ThresholdQuantizer{0.5f, 2.0f}, {2, -2, 2.5f, -3, 0});
  EXPECT_EQ(kernel.scale.value, 1.0f);
  EXPECT_EQ(kernel.scale.direction, ScaleDirection::Multiplies);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 1, -1, 0}));
}

TEST_F(QuantizeTest, ThresholdOfHostileKernels) {
  TernaryKernel kernel = ternarize(ThresholdQuantizer(), {0, -0.0f});
  EXPECT_EQ(kernel.scale.value, 0.0f);
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0}));
  kernel = ternarize(ThresholdQuantizer(), {kNaN, -1, 1});
  EXPECT_TRUE(std::isnan(kernel.scale.value));
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, 0, 0}));
  kernel = ternarize(ThresholdQuantizer{0.5f, 0.0f}, {kNaN, -kInf, 0, 1e-30f});
  EXPECT_EQ(kernel.trits.unpack(), (std::vector<int8_t>{0, -1, 0, 1}));
}

} // namespace
