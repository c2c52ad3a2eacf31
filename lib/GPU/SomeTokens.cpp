//===- SomeTokens.cpp - Contractions of up to 64 tokens -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A warp multiplies all tokens by 32 outputs, so that each packed word is read
// and unpacked once, straight from global memory: nothing would be shared by
// way of shared memory. The warps of a block share the depth, and afterwards
// what is computed of the sums.
//
//===----------------------------------------------------------------------===//

#include "DepthShare.h"
#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

class SomeTokens {
public:
  SomeTokens(BlockBuilder &builder, const DotTile &tile, const DotPlan &plan,
             const Chip &chip)
      : k(builder), tile(tile), plan(plan), chip(chip), lanes(builder, tile),
        eights(llvm::divideCeil(tile.mostTokens, DotLanes::kMmaTokens)) {}

  void build(SharedMemory &shared);

private:
  /// The sums of this warp: eight tokens, sum.
  SmallVector<Value> sumUp();
  SmallVector<Value> add(ArrayRef<Value> depthTiles, ValueRange words,
                         ValueRange sums);

  BlockBuilder &k;
  const DotTile &tile;
  const DotPlan &plan;
  const Chip &chip;
  DotLanes lanes;
  /// Products along the tokens.
  int64_t eights;
  /// Of this warp: its outputs and its part of the depth.
  Value block, slice;
  /// The tile and the token in it that this lane reads for each eight.
  SmallVector<std::pair<Value, Value>> places;
};

} // namespace

SmallVector<Value> SomeTokens::add(ArrayRef<Value> depthTiles, ValueRange words,
                                   ValueRange args) {
  SmallVector<Value> sums(args);
  Value byte = k.apply(k.d(0) * 16, {lanes.quarter});
  SmallVector<SmallVector<Value>> tokens;
  for (Value depthTile : depthTiles)
    for (auto [tokenTile, token] : places)
      tokens.push_back(
          k.loadWords(tile.tiles, {tokenTile, depthTile, token, byte}));
  for (size_t i = 0; i < depthTiles.size(); ++i) {
    SmallVector<SmallVector<Value>> codes = lanes.getCodes(
        SmallVector<Value>(words.slice(i * DotTile::kQuad, DotTile::kQuad)));
    for (int64_t eight = 0; eight < eights; ++eight)
      lanes.multiply(chip, codes, tokens[i * eights + eight],
                     MutableArrayRef<Value>(sums).slice(
                         eight * DotLanes::kBlockSums, DotLanes::kBlockSums));
  }
  return sums;
}

SmallVector<Value> SomeTokens::sumUp() {
  // What is read of tokens that are not there does not matter, but has to be.
  OpFoldResult tokenTiles = k.size(tile.tiles, 0);
  Value last = k.apply(k.d(0) - 1, {tokenTiles});
  for (int64_t eight = 0; eight < eights; ++eight) {
    int64_t first = eight * DotLanes::kMmaTokens;
    Value tokenTile = k.index(first / DotTile::kTileTokens);
    std::optional<int64_t> known = getConstantIntValue(tokenTiles);
    if (!known || *known * DotTile::kTileTokens <= first)
      tokenTile = arith::MinUIOp::create(k.b, k.loc, tokenTile, last);
    places.push_back({tokenTile, k.apply(k.d(0) + first % DotTile::kTileTokens,
                                         {lanes.row})});
  }
  // Registers of activations limit how many are read at a time.
  constexpr int64_t kMostAhead = 4;
  DepthShare share(k, tile.getDepthTiles(), plan.depthWarps, slice,
                   std::max<int64_t>(kMostAhead / eights, 1));
  SmallVector<Value> zeros(eights * DotLanes::kBlockSums, k.i32(0));
  return share.build(
      zeros, DotTile::kQuad,
      [&](Value depthTile, bool mayBeLast) {
        return lanes.loadWords(block, depthTile, mayBeLast);
      },
      [&](ArrayRef<Value> depthTiles, ValueRange words, ValueRange sums) {
        return add(depthTiles, words, sums);
      });
}

void SomeTokens::build(SharedMemory &shared) {
  block = k.apply(k.d(0) % plan.outputWarps, {lanes.warp});
  slice = k.apply(k.d(0).floorDiv(plan.outputWarps), {lanes.warp});
  OpFoldResult blocks = k.size(tile.packed, 0);
  SmallVector<Value> sums;
  if (getConstantIntValue(blocks) == plan.outputWarps) {
    sums = sumUp();
  } else {
    SmallVector<Value> zeros(eights * DotLanes::kBlockSums, k.i32(0));
    sums = k.choose(k.isBelow(block, blocks), [&] { return sumUp(); }, zeros);
  }
  Value output = k.apply(k.d(0) * DotTile::kRows + k.d(1) * DotTile::kQuad,
                         {block, lanes.row});
  lanes.finish(
      shared, sums, block, plan.outputWarps, slice, plan.depthWarps,
      plan.outputWarps * DotTile::kRows, eights * DotLanes::kMmaTokens,
      [&](Value quad) { return std::pair(output, lanes.getToken(quad)); });
}

void mlir::mml::buildSomeTokens(BlockBuilder &builder, SharedMemory &shared,
                                const DotTile &tile, const DotPlan &plan,
                                const Chip &chip) {
  SomeTokens(builder, tile, plan, chip).build(shared);
}
