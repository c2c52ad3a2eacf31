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
// sums, one of activations and two of codes are in the eight registers: 32
// tokens are multiplied at once. For each such pass, the codes of a block of
// outputs are expanded anew, from packed bytes that are near: that is on other
// ports than the products, and takes less time than to leave sums in memory
// between parts of the depth would, so that expanded codes stay in the nearest
// cache.
//
//===----------------------------------------------------------------------===//

#include "VectorDotKernel.h"

#include "mlir/Dialect/AMX/AMXDialect.h"

#include <numeric>

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
  void allocateBuffers() override;
  void buildDirect(int64_t count) override;
  void buildPanels() override;

  /// Tiles that are expanded ahead of their use, as a row can be read only some
  /// time after it was written. Behind the last tile of a block comes the first
  /// one of the next, so that nothing waits in between.
  static constexpr int64_t kAhead = 3, kSlots = 4;
  static constexpr int64_t kPair = DotSchedule::kTilesAtOnce;
  /// The slot of tile number `number`. Two slots of two vectors take a page of
  /// memory; the one that was written before this one is read is not in the
  /// same half of it, as a load waits for a store whose address has the same
  /// low bits.
  Value getSlot(Value number) {
    static_assert(kAhead == 3 && kSlots == 4);
    return apply(d(0).floorDiv(2) % 2 + d(0) % 2 * 2, number);
  }

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

  /// What a tile of depth has for the token tiles from `first` on, of `rows`
  /// tokens each.
  struct TokenTiles {
    Value first, depthTile;
    ArrayRef<int64_t> rows;
  };
  Value loadTokens(const TokenTiles &tokenTiles, int64_t number) {
    return loadTile(getBytesTile(tokenTiles.rows[number]), tiles,
                    {add(tokenTiles.first, number), tokenTiles.depthTile,
                     index(0), index(0)});
  }
  /// Adds products with the tile `slot` of the panel to the sums, of which each
  /// tile of tokens has `vectors`. `meanwhile` builds what is computed while
  /// the operands of a tile of tokens are loaded.
  SmallVector<Value> addTile(const TokenTiles &tokenTiles, Value slot,
                             ValueRange sums,
                             llvm::function_ref<void(int64_t)> meanwhile);

  /// Expands groups of the tile of depth `number`, which counts on from pass to
  /// pass, of which each block has `passes`, and from block to block.
  void expandNumbered(Value number, Value passes, int64_t firstGroup,
                      int64_t endGroup);

  /// The passes over the tokens of a block.
  struct Passes {
    /// Pairs of whole tiles of tokens, and the tokens of each of the tiles
    /// behind them, which are there if `hasLast` is null or true.
    OpFoldResult pairs;
    SmallVector<int64_t> last;
    Value hasLast;
    /// All passes, and their tokens.
    Value count, tokens;
  };
  void buildPasses(const Passes &passes, bool byRows);

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
  /// Writes the sums of tile number `tile` of a pass that begins with
  /// `firstTile`; `byRows` by way of the scratch.
  void storeTile(Value block, Value firstTile, int64_t tile, int64_t tileRows,
                 ValueRange sums, bool byRows);

  /// Whether all tiles have as many rows as they may have.
  bool hasWholeTiles;
  /// What sums begin with: tile of tokens, token, lanes.
  Value start;
};

} // namespace

SmallVector<Value>
TileDotKernel::addTile(const TokenTiles &tokenTiles, Value slot,
                       ValueRange sums,
                       llvm::function_ref<void(int64_t)> meanwhile) {
  SmallVector<Value> next(sums), codes;
  for (int64_t v = 0; v < vectors; ++v)
    codes.push_back(loadTile(getBytesTile(kTileQuads), panel,
                             {slot, index(v), index(0), index(0)}));
  for (int64_t t = 0, count = tokenTiles.rows.size(); t < count; ++t) {
    Value tokens = loadTokens(tokenTiles, t);
    meanwhile(t);
    for (int64_t v = 0; v < vectors; ++v) {
      Value &sum = next[t * vectors + v];
      sum = multiplyTiles(sum, tokens, codes[v]);
    }
  }
  return next;
}

void TileDotKernel::withStart(Value count, llvm::function_ref<void()> body) {
  start =
      allocateSums(getAsIndexOpFoldResult(b.getContext(), {kTokens, lanes}));
  loop(index(0), count, 1, [&](Value token) {
    Value tokenTile = apply(d(0).floorDiv(kTokens), token),
          row = apply(d(0) % kTokens, token);
    MemRefBuilder::store(getStart(tokenTile, row), start,
                         {tokenTile, row, index(0)});
  });
  body();
  memref::DeallocOp::create(b, loc, start);
}

void TileDotKernel::storeTile(Value block, Value firstTile, int64_t tile,
                              int64_t tileRows, ValueRange sums, bool byRows) {
  Value tokenTile = add(firstTile, tile), place = index(tile), zero = index(0);
  auto storeScratch = [&] {
    for (int64_t v = 0; v < vectors; ++v)
      storeSums(scratch, at(block, place, v, zero), sums[v]);
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
            load(getSumsType(), scratch, at(block, place, v, row)), out,
            outAt(block, tokenTile, row, v));
    });
  };
  writeOut(
      block, tokenTile, zero, tileRows, place,
      [&] { byRows ? storeRows() : storeDirectly(); }, storeScratch);
}

void TileDotKernel::expandNumbered(Value number, Value passes,
                                   int64_t firstGroup, int64_t endGroup) {
  int64_t depthTiles = llvm::divideCeil(groups, kTileGroups);
  // Behind the last block, one of its tiles is expanded again: that costs less
  // than a branch.
  Value pass = apply(d(0).floorDiv(depthTiles), number);
  Value block = arith::MinUIOp::create(
      b, loc, arith::DivUIOp::create(b, loc, pass, passes),
      apply(d(0) - 1, size(packed, 0)));
  Value tile = apply(d(0) % depthTiles, number), slot = getSlot(number);
  for (int64_t group = firstGroup; group < endGroup; ++group)
    expandGroup(block,
                getGroup(d(0) * kTileGroups + group, tile,
                         /*mayBeBehind=*/true),
                slot, index(group));
}

void TileDotKernel::allocateBuffers() {
  panel = allocate({kSlots, vectors, kTileQuads, lanes * kLaneDepth},
                   b.getI8Type());
  scratch = allocate({kPair, vectors, kTokens, lanes}, b.getI32Type());
}

void TileDotKernel::buildDirect(int64_t count) {
  if (!schedule.isTiledDirect(count))
    return VectorDotKernel::buildDirect(count);
  SmallVector<int64_t> tileRows = schedule.getTileRows(count);
  if (hasWholeTiles)
    tileRows.back() = kTokens;
  int64_t all = std::accumulate(tileRows.begin(), tileRows.end(), int64_t(0));
  buildPasses(
      {b.getIndexAttr(0), tileRows, /*hasLast=*/Value(), index(1), index(all)},
      /*byRows=*/false);
}

void TileDotKernel::buildPanels() {
  // All tiles are whole: there would be no registers for those of another shape
  // beside the pairs'.
  Passes passes;
  passes.count = apply(d(0).ceilDiv(kPair), tokenTiles);
  passes.tokens = apply(d(0) * kTokens, tokenTiles);
  if (staticTokens) {
    int64_t count = llvm::divideCeil(*staticTokens, kTokens);
    passes.pairs = b.getIndexAttr(count / kPair);
    passes.last.assign(count % kPair, kTokens);
  } else {
    passes.pairs = apply(d(0).floorDiv(kPair), tokenTiles);
    passes.last = {kTokens};
    passes.hasLast =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                              apply(d(0) % kPair, tokenTiles), index(0));
  }
  buildPasses(passes, /*byRows=*/isSpread());
}

void TileDotKernel::buildPasses(const Passes &passes, bool byRows) {
  if (cast<ShapedType>(packed.getType()).getDimSize(0) == 0)
    return;
  int64_t depthTiles = llvm::divideCeil(groups, kTileGroups);
  Value zero = index(0);
  auto sumPass = [&](Value block, Value pass, ArrayRef<int64_t> tileRows) {
    Value firstTile = apply(d(0) * kPair, pass);
    Value before = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, block, passes.count), pass);
    SmallVector<Value> sums;
    for (auto [t, count] : llvm::enumerate(tileRows))
      llvm::append_range(sums, loadStart(add(firstTile, t), count));
    sums = loop(
        zero, index(depthTiles), 1, sums, [&](Value tile, ValueRange args) {
          Value number = apply(d(0) * depthTiles + d(1), {before, tile});
          // A core that shares its buffers with a second thread does not find
          // by itself what it could do while tiles are loaded.
          return addTile({firstTile, tile, tileRows}, getSlot(number), args,
                         [&](int64_t t) {
                           int64_t share = kTileGroups / tileRows.size();
                           expandNumbered(add(number, kAhead), passes.count,
                                          t * share, (t + 1) * share);
                         });
        });
    for (auto [t, count] : llvm::enumerate(tileRows))
      storeTile(block, firstTile, t, count,
                ArrayRef(sums).slice(t * vectors, vectors), byRows);
  };
  auto sumBlock = [&](Value block) {
    Value pairs = toValue(passes.pairs);
    SmallVector<int64_t> whole(kPair, kTokens);
    if (!isConstantIntValue(passes.pairs, 0))
      loop(zero, pairs, 1, [&](Value pass) { sumPass(block, pass, whole); });
    if (passes.hasLast)
      branch(
          passes.hasLast, [&] { sumPass(block, pairs, passes.last); }, [] {});
    else if (!passes.last.empty())
      sumPass(block, pairs, passes.last);
  };
  withStart(passes.tokens, [&] {
    for (int64_t number = 0; number < kAhead; ++number)
      expandNumbered(index(number), passes.count, 0, kTileGroups);
    loop(zero, size(packed, 0), 1, sumBlock);
  });
}

std::unique_ptr<DotKernel>
mlir::mml::createTileDotKernel(OpBuilder &builder, ContractPackedOp op,
                               const DotSchedule &schedule,
                               bool hasWholeTiles) {
  return std::make_unique<TileDotKernel>(builder, op, schedule, hasWholeTiles);
}
