//===- BlockContractions.cpp - Contractions of floats as packed blocks ----===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::mml {
#define GEN_PASS_DEF_BLOCKCONTRACTIONSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
using linalg::LinalgOp;

/// Makes one axis of axes that stand side by side in every operand that has one
/// of them, as tiles run along one axis.
static LinalgOp mergeAxes(RewriterBase &rewriter, LinalgOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  SmallVector<ReassociationIndices> groups;
  for (int64_t axis = 0, end = sizes.size(); axis < end;) {
    ReassociationIndices group{axis++};
    for (; axis < end && !ShapedType::isDynamic(sizes[axis]) &&
           iterators[axis] == iterators[group.front()];
         ++axis) {
      group.push_back(axis);
      if (linalg::areDimSequencesPreserved(maps, {group}))
        continue;
      group.pop_back();
      break;
    }
    if (group.size() > 1)
      groups.push_back(std::move(group));
  }
  if (groups.empty())
    return op;
  rewriter.setInsertionPoint(op);
  if (!isa<linalg::GenericOp>(op)) {
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return op;
    op = *generic;
    rewriter.setInsertionPoint(op);
  }
  FailureOr<linalg::CollapseResult> collapsed =
      linalg::collapseOpIterationDims(op, groups, rewriter);
  if (failed(collapsed))
    return op;
  rewriter.replaceOp(op, collapsed->results);
  return collapsed->collapsedOp;
}

/// Erases what made `init` if nothing reads it: zeros that are not added to
/// would be written for nothing.
static void eraseDead(RewriterBase &rewriter, Value init) {
  while (Operation *producer = init.getDefiningOp()) {
    if (!isOpTriviallyDead(producer))
      return;
    Value source;
    if (auto fill = dyn_cast<linalg::FillOp>(producer))
      source = fill.getOutputs()[0];
    else if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(producer))
      source = producer->getOperand(0);
    rewriter.eraseOp(producer);
    if (!source)
      return;
    init = source;
  }
}

namespace {

struct BlockContractionsPass
    : mlir::mml::impl::BlockContractionsPassBase<BlockContractionsPass> {
  using BlockContractionsPassBase::BlockContractionsPassBase;

  void runOnOperation() override {
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      emitError(getOperation().getLoc())
          << "expected 'vector-bits' of 128, 256 or 512 but got "
          << vectorBits.getValue();
      return signalPassFailure();
    }
    SmallVector<LinalgOp> ops;
    getOperation().walk([&](LinalgOp op) {
      if (linalg::isaContractionOpInterface(op))
        ops.push_back(op);
    });
    for (LinalgOp op : ops)
      block(op);
  }

private:
  void block(LinalgOp op) {
    auto options =
        remark::RemarkOpts::name("BlockContraction").category(getArgument());
    // What is refused stays as it is.
    BlockPlanner refusal(op, vectorBits, minMacs);
    if (failed(refusal.plan())) {
      remark::missed(op.getLoc(), options)
          << remark::reason("{0}", refusal.getReason());
      return;
    }
    IRRewriter rewriter(&getContext());
    op = mergeAxes(rewriter, op);
    FailureOr<BlockPlan> plan = BlockPlanner(op, vectorBits, minMacs).plan();
    if (failed(plan))
      return;
    remark::passed(op.getLoc(), options)
        << remark::metric("rows", plan->tileRows)
        << remark::metric("columns", plan->getTileColumns())
        << remark::metric("depth", plan->depthBlock)
        << remark::metric("threads", plan->isParallel)
        << remark::reason(
               "of the tiles whose sums fit the registers, {0} x {1} "
               "computes the least; {2}",
               plan->tileRows, plan->getTileColumns(),
               plan->packsInTask ? "each step of the batch packs its columns"
                                 : "columns are packed once for all rows");
    rewriter.setInsertionPoint(op);
    Value init = op.getDpsInits()[0];
    rewriter.replaceOp(op, BlockBuilder(rewriter, op, *plan).build());
    eraseDead(rewriter, init);
  }
};

} // namespace
