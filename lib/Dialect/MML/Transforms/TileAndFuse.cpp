//===- TileAndFuse.cpp - Contractions and their use in tiles --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/TileAndFuse.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::mml;

/// Gives `op` destinations of its own, unless it reads what is in them: sums
/// that are a destination too would be whole before the tiles begin.
static void renewDestinations(RewriterBase &rewriter, linalg::LinalgOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!op.payloadUsesValueFromOperand(&init))
      rewriter.modifyOpInPlace(op, [&] {
        init.set(tensor::EmptyOp::create(
            rewriter, op.getLoc(),
            tensor::getMixedSizes(rewriter, op.getLoc(), init.get()),
            getElementTypeOrSelf(init.get())));
      });
}

/// The operation that alone reads the result of `op`, if it gives for each
/// element of that one element, at the same place.
static linalg::LinalgOp getElementwiseUser(RewriterBase &rewriter,
                                           Operation *op) {
  if (op->use_empty() || !llvm::all_equal(op->getUsers()))
    return {};
  auto user = dyn_cast<linalg::LinalgOp>(*op->getUsers().begin());
  if (!user || user->getBlock() != op->getBlock() ||
      !user.hasPureTensorSemantics() || user->getNumResults() != 1 ||
      user.getNumParallelLoops() != user.getNumLoops() ||
      !user.getIndexingMapMatchingResult(user->getResult(0)).isIdentity())
    return {};
  renewDestinations(rewriter, user);
  if (!op->hasOneUse())
    return {};
  OpOperand &use = *op->getUses().begin();
  if (!user.isDpsInput(&use) || !user.getMatchingIndexingMap(&use).isIdentity())
    return {};
  return user;
}

SetVector<Operation *> mlir::mml::getContractionChain(RewriterBase &rewriter,
                                                      ContractPackedOp op) {
  SetVector<Operation *> chain;
  for (Operation *last = op; last; last = getElementwiseUser(rewriter, last))
    chain.insert(last);
  return chain;
}

FailureOr<Operation *>
mlir::mml::tileContraction(RewriterBase &rewriter,
                           const SetVector<Operation *> &chain,
                           ArrayRef<OpFoldResult> sizes, bool isParallel) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(sizes);
  options.tilingOptions.setLoopType(getTileLoop(isParallel));
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp, OpResult producer,
          bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        if (!chain.contains(producer.getOwner()))
          return std::nullopt;
        return scf::SCFTileAndFuseOptions::ControlFnResult{};
      });
  rewriter.setInsertionPoint(chain.back());
  FailureOr<scf::SCFTileAndFuseResult> result =
      scf::tileConsumerAndFuseProducersUsingSCF(
          rewriter, cast<TilingInterface>(chain.back()), options);
  if (failed(result))
    return chain.front()->emitOpError("cannot be tiled");
  for (OpResult value : chain.back()->getResults())
    rewriter.replaceAllUsesWith(value, result->replacements.lookup(value));
  // The size of a sum may still be asked for; canonicalization finds it
  // elsewhere.
  for (Operation *fused : llvm::reverse(chain.getArrayRef()))
    if (fused->use_empty())
      rewriter.eraseOp(fused);
  return result->loops.front().getOperation();
}
