//===- ReferenceTest.cpp - Tests of the layers as plain loops -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/Reference.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

using ReferenceTest = RandomTest;

std::vector<float> normalize(const RMSNorm &norm, ArrayRef<float> x,
                             ArrayRef<int64_t> shape) {
  std::vector<float> out(x.size());
  cantFail(rmsNorm(norm, x, shape, out));
  return out;
}

// (S7)
TEST_F(ReferenceTest, RMSNormOfARow) {
  // The sum of squares is 100, so that the row is scaled by 2 / 10.
  RMSNorm norm;
  std::vector<float> y = normalize(norm, {1, -7, 5, 5}, {1, 4});
  for (auto [i, expected] : enumerate(std::vector<float>{0.2f, -1.4f, 1, 1}))
    EXPECT_FLOAT_EQ(y[i], expected);
}

TEST_F(ReferenceTest, RMSNormOfHostileRows) {
  RMSNorm norm;
  EXPECT_EQ(normalize(norm, {0, 0}, {1, 2}), (std::vector<float>{0, 0}));
  // A square or the sum of squares overflows f32, or squares vanish in it.
  EXPECT_EQ(normalize(norm, {1.5e19f, 1.5e19f}, {1, 2}),
            (std::vector<float>{0, 0}));
  EXPECT_EQ(normalize(norm, {1e30f, 1}, {1, 2}), (std::vector<float>{0, 0}));
  EXPECT_FLOAT_EQ(normalize(norm, {1e-30f, 0}, {1, 2})[0],
                  1e-30f * 1e7f * std::sqrt(2.0f));
  std::vector<float> y = normalize(norm, {kInf, 1}, {1, 2});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 0.0f);
  y = normalize(norm, {kNaN, 1, 3, 4}, {2, 2});
  EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[1]));
  EXPECT_FALSE(std::isnan(y[2]));
}

// (S7)
TEST_F(ReferenceTest, RMSNormGainMayVaryAlongEarlierAxes) {
  const std::vector<float> x = makeFloats(2 * 3 * 5);
  const int64_t shape[] = {2, 3, 5};
  const std::vector<float> plain = normalize(RMSNorm(), x, shape);
  for (size_t size : {5, 15}) {
    std::vector<float> gain = makeFloats(size), bias = makeFloats(size);
    RMSNorm norm;
    norm.gain = gain;
    norm.bias = bias;
    std::vector<float> y = normalize(norm, x, shape);
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_EQ(y[i], plain[i] * gain[i % size] + bias[i % size]);
  }
  for (size_t size : {1, 3, 10, 30}) {
    std::vector<float> gain(size), out(x.size());
    RMSNorm norm;
    norm.gain = gain;
    EXPECT_EQ(getMessage(rmsNorm(norm, x, shape, out)),
              "expected a gain of the input's trailing axes but got " +
                  std::to_string(size) + " elements for a last dimension of 5");
  }
}

TEST_F(ReferenceTest, RMSNormRefusesWrongShapes) {
  std::vector<float> x(6), out(6);
  EXPECT_NE(getMessage(rmsNorm({}, x, {6}, out)), "");
  EXPECT_NE(getMessage(rmsNorm({}, x, {2, 4}, out)), "");
  EXPECT_NE(getMessage(rmsNorm({}, x, {-2, -3}, out)), "");
  EXPECT_NE(getMessage(rmsNorm({}, x, {INT64_MAX, INT64_MAX, 2}, out)), "");
  EXPECT_NE(
      getMessage(rmsNorm({}, x, {2, 3}, MutableArrayRef(out).drop_back())), "");
  EXPECT_EQ(getMessage(rmsNorm({}, {}, {INT64_MAX, 0}, {})), "");
}

TEST_F(ReferenceTest, ContractOfSmallMatrices) {
  TritArray trits = makeArray({1, -1, 0, 0, 1, -1});
  std::vector<int32_t> out(4);
  ASSERT_EQ(getMessage(contract({1, 2, 3, -4, 5, -128}, trits, 2, 3, 2, out)),
            "");
  EXPECT_EQ(out, (std::vector<int32_t>{1 + 3, -1 - 3, -4 - 128, 4 + 128}));
}

TEST_F(ReferenceTest, ContractIsExactAtItsWorst) {
  constexpr int64_t k = 70000;
  std::vector<int8_t> x(k, -128), minusOnes(k, -1);
  int32_t out;
  ASSERT_EQ(getMessage(contract(x, makeArray(minusOnes), 1, k, 1, out)), "");
  EXPECT_EQ(out, 128 * k);
}

TEST_F(ReferenceTest, ContractRefusesWhatDoesNotFit) {
  // 2^24 times -128 just fits, and its negative does not.
  constexpr int64_t k = int64_t(1) << 24;
  std::vector<int8_t> x(k, -128), ones(k, 1), minusOnes(k, -1);
  int32_t out;
  ASSERT_EQ(getMessage(contract(x, makeArray(ones), 1, k, 1, out)), "");
  EXPECT_EQ(out, INT32_MIN);
  EXPECT_EQ(getMessage(contract(x, makeArray(minusOnes), 1, k, 1, out)),
            "expected a sum of 32 bits but got 2147483648 at [0, 0]");
}

TEST_F(ReferenceTest, ContractRefusesWrongSizes) {
  TritArray trits(6);
  std::vector<int8_t> x(4);
  std::vector<int32_t> out(6);
  EXPECT_EQ(getMessage(contract(x, trits, 2, 2, 3, out)), "");
  EXPECT_NE(getMessage(contract(x, trits, 2, 3, 2, out)), "");
  EXPECT_NE(getMessage(contract(x, trits, 4, 1, 6, out)), "");
  EXPECT_NE(getMessage(contract(x, trits, 2, 2, 2, out)), "");
  EXPECT_NE(getMessage(contract(x, trits, -2, -2, -3, out)), "");
  EXPECT_EQ(getMessage(contract({}, {}, INT64_MAX, 0, 0, {})), "");
}

TEST_F(ReferenceTest, ContractFloatMultipliesByFloats) {
  TritArray trits = makeArray({1, 0, -1, 0, 1, 1});
  std::vector<float> out(3);
  ASSERT_EQ(getMessage(contractFloat({kInf, 2}, trits, 1, 2, 3, out)), "");
  EXPECT_EQ(out[0], kInf);
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_EQ(out[2], -kInf);
}

// (S10)
TEST_F(ReferenceTest, RescaleFollowsTheDirection) {
  EXPECT_EQ(rescale(24, 2, {4, ScaleDirection::Divides}), 3.0f);
  EXPECT_EQ(rescale(24, 2, {4, ScaleDirection::Multiplies}), 48.0f);
  EXPECT_TRUE(std::isnan(rescale(0, kNaN, Scale())));
}

// (S11)
TEST_F(ReferenceTest, DenseMMLIsItsParts) {
  for (int round = 0; round < 30; ++round) {
    int64_t k = uniform(1, 40), m = uniform(1, 12), a = uniform(0, 3);
    int64_t b = uniform(1, 4);
    std::vector<float> x = makeFloats(a * b * k), weights = makeFloats(k * m);
    std::vector<float> gain = makeFloats(b * k), bias = makeFloats(m);
    TernaryKernel kernel = ternarize(AbsmeanQuantizer(), weights);
    DenseLayer layer;
    layer.kernel = kernel.trits;
    layer.k = k;
    layer.m = m;
    layer.kernelScale = kernel.scale;
    layer.bias = bias;
    layer.activation = Activation::Relu6;
    RMSNorm norm;
    norm.gain = gain;
    std::vector<float> y = cantFail(denseMML(layer, norm, {}, x, {a, b, k}));
    ASSERT_EQ(y.size(), size_t(a * b * m));

    // The same in double precision on dequantized values.
    std::vector<float> xn = normalize(norm, x, {a, b, k});
    for (int64_t row = 0; row < a * b; ++row) {
      double largest = 0;
      for (int64_t i = 0; i < k; ++i)
        largest = std::max(largest, std::fabs(double(xn[row * k + i])));
      float scale = 127.0f / float(std::max(largest, 1e-5));
      for (int64_t o = 0; o < m; ++o) {
        double sum = 0;
        for (int64_t i = 0; i < k; ++i)
          sum += std::nearbyint(xn[row * k + i] * scale) / double(scale) *
                 kernel.trits.get(i * m + o) / double(kernel.scale.value);
        double expected = std::min(std::max(sum + bias[o], 0.0), 6.0);
        EXPECT_NEAR(y[row * m + o], expected, 1e-5 * (1 + largest));
      }
    }
  }
}

TEST_F(ReferenceTest, TernaryDenseMultipliesByItsScale) {
  TritArray trits = makeArray({1, -1, 0, 1});
  std::vector<float> bias = {1, 0};
  DenseLayer layer;
  layer.kernel = trits;
  layer.k = layer.m = 2;
  layer.kernelScale.value = 0.5f;
  layer.bias = bias;
  EXPECT_EQ(cantFail(ternaryDense(layer, {3, 4}, {1, 2})),
            (std::vector<float>{2.5f, 0.5f}));
  layer.kernelScale.direction = ScaleDirection::Divides;
  EXPECT_EQ(cantFail(ternaryDense(layer, {3, 4}, {1, 2})),
            (std::vector<float>{7, 2}));
  // An activation that halves the last axis.
  layer.activation = Activation::Glu;
  EXPECT_EQ(cantFail(ternaryDense(layer, {3, 4}, {1, 2})).size(), 1u);
}

// (S18)
TEST_F(ReferenceTest, LayersRefuseWrongSizes) {
  TritArray trits(6);
  DenseLayer layer;
  layer.kernel = trits;
  layer.k = 2;
  layer.m = 3;
  std::vector<float> x(4), bias(2);
  auto run = [&](ArrayRef<int64_t> shape) {
    std::string message = getMessage(denseMML(layer, {}, {}, x, shape));
    EXPECT_EQ(getMessage(ternaryDense(layer, x, shape)), message);
    return message;
  };
  EXPECT_EQ(run({2, 2}), "");
  EXPECT_EQ(run({4}), "expected an input of rank 2 or more but got 1");
  EXPECT_EQ(run({1, 4}), "expected an input whose last dimension is the "
                         "kernel's 2 but got 4");
  layer.activation = Activation::Glu;
  EXPECT_EQ(run({2, 2}), "expected an even last dimension for activation "
                         "'glu' but got 3");
  layer.activation = Activation::Elu;
  EXPECT_EQ(run({2, 2}), "expected 1 parameters of activation 'elu' but got 0");
  layer.activation = Activation::Linear;
  layer.bias = bias;
  EXPECT_EQ(run({2, 2}), "expected a bias of 3 elements but got 2");
  layer.bias = {};
  layer.m = 0;
  EXPECT_EQ(run({2, 2}), "expected a positive number of units but got 0");
  layer.m = 3;
  layer.k = 0;
  x.clear();
  EXPECT_NE(run({INT64_MAX, 0}), "");
}

} // namespace
