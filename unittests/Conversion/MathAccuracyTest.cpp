//===- MathAccuracyTest.cpp - Errors of expanded functions ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled functions of f32 have no larger errors than docs/Numerics.md says,
// and the same results from vectors of any width.
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::mml;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;

namespace {

struct Function {
  const char *op;
  double (*reference)(double);
  /// The largest error in ulps of the result.
  double bound;
};

constexpr Function functions[] = {{"erf", std::erf, 2},
                                  {"erfc", std::erfc, 4},
                                  {"exp", std::exp, 1},
                                  {"expm1", std::expm1, 1.5},
                                  {"log", std::log, 1},
                                  {"log1p", std::log1p, 1.5},
                                  {"roundeven", std::nearbyint, 0},
                                  {"tanh", std::tanh, 1.5}};

/// The error of `actual` in ulps: distances between floats around `expected`.
/// Infinite where one of them is NaN, infinite as a float, or a zero of another
/// sign, and the other is not.
double getError(float actual, double expected) {
  float nearest = static_cast<float>(expected);
  if (std::isnan(actual) && std::isnan(expected))
    return 0;
  if (actual == nearest && std::signbit(actual) != std::signbit(nearest))
    return std::numeric_limits<double>::infinity();
  if (std::isinf(actual) && actual == nearest)
    return 0;
  if (!std::isfinite(actual) || !std::isfinite(nearest))
    return std::numeric_limits<double>::infinity();
  int exponent;
  std::frexp(expected, &exponent);
  double ulp = std::ldexp(1.0, std::max(exponent - 24, -149));
  return std::fabs(actual - expected) / ulp;
}

/// Floats of every exponent and sign, NaN among them, with different low bits;
/// and those around which something changes.
std::vector<float> makeOperands() {
  std::vector<float> operands;
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 4099)
    operands.push_back(llvm::bit_cast<float>(static_cast<uint32_t>(bits)));
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (float magnitude :
       {0.0f,        0x1p-149f,   0x1p-126f, 0x1p-24f, 0.29289323f,
        0.34657359f, 0.41421357f, 0.5f,      0.625f,   0.70710678f,
        0.75f,       1.0f,        1.5f,      2.5f,     8.0f,
        9.01f,       10.054f,     10.5f,     17.33f,   20.0f,
        87.33655f,   88.37626f,   88.72284f, 89.0f,    103.97208f,
        105.0f,      0x1p22f,     0x1p23f,   0x1p24f,  infinity})
    for (float value : {magnitude, std::nextafterf(magnitude, 0.0f),
                        std::nextafterf(magnitude, infinity)})
      operands.insert(operands.end(), {value, -value});
  return operands;
}

class MathAccuracyTest : public testing::TestWithParam<Function> {
protected:
  MathAccuracyTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// The results of the function for `operands`.
  std::vector<float> evaluate(ArrayRef<float> operands, unsigned vectorBits) {
    auto module = parseSourceString<ModuleOp>(llvm::formatv(R"mlir(
          func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {{
            %y = math.{0} %x : tensor<?xf32>
            return %y : tensor<?xf32>
          })mlir",
                                                            GetParam().op)
                                                  .str(),
                                              &context);
    CPUPipelineOptions options;
    options.vectorBits = vectorBits;
    // As for x86-64 without SSE4.1.
    options.expandRoundEven = vectorBits == 128;
    PassManager passes(&context);
    buildCPUPipeline(passes, options);
    if (!module || failed(passes.run(*module))) {
      ADD_FAILURE() << "the pipeline failed";
      return {};
    }
    auto run = [&]() -> llvm::Expected<std::vector<float>> {
      auto engine = Engine::create(*module);
      if (!engine)
        return engine.takeError();
      auto input = HostTensor::create(DType::F32, operands.size());
      if (!input)
        return input.takeError();
      llvm::copy(operands, input->as<float>().begin());
      auto results = (*engine)->invoke(*input);
      if (!results)
        return results.takeError();
      ArrayRef<float> values = std::as_const(results->front()).as<float>();
      return values.vec();
    };
    auto results = run();
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return std::move(*results);
  }

  MLIRContext context;
};

} // namespace

// (S15)
TEST_P(MathAccuracyTest, ErrorsAreBounded) {
  std::vector<float> operands = makeOperands();
  std::vector<float> results = evaluate(operands, 256);
  ASSERT_EQ(results.size(), operands.size());
  double worst = 0;
  for (auto [x, y] : llvm::zip_equal(operands, results)) {
    double expected = GetParam().reference(x);
    double error = getError(y, expected);
    ASSERT_LE(error, GetParam().bound) << GetParam().op << "(" << x << ") is "
                                       << y << ", expected " << expected;
    worst = std::max(worst, error);
  }
  RecordProperty("largest error in ulps", std::to_string(worst));
}

TEST_P(MathAccuracyTest, EveryVectorWidthGivesTheSame) {
  std::vector<float> operands = makeOperands();
  std::vector<float> expected = evaluate(operands, 256);
  ASSERT_EQ(expected.size(), operands.size());
  for (unsigned vectorBits : {128, 512}) {
    std::vector<float> results = evaluate(operands, vectorBits);
    ASSERT_EQ(results.size(), operands.size());
    for (auto [x, y, z] : llvm::zip_equal(operands, expected, results))
      if (!std::isnan(y) || !std::isnan(z))
        ASSERT_EQ(llvm::bit_cast<uint32_t>(y), llvm::bit_cast<uint32_t>(z))
            << GetParam().op << "(" << x << "), " << vectorBits << " bits";
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, MathAccuracyTest,
                         testing::ValuesIn(functions),
                         [](const auto &info) { return info.param.op; });
