//===- EvaluateTest.cpp - Results against one loop ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Evaluate.h"

#include "EinsumTest.h"
#include "RandomEquation.h"

#include "gtest/gtest.h"

#include <map>

using namespace mml::einsum;
using namespace mml::einsum::test;

/// The result of an equation of operands that are known to fit.
template <typename T>
static std::vector<T> evaluate(llvm::StringRef text, const Shapes &shapes,
                               const std::vector<std::vector<T>> &operands) {
  Contraction contraction = makeContraction(text, shapes);
  llvm::SmallVector<llvm::ArrayRef<T>> views(operands.begin(), operands.end());
  return mml::einsum::evaluate(contraction, plan(contraction), views);
}

using Integers = std::vector<int64_t>;
using Floats = std::vector<double>;

TEST(EvaluateTest, KnownResults) {
  Integers counted = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(evaluate<int64_t>("", {{}}, {{7}}), Integers({7}));
  EXPECT_EQ(evaluate<int64_t>(",,->", {{}, {}, {}}, {{7}, {2}, {3}}),
            Integers({42}));
  EXPECT_EQ(evaluate<int64_t>("ij->ji", {{2, 3}}, {{1, 2, 3, 4, 5, 6}}),
            Integers({1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(evaluate<int64_t>("ii->i", {{3, 3}}, {counted}),
            Integers({1, 5, 9}));
  EXPECT_EQ(evaluate<int64_t>("ii", {{3, 3}}, {counted}), Integers({15}));
  EXPECT_EQ(evaluate<int64_t>("ij,jk", {{2, 2}, {2, 2}},
                              {{1, 2, 3, 4}, {5, 6, 7, 8}}),
            Integers({19, 22, 43, 50}));
  EXPECT_EQ(evaluate<int64_t>("...,...", {{2, 1}, {3}}, {{1, 10}, {1, 2, 3}}),
            Integers({1, 2, 3, 10, 20, 30}));
  // A sum of nothing.
  EXPECT_EQ(evaluate<int64_t>("ij->i", {{2, 0}}, {{}}), Integers({0, 0}));
  EXPECT_EQ(evaluate<int64_t>("ij->j", {{2, 0}}, {{}}), Integers());
  EXPECT_EQ(evaluate<double>("i,i->", {{2}, {2}}, {{0.5, 2}, {3, 0.25}}),
            Floats({2}));
}

TEST(EvaluateTest, NothingOfHugeSize) {
  // The sum over i alone would have more elements than memory has.
  constexpr int64_t huge = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(evaluate<int64_t>("ij,jk->k", {{0, huge}, {huge, 0}}, {{}, {}}),
            Integers());
  EXPECT_EQ(evaluate<int64_t>("ij,jk->", {{0, huge}, {huge, 0}}, {{}, {}}),
            Integers({0}));
  EXPECT_EQ(evaluate<int64_t>("ij,jk,l->l", {{0, huge}, {huge, 0}, {2}},
                              {{}, {}, {5, 6}}),
            Integers({0, 0}));
}

TEST(EvaluateTest, IntegersWrapAround) {
  constexpr int64_t least = std::numeric_limits<int64_t>::min(),
                    most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(evaluate<int64_t>("i->", {{2}}, {{most, 1}}), Integers({least}));
  EXPECT_EQ(evaluate<int64_t>(",->", {{}, {}}, {{least}, {-1}}),
            Integers({least}));
  EXPECT_EQ(evaluate<int64_t>(",->", {{}, {}}, {{most}, {most}}),
            Integers({1}));
}

namespace {

class RandomEquationTest : public testing::Test {
protected:
  /// Compares the library with one loop. The numbers of what the equations had
  /// are counted, so that a generator gone idle is seen.
  template <typename T>
  void compare(const RandomEquation &equation, int64_t limit) {
    SCOPED_TRACE(testing::Message()
                 << "MML_TEST_SEED=" << seed << " '" << equation.text
                 << "' shapes " << testing::PrintToString(equation.shapes));
    llvm::Expected<Contraction> contraction =
        tryBind(equation.text, equation.shapes);
    if (!contraction) {
      ADD_FAILURE() << llvm::toString(contraction.takeError());
      return;
    }
    llvm::SmallVector<int64_t> shape = contraction->getOutputShape();
    EXPECT_EQ(std::vector<int64_t>(shape.begin(), shape.end()),
              equation.outputShape);
    std::vector<std::vector<T>> operands;
    operands.reserve(equation.shapes.size());
    for (const std::vector<int64_t> &operand : equation.shapes)
      operands.push_back(
          makeRandomValues<T>(random, getNumElements(operand), limit));
    llvm::SmallVector<llvm::ArrayRef<T>> views(operands.begin(),
                                               operands.end());
    EXPECT_EQ(mml::einsum::evaluate(*contraction, plan(*contraction), views),
              evaluateNaively(equation, operands));
    count(equation);
  }

  void count(const RandomEquation &equation) {
    ++seen["operands " + std::to_string(equation.shapes.size())];
    auto note = [&](bool holds, const char *what) { seen[what] += holds; };
    note(equation.text.find("->") == std::string::npos, "implicit");
    note(equation.text.find("...") != std::string::npos, "ellipsis");
    note(equation.text.find(' ') != std::string::npos, "spaces");
    note(equation.outputAxes.empty(), "scalar result");
    bool hasDiagonal = false, hasZero = false, stretches = false,
         hasScalar = false, hasSum = false;
    for (size_t i = 0; i < equation.shapes.size(); ++i) {
      const std::vector<unsigned> &axes = equation.operandAxes[i];
      hasScalar |= axes.empty();
      for (size_t dim = 0; dim < axes.size(); ++dim) {
        hasDiagonal |= std::count(axes.begin(), axes.end(), axes[dim]) > 1;
        hasSum |= std::count(equation.outputAxes.begin(),
                             equation.outputAxes.end(), axes[dim]) == 0;
        int64_t size = equation.shapes[i][dim];
        hasZero |= size == 0;
        stretches |= size == 1 && equation.sizes[axes[dim]] != 1;
      }
    }
    note(hasDiagonal, "diagonal");
    note(hasZero, "zero size");
    note(stretches, "stretching");
    note(hasScalar, "scalar operand");
    note(hasSum, "sum");
  }

  unsigned seed = getTestSeed();
  std::mt19937 random{seed};
  std::map<std::string, int> seen;
};

} // namespace

// (S16)
TEST_F(RandomEquationTest, Integers) {
  constexpr int numEquations = 20000;
  for (int i = 0; i < numEquations && !HasFailure(); ++i)
    compare<int64_t>(makeRandomEquation(random), int64_t(1) << 30);
  if (HasFailure())
    return;
  EXPECT_EQ(seen.size(), 14u);
  for (const auto &[what, times] : seen)
    EXPECT_GT(times, numEquations / 200) << what;
}

TEST_F(RandomEquationTest, Floats) {
  // Sums of small whole numbers are exact in any order.
  for (int i = 0; i < 5000 && !HasFailure(); ++i)
    compare<double>(makeRandomEquation(random), 8);
}

TEST_F(RandomEquationTest, ManyOperands) {
  // More than the exact search takes.
  RandomEquationOptions options;
  options.minOperands = 7;
  options.maxOperands = 14;
  options.maxLabelsOfOperand = 3;
  for (int i = 0; i < 2000 && !HasFailure(); ++i)
    compare<int64_t>(makeRandomEquation(random, options), 1000000);
}

TEST_F(RandomEquationTest, OptionsAreKept) {
  RandomEquationOptions options;
  options.minOperands = options.maxOperands = 2;
  options.maxCovered = 0;
  options.maxSize = 3;
  options.maxIterations = 50;
  options.allowZeroSizes = options.allowDiagonals = options.allowStretching =
      options.allowImplicitOutput = options.allowSpaces = false;
  for (int i = 0; i < 2000; ++i)
    compare<int64_t>(makeRandomEquation(random, options), 10);
  for (const char *what : {"implicit", "ellipsis", "spaces", "diagonal",
                           "zero size", "stretching"})
    EXPECT_EQ(seen[what], 0) << what;
  EXPECT_EQ(seen["operands 2"], 2000);
}
