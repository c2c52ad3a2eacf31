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
// Lane t of four multiplies the 16 k from 16t on, as the words of an output
// have it (DotTile.cpp). `ldmatrix` hands it word t of a row of 16 bytes, of
// each of four matrices. So the copies of tokens to shared memory move single
// words: word j of lane t goes to matrix j, whose row of token g is in place
// g ^ 2j of its eight. Thus neither the 32 words that a warp copies from two
// tokens nor the eight rows of a matrix share a bank. Words of outputs are
// copied and read 16 bytes a lane and 512 in a row: a row of 16 bytes has four
// outputs of one group of k, where `ldmatrix` would need four groups of one
// output.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace mlir::mml;

/// Tiles of depth that are on their way, and the one that is used.
static constexpr int64_t kStages = 4;
static_assert(llvm::isPowerOf2_64(kStages), "stages are told by a mask");
/// What one copy moves of outputs, and of tokens.
static constexpr int64_t kCopyBytes = 16, kWordBytes = 4;
/// Bytes of a token, of a product's tokens, and of a block of outputs, over
/// 64 k.
static constexpr int64_t kTokenBytes = DotTile::kTileDepth,
                         kEightBytes = DotLanes::kMmaTokens * kTokenBytes,
                         kOutputBytes =
                             DotTile::kRows * 4 * DotTile::kTileGroups;
static constexpr int64_t kTokenWords = kTokenBytes / kWordBytes,
                         kEightWords = kEightBytes / kWordBytes;
/// `ldmatrix` reads four matrices at once, of eight rows of 16 bytes.
static constexpr int64_t kMatrices = 4, kMatrixRows = 8, kRowBytes = 16;

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
  void bring(Value depthTile, Value stage);
  void bringTokens(Value depthTile, Value stage);
  void bringWords(Value depthTile, Value stage);
  /// Copies `bytes`, or makes them zeros where `isInside` is there and false.
  void copy(int64_t bytes, Value source, ValueRange sourceIndices, Value stage,
            Value byte, Value isInside);
  /// Shares the copies number 0 to before `count` among the threads; `body` is
  /// handed the number of a copy, and by how much that is beyond its thread's.
  void shareCopies(int64_t count,
                   llvm::function_ref<void(Value, int64_t)> body);
  /// `index` if it is below `size`, else the last one that is.
  Value clamp(Value index, OpFoldResult size) {
    Value last = k.apply(k.d(0) - 1, {size});
    return arith::MinUIOp::create(k.b, k.loc, index, last);
  }
  void closeGroup();
  void waitForStage();
  /// Finds where this thread copies tokens to, and reads them from.
  void findTokenBytes();
  /// The byte of row number `row` of matrix number `matrix` among the tokens of
  /// a product.
  Value getRowByte(Value matrix, Value row);
  /// The byte of word number `first` plus this thread's number.
  Value getWordByte(int64_t first);
  /// The bytes of this lane for the tokens of product number `eight` of this
  /// warp.
  SmallVector<Value> loadTokens(Value stage, int64_t eight);
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
  int64_t getTokenBytes() const { return getTokens() * kTokenBytes; }
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
  /// In an eight, the row that this lane points `ldmatrix` at.
  Value rowByte;
  /// What `getWordByte` gives for each place that copies begin at in an eight.
  SmallVector<Value> wordBytes;
};

} // namespace

void ManyTokens::copy(int64_t bytes, Value source, ValueRange sourceIndices,
                      Value stage, Value byte, Value isInside) {
  if (chip.hasAsyncCopies()) {
    Value count;
    if (isInside)
      count = arith::SelectOp::create(k.b, k.loc, isInside, k.index(bytes),
                                      k.index(0));
    // Only copies of 16 bytes can go past the first cache.
    nvgpu::DeviceAsyncCopyOp::create(
        k.b, k.loc, nvgpu::DeviceAsyncTokenType::get(k.b.getContext()), stages,
        ValueRange{stage, byte}, source, sourceIndices, k.b.getIndexAttr(bytes),
        count, bytes == kCopyBytes ? k.b.getUnitAttr() : UnitAttr());
    return;
  }
  auto type = VectorType::get(bytes, k.b.getI8Type());
  Value data =
      vector::LoadOp::create(k.b, k.loc, type, source, sourceIndices,
                             /*nontemporal=*/false, llvm::MaybeAlign(bytes));
  if (isInside)
    data = arith::SelectOp::create(
        k.b, k.loc, isInside, data,
        arith::ConstantOp::create(k.b, k.loc, k.b.getZeroAttr(type)));
  vector::StoreOp::create(k.b, k.loc, data, stages, ValueRange{stage, byte},
                          /*nontemporal=*/false, llvm::MaybeAlign(bytes));
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
                             llvm::function_ref<void(Value, int64_t)> body) {
  for (int64_t first = 0; first < count; first += k.threads) {
    Value number = k.apply(k.d(0) + first, {k.thread});
    if (first + k.threads <= count)
      body(number, first);
    else
      k.when(k.isBelow(number, k.b.getIndexAttr(count)),
             [&] { body(number, first); });
  }
}

Value ManyTokens::getRowByte(Value matrix, Value row) {
  Value place =
      arith::XOrIOp::create(k.b, k.loc, row, k.apply(k.d(0) * 2, {matrix}));
  return k.apply((k.d(0) * kMatrixRows + k.d(1)) * kRowBytes, {matrix, place});
}

void ManyTokens::findTokenBytes() {
  Value lane = k.apply(k.d(0) % kWarpThreads, {k.thread});
  rowByte = getRowByte(k.apply(k.d(0).floorDiv(kMatrixRows), {lane}),
                       k.apply(k.d(0) % kMatrixRows, {lane}));
  // Threads may be fewer than the words of an eight: then their copies do not
  // all begin at the same row.
  for (int64_t first = 0; first < kEightWords; first += k.threads)
    wordBytes.push_back(getWordByte(first));
}

Value ManyTokens::getWordByte(int64_t first) {
  AffineExpr number = k.d(0) + first, word = number % kTokenWords;
  Value row = getRowByte(
      k.apply(word % kMatrices, {k.thread}),
      k.apply((number % kEightWords).floorDiv(kTokenWords), {k.thread}));
  return k.apply(number.floorDiv(kEightWords) * kEightBytes + k.d(1) +
                     word.floorDiv(kMatrices) * kWordBytes,
                 {k.thread, row});
}

void ManyTokens::bringTokens(Value depthTile, Value stage) {
  // The threads copy words in the order of memory, of some products' tokens at
  // once. What is read of tokens that are not there does not matter, but has to
  // be.
  constexpr int64_t kTileWords = DotTile::kTileTokens * kTokenWords;
  assert(llvm::isPowerOf2_64(k.threads) &&
         "copies begin at places that come again");
  OpFoldResult count = k.size(tile.tiles, 0);
  shareCopies(getTokens() * kTokenWords, [&](Value number, int64_t first) {
    Value tokenTile = k.apply(k.d(0).floorDiv(kTileWords), {number});
    Value token =
        k.apply((k.d(0) % kTileWords).floorDiv(kTokenWords), {number});
    Value byte = k.apply(k.d(0) % kTokenWords * kWordBytes, {number});
    if (getConstantIntValue(count) != getTokens() / DotTile::kTileTokens)
      tokenTile = clamp(tokenTile, count);
    copy(kWordBytes, tile.tiles, {tokenTile, depthTile, token, byte}, stage,
         k.apply(k.d(0) + first / kEightWords * kEightBytes,
                 {wordBytes[first % kEightWords / k.threads]}),
         /*isInside=*/Value());
  });
}

void ManyTokens::bringWords(Value depthTile, Value stage) {
  // The words of four outputs go to where the lane reads them.
  constexpr int64_t kBlockChunks = kOutputBytes / kCopyBytes;
  OpFoldResult blocks = k.size(tile.packed, 0);
  shareCopies(getBlocks() * kBlockChunks, [&](Value chunk, int64_t) {
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
    copy(kCopyBytes, tile.packed, {block, group, byte}, stage,
         k.apply(k.d(0) * kCopyBytes + getTokenBytes(), {chunk}), isInside);
  });
}

void ManyTokens::bring(Value depthTile, Value stage) {
  bringTokens(depthTile, stage);
  bringWords(depthTile, stage);
}

SmallVector<Value> ManyTokens::loadTokens(Value stage, int64_t eight) {
  Value byte = k.apply((k.d(0) * eights + eight) * kEightBytes + k.d(1),
                       {tokenWarp, rowByte});
  auto type = VectorType::get({kMatrices, kWordBytes}, k.b.getI8Type());
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
      MemRefType::get({kStages, getTokenBytes() + getBlocks() * kOutputBytes},
                      k.b.getI8Type()),
      /*offset=*/0);
  findTokenBytes();
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
