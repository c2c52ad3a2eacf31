//===- LinalgBuilder.h - Builds linalg operations on tensors ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_MMLTOLINALG_LINALGBUILDER_H
#define MML_LIB_CONVERSION_MMLTOLINALG_LINALGBUILDER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace mlir::mml {

/// Builds `linalg.generic` operations on tensors at one location. Element types
/// are f32 unless said otherwise.
class LinalgBuilder {
public:
  using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

  LinalgBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  /// One tensor of an elementwise computation: the axes of the result that its
  /// own axes run along.
  struct Input {
    Value value;
    AffineMap map;
  };

  /// `value`, of the rank of the result.
  Input whole(Value value) const;
  /// `value`, whose axes run along the last axes of a result of `rank`.
  Input suffix(Value value, int64_t rank) const;
  /// `value`, whose axes run along `axes` of a result of `rank`.
  Input along(Value value, int64_t rank, ArrayRef<int64_t> axes) const;
  /// `value`, broadcast as in NumPy to a result of `shape`: a size of 1 that
  /// is not that of the result stretches.
  Input broadcast(Value value, ArrayRef<OpFoldResult> shape) const;

  /// A tensor of `shape`, each element computed by `body` from the elements of
  /// the inputs at its place.
  Value map(ArrayRef<Input> inputs, ArrayRef<OpFoldResult> shape,
            Type elementType, Body body) const;
  /// The same with f32 elements and the shape of `like`.
  Value mapLike(Value like, ArrayRef<Input> inputs, Body body) const;

  /// Reduces `axes` of `input`: `body` gets an element and the result so far,
  /// which starts at `init`.
  Value reduce(Value input, ArrayRef<int64_t> axes, TypedAttr init,
               Body body) const;

  /// The sum over `axes`.
  Value sum(Value input, ArrayRef<int64_t> axes) const;
  /// The largest element over `axes`; NaN where there is one.
  Value max(Value input, ArrayRef<int64_t> axes) const;

  /// The number of elements along `axes` of `input`.
  Value count(Value input, ArrayRef<int64_t> axes, Type elementType) const;

  /// An f32 constant.
  static Value constant(OpBuilder &builder, Location loc, double value);

  SmallVector<OpFoldResult> shapeOf(Value tensor) const;

private:
  OpBuilder &b;
  Location loc;
};

/// The axes 0 .. rank-1 without `axis`.
SmallVector<int64_t> allAxesBut(int64_t rank, int64_t axis);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_MMLTOLINALG_LINALGBUILDER_H
