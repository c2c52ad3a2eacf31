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

// The iteration space of a contraction is n, m, k, behind the batch if there is
// one.

SmallVector<utils::IteratorType> ContractOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(isBatched() ? 3 : 2,
                                         utils::IteratorType::parallel);
  types.push_back(utils::IteratorType::reduction);
  return types;
}

SmallVector<Range> ContractOp::getIterationDomain(OpBuilder &builder) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<Range> ranges;
  auto add = [&](Value value, int64_t axis) {
    ranges.push_back(
        {zero, tensor::getMixedSize(builder, getLoc(), value, axis), one});
  };
  int64_t first = isBatched() ? 1 : 0;
  if (isBatched())
    add(getLhs(), 0);
  add(getLhs(), first);
  add(getRhs(), first + 1);
  add(getLhs(), first + 1);
  return ranges;
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
  unsigned n = isBatched() ? 1 : 0, m = n + 1, k = n + 2;
  auto getAxes = [&](unsigned first, unsigned second) {
    SmallVector<unsigned> axes{first, second};
    if (isBatched())
      axes.insert(axes.begin(), 0);
    return axes;
  };
  bool wholeRhs = llvm::all_of(llvm::enumerate(getAxes(k, m)), [&](auto entry) {
    return coversAxis(rhsType, entry.index(), offsets[entry.value()],
                      sizes[entry.value()]);
  });
  // A slice of packed trits is not a packed tensor.
  if (rhsType.getEncoding() && !wholeRhs)
    return emitOpError("cannot be tiled along the axes of a packed kernel");
  TilingResult result;
  auto slice = [&](Value source, ArrayRef<unsigned> axes) -> Value {
    SmallVector<OpFoldResult> sliceOffsets, sliceSizes,
        strides(axes.size(), builder.getIndexAttr(1));
    for (unsigned axis : axes) {
      sliceOffsets.push_back(offsets[axis]);
      sliceSizes.push_back(sizes[axis]);
    }
    auto op = tensor::ExtractSliceOp::create(builder, getLoc(), source,
                                             sliceOffsets, sliceSizes, strides);
    result.generatedSlices.push_back(op);
    return op;
  };
  Value lhs = slice(getLhs(), getAxes(n, k));
  Value rhs = wholeRhs ? getRhs() : slice(getRhs(), getAxes(k, m));
  Value out = slice(getOut(), getAxes(n, m));
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
  // All loops but the last run along the result.
  resultOffsets.assign(offsets.begin(), offsets.end() - 1);
  resultSizes.assign(sizes.begin(), sizes.end() - 1);
  return success();
}

FailureOr<TilingResult>
ContractOp::generateResultTileValue(OpBuilder &builder, unsigned,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> allOffsets(offsets), allSizes(sizes);
  allOffsets.push_back(builder.getIndexAttr(0));
  allSizes.push_back(tensor::getMixedSize(builder, getLoc(), getLhs(),
                                          /*dim=*/isBatched() ? 2 : 1));
  return getTiledImplementation(builder, allOffsets, allSizes);
}
