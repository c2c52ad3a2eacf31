//===- MMLTiling.cpp - Tiling of contractions -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

// The iteration space of a contraction is n, m, k.

SmallVector<utils::IteratorType> ContractOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::parallel,
          utils::IteratorType::reduction};
}

SmallVector<Range> ContractOp::getIterationDomain(OpBuilder &builder) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  auto size = [&](Value value, int64_t axis) -> OpFoldResult {
    return tensor::getMixedSize(builder, getLoc(), value, axis);
  };
  return {Range{zero, size(getLhs(), 0), one},
          Range{zero, size(getRhs(), 1), one},
          Range{zero, size(getLhs(), 1), one}};
}

/// Whether the tile is the whole of `axis` of `type`.
static bool coversAxis(RankedTensorType type, int64_t axis, OpFoldResult offset,
                       OpFoldResult size) {
  return isConstantIntValue(offset, 0) && !type.isDynamicDim(axis) &&
         isConstantIntValue(size, type.getDimSize(axis));
}

FailureOr<TilingResult>
ContractOp::getTiledImplementation(OpBuilder &builder,
                                   ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  if (!hasPureTensorSemantics())
    return failure();
  auto rhsType = cast<RankedTensorType>(getRhs().getType());
  bool wholeRhs = coversAxis(rhsType, 0, offsets[2], sizes[2]) &&
                  coversAxis(rhsType, 1, offsets[1], sizes[1]);
  // A slice of packed trits is not a packed tensor.
  if (rhsType.getEncoding() && !wholeRhs)
    return emitOpError("cannot be tiled along the axes of a packed kernel");
  TilingResult result;
  auto slice = [&](Value source, unsigned first, unsigned second) -> Value {
    SmallVector<OpFoldResult> strides(2, builder.getIndexAttr(1));
    auto op = tensor::ExtractSliceOp::create(
        builder, getLoc(), source,
        ArrayRef<OpFoldResult>{offsets[first], offsets[second]},
        ArrayRef<OpFoldResult>{sizes[first], sizes[second]}, strides);
    result.generatedSlices.push_back(op);
    return op;
  };
  Value lhs = slice(getLhs(), 0, 2);
  Value rhs = wholeRhs ? getRhs() : slice(getRhs(), 2, 1);
  Value out = slice(getOut(), 0, 1);
  auto tiled = ContractOp::create(builder, getLoc(), TypeRange{out.getType()},
                                  lhs, rhs, out, getBoundAttr());
  result.tiledOps.push_back(tiled);
  result.tiledValues.push_back(tiled.getResult(0));
  return result;
}

LogicalResult ContractOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign({offsets[0], offsets[1]});
  resultSizes.assign({sizes[0], sizes[1]});
  return success();
}

FailureOr<TilingResult>
ContractOp::generateResultTileValue(OpBuilder &builder, unsigned,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> allOffsets(offsets), allSizes(sizes);
  allOffsets.push_back(builder.getIndexAttr(0));
  allSizes.push_back(
      tensor::getMixedSize(builder, getLoc(), getLhs(), /*dim=*/1));
  return getTiledImplementation(builder, allOffsets, allSizes);
}
