//===- Plan.h - The order of contractions -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_PLAN_H
#define MML_EINSUM_PLAN_H

#include "mml/Einsum/Contraction.h"

namespace mml::einsum {

/// The size that an unknown dimension is counted with.
constexpr int64_t kAssumedSize = 64;

/// One step of a plan: two tensors become one, or, for an equation of one
/// operand, one becomes another. Tensors are numbered: the operands in their
/// order, then the result of each step.
struct Step {
  llvm::SmallVector<unsigned, 2> tensors;
  /// The axes of the result. For the last step they are those of the output;
  /// for others batch axes come first, then those of the left, then those of
  /// the right tensor.
  llvm::SmallVector<unsigned> result;
  /// Multiply-adds, after the sums of one tensor alone; additions where there
  /// is one tensor.
  double operations = 0;
  /// Elements of the result.
  double elements = 0;
};

/// The order in which the operands of an equation are contracted.
struct Plan {
  /// One step fewer than there are operands, and at least one.
  llvm::SmallVector<Step> steps;
  /// The sum over all steps.
  double operations = 0;
  /// The elements of the largest result of a step other than the last.
  double largestIntermediate = 0;
  /// Multiply-adds of all operands at once, in one loop over all axes.
  double naiveOperations = 0;
  /// Whether every order was looked at.
  bool isExact = true;
};

/// Up to this many operands the order is the best one: every set of operands
/// is considered. Beyond, each step takes the pair that adds the least memory.
constexpr size_t kMaxExactOperands = 8;

/// Plans a contraction: the fewest operations, among those the smallest largest
/// intermediate. Sizes that are unknown count as `kAssumedSize`, and no product
/// of sizes as more than 1e300: all counts are finite.
Plan plan(const Contraction &contraction);

/// One step of a plan as a contraction of its own, over the same axes: its
/// operands are the tensors of the step, in their order.
Contraction getStep(const Contraction &contraction, const Plan &plan,
                    size_t step);

} // namespace mml::einsum

#endif // MML_EINSUM_PLAN_H
