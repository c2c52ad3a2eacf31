//===- FuseActivations.cpp - Tiles of activations and their making --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/TileAndFuse.h"

#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_FUSEACTIVATIONSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// From this many activations on their making is worth the start of threads.
static constexpr int64_t kParallelActivations = 1 << 16;

/// Whether `op` computes each row of its result, along the first axis, from the
/// same row of its operands, or from what all rows have in common.
static bool isRowWise(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || !linalgOp.hasPureTensorSemantics() ||
      linalgOp->getNumResults() != 1 || linalgOp.getNumLoops() > 2)
    return false;
  auto isRow = [](AffineExpr expr) {
    return isa<AffineDimExpr>(expr) &&
           cast<AffineDimExpr>(expr).getPosition() == 0;
  };
  AffineMap resultMap =
      linalgOp.getIndexingMapMatchingResult(linalgOp->getResult(0));
  // An axis of size 1 that a reduction keeps has no loop that could be tiled.
  if (!resultMap.isProjectedPermutation() || resultMap.getNumResults() == 0 ||
      !isRow(resultMap.getResult(0)))
    return false;
  return llvm::all_of(linalgOp.getIndexingMapsArray(), [&](AffineMap map) {
    return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto entry) {
      return !entry.value().isFunctionOfDim(0) ||
             (entry.index() == 0 && isRow(entry.value()));
    });
  });
}

namespace {

struct FuseActivationsPass
    : mlir::mml::impl::FuseActivationsPassBase<FuseActivationsPass> {
  void runOnOperation() override {
    auto fuseOne = [&](RewriterBase &rewriter, PackActivationsOp op) {
      return fuse(rewriter, op);
    };
    if (failed(fuseEach<PackActivationsOp>(getOperation(), fuseOne)))
      return signalPassFailure();
    shareRows();
  }

private:
  /// Each operation that reads rows was given a copy of what computes them, and
  /// of that a destination, which may still be one of the loop: leaves one of
  /// them.
  void shareRows();
  LogicalResult fuse(RewriterBase &rewriter, PackActivationsOp op);
};

} // namespace

void FuseActivationsPass::shareRows() {
  WalkResult walk = getOperation().walk([](PackActivationsOp op) {
    return op->getParentOfType<LoopLikeOpInterface>() ? WalkResult::interrupt()
                                                      : WalkResult::advance();
  });
  if (!walk.wasInterrupted())
    return;
  RewritePatternSet patterns(&getContext());
  scf::ForallOp::getCanonicalizationPatterns(patterns, &getContext());
  scf::ForOp::getCanonicalizationPatterns(patterns, &getContext());
  tensor::populateFoldTensorEmptyPatterns(patterns);
  (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  IRRewriter rewriter(&getContext());
  DominanceInfo dominance;
  getOperation().walk([&](PackActivationsOp op) {
    if (auto loop = op->getParentOfType<LoopLikeOpInterface>())
      eliminateCommonSubExpressions(rewriter, dominance, loop);
  });
}

LogicalResult FuseActivationsPass::fuse(RewriterBase &rewriter,
                                        PackActivationsOp op) {
  auto input = cast<ShapedType>(op.getInput().getType());
  int64_t tokens = input.getDimSize(0);
  if (!ShapedType::isDynamic(tokens) && tokens <= op.getLayout().getTokenTile())
    return success();
  bool isParallel = !op->getParentOfType<scf::ForallOp>() &&
                    (ShapedType::isDynamic(tokens) ||
                     tokens * input.getDimSize(1) >= kParallelActivations);
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes({rewriter.getIndexAttr(1)});
  options.tilingOptions.setLoopType(getTileLoop(isParallel));
  llvm::SetVector<Operation *> fused;
  Block *block = op->getBlock();
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp slice, OpResult value, bool isDestination)
          -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        Operation *producer = value.getOwner();
        if (producer->getBlock() != block || !isRowWise(producer))
          return std::nullopt;
        // What only the loop reads does not come out of it. Nobody else reads
        // a destination.
        Operation *loop = block->findAncestorOpInBlock(*slice);
        auto isInside = [&](Operation *user) {
          Operation *ancestor = block->findAncestorOpInBlock(*user);
          return ancestor == loop || ancestor == op || fused.contains(ancestor);
        };
        bool isRead =
            !isDestination && !llvm::all_of(producer->getUsers(), isInside);
        fused.insert(producer);
        return scf::SCFTileAndFuseOptions::ControlFnResult{isRead};
      });
  rewriter.setInsertionPoint(op);
  FailureOr<scf::SCFTileAndFuseResult> result =
      scf::tileConsumerAndFuseProducersUsingSCF(
          rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(result))
    return op.emitOpError("cannot be tiled");
  // What was fused goes, but for what is read before the loop.
  Operation *loop = result->loops.front();
  auto isBehind = [&](OpOperand &use) {
    Operation *user = block->findAncestorOpInBlock(*use.getOwner());
    return !user || loop->isBeforeInBlock(user);
  };
  for (auto [value, replacement] : result->replacements)
    rewriter.replaceUsesWithIf(value, replacement, isBehind);
  rewriter.eraseOp(op);
  for (bool isAnyErased = true; isAnyErased;) {
    isAnyErased = false;
    for (Operation *producer : llvm::to_vector(fused))
      if (producer->use_empty()) {
        fused.remove(producer);
        rewriter.eraseOp(producer);
        isAnyErased = true;
      }
  }
  return success();
}
