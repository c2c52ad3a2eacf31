//===- Regroup.h - Reshapes between axes and groups of them -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_REGROUP_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_REGROUP_H

#include "mml/Einsum/Contraction.h"

#include "mlir/IR/Builders.h"

namespace mlir::mml {

/// Makes one axis of each group of consecutive axes of `tensor`; an empty group
/// becomes an axis of size 1. `groups` counts the axes of each group.
Value regroup(OpBuilder &builder, Location loc, Value tensor,
              ArrayRef<unsigned> groups);

/// The inverse: the axes of each group, with the sizes of `shape`, in place of
/// the one of `tensor`.
Value ungroup(OpBuilder &builder, Location loc, Value tensor,
              ArrayRef<unsigned> groups, ArrayRef<OpFoldResult> shape);

/// `tensor` with its axes in the order of `permutation`: `tensor` itself, or
/// the result of a `linalg.transpose`.
Value transpose(OpBuilder &builder, Location loc, Value tensor,
                ArrayRef<int64_t> permutation);

/// `tensor` without the axes in `dims`, which have size 1.
Value dropUnitAxes(OpBuilder &builder, Location loc, Value tensor,
                   ArrayRef<bool> isDropped);

/// For each element of `to` its position in `from`.
SmallVector<int64_t> getPermutation(ArrayRef<unsigned> from,
                                    ArrayRef<unsigned> to);

/// The operand of a contraction that has `axes`, none of which it stretches.
::mml::einsum::Operand getPlainOperand(ArrayRef<unsigned> axes);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_REGROUP_H
