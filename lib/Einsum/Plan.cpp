//===- Plan.cpp - The order of contractions -------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Plan.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

#include <queue>
#include <tuple>

using namespace mml::einsum;
using llvm::ArrayRef;
using llvm::BitVector;

/// Products of sizes are at most this, so that sums and differences of them are
/// numbers that compare.
static constexpr double kMostOperations = 1e300;

namespace {

/// What both searches know of a contraction.
class Costs {
public:
  explicit Costs(const Contraction &contraction);

  /// The number of elements, or of loop iterations, along `axes`.
  double count(const BitVector &axes) const;

  /// The axes that each operand runs along, and those of the output.
  llvm::SmallVector<BitVector> operands;
  BitVector output;

private:
  llvm::SmallVector<double> sizes;
};

/// The pairs that a search chose, as steps.
class PlanBuilder {
public:
  PlanBuilder(const Contraction &contraction, const Costs &costs);

  /// Contracts two tensors; the number of the result.
  unsigned contract(unsigned lhs, unsigned rhs);

  Plan take() { return std::move(plan); }

private:
  const Contraction &contraction;
  const Costs &costs;
  /// The axes of each tensor that something else still needs, in order.
  llvm::SmallVector<llvm::SmallVector<unsigned>> needed;
  /// For each axis how many of the tensors that are left have it, and whether
  /// the output does.
  llvm::SmallVector<unsigned> uses;
  unsigned numLeft;
  Plan plan;
};

} // namespace

Costs::Costs(const Contraction &contraction)
    : output(contraction.getAxes().size()) {
  for (const Axis &axis : contraction.getAxes())
    sizes.push_back(axis.size == kDynamic ? kAssumedSize : axis.size);
  for (const Operand &operand : contraction.getOperands()) {
    BitVector &axes = operands.emplace_back(sizes.size());
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches))
      if (!stretches)
        axes.set(axis);
  }
  for (unsigned axis : contraction.getOutput())
    output.set(axis);
}

double Costs::count(const BitVector &axes) const {
  double product = 1;
  for (unsigned axis : axes.set_bits())
    product = std::min(product * sizes[axis], kMostOperations);
  return product;
}

PlanBuilder::PlanBuilder(const Contraction &contraction, const Costs &costs)
    : contraction(contraction), costs(costs),
      uses(contraction.getAxes().size(), 0), numLeft(costs.operands.size()) {
  BitVector all(uses.size());
  for (const BitVector &axes : costs.operands) {
    all |= axes;
    for (unsigned axis : axes.set_bits())
      ++uses[axis];
  }
  for (unsigned axis : costs.output.set_bits())
    ++uses[axis];
  plan.naiveOperations = costs.count(all);
  for (const Operand &operand : contraction.getOperands()) {
    llvm::SmallVector<unsigned> &axes = needed.emplace_back();
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches))
      if (!stretches && uses[axis] > 1 && !llvm::is_contained(axes, axis))
        axes.push_back(axis);
  }
}

unsigned PlanBuilder::contract(unsigned lhs, unsigned rhs) {
  Step step;
  step.tensors = {lhs, rhs};
  BitVector loops(uses.size());
  for (unsigned tensor : {lhs, rhs})
    for (unsigned axis : needed[tensor])
      loops.set(axis);
  step.operations = costs.count(loops);

  llvm::SmallVector<unsigned> batch, m, n;
  auto isIn = [&](unsigned tensor, unsigned axis) {
    return llvm::is_contained(needed[tensor], axis);
  };
  for (unsigned axis : needed[lhs]) {
    bool isShared = isIn(rhs, axis);
    if (uses[axis] > (isShared ? 2u : 1u))
      (isShared ? batch : m).push_back(axis);
  }
  for (unsigned axis : needed[rhs])
    if (!isIn(lhs, axis) && uses[axis] > 1)
      n.push_back(axis);
  for (unsigned tensor : {lhs, rhs})
    for (unsigned axis : needed[tensor])
      --uses[axis];
  auto kept = llvm::to_vector(llvm::concat<const unsigned>(batch, m, n));
  BitVector result(uses.size());
  for (unsigned axis : kept) {
    ++uses[axis];
    result.set(axis);
  }
  step.elements = costs.count(result);
  --numLeft;
  if (numLeft > 1)
    plan.largestIntermediate =
        std::max(plan.largestIntermediate, step.elements);
  else
    kept.assign(contraction.getOutput().begin(), contraction.getOutput().end());
  step.result = kept;
  needed.push_back(std::move(kept));
  plan.operations += step.operations;
  plan.steps.push_back(std::move(step));
  return needed.size() - 1;
}

//===----------------------------------------------------------------------===//
// Exact search
//===----------------------------------------------------------------------===//

namespace {

/// The cheapest way to contract a set of operands.
struct Choice {
  double operations = 0, largest = 0;
  unsigned lhs = 0;

  bool isBetterThan(const Choice &other) const {
    return std::tie(operations, largest) <
           std::tie(other.operations, other.largest);
  }
};

} // namespace

/// Looks at every split of every set of operands.
static void searchAll(const Costs &costs, PlanBuilder &builder) {
  unsigned count = costs.operands.size(), whole = (1u << count) - 1;
  // What the operands outside of a set and the output need of it.
  llvm::SmallVector<BitVector> needed;
  for (unsigned set = 0; set <= whole; ++set) {
    BitVector inside(costs.output.size()), outside = costs.output;
    for (unsigned i = 0; i < count; ++i)
      (set >> i & 1 ? inside : outside) |= costs.operands[i];
    needed.push_back(inside &= outside);
  }
  llvm::SmallVector<Choice> best(whole + 1);
  for (unsigned set = 1; set <= whole; ++set) {
    unsigned lowest = set & -set;
    if (set == lowest)
      continue;
    bool isFirst = true;
    // The left part has the first operand of the set.
    for (unsigned lhs = (set - 1) & set; lhs > 0; lhs = (lhs - 1) & set) {
      if (!(lhs & lowest))
        continue;
      unsigned rhs = set & ~lhs;
      BitVector loops = needed[lhs];
      loops |= needed[rhs];
      Choice choice;
      choice.lhs = lhs;
      choice.operations =
          best[lhs].operations + best[rhs].operations + costs.count(loops);
      choice.largest = std::max(best[lhs].largest, best[rhs].largest);
      if (set != whole)
        choice.largest = std::max(choice.largest, costs.count(needed[set]));
      if (isFirst || choice.isBetterThan(best[set]))
        best[set] = choice;
      isFirst = false;
    }
  }
  // Sets come after what they are made of. Of at most 2^8 sets, those that the
  // best way uses are marked from the whole down.
  llvm::SmallVector<bool> isUsed(whole + 1, false);
  llvm::SmallVector<unsigned> tensorOf(whole + 1, 0);
  isUsed[whole] = true;
  for (unsigned set = whole; set > 0; --set)
    if (isUsed[set] && (set & (set - 1)))
      isUsed[best[set].lhs] = isUsed[set & ~best[set].lhs] = true;
  for (unsigned i = 0; i < count; ++i)
    tensorOf[1u << i] = i;
  for (unsigned set = 1; set <= whole; ++set)
    if (isUsed[set] && (set & (set - 1)))
      tensorOf[set] = builder.contract(tensorOf[best[set].lhs],
                                       tensorOf[set & ~best[set].lhs]);
}

//===----------------------------------------------------------------------===//
// Greedy search
//===----------------------------------------------------------------------===//

namespace {

/// Takes the pair that adds the least memory, again and again; pairs without a
/// common axis come last, the smallest tensors first.
class GreedySearch {
public:
  GreedySearch(const Costs &costs, PlanBuilder &builder)
      : costs(costs), builder(builder), uses(costs.output.size(), 0),
        tensorsOf(costs.output.size()) {}

  void run();

private:
  /// Memory that a pair adds, and the pair.
  using Candidate = std::tuple<double, unsigned, unsigned>;

  BitVector getResult(unsigned lhs, unsigned rhs) const;
  unsigned add(BitVector axes);
  unsigned contract(unsigned lhs, unsigned rhs);

  const Costs &costs;
  PlanBuilder &builder;
  /// The axes of each tensor, and whether it is still there.
  std::vector<BitVector> tensors;
  std::vector<bool> isLeft;
  /// For each axis how many have it, of the tensors that are left or are still
  /// to be added.
  llvm::SmallVector<unsigned> uses;
  std::vector<std::vector<unsigned>> tensorsOf;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> pairs;
};

} // namespace

/// The axes of the result of two tensors: what others or the output need.
BitVector GreedySearch::getResult(unsigned lhs, unsigned rhs) const {
  BitVector result = tensors[lhs];
  result |= tensors[rhs];
  for (unsigned axis : result.set_bits()) {
    unsigned here = tensors[lhs].test(axis) + tensors[rhs].test(axis);
    if (uses[axis] == here && !costs.output.test(axis))
      result.reset(axis);
  }
  return result;
}

/// Adds a tensor that `uses` counts, and a candidate for each tensor that it
/// shares an axis with.
unsigned GreedySearch::add(BitVector axes) {
  unsigned index = tensors.size();
  tensors.push_back(std::move(axes));
  isLeft.push_back(true);
  BitVector isPaired(index);
  for (unsigned axis : tensors[index].set_bits()) {
    std::vector<unsigned> &others = tensorsOf[axis];
    llvm::erase_if(others, [&](unsigned other) { return !isLeft[other]; });
    for (unsigned other : others)
      isPaired.set(other);
    others.push_back(index);
  }
  for (unsigned other : isPaired.set_bits())
    pairs.emplace(costs.count(getResult(other, index)) -
                      costs.count(tensors[other]) - costs.count(tensors[index]),
                  other, index);
  return index;
}

unsigned GreedySearch::contract(unsigned lhs, unsigned rhs) {
  BitVector result = getResult(lhs, rhs);
  for (unsigned tensor : {lhs, rhs}) {
    isLeft[tensor] = false;
    for (unsigned axis : tensors[tensor].set_bits())
      --uses[axis];
  }
  for (unsigned axis : result.set_bits())
    ++uses[axis];
  builder.contract(lhs, rhs);
  return add(std::move(result));
}

void GreedySearch::run() {
  for (const BitVector &axes : costs.operands)
    for (unsigned axis : axes.set_bits())
      ++uses[axis];
  for (BitVector axes : costs.operands) {
    // What one operand alone has is summed before any step.
    for (unsigned axis : axes.set_bits())
      if (uses[axis] == 1 && !costs.output.test(axis))
        axes.reset(axis);
    add(std::move(axes));
  }
  while (!pairs.empty()) {
    auto [memory, lhs, rhs] = pairs.top();
    pairs.pop();
    if (isLeft[lhs] && isLeft[rhs])
      contract(lhs, rhs);
  }
  // Nothing that is left shares an axis.
  std::priority_queue<std::pair<double, unsigned>,
                      std::vector<std::pair<double, unsigned>>, std::greater<>>
      rest;
  for (unsigned tensor = 0; tensor < tensors.size(); ++tensor)
    if (isLeft[tensor])
      rest.emplace(costs.count(tensors[tensor]), tensor);
  while (rest.size() > 1) {
    unsigned first = rest.top().second;
    rest.pop();
    unsigned second = rest.top().second;
    rest.pop();
    unsigned result =
        contract(std::min(first, second), std::max(first, second));
    rest.emplace(costs.count(tensors[result]), result);
  }
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

Plan mml::einsum::plan(const Contraction &contraction) {
  Costs costs(contraction);
  if (costs.operands.size() == 1) {
    Plan plan;
    Step step;
    step.tensors = {0};
    step.result.assign(contraction.getOutput().begin(),
                       contraction.getOutput().end());
    step.operations = costs.count(costs.operands.front());
    step.elements = costs.count(costs.output);
    plan.operations = plan.naiveOperations = step.operations;
    plan.steps.push_back(std::move(step));
    return plan;
  }
  PlanBuilder builder(contraction, costs);
  bool isExact = costs.operands.size() <= kMaxExactOperands;
  if (isExact)
    searchAll(costs, builder);
  else
    GreedySearch(costs, builder).run();
  Plan plan = builder.take();
  plan.isExact = isExact;
  return plan;
}

Contraction mml::einsum::getStep(const Contraction &contraction,
                                 const Plan &plan, size_t step) {
  llvm::SmallVector<Operand> operands;
  size_t numOperands = contraction.getOperands().size();
  for (unsigned tensor : plan.steps[step].tensors) {
    if (tensor < numOperands) {
      operands.push_back(contraction.getOperands()[tensor]);
      continue;
    }
    Operand &operand = operands.emplace_back();
    ArrayRef<unsigned> axes = plan.steps[tensor - numOperands].result;
    operand.axes.assign(axes.begin(), axes.end());
    operand.stretches.assign(axes.size(), false);
  }
  return Contraction(contraction.getAxes(), operands, plan.steps[step].result);
}
