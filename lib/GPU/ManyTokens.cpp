//===- ManyTokens.cpp - Contractions of many tokens by mma.sync -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Both operands come to shared memory some tiles of depth ahead, and are used
// there by several warps: a warp multiplies 32 or 64 tokens by one or two
// blocks of 32 outputs, whose words it unpacks once for all tokens. All that is
// read from shared memory is 16 bytes a lane and 512 in a row, without bank
// conflicts, and there is nothing left for `ldmatrix` to rearrange.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace mlir::mml;

/// Tiles of depth that are on their way, and the one that is used.
static constexpr int64_t kStages = 4;
/// What one copy moves.
static constexpr int64_t kCopyBytes = 16;
/// Bytes of a tile of 16 tokens, and of a block of outputs, over 64 k.
static constexpr int64_t kTokenBytes =
                             DotTile::kTileTokens * DotTile::kTileDepth,
                         kOutputBytes =
                             DotTile::kRows * 4 * DotTile::kTileGroups;

namespace {

class ManyTokens {
public:
  ManyTokens(BlockBuilder &builder, const DotTile &tile, const DotPlan &plan,
             const Chip &chip)
      : k(builder), tile(tile), chip(chip), lanes(builder, tile),
        outputWarps(plan.outputWarps), tokenWarps(plan.tokenWarps),
        warpBlocks(llvm::divideCeil(plan.blocks, plan.outputWarps)),
        warpTokens(plan.warpTokens),
        eights(plan.warpTokens / DotLanes::kMmaTokens), quads(plan.getQuads()) {
    outputWarp = k.apply(k.d(0) % outputWarps, {lanes.warp});
    tokenWarp = k.apply(k.d(0).floorDiv(outputWarps), {lanes.warp});
  }

  /// Computes the tile, or a part of its depth that goes to memory.
  void build(SharedMemory &shared, const DepthParts *parts);
  /// Adds up the parts of number `quad` of each lane's quads.
  void addParts(const DepthParts &parts, Value quad);

private:
  using Sums = SmallVector<Value>;

  /// Starts to bring a tile of depth to its stage.
  void bring(Value depthTile);
  void bringTokens(Value depthTile, Value stage);
  void bringWords(Value depthTile, Value stage);
  /// Copies 16 bytes, or makes them zeros where `isInside` is there and false.
  void copy(Value source, ValueRange sourceIndices, Value stage, Value byte,
            Value isInside);
  /// Shares the copies number 0 to before `count` among the threads.
  void shareCopies(int64_t count, llvm::function_ref<void(Value)> body);
  void closeGroup();
  void waitForStage();
  /// Multiplies a stage.
  Sums multiply(Value stage, ValueRange sums);
  /// The sums of the tiles of depth from `first` to before `end`, of which
  /// there are at least `least`.
  Sums sumUp(OpFoldResult first, OpFoldResult end, int64_t least);
  void write(SharedMemory &shared, ArrayRef<Value> sums);
  /// The first output and the token of a quad of this lane.
  std::pair<Value, Value> getPlace(Value quad);

  Value getStage(Value depthTile) {
    return k.apply(k.d(0) % kStages, {depthTile});
  }
  int64_t getTokenTiles() const {
    return tokenWarps * warpTokens / DotTile::kTileTokens;
  }
  int64_t getTokenBytes() const { return getTokenTiles() * kTokenBytes; }
  int64_t getBlocks() const { return outputWarps * warpBlocks; }
  /// Block number `i` of this warp.
  Value getBlock(int64_t i) {
    return k.apply(k.d(0) * warpBlocks + i, {outputWarp});
  }

  BlockBuilder &k;
  const DotTile &tile;
  const Chip &chip;
  DotLanes lanes;
  /// The warps along outputs and tokens, the blocks of outputs of a warp, its
  /// tokens, and its products along them.
  int64_t outputWarps, tokenWarps, warpBlocks, warpTokens, eights;
  /// The quads of sums of a lane.
  int64_t quads;
  /// Stage, byte.
  Value stages;
  /// The place of this warp.
  Value outputWarp, tokenWarp;
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

void ManyTokens::shareCopies(int64_t count,
                             llvm::function_ref<void(Value)> body) {
  for (int64_t first = 0; first < count; first += k.threads) {
    Value number = k.apply(k.d(0) + first, {k.thread});
    if (first + k.threads <= count)
      body(number);
    else
      k.when(k.isBelow(number, k.b.getIndexAttr(count)), [&] { body(number); });
  }
}

void ManyTokens::bringTokens(Value depthTile, Value stage) {
  // The rows of a tile of tokens are in memory as they are read later. What is
  // read of tokens that are not there does not matter, but has to be.
  constexpr int64_t kTileChunks = kTokenBytes / kCopyBytes;
  constexpr int64_t kRowChunks = DotTile::kTileDepth / kCopyBytes;
  OpFoldResult count = k.size(tile.tiles, 0);
  Value last = k.apply(k.d(0) - 1, {count});
  shareCopies(getTokenTiles() * kTileChunks, [&](Value chunk) {
    Value tokenTile = k.apply(k.d(0).floorDiv(kTileChunks), {chunk});
    Value token = k.apply((k.d(0) % kTileChunks).floorDiv(kRowChunks), {chunk});
    Value byte = k.apply((k.d(0) % kRowChunks) * kCopyBytes, {chunk});
    if (getConstantIntValue(count) != getTokenTiles())
      tokenTile = arith::MinUIOp::create(k.b, k.loc, tokenTile, last);
    copy(tile.tiles, {tokenTile, depthTile, token, byte}, stage,
         k.apply(k.d(0) * kCopyBytes, {chunk}), /*isInside=*/Value());
  });
}

void ManyTokens::bringWords(Value depthTile, Value stage) {
  // The words of four outputs go to where the lane reads them.
  constexpr int64_t kBlockChunks = kOutputBytes / kCopyBytes;
  OpFoldResult blocks = k.size(tile.packed, 0);
  auto clamp = [&](Value index, OpFoldResult size) -> Value {
    Value last = k.apply(k.d(0) - 1, {size});
    return arith::MinUIOp::create(k.b, k.loc, index, last);
  };
  shareCopies(getBlocks() * kBlockChunks, [&](Value chunk) {
    Value block = k.apply(k.d(0).floorDiv(kBlockChunks), {chunk});
    Value group =
        k.apply(k.d(0) * DotTile::kTileGroups + k.d(1) % DotTile::kTileGroups,
                {depthTile, chunk});
    Value byte = k.apply(
        (k.d(0) % kBlockChunks).floorDiv(DotTile::kTileGroups) * kCopyBytes,
        {chunk});
    Value isInside;
    if (getConstantIntValue(blocks) != getBlocks()) {
      isInside = k.isBelow(block, blocks);
      block = clamp(block, blocks);
    }
    if (tile.groups % DotTile::kTileGroups != 0) {
      Value isGroup = k.isBelow(group, k.b.getIndexAttr(tile.groups));
      isInside = isInside ? k.both(isInside, isGroup) : isGroup;
      group = clamp(group, k.b.getIndexAttr(tile.groups));
    }
    copy(tile.packed, {block, group, byte}, stage,
         k.apply(k.d(0) * kCopyBytes + getTokenBytes(), {chunk}), isInside);
  });
}

void ManyTokens::bring(Value depthTile) {
  Value stage = getStage(depthTile);
  bringTokens(depthTile, stage);
  bringWords(depthTile, stage);
}

ManyTokens::Sums ManyTokens::multiply(Value stage, ValueRange args) {
  Sums sums(args);
  SmallVector<SmallVector<SmallVector<Value>>> codes;
  for (int64_t i = 0; i < warpBlocks; ++i)
    codes.push_back(lanes.getCodes(k.loadWords(
        stages, {stage, k.apply(k.d(0) * kOutputBytes +
                                    k.d(1) % kWarpThreads * kCopyBytes +
                                    getTokenBytes(),
                                {getBlock(i), k.thread})})));
  for (int64_t eight = 0; eight < eights; ++eight) {
    SmallVector<Value> tokens = k.loadWords(
        stages, {stage, k.apply((k.d(0) * warpTokens +
                                 eight * DotLanes::kMmaTokens + k.d(1)) *
                                        DotTile::kTileDepth +
                                    k.d(2) * kCopyBytes,
                                {tokenWarp, lanes.row, lanes.quarter})});
    for (int64_t i = 0; i < warpBlocks; ++i)
      lanes.multiply(chip, codes[i], tokens,
                     MutableArrayRef<Value>(sums).slice(
                         (i * eights + eight) * DotLanes::kBlockSums,
                         DotLanes::kBlockSums));
  }
  return sums;
}

std::pair<Value, Value> ManyTokens::getPlace(Value quad) {
  int64_t quads = eights * DotLanes::kLaneTokens;
  Value output =
      k.apply((k.d(0) * warpBlocks + k.d(1).floorDiv(quads)) * DotTile::kRows +
                  k.d(2) * DotTile::kQuad,
              {outputWarp, quad, lanes.row});
  Value place = k.apply(k.d(0) * quads + k.d(1) % quads, {tokenWarp, quad});
  return {output, lanes.getToken(place)};
}

void ManyTokens::write(SharedMemory &shared, ArrayRef<Value> sums) {
  Value warp = k.apply(k.d(0) * outputWarps + k.d(1), {tokenWarp, outputWarp});
  lanes.finish(shared, sums, warp, tokenWarps * outputWarps, k.index(0),
               /*slices=*/1, getBlocks() * DotTile::kRows,
               tokenWarps * warpTokens,
               [&](Value quad) { return getPlace(quad); });
}

ManyTokens::Sums ManyTokens::sumUp(OpFoldResult first, OpFoldResult end,
                                   int64_t least) {
  for (int64_t stage = 0; stage < kStages - 1; ++stage) {
    Value depthTile = k.apply(k.d(0) + stage, {first});
    if (stage < least)
      bring(depthTile);
    else if (!getConstantIntValue(end))
      k.when(k.isBelow(depthTile, end), [&] { bring(depthTile); });
    closeGroup();
  }
  Sums zeros(quads * DotTile::kQuad, k.i32(0));
  return k.loop(first, end, 1, zeros, [&](Value depthTile, ValueRange args) {
    waitForStage();
    Value next = k.apply(k.d(0) + (kStages - 1), {depthTile});
    k.when(k.isBelow(next, end), [&] { bring(next); });
    closeGroup();
    return multiply(getStage(depthTile), args);
  });
}

void ManyTokens::build(SharedMemory &shared, const DepthParts *parts) {
  int64_t depthTiles = tile.getDepthTiles();
  stages = shared.get(
      k.b, k.loc,
      MemRefType::get({kStages, getTokenBytes() + getBlocks() * kOutputBytes},
                      k.b.getI8Type()),
      /*offset=*/0);
  if (!parts) {
    Sums sums =
        sumUp(k.b.getIndexAttr(0), k.b.getIndexAttr(depthTiles), depthTiles);
    // Sums go to where the stages are.
    k.barrier();
    return write(shared, sums);
  }
  int64_t steps = llvm::divideCeil(depthTiles, parts->count);
  int64_t least = depthTiles - steps * (parts->count - 1);
  Value first = k.apply(k.d(0) * steps, {parts->part});
  Value end = k.apply(k.d(0) + steps, {first});
  if (least < steps)
    end = arith::MinUIOp::create(k.b, k.loc, end, k.index(depthTiles));
  Sums sums = sumUp(first, end, least);
  for (int64_t quad = 0; quad < quads; ++quad) {
    Value vector = vector::FromElementsOp::create(
        k.b, k.loc, VectorType::get(DotTile::kQuad, k.b.getI32Type()),
        DotLanes::getQuad(sums, quad));
    vector::StoreOp::create(k.b, k.loc, vector, parts->sums,
                            ValueRange{parts->tile, k.index(quad), parts->part,
                                       k.thread, k.index(0)},
                            /*nontemporal=*/false, llvm::MaybeAlign(16));
  }
}

void ManyTokens::addParts(const DepthParts &parts, Value quad) {
  auto [output, token] = getPlace(quad);
  Value sum;
  for (int64_t part = 0; part < parts.count; ++part) {
    Value vector = vector::LoadOp::create(
        k.b, k.loc, VectorType::get(DotTile::kQuad, k.b.getI32Type()),
        parts.sums,
        ValueRange{parts.tile, quad, k.index(part), k.thread, k.index(0)},
        /*nontemporal=*/false, llvm::MaybeAlign(16));
    sum = sum ? k.add(sum, vector) : vector;
  }
  lanes.finishVector(output, token, sum, getBlocks() * DotTile::kRows,
                     tokenWarps * warpTokens);
}

void mlir::mml::buildManyTokens(BlockBuilder &builder, SharedMemory &shared,
                                const DotTile &tile, const DotPlan &plan,
                                const Chip &chip, const DepthParts *parts) {
  ManyTokens(builder, tile, plan, chip).build(shared, parts);
}

void mlir::mml::buildAddParts(BlockBuilder &builder, const DotTile &tile,
                              const DotPlan &plan, const Chip &chip,
                              const DepthParts &parts, Value quad) {
  ManyTokens(builder, tile, plan, chip).addParts(parts, quad);
}
