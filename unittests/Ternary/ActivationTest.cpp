//===- ActivationTest.cpp - Tests of the activations ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/Activation.h"
#include "mml/Ternary/ActivationFormulas.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace llvm;
using namespace mml::ternary;

namespace {

struct ElementwiseCase {
  const char *name;
  std::vector<double> params;
  std::vector<float> expected;
};

struct RowCase {
  const char *name;
  std::vector<float> row;
  std::vector<float> expected;
};

/// A table's list in parentheses, which keep its commas together.
#define MML_UNWRAP(...) __VA_ARGS__

Activation parse(const char *name) {
  std::optional<Activation> kind = parseActivation(name);
  EXPECT_TRUE(kind);
  return kind.value_or(Activation::Linear);
}

/// A few roundings of the result, and of terms of the input's size where they
/// cancel.
float getTolerance(float x, float expected) {
  return 1e-6f * std::fabs(expected) +
         1e-7f * std::min(8.0f, std::max(1.0f, std::fabs(x)));
}

// (S15)
TEST(ActivationTest, ElementwiseAsKeras) {
  const std::vector<float> inputs = {
#define MML_INPUTS(...) __VA_ARGS__
#include "ActivationData.inc"
  };
  const ElementwiseCase elementwiseCases[] = {
#define MML_CASE(NAME, PARAMS, ...) {NAME, MML_UNWRAP PARAMS, {__VA_ARGS__}},
#include "ActivationData.inc"
  };
  std::set<Activation> seen;
  for (const ElementwiseCase &test : elementwiseCases) {
    SCOPED_TRACE(test.name);
    const Activation kind = parse(test.name);
    seen.insert(kind);
    ASSERT_EQ(getMessage(verifyParams(kind, test.params)), "");
    std::vector<float> out(inputs.size());
    applyActivation(kind, test.params, inputs, out);
    ASSERT_EQ(test.expected.size(), inputs.size());
    for (auto [x, expected, y] : zip_equal(inputs, test.expected, out)) {
      SCOPED_TRACE("x = " + std::to_string(x));
      expectNear(expected, y, getTolerance(x, expected));
    }
  }
  for (const ActivationInfo &info : getActivations())
    EXPECT_EQ(seen.count(info.kind),
              info.extent == ActivationExtent::Elementwise)
        << info.name.str();
}

TEST(ActivationTest, RowsAsKeras) {
  const RowCase rowCases[] = {
#define MML_ROW(NAME, ROW, ...) {NAME, MML_UNWRAP ROW, {__VA_ARGS__}},
#include "ActivationData.inc"
  };
  std::set<Activation> seen;
  for (const RowCase &test : rowCases) {
    SCOPED_TRACE(test.name);
    const Activation kind = parse(test.name);
    seen.insert(kind);
    int64_t length = cantFail(getOutputLength(kind, test.row.size()));
    ASSERT_EQ(size_t(length), test.expected.size());
    std::vector<float> out(length), inPlace = test.row;
    applyActivation(kind, {}, test.row, out);
    applyActivation(kind, {}, inPlace,
                    MutableArrayRef(inPlace).take_front(length));
    for (int64_t i = 0; i < length; ++i) {
      SCOPED_TRACE("x[" + std::to_string(i) +
                   "] = " + std::to_string(test.row[i]));
      expectNear(test.expected[i], out[i],
                 getTolerance(test.row[i], test.expected[i]));
      expectNear(out[i], inPlace[i], 0.0f);
    }
  }
  for (const ActivationInfo &info : getActivations())
    EXPECT_EQ(seen.count(info.kind),
              info.extent != ActivationExtent::Elementwise)
        << info.name.str();
}

TEST(ActivationTest, SmallResultsKeepTheirDigits) {
  // Relative to the result itself: nothing has cancelled.
  ScalarOps ops;
  auto apply = [&](Activation kind, float x) {
    return double(buildActivation(ops, kind, cantFail(resolveParams(kind)), x));
  };
  for (float x : {-1e-20f, -1e-3f, -1.0f, -5.0f, -11.0f}) {
    double z = x;
    auto near = [&](Activation kind, double expected) {
      EXPECT_NEAR(apply(kind, x) / expected, 1.0, 2e-5) << getName(kind).str();
    };
    near(Activation::Gelu, z * std::erfc(-z / std::sqrt(2.0)) / 2);
    near(Activation::Silu, z / (1 + std::exp(-z)));
    near(Activation::Mish, z * std::tanh(std::log1p(std::exp(z))));
    near(Activation::Softplus, std::log1p(std::exp(z)));
    near(Activation::LogSigmoid, -std::log1p(std::exp(-z)));
    near(Activation::Elu, std::expm1(z));
  }
}

// (S15)
TEST(ActivationTest, ExtremesPropagateNaN) {
  ScalarOps ops;
  EXPECT_TRUE(std::isnan(ops.max(kNaN, 1)));
  EXPECT_TRUE(std::isnan(ops.max(1, kNaN)));
  EXPECT_TRUE(std::isnan(ops.min(kNaN, -kInf)));
  EXPECT_FALSE(std::signbit(ops.max(-0.0f, 0.0f)));
  EXPECT_FALSE(std::signbit(ops.max(0.0f, -0.0f)));
  EXPECT_TRUE(std::signbit(ops.min(-0.0f, 0.0f)));
  EXPECT_TRUE(std::signbit(ops.min(0.0f, -0.0f)));
  EXPECT_EQ(ops.min(-2, 3), -2);
}

TEST(ActivationTest, TableIsConsistent) {
  for (auto [index, info] : enumerate(getActivations())) {
    EXPECT_EQ(size_t(info.kind), index);
    EXPECT_EQ(parseActivation(info.name), info.kind);
    EXPECT_EQ(getName(info.kind), info.name);
  }
  EXPECT_TRUE(is_sorted(getActivations(), [](const auto &a, const auto &b) {
    return a.name < b.name;
  }));
  EXPECT_EQ(parseActivation("swish"), Activation::Silu);
  EXPECT_EQ(parseActivation("hard_swish"), Activation::HardSilu);
  EXPECT_EQ(parseActivation("Relu"), std::nullopt);
  EXPECT_EQ(parseActivation(""), std::nullopt);
}

TEST(ActivationTest, NearestNames) {
  using Names = SmallVector<StringRef, 3>;
  EXPECT_EQ(getNearestNames("reul"), (Names{"relu", "relu2", "relu6"}));
  EXPECT_EQ(getNearestNames("SoftMax")[0], "softmax");
  EXPECT_EQ(getNearestNames("hard_swisch")[0], "hard_swish");
  EXPECT_EQ(getNearestNames(std::string(1000, 's')), Names());
  EXPECT_EQ(getNearestNames("0"), Names());
  EXPECT_EQ(getMessage(makeUnknownActivationError("reul")),
            "unknown activation 'reul'; the nearest known ones are 'relu', "
            "'relu2', 'relu6'");
  EXPECT_EQ(getMessage(makeUnknownActivationError("0")),
            "unknown activation '0'");
}

TEST(ActivationTest, ResolvesParameters) {
  using Values = SmallVector<double, 3>;
  EXPECT_EQ(cantFail(resolveParams(Activation::Linear)), Values());
  EXPECT_EQ(cantFail(resolveParams(Activation::LeakyRelu)), Values{0.2});
  EXPECT_EQ(cantFail(resolveParams(Activation::Relu,
                                   {{"threshold", 1}, {"max_value", 3}})),
            (Values{0, 3, 1}));
  EXPECT_EQ(cantFail(resolveParams(Activation::Relu)),
            (Values{0, HUGE_VAL, 0}));
  EXPECT_EQ(getMessage(resolveParams(Activation::Relu, {{"alpha", 1}})),
            "activation 'relu' has no parameter 'alpha'");
  EXPECT_EQ(
      getMessage(resolveParams(Activation::Threshold, {{"default_value", 1}})),
      "activation 'threshold' needs the parameter 'threshold'");
}

TEST(ActivationTest, VerifiesParameters) {
  EXPECT_EQ(getMessage(verifyParams(Activation::Elu, {})),
            "expected 1 parameters of activation 'elu' but got 0");
  EXPECT_EQ(getMessage(verifyParams(Activation::Elu, {HUGE_VAL})),
            "expected a finite 'alpha' of activation 'elu' but got inf");
  EXPECT_NE(getMessage(verifyParams(Activation::Relu, {0, -HUGE_VAL, 0})), "");
  EXPECT_NE(getMessage(verifyParams(Activation::Relu, {0, double(kNaN), 0})),
            "");
  EXPECT_NE(getMessage(verifyParams(Activation::Relu, {HUGE_VAL, 1, 0})), "");
  EXPECT_EQ(getMessage(verifyParams(Activation::Celu, {1e-60})),
            "expected 'alpha' of activation 'celu' not to be 0 but got 1e-60");
}

TEST(ActivationTest, LengthsOfResults) {
  EXPECT_EQ(cantFail(getOutputLength(Activation::Softmax, 7)), 7);
  EXPECT_EQ(cantFail(getOutputLength(Activation::Glu, 8)), 4);
  EXPECT_EQ(getMessage(getOutputLength(Activation::Glu, 7)),
            "expected an even last dimension for activation 'glu' but got 7");
}

} // namespace
