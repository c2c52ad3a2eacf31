//===- ContractTest.cpp - Contractions against the plain loop -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled contractions give the integers of the plain loop, from every kernel,
// for every vector width and at every batch size.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/Reference.h"

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

struct Variant {
  KernelKind kernel;
  unsigned vectorBits;
  DotTarget dot = {};
  /// Whether the number of tokens is known when the kernel is compiled.
  bool isStatic = false;
  LookupKind lookup = LookupKind::Portable;
  /// Whether results of some kilobytes are written past the caches.
  bool streams = false;
};

constexpr Variant kVariants[] = {{KernelKind::AddSub, 128},
                                 {KernelKind::AddSub, 256},
                                 {KernelKind::AddSub, 512},
                                 {KernelKind::Reference, 256}};

/// The dot and lookup kernels that this processor runs.
SmallVector<Variant> getNativeVariants() {
  auto generator =
      llvm::cantFail(::mml::engine::CodeGenerator::create({"native", ""}));
  auto has = [&](StringRef feature) { return generator.hasFeature(feature); };
  SmallVector<Variant> variants;
  auto add = [&](DotKind dot, unsigned bits) {
    for (bool isStatic : {false, true})
      variants.push_back({KernelKind::Dot, 256, {dot, bits}, isStatic});
  };
  if (has("ssse3"))
    add(DotKind::PairsI16, 128);
  if (has("avx2"))
    add(DotKind::PairsI16, 256);
  if (has("avx512bw"))
    add(DotKind::PairsI16, 512);
  if (has("avxvnni") || (has("avx512vnni") && has("avx512vl"))) {
    add(DotKind::QuadsI32, 128);
    add(DotKind::QuadsI32, 256);
  }
  if (has("avx512vnni")) {
    add(DotKind::QuadsI32, 512);
    for (bool isStatic : {false, true})
      variants.push_back(
          {KernelKind::Mixed, 256, {DotKind::QuadsI32, 512}, isStatic});
  }
  if (has("amx-int8") && has("avx512vnni"))
    add(DotKind::TilesI32, 512);
  if (has("neon"))
    add(DotKind::NeonPairsI16, 128);
  if (has("dotprod"))
    add(DotKind::NeonQuadsI32, 128);
  if (has("dotprod") && has("i8mm"))
    add(DotKind::NeonMatricesI32, 128);
  auto addLookup = [&](LookupKind lookup, unsigned bits) {
    variants.push_back({KernelKind::Lookup,
                        256,
                        {DotKind::None, bits},
                        /*isStatic=*/false,
                        lookup});
  };
  if (has("avx2"))
    addLookup(LookupKind::Pshufb, 256);
  if (has("avx512vbmi"))
    addLookup(LookupKind::Vpermb, 512);
  return variants;
}

class ContractTest : public testing::Test {
protected:
  ContractTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<MMLDialect, func::FuncDialect, linalg::LinalgDialect,
                        arith::ArithDialect, tensor::TensorDialect>();
  }

  /// A function of activations [n, k], n dynamic or not, that adds their
  /// products with constant trits [k, m] to zeros.
  OwningOpRef<ModuleOp> buildModule(const TritArray &trits, int64_t n,
                                    int64_t k, int64_t m, bool isInteger) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    Type lhsType = isInteger ? Type(b.getI8Type()) : b.getF32Type();
    Type outType = isInteger ? Type(b.getI32Type()) : b.getF32Type();
    auto input = RankedTensorType::get({n, k}, lhsType);
    auto output = RankedTensorType::get({n, m}, outType);
    OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
    b.setInsertionPointToStart(module->getBody());
    auto function =
        func::FuncOp::create(b, loc, "main", b.getFunctionType(input, output));
    b.setInsertionPointToStart(function.addEntryBlock());
    Value x = function.getArgument(0);
    auto kernelType = RankedTensorType::get({k, m}, TritType::get(&context));
    Value kernel = ConstantOp::create(
        b, loc, TritsAttr::get(kernelType, "kernel", trits.view()));
    Value empty = tensor::EmptyOp::create(
        b, loc, {tensor::getMixedSize(b, loc, x, 0), b.getIndexAttr(m)},
        outType);
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(outType));
    Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
    IntegerAttr bound = isInteger ? b.getI64IntegerAttr(128) : IntegerAttr();
    auto contract = ContractOp::create(b, loc, output, x, kernel, zeros, bound);
    func::ReturnOp::create(b, loc, contract.getResults());
    return module;
  }

  std::unique_ptr<Engine> compile(const TritArray &trits, int64_t n, int64_t k,
                                  int64_t m, bool isInteger, Variant variant) {
    OwningOpRef<ModuleOp> module = buildModule(trits, n, k, m, isInteger);
    CPUPipelineOptions options;
    options.kernel = variant.kernel;
    options.vectorBits = variant.vectorBits;
    options.dot = variant.dot.kind;
    options.dotBits = variant.dot.bits;
    options.lookup = variant.lookup;
    options.streamStores = variant.streams;
    options.coreCacheBytes = variant.streams ? 4096 : 0;
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

  /// Runs `engine` on `x`, of the shape [n, k].
  template <typename In, typename Out>
  std::vector<Out> run(Engine &engine, ArrayRef<In> x, int64_t n, int64_t k,
                       unsigned threads = 2) {
    DType dtype = std::is_integral_v<In> ? DType::I8 : DType::F32;
    auto input = HostTensor::create(dtype, {n, k});
    if (!input) {
      ADD_FAILURE() << llvm::toString(input.takeError());
      return {};
    }
    std::memcpy(input->data(), x.data(), x.size() * sizeof(In));
    engine.setNumThreads(threads);
    auto results = engine.invoke(*input);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return results->front().as<Out>().vec();
  }

  /// Compares the integers of every variant with the plain loop's.
  void checkIntegers(ArrayRef<int8_t> x, const TritArray &trits, int64_t k,
                     int64_t m, ArrayRef<int64_t> batches,
                     bool streams = false) {
    SmallVector<Variant> variants(std::begin(kVariants), std::end(kVariants));
    llvm::append_range(variants, getNativeVariants());
    for (Variant &variant : variants)
      variant.streams = streams;
    checkIntegers(variants, x, trits, k, m, batches, /*threads=*/2);
  }

  /// Compares those of some variants on so many threads.
  void checkIntegers(ArrayRef<Variant> variants, ArrayRef<int8_t> x,
                     const TritArray &trits, int64_t k, int64_t m,
                     ArrayRef<int64_t> batches, ArrayRef<unsigned> threads) {
    for (Variant variant : variants) {
      SCOPED_TRACE(testing::Message()
                   << "k = " << k << ", m = " << m << ", kernel "
                   << static_cast<int>(variant.kernel) << ", instruction "
                   << static_cast<int>(variant.dot.kind) << " of "
                   << variant.dot.bits << " bits, vectors of "
                   << variant.vectorBits << " bits"
                   << (variant.isStatic ? ", static" : "") << ", lookup "
                   << stringifyLookupKind(variant.lookup).str());
      std::unique_ptr<Engine> engine;
      // Code for one number of tokens is compiled for the last one.
      for (int64_t n : variant.isStatic ? batches.take_back() : batches) {
        if (!engine)
          engine = compile(trits, variant.isStatic ? n : ShapedType::kDynamic,
                           k, m, true, variant);
        ASSERT_TRUE(engine);
        ArrayRef<int8_t> part = x.take_front(n * k);
        std::vector<int32_t> expected(n * m);
        llvm::Error error =
            ::mml::ternary::contract(part, trits, n, k, m, expected);
        ASSERT_FALSE(error) << llvm::toString(std::move(error));
        for (unsigned count : threads)
          EXPECT_EQ((run<int8_t, int32_t>(*engine, part, n, k, count)),
                    expected)
              << "n = " << n << ", " << count << " threads";
      }
    }
  }

  MLIRContext context;
};

TritArray makeTrits(std::mt19937 &random, int64_t count) {
  TritArray trits(count);
  for (int64_t i = 0; i < count; ++i)
    trits.set(i, static_cast<int8_t>(random() % 3) - 1);
  return trits;
}

// (S8)
TEST_F(ContractTest, RandomShapesGiveTheIntegersOfThePlainLoop) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 8; ++round) {
    int64_t k = 1 + random() % 5000, m = 1 + random() % 150;
    int64_t n = 1 + random() % 30;
    std::vector<int8_t> x(n * k);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    checkIntegers(x, makeTrits(random, k * m), k, m, {1, n});
  }
}

TEST_F(ContractTest, SmallShapesGiveTheIntegersOfThePlainLoop) {
  std::mt19937 random(7);
  for (auto [k, m] : {std::pair<int64_t, int64_t>(1, 1),
                      {8, 32},
                      {7, 31},
                      {9, 65},
                      {248, 33},
                      {249, 16}}) {
    std::vector<int8_t> x(6 * k);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    checkIntegers(x, makeTrits(random, k * m), k, m, {0, 1, 4, 6});
  }
}

// (S9)
TEST_F(ContractTest, ExtremeValuesDoNotOverflow) {
  constexpr int64_t k = 4999, m = 70, n = 5;
  for (int8_t activation : {int8_t(127), int8_t(-128)})
    for (int8_t trit : {int8_t(1), int8_t(-1)}) {
      TritArray trits(k * m);
      for (int64_t i = 0; i < k * m; ++i)
        trits.set(i, trit);
      checkIntegers(std::vector<int8_t>(n * k, activation), trits, k, m, n);
    }
}

// (S8)
TEST_F(ContractTest, LargeContractionsRunOnThreads) {
  constexpr int64_t k = 1030, m = 520, n = 5;
  std::mt19937 random(11);
  std::vector<int8_t> x(n * k);
  for (int8_t &value : x)
    value = static_cast<int8_t>(random());
  TritArray trits = makeTrits(random, k * m);
  EXPECT_TRUE(
      compile(trits, n, k, m, true, {KernelKind::AddSub, 256})->usesThreads());
  checkIntegers(x, trits, k, m, n);
}

TEST_F(ContractTest, ManyTokensAreTiles) {
  // More than one tile of tokens, of depth and of outputs, none of them whole.
  constexpr int64_t k = 1100, m = 300, n = 530;
  std::mt19937 random(13);
  std::vector<int8_t> x(n * k);
  for (int8_t &value : x)
    value = static_cast<int8_t>(random());
  checkIntegers(x, makeTrits(random, k * m), k, m, {n, 272, 40, 32, 17, 9});
}

TEST_F(ContractTest, TilesOfTokensAreWholeOrNot) {
  // One tile of tokens, two, three, four, and the first and the last numbers of
  // each; a depth of one tile, and of some.
  std::mt19937 random(19);
  int64_t k = 50;
  for (int64_t n : {16, 17, 32, 33, 48, 49, 64}) {
    k = k == 50 ? 330 : 50;
    std::vector<int8_t> x(n * k);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    checkIntegers(x, makeTrits(random, k * 70), k, /*m=*/70, n);
  }
}

TEST_F(ContractTest, WideResultsArePassedByTheCaches) {
  // A row of the result is more than a page, whose lines are whole or not. Few
  // tokens have sums that stay in a scratch from block to block. It is enough
  // for threads.
  constexpr int64_t k = 300, n = 33;
  std::mt19937 random(17);
  std::vector<int8_t> x(n * k);
  for (int8_t &value : x)
    value = static_cast<int8_t>(random());
  for (int64_t m : {1104, 1099}) {
    TritArray trits = makeTrits(random, k * m);
    checkIntegers(x, trits, k, m, {n, 16}, /*streams=*/true);
    checkIntegers(x, trits, k, m, {5, n}, /*streams=*/true);
  }
}

// (S8), (S9)
TEST_F(ContractTest, LookupsBesideProductsAreExactOnAnyNumberOfThreads) {
  SmallVector<Variant> variants =
      llvm::filter_to_vector(getNativeVariants(), [](const Variant &variant) {
        return variant.kernel == KernelKind::Mixed;
      });
  if (variants.empty())
    GTEST_SKIP() << "the processor has no instructions for it";
  std::mt19937 random(17);
  // Chunks of 288 k that are whole and that are not, an odd number of blocks,
  // and the most that words of sums and of tables have to hold.
  for (auto [k, m] :
       {std::pair<int64_t, int64_t>(576, 1056), {1441, 680}, {4999, 70}}) {
    constexpr int64_t n = 37;
    TritArray trits = makeTrits(random, k * m);
    std::vector<int8_t> x(n * k);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    checkIntegers(variants, x, trits, k, m, {9, 16, n}, {1, 2, 3});
    for (int8_t activation : {int8_t(127), int8_t(-128)}) {
      std::fill(x.begin(), x.end(), activation);
      for (int8_t trit : {int8_t(1), int8_t(-1)}) {
        TritArray same(k * m);
        for (int64_t i = 0; i < k * m; ++i)
          same.set(i, trit);
        checkIntegers(variants, x, same, k, m, n, {1, 2, 3});
      }
    }
  }
}

// (S12)
TEST_F(ContractTest, FloatsComeThroughAsInAFloatProduct) {
  constexpr int64_t k = 37, m = 45, n = 6;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> x(n * k), expected(n * m);
  for (float &value : x)
    value = normal(random);
  x[1 * k + 3] = INFINITY;
  x[2 * k + 9] = NAN;
  x[3 * k + 2] = -INFINITY;
  x[3 * k + 5] = INFINITY;
  TritArray trits = makeTrits(random, k * m);
  llvm::Error error =
      ::mml::ternary::contractFloat(x, trits, n, k, m, expected);
  ASSERT_FALSE(error) << llvm::toString(std::move(error));
  for (Variant variant : kVariants) {
    std::unique_ptr<Engine> engine = compile(trits, n, k, m, false, variant);
    ASSERT_TRUE(engine);
    std::vector<float> actual = run<float, float>(*engine, x, n, k);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i]))
        EXPECT_TRUE(std::isnan(actual[i])) << i;
      else if (std::isinf(expected[i]))
        EXPECT_EQ(actual[i], expected[i]) << i;
      else
        EXPECT_NEAR(actual[i], expected[i], 2e-5) << i;
    }
  }
}

} // namespace
