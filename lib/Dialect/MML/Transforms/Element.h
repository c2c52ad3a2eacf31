//===- Element.h - What an element of a tensor follows from -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_ELEMENT_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_ELEMENT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SmallBitVector.h"

namespace mlir::mml {

/// The element of a tensor at an index of some dimensions, which all elements
/// that it follows from are told by, too.
struct Element {
  /// A tensor, or a scalar in the body of `owner`, or outside of any.
  Value value;
  /// Of a tensor for each of its dimensions, of a scalar for each loop of its
  /// owner, the dimension that is the index there; nothing for index 0.
  SmallVector<std::optional<unsigned>> index;
  linalg::LinalgOp owner;
  /// The tensors that this element was found to be one of, with the index in
  /// each, the last one found first.
  SmallVector<std::pair<Value, SmallVector<std::optional<unsigned>>>> tensors;

  /// Whether it is read from a tensor, whatever computes that.
  bool isRead = false;

  /// The element of `tensor`, ranked, at the index of as many dimensions.
  static Element of(Value tensor);

  /// The element that this one equals, as far back as operations only move
  /// elements: then `value` is computed by an operation on scalars or,
  /// elementwise, on tensors; or it is an argument or the result of something
  /// else.
  Element resolve() const;

  /// The operation that computes this element, which is resolved, from as many
  /// other elements as it has operands; null where there is none.
  Operation *getOp() const;

  /// The resolved element of an operand of `getOp()`.
  Element getOperand(unsigned number) const;

  /// The float that this element, which is resolved, is at every index.
  std::optional<APFloat> getFloat() const;
};

/// Whether `op` has one element for each index, of elements at this index.
bool isElementwise(linalg::LinalgOp op);

/// Whether `element`, resolved, is computed by few operations from tensors and
/// from scalars that are around all bodies, so that what follows here may be
/// asked. What takes more than comparing, scaling and rounding is not computed
/// again: the tensor of its results is read.
bool isExpression(const Element &element);

/// Adds the dimensions on which `element`, resolved, depends.
void collectDims(const Element &element, llvm::SmallBitVector &dims);

/// Builds the tensor of `element`, resolved, over the dimensions `dims`, of
/// sizes `sizes`, which are all that it depends on. `finish` computes each
/// element of the result, of `type`, from that of `element`. Where `reduced`
/// are dimensions besides, it gets the result so far as well, which starts at
/// `start`.
Value buildElements(
    OpBuilder &builder, Location loc, const Element &element,
    ArrayRef<unsigned> dims, ArrayRef<OpFoldResult> sizes, Type type,
    function_ref<Value(OpBuilder &, Location, ValueRange)> finish,
    ArrayRef<unsigned> reduced = {}, TypedAttr start = {});

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_ELEMENT_H
