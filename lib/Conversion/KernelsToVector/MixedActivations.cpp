//===- MixedActivations.cpp - Quads and tables of the mixed kernel --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tables are sums of activations times codes, as products of bytes compute
// them; both come from the activations of a period that are looked up, brought
// into the order of tables. They pass through memory in between, from where one
// instruction brings a table's three activations to all lanes.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "MemRefBuilder.h"

#include "mml/Ternary/MixedSteps.h"

using namespace mlir;
using namespace mlir::mml;
using Steps = ::mml::ternary::MixedSteps;

namespace {

class MixedActivations : MemRefBuilder {
public:
  MixedActivations(OpBuilder &builder, PackActivationsOp op)
      : MemRefBuilder(builder, op.getLoc()), input(op.getInput()),
        quads(op.getOuts()[2]), tables(op.getOuts()[3]),
        depth(cast<MemRefType>(input.getType()).getDimSize(1)) {}

  void build();

private:
  static constexpr int64_t kTokens = DotLayoutAttr::kTileTokens,
                           kFields = Steps::groupFields;
  /// The k of a period that have to do with lookups, and those behind them.
  static constexpr int64_t kLookupDepth =
                               Steps::lookupGroups * Steps::groupDepth,
                           kDotDepth = Steps::dotGroups * Steps::groupDepth;

  /// Writes the quads of a token and a period, of whose k `count` are inside,
  /// and what its tables are made of to `sources`.
  void arrange(Value tile, Value row, Value token, Value period, int64_t count);
  /// Writes the tables of a token and a period.
  void buildTables(Value tile, Value row, Value period);
  /// The codes of activation `k` < 4 in every table, for those of its words
  /// whose number is `parity` modulo 2; the fourth one is in none.
  Value getCodes(int64_t parity);

  Value getChunk(Value period) {
    return apply(d(0).floorDiv(Steps::chunkPeriods), period);
  }
  /// `offset` behind the first one of a period of a chunk that has `size`.
  Value inChunk(Value period, int64_t size, int64_t offset) {
    return apply(d(0) % Steps::chunkPeriods * size + offset, period);
  }
  Value shuffle(Value bytes, ArrayRef<int64_t> positions) {
    return vector::ShuffleOp::create(b, loc, bytes, bytes, positions);
  }

  Value input, quads, tables;
  int64_t depth;
  /// Of a token: period, the activations of one table after the other.
  Value sources;
};

} // namespace

void MixedActivations::arrange(Value tile, Value row, Value token, Value period,
                               int64_t count) {
  auto read = [&](int64_t lanes, int64_t first) {
    return loadBytes(lanes, std::max<int64_t>(count - first, 0), input,
                     {token, apply(d(0) * Steps::periodDepth + first, period)});
  };
  Value looked = read(kLookupDepth, 0);
  SmallVector<int64_t> multiplied, transposed;
  for (int64_t group = 0; group < Steps::lookupGroups; ++group)
    for (int64_t j = 0; j < kFields; ++j) {
      int64_t first = group * Steps::groupDepth;
      multiplied.push_back(first + (kFields - 1) * kFields + j);
      for (int64_t field = 0; field < kFields; ++field)
        transposed.push_back(first + field * kFields + j);
    }
  store(shuffle(looked, transposed), sources, {period, index(0)});
  auto storeQuads = [&](Value bytes, int64_t offset) {
    store(bytes, quads,
          {tile, getChunk(period), row,
           inChunk(period, Steps::quads * kFields, offset)});
  };
  storeQuads(shuffle(looked, multiplied), 0);
  int64_t offset = multiplied.size();
  for (int64_t first = 0, lanes = 64; first < kDotDepth; first += lanes) {
    while (lanes > kDotDepth - first)
      lanes /= 2;
    storeQuads(read(lanes, kLookupDepth + first), offset + first);
  }
}

Value MixedActivations::getCodes(int64_t parity) {
  SmallVector<int8_t> codes(2 * Steps::tableEntries, 0);
  for (int64_t c2 = 0; c2 < 3; ++c2)
    for (int64_t c1 = 0; c1 < 3; ++c1)
      for (int64_t c0 = 0; c0 < 3; ++c0) {
        int64_t entry = c0 * Steps::weights[0] + c1 * Steps::weights[1] +
                        c2 * Steps::weights[2];
        if (entry % 2 != parity)
          continue;
        int8_t *lane = &codes[entry / 2 * kFields];
        lane[0] = c0;
        lane[1] = c1;
        lane[2] = c2;
      }
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(vector(codes.size(), 8), ArrayRef<int8_t>(codes)));
}

void MixedActivations::buildTables(Value tile, Value row, Value period) {
  VectorType sumsType = vector(Steps::tableEntries / 2, 32);
  Value even = getCodes(0), odd = getCodes(1);
  Value quad = apply(d(0).floorDiv(Steps::tokens), row);
  for (int64_t i = 0; i < Steps::lookups; ++i) {
    Value x = broadcastQuad(2 * Steps::tableEntries, sources,
                            {period, index(i * kFields)});
    auto sum = [&](Value codes) -> Value {
      return ByteDotOp::create(b, loc, sumsType, zeros(sumsType), codes, x);
    };
    // Sums of i32 that fit a word, two in one lane.
    Value low =
        arith::AndIOp::create(b, loc, sum(even), splat(sumsType, 0xffff));
    Value high = arith::ShLIOp::create(b, loc, sum(odd), splat(sumsType, 16));
    Value table = arith::OrIOp::create(b, loc, low, high);
    Value line =
        apply(d(0) % Steps::chunkPeriods * (Steps::lookups * Steps::tokens) +
                  i * Steps::tokens + d(1) % Steps::tokens,
              {period, row});
    store(bitcast(table, vector(Steps::tableEntries, 16)), tables,
          {tile, getChunk(period), quad, line, index(0)});
  }
}

void MixedActivations::build() {
  int64_t periods = Steps::getPeriods(depth);
  int64_t whole = depth / Steps::periodDepth;
  auto type = MemRefType::get({periods, kLookupDepth}, b.getI8Type());
  constexpr int64_t kLineBytes = 64;
  sources = memref::AllocOp::create(b, loc, type, ValueRange(),
                                    b.getI64IntegerAttr(kLineBytes));
  Value tokens = size(input, 0), zero = index(0);
  loop(zero, size(tables, 0), 1, [&](Value tile) {
    Value first = apply(d(0) * kTokens, tile);
    Value count =
        min(d(0) - d(1), b.getAffineConstantExpr(kTokens), {tokens, first});
    loop(zero, count, 1, [&](Value row) {
      Value token = apply(d(0) + d(1), {first, row});
      loop(zero, index(whole), 1, [&](Value period) {
        arrange(tile, row, token, period, Steps::periodDepth);
      });
      if (whole < periods)
        arrange(tile, row, token, index(whole),
                depth - whole * Steps::periodDepth);
      loop(zero, index(periods), 1,
           [&](Value period) { buildTables(tile, row, period); });
    });
  });
  memref::DeallocOp::create(b, loc, sources);
}

void mlir::mml::buildPackMixedActivations(OpBuilder &builder,
                                          PackActivationsOp op) {
  MixedActivations(builder, op).build();
}
