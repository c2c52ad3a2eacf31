//===- ConstantView.h - How a value follows from constants ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_CONSTANTVIEW_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_CONSTANTVIEW_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include <string>

namespace mlir::mml {

/// Whether tensors of `type` are operands of `mml.einsum` other than trits: i8,
/// i16, i32, i64, f16, bf16, f32 or f64.
bool isNumberType(Type type);

/// The number of elements of `shape`; nothing from 2^40 on, of which there are
/// no attributes of trits, and where a size is not known.
std::optional<int64_t> countElements(ArrayRef<int64_t> shape);

/// The elements of a constant, read with steps of their own along the axes of a
/// view.
struct StridedConstant {
  /// Of the elements: a number type.
  Type type;
  /// The elements as they lie in memory, or the one of a splat. They belong to
  /// the context, or to a resource.
  ArrayRef<char> bytes;
  bool isSplat = false;
  /// The name of the resource, or empty.
  StringRef name;
  /// The distance of two elements along each axis, in elements; 0 where they
  /// are the same.
  SmallVector<int64_t> steps;
};

/// What happens to each element of a constant. Each of these leaves zero what
/// it is, and does to a negated element the same, negated.
struct ConstantStep {
  enum class Kind {
    /// Converts to `type`, rounding to nearest even where it is narrower.
    Convert,
    /// Multiplies with, or divides by, the elements of `factor`.
    Multiply,
    Divide,
  };
  Kind kind;
  Type type;
  StridedConstant factor;
};

/// A value as the elements of a constant after some steps. The dimensions of
/// the value are made of axes, along which everything here has one step.
struct ConstantView {
  /// The elements of the value.
  SmallVector<int64_t> sizes;
  /// For each dimension of the value the axes that it is made of, the outermost
  /// first; none where all elements along it are the same.
  SmallVector<SmallVector<int64_t>> dims;
  /// The shape of the value, which may be dynamic where there is no axis.
  SmallVector<int64_t> shape;
  StridedConstant root;
  SmallVector<ConstantStep> steps;

  /// Splits axes of dimension `dim` so that they have boundaries where axes of
  /// `wanted` sizes have them, of which the product is that of the dimension's
  /// axes. Fails where sizes do not divide.
  LogicalResult refine(int64_t dim, ArrayRef<int64_t> wanted);
};

/// Finds the constant behind `value`, a ranked tensor: through transpositions,
/// broadcasts, reshapes, casts, extensions, conversions, products with other
/// constants, each as an operation on tensors or as a structured one of linalg,
/// and through `quant.dcast` of `quant.scast`.
///
/// Fails with a `reason`, which is empty where `value` is not a constant.
FailureOr<ConstantView> viewConstant(Value value, std::string &reason);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_CONSTANTVIEW_H
