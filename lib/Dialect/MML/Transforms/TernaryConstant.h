//===- TernaryConstant.h - Trits in constants of numbers --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYCONSTANT_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYCONSTANT_H

#include "ConstantView.h"

namespace mlir::mml {

/// A constant tensor of numbers as trits times scales.
struct TernaryConstant {
  /// Of the shape of the value, with some of its dimensions split and without
  /// those along which all elements are the same. No encoding.
  TritsAttr trits;
  /// For each dimension of the value the dimensions of `trits` that it is made
  /// of, the outermost first; none where all elements along it are the same.
  SmallVector<SmallVector<int64_t>> dims;
  /// What the trits are multiplied with; null where every scale is 1.
  DenseElementsAttr scale;
  /// The dimensions of `trits` along which `scale` has its own, ascending.
  SmallVector<int64_t> scaleDims;
};

/// The fewest elements that may share one of the scales along a dimension that
/// is summed: products of fewer are not worth a sum of their own.
constexpr int64_t kSmallestGroup = 16;

/// Reads `value`, a ranked tensor, as trits of its own times a scale for the
/// whole tensor; times one for each index of the dimensions `channels`, where
/// every scale belongs to two elements or more; or times one for each of those
/// and each group of `kSmallestGroup` or more consecutive elements of another
/// dimension, of which there are as few as possible. Looks through what
/// `viewConstant` does. A zero of a float may have either sign; infinities and
/// NaNs are not ternary.
///
/// The scales are in `scaleType`, a number type at least as wide; integers are
/// taken modulo its range.
///
/// Fails with a `reason`, which is empty where `value` is not a constant. Takes
/// time and memory linear in the size of the constant; what is not ternary is
/// mostly seen after a few elements.
FailureOr<TernaryConstant> readTernaryConstant(Value value,
                                               ArrayRef<int64_t> channels,
                                               Type scaleType,
                                               std::string &reason);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYCONSTANT_H
