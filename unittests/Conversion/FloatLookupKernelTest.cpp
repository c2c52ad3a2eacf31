//===- FloatLookupKernelTest.cpp - Sums of floats by tables ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiled lookup kernel of floats gives the bits of its documented order
// of sums, whatever the shape, and exact sums where floats are small integers.
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/FloatLookupKernel.h"
#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/WordLookupLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::mml;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;
using ::mml::ternary::TritArray;
using ::mml::ternary::WordLookupLayout;

namespace {

/// What this processor looks up with; the portable way always.
SmallVector<LookupKind> getKinds() {
  auto generator =
      llvm::cantFail(::mml::engine::CodeGenerator::create({"native", ""}));
  SmallVector<LookupKind> kinds{LookupKind::Portable};
  if (generator.hasFeature("avx512f"))
    kinds.push_back(LookupKind::Vpermi2ps);
  return kinds;
}

/// A kernel [depth, outputs] and activations [tokens, depth].
struct Problem {
  int64_t depth, outputs, tokens, rows;
  std::vector<int8_t> trits;
  std::vector<float> activations;
};

class FloatLookupKernelTest : public testing::Test {
protected:
  FloatLookupKernelTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  int64_t uniform(int64_t first, int64_t last) {
    return std::uniform_int_distribution<int64_t>(first, last)(random);
  }

  Problem makeProblem(int64_t depth, int64_t outputs, int64_t tokens,
                      int64_t rows) {
    Problem problem{depth, outputs, tokens, rows, {}, {}};
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < depth * outputs; ++i)
      problem.trits.push_back(uniform(-1, 1));
    for (int64_t i = 0; i < tokens * depth; ++i)
      problem.activations.push_back(normal(random));
    return problem;
  }

  /// A function of activations and storage that gives their products, for a
  /// number of tokens that is known or not.
  OwningOpRef<ModuleOp> buildModule(const Problem &problem, bool isStatic,
                                    LookupKind kind) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
    b.setInsertionPointToStart(module->getBody());
    int64_t tokens = isStatic ? problem.tokens : ShapedType::kDynamic;
    auto inputType = MemRefType::get({tokens, problem.depth}, b.getF32Type());
    auto storageType = MemRefType::get(
        {ShapedType::kDynamic,
         WordLookupLayout::getWordsPerOutput(problem.depth), problem.rows},
        b.getI32Type());
    auto outType = MemRefType::get({tokens, problem.outputs}, b.getF32Type());
    auto function = func::FuncOp::create(
        b, loc, "main", b.getFunctionType({inputType, storageType}, outType));
    auto getTensor = [](MemRefType type) -> Type {
      return RankedTensorType::get(type.getShape(), type.getElementType());
    };
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      b.getUnitAttr());
    function->setAttr(kSignatureAttrName,
                      TypeAttr::get(b.getFunctionType(
                          {getTensor(inputType), getTensor(storageType)},
                          getTensor(outType))));
    b.setInsertionPointToStart(function.addEntryBlock());
    Value input = function.getArgument(0), storage = function.getArgument(1);
    SmallVector<Value> sizes;
    if (!isStatic)
      sizes.push_back(memref::DimOp::create(b, loc, input, 0));
    Value out = memref::AllocOp::create(b, loc, outType, sizes);
    buildFloatLookupSums(b, loc, input, storage, out, kind);
    func::ReturnOp::create(b, loc, out);
    return module;
  }

  std::unique_ptr<Engine> compile(const Problem &problem, bool isStatic,
                                  LookupKind kind) {
    OwningOpRef<ModuleOp> module = buildModule(problem, isStatic, kind);
    PassManager passes(&context);
    buildCPUPipeline(passes, CPUPipelineOptions());
    if (failed(verify(*module)) || failed(passes.run(*module))) {
      ADD_FAILURE() << "the pipeline failed";
      return nullptr;
    }
    auto engine = Engine::create(*module);
    if (!engine) {
      ADD_FAILURE() << llvm::toString(engine.takeError());
      return nullptr;
    }
    return std::move(*engine);
  }

  /// The products of the first `tokens` tokens.
  std::vector<float> run(Engine &engine, const Problem &problem,
                         int64_t tokens) {
    WordLookupLayout layout(problem.rows);
    auto input =
        llvm::cantFail(HostTensor::create(DType::F32, {tokens, problem.depth}));
    llvm::copy(ArrayRef(problem.activations).take_front(tokens * problem.depth),
               input.as<float>().begin());
    auto storage = llvm::cantFail(HostTensor::create(
        DType::I32,
        {layout.getRowBlocks(problem.outputs),
         WordLookupLayout::getWordsPerOutput(problem.depth), problem.rows}));
    MutableArrayRef<int32_t> words = storage.as<int32_t>();
    llvm::cantFail(
        layout.pack(llvm::cantFail(TritArray::fromTrits(problem.trits)),
                    problem.depth, problem.outputs,
                    MutableArrayRef(reinterpret_cast<uint32_t *>(words.data()),
                                    words.size())));
    SmallVector<HostTensor> inputs;
    inputs.push_back(std::move(input));
    inputs.push_back(std::move(storage));
    auto results = engine.invoke(inputs);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return std::as_const(results->front()).as<float>().vec();
  }

  /// The sum of an output in the documented order.
  static float getSum(const Problem &problem, int64_t n, int64_t m) {
    auto product = [&](int64_t k) {
      if (k >= problem.depth)
        return 0.0f;
      return float(problem.trits[k * problem.outputs + m]) *
             problem.activations[n * problem.depth + k];
    };
    float sum = 0.0f;
    for (int64_t k = 0; k < problem.depth; k += 3)
      sum += (product(k) + product(k + 1)) + product(k + 2);
    return sum;
  }

  /// Compares the bits of all products but for the sign of zeros.
  void check(Engine &engine, const Problem &problem, int64_t tokens) {
    SCOPED_TRACE(testing::Message()
                 << "[" << problem.depth << ", " << problem.outputs << "] for "
                 << tokens << " tokens, rows " << problem.rows << ", seed "
                 << seed);
    std::vector<float> actual = run(engine, problem, tokens);
    ASSERT_EQ(actual.size(), size_t(tokens * problem.outputs));
    for (int64_t n = 0; n < tokens; ++n)
      for (int64_t m = 0; m < problem.outputs; ++m) {
        float expected = getSum(problem, n, m),
              found = actual[n * problem.outputs + m];
        if (std::isnan(expected))
          ASSERT_TRUE(std::isnan(found)) << "token " << n << ", output " << m;
        else
          ASSERT_EQ(found, expected) << "token " << n << ", output " << m;
      }
  }

  static constexpr unsigned seed = 20251126;
  std::mt19937 random{seed};
  MLIRContext context;
};

} // namespace

TEST_F(FloatLookupKernelTest, RandomShapes) {
  for (LookupKind kind : getKinds())
    for (int round = 0; round < 6; ++round) {
      Problem problem = makeProblem(uniform(1, 1200), uniform(1, 300),
                                    uniform(1, 20), 16 * uniform(1, 6));
      bool isStatic = round % 2 == 0;
      auto engine = compile(problem, isStatic, kind);
      ASSERT_TRUE(engine);
      check(*engine, problem, problem.tokens);
      if (!isStatic)
        check(*engine, problem, 0);
    }
}

TEST_F(FloatLookupKernelTest, EveryDepthOfAWord) {
  for (int64_t depth = 1; depth <= 37; ++depth) {
    Problem problem = makeProblem(depth, 17, 2, 16);
    auto engine = compile(problem, false, getKinds().back());
    ASSERT_TRUE(engine);
    check(*engine, problem, 2);
  }
}

TEST_F(FloatLookupKernelTest, EveryNumberOfTokens) {
  Problem problem = makeProblem(200, 130, 17, 64);
  auto engine = compile(problem, false, getKinds().back());
  ASSERT_TRUE(engine);
  for (int64_t tokens = 0; tokens <= 17; ++tokens)
    check(*engine, problem, tokens);
}

TEST_F(FloatLookupKernelTest, SmallIntegersAreExact) {
  // The largest sums that are exact whatever the order: all of one sign.
  Problem problem = makeProblem(4096, 66, 3, 32);
  for (auto [i, trit] : llvm::enumerate(problem.trits))
    if (i % 66 < 2)
      trit = i % 66 == 0 ? 1 : -1;
  for (auto [i, x] : llvm::enumerate(problem.activations))
    x = i < 4096 ? 4096.0f : float(uniform(-4095, 4095));
  auto engine = compile(problem, false, getKinds().back());
  ASSERT_TRUE(engine);
  std::vector<float> actual = run(*engine, problem, 3);
  ASSERT_EQ(actual.size(), size_t(3 * 66));
  EXPECT_EQ(actual[0], float(1 << 24));
  EXPECT_EQ(actual[1], -float(1 << 24));
  for (int64_t n = 0; n < 3; ++n)
    for (int64_t m = 0; m < 66; ++m) {
      int64_t expected = 0;
      for (int64_t k = 0; k < 4096; ++k)
        expected += problem.trits[k * 66 + m] *
                    int64_t(problem.activations[n * 4096 + k]);
      ASSERT_EQ(actual[n * 66 + m], float(expected)) << n << ", " << m;
    }
}

// (S12)
TEST_F(FloatLookupKernelTest, InfinityAndNaNComeThrough) {
  for (LookupKind kind : getKinds()) {
    Problem problem = makeProblem(50, 40, 11, 16);
    problem.activations[0 * 50 + 3] = INFINITY;
    problem.activations[1 * 50 + 49] = NAN;
    problem.activations[9 * 50 + 7] = -INFINITY;
    problem.activations[10 * 50 + 8] = 3e38f;
    problem.activations[10 * 50 + 9] = 3e38f;
    auto engine = compile(problem, false, kind);
    ASSERT_TRUE(engine);
    check(*engine, problem, 11);
    std::vector<float> actual = run(*engine, problem, 11);
    for (int64_t m = 0; m < 40; ++m)
      EXPECT_EQ(std::isnan(actual[m]), problem.trits[3 * 40 + m] == 0) << m;
  }
}
