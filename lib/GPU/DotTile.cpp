//===- DotTile.cpp - Contractions of one block of threads -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Trits are the left operand of `mma.sync`, whose 16 rows are outputs, and
// tokens its 8 columns, so that few tokens waste little. Both operands may have
// the depth in any order that is the same on both sides: of 64 k, lanes t of
// four take the 16 from 16t on. For an output these are one packed word, whose
// four fields are the registers of two products; for a token they are 16 bytes
// in a row. Rows are in an order of their own too, so that a lane has the words
// of four neighbouring outputs, and their sums.
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

/// The tokens of the versions of a contraction.
static constexpr int64_t kVersions[] = {1, 8, 16, 32, kSomeTokens};

/// The outputs of a tile of up to `most` tokens: more blocks of threads read
/// weights faster, but each reads all tokens.
static int64_t getTileOutputs(int64_t most, int64_t outputs) {
  if (most > kSomeTokens) {
    constexpr int64_t kWide = 2048;
    bool isEven = outputs % kManyOutputs == 0;
    return isEven || outputs >= kWide ? kManyOutputs : kManyOutputs / 2;
  }
  // About as many blocks as a large GPU has processors; for one token, whose
  // warps read weights of several blocks at a time, half as many.
  constexpr int64_t kFew = 8;
  int64_t largest = most == 1      ? 4
                    : most <= kFew ? 1
                                   : 2,
          enough = most == 1 ? 48 : 96;
  for (int64_t blocks = largest; blocks > 1; blocks /= 2)
    if (int64_t(llvm::divideCeil(outputs, blocks * DotTile::kRows)) >= enough)
      return blocks * DotTile::kRows;
  return DotTile::kRows;
}

SmallVector<DotVersion> mlir::mml::getDotVersions(int64_t tokens,
                                                  int64_t outputs) {
  SmallVector<DotVersion> versions;
  bool isKnown = !ShapedType::isDynamic(tokens);
  for (int64_t most : kVersions) {
    if (!isKnown || tokens <= most)
      versions.push_back({most, getTileOutputs(most, outputs)});
    if (isKnown && tokens <= most)
      return versions;
  }
  versions.push_back({kManyTokens, getTileOutputs(kManyTokens, outputs)});
  return versions;
}

DotPlan::DotPlan(int64_t mostTokens, int64_t mostOutputs, int64_t groups)
    : kind(mostTokens == 1             ? Kind::One
           : mostTokens <= kSomeTokens ? Kind::Some
                                       : Kind::Many),
      blocks(llvm::divideCeil(mostOutputs, DotTile::kRows)),
      outputWarps(blocks), tokenWarps(1), depthWarps(1) {
  if (kind == Kind::Many) {
    outputWarps = 4;
    tokenWarps = 2;
    return;
  }
  // A warp has at least some tiles of depth, to read several ahead.
  constexpr int64_t kWarpTiles = 4, kMostWarps = 16, kFew = 8;
  int64_t most = mostTokens <= kFew ? kMostWarps : kMostWarps / 2;
  int64_t tiles = llvm::divideCeil(groups, DotTile::kTileGroups);
  outputWarps = kind == Kind::One ? 1 : llvm::PowerOf2Ceil(blocks);
  depthWarps =
      std::clamp<int64_t>(llvm::bit_floor(uint64_t(tiles / kWarpTiles)), 1,
                          std::max<int64_t>(most / outputWarps, 1));
}

int64_t DotPlan::getThreads() const {
  return outputWarps * tokenWarps * depthWarps * kWarpThreads;
}

DotLanes::DotLanes(BlockBuilder &builder, const DotTile &tile)
    : k(builder), tile(tile) {
  constexpr int64_t kQuarters = DotTile::kTileGroups;
  warp = k.apply(k.d(0).floorDiv(kWarpThreads), {k.thread});
  row = k.apply((k.d(0) % kWarpThreads).floorDiv(kQuarters), {k.thread});
  quarter = k.apply(k.d(0) % kQuarters, {k.thread});
}

SmallVector<Value> DotLanes::loadWords(Value block, Value depthTile,
                                       bool mayBeLast) {
  Value group =
      k.apply(k.d(0) * DotTile::kTileGroups + k.d(1), {depthTile, quarter});
  Value byte = k.apply(k.d(0) * 16, {row});
  auto load = [&] { return k.loadWords(tile.packed, {block, group, byte}); };
  if (!mayBeLast || tile.groups % DotTile::kTileGroups == 0)
    return load();
  SmallVector<Value> zeros(DotTile::kQuad, k.i32(0));
  return k.choose(k.isBelow(group, k.b.getIndexAttr(tile.groups)), load, zeros);
}

SmallVector<SmallVector<Value>> DotLanes::getCodes(ArrayRef<Value> words) {
  return llvm::map_to_vector(words, [&](Value word) {
    SmallVector<Value> codes;
    for (int64_t field = 0; field < DotTile::kFields; ++field)
      codes.push_back(k.getCodes(word, field));
    return codes;
  });
}

static void callMma(BlockBuilder &k, ArrayRef<int64_t> shape, ValueRange rows,
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

void DotLanes::mma(const Chip &chip, ArrayRef<Value> outputs,
                   ArrayRef<Value> tokens, MutableArrayRef<Value> sums) {
  if (chip.hasByteMma())
    return callMma(k, {16, 8, 32}, outputs, tokens, sums);
  // The same by products of 8 outputs and 16 k.
  for (size_t half = 0; half < 2; ++half)
    for (size_t step = 0; step < 2; ++step)
      callMma(k, {8, 8, 16}, outputs[2 * step + half], tokens[step],
              sums.slice(2 * half, 2));
}

void DotLanes::multiply(const Chip &chip, ArrayRef<SmallVector<Value>> codes,
                        ArrayRef<Value> tokens, MutableArrayRef<Value> sums) {
  constexpr int64_t kRowTiles = 2, kTileSums = kBlockSums / kRowTiles;
  for (int64_t step = 0; step < 2; ++step)
    for (int64_t rowTile = 0; rowTile < kRowTiles; ++rowTile) {
      ArrayRef<Value> low = codes[2 * rowTile], high = codes[2 * rowTile + 1];
      mma(chip,
          {low[2 * step], high[2 * step], low[2 * step + 1],
           high[2 * step + 1]},
          tokens.slice(2 * step, 2),
          sums.slice(rowTile * kTileSums, kTileSums));
    }
}

void DotLanes::write(const TileEpilogue::Columns &columns, Value token,
                     ArrayRef<Value> sums) {
  Value tokenTile = k.apply(k.d(0).floorDiv(DotTile::kTileTokens), {token});
  Value inTile = k.apply(k.d(0) % DotTile::kTileTokens, {token});
  Value tokenSum = memref::LoadOp::create(k.b, k.loc, tile.tokenSums,
                                          ValueRange{tokenTile, inTile});
  SmallVector<Value> values = llvm::map_to_vector(
      sums, [&](Value sum) { return k.sub(sum, tokenSum); });
  tile.epilogue->write(columns, token, values);
}

void DotLanes::finishOne(Value output, Value token, Value sum) {
  k.when(k.isBelow(output, tile.outputs),
         [&] { write(tile.epilogue->readColumns(output, 1), token, sum); });
}

void DotLanes::finishQuad(Value output, Value token, ArrayRef<Value> sums,
                          bool hasOutput, bool hasToken) {
  auto when = [&](bool isSure, Value number, OpFoldResult limit,
                  llvm::function_ref<void()> body) {
    if (isSure)
      body();
    else
      k.when(k.isBelow(number, limit), body);
  };
  when(hasToken, token, tile.tokens, [&] {
    if (tile.hasWholeQuads)
      return when(hasOutput, output, tile.outputs, [&] {
        write(tile.epilogue->readColumns(output, DotTile::kQuad), token, sums);
      });
    for (int64_t i = 0; i < DotTile::kQuad; ++i)
      finishOne(k.apply(k.d(0) + i, {output}), token, sums[i]);
  });
}

Value DotLanes::getToken(Value quad) {
  return k.apply(k.d(0).floorDiv(kLaneTokens) * kMmaTokens +
                     k.d(1) * kLaneTokens + k.d(0) % kLaneTokens,
                 {quad, quarter});
}

void DotLanes::finish(
    SharedMemory &shared, ArrayRef<Value> sums, Value warp, int64_t warps,
    Value slice, int64_t slices, int64_t outputs, int64_t tokens,
    llvm::function_ref<std::pair<Value, Value>(Value)> getPlace) {
  constexpr int64_t kQuadBytes = 16;
  int64_t quads = sums.size() / DotTile::kQuad;
  int64_t atOnce = std::min<int64_t>(
      quads,
      SharedMemory::kMostBytes / (warps * slices * kWarpThreads * kQuadBytes));
  auto quadType = VectorType::get(DotTile::kQuad, k.b.getI32Type());
  Value parts = shared.get(
      k.b, k.loc,
      MemRefType::get({warps, slices, atOnce, kWarpThreads, DotTile::kQuad},
                      k.b.getI32Type()),
      /*offset=*/0);
  Value lane = k.apply(k.d(0) % kWarpThreads, {k.thread}), zero = k.index(0);
  bool hasOutput = getConstantIntValue(tile.outputs) == outputs,
       hasToken = getConstantIntValue(tile.tokens) == tokens;
  for (int64_t first = 0; first < quads; first += atOnce) {
    int64_t count = std::min(atOnce, quads - first);
    // A lane that has no other part of the depth reads what it wrote itself.
    auto wait = [&] {
      if (slices > 1)
        k.barrier();
    };
    if (first > 0)
      wait();
    for (int64_t i = 0; i < count; ++i) {
      int64_t block = (first + i) / kLaneTokens * kBlockSums,
              token = (first + i) % kLaneTokens;
      SmallVector<Value> quad;
      for (int64_t output = 0; output < DotTile::kQuad; ++output)
        quad.push_back(sums[block + output * kLaneTokens + token]);
      Value vector = vector::FromElementsOp::create(k.b, k.loc, quadType, quad);
      vector::StoreOp::create(k.b, k.loc, vector, parts,
                              ValueRange{warp, slice, k.index(i), lane, zero},
                              /*nontemporal=*/false,
                              llvm::MaybeAlign(kQuadBytes));
    }
    wait();
    // In the order of the depth.
    k.loop(slice, k.b.getIndexAttr(count), slices, [&](Value i) {
      Value sum;
      for (int64_t part = 0; part < slices; ++part) {
        Value vector = vector::LoadOp::create(
            k.b, k.loc, quadType, parts,
            ValueRange{warp, k.index(part), i, lane, zero},
            /*nontemporal=*/false, llvm::MaybeAlign(kQuadBytes));
        sum = sum ? k.add(sum, vector) : vector;
      }
      SmallVector<Value> values;
      for (int64_t j = 0; j < DotTile::kQuad; ++j)
        values.push_back(vector::ExtractOp::create(k.b, k.loc, sum, j));
      auto [output, token] = getPlace(k.apply(k.d(0) + first, {i}));
      finishQuad(output, token, values, hasOutput, hasToken);
    });
  }
}
