//===- RoundedActivations.h - Floats that are integers ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_ROUNDEDACTIVATIONS_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_ROUNDEDACTIVATIONS_H

#include "Element.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

namespace mlir::mml {

/// A tensor of integers, or such a tensor times scales.
struct RoundedActivations {
  /// The integer of each element: of type i8, or a float that is an integer of
  /// an i8, or NaN.
  Element integer;
  /// The largest magnitude of an integer.
  int64_t bound = 128;
  bool mayBeNaN = false;
  /// What the integers are multiplied with or divided by, which is the same
  /// along all dimensions that are summed; nothing where they are the tensor
  /// itself.
  std::optional<Element> scale;
  bool isDivided = false;
};

/// Finds that the elements of `tensor`, of i8 or more bits or of floats, are
/// integers of an i8: rounded and clamped, or converted from them. With
/// `scaled` also where they are such integers times scales that are the same
/// along the dimensions `summed`.
std::optional<RoundedActivations>
findRoundedActivations(Value tensor, const llvm::SmallBitVector &summed,
                       bool scaled);

/// Integers as a tensor of i8, and what makes NaNs of sums where there was one.
struct IntegerActivations {
  Value integers;
  /// Of the dimensions of the tensor that are not summed, f32: 0, or NaN where
  /// one of the integers was NaN. Null where none can be.
  Value poison;
};

/// Builds the integers of `activations`, which were found for `tensor`. Those
/// of the absmax quantizer become an `mml.quantize`.
IntegerActivations buildIntegers(OpBuilder &builder, Location loc, Value tensor,
                                 const llvm::SmallBitVector &summed,
                                 const RoundedActivations &activations);

/// Builds the scales of `activations` over the dimensions that are not summed.
Value buildScales(OpBuilder &builder, Location loc, Value tensor,
                  const llvm::SmallBitVector &summed,
                  const RoundedActivations &activations);

/// The quantizer `#mml.absmax` of the elements of a tensor.
struct AbsMaxQuantizer {
  AbsMaxAttr quantizer;
  /// The tensor of floats, whose dimensions are those of the integers.
  Value input;
  /// `high / clip(max|x|, epsilon, limit)`, with no limit where there was none:
  /// then 0 for a group with an infinity.
  Element scale;
};

/// Finds that `integer`, over dimensions of which `summed` are those of a
/// group, is what `#mml.absmax` makes of a tensor of f32 without NaN or
/// infinities.
std::optional<AbsMaxQuantizer>
findAbsMaxQuantizer(const Element &integer, const llvm::SmallBitVector &summed);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_ROUNDEDACTIVATIONS_H
