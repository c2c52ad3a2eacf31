//===- Evaluate.cpp - Einsum in plain loops -------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Evaluate.h"

#include "llvm/ADT/STLExtras.h"

using namespace mml::einsum;
using llvm::ArrayRef;
using llvm::SmallVector;

// Unsigned integers wrap around; their bits are those of signed ones.
static int64_t add(int64_t a, int64_t b) {
  return static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
}
static int64_t multiply(int64_t a, int64_t b) {
  return static_cast<uint64_t>(a) * static_cast<uint64_t>(b);
}
static double add(double a, double b) { return a + b; }
static double multiply(double a, double b) { return a * b; }

namespace {

/// A tensor with the distance of neighbours along each axis; 0 along axes that
/// it does not run along.
template <typename T> struct Strided {
  ArrayRef<T> values;
  SmallVector<size_t> strides;
  SmallVector<bool> runsAlong;
};

/// Evaluates steps over the axes of one contraction.
template <typename T> class Evaluator {
public:
  explicit Evaluator(const Contraction &contraction)
      : axes(contraction.getAxes()) {}

  /// Sums what one operand alone has, then multiplies what is left.
  std::vector<T> evaluate(const Contraction &step,
                          ArrayRef<ArrayRef<T>> inputs) const;

private:
  Strided<T> getStrided(const Operand &operand, ArrayRef<T> values) const;
  /// The sums over all axes of `operands` but those of the result of their
  /// products.
  std::vector<T> sum(ArrayRef<Strided<T>> operands,
                     ArrayRef<unsigned> result) const;

  ArrayRef<Axis> axes;
};

} // namespace

template <typename T>
Strided<T> Evaluator<T>::getStrided(const Operand &operand,
                                    ArrayRef<T> values) const {
  Strided<T> strided{values, SmallVector<size_t>(axes.size(), 0),
                     SmallVector<bool>(axes.size(), false)};
  size_t stride = 1;
  for (size_t dim = operand.axes.size(); dim-- > 0;) {
    if (operand.stretches[dim])
      continue;
    unsigned axis = operand.axes[dim];
    // A diagonal moves along all of its dimensions at once.
    strided.strides[axis] += stride;
    strided.runsAlong[axis] = true;
    stride *= axes[axis].size;
  }
  return strided;
}

template <typename T>
std::vector<T> Evaluator<T>::sum(ArrayRef<Strided<T>> operands,
                                 ArrayRef<unsigned> result) const {
  SmallVector<unsigned> loops(result);
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    bool isLoop = llvm::any_of(operands, [&](const Strided<T> &operand) {
      return operand.runsAlong[axis];
    });
    if (isLoop && !llvm::is_contained(loops, axis))
      loops.push_back(axis);
  }
  size_t numElements = 1, numInner = 1;
  for (auto [position, axis] : llvm::enumerate(loops))
    (position < result.size() ? numElements : numInner) *= axes[axis].size;
  std::vector<T> sums(numElements, T(0));
  SmallVector<int64_t> indices(loops.size(), 0);
  SmallVector<size_t> offsets(operands.size(), 0);
  // An odometer over the loops, the last of which runs fastest.
  auto advance = [&] {
    for (size_t loop = loops.size(); loop-- > 0;) {
      unsigned axis = loops[loop];
      bool carries = ++indices[loop] == axes[axis].size;
      for (auto [operand, offset] : llvm::zip_equal(operands, offsets))
        offset += operand.strides[axis] *
                  (carries ? 1 - static_cast<size_t>(axes[axis].size) : 1);
      if (!carries)
        return;
      indices[loop] = 0;
    }
  };
  for (size_t element = 0; element < numElements; ++element)
    for (size_t i = 0; i < numInner; ++i, advance()) {
      T product = operands.front().values[offsets.front()];
      for (size_t other = 1; other < operands.size(); ++other)
        product = multiply(product, operands[other].values[offsets[other]]);
      sums[element] = add(sums[element], product);
    }
  return sums;
}

template <typename T>
std::vector<T> Evaluator<T>::evaluate(const Contraction &step,
                                      ArrayRef<ArrayRef<T>> inputs) const {
  // Of nothing all sums are 0. What is summed first could have more elements
  // than the empty tensor that it comes from, too many for any memory.
  bool isEmpty = llvm::any_of(step.getOperands(), [&](const Operand &operand) {
    return llvm::any_of(operand.axes, [&](unsigned axis) {
      return axes[axis].size == 0 && operand.runsAlong(axis);
    });
  });
  if (isEmpty) {
    size_t numElements = 1;
    for (int64_t size : step.getOutputShape())
      numElements *= size;
    return std::vector<T>(numElements, T(0));
  }
  SmallVector<Strided<T>, 2> operands;
  // What is summed first lives here.
  SmallVector<std::vector<T>, 2> reduced(inputs.size());
  for (auto [index, operand] : llvm::enumerate(step.getOperands())) {
    operands.push_back(getStrided(operand, inputs[index]));
    SmallVector<unsigned> kept;
    bool isWhole = true;
    for (unsigned axis : operand.axes) {
      bool isNeeded = llvm::is_contained(step.getOutput(), axis) ||
                      llvm::any_of(llvm::enumerate(step.getOperands()),
                                   [&, index = index](const auto &other) {
                                     return other.index() != index &&
                                            other.value().runsAlong(axis);
                                   });
      isWhole &= isNeeded;
      if (isNeeded && operands.back().runsAlong[axis] &&
          !llvm::is_contained(kept, axis))
        kept.push_back(axis);
    }
    if (isWhole || inputs.size() == 1)
      continue;
    reduced[index] = sum(operands.back(), kept);
    operands.back() = getStrided(
        {{kept.begin(), kept.end()}, SmallVector<bool, 4>(kept.size(), false)},
        reduced[index]);
  }
  return sum(operands, step.getOutput());
}

template <typename T>
static std::vector<T> evaluatePlan(const Contraction &contraction,
                                   const Plan &plan,
                                   ArrayRef<ArrayRef<T>> operands) {
  Evaluator<T> evaluator(contraction);
  SmallVector<ArrayRef<T>> tensors(operands);
  std::vector<std::vector<T>> results;
  results.reserve(plan.steps.size());
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    SmallVector<ArrayRef<T>, 2> inputs;
    for (unsigned tensor : plan.steps[i].tensors)
      inputs.push_back(tensors[tensor]);
    results.push_back(
        evaluator.evaluate(getStep(contraction, plan, i), inputs));
    tensors.push_back(results.back());
  }
  return std::move(results.back());
}

std::vector<int64_t>
mml::einsum::evaluate(const Contraction &contraction, const Plan &plan,
                      ArrayRef<ArrayRef<int64_t>> operands) {
  return evaluatePlan(contraction, plan, operands);
}

std::vector<double> mml::einsum::evaluate(const Contraction &contraction,
                                          const Plan &plan,
                                          ArrayRef<ArrayRef<double>> operands) {
  return evaluatePlan(contraction, plan, operands);
}
