//===- PlanTest.cpp - The order of contractions ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Plan.h"

#include "EinsumTest.h"
#include "RandomEquation.h"

#include "gtest/gtest.h"

#include <chrono>
#include <cmath>
#include <optional>
#include <tuple>

using namespace mml::einsum;
using namespace mml::einsum::test;

/// The equations of all steps.
static std::vector<std::string> getSteps(const Contraction &contraction,
                                         const Plan &plan) {
  std::vector<std::string> steps;
  steps.reserve(plan.steps.size());
  for (size_t i = 0; i < plan.steps.size(); ++i)
    steps.push_back(
        getStep(contraction, plan, i).getEquation().value_or("none"));
  return steps;
}

namespace {

/// Tensors as sets of axes, of which there are at most 64.
struct Network {
  std::vector<double> sizes;
  std::vector<uint64_t> tensors;
  uint64_t output = 0;

  Network() = default;
  explicit Network(const Contraction &contraction);

  double count(uint64_t axes) const {
    double product = 1;
    for (size_t axis = 0; axis < sizes.size(); ++axis)
      if (axes >> axis & 1)
        product *= sizes[axis];
    return product;
  }
  /// The axes that something other than tensors `a` and `b` needs.
  uint64_t getNeeded(size_t a, size_t b) const {
    uint64_t needed = output;
    for (size_t i = 0; i < tensors.size(); ++i)
      if (i != a && i != b)
        needed |= tensors[i];
    return needed;
  }
  /// Sums what one tensor alone has.
  void sumAlone() {
    std::vector<uint64_t> kept;
    kept.reserve(tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i)
      kept.push_back(tensors[i] & getNeeded(i, i));
    tensors = kept;
  }
  Contraction getContraction() const;
};

/// Operations, and the largest intermediate.
using Cost = std::pair<double, double>;

} // namespace

Network::Network(const Contraction &contraction) {
  for (const Axis &axis : contraction.getAxes())
    sizes.push_back(axis.size == kDynamic ? kAssumedSize : axis.size);
  for (const Operand &operand : contraction.getOperands()) {
    uint64_t axes = 0;
    for (size_t dim = 0; dim < operand.axes.size(); ++dim)
      if (!operand.stretches[dim])
        axes |= uint64_t(1) << operand.axes[dim];
    tensors.push_back(axes);
  }
  for (unsigned axis : contraction.getOutput())
    output |= uint64_t(1) << axis;
}

Contraction Network::getContraction() const {
  auto getAxes = [&](uint64_t set) {
    llvm::SmallVector<unsigned, 4> axes;
    for (unsigned axis = 0; axis < sizes.size(); ++axis)
      if (set >> axis & 1)
        axes.push_back(axis);
    return axes;
  };
  llvm::SmallVector<Axis> axes;
  for (size_t i = 0; i < sizes.size(); ++i)
    axes.push_back({static_cast<int64_t>(sizes[i]), 0, unsigned(i)});
  llvm::SmallVector<Operand> operands;
  for (uint64_t tensor : tensors) {
    Operand &operand = operands.emplace_back();
    operand.axes = getAxes(tensor);
    operand.stretches.assign(operand.axes.size(), false);
  }
  return Contraction(axes, operands, getAxes(output));
}

/// The best of all orders, each tried.
static Cost searchOrders(const Network &network) {
  if (network.tensors.size() == 1)
    return {0, 0};
  std::optional<Cost> best;
  for (size_t b = 1; b < network.tensors.size(); ++b)
    for (size_t a = 0; a < b; ++a) {
      uint64_t loops = network.tensors[a] | network.tensors[b];
      Network rest = network;
      rest.tensors[a] = loops & network.getNeeded(a, b);
      rest.tensors.erase(rest.tensors.begin() + b);
      Cost cost = searchOrders(rest);
      cost.first += network.count(loops);
      if (rest.tensors.size() > 1)
        cost.second = std::max(cost.second, network.count(rest.tensors[a]));
      if (!best || cost < *best)
        best = cost;
    }
  return *best;
}

/// The fewest operations, from those of all parts of the tensors.
static double searchParts(const Network &network) {
  size_t whole = (size_t(1) << network.tensors.size()) - 1;
  std::vector<uint64_t> result(whole + 1, 0);
  std::vector<double> best(whole + 1, 0);
  for (size_t set = 1; set <= whole; ++set) {
    uint64_t inside = 0, outside = network.output;
    for (size_t i = 0; i < network.tensors.size(); ++i)
      (set >> i & 1 ? inside : outside) |= network.tensors[i];
    result[set] = inside & outside;
    if ((set & (set - 1)) == 0)
      continue;
    best[set] = std::numeric_limits<double>::infinity();
    for (size_t part = (set - 1) & set; part > 0; part = (part - 1) & set)
      best[set] = std::min(
          best[set], best[part] + best[set & ~part] +
                         network.count(result[part] | result[set & ~part]));
  }
  return best[whole];
}

/// Pairs that share an axis and add the least memory, the first of equals; then
/// the smallest tensors, as the search promises.
static std::vector<std::pair<unsigned, unsigned>>
searchGreedily(Network network) {
  std::vector<std::pair<unsigned, unsigned>> pairs;
  std::vector<unsigned> left(network.tensors.size());
  for (unsigned i = 0; i < left.size(); ++i)
    left[i] = i;
  unsigned next = left.size();
  while (left.size() > 1) {
    // Whether nothing is shared, the memory, or the two sizes, and the places.
    std::optional<std::tuple<bool, double, double, unsigned, unsigned>> best;
    auto isLess = [&](unsigned a, unsigned b) {
      return std::pair(network.count(network.tensors[a]), left[a]) <
             std::pair(network.count(network.tensors[b]), left[b]);
    };
    for (unsigned b = 1; b < left.size(); ++b)
      for (unsigned a = 0; a < b; ++a) {
        uint64_t lhs = network.tensors[a], rhs = network.tensors[b];
        double memory = network.count((lhs | rhs) & network.getNeeded(a, b)) -
                        network.count(lhs) - network.count(rhs);
        auto candidate =
            lhs & rhs
                ? std::tuple(false, memory, 0.0, left[a], left[b])
                : std::tuple(
                      true,
                      network.count(network.tensors[isLess(a, b) ? a : b]),
                      network.count(network.tensors[isLess(a, b) ? b : a]),
                      left[a], left[b]);
        if (!best || candidate < *best)
          best = candidate;
      }
    unsigned lhs = std::get<3>(*best), rhs = std::get<4>(*best);
    pairs.emplace_back(lhs, rhs);
    size_t a = llvm::find(left, lhs) - left.begin(),
           b = llvm::find(left, rhs) - left.begin();
    uint64_t result =
        (network.tensors[a] | network.tensors[b]) & network.getNeeded(a, b);
    for (size_t place : {b, a}) {
      left.erase(left.begin() + place);
      network.tensors.erase(network.tensors.begin() + place);
    }
    left.push_back(next++);
    network.tensors.push_back(result);
  }
  return pairs;
}

/// Checks what holds for each plan.
static void expectSound(const Contraction &contraction, const Plan &plan) {
  size_t numOperands = contraction.getOperands().size();
  ASSERT_EQ(plan.steps.size(), std::max<size_t>(numOperands - 1, 1));
  std::vector<unsigned> uses(numOperands + plan.steps.size(), 0);
  double operations = 0, largest = 0;
  for (auto [index, step] : llvm::enumerate(plan.steps)) {
    EXPECT_EQ(step.tensors.size(), numOperands == 1 ? 1u : 2u);
    for (unsigned tensor : step.tensors) {
      ASSERT_LT(tensor, numOperands + index);
      ++uses[tensor];
    }
    operations += step.operations;
    if (&step != &plan.steps.back())
      largest = std::max(largest, step.elements);
    EXPECT_TRUE(std::isfinite(step.operations));
    EXPECT_TRUE(std::isfinite(step.elements));
  }
  // Each tensor is used once, but for the result.
  for (size_t tensor = 0; tensor + 1 < uses.size(); ++tensor)
    EXPECT_EQ(uses[tensor], 1u) << tensor;
  EXPECT_EQ(uses.back(), 0u);
  EXPECT_EQ(plan.operations, operations);
  EXPECT_EQ(plan.largestIntermediate, largest);
  EXPECT_EQ(llvm::ArrayRef(plan.steps.back().result), contraction.getOutput());
  EXPECT_TRUE(std::isfinite(plan.naiveOperations));
}

TEST(PlanTest, MatrixChain) {
  // The example of Cormen, Leiserson, Rivest and Stein.
  Contraction contraction = makeContraction(
      "ab,bc,cd,de,ef,fg->ag",
      {{30, 35}, {35, 15}, {15, 5}, {5, 10}, {10, 20}, {20, 25}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 15125);
  EXPECT_EQ(plan.largestIntermediate, 35 * 5);
  EXPECT_EQ(plan.naiveOperations, 30. * 35 * 15 * 5 * 10 * 20 * 25);
  EXPECT_TRUE(plan.isExact);
  EXPECT_EQ(getSteps(contraction, plan),
            std::vector<std::string>({"bc,cd->bd", "ab,bd->ad", "de,ef->df",
                                      "df,fg->dg", "ad,dg->ag"}));
}

TEST(PlanTest, Star) {
  // The leaf with the shortest axis makes the centre small first.
  Contraction contraction = makeContraction(
      "abc,ck,bj,ai->ijk", {{10, 10, 10}, {10, 4}, {10, 3}, {10, 2}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 2000 + 600 + 240);
  EXPECT_EQ(plan.largestIntermediate, 200);
  EXPECT_EQ(
      getSteps(contraction, plan),
      std::vector<std::string>({"abc,ai->bci", "bci,bj->cij", "cij,ck->ijk"}));
}

TEST(PlanTest, Ring) {
  // Around the longest axis first, so that the shortest ones are left.
  Contraction contraction =
      makeContraction("ab,bc,cd,da", {{2, 3}, {3, 4}, {4, 5}, {5, 2}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 40 + 24 + 6);
  EXPECT_EQ(plan.largestIntermediate, 8);
  EXPECT_EQ(plan.naiveOperations, 120);
}

TEST(PlanTest, OneOperand) {
  Contraction contraction = makeContraction("iij->j", {{3, 3, 4}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 12);
  EXPECT_EQ(plan.naiveOperations, 12);
  EXPECT_EQ(plan.steps[0].elements, 4);
  EXPECT_EQ(plan.largestIntermediate, 0);
  EXPECT_EQ(llvm::ArrayRef(plan.steps[0].tensors),
            llvm::ArrayRef<unsigned>({0}));

  plan = mml::einsum::plan(makeContraction("", {{}}));
  EXPECT_EQ(plan.operations, 1);
  EXPECT_EQ(plan.steps[0].elements, 1);
}

TEST(PlanTest, Scalars) {
  Contraction contraction = makeContraction(",,,->", {{}, {}, {}, {}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 3);
  EXPECT_EQ(plan.largestIntermediate, 1);
  EXPECT_EQ(plan.naiveOperations, 1);
}

TEST(PlanTest, SumsOfOneOperandComeFirst) {
  Plan plan = mml::einsum::plan(makeContraction("ij,kj->", {{2, 3}, {5, 3}}));
  EXPECT_EQ(plan.operations, 3);
  EXPECT_EQ(plan.naiveOperations, 30);
}

TEST(PlanTest, OuterProducts) {
  // The small ones first: 6 + 24 rather than 12 + 24 or 8 + 24.
  Contraction contraction = makeContraction("a,b,c->abc", {{4}, {2}, {3}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 6 + 24);
  // An outer product may come first: two vectors against a matrix that is long
  // in both.
  plan = mml::einsum::plan(
      makeContraction("xy,x,y->", {{100, 100}, {100}, {100}}));
  EXPECT_EQ(plan.operations, 10000 + 100);
  plan =
      mml::einsum::plan(makeContraction("xyk,x,y->k", {{2, 2, 100}, {2}, {2}}));
  EXPECT_EQ(plan.operations, 4 + 400);
}

TEST(PlanTest, Stretching) {
  // A dimension that stretches is no loop.
  Contraction contraction = makeContraction("...i,ij->...j", {{1, 5}, {5, 7}});
  EXPECT_EQ(mml::einsum::plan(contraction).operations, 35);
  contraction = makeContraction("...i,ij,...->...j", {{1, 5}, {5, 7}, {100}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 35 + 700);
  EXPECT_EQ(plan.largestIntermediate, 7);
}

TEST(PlanTest, UnknownSizes) {
  Plan plan = mml::einsum::plan(
      makeContraction("ij,jk", {{kDynamic, 2}, {2, kDynamic}}));
  EXPECT_EQ(plan.operations, 64 * 2 * 64);
  EXPECT_EQ(plan.steps[0].elements, 64 * 64);
}

TEST(PlanTest, ZeroSizes) {
  Contraction contraction =
      makeContraction("ij,jk,kl", {{2, 0}, {0, 3}, {3, 4}});
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  // What is empty comes last or makes all steps empty.
  EXPECT_EQ(plan.operations, 0);
  EXPECT_EQ(plan.naiveOperations, 0);
}

TEST(PlanTest, Ties) {
  // All orders are equal; the same one is taken every time.
  for (size_t count : {8, 12}) {
    std::string text = "a";
    Shapes shapes(count, std::vector<int64_t>{3});
    for (size_t i = 1; i < count; ++i)
      text += ",a";
    Contraction contraction = makeContraction(text + "->a", shapes);
    Plan first = mml::einsum::plan(contraction),
         second = mml::einsum::plan(contraction);
    expectSound(contraction, first);
    EXPECT_EQ(first.operations, 3 * (double(count) - 1));
    EXPECT_EQ(first.isExact, count == 8);
    for (auto [a, b] : llvm::zip_equal(first.steps, second.steps))
      EXPECT_EQ(a.tensors, b.tensors);
  }
}

TEST(PlanTest, LargestIntermediateBreaksTies) {
  // ab,bc first or bc,c first: as many operations where a is 1 and c is 1, but
  // the results differ.
  Contraction contraction =
      makeContraction("ab,bc,cd->ad", {{2, 2}, {2, 4}, {4, 4}});
  // (ab,bc),cd: 16 + 32, keeps 8; ab,(bc,cd): 32 + 16, keeps 8 too.
  EXPECT_EQ(mml::einsum::plan(contraction).operations, 48);
  // (a,ab),b: 12 + 4 keeps 4; (ab,b),a: 12 + 3 keeps 3; (a,b),ab: 12 + 12.
  Plan plan = mml::einsum::plan(makeContraction("a,ab,b", {{3}, {3, 4}, {4}}));
  EXPECT_EQ(plan.operations, 15);
  EXPECT_EQ(plan.largestIntermediate, 3);
}

TEST(PlanTest, HugeSizes) {
  // Products that no floating-point number holds, also times 0.
  constexpr int64_t huge = int64_t(1) << 62;
  for (int64_t last : {huge, int64_t(0), int64_t(1)})
    for (size_t count : {1, 2, 5, 8, 12}) {
      Network network;
      network.sizes.assign(64, double(huge));
      network.sizes.back() = double(last);
      for (size_t i = 0; i < count; ++i)
        network.tensors.push_back(
            (i % 2 ? 0xffffffffffff0000u : 0xf0ffffffffffffffu) ^
            (uint64_t(7) << 3 * i));
      network.output = 0xff0;
      Contraction contraction = network.getContraction();
      expectSound(contraction, mml::einsum::plan(contraction));
    }
}

TEST(PlanTest, BestOfAllOrders) {
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  RandomEquationOptions options;
  options.minOperands = 2;
  options.maxSize = 9;
  options.maxIterations = 1000000;
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) {
    RandomEquation equation = makeRandomEquation(random, options);
    SCOPED_TRACE(equation.text);
    Contraction contraction = makeContraction(equation.text, equation.shapes);
    Plan plan = mml::einsum::plan(contraction);
    expectSound(contraction, plan);
    Network network(contraction);
    network.sumAlone();
    EXPECT_EQ(Cost(plan.operations, plan.largestIntermediate),
              searchOrders(network));
  }
}

/// Each axis is in two tensors, or in one and in the output, as in most
/// networks; some are in more, some in one tensor alone.
static Network makeNetwork(std::mt19937 &random, size_t numTensors,
                           size_t numAxes) {
  Network network;
  network.tensors.assign(numTensors, 0);
  for (size_t axis = 0; axis < numAxes; ++axis) {
    network.sizes.push_back(2 + drawBelow(random, 9));
    uint64_t bit = uint64_t(1) << axis;
    size_t first = axis < numTensors ? axis : drawBelow(random, numTensors);
    network.tensors[first] |= bit;
    if (drawOnceIn(random, 8))
      network.output |= bit;
    else if (!drawOnceIn(random, 8))
      network.tensors[(first + 1 + drawBelow(random, 3)) % numTensors] |= bit;
    if (drawOnceIn(random, 10))
      network.tensors[drawBelow(random, numTensors)] |= bit;
  }
  return network;
}

TEST(PlanTest, GreedyTakesTheLeastMemory) {
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    size_t count = 9 + drawBelow(random, 12);
    Network network =
        makeNetwork(random, count, count / 2 + drawBelow(random, count));
    Contraction contraction = network.getContraction();
    Plan plan = mml::einsum::plan(contraction);
    EXPECT_FALSE(plan.isExact);
    expectSound(contraction, plan);
    network.sumAlone();
    std::vector<std::pair<unsigned, unsigned>> pairs;
    for (const Step &step : plan.steps)
      pairs.emplace_back(step.tensors[0], step.tensors[1]);
    EXPECT_EQ(pairs, searchGreedily(network));
  }
}

TEST(PlanTest, GreedyIsNearTheBest) {
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  double logarithms = 0;
  constexpr int numNetworks = 100;
  for (int i = 0; i < numNetworks; ++i) {
    Network network = makeNetwork(random, 9 + i % 2, 14);
    double greedy = mml::einsum::plan(network.getContraction()).operations;
    network.sumAlone();
    double best = searchParts(network);
    EXPECT_GE(greedy, best);
    logarithms += std::log(greedy / best);
  }
  // On average, in logarithms, not three times the best.
  RecordProperty("ratio", std::to_string(std::exp(logarithms / numNetworks)));
  EXPECT_LT(logarithms / numNetworks, std::log(3));
}

TEST(PlanTest, ManyOperands) {
  auto start = std::chrono::steady_clock::now();
  // A chain of matrices of 10 x 10: each order costs the same.
  Network chain;
  chain.sizes.assign(61, 10);
  for (size_t i = 0; i < 60; ++i)
    chain.tensors.push_back(uint64_t(3) << i);
  chain.output = uint64_t(1) | uint64_t(1) << 60;
  Contraction contraction = chain.getContraction();
  Plan plan = mml::einsum::plan(contraction);
  expectSound(contraction, plan);
  EXPECT_EQ(plan.operations, 59 * 1000);
  EXPECT_EQ(plan.largestIntermediate, 100);
  // One axis that all have.
  Network batch = chain;
  batch.output = 1;
  for (uint64_t &tensor : batch.tensors)
    tensor = 1;
  EXPECT_EQ(mml::einsum::plan(batch.getContraction()).operations, 590);
  // Nothing that two share.
  Network apart = chain;
  for (size_t i = 0; i < 60; ++i)
    apart.tensors[i] = uint64_t(1) << i;
  apart.output = (uint64_t(1) << 60) - 1;
  contraction = apart.getContraction();
  expectSound(contraction, mml::einsum::plan(contraction));
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 50; ++i) {
    contraction = makeNetwork(random, 60, 63).getContraction();
    expectSound(contraction, mml::einsum::plan(contraction));
  }
  std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - start;
  EXPECT_LT(taken.count(), 5);
}
