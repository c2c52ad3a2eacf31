//===- FuseContractions.cpp - Tiles of contractions and their use ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileAndFuse.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

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

/// The operations that sums go through one after another, `op` first.
static SetVector<Operation *> getChain(RewriterBase &rewriter,
                                       ContractPackedOp op) {
  SetVector<Operation *> chain;
  for (Operation *last = op; last; last = getElementwiseUser(rewriter, last))
    chain.insert(last);
  return chain;
}

static FailureOr<SmallVector<OpFoldResult>>
getTileSizes(ContractPackedOp op, const ContractionTiles &tiles) {
  auto out = cast<RankedTensorType>(op.getOut().getType());
  int64_t rows = op.getLayout().getBlockRows();
  int64_t tokens = out.getDimSize(0), outputs = out.getDimSize(1);
  int64_t tokenSize = tiles.tokens ? tiles.tokens : kTokenTile;
  int64_t outputSize = tiles.outputs;
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

/// Whether `op` is the product of a tile: of a part of what was arranged, or of
/// the kernel.
static bool isTile(ContractPackedOp op) {
  SmallVector<Value> operands(op.getActivations());
  operands.push_back(op.getKernel());
  return llvm::any_of(operands, [](Value operand) {
    auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>();
    return slice &&
           slice.getSourceType().getRank() == slice.getType().getRank();
  });
}

bool mlir::mml::isTokenTile(int64_t tokens) {
  constexpr int64_t mostTokens = 1 << 16, multiple = 16;
  return tokens >= 0 && tokens <= mostTokens && tokens % multiple == 0;
}

FailureOr<Operation *>
mlir::mml::fuseContraction(RewriterBase &rewriter, ContractPackedOp op,
                           const ContractionTiles &tiles) {
  SetVector<Operation *> chain = getChain(rewriter, op);
  FailureOr<SmallVector<OpFoldResult>> sizes = getTileSizes(op, tiles);
  if (failed(sizes))
    return failure();
  if (llvm::all_of(*sizes, [](OpFoldResult size) {
        return isConstantIntValue(size, 0);
      }))
    return nullptr;
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  int64_t depth = op.getLayout().getStorageDepth(kernel.getShape());
  int64_t outputs = cast<ShapedType>(op.getOut().getType()).getDimSize(1);
  bool isParallel = !op->getParentOfType<scf::ForallOp>() &&
                    (tiles.alwaysParallel || ShapedType::isDynamic(outputs) ||
                     depth * outputs >= kParallelTrits);

  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(*sizes);
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
    return op.emitOpError("cannot be tiled");
  for (OpResult value : chain.back()->getResults())
    rewriter.replaceAllUsesWith(value, result->replacements.lookup(value));
  // The size of a sum may still be asked for; canonicalization finds it
  // elsewhere.
  for (Operation *fused : llvm::reverse(chain.getArrayRef()))
    if (fused->use_empty())
      rewriter.eraseOp(fused);
  return result->loops.front().getOperation();
}

namespace {

struct FuseContractionsPass
    : mlir::mml::impl::FuseContractionsPassBase<FuseContractionsPass> {
  using FuseContractionsPassBase::FuseContractionsPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (!isTokenTile(tokenTile))
      return emitError(UnknownLoc::get(context))
             << "expected a token tile that is a multiple of 16 up to 65536 "
                "but got "
             << tokenTile.getValue();
    if (outputTile < 0)
      return emitError(UnknownLoc::get(context))
             << "expected an output tile of 0 or more but got "
             << outputTile.getValue();
    return success();
  }

  void runOnOperation() override {
    ContractionTiles tiles{tokenTile, outputTile, alwaysParallel};
    auto fuseOne = [&](RewriterBase &rewriter,
                       ContractPackedOp op) -> LogicalResult {
      // A schedule has been here, or this pass.
      if (isTile(op))
        return success();
      return fuseContraction(rewriter, op, tiles);
    };
    if (failed(fuseEach<ContractPackedOp>(getOperation(), fuseOne)))
      signalPassFailure();
  }
};

} // namespace
