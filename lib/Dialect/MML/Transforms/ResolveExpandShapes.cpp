//===- ResolveExpandShapes.cpp - Expansions to several dynamic sizes ------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::mml {
#define GEN_PASS_DEF_RESOLVEEXPANDSHAPESPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Whether one axis of the source becomes several of unknown size.
static bool hasSeveralDynamicSizes(memref::ExpandShapeOp op) {
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  return llvm::any_of(op.getReassociationIndices(),
                      [&](ArrayRef<int64_t> group) {
                        return llvm::count_if(group, [&](int64_t axis) {
                                 return ShapedType::isDynamic(shape[axis]);
                               }) > 1;
                      });
}

/// Replaces an expansion of contiguous memory by a view of the same memory in
/// the sizes that the operation names.
static LogicalResult resolve(RewriterBase &rewriter, memref::ExpandShapeOp op) {
  if (!op.getSrcType().getLayout().isIdentity())
    return op.emitOpError("expected contiguous memory to expand to several "
                          "dynamic sizes along one axis");
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
  AffineExpr size, stride;
  bindSymbols(rewriter.getContext(), size, stride);
  for (int64_t axis = static_cast<int64_t>(sizes.size()) - 2; axis >= 0; --axis)
    strides[axis] = affine::makeComposedFoldedAffineApply(
        rewriter, loc, size * stride, {sizes[axis + 1], strides[axis + 1]});
  auto view = memref::ReinterpretCastOp::create(
      rewriter, loc, op.getSrc(), rewriter.getIndexAttr(0), sizes, strides);
  rewriter.replaceOpWithNewOp<memref::CastOp>(op, op.getResultType(), view);
  return success();
}

namespace {

struct ResolveExpandShapesPass
    : mlir::mml::impl::ResolveExpandShapesPassBase<ResolveExpandShapesPass> {
  void runOnOperation() override {
    SmallVector<memref::ExpandShapeOp> ops;
    getOperation()->walk([&](memref::ExpandShapeOp op) {
      if (hasSeveralDynamicSizes(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (memref::ExpandShapeOp op : ops)
      if (failed(resolve(rewriter, op)))
        return signalPassFailure();
  }
};

} // namespace
