//===- LookupKernelTest.cpp - Sums by tables against the plain loop -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiled lookup kernel gives the integers of the plain loop for every
// instruction that this processor has, at every vector width.
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/LookupKernel.h"
#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/LookupLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace mlir::mml;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;
using ::mml::ternary::LookupLayout;
using ::mml::ternary::TritArray;

namespace {

/// Kinds and widths that this processor runs; the portable one always.
SmallVector<std::pair<LookupKind, unsigned>> getVariants() {
  auto generator =
      llvm::cantFail(::mml::engine::CodeGenerator::create({"native", ""}));
  auto has = [&](StringRef feature) { return generator.hasFeature(feature); };
  SmallVector<std::pair<LookupKind, unsigned>> variants = {
      {LookupKind::Portable, 128}, {LookupKind::Portable, 256}};
  auto add = [&](bool isThere, LookupKind kind, unsigned bits) {
    if (isThere)
      variants.push_back({kind, bits});
  };
  add(has("ssse3"), LookupKind::Pshufb, 128);
  add(has("avx2"), LookupKind::Pshufb, 256);
  add(has("avx512bw"), LookupKind::Pshufb, 512);
  add(has("avx512vbmi") && has("avx512vl"), LookupKind::Vpermb, 128);
  add(has("avx512vbmi") && has("avx512vl"), LookupKind::Vpermb, 256);
  add(has("avx512vbmi"), LookupKind::Vpermb, 512);
  add(has("neon"), LookupKind::Tbl, 128);
  return variants;
}

class LookupKernelTest : public testing::Test {
protected:
  LookupKernelTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// A kernel [depth, outputs] and activations [tokens, depth].
  struct Problem {
    int64_t depth, outputs, tokens, rows;
    std::vector<int8_t> trits, activations;
  };

  int64_t uniform(int64_t first, int64_t last) {
    return std::uniform_int_distribution<int64_t>(first, last)(random);
  }

  /// Random values up to `bound`, or, for `extreme`, only the largest ones, so
  /// that some sums are the largest that there are.
  Problem makeProblem(int64_t depth, int64_t outputs, int64_t tokens,
                      int64_t rows, int64_t bound, bool extreme) {
    Problem problem{depth, outputs, tokens, rows, {}, {}};
    int64_t high = std::min<int64_t>(bound, 127);
    for (int64_t i = 0; i < depth * outputs; ++i)
      problem.trits.push_back(extreme ? (i % outputs % 2 == 0 ? 1 : -1)
                                      : uniform(-1, 1));
    for (int64_t i = 0; i < tokens * depth; ++i)
      problem.activations.push_back(extreme
                                        ? (i / depth % 2 == 0 ? -bound : high)
                                        : uniform(-bound, high));
    return problem;
  }

  /// A function of activations and storage that gives their products, added to
  /// a destination of ones unless `startsAtZero`.
  OwningOpRef<ModuleOp> buildModule(const Problem &problem,
                                    const LookupKernelOptions &options) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
    b.setInsertionPointToStart(module->getBody());
    auto inputType =
        MemRefType::get({ShapedType::kDynamic, problem.depth}, b.getI8Type());
    auto storageType = MemRefType::get(
        {ShapedType::kDynamic, LookupLayout::getBytesPerOutput(problem.depth),
         problem.rows},
        b.getI8Type());
    auto outType = MemRefType::get({ShapedType::kDynamic, problem.outputs},
                                   b.getI32Type());
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
    Value tokens = memref::DimOp::create(b, loc, input, 0);
    Value tables = memref::AllocOp::create(
        b, loc,
        getLookupTablesType(&context, ShapedType::kDynamic, problem.depth),
        tokens);
    Value out = memref::AllocOp::create(b, loc, outType, tokens);
    Value one = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
    linalg::FillOp::create(b, loc, one, out);
    buildLookupTables(b, loc, input, tables, options);
    buildLookupSums(b, loc, tables, storage, out, options);
    memref::DeallocOp::create(b, loc, tables);
    func::ReturnOp::create(b, loc, out);
    return module;
  }

  std::unique_ptr<Engine> compile(const Problem &problem,
                                  const LookupKernelOptions &options) {
    OwningOpRef<ModuleOp> module = buildModule(problem, options);
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

  /// Compiles the kernel, and compares its sums with those of the plain loop.
  void check(const Problem &problem, const LookupKernelOptions &options) {
    SCOPED_TRACE(testing::Message()
                 << "[" << problem.depth << ", " << problem.outputs << "] for "
                 << problem.tokens << " tokens, rows " << problem.rows
                 << ", bound " << options.bound << ", "
                 << stringifyLookupKind(options.kind).str() << " of "
                 << options.vectorBits << " bits, seed " << seed);
    auto engine = compile(problem, options);
    ASSERT_TRUE(engine);
    LookupLayout layout(problem.rows);
    int64_t blocks = layout.getRowBlocks(problem.outputs);
    auto input = llvm::cantFail(
        HostTensor::create(DType::I8, {problem.tokens, problem.depth}));
    llvm::copy(problem.activations, input.as<int8_t>().begin());
    auto storage = llvm::cantFail(HostTensor::create(
        DType::I8, {blocks, LookupLayout::getBytesPerOutput(problem.depth),
                    problem.rows}));
    MutableArrayRef<int8_t> bytes = storage.as<int8_t>();
    ASSERT_FALSE(llvm::errorToBool(
        layout.pack(llvm::cantFail(TritArray::fromTrits(problem.trits)),
                    problem.depth, problem.outputs,
                    MutableArrayRef(reinterpret_cast<uint8_t *>(bytes.data()),
                                    bytes.size()))));
    SmallVector<HostTensor> inputs;
    inputs.push_back(std::move(input));
    inputs.push_back(std::move(storage));
    auto results = engine->invoke(inputs);
    ASSERT_TRUE(static_cast<bool>(results))
        << llvm::toString(results.takeError());
    ArrayRef<int32_t> sums = std::as_const(results->front()).as<int32_t>();
    for (int64_t n = 0; n < problem.tokens; ++n)
      for (int64_t m = 0; m < problem.outputs; ++m) {
        int32_t expected = options.startsAtZero ? 0 : 1;
        for (int64_t k = 0; k < problem.depth; ++k)
          expected += problem.trits[k * problem.outputs + m] *
                      problem.activations[n * problem.depth + k];
        ASSERT_EQ(sums[n * problem.outputs + m], expected)
            << "token " << n << ", output " << m;
      }
  }

  static constexpr unsigned seed = 20250611;
  std::mt19937 random{seed};
  MLIRContext context;
};

} // namespace

TEST_F(LookupKernelTest, RandomShapes) {
  for (auto [kind, bits] : getVariants())
    for (int round = 0; round < 4; ++round) {
      int64_t rows = 16 * uniform(1, 6);
      int64_t bound = round % 2 == 0 ? 128 : uniform(1, 128);
      Problem problem = makeProblem(uniform(1, 700), uniform(1, 300),
                                    uniform(1, 3), rows, bound, false);
      LookupKernelOptions options{bound, kind, bits, round % 3 != 0};
      check(problem, options);
    }
}

// (S9)
TEST_F(LookupKernelTest, LargestSums) {
  // Chunks that are full, or would be one index too long.
  for (auto [kind, bits] : getVariants())
    for (int64_t depth : {255, 257})
      check(makeProblem(depth, 70, 2, 64, 128, true), {128, kind, bits, true});
}

TEST_F(LookupKernelTest, EveryNumberOfIndices) {
  auto [kind, bits] = getVariants().back();
  for (int64_t depth = 1; depth <= 28; ++depth)
    check(makeProblem(depth, 17, 1, 16, 127, depth % 2 == 0),
          {127, kind, bits, false});
}

TEST_F(LookupKernelTest, ChoosesByFeatures) {
  auto choose = [](unsigned bits, ArrayRef<StringRef> features) {
    return chooseLookupKind(bits, [&](StringRef feature) {
      return llvm::is_contained(features, feature);
    });
  };
  EXPECT_EQ(choose(512, {"avx512bw", "avx512vbmi"}), LookupKind::Vpermb);
  EXPECT_EQ(choose(512, {"avx512bw"}), LookupKind::Pshufb);
  EXPECT_EQ(choose(512, {"avx2"}), LookupKind::Portable);
  EXPECT_EQ(choose(256, {"avx2", "avx512vbmi"}), LookupKind::Pshufb);
  EXPECT_EQ(choose(256, {"avx512vbmi", "avx512vl"}), LookupKind::Vpermb);
  EXPECT_EQ(choose(256, {"ssse3"}), LookupKind::Portable);
  EXPECT_EQ(choose(128, {"ssse3"}), LookupKind::Pshufb);
  EXPECT_EQ(choose(128, {"neon"}), LookupKind::Tbl);
  EXPECT_EQ(choose(128, {}), LookupKind::Portable);
}
