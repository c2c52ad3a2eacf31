//===- FloatContractTest.cpp - Blocked contractions against plain loops ---===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Contractions of floats give what plain loops in double give, for any order of
// axes, any sizes and every vector width, and the same bits on any number of
// threads.
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;

namespace {

/// A contraction: the size of each axis, those that are dynamic in the module,
/// and the axes of both inputs and the result.
struct Shape {
  std::vector<int64_t> sizes;
  std::vector<unsigned> operands[3];
  /// The value of the result's elements that products are added to.
  float init = 0.0f;
  std::vector<unsigned> dynamic;

  std::vector<int64_t> getSizes(unsigned operand) const {
    std::vector<int64_t> result;
    for (unsigned axis : operands[operand])
      result.push_back(sizes[axis]);
    return result;
  }

  std::string getType(unsigned operand) const {
    std::string type = "tensor<";
    for (unsigned axis : operands[operand])
      type += llvm::is_contained(dynamic, axis)
                  ? std::string("?x")
                  : llvm::formatv("{0}x", sizes[axis]).str();
    return type + "f32>";
  }

  std::string getMap(unsigned operand) const {
    auto name = [](unsigned axis) { return "d" + std::to_string(axis); };
    auto all = llvm::map_range(llvm::seq<unsigned>(sizes.size()), name);
    auto results = llvm::map_range(operands[operand], name);
    return llvm::formatv("affine_map<({0}) -> ({1})>", llvm::join(all, ", "),
                         llvm::join(results, ", "));
  }

  std::string getModule() const {
    std::string dims, arguments;
    for (auto [position, axis] : llvm::enumerate(operands[2])) {
      if (!llvm::is_contained(dynamic, axis))
        continue;
      unsigned source = llvm::is_contained(operands[0], axis) ? 0 : 1;
      size_t at = llvm::find(operands[source], axis) - operands[source].begin();
      dims += llvm::formatv("  %i{0} = arith.constant {1} : index\n"
                            "  %d{0} = tensor.dim %a{2}, %i{0} : {3}\n",
                            position, at, source, getType(source));
      arguments +=
          llvm::formatv("{0}%d{1}", arguments.empty() ? "" : ", ", position);
    }
    return llvm::formatv(
        "func.func @main(%a0: {0}, %a1: {1}) -> {2} {{\n"
        "{3}"
        "  %start = arith.constant {4:E} : f32\n"
        "  %empty = tensor.empty({5}) : {2}\n"
        "  %init = linalg.fill ins(%start : f32) outs(%empty : {2}) -> {2}\n"
        "  %sum = linalg.contract indexing_maps = [{6}, {7}, {8}]\n"
        "    ins(%a0, %a1 : {0}, {1}) outs(%init : {2}) -> {2}\n"
        "  return %sum : {2}\n"
        "}\n",
        getType(0), getType(1), getType(2), dims, init, arguments, getMap(0),
        getMap(1), getMap(2));
  }
};

/// Calls `visit` with every position in `sizes`, the last one fastest.
template <typename Visit>
void forEachPosition(const std::vector<int64_t> &sizes, Visit visit) {
  std::vector<int64_t> position(sizes.size(), 0);
  if (llvm::is_contained(sizes, 0))
    return;
  while (true) {
    visit(position);
    size_t axis = sizes.size();
    while (axis > 0 && ++position[axis - 1] == sizes[axis - 1])
      position[--axis] = 0;
    if (axis == 0)
      return;
  }
}

class FloatContractTest : public testing::TestWithParam<unsigned> {
protected:
  FloatContractTest() {
    DialectRegistry registry;
    mlir::mml::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  std::unique_ptr<Engine> compile(const Shape &shape) {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(shape.getModule(), &context);
    if (!module)
      return nullptr;
    mlir::mml::CPUPipelineOptions options;
    options.vectorBits = GetParam();
    PassManager passes(&context);
    mlir::mml::buildCPUPipeline(passes, options);
    if (failed(passes.run(*module)))
      return nullptr;
    auto engine = Engine::create(*module);
    if (!engine) {
      ADD_FAILURE() << llvm::toString(engine.takeError());
      return nullptr;
    }
    return std::move(*engine);
  }

  std::vector<float> run(Engine &engine, const Shape &shape,
                         const std::vector<float> (&values)[2],
                         unsigned threads) {
    SmallVector<HostTensor> inputs;
    for (unsigned i = 0; i < 2; ++i) {
      auto input = HostTensor::create(DType::F32, shape.getSizes(i));
      if (!input) {
        ADD_FAILURE() << llvm::toString(input.takeError());
        return {};
      }
      std::memcpy(input->data(), values[i].data(), input->getByteSize());
      inputs.push_back(std::move(*input));
    }
    engine.setNumThreads(threads);
    auto results = engine.invoke(inputs);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return results->front().as<float>().vec();
  }

  /// Runs `engine` on random values and compares with plain loops.
  void check(Engine &engine, const Shape &shape, std::mt19937 &random) {
    std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
    std::vector<float> values[2];
    std::vector<int64_t> strides[3];
    size_t counts[3];
    for (unsigned i = 0; i < 3; ++i) {
      strides[i].assign(shape.sizes.size(), 0);
      int64_t stride = 1;
      for (unsigned axis : llvm::reverse(shape.operands[i])) {
        strides[i][axis] = stride;
        stride *= shape.sizes[axis];
      }
      counts[i] = stride;
    }
    for (unsigned i = 0; i < 2; ++i)
      for (size_t j = 0; j < counts[i]; ++j)
        values[i].push_back(distribution(random));

    std::vector<double> expected(counts[2], shape.init);
    size_t depth = 1;
    for (auto [axis, size] : llvm::enumerate(shape.sizes))
      if (strides[2][axis] == 0)
        depth *= size;
    forEachPosition(shape.sizes, [&](const std::vector<int64_t> &position) {
      int64_t at[3] = {0, 0, 0};
      for (unsigned i = 0; i < 3; ++i)
        for (auto [axis, index] : llvm::enumerate(position))
          at[i] += strides[i][axis] * index;
      expected[at[2]] += double(values[0][at[0]]) * double(values[1][at[1]]);
    });

    std::vector<float> actual = run(engine, shape, values, 1);
    ASSERT_EQ(actual.size(), expected.size());
    // Each of the sums is rounded, to a value that grows with the root.
    double tolerance = 4e-6 * std::sqrt(double(depth));
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], tolerance) << "element " << i;
    std::vector<float> threaded = run(engine, shape, values, 2);
    ASSERT_EQ(threaded.size(), actual.size());
    EXPECT_EQ(std::memcmp(threaded.data(), actual.data(),
                          actual.size() * sizeof(float)),
              0);
  }

  void check(const Shape &shape, std::mt19937 &random) {
    SCOPED_TRACE(shape.getModule());
    std::unique_ptr<Engine> engine = compile(shape);
    ASSERT_TRUE(engine);
    check(*engine, shape, random);
  }

  MLIRContext context;
};

INSTANTIATE_TEST_SUITE_P(VectorBits, FloatContractTest,
                         testing::Values(128u, 256u, 512u),
                         [](const auto &info) {
                           return std::to_string(info.param) + "Bits";
                         });

/// m x n x k as a matrix product.
Shape getMatmul(int64_t m, int64_t n, int64_t k, float init = 0.0f) {
  return {{m, n, k}, {{0, 2}, {2, 1}, {0, 1}}, init, {}};
}

TEST_P(FloatContractTest, TailsOfEveryAxis) {
  std::mt19937 random(1);
  for (auto [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>(64, 64, 64),
                         {61, 64, 64},
                         {64, 61, 64},
                         {64, 64, 61},
                         {37, 83, 131},
                         {4, 200, 50},
                         {300, 9, 33}})
    check(getMatmul(m, n, k), random);
}

TEST_P(FloatContractTest, ManyBlocksOfDepth) {
  std::mt19937 random(2);
  check(getMatmul(33, 70, 771), random);
  check(getMatmul(48, 64, 1024, 2.5f), random);
}

TEST_P(FloatContractTest, AddsToWhatIsThere) {
  std::mt19937 random(3);
  check(getMatmul(45, 77, 40, -1.5f), random);
  check(getMatmul(48, 64, 40, 0.75f), random);
}

TEST_P(FloatContractTest, EveryOrderOfTheAxesOfAMatrixProduct) {
  std::mt19937 random(4);
  for (unsigned order = 0; order < 8; ++order) {
    Shape shape = getMatmul(70, 53, 45);
    for (unsigned i = 0; i < 3; ++i)
      if (order >> i & 1)
        std::swap(shape.operands[i][0], shape.operands[i][1]);
    check(shape, random);
  }
}

TEST_P(FloatContractTest, RandomAxesInRandomOrders) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  auto pick = [&](int64_t low, int64_t high) {
    return low + int64_t(random() % uint64_t(high - low + 1));
  };
  for (int round = 0; round < 12; ++round) {
    Shape shape;
    // The axes of the operands: batch, rows, columns, depth.
    bool members[4][3] = {{true, true, true},
                          {true, false, true},
                          {false, true, true},
                          {true, true, false}};
    for (auto [kind, operands] : llvm::enumerate(members)) {
      int64_t count = kind == 0 ? pick(0, 2) : pick(1, 2);
      for (int64_t i = 0; i < count; ++i) {
        unsigned axis = shape.sizes.size();
        shape.sizes.push_back(kind == 0    ? pick(1, 3)
                              : count == 1 ? pick(32, 90)
                                           : pick(6, 24));
        for (unsigned operand = 0; operand < 3; ++operand)
          if (operands[operand])
            shape.operands[operand].push_back(axis);
      }
    }
    for (std::vector<unsigned> &axes : shape.operands)
      llvm::shuffle(axes.begin(), axes.end(), random);
    shape.init = round % 3 == 0 ? 0.5f : 0.0f;
    check(shape, random);
  }
}

TEST_P(FloatContractTest, DynamicRowsOfEveryCount) {
  std::mt19937 random(6);
  for (float init : {0.0f, 1.25f}) {
    Shape shape = getMatmul(ShapedType::kDynamic, 130, 70, init);
    shape.dynamic = {0};
    std::unique_ptr<Engine> engine = compile(shape);
    ASSERT_TRUE(engine);
    for (int64_t rows : {0, 1, 3, 4, 5, 14, 28, 63, 200}) {
      SCOPED_TRACE(rows);
      shape.sizes[0] = rows;
      check(*engine, shape, random);
    }
  }
}

TEST_P(FloatContractTest, DynamicBatch) {
  std::mt19937 random(7);
  // bqhd, bkhd -> bhqk with a dynamic b, the first axis of all.
  Shape shape{{ShapedType::kDynamic, 40, 3, 35, 24},
              {{0, 1, 2, 4}, {0, 3, 2, 4}, {0, 2, 1, 3}},
              0.0f,
              {0}};
  std::unique_ptr<Engine> engine = compile(shape);
  ASSERT_TRUE(engine);
  for (int64_t batch : {0, 1, 3, 8}) {
    SCOPED_TRACE(batch);
    shape.sizes[0] = batch;
    check(*engine, shape, random);
  }
}

TEST_P(FloatContractTest, LargeProductsRunOnThreads) {
  std::mt19937 random(8);
  Shape shape = getMatmul(260, 150, 129);
  std::unique_ptr<Engine> engine = compile(shape);
  ASSERT_TRUE(engine);
  EXPECT_TRUE(engine->usesThreads());
  check(*engine, shape, random);
  // A few rows are cut into columns.
  check(getMatmul(6, 800, 500), random);
}

TEST_P(FloatContractTest, ManyStepsOfTheBatchRunOnThreads) {
  std::mt19937 random(9);
  // bqhd, bkhd -> bhqk, where each of 20 tasks packs its own columns.
  Shape shape{
      {4, 43, 5, 37, 48}, {{0, 1, 2, 4}, {0, 3, 2, 4}, {0, 2, 1, 3}}, 0.0f, {}};
  std::unique_ptr<Engine> engine = compile(shape);
  ASSERT_TRUE(engine);
  EXPECT_TRUE(engine->usesThreads());
  check(*engine, shape, random);
}

TEST_P(FloatContractTest, WhatIsPaddedDoesNotCount) {
  // Rows and columns that a tile repeats or fills hold no NaN of others.
  Shape shape = getMatmul(33, 35, 37);
  std::unique_ptr<Engine> engine = compile(shape);
  ASSERT_TRUE(engine);
  std::vector<float> values[2] = {std::vector<float>(33 * 37, 1.0f),
                                  std::vector<float>(37 * 35, 1.0f)};
  values[0][32 * 37 + 5] = INFINITY;
  values[1][7 * 35 + 34] = NAN;
  std::vector<float> actual = run(*engine, shape, values, 1);
  ASSERT_EQ(actual.size(), size_t(33 * 35));
  for (int64_t row = 0; row < 33; ++row)
    for (int64_t column = 0; column < 35; ++column) {
      float value = actual[row * 35 + column];
      if (column == 34)
        EXPECT_TRUE(std::isnan(value)) << row;
      else
        EXPECT_EQ(value, row == 32 ? INFINITY : 37.0f) << row << " " << column;
    }
}

} // namespace
