//===- ManyTokens.cpp - Contractions of many tokens by mma.sync -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A warp multiplies 32 tokens by 32 outputs. Both operands of `mma.sync` may
// have the depth in any order that is the same on both sides: of 64 k, thread t
// of four takes the 16 from 16 t on. For an output these are one packed word,
// whose four fields are the registers of two steps; for a token they are 16
// bytes in a row. Columns are in an order of their own too, so that a thread
// reads the words of four neighbouring outputs at once. All that is read from
// shared memory is 16 bytes a lane and 512 in a row, without bank conflicts,
// and there is nothing left for `ldmatrix` to rearrange.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace mlir::mml;

/// Tiles of depth that are on their way, and the one that is used.
static constexpr int64_t kStages = 3;
/// What one copy moves.
static constexpr int64_t kCopyBytes = 16;
/// The tokens and outputs of a warp, those of an instruction, and how many of
/// them a warp has.
static constexpr int64_t kWarpTokens = 32, kMmaRows = 16, kMmaColumns = 8,
                         kRowTiles = kWarpTokens / kMmaRows,
                         kColumnTiles = DotTile::kRows / kMmaColumns,
                         kTileSums = 4;
/// Bytes of a tile of 16 tokens, and of a block of outputs, over 64 k.
static constexpr int64_t kTokenBytes =
                             DotTile::kTileTokens * DotTile::kTileDepth,
                         kOutputBytes =
                             DotTile::kRows * 4 * DotTile::kTileGroups;

/// Warps along the tokens.
static int64_t getTokenWarps(const DotTile &tile) {
  return llvm::divideCeil(tile.mostTokens, kWarpTokens);
}
static int64_t getTokenTiles(const DotTile &tile) {
  return getTokenWarps(tile) * kRowTiles;
}
static int64_t getStageBytes(const DotTile &tile) {
  return getTokenTiles(tile) * kTokenBytes +
         tile.getMostBlocks() * kOutputBytes;
}

int64_t mlir::mml::getManyTokensBytes(const DotTile &tile) {
  return kStages * getStageBytes(tile);
}

namespace {

class ManyTokens {
public:
  ManyTokens(BlockBuilder &builder, const DotTile &tile, const Chip &chip,
             Value stages)
      : k(builder), tile(tile), chip(chip), stages(stages),
        depthTiles(llvm::divideCeil(tile.groups, DotTile::kTileGroups)) {}

  void build();

private:
  using Sums = SmallVector<Value>;

  /// Starts to bring a tile of depth to its stage.
  void bring(Value depthTile);
  /// Copies 16 bytes, or makes them zeros where `isInside` is there and false.
  void copy(Value source, ValueRange sourceIndices, Value stage, Value byte,
            Value isInside);
  void closeGroup();
  void waitForStage();
  /// Multiplies a stage.
  Sums multiply(Value stage, ValueRange sums);
  /// One product of 16 tokens, 8 outputs and 32 k; rows g and g + 8.
  void mma(ArrayRef<Value> rows, ArrayRef<Value> columns,
           MutableArrayRef<Value> sums);
  void callMma(ArrayRef<int64_t> shape, ValueRange rows, ValueRange columns,
               MutableArrayRef<Value> sums);
  void write(ValueRange sums);
  Value getStage(Value depthTile) {
    return k.apply(k.d(0) % kStages, {depthTile});
  }

  BlockBuilder &k;
  const DotTile &tile;
  const Chip &chip;
  /// Stage, byte.
  Value stages;
  int64_t depthTiles;
  /// The place of this warp, and of this lane: its row or column, and which of
  /// four it is.
  Value tokenWarp, block, row, quarter;
};

} // namespace

void ManyTokens::copy(Value source, ValueRange sourceIndices, Value stage,
                      Value byte, Value isInside) {
  if (chip.hasAsyncCopies()) {
    Value count;
    if (isInside)
      count = arith::SelectOp::create(k.b, k.loc, isInside, k.index(kCopyBytes),
                                      k.index(0));
    nvgpu::DeviceAsyncCopyOp::create(
        k.b, k.loc, nvgpu::DeviceAsyncTokenType::get(k.b.getContext()), stages,
        ValueRange{stage, byte}, source, sourceIndices,
        k.b.getIndexAttr(kCopyBytes), count, k.b.getUnitAttr());
    return;
  }
  auto type = VectorType::get(kCopyBytes, k.b.getI8Type());
  Value bytes = vector::LoadOp::create(k.b, k.loc, type, source, sourceIndices,
                                       /*nontemporal=*/false,
                                       llvm::MaybeAlign(kCopyBytes));
  if (isInside)
    bytes = arith::SelectOp::create(
        k.b, k.loc, isInside, bytes,
        arith::ConstantOp::create(k.b, k.loc, k.b.getZeroAttr(type)));
  vector::StoreOp::create(k.b, k.loc, bytes, stages, ValueRange{stage, byte},
                          /*nontemporal=*/false, llvm::MaybeAlign(kCopyBytes));
}

void ManyTokens::closeGroup() {
  if (chip.hasAsyncCopies())
    nvgpu::DeviceAsyncCreateGroupOp::create(
        k.b, k.loc, nvgpu::DeviceAsyncTokenType::get(k.b.getContext()),
        ValueRange());
}

void ManyTokens::waitForStage() {
  if (chip.hasAsyncCopies())
    NVVM::CpAsyncWaitGroupOp::create(k.b, k.loc, kStages - 2);
  k.barrier();
}

void ManyTokens::bring(Value depthTile) {
  Value stage = getStage(depthTile);
  auto clamp = [&](Value index, OpFoldResult size) -> Value {
    Value last = k.apply(k.d(0) - 1, {size});
    return arith::MinUIOp::create(k.b, k.loc, index, last);
  };
  // The rows of a tile of tokens are in memory as they are read later.
  int64_t tokenChunks = getTokenTiles(tile) * kTokenBytes / kCopyBytes;
  constexpr int64_t kTileChunks = kTokenBytes / kCopyBytes;
  constexpr int64_t kRowChunks = DotTile::kTileDepth / kCopyBytes;
  for (int64_t first = 0; first < tokenChunks; first += k.threads) {
    Value chunk = k.apply(k.d(0) + first, {k.thread});
    auto move = [&] {
      Value tokenTile = k.apply(k.d(0).floorDiv(kTileChunks), {chunk});
      Value token =
          k.apply((k.d(0) % kTileChunks).floorDiv(kRowChunks), {chunk});
      Value byte = k.apply((k.d(0) % kRowChunks) * kCopyBytes, {chunk});
      OpFoldResult count = k.size(tile.tiles, 0);
      Value isInside;
      if (getConstantIntValue(count) != getTokenTiles(tile)) {
        isInside = k.isBelow(tokenTile, count);
        tokenTile = clamp(tokenTile, count);
      }
      copy(tile.tiles, {tokenTile, depthTile, token, byte}, stage,
           k.apply(k.d(0) * kCopyBytes, {chunk}), isInside);
    };
    if (first + k.threads <= tokenChunks)
      move();
    else
      k.when(k.isBelow(chunk, k.b.getIndexAttr(tokenChunks)), move);
  }
  // The words of four outputs go to the thread that reads them.
  int64_t outputChunks = tile.getMostBlocks() * kOutputBytes / kCopyBytes;
  constexpr int64_t kBlockChunks = kOutputBytes / kCopyBytes;
  assert(outputChunks <= k.threads && "a thread copies one chunk");
  auto move = [&] {
    Value outputBlock = k.apply(k.d(0).floorDiv(kBlockChunks), {k.thread});
    Value group =
        k.apply(k.d(0) * DotTile::kTileGroups + k.d(1) % DotTile::kTileGroups,
                {depthTile, k.thread});
    Value byte = k.apply(
        (k.d(0) % kBlockChunks).floorDiv(DotTile::kTileGroups) * kCopyBytes,
        {k.thread});
    OpFoldResult blocks = k.size(tile.packed, 0);
    Value isInside;
    if (getConstantIntValue(blocks) != tile.getMostBlocks()) {
      isInside = k.isBelow(outputBlock, blocks);
      outputBlock = clamp(outputBlock, blocks);
    }
    if (tile.groups % DotTile::kTileGroups != 0) {
      Value isGroup = k.isBelow(group, k.b.getIndexAttr(tile.groups));
      isInside = isInside ? k.both(isInside, isGroup) : isGroup;
      group = clamp(group, k.b.getIndexAttr(tile.groups));
    }
    copy(tile.packed, {outputBlock, group, byte}, stage,
         k.apply(k.d(0) * kCopyBytes + getTokenTiles(tile) * kTokenBytes,
                 {k.thread}),
         isInside);
  };
  if (outputChunks == k.threads)
    move();
  else
    k.when(k.isBelow(k.thread, k.b.getIndexAttr(outputChunks)), move);
}

void ManyTokens::callMma(ArrayRef<int64_t> shape, ValueRange rows,
                         ValueRange columns, MutableArrayRef<Value> sums) {
  SmallVector<Type> types(sums.size(), k.b.getI32Type());
  auto result = NVVM::MmaOp::create(
      k.b, k.loc, LLVM::LLVMStructType::getLiteral(k.b.getContext(), types),
      rows, columns, ValueRange(ArrayRef<Value>(sums)), shape,
      /*b1Op=*/std::nullopt, NVVM::MMAIntOverflow::wrapped,
      std::array<NVVM::MMATypes, 2>{NVVM::MMATypes::s8, NVVM::MMATypes::s8},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = LLVM::ExtractValueOp::create(k.b, k.loc, result.getResult(),
                                           ArrayRef<int64_t>(i));
}

void ManyTokens::mma(ArrayRef<Value> rows, ArrayRef<Value> columns,
                     MutableArrayRef<Value> sums) {
  if (chip.hasByteMma())
    return callMma({16, 8, 32}, rows, columns, sums);
  // The same by products of 8 tokens and 16 k.
  for (size_t half = 0; half < 2; ++half)
    for (size_t step = 0; step < 2; ++step)
      callMma({8, 8, 16}, rows[2 * step + half], columns[step],
              sums.slice(2 * half, 2));
}

ManyTokens::Sums ManyTokens::multiply(Value stage, ValueRange args) {
  Sums sums(args);
  SmallVector<Value> words = k.loadWords(
      stages, {stage, k.apply(k.d(0) * kOutputBytes +
                                  k.d(1) % kWarpThreads * kCopyBytes +
                                  getTokenTiles(tile) * kTokenBytes,
                              {block, k.thread})});
  // For each token 16 bytes: those of both steps.
  SmallVector<std::array<SmallVector<Value>, 2>> tokens(kRowTiles);
  for (int64_t rowTile = 0; rowTile < kRowTiles; ++rowTile)
    for (int64_t half = 0; half < 2; ++half)
      tokens[rowTile][half] = k.loadWords(
          stages,
          {stage,
           k.apply(k.d(0) * (kRowTiles * kTokenBytes) +
                       k.d(1) * DotTile::kTileDepth + k.d(2) * kCopyBytes +
                       rowTile * kTokenBytes + half * (kTokenBytes / 2),
                   {tokenWarp, row, quarter})});
  for (int64_t column = 0; column < kColumnTiles; ++column)
    for (int64_t step = 0; step < 2; ++step) {
      Value codes[] = {k.getCodes(words[column], 2 * step),
                       k.getCodes(words[column], 2 * step + 1)};
      for (int64_t rowTile = 0; rowTile < kRowTiles; ++rowTile) {
        auto &[low, high] = tokens[rowTile];
        mma({low[2 * step], high[2 * step], low[2 * step + 1],
             high[2 * step + 1]},
            codes,
            MutableArrayRef<Value>(sums).slice(
                (rowTile * kColumnTiles + column) * kTileSums, kTileSums));
      }
    }
  return sums;
}

void ManyTokens::write(ValueRange sums) {
  for (int64_t rowTile = 0; rowTile < kRowTiles; ++rowTile)
    for (int64_t half = 0; half < 2; ++half) {
      Value inTile = k.apply(k.d(0) + 8 * half, {row});
      Value tokenTile = k.apply(k.d(0) * kRowTiles + rowTile, {tokenWarp});
      Value token =
          k.apply(k.d(0) * DotTile::kTileTokens + k.d(1), {tokenTile, inTile});
      auto writeRow = [&] {
        Value tokenSum = memref::LoadOp::create(k.b, k.loc, tile.tokenSums,
                                                ValueRange{tokenTile, inTile});
        // Thread t has the outputs from 8 t on, four of either column.
        for (int64_t side = 0; side < 2; ++side)
          for (int64_t column = 0; column < kColumnTiles; ++column) {
            Value output = k.apply(k.d(0) * DotTile::kRows + k.d(1) * 8 +
                                       (4 * side + column),
                                   {block, quarter});
            Value sum =
                k.sub(sums[(rowTile * kColumnTiles + column) * kTileSums +
                           2 * half + side],
                      tokenSum);
            auto store = [&] {
              memref::StoreOp::create(k.b, k.loc, sum, tile.out,
                                      ValueRange{token, output});
            };
            if (getConstantIntValue(tile.outputs) ==
                tile.getMostBlocks() * DotTile::kRows)
              store();
            else
              k.when(k.isBelow(output, tile.outputs), store);
          }
      };
      if (getConstantIntValue(tile.tokens) == getTokenWarps(tile) * kWarpTokens)
        writeRow();
      else
        k.when(k.isBelow(token, tile.tokens), writeRow);
    }
}

void ManyTokens::build() {
  int64_t blocks = tile.getMostBlocks();
  Value warp = k.apply(k.d(0).floorDiv(kWarpThreads), {k.thread});
  block = k.apply(k.d(0) % blocks, {warp});
  tokenWarp = k.apply(k.d(0).floorDiv(blocks), {warp});
  row = k.apply((k.d(0) % kWarpThreads).floorDiv(4), {k.thread});
  quarter = k.apply(k.d(0) % 4, {k.thread});
  // Warps that have no outputs of their own only bring.
  int64_t warps = getTokenWarps(tile) * blocks;
  assert(warps * kWarpThreads <= k.threads && "a tile is too large");
  bool isEveryWarpNeeded = warps * kWarpThreads == k.threads;
  Value isNeeded =
      isEveryWarpNeeded ? Value() : k.isBelow(warp, k.b.getIndexAttr(warps));

  for (int64_t stage = 0; stage < kStages - 1; ++stage) {
    if (stage < depthTiles)
      bring(k.index(stage));
    closeGroup();
  }
  Sums zeros(kRowTiles * kColumnTiles * kTileSums, k.i32(0));
  Sums sums = k.loop(
      k.b.getIndexAttr(0), k.b.getIndexAttr(depthTiles), 1, zeros,
      [&](Value depthTile, ValueRange args) {
        waitForStage();
        Value next = k.apply(k.d(0) + (kStages - 1), {depthTile});
        k.when(k.isBelow(next, k.b.getIndexAttr(depthTiles)),
               [&] { bring(next); });
        closeGroup();
        auto step = [&] { return multiply(getStage(depthTile), args); };
        return isEveryWarpNeeded ? step() : k.choose(isNeeded, step, args);
      });
  // Sums in shared memory go where the stages are.
  if (gpu::GPUDialect::isWorkgroupMemoryAddressSpace(
          cast<MemRefType>(tile.out.getType()).getMemorySpace()))
    k.barrier();
  if (isEveryWarpNeeded)
    write(sums);
  else
    k.when(isNeeded, [&] { write(sums); });
}

void mlir::mml::buildManyTokens(BlockBuilder &builder, SharedMemory &shared,
                                int64_t offset, const DotTile &tile,
                                const Chip &chip) {
  Value stages = shared.get(
      builder.b, builder.loc,
      MemRefType::get({kStages, getStageBytes(tile)}, builder.b.getI8Type()),
      offset);
  ManyTokens(builder, tile, chip, stages).build();
}
