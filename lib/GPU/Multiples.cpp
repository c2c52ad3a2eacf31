//===- Multiples.cpp - Sizes and places that are even ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Multiples.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

/// Whether all results of `map` are multiples of `factor`, by what is known of
/// `operands`.
static bool areMultiples(AffineMap map, ValueRange operands, int64_t factor) {
  SmallVector<AffineExpr> dims, symbols;
  Builder b(map.getContext());
  for (auto [i, operand] : llvm::enumerate(operands)) {
    bool isDim = i < map.getNumDims();
    AffineExpr expr = isDim ? b.getAffineDimExpr(i)
                            : b.getAffineSymbolExpr(i - map.getNumDims());
    (isDim ? dims : symbols)
        .push_back(isMultiple(operand, factor) ? expr * factor : expr);
  }
  return llvm::all_of(map.getResults(), [&](AffineExpr expr) {
    return expr.replaceDimsAndSymbols(dims, symbols).isMultipleOf(factor);
  });
}

bool mlir::mml::isMultiple(OpFoldResult size, int64_t factor) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return *known % factor == 0;
  auto value = cast<Value>(size);
  if (auto min = value.getDefiningOp<affine::AffineMinOp>())
    return areMultiples(min.getAffineMap(), min.getMapOperands(), factor);
  if (auto apply = value.getDefiningOp<affine::AffineApplyOp>())
    return areMultiples(apply.getAffineMap(), apply.getMapOperands(), factor);
  auto loop = scf::getForallOpThreadIndexOwner(value);
  if (!loop)
    return false;
  unsigned axis = cast<BlockArgument>(value).getArgNumber();
  return isMultiple(loop.getMixedLowerBound()[axis], factor) &&
         isMultiple(loop.getMixedStep()[axis], factor);
}

/// Whether the first element of `array` is known to lie a multiple of `count`
/// elements behind the begin of an allocation.
static bool beginsAtMultiple(Value array, int64_t count) {
  SmallVector<int64_t> strides;
  int64_t offset;
  Operation *op = array.getDefiningOp();
  if (auto view = dyn_cast_or_null<memref::SubViewOp>(op)) {
    if (failed(view.getSourceType().getStridesAndOffset(strides, offset)))
      return false;
    for (auto [index, stride] :
         llvm::zip_equal(view.getMixedOffsets(), strides))
      if (!isMultiple(index, count) &&
          (ShapedType::isDynamic(stride) || stride % count != 0))
        return false;
    return beginsAtMultiple(view.getSource(), count);
  }
  if (isa_and_nonnull<memref::CastOp, memref::ExpandShapeOp,
                      memref::CollapseShapeOp>(op))
    return beginsAtMultiple(cast<ViewLikeOpInterface>(op).getViewSource(),
                            count);
  // Other views may have a begin of their own, as those of bytes do.
  if (isa_and_nonnull<ViewLikeOpInterface>(op))
    return false;
  auto type = cast<MemRefType>(array.getType());
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         !ShapedType::isDynamic(offset) && offset % count == 0;
}

bool mlir::mml::isMultipleApart(Value array, int64_t count) {
  auto type = cast<MemRefType>(array.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  return llvm::all_of(ArrayRef(strides).drop_back(),
                      [&](int64_t stride) {
                        return !ShapedType::isDynamic(stride) &&
                               stride % count == 0;
                      }) &&
         beginsAtMultiple(array, count);
}
