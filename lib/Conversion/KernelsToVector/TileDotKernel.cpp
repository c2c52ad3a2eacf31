//===- TileDotKernel.cpp - Products of bytes on matrix registers ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile of activations (16 tokens by 64 k) by a tile of codes (16 quads of k
// by 16 outputs) gives 16 x 16 sums in one instruction of AMX. Four tiles of
// sums, two of activations and two of codes fill the eight registers.
//
//===----------------------------------------------------------------------===//

#include "VectorDotKernel.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

/// For very few tokens, vectors of packed bytes are multiplied as they are: to
/// expand them into a tile costs more than a tile saves.
class TileDotKernel : public VectorDotKernel {
public:
  TileDotKernel(OpBuilder &builder, ContractPackedOp op,
                const DotSchedule &schedule, bool hasWholeTiles)
      : VectorDotKernel(builder, op, schedule), hasWholeTiles(hasWholeTiles) {}

private:
  void buildDirect(int64_t count) override;
  void buildPanels() override;
  void expandChunk(Value block, const Chunk &chunk) override;
  void sumPanel(Value block, const Chunk &chunk) override;

  /// Tiles that are expanded ahead of their use, as a row can be read only some
  /// time after it was written. Behind the last tile of a block comes the first
  /// one of the next, so that nothing waits in between.
  static constexpr int64_t kAhead = 3, kSlots = 4;

  amx::TileType getBytesTile(int64_t tileRows) {
    return amx::TileType::get({tileRows, kTileDepth}, b.getI8Type());
  }
  amx::TileType getSumsTile(int64_t tileRows) {
    return amx::TileType::get({tileRows, lanes}, b.getI32Type());
  }
  Value loadTile(amx::TileType type, Value memref, ValueRange indices) {
    return amx::TileLoadOp::create(b, loc, type, memref, indices);
  }
  Value multiplyTiles(Value sums, Value activations, Value codes) {
    return amx::TileMulIOp::create(b, loc, sums.getType(), activations, codes,
                                   sums, /*isZextLhs=*/false,
                                   /*isZextRhs=*/true);
  }

  /// Adds the tile `slot` of the panel to the sums of the token tiles from
  /// `tokenTile` on, of `rows` tokens each, `vectors` for each.
  SmallVector<Value> addTile(Value tokenTile, Value depthTile, Value slot,
                             ArrayRef<int64_t> rows, ValueRange sums);

  /// Expands the tile of depth `number`, which counts on from block to block.
  void expandNumbered(Value number);

  /// Adds a chunk to the sums of `count` tiles of tokens. If it `expands`, it
  /// writes the tiles of the panel that `expandChunk` has left out.
  void sumTokenTiles(Value block, Value tokenTile, int64_t count,
                     const Chunk &chunk, bool expands);

  /// Runs `body` with what the sums of the first `count` tokens begin with in
  /// tiles of memory: a tile of sums is filled from there. It is written long
  /// before, as a tile is read by rows that all have to be in the cache.
  void withStart(Value count, llvm::function_ref<void()> body);
  SmallVector<Value> loadStart(Value tokenTile, int64_t tileRows) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(loadTile(getSumsTile(tileRows), start,
                              {tokenTile, index(0), index(0)}));
    return sums;
  }
  /// The sums of a tile of tokens as they are in the scratch.
  SmallVector<Value> loadSums(Value tokenTile) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(
          loadTile(getSumsTile(kTokens), scratch, at(tokenTile, v, index(0))));
    return sums;
  }
  void storeSums(Value memref, ValueRange indices, Value sums) {
    amx::TileStoreOp::create(b, loc, memref, indices, sums);
  }
  /// Whether each row of the result is in a page of its own. A tile is then
  /// written by vectors, which can be told to leave the caches alone.
  bool isSpread() {
    constexpr int64_t kPage = 4096;
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(cast<MemRefType>(out.getType())
                         .getStridesAndOffset(strides, offset)) &&
           !ShapedType::isDynamic(strides.front()) &&
           strides.front() * int64_t(sizeof(int32_t)) >= kPage;
  }
  /// Writes the sums of a tile of tokens, where they are whole to the result;
  /// `byRows` by way of the scratch.
  void storeTile(Value block, Value tokenTile, int64_t tileRows,
                 ValueRange sums, bool areWhole, bool byRows);

  /// Whether all tiles have as many rows as they may have.
  bool hasWholeTiles;
  /// What sums begin with: tile of tokens, token, lanes.
  Value start;
};

} // namespace

SmallVector<Value> TileDotKernel::addTile(Value tokenTile, Value depthTile,
                                          Value slot, ArrayRef<int64_t> rows,
                                          ValueRange sums) {
  SmallVector<Value> next(sums), codes;
  for (int64_t v = 0; v < vectors; ++v)
    codes.push_back(loadTile(getBytesTile(kTileQuads), panel,
                             {slot, index(v), index(0), index(0)}));
  for (auto [t, tileRows] : llvm::enumerate(rows)) {
    Value x = loadTile(getBytesTile(tileRows), tiles,
                       {add(tokenTile, t), depthTile, index(0), index(0)});
    for (int64_t v = 0; v < vectors; ++v) {
      Value &sum = next[t * vectors + v];
      sum = multiplyTiles(sum, x, codes[v]);
    }
  }
  return next;
}

void TileDotKernel::withStart(Value count, llvm::function_ref<void()> body) {
  start = allocateSums({kTokens, lanes});
  loop(index(0), count, 1, [&](Value token) {
    Value tokenTile = apply(d(0).floorDiv(kTokens), token),
          row = apply(d(0) % kTokens, token);
    MemRefBuilder::store(getStart(tokenTile, row), start,
                         {tokenTile, row, index(0)});
  });
  body();
  memref::DeallocOp::create(b, loc, start);
}

void TileDotKernel::storeTile(Value block, Value tokenTile, int64_t tileRows,
                              ValueRange sums, bool areWhole, bool byRows) {
  Value zero = index(0);
  auto storeScratch = [&] {
    for (int64_t v = 0; v < vectors; ++v)
      storeSums(scratch, at(tokenTile, v, zero), sums[v]);
  };
  auto storeDirectly = [&] {
    for (int64_t v = 0; v < vectors; ++v)
      storeSums(out, outAt(block, tokenTile, zero, v), sums[v]);
  };
  auto storeRows = [&] {
    storeScratch();
    loop(0, tileRows, 1, [&](Value row) {
      for (int64_t v = 0; v < vectors; ++v)
        MemRefBuilder::store(
            load(getSumsType(), scratch, at(tokenTile, v, row)), out,
            outAt(block, tokenTile, row, v));
    });
  };
  if (!areWhole)
    return storeScratch();
  writeOut(
      block, tokenTile, zero, tileRows,
      [&] { byRows ? storeRows() : storeDirectly(); }, storeScratch);
}

void TileDotKernel::expandNumbered(Value number) {
  int64_t depthTiles = llvm::divideCeil(groups, kTileGroups);
  // Behind the last block, one of its tiles is expanded again: that costs less
  // than a branch.
  Value block =
      min(d(0).floorDiv(depthTiles), d(1) - 1, {number, size(packed, 0)});
  Value tile = apply(d(0) % depthTiles, number),
        slot = apply(d(0) % kSlots, number);
  for (int64_t group = 0; group < kTileGroups; ++group) {
    AffineExpr position = d(0) * kTileGroups + group;
    // What lies behind the depth is multiplied by zeros.
    Value inside =
        groups % kTileGroups == 0
            ? apply(position, tile)
            : min(position, b.getAffineConstantExpr(groups - 1), tile);
    expandGroup(block, inside, slot, index(group));
  }
}

void TileDotKernel::buildDirect(int64_t count) {
  if (!schedule.isTiledDirect(count))
    return VectorDotKernel::buildDirect(count);
  if (groups == 0 || cast<ShapedType>(packed.getType()).getDimSize(0) == 0)
    return;
  int64_t depthTiles = llvm::divideCeil(groups, kTileGroups);
  Value zero = index(0);
  SmallVector<int64_t> rows = schedule.getTileRows(count);
  if (hasWholeTiles)
    rows.back() = kTokens;
  auto sumBlock = [&](Value block) {
    SmallVector<Value> sums;
    for (auto [tokenTile, tileRows] : llvm::enumerate(rows))
      llvm::append_range(sums, loadStart(index(tokenTile), tileRows));
    sums = loop(
        zero, index(depthTiles), 1, sums, [&](Value tile, ValueRange args) {
          Value number = apply(d(0) * depthTiles + d(1), {block, tile});
          expandNumbered(add(number, kAhead));
          return addTile(zero, tile, apply(d(0) % kSlots, number), rows, args);
        });
    for (auto [tokenTile, tileRows] : llvm::enumerate(rows))
      storeTile(block, index(tokenTile), tileRows,
                ArrayRef(sums).slice(tokenTile * vectors, vectors),
                /*areWhole=*/true, /*byRows=*/false);
  };
  int64_t all = (rows.size() - 1) * kTokens + rows.back();
  withStart(index(all), [&] {
    for (int64_t number = 0; number < kAhead; ++number)
      expandNumbered(index(number));
    loop(zero, size(packed, 0), 1, sumBlock);
  });
}

void TileDotKernel::buildPanels() {
  // Tiles of tokens are read as a whole.
  Value count = apply(d(0) * kTokens, tokenTiles);
  withStart(count, [&] { VectorDotKernel::buildPanels(); });
}

void TileDotKernel::expandChunk(Value block, const Chunk &chunk) {
  loop(0, std::min(chunk.count, kAhead), 1,
       [&](Value slot) { expandTile(block, chunk, slot); });
}

void TileDotKernel::sumTokenTiles(Value block, Value tokenTile, int64_t count,
                                  const Chunk &chunk, bool expands) {
  SmallVector<int64_t> rows(count, kTokens);
  SmallVector<Value> sums;
  for (int64_t t = 0; t < count; ++t) {
    Value tile = add(tokenTile, t);
    llvm::append_range(sums, chunk.isFirst ? loadStart(tile, kTokens)
                                           : loadSums(tile));
  }
  auto addSlot = [&](Value slot, ValueRange args) {
    Value depthTile = apply(d(0) + d(1), {chunk.firstTile, slot});
    return addTile(tokenTile, depthTile, slot, rows, args);
  };
  int64_t expanded = expands ? std::max<int64_t>(chunk.count - kAhead, 0) : 0;
  if (expanded > 0)
    sums = loop(index(0), index(expanded), 1, sums,
                [&](Value slot, ValueRange args) {
                  expandTile(block, chunk, add(slot, kAhead));
                  return addSlot(slot, args);
                });
  sums = loop(index(expanded), index(chunk.count), 1, sums, addSlot);
  for (int64_t t = 0; t < count; ++t)
    storeTile(block, add(tokenTile, t), kTokens,
              ArrayRef(sums).slice(t * vectors, vectors), chunk.isLast,
              /*byRows=*/isSpread());
}

void TileDotKernel::sumPanel(Value block, const Chunk &chunk) {
  // There are more than two tiles of tokens. The products of the first two take
  // as long as the expansion, which is on other ports.
  constexpr int64_t kPair = 2;
  Value pairsEnd = apply(d(0).floorDiv(kPair) * kPair, tokenTiles);
  sumTokenTiles(block, index(0), kPair, chunk, /*expands=*/true);
  loop(index(kPair), pairsEnd, kPair, [&](Value tokenTile) {
    sumTokenTiles(block, tokenTile, kPair, chunk, /*expands=*/false);
  });
  loop(pairsEnd, tokenTiles, 1, [&](Value tokenTile) {
    sumTokenTiles(block, tokenTile, 1, chunk, /*expands=*/false);
  });
}

std::unique_ptr<DotKernel>
mlir::mml::createTileDotKernel(OpBuilder &builder, ContractPackedOp op,
                               const DotSchedule &schedule,
                               bool hasWholeTiles) {
  return std::make_unique<TileDotKernel>(builder, op, schedule, hasWholeTiles);
}
