//===- PackTokens.cpp - Activations as kernels read them ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackTokens.h"

#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

/// Bytes of a word.
static constexpr int64_t kWordBytes = 4;
static constexpr int64_t kTileWords = DotTile::kTileDepth / kWordBytes;
/// A word whose product by dp4a is the sum of the other one's bytes.
static constexpr int64_t kOnes = 0x01010101;

bool mlir::mml::hasPlainDotLayout(PackActivationsOp op) {
  auto layout = dyn_cast<DotLayoutAttr>(op.getLayout());
  return layout && !layout.getMixed();
}

int64_t mlir::mml::getPackThreads(PackActivationsOp op) {
  auto input = cast<MemRefType>(op.getInput().getType());
  return getThreadsFor(llvm::divideCeil(input.getDimSize(1), kWordBytes));
}

Value mlir::mml::getPackBlocks(OpBuilder &b, Location loc,
                               OpFoldResult tokens) {
  AffineExpr tiles = b.getAffineDimExpr(0).ceilDiv(DotTile::kTileTokens);
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(
          b, loc, tiles * DotTile::kTileTokens, tokens));
}

/// The bytes of a token from `depth` on, zeros behind the last one.
static Value readWord(BlockBuilder &k, Value input, Value token, Value depth,
                      GetActivation get) {
  auto type = cast<MemRefType>(input.getType());
  auto bytes = VectorType::get(kWordBytes, k.b.getI8Type());
  int64_t size = type.getDimSize(1);
  Value vector;
  bool isWhole = size % kWordBytes == 0;
  if (!get && isWhole && type.getLayout().isIdentity()) {
    vector = vector::LoadOp::create(
        k.b, k.loc, bytes, input, ValueRange{token, depth},
        /*nontemporal=*/false, llvm::MaybeAlign(kWordBytes));
  } else {
    Value zero = arith::ConstantOp::create(k.b, k.loc, k.b.getI8IntegerAttr(0));
    SmallVector<Value> elements;
    for (int64_t i = 0; i < kWordBytes; ++i) {
      Value position = k.apply(k.d(0) + i, {depth});
      auto read = [&] {
        Value element =
            get ? get(token, position)
                : memref::LoadOp::create(k.b, k.loc, input,
                                         ValueRange{token, position})
                      .getResult();
        return SmallVector<Value>{element};
      };
      elements.push_back(
          isWhole ? read().front()
                  : k.choose(k.isBelow(position, k.b.getIndexAttr(size)), read,
                             zero)
                        .front());
    }
    vector = vector::FromElementsOp::create(k.b, k.loc, bytes, elements);
  }
  return LLVM::BitcastOp::create(k.b, k.loc, k.b.getI32Type(), vector);
}

void mlir::mml::buildPackTokens(BlockBuilder &k, SharedMemory &shared,
                                PackActivationsOp op, GetActivation get) {
  Value input = op.getInput(), tiles = op.getOuts()[0], sums = op.getOuts()[1];
  int64_t depth = cast<MemRefType>(input.getType()).getDimSize(1);
  int64_t depthTiles = cast<MemRefType>(tiles.getType()).getDimSize(1);
  Value tile = k.apply(k.d(0).floorDiv(DotTile::kTileTokens), {k.block});
  Value row = k.apply(k.d(0) % DotTile::kTileTokens, {k.block});
  Value isToken = k.isBelow(k.block, k.size(input, 0));
  // Each thread sums its own words.
  Value first = k.thread;
  SmallVector<Value> total = k.loop(
      first, k.b.getIndexAttr(depthTiles * kTileWords), k.threads, k.i32(0),
      [&](Value word, ValueRange args) {
        Value position = k.apply(k.d(0) * kWordBytes, {word});
        Value isInside = isToken;
        if (depth % DotTile::kTileDepth != 0)
          isInside =
              k.both(isInside, k.isBelow(position, k.b.getIndexAttr(depth)));
        Value value = k.choose(
            isInside,
            [&] {
              return SmallVector<Value>{
                  readWord(k, input, k.block, position, get)};
            },
            k.i32(0))[0];
        Value vector = LLVM::BitcastOp::create(
            k.b, k.loc, VectorType::get(kWordBytes, k.b.getI8Type()), value);
        vector::StoreOp::create(
            k.b, k.loc, vector, tiles,
            ValueRange{tile, k.apply(k.d(0).floorDiv(kTileWords), {word}), row,
                       k.apply((k.d(0) % kTileWords) * kWordBytes, {word})},
            /*nontemporal=*/false, llvm::MaybeAlign(kWordBytes));
        return SmallVector<Value>{
            k.dp4a(k.i32(kOnes), value, args[0], /*isSigned=*/false)};
      });
  Value sum = total[0];
  for (int64_t lanes = 1; lanes < kWarpThreads; lanes *= 2)
    sum = k.add(sum, k.exchange(sum, lanes));
  int64_t warps = k.threads / kWarpThreads;
  Value warp = k.apply(k.d(0).floorDiv(kWarpThreads), {k.thread});
  Value lane = k.apply(k.d(0) % kWarpThreads, {k.thread});
  Value partial = shared.get(
      k.b, k.loc, MemRefType::get({warps}, k.b.getI32Type()), /*offset=*/0);
  Value isFirst = k.isBelow(lane, k.b.getIndexAttr(1));
  k.when(isFirst,
         [&] { memref::StoreOp::create(k.b, k.loc, sum, partial, warp); });
  k.barrier();
  k.when(k.isBelow(k.thread, k.b.getIndexAttr(1)), [&] {
    Value all = k.i32(0);
    for (int64_t i = 0; i < warps; ++i)
      all = k.add(all, memref::LoadOp::create(k.b, k.loc, partial,
                                              ValueRange(k.index(i))));
    memref::StoreOp::create(k.b, k.loc, all, sums, ValueRange{tile, row});
  });
}
