//===- OneToken.cpp - Contractions of one token by dp4a -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// One token is limited by the bytes of the weights, so that each is read once,
// by 16 bytes a lane and several of these before the first is used. A warp does
// so for all outputs of the tile, with the same activations; the warps of a
// block share the depth. Every other field of codes is masked where it is in
// its byte and not shifted: it has sums of its own, which are four times too
// large.
//
//===----------------------------------------------------------------------===//

#include "DepthShare.h"
#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

/// Reads of weights that a lane has under way.
static constexpr int64_t kReads = 8;
/// The sums of an output: as they are, and four times as large.
static constexpr int64_t kScales = 2;

namespace {

class OneToken {
public:
  OneToken(BlockBuilder &builder, const DotTile &tile, const DotPlan &plan)
      : k(builder), tile(tile), plan(plan), lanes(builder, tile) {}

  void build(SharedMemory &shared);

private:
  /// The words of this lane: block, output.
  SmallVector<Value> read(Value depthTile, bool mayBeLast);
  /// Adds the products of some tiles of depth, whose words are `words`.
  SmallVector<Value> add(ArrayRef<Value> depthTiles, ValueRange words,
                         ValueRange sums);

  BlockBuilder &k;
  const DotTile &tile;
  const DotPlan &plan;
  DotLanes lanes;
};

} // namespace

SmallVector<Value> OneToken::add(ArrayRef<Value> depthTiles, ValueRange words,
                                 ValueRange args) {
  SmallVector<Value> sums(args);
  SmallVector<SmallVector<Value>> activations;
  for (Value depthTile : depthTiles)
    activations.push_back(
        k.loadWords(tile.tiles, {k.index(0), depthTile, k.index(0),
                                 k.apply(k.d(0) * 16, {lanes.quarter})}));
  int64_t tileWords = plan.blocks * DotTile::kQuad;
  for (auto [i, bytes] : llvm::enumerate(activations))
    for (int64_t output = 0; output < tileWords; ++output) {
      Value word = words[i * tileWords + output];
      for (int64_t field = 0; field < DotTile::kFields; ++field) {
        if (field == kScales)
          word = arith::ShRUIOp::create(k.b, k.loc, word, k.i32(2 * kScales));
        Value &sum = sums[output * kScales + field % kScales];
        sum = k.dp4a(k.getScaledCodes(word, field % kScales), bytes[field], sum,
                     /*isSigned=*/false);
      }
    }
  return sums;
}

SmallVector<Value> OneToken::read(Value depthTile, bool mayBeLast) {
  SmallVector<Value> words;
  bool hasAllBlocks =
      getConstantIntValue(k.size(tile.packed, 0)) == plan.blocks;
  for (int64_t i = 0; i < plan.blocks; ++i) {
    Value block = k.index(i);
    auto load = [&] { return lanes.loadWords(block, depthTile, mayBeLast); };
    SmallVector<Value> zeros(DotTile::kQuad, k.i32(0));
    words.append(
        hasAllBlocks || i == 0
            ? load()
            : k.choose(k.isBelow(block, k.size(tile.packed, 0)), load, zeros));
  }
  return words;
}

void OneToken::build(SharedMemory &shared) {
  DepthShare share(k, tile.getDepthTiles(), plan.depthWarps, lanes.warp,
                   kReads / plan.blocks);
  int64_t words = plan.blocks * DotTile::kQuad;
  SmallVector<Value> zeros(words * kScales, k.i32(0));
  SmallVector<Value> scaled = share.build(
      zeros, words,
      [&](Value depthTile, bool mayBeLast) {
        return read(depthTile, mayBeLast);
      },
      [&](ArrayRef<Value> depthTiles, ValueRange words, ValueRange sums) {
        return add(depthTiles, words, sums);
      });
  SmallVector<Value> sums;
  for (int64_t output = 0; output < words; ++output) {
    Value quarter = arith::ShRSIOp::create(
        k.b, k.loc, scaled[output * kScales + 1], k.i32(2));
    Value sum = k.add(scaled[output * kScales], quarter);
    for (int64_t mask = 1; mask < DotTile::kTileGroups; mask *= 2)
      sum = k.add(sum, k.exchange(sum, mask));
    sums.push_back(sum);
  }
  // One lane of those that have the same sums writes them.
  int64_t columns = plan.blocks * DotTile::kRows;
  Value partial = shared.get(
      k.b, k.loc, MemRefType::get({plan.depthWarps, columns}, k.b.getI32Type()),
      0);
  k.when(k.isBelow(lanes.quarter, k.b.getIndexAttr(1)), [&] {
    for (int64_t i = 0; i < plan.blocks; ++i) {
      Value vector = vector::FromElementsOp::create(
          k.b, k.loc, VectorType::get(DotTile::kQuad, k.b.getI32Type()),
          ArrayRef(sums).slice(i * DotTile::kQuad, DotTile::kQuad));
      Value column =
          k.apply(k.d(0) * DotTile::kQuad + i * DotTile::kRows, {lanes.row});
      vector::StoreOp::create(k.b, k.loc, vector, partial,
                              ValueRange{lanes.warp, column},
                              /*nontemporal=*/false, llvm::MaybeAlign(16));
    }
  });
  k.barrier();
  // In the order of the depth, an output a thread.
  k.share(k.b.getIndexAttr(columns), [&](Value column) {
    Value sum;
    for (int64_t i = 0; i < plan.depthWarps; ++i) {
      Value part = memref::LoadOp::create(k.b, k.loc, partial,
                                          ValueRange{k.index(i), column});
      sum = sum ? k.add(sum, part) : part;
    }
    lanes.finishOne(column, k.index(0), sum);
  });
}

void mlir::mml::buildOneToken(BlockBuilder &builder, SharedMemory &shared,
                              const DotTile &tile, const DotPlan &plan) {
  OneToken(builder, tile, plan).build(shared);
}
