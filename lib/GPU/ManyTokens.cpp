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
// blocks of 32 outputs, whose words it unpacks once for all tokens.
//
// `ldmatrix` hands lane t of four the activations 4t to 4t + 3 of each of four
// groups of 16 k. Of an output these are field t of four words, which the four
// lanes read together. So a product's depth is in another order here than where
// both come straight from global memory (DotTile.cpp): the field is the lane's,
// and groups take the place of fields. In shared memory a row is four groups of
// 16 bytes, of a token or of the words of four outputs. Group j of row g is in
// place j ^ (g / 2) of its four, so that neither the eight rows that are read
// at once nor those that a warp copies share a bank.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace mlir::mml;

/// Tiles of depth that are on their way, and the one that is used.
static constexpr int64_t kStages = 4;
static_assert(llvm::isPowerOf2_64(kStages), "stages are told by a mask");
/// What one copy moves.
static constexpr int64_t kCopyBytes = 16;
/// Of a token over 64 k, and of the words of four outputs, by groups of 16 k.
static constexpr int64_t kRowBytes = kCopyBytes * DotTile::kTileGroups;
static_assert(kRowBytes == DotTile::kTileDepth);
/// Bytes of a product's tokens.
static constexpr int64_t kEightBytes = DotLanes::kMmaTokens * kRowBytes;
/// The rows of a block of outputs.
static constexpr int64_t kBlockRows = DotTile::kRows / DotTile::kQuad;
/// `ldmatrix` reads four matrices at once, of eight rows of what one copy
/// moves.
static constexpr int64_t kMatrices = DotTile::kTileGroups, kMatrixRows = 8;

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
    Value lane = k.apply(k.d(0) % kWarpThreads, {k.thread});
    rowByte = getRowByte(k.apply(k.d(0) % kMatrixRows, {lane}),
                         k.apply(k.d(0).floorDiv(kMatrixRows), {lane}));
    fieldShift = arith::IndexCastUIOp::create(
        k.b, k.loc, k.b.getI32Type(), k.apply(k.d(0) * 2, {lanes.quarter}));
  }

  /// Computes the tile, or a part of its depth that goes to memory.
  void build(SharedMemory &shared, const DepthParts *parts);
  /// Adds up the parts of number `quad` of each lane's quads.
  void addParts(const DepthParts &parts, Value quad);

private:
  using Sums = SmallVector<Value>;

  /// Starts to bring a tile of depth to its stage.
  void bring(Value depthTile, Value stage);
  void bringTokens(Value depthTile, Value stage);
  void bringWords(Value depthTile, Value stage);
  /// Copies 16 bytes, or makes them zeros where `isInside` is there and false.
  void copy(Value source, ValueRange sourceIndices, Value stage, Value byte,
            Value isInside);
  /// Shares the copies number 0 to before `count` among the threads.
  void shareCopies(int64_t count, llvm::function_ref<void(Value)> body);
  /// `index` if it is below `size`, else the last one that is.
  Value clamp(Value index, OpFoldResult size) {
    Value last = k.apply(k.d(0) - 1, {size});
    return arith::MinUIOp::create(k.b, k.loc, index, last);
  }
  void closeGroup();
  void waitForStage();
  /// The byte of a group of 16 k of token number `row`, or of four outputs,
  /// behind the first one of a stage.
  Value getRowByte(Value row, Value group);
  /// The words of this lane for the tokens of product number `eight` of this
  /// warp, by groups.
  SmallVector<Value> loadTokens(Value stage, int64_t eight);
  /// The codes of this lane of block number `i` of this warp, for each of its
  /// outputs by groups.
  SmallVector<SmallVector<Value>> loadCodes(Value stage, int64_t i);
  /// Multiplies a stage.
  Sums multiply(Value stage, ValueRange sums);
  /// The sums of the tiles of depth from `first` to before `end`, of which
  /// there are at least `least`.
  Sums sumUp(OpFoldResult first, OpFoldResult end, int64_t least);
  void write(SharedMemory &shared, ArrayRef<Value> sums);
  /// The first output and the token of a quad of this lane.
  std::pair<Value, Value> getPlace(Value quad);

  /// The stage of the tile of depth that is `ahead` behind tile `tile`, or
  /// behind one in stage `tile`.
  Value getStage(OpFoldResult tile, int64_t ahead = 0) {
    return arith::AndIOp::create(k.b, k.loc, k.apply(k.d(0) + ahead, {tile}),
                                 k.index(kStages - 1));
  }
  int64_t getTokens() const { return tokenWarps * warpTokens; }
  int64_t getTokenBytes() const { return getTokens() * kRowBytes; }
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
  /// In the tokens of a product, the row that this lane points `ldmatrix` at.
  Value rowByte;
  /// The bits below this lane's field.
  Value fieldShift;
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
        k.b.getIndexAttr(kCopyBytes), count, /*bypassL1=*/k.b.getUnitAttr());
    return;
  }
  auto type = VectorType::get(kCopyBytes, k.b.getI8Type());
  Value data = vector::LoadOp::create(k.b, k.loc, type, source, sourceIndices,
                                      /*nontemporal=*/false,
                                      llvm::MaybeAlign(kCopyBytes));
  if (isInside)
    data = arith::SelectOp::create(
        k.b, k.loc, isInside, data,
        arith::ConstantOp::create(k.b, k.loc, k.b.getZeroAttr(type)));
  vector::StoreOp::create(k.b, k.loc, data, stages, ValueRange{stage, byte},
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

Value ManyTokens::getRowByte(Value row, Value group) {
  Value place = arith::XOrIOp::create(
      k.b, k.loc, group, k.apply((k.d(0) % kMatrixRows).floorDiv(2), {row}));
  return k.apply(k.d(0) * kRowBytes + k.d(1) * kCopyBytes, {row, place});
}

void ManyTokens::bringTokens(Value depthTile, Value stage) {
  // What is read of tokens that are not there does not matter, but has to be.
  constexpr int64_t kGroups = DotTile::kTileGroups,
                    kTileChunks = DotTile::kTileTokens * kGroups;
  OpFoldResult count = k.size(tile.tiles, 0);
  shareCopies(getTokens() * kGroups, [&](Value chunk) {
    Value tokenTile = k.apply(k.d(0).floorDiv(kTileChunks), {chunk});
    Value token = k.apply((k.d(0) % kTileChunks).floorDiv(kGroups), {chunk});
    Value group = k.apply(k.d(0) % kGroups, {chunk});
    if (getConstantIntValue(count) != getTokens() / DotTile::kTileTokens)
      tokenTile = clamp(tokenTile, count);
    copy(tile.tiles,
         {tokenTile, depthTile, token, k.apply(k.d(0) * kCopyBytes, {group})},
         stage, getRowByte(k.apply(k.d(0).floorDiv(kGroups), {chunk}), group),
         /*isInside=*/Value());
  });
}

void ManyTokens::bringWords(Value depthTile, Value stage) {
  // The words of four outputs of one group.
  constexpr int64_t kGroups = DotTile::kTileGroups;
  OpFoldResult blocks = k.size(tile.packed, 0);
  shareCopies(getBlocks() * kBlockRows * kGroups, [&](Value chunk) {
    Value row = k.apply(k.d(0).floorDiv(kGroups), {chunk}),
          groupInTile = k.apply(k.d(0) % kGroups, {chunk});
    Value block = k.apply(k.d(0).floorDiv(kBlockRows), {row});
    Value group = k.apply(k.d(0) * kGroups + k.d(1), {depthTile, groupInTile});
    Value byte = k.apply((k.d(0) % kBlockRows) * kCopyBytes, {row});
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
         k.apply(k.d(0) + getTokenBytes(), {getRowByte(row, groupInTile)}),
         isInside);
  });
}

void ManyTokens::bring(Value depthTile, Value stage) {
  bringTokens(depthTile, stage);
  bringWords(depthTile, stage);
}

SmallVector<Value> ManyTokens::loadTokens(Value stage, int64_t eight) {
  Value byte = k.apply((k.d(0) * eights + eight) * kEightBytes + k.d(1),
                       {tokenWarp, rowByte});
  auto type = VectorType::get({kMatrices, 4}, k.b.getI8Type());
  Value matrices = nvgpu::LdMatrixOp::create(k.b, k.loc, type, stages,
                                             ValueRange{stage, byte},
                                             /*transpose=*/false, kMatrices);
  SmallVector<Value> words;
  for (int64_t matrix = 0; matrix < kMatrices; ++matrix)
    words.push_back(LLVM::BitcastOp::create(
        k.b, k.loc, k.b.getI32Type(),
        vector::ExtractOp::create(k.b, k.loc, matrices, matrix)));
  return words;
}

SmallVector<SmallVector<Value>> ManyTokens::loadCodes(Value stage, int64_t i) {
  SmallVector<SmallVector<Value>> codes(DotTile::kQuad);
  for (int64_t group = 0; group < DotTile::kTileGroups; ++group) {
    Value byte =
        k.apply(k.d(0) * kBlockRows * kRowBytes + k.d(1) + getTokenBytes(),
                {getBlock(i), getRowByte(lanes.row, k.index(group))});
    for (auto [word, output] :
         llvm::zip_equal(k.loadWords(stages, {stage, byte}), codes))
      output.push_back(k.getCodes(
          arith::ShRUIOp::create(k.b, k.loc, word, fieldShift), /*field=*/0));
  }
  return codes;
}

ManyTokens::Sums ManyTokens::multiply(Value stage, ValueRange args) {
  Sums sums(args);
  SmallVector<SmallVector<SmallVector<Value>>> codes;
  for (int64_t i = 0; i < warpBlocks; ++i)
    codes.push_back(loadCodes(stage, i));
  for (int64_t eight = 0; eight < eights; ++eight) {
    SmallVector<Value> tokens = loadTokens(stage, eight);
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
               /*slices=*/1, getBlocks() * DotTile::kRows, getTokens(),
               [&](Value quad) { return getPlace(quad); });
}

ManyTokens::Sums ManyTokens::sumUp(OpFoldResult first, OpFoldResult end,
                                   int64_t least) {
  for (int64_t stage = 0; stage < kStages - 1; ++stage) {
    Value depthTile = k.apply(k.d(0) + stage, {first});
    if (stage < least)
      bring(depthTile, getStage(depthTile));
    else if (!getConstantIntValue(end))
      k.when(k.isBelow(depthTile, end),
             [&] { bring(depthTile, getStage(depthTile)); });
    closeGroup();
  }
  // The stage is a value of the loop of its own: where it follows from the
  // tile, LLVM takes the loop's addresses apart and keeps a register for each.
  Sums start(quads * DotTile::kQuad, k.i32(0));
  start.push_back(getStage(first));
  Sums sums =
      k.loop(first, end, 1, start, [&](Value depthTile, ValueRange args) {
        Value stage = args.back();
        waitForStage();
        Value next = k.apply(k.d(0) + (kStages - 1), {depthTile});
        k.when(k.isBelow(next, end),
               [&] { bring(next, getStage(stage, kStages - 1)); });
        closeGroup();
        Sums results = multiply(stage, args.drop_back());
        results.push_back(getStage(stage, 1));
        return results;
      });
  sums.pop_back();
  return sums;
}

void ManyTokens::build(SharedMemory &shared, const DepthParts *parts) {
  int64_t depthTiles = tile.getDepthTiles();
  stages = shared.get(
      k.b, k.loc,
      MemRefType::get(
          {kStages, getTokenBytes() + getBlocks() * kBlockRows * kRowBytes},
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
                     getTokens());
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
