//===- FuseContractions.cpp - Tiles of contractions and their use ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/TileAndFuse.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include <limits>

namespace mlir::mml {
#define GEN_PASS_DEF_FUSECONTRACTIONSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

bool mlir::mml::isWorthThreads(int64_t outputs, int64_t depth) {
  constexpr int64_t kParallelTrits = 1 << 18;
  return ShapedType::isDynamic(outputs) || depth * outputs >= kParallelTrits;
}

int64_t mlir::mml::getTileBlocks(std::optional<int64_t> tokens, int64_t blocks,
                                 bool isMixed, bool isParallel) {
  // The blocks of a tile of many tokens, unless there are few of them.
  const int64_t kTileBlocks = isMixed ? 8 : 4;
  constexpr int64_t kFewTokens = 16, kMostTiles = 24;
  // Without threads, as many as have sums of the size of other tiles.
  if (!isParallel)
    return std::min(blocks, kTileBlocks * kTokenTile /
                                std::clamp<int64_t>(tokens.value_or(kTokenTile),
                                                    1, kTokenTile));
  // Sums of the mixed kernel are those of a whole tile.
  if (tokens ? *tokens > kFewTokens : isMixed)
    return std::min(blocks, kTileBlocks);
  // Few tokens: the size that takes least time on 1, 2, 3, 4 and 8 threads
  // together, each of which has a run of tiles. To begin a tile takes some part
  // of the time of a block.
  constexpr double kBegin = 0.25;
  auto getTime = [&](int64_t size) {
    int64_t tiles = llvm::divideCeilSigned(blocks, size);
    double time = blocks + kBegin * tiles;
    for (int64_t threads : {2, 3, 4, 8})
      time +=
          threads * llvm::divideCeilSigned(tiles, threads) * (size + kBegin);
    return time;
  };
  int64_t least =
      std::max<int64_t>(llvm::divideCeilSigned(blocks, kMostTiles), 1);
  // So many that it is all the same, or not known how many.
  constexpr int64_t kMany = 1 << 16;
  if (blocks > kMany)
    return least;
  int64_t best = least;
  for (int64_t size = least; size < 2 * least + kTileBlocks; ++size)
    if (getTime(size) < getTime(best))
      best = size;
  return best;
}

int64_t mlir::mml::getFloatTileBlocks(int64_t blocks) {
  // Enough outputs to pay for the tables, in even shares for threads.
  constexpr int64_t kLeastBlocks = 8, kMostTiles = 24;
  int64_t tiles = std::clamp<int64_t>(blocks / kLeastBlocks, 1, kMostTiles);
  return llvm::divideCeilSigned(blocks, tiles);
}

static FailureOr<SmallVector<OpFoldResult>>
getTileSizes(ContractPackedOp op, const ContractionTiles &tiles,
             bool isParallel) {
  auto out = cast<RankedTensorType>(op.getOut().getType());
  int64_t rows = op.getLayout().getBlockRows();
  int64_t tokens = out.getDimSize(0), outputs = out.getDimSize(1);
  bool isFloat = op.getLayout().takesFloats();
  int64_t tokenSize = tiles.tokens ? tiles.tokens
                      : isFloat    ? kFloatTokenTile
                                   : kTokenTile;
  int64_t outputSize = tiles.outputs;
  if (outputSize % rows != 0)
    return op.emitOpError()
           << "expected an output tile that is a multiple of " << rows
           << ", the rows of the layout, but got " << outputSize;
  if (outputSize == 0) {
    std::optional<int64_t> knownTokens;
    if (!ShapedType::isDynamic(tokens) && !ShapedType::isDynamic(outputs))
      knownTokens = tokens;
    int64_t blocks = ShapedType::isDynamic(outputs)
                         ? std::numeric_limits<int32_t>::max()
                         : llvm::divideCeilSigned(outputs, rows);
    auto dot = dyn_cast<DotLayoutAttr>(op.getLayout());
    outputSize =
        rows * (isFloat ? getFloatTileBlocks(blocks)
                        : getTileBlocks(knownTokens, blocks,
                                        dot && dot.getMixed(), isParallel));
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
  SmallVector<Value> operands{op.getKernel()};
  // Floats that are read as they are may be a part of something else.
  if (!op.getLayout().takesFloats() ||
      op->getParentOfType<LoopLikeOpInterface>())
    llvm::append_range(operands, op.getActivations());
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
  SetVector<Operation *> chain = getContractionChain(rewriter, op);
  auto kernel = cast<ShapedType>(op.getKernel().getType());
  int64_t depth = op.getLayout().getStorageDepth(kernel.getShape());
  int64_t outputs = cast<ShapedType>(op.getOut().getType()).getDimSize(1);
  bool isParallel = !op->getParentOfType<scf::ForallOp>() &&
                    (tiles.alwaysParallel || isWorthThreads(outputs, depth));
  FailureOr<SmallVector<OpFoldResult>> sizes =
      getTileSizes(op, tiles, isParallel);
  if (failed(sizes))
    return failure();
  if (llvm::all_of(*sizes, [](OpFoldResult size) {
        return isConstantIntValue(size, 0);
      }))
    return nullptr;
  return tileContraction(rewriter, chain, *sizes, isParallel);
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
    ContractionTiles tiles;
    tiles.tokens = tokenTile;
    tiles.outputs = outputTile;
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
