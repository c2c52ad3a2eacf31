//===- VectorDotKernel.cpp - Products of bytes on vectors -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are outputs, each with four consecutive k in the bytes
// of 32 bits, as the instructions multiply and add them. An activation quad is
// in every lane.
//
//===----------------------------------------------------------------------===//

#include "DotKernel.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

class VectorDotKernel : public DotKernel {
public:
  using DotKernel::DotKernel;

private:
  ArrayRef<int64_t> getDirectCounts() const override {
    static constexpr int64_t counts[] = {1, 2, 4, 8};
    return counts;
  }
  void sumDirect(Value block, int64_t count) override;
  // Codes of a panel and activations of a step share 48 KB or 32 KB of cache.
  // Sums in i16 go over to i32 with each panel.
  int64_t getPanelTiles() const override { return isPairs() ? kPairTiles : 8; }
  void sumPanel(Value block, const Chunk &chunk) override;

  /// Two codes of at most 2 by activations of -128 to 127 are from -512 to 508
  /// in a step; 64 of them, which are four tiles of depth, fit an i16.
  static constexpr int64_t kPairTiles = 4;
  static_assert(kPairTiles * kTileQuads * 512 <= 1 << 15);

  bool isPairs() const { return target.kind == DotKind::PairsI16; }

  /// Tokens whose sums are in registers at once: with two vectors each, half of
  /// the registers, so that codes, activations and products have the others.
  int64_t getTokenStep() const { return target.bits == 512 ? 8 : 4; }

  /// Sums that are added to in turn, for one output: they hide the latency of
  /// an instruction where there are few tokens.
  int64_t getChains(int64_t tokens) const {
    if (isPairs())
      return 1;
    return tokens == 1 ? 4 : tokens <= 3 ? 2 : 1;
  }

  VectorType getPartialType() {
    return isPairs() ? vector(2 * lanes, 16) : getSumsType();
  }

  /// Four activations in every lane.
  Value readQuad(Value tokenTile, Value depthTile, Value row, Value byte) {
    Value four =
        load(vector(kLaneDepth, 8), tiles, {tokenTile, depthTile, row, byte});
    Value word = vector::ExtractOp::create(b, loc, bitcast(four, vector(1, 32)),
                                           ArrayRef<int64_t>{0});
    return bitcast(broadcast(word, getSumsType()), getBytesType());
  }

  /// Adds the products of the bytes of each lane to `sum`.
  Value multiplyAdd(Value sum, Value codes, Value activations);

  /// Adds the first `groupCount` groups of a tile of depth to sums.
  SmallVector<Value> sumTile(Value block, Value tile, int64_t groupCount,
                             int64_t tokens, ValueRange sums);

  /// Writes the sums of `count` tokens from `firstRow` of a tile on, where they
  /// are whole to the result.
  void store(Value block, Value tokenTile, Value firstRow, int64_t count,
             ArrayRef<Value> sums, bool areWhole);

  /// What partial sums add up to in i32.
  Value widen(Value partial);
};

} // namespace

Value VectorDotKernel::multiplyAdd(Value sum, Value codes, Value activations) {
  if (target.kind != DotKind::None)
    return ByteDotOp::create(b, loc, sum.getType(), sum, codes, activations);
  // Byte by byte: the code in the lowest bits of a lane, the activation by its
  // sign.
  VectorType wide = getSumsType();
  Value code = bitcast(codes, wide), activation = bitcast(activations, wide);
  Value low = splat(wide, 3), top = splat(wide, 24);
  for (int64_t j = 0; j < kLaneDepth; ++j) {
    Value shift = splat(wide, 8 * j),
          left = splat(wide, 8 * (kLaneDepth - 1 - j));
    Value factor = arith::AndIOp::create(
        b, loc, arith::ShRUIOp::create(b, loc, code, shift), low);
    Value x = arith::ShRSIOp::create(
        b, loc, arith::ShLIOp::create(b, loc, activation, left), top);
    sum = arith::AddIOp::create(b, loc, sum,
                                arith::MulIOp::create(b, loc, factor, x));
  }
  return sum;
}

Value VectorDotKernel::widen(Value partial) {
  if (!isPairs())
    return partial;
  Value both = bitcast(partial, getSumsType()), half = splat(getSumsType(), 16);
  Value high = arith::ShRSIOp::create(b, loc, both, half);
  Value low = arith::ShRSIOp::create(
      b, loc, arith::ShLIOp::create(b, loc, both, half), half);
  return arith::AddIOp::create(b, loc, high, low);
}

SmallVector<Value> VectorDotKernel::sumTile(Value block, Value tile,
                                            int64_t groupCount, int64_t tokens,
                                            ValueRange sums) {
  int64_t chains = getChains(tokens);
  return loop(
      index(0), index(groupCount), 1, sums, [&](Value group, ValueRange args) {
        SmallVector<Value> next(args), bytes;
        Value position =
            apply(d(0) * kTileGroups + d(1), ValueRange{tile, group});
        prefetch(block, position);
        for (int64_t v = 0; v < vectors; ++v)
          bytes.push_back(readPacked(block, position, v));
        for (int64_t field = 0; field < kFields; ++field) {
          SmallVector<Value> codes;
          for (Value packedBytes : bytes)
            codes.push_back(getCodes(packedBytes, field));
          for (int64_t t = 0; t < tokens; ++t) {
            Value byte = apply(d(0) * kGroupDepth + field * kLaneDepth, group);
            Value x = readQuad(index(0), tile, index(t), byte);
            for (int64_t v = 0; v < vectors; ++v) {
              Value &sum = next[(t * vectors + v) * chains + field % chains];
              sum = multiplyAdd(sum, codes[v], x);
            }
          }
        }
        return next;
      });
}

void VectorDotKernel::store(Value block, Value tokenTile, Value firstRow,
                            int64_t count, ArrayRef<Value> sums,
                            bool areWhole) {
  auto storeAll = [&](Value memref, auto getPlace) {
    for (int64_t t = 0; t < count; ++t)
      for (int64_t v = 0; v < vectors; ++v)
        MemRefBuilder::store(sums[t * vectors + v], memref,
                             getPlace(add(firstRow, t), v));
  };
  auto storeScratch = [&] {
    storeAll(scratch,
             [&](Value row, int64_t v) { return at(tokenTile, v, row); });
  };
  if (!areWhole)
    return storeScratch();
  writeOut(
      block, tokenTile, firstRow, count,
      [&] {
        storeAll(out, [&](Value row, int64_t v) {
          return outAt(block, tokenTile, row, v);
        });
      },
      storeScratch);
}

void VectorDotKernel::sumDirect(Value block, int64_t count) {
  int64_t whole = groups / kTileGroups, tail = groups % kTileGroups;
  int64_t chains = getChains(count);
  Value zero = index(0);
  SmallVector<Value> none(count * vectors * chains, zeros(getPartialType()));
  auto sumTiles = [&](Value first, Value last, ValueRange init) {
    return loop(first, last, 1, init, [&](Value tile, ValueRange args) {
      return sumTile(block, tile, kTileGroups, count, args);
    });
  };
  auto addWidened = [&](ValueRange sums, ValueRange partials) {
    return llvm::map_to_vector(
        llvm::zip_equal(sums, partials), [&](auto pair) -> Value {
          auto [sum, partial] = pair;
          return arith::AddIOp::create(b, loc, sum, widen(partial));
        });
  };
  // The first chain of an output begins with what the activations add.
  SmallVector<Value> sums(none.size(), zeros(getSumsType()));
  for (int64_t t = 0; t < count; ++t)
    for (int64_t v = 0; v < vectors; ++v)
      sums[(t * vectors + v) * chains] = getStart(zero, index(t));
  if (isPairs()) {
    sums = loop(zero, index(whole), kPairTiles, sums,
                [&](Value first, ValueRange args) {
                  Value last = min(d(0) + kPairTiles,
                                   b.getAffineConstantExpr(whole), first);
                  return addWidened(args, sumTiles(first, last, none));
                });
    if (tail > 0)
      sums = addWidened(sums, sumTile(block, index(whole), tail, count, none));
  } else {
    sums = sumTiles(zero, index(whole), sums);
    if (tail > 0)
      sums = sumTile(block, index(whole), tail, count, sums);
  }
  SmallVector<Value> totals;
  for (int64_t i = 0; i < count * vectors; ++i) {
    ArrayRef<Value> parts = ArrayRef(sums).slice(i * chains, chains);
    Value total = parts.front();
    for (Value part : parts.drop_front())
      total = arith::AddIOp::create(b, loc, total, part);
    totals.push_back(total);
  }
  store(block, zero, zero, count, totals, /*areWhole=*/true);
}

void VectorDotKernel::sumPanel(Value block, const Chunk &chunk) {
  int64_t step = getTokenStep();
  auto sumRows = [&](Value tokenTile, Value firstRow) {
    SmallVector<Value> sums;
    for (int64_t t = 0; t < step; ++t)
      for (int64_t v = 0; v < vectors; ++v) {
        Value row = add(firstRow, t);
        sums.push_back(chunk.isFirst ? getStart(tokenTile, row)
                                     : load(getSumsType(), scratch,
                                            at(tokenTile, v, row)));
      }
    SmallVector<Value> partials(sums);
    if (isPairs())
      partials.assign(sums.size(), zeros(getPartialType()));
    auto addQuad = [&](Value slot, Value depthTile, Value quad,
                       ValueRange args) {
      SmallVector<Value> next(args), codes;
      for (int64_t v = 0; v < vectors; ++v)
        codes.push_back(
            load(getBytesType(), panel, {slot, index(v), quad, index(0)}));
      for (int64_t t = 0; t < step; ++t) {
        Value x = readQuad(tokenTile, depthTile, add(firstRow, t),
                           apply(d(0) * kLaneDepth, quad));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[t * vectors + v];
          sum = multiplyAdd(sum, codes[v], x);
        }
      }
      return next;
    };
    partials = loop(index(0), index(chunk.count), 1, partials,
                    [&](Value slot, ValueRange tileArgs) {
                      Value depthTile =
                          apply(d(0) + d(1), {chunk.firstTile, slot});
                      return loop(index(0), index(kTileQuads), 1, tileArgs,
                                  [&](Value quad, ValueRange args) {
                                    return addQuad(slot, depthTile, quad, args);
                                  });
                    });
    if (isPairs())
      for (auto [sum, partial] : llvm::zip_equal(sums, partials))
        partial = arith::AddIOp::create(b, loc, sum, widen(partial));
    store(block, tokenTile, firstRow, step, partials, chunk.isLast);
  };
  loop(index(0), tokenTiles, 1, [&](Value tokenTile) {
    Value last = min(d(0) - d(1) * kTokens, b.getAffineConstantExpr(kTokens),
                     {tokens, tokenTile});
    loop(index(0), last, step,
         [&](Value firstRow) { sumRows(tokenTile, firstRow); });
  });
}

std::unique_ptr<DotKernel>
mlir::mml::createVectorDotKernel(OpBuilder &builder, ContractPackedOp op,
                                 const DotTarget &target) {
  return std::make_unique<VectorDotKernel>(builder, op, target);
}
