//===- TernaryConstant.h - Trits in constants of numbers --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYCONSTANT_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYCONSTANT_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include <string>

namespace mlir::mml {

/// A constant tensor of numbers as trits times a scale.
struct TernaryConstant {
  /// Of the constant's shape, without an encoding.
  TritsAttr trits;
  /// What the trits are multiplied with: of rank 0, or one scale for each
  /// index of the channels. Null where every scale is 1.
  DenseElementsAttr scale;
};

/// Whether tensors of `type` are operands of `mml.einsum` other than trits: i8,
/// i16, i32, i64, f16, bf16, f32 or f64.
bool isNumberType(Type type);

/// Reads `value`, a ranked tensor, as trits of its own times a scale for the
/// whole tensor, or times one for each index of the dimensions `channels`,
/// where every scale belongs to two elements or more. Looks through
/// transpositions, reshapes, casts and extensions by sign. A zero of a float
/// may have either sign; infinities and NaNs are not ternary.
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
