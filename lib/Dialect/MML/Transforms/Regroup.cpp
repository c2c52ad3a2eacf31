//===- Regroup.cpp - Reshapes between axes and groups of them -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Regroup.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

static Type getElementType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

/// The axes of each group that is not empty, in one row.
static SmallVector<ReassociationIndices>
getReassociation(ArrayRef<unsigned> groups) {
  SmallVector<ReassociationIndices> reassociation;
  int64_t next = 0;
  for (unsigned count : groups)
    if (count != 0) {
      ReassociationIndices &indices = reassociation.emplace_back();
      for (unsigned i = 0; i < count; ++i)
        indices.push_back(next++);
    }
  return reassociation;
}

/// The reassociation that adds an axis for each empty group: beside one that
/// is there, or all of them to a tensor of rank 0.
static SmallVector<ReassociationIndices>
getUnitReassociation(ArrayRef<unsigned> groups) {
  SmallVector<ReassociationIndices> reassociation;
  ReassociationIndices pending;
  for (auto [axis, count] : llvm::enumerate(groups)) {
    if (count != 0) {
      reassociation.emplace_back(std::move(pending)).push_back(axis);
      pending.clear();
    } else if (!reassociation.empty()) {
      reassociation.back().push_back(axis);
    } else {
      pending.push_back(axis);
    }
  }
  return reassociation;
}

Value mlir::mml::regroup(OpBuilder &builder, Location loc, Value tensor,
                         ArrayRef<unsigned> groups) {
  if (llvm::any_of(groups, [](unsigned count) { return count > 1; }))
    tensor = tensor::CollapseShapeOp::create(builder, loc, tensor,
                                             getReassociation(groups));
  if (!llvm::is_contained(groups, 0u))
    return tensor;
  SmallVector<OpFoldResult> sizes,
      merged = tensor::getMixedSizes(builder, loc, tensor);
  size_t next = 0;
  for (unsigned count : groups)
    sizes.push_back(count ? merged[next++] : builder.getIndexAttr(1));
  auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                    getElementType(tensor));
  return tensor::ExpandShapeOp::create(builder, loc, type, tensor,
                                       getUnitReassociation(groups), sizes);
}

Value mlir::mml::ungroup(OpBuilder &builder, Location loc, Value tensor,
                         ArrayRef<unsigned> groups,
                         ArrayRef<OpFoldResult> shape) {
  if (llvm::is_contained(groups, 0u))
    tensor = tensor::CollapseShapeOp::create(builder, loc, tensor,
                                             getUnitReassociation(groups));
  if (llvm::none_of(groups, [](unsigned count) { return count > 1; }))
    return tensor;
  auto type = RankedTensorType::get(decomposeMixedValues(shape).first,
                                    getElementType(tensor));
  return tensor::ExpandShapeOp::create(builder, loc, type, tensor,
                                       getReassociation(groups), shape);
}

Value mlir::mml::transpose(OpBuilder &builder, Location loc, Value tensor,
                           ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return tensor;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, tensor);
  SmallVector<OpFoldResult> permuted;
  for (int64_t axis : permutation)
    permuted.push_back(sizes[axis]);
  Value empty =
      tensor::EmptyOp::create(builder, loc, permuted, getElementType(tensor));
  return linalg::TransposeOp::create(builder, loc, tensor, empty, permutation)
      ->getResult(0);
}

Value mlir::mml::dropUnitAxes(OpBuilder &builder, Location loc, Value tensor,
                              ArrayRef<bool> isDropped) {
  if (!llvm::is_contained(isDropped, true))
    return tensor;
  SmallVector<unsigned> groups;
  for (bool dropped : isDropped)
    groups.push_back(dropped ? 0 : 1);
  return ungroup(builder, loc, tensor, groups, /*shape=*/{});
}

SmallVector<int64_t> mlir::mml::getPermutation(ArrayRef<unsigned> from,
                                               ArrayRef<unsigned> to) {
  SmallVector<int64_t> permutation;
  for (unsigned axis : to)
    permutation.push_back(llvm::find(from, axis) - from.begin());
  return permutation;
}

::mml::einsum::Operand mlir::mml::getPlainOperand(ArrayRef<unsigned> axes) {
  return {{axes.begin(), axes.end()}, SmallVector<bool, 4>(axes.size(), false)};
}
