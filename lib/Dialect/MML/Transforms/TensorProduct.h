//===- TensorProduct.h - Structured operations as einsums -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_TENSORPRODUCT_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_TENSORPRODUCT_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <array>

namespace mlir::mml {

/// The sum of products of two tensors, as an operation of another dialect has
/// it: `init + sum of (a - zero point) * (b - zero point)`.
struct TensorProduct {
  /// The axes of both inputs and of the result, for an operation of linalg in
  /// the order in which its operands have them.
  ::mml::einsum::Contraction contraction{{}, {}, {}};
  SmallVector<Value> inputs;
  RankedTensorType type;
  /// What the sums start from: of the result's type, or read by `initMap` from
  /// the dimensions of the result. Null for zeros.
  Value init;
  AffineMap initMap;
  /// What is subtracted from the elements of each input: an i32. Null for 0.
  std::array<OpFoldResult, 2> zeroPoints;
  /// Whether the operation leaves the order of float sums open.
  bool reassociate = false;
};

/// Whether `tensor` is known to hold zeros. A negative zero is not that of a
/// sum of nothing.
bool isZeroTensor(Value tensor);

/// Why `value` is no operand or result of such a product: no ranked tensor of
/// numbers, or one with an encoding. Nothing where it is one.
std::optional<std::string> whyNoNumbers(Value value);

/// `value` in front of its extensions by sign.
Value stripExtensions(Value value);

/// Reads `op`, which multiplies two inputs, extended by sign, and adds, as a
/// product. A loop of one iteration may stand beside another one in a map, as
/// in convolutions by kernels of size 1. Returns why it is none, or nothing.
std::optional<std::string> readProduct(linalg::LinalgOp op,
                                       TensorProduct &product);

/// Adds what `product` starts from to `sums`, its sum of products.
Value addInit(OpBuilder &builder, Location loc, const TensorProduct &product,
              Value sums);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_TENSORPRODUCT_H
