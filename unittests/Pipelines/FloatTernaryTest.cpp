//===- FloatTernaryTest.cpp - Floats times trits against plain loops ------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contractions of floats with constant trits, and what is fused with them, give
// what plain loops in double give, from every kernel that this processor has:
// to rounding, exactly where floats are small integers, and the same bits for
// any number of tokens and of threads.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;
using namespace mlir::mml;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;
using ::mml::ternary::TritArray;

namespace {

/// A kernel [batch, k, m]; without a batch where that is 0.
struct Problem {
  int64_t k, m, batch = 0;
  TritArray trits;

  int8_t get(int64_t b, int64_t row, int64_t column) const {
    return trits[(b * k + row) * m + column];
  }
};

Problem makeProblem(std::mt19937 &random, int64_t k, int64_t m,
                    int64_t batch = 0) {
  Problem problem{k, m, batch, TritArray(std::max<int64_t>(batch, 1) * k * m)};
  for (int64_t i = 0, count = problem.trits.size(); i < count; ++i)
    problem.trits.set(i, static_cast<int8_t>(random() % 3) - 1);
  return problem;
}

class FloatTernaryTest : public testing::Test {
protected:
  FloatTernaryTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<MMLDialect, func::FuncDialect, linalg::LinalgDialect,
                        arith::ArithDialect, tensor::TensorDialect>();
  }

  /// The kernels of floats that this processor has.
  static SmallVector<KernelKind> getKernels() {
    auto generator =
        llvm::cantFail(::mml::engine::CodeGenerator::create({"native", ""}));
    SmallVector<KernelKind> kernels{KernelKind::AddSub, KernelKind::Auto};
    if (generator.hasFeature("avx512f"))
      kernels.push_back(KernelKind::Lookup);
    return kernels;
  }

  /// A function of n activations (dynamic or not) that doubles their products
  /// with constant trits, which are added to `init`.
  OwningOpRef<ModuleOp> buildModule(const Problem &problem, int64_t n,
                                    float init) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    auto getShape = [&](int64_t rows, int64_t columns) {
      SmallVector<int64_t> shape{rows, columns};
      if (problem.batch > 0)
        shape.insert(shape.begin(), problem.batch);
      return shape;
    };
    auto input = RankedTensorType::get(getShape(n, problem.k), b.getF32Type());
    auto output = RankedTensorType::get(getShape(n, problem.m), b.getF32Type());
    OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
    b.setInsertionPointToStart(module->getBody());
    auto function =
        func::FuncOp::create(b, loc, "main", b.getFunctionType(input, output));
    b.setInsertionPointToStart(function.addEntryBlock());
    Value x = function.getArgument(0);
    auto kernelType = RankedTensorType::get(getShape(problem.k, problem.m),
                                            TritType::get(&context));
    Value kernel = ConstantOp::create(
        b, loc, TritsAttr::get(kernelType, "kernel", problem.trits.view()));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, x);
    sizes.back() = b.getIndexAttr(problem.m);
    Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
    Value start = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(init));
    Value sums = linalg::FillOp::create(b, loc, start, empty).getResult(0);
    Value product =
        ContractOp::create(b, loc, output, x, kernel, sums, IntegerAttr())
            .getResult(0);
    Value twice = linalg::AddOp::create(b, loc, ValueRange{product, product},
                                        ValueRange{empty})
                      .getResult(0);
    func::ReturnOp::create(b, loc, twice);
    return module;
  }

  std::unique_ptr<Engine> compile(const Problem &problem, int64_t n,
                                  KernelKind kernel, float init = 0.0f) {
    OwningOpRef<ModuleOp> module = buildModule(problem, n, init);
    auto generator =
        llvm::cantFail(::mml::engine::CodeGenerator::create({"native", ""}));
    CPUPipelineOptions options;
    setTarget(options, 256,
              [&](StringRef feature) { return generator.hasFeature(feature); });
    options.kernel = kernel;
    PassManager passes(&context);
    buildCPUPipeline(passes, options);
    if (failed(passes.run(*module))) {
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

  std::vector<float> run(Engine &engine, const Problem &problem,
                         ArrayRef<float> x, int64_t n, unsigned threads) {
    SmallVector<int64_t> shape{n, problem.k};
    if (problem.batch > 0)
      shape.insert(shape.begin(), problem.batch);
    auto input = llvm::cantFail(HostTensor::create(DType::F32, shape));
    std::memcpy(input.data(), x.data(), input.getByteSize());
    engine.setNumThreads(threads);
    auto results = engine.invoke(input);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return results->front().as<float>().vec();
  }

  static void compare(ArrayRef<float> actual, const Problem &problem,
                      ArrayRef<float> x, int64_t n, float init,
                      double tolerance) {
    int64_t batch = std::max<int64_t>(problem.batch, 1);
    ASSERT_EQ(actual.size(), size_t(batch * n * problem.m));
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t token = b * n; token < (b + 1) * n; ++token)
        for (int64_t m = 0; m < problem.m; ++m) {
          double sum = init;
          for (int64_t k = 0; k < problem.k; ++k)
            sum += problem.get(b, k, m) * double(x[token * problem.k + k]);
          ASSERT_NEAR(actual[token * problem.m + m], 2 * sum, tolerance)
              << "token " << token << ", output " << m;
        }
  }

  MLIRContext context;
};

std::vector<float> makeFloats(std::mt19937 &random, int64_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(random);
  return values;
}

} // namespace

TEST_F(FloatTernaryTest, RandomShapes) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 4; ++round) {
    Problem problem =
        makeProblem(random, 1 + random() % 1500, 1 + random() % 800);
    int64_t n = 1 + random() % 40;
    bool isStatic = round % 2 == 0;
    float init = round == 3 ? 0.5f : 0.0f;
    std::vector<float> x = makeFloats(random, n * problem.k);
    for (KernelKind kernel : getKernels()) {
      SCOPED_TRACE(testing::Message()
                   << "k = " << problem.k << ", m = " << problem.m
                   << ", n = " << n << ", kernel " << static_cast<int>(kernel));
      auto engine =
          compile(problem, isStatic ? n : ShapedType::kDynamic, kernel, init);
      ASSERT_TRUE(engine);
      // A sum of k normal numbers is some sqrt(k), and rounded k times: its
      // error deviates by 2.4e-8 k, and that of twice the sum by as much again.
      // Eight deviations are beyond chance for all that is compared here.
      compare(run(*engine, problem, x, n, 2), problem, x, n, init,
              4e-7 * double(problem.k) + 1e-6);
    }
  }
}

TEST_F(FloatTernaryTest, SmallIntegersAreExact) {
  std::mt19937 random(5);
  for (auto [k, m, n] : {std::tuple<int64_t, int64_t, int64_t>(1, 1, 1),
                         {2, 17, 3},
                         {18, 64, 4},
                         {19, 65, 5},
                         {37, 128, 7}}) {
    Problem problem = makeProblem(random, k, m);
    std::vector<float> x(n * k);
    for (float &value : x)
      value = float(int64_t(random() % 2001) - 1000);
    for (KernelKind kernel : getKernels()) {
      auto engine = compile(problem, ShapedType::kDynamic, kernel);
      ASSERT_TRUE(engine);
      compare(run(*engine, problem, x, n, 1), problem, x, n, 0.0f, 0.0);
      EXPECT_TRUE(run(*engine, problem, x, 0, 1).empty());
    }
  }
}

// (S12)
TEST_F(FloatTernaryTest, SameBitsForAnyBatchAndThreads) {
  std::mt19937 random(6);
  // Enough trits for threads, more than one tile of tokens and of outputs.
  Problem problem = makeProblem(random, 301, 1100);
  constexpr int64_t n = 37;
  std::vector<float> x = makeFloats(random, n * problem.k);
  for (KernelKind kernel : getKernels()) {
    auto engine = compile(problem, ShapedType::kDynamic, kernel);
    ASSERT_TRUE(engine);
    std::vector<float> all = run(*engine, problem, x, n, 1);
    ASSERT_EQ(all.size(), size_t(n * problem.m));
    for (unsigned threads : {2, 3})
      EXPECT_EQ(run(*engine, problem, x, n, threads), all) << threads;
    for (int64_t count : {1, 2, 3, 6}) {
      ArrayRef<float> part = ArrayRef(x).drop_front(7 * problem.k);
      std::vector<float> some = run(*engine, problem, part, count, 2);
      EXPECT_EQ(ArrayRef(some),
                ArrayRef(all).slice(7 * problem.m, count * problem.m))
          << count;
    }
    auto fixed = compile(problem, 5, kernel);
    ASSERT_TRUE(fixed);
    EXPECT_EQ(ArrayRef(run(*fixed, problem, x, 5, 2)),
              ArrayRef(all).take_front(5 * problem.m));
  }
}

TEST_F(FloatTernaryTest, BatchesOfKernels) {
  std::mt19937 random(7);
  Problem problem = makeProblem(random, 40, 70, 3);
  constexpr int64_t n = 6;
  std::vector<float> x = makeFloats(random, problem.batch * n * problem.k);
  for (KernelKind kernel : getKernels()) {
    auto engine = compile(problem, n, kernel);
    ASSERT_TRUE(engine);
    compare(run(*engine, problem, x, n, 2), problem, x, n, 0.0f, 1e-4);
  }
}
