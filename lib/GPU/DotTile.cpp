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

SmallVector<Value> DotLanes::getQuad(ArrayRef<Value> sums, int64_t quad) {
  int64_t block = quad / kLaneTokens * kBlockSums, token = quad % kLaneTokens;
  SmallVector<Value> result;
  for (int64_t output = 0; output < DotTile::kQuad; ++output)
    result.push_back(sums[block + output * kLaneTokens + token]);
  return result;
}

void DotLanes::finishVector(Value output, Value token, Value sum,
                            int64_t outputs, int64_t tokens) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < DotTile::kQuad; ++i)
    values.push_back(vector::ExtractOp::create(k.b, k.loc, sum, i));
  finishQuad(output, token, values,
             getConstantIntValue(tile.outputs) == outputs,
             getConstantIntValue(tile.tokens) == tokens);
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
      Value vector = vector::FromElementsOp::create(k.b, k.loc, quadType,
                                                    getQuad(sums, first + i));
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
      auto [output, token] = getPlace(k.apply(k.d(0) + first, {i}));
      finishVector(output, token, sum, outputs, tokens);
    });
  }
}
