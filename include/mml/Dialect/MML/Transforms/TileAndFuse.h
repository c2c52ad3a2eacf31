//===- TileAndFuse.h - What passes that tile and fuse share -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_TILEANDFUSE_H
#define MML_DIALECT_MML_TRANSFORMS_TILEANDFUSE_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::mml {

/// Runs `fuse` on every `OpTy` on tensors within `root`, and makes the
/// destination of each tile an array of the tile's size.
template <typename OpTy>
LogicalResult
fuseEach(Operation *root,
         llvm::function_ref<LogicalResult(RewriterBase &, OpTy)> fuse) {
  SmallVector<OpTy> ops;
  root->walk([&](OpTy op) { ops.push_back(op); });
  IRRewriter rewriter(root->getContext());
  for (OpTy op : ops)
    if (op.hasPureTensorSemantics() && failed(fuse(rewriter, op)))
      return failure();
  RewritePatternSet patterns(root->getContext());
  tensor::populateFoldTensorEmptyPatterns(patterns);
  return applyPatternsGreedily(root, std::move(patterns));
}

/// The loop that tiles are the iterations of: one on threads or not.
inline scf::SCFTilingOptions::LoopType getTileLoop(bool isParallel) {
  return isParallel ? scf::SCFTilingOptions::LoopType::ForallOp
                    : scf::SCFTilingOptions::LoopType::ForOp;
}

/// A contraction and the elementwise operations that alone its sums go through,
/// one after another (rescale, bias, activation). These get destinations of
/// their own where they do not read what is in them.
SetVector<Operation *> getContractionChain(RewriterBase &rewriter,
                                           ContractPackedOp op);

/// Cuts the operations of `chain`, as `getContractionChain` gives them, into
/// tiles of `sizes`: tokens and outputs, 0 for a whole axis, of which there is
/// one that is not. The results of the last operation are replaced, and the
/// others erased. Returns the outermost loop. An error where upstream cannot
/// tile them.
FailureOr<Operation *> tileContraction(RewriterBase &rewriter,
                                       const SetVector<Operation *> &chain,
                                       ArrayRef<OpFoldResult> sizes,
                                       bool isParallel);

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_TILEANDFUSE_H
