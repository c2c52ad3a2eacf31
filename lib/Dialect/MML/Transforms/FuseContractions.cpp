//===- FuseContractions.cpp - Tiles of contractions and their use ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/TileAndFuse.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::mml {
#define GEN_PASS_DEF_FUSECONTRACTIONSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// From this many trits on a contraction is worth the start of threads.
static constexpr int64_t kParallelTrits = 1 << 18;

/// Tokens of a tile: enough of them to pay for the expansion of a panel of
/// codes, and sums that stay in a cache of 1 MB beside the activations.
static constexpr int64_t kTokenTile = 256;

/// Tokens up to which weights are read faster than they are used: tiles of
/// outputs are then as large as an even share of them for threads allows.
static constexpr int64_t kFewTokens = 16;
/// The tiles of outputs of a layer for a few tokens: an even share for 2, 3, 4,
/// 6, 8, 12 or 24 threads.
static constexpr int64_t kFewTiles = 24;
/// The blocks of outputs of a tile for more tokens.
static constexpr int64_t kTileBlocks = 4;

namespace {

struct FuseContractionsPass
    : mlir::mml::impl::FuseContractionsPassBase<FuseContractionsPass> {
  using FuseContractionsPassBase::FuseContractionsPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    constexpr int64_t kMostTokens = 1 << 16, kMultiple = 16;
    if (tokenTile < 0 || tokenTile > kMostTokens || tokenTile % kMultiple != 0)
      return emitError(UnknownLoc::get(context))
             << "expected a token tile that is a multiple of " << kMultiple
             << " up to " << kMostTokens << " but got " << tokenTile.getValue();
    if (outputTile < 0)
      return emitError(UnknownLoc::get(context))
             << "expected an output tile of 0 or more but got "
             << outputTile.getValue();
    return success();
  }

  void runOnOperation() override {
    auto fuseOne = [&](RewriterBase &rewriter, ContractPackedOp op) {
      return fuse(rewriter, op);
    };
    if (failed(fuseEach<ContractPackedOp>(getOperation(), fuseOne)))
      signalPassFailure();
  }

private:
  LogicalResult fuse(RewriterBase &rewriter, ContractPackedOp op);
  FailureOr<SmallVector<OpFoldResult>> getTileSizes(ContractPackedOp op);
};

} // namespace

FailureOr<SmallVector<OpFoldResult>>
FuseContractionsPass::getTileSizes(ContractPackedOp op) {
  auto out = cast<RankedTensorType>(op.getOut().getType());
  int64_t rows = op.getLayout().getBlockRows();
  int64_t tokens = out.getDimSize(0), outputs = out.getDimSize(1);
  int64_t tokenSize = tokenTile ? tokenTile : kTokenTile;
  int64_t outputSize = outputTile;
  if (outputSize % rows != 0)
    return op.emitOpError()
           << "expected an output tile that is a multiple of " << rows
           << ", the rows of the layout, but got " << outputSize;
  if (outputSize == 0) {
    bool isFew = !ShapedType::isDynamic(tokens) && tokens <= kFewTokens;
    int64_t blocks = ShapedType::isDynamic(outputs)
                         ? kTileBlocks
                         : llvm::divideCeil(outputs, rows);
    outputSize = rows * (isFew ? llvm::divideCeil(blocks, kFewTiles)
                               : std::min(blocks, kTileBlocks));
  }
  Builder b(op.getContext());
  // A whole axis is no loop.
  auto getSize = [&](int64_t size, int64_t tile) -> OpFoldResult {
    bool isWhole = !ShapedType::isDynamic(size) && size <= tile;
    return b.getIndexAttr(isWhole ? 0 : tile);
  };
  return SmallVector<OpFoldResult>{getSize(tokens, tokenSize),
                                   getSize(outputs, outputSize)};
}

LogicalResult FuseContractionsPass::fuse(RewriterBase &rewriter,
                                         ContractPackedOp op) {
  SetVector<Operation *> chain = getContractionChain(rewriter, op);
  FailureOr<SmallVector<OpFoldResult>> sizes = getTileSizes(op);
  if (failed(sizes))
    return failure();
  if (llvm::all_of(*sizes, [](OpFoldResult size) {
        return isConstantIntValue(size, 0);
      }))
    return success();
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  int64_t depth = op.getLayout().getStorageDepth(kernel.getShape());
  int64_t outputs = cast<ShapedType>(op.getOut().getType()).getDimSize(1);
  bool isParallel =
      !op->getParentOfType<scf::ForallOp>() &&
      (ShapedType::isDynamic(outputs) || depth * outputs >= kParallelTrits);
  return tileContraction(rewriter, chain, *sizes, isParallel);
}
