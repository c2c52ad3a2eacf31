//===- FewTokens.cpp - Contractions of a few tokens by dp4a ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// One token is limited by the bytes of the weights, so that each is read once,
// by 16 bytes a lane: the words of four outputs for a group of 16 k. Eight
// lanes read a group of 32 outputs, a warp four groups, which are 512 bytes in
// a row. A warp does so for several blocks of outputs, with the same
// activations; the warps share the depth. Their sums are added in the same
// order each time, lanes by shuffles, warps through shared memory.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

/// The outputs of a lane, and the lanes and groups of a warp.
static constexpr int64_t kLaneOutputs = 4,
                         kGroupLanes = DotTile::kRows / kLaneOutputs,
                         kWarpGroups = kWarpThreads / kGroupLanes;

/// The sums that a lane keeps in registers: with more of them fewer blocks of
/// threads fit a processor.
static constexpr int64_t kMostSums = 32;

/// The numbers of tokens that there is a version for: products with tokens that
/// are not there would take time.
static constexpr int64_t kCounts[] = {1, 4, kFewTokens};

namespace {

/// How the warps of a block share a tile, for a number of tokens.
struct Shares {
  Shares(int64_t threads, const DotTile &tile, int64_t tokens)
      : tokens(tokens), columns(tile.getMostBlocks() * DotTile::kRows) {
    int64_t all = llvm::PowerOf2Ceil(tile.getMostBlocks());
    blocks = std::min(all, kMostSums / kLaneOutputs /
                               int64_t(llvm::PowerOf2Ceil(tokens)));
    warps = all / blocks;
    slices = threads / kWarpThreads / warps;
  }

  /// The partial sums: slice of the depth, token, output.
  MemRefType getPartialType(MLIRContext *context) const {
    return MemRefType::get({slices, tokens, columns},
                           IntegerType::get(context, 32));
  }

  int64_t tokens, columns;
  /// The blocks of outputs of a warp, the warps of all of them, and the parts
  /// of the depth.
  int64_t blocks, warps, slices;
};

class FewTokens {
public:
  FewTokens(BlockBuilder &builder, SharedMemory &shared, int64_t offset,
            const DotTile &tile)
      : k(builder), shared(shared), offset(offset), tile(tile) {}

  /// Chooses the version for the number of tokens, from `counts` on.
  void choose(ArrayRef<int64_t> counts);

private:
  /// The version for up to `shares.tokens` tokens.
  void build(const Shares &shares);
  /// The sums of this lane: block, token, output.
  SmallVector<Value> sum(const Shares &shares);
  /// Adds a group to the sums.
  SmallVector<Value> addGroup(const Shares &shares, Value group,
                              ValueRange sums);
  /// Adds up the slices and writes the result.
  void finish(const Shares &shares, Value partial);

  /// The block of outputs number `i` of this warp.
  Value getBlock(const Shares &shares, int64_t i) {
    return k.apply(k.d(0) * shares.blocks + i, {warpBlock});
  }

  BlockBuilder &k;
  SharedMemory &shared;
  int64_t offset;
  const DotTile &tile;
  /// The part of the blocks of outputs and of the depth, the group among those
  /// of a warp and the first output in a block, of this thread.
  Value warpBlock, slice, laneGroup, output;
};

} // namespace

SmallVector<Value> FewTokens::addGroup(const Shares &shares, Value group,
                                       ValueRange sums) {
  Value depthTile = k.apply(k.d(0).floorDiv(DotTile::kTileGroups), {group});
  Value byte =
      k.apply((k.d(0) % DotTile::kTileGroups) * DotTile::kGroupDepth, {group});
  SmallVector<SmallVector<Value>> activations;
  for (int64_t token = 0; token < shares.tokens; ++token)
    activations.push_back(
        k.loadWords(tile.tiles, {k.index(0), depthTile, k.index(token), byte}));
  int64_t blockSums = shares.tokens * kLaneOutputs;
  bool isWhole = getConstantIntValue(k.size(tile.packed, 0)) ==
                 shares.blocks * shares.warps;
  SmallVector<Value> result;
  for (int64_t i = 0; i < shares.blocks; ++i) {
    Value block = getBlock(shares, i);
    SmallVector<Value> before(sums.slice(i * blockSums, blockSums));
    auto add = [&] {
      SmallVector<Value> words = k.loadWords(
          tile.packed, {block, group, k.apply(k.d(0) * 4, {output})});
      SmallVector<Value> after(before);
      for (int64_t j = 0; j < kLaneOutputs; ++j)
        for (int64_t field = 0; field < DotTile::kFields; ++field) {
          Value codes = k.getCodes(words[j], field);
          for (int64_t token = 0; token < shares.tokens; ++token) {
            Value &sum = after[token * kLaneOutputs + j];
            sum = k.dp4a(codes, activations[token][field], sum);
          }
        }
      return after;
    };
    result.append(isWhole ? add()
                          : k.choose(k.isBelow(block, k.size(tile.packed, 0)),
                                     add, before));
  }
  return result;
}

SmallVector<Value> FewTokens::sum(const Shares &shares) {
  int64_t step = shares.slices * kWarpGroups;
  SmallVector<Value> zeros(shares.blocks * shares.tokens * kLaneOutputs,
                           k.i32(0));
  SmallVector<Value> sums =
      k.loop(k.b.getIndexAttr(0),
             k.b.getIndexAttr(llvm::divideCeil(tile.groups, step)), 1, zeros,
             [&](Value i, ValueRange args) {
               Value group = k.apply(
                   (k.d(0) * shares.slices + k.d(1)) * kWarpGroups + k.d(2),
                   {i, slice, laneGroup});
               auto add = [&] { return addGroup(shares, group, args); };
               if (tile.groups % step == 0)
                 return add();
               return k.choose(k.isBelow(group, k.b.getIndexAttr(tile.groups)),
                               add, args);
             });
  // The lanes of the same outputs have other groups.
  for (Value &value : sums)
    for (int64_t lanes = kGroupLanes; lanes < kWarpThreads; lanes *= 2)
      value = k.add(value, k.exchange(value, lanes));
  return sums;
}

void FewTokens::finish(const Shares &shares, Value partial) {
  Value count = k.apply(k.d(0) * shares.columns, {tile.tokens});
  k.share(count, [&](Value number) {
    Value token = k.apply(k.d(0).floorDiv(shares.columns), {number});
    Value column = k.apply(k.d(0) % shares.columns, {number});
    auto write = [&] {
      Value sum = k.sub(k.i32(0),
                        memref::LoadOp::create(k.b, k.loc, tile.tokenSums,
                                               ValueRange{k.index(0), token}));
      for (int64_t i = 0; i < shares.slices; ++i)
        sum = k.add(
            sum, memref::LoadOp::create(k.b, k.loc, partial,
                                        ValueRange{k.index(i), token, column}));
      memref::StoreOp::create(k.b, k.loc, sum, tile.out,
                              ValueRange{token, column});
    };
    if (getConstantIntValue(tile.outputs) == shares.columns)
      write();
    else
      k.when(k.isBelow(column, tile.outputs), write);
  });
}

void FewTokens::build(const Shares &shares) {
  Value warp = k.apply(k.d(0).floorDiv(kWarpThreads), {k.thread});
  warpBlock = k.apply(k.d(0) % shares.warps, {warp});
  slice = k.apply(k.d(0).floorDiv(shares.warps), {warp});
  laneGroup =
      k.apply((k.d(0) % kWarpThreads).floorDiv(kGroupLanes), {k.thread});
  output = k.apply((k.d(0) % kGroupLanes) * kLaneOutputs, {k.thread});
  Value partial =
      shared.get(k.b, k.loc, shares.getPartialType(k.b.getContext()), offset);
  SmallVector<Value> sums = sum(shares);
  // One of the lanes that have the same sums writes them.
  Value isFirst = k.isBelow(laneGroup, k.b.getIndexAttr(1));
  auto vectorType = VectorType::get(kLaneOutputs, k.b.getI32Type());
  for (int64_t i = 0; i < shares.blocks; ++i) {
    Value block = getBlock(shares, i);
    Value isNeeded = isFirst;
    if (shares.blocks * shares.warps != tile.getMostBlocks())
      isNeeded = k.both(
          isFirst, k.isBelow(block, k.b.getIndexAttr(tile.getMostBlocks())));
    k.when(isNeeded, [&] {
      Value column = k.apply(k.d(0) * DotTile::kRows + k.d(1), {block, output});
      for (int64_t token = 0; token < shares.tokens; ++token) {
        Value vector = vector::FromElementsOp::create(
            k.b, k.loc, vectorType,
            ArrayRef(sums).slice((i * shares.tokens + token) * kLaneOutputs,
                                 kLaneOutputs));
        vector::StoreOp::create(k.b, k.loc, vector, partial,
                                ValueRange{slice, k.index(token), column},
                                /*nontemporal=*/false, llvm::MaybeAlign(16));
      }
    });
  }
  k.barrier();
  finish(shares, partial);
}

void FewTokens::choose(ArrayRef<int64_t> counts) {
  int64_t count = counts.front();
  std::optional<int64_t> known = getConstantIntValue(tile.tokens);
  if (counts.size() == 1 || tile.mostTokens <= count)
    return build(
        Shares(k.threads, tile, std::min(count, known.value_or(count))));
  if (known)
    return choose(counts.drop_front());
  k.branch(
      k.isBelow(tile.tokens, k.b.getIndexAttr(count + 1)),
      [&] { build(Shares(k.threads, tile, count)); },
      [&] { choose(counts.drop_front()); });
}

int64_t mlir::mml::getFewTokensBytes(int64_t threads, const DotTile &tile) {
  int64_t bytes = 0;
  for (int64_t count : kCounts)
    bytes = std::max(bytes, SharedMemory::getBytes(
                                Shares(threads, tile, count)
                                    .getPartialType(tile.out.getContext())));
  return bytes;
}

void mlir::mml::buildFewTokens(BlockBuilder &builder, SharedMemory &shared,
                               int64_t offset, const DotTile &tile) {
  FewTokens(builder, shared, offset, tile).choose(kCounts);
}
