//===- VectorDotKernel.cpp - Products of bytes on vectors -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorDotKernel.h"

using namespace mlir;
using namespace mlir::mml;

Value VectorDotKernel::readQuad(Value tokenTile, Value depthTile, Value row,
                                Value byte, int64_t quad) {
  return broadcastQuad(
      lanes * kLaneDepth, tiles,
      {tokenTile, depthTile, row, add(byte, quad * kLaneDepth)});
}

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
  int64_t places = schedule.getPlaces(tokens);
  return loop(
      index(0), index(groupCount), 1, sums, [&](Value group, ValueRange args) {
        SmallVector<Value> next(args), bytes;
        Value position =
            apply(d(0) * kTileGroups + d(1), ValueRange{tile, group});
        prefetch(block, position);
        for (int64_t v = 0; v < vectors; ++v)
          bytes.push_back(readPacked(block, position, v));
        Value byte = apply(d(0) * kGroupDepth, group);
        for (int64_t field = 0; field < kFields; ++field) {
          SmallVector<Value> codes;
          for (Value packedBytes : bytes)
            codes.push_back(arrange(getCodes(packedBytes, field, places)));
          for (int64_t t = 0; t < tokens; ++t) {
            Value x = readQuad(index(0), tile, index(t), byte, field);
            for (int64_t v = 0; v < vectors; ++v) {
              Value &sum = next[(t * vectors + v) * places + field % places];
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
    storeAll(scratch, [&](Value row, int64_t v) {
      return at(block, tokenTile, v, row);
    });
  };
  if (!areWhole)
    return storeScratch();
  writeOut(
      block, tokenTile, firstRow, count, /*scratchTile=*/tokenTile,
      [&] {
        storeAll(out, [&](Value row, int64_t v) {
          return outAt(block, tokenTile, row, v);
        });
      },
      storeScratch);
}

void VectorDotKernel::sumDirect(Value block, int64_t count) {
  int64_t whole = groups / kTileGroups, tail = groups % kTileGroups;
  int64_t places = schedule.getPlaces(count);
  Value zero = index(0);
  SmallVector<Value> none(count * vectors * places, zeros(getPartialType()));
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
  // The first sum of an output begins with what the activations add.
  SmallVector<Value> sums(none.size(), zeros(getSumsType()));
  for (int64_t t = 0; t < count; ++t)
    for (int64_t v = 0; v < vectors; ++v)
      sums[(t * vectors + v) * places] = getStart(zero, index(t));
  if (isPairs()) {
    sums = loop(zero, index(whole), schedule.getPanelTiles(), sums,
                [&](Value first, ValueRange args) {
                  Value last = min(d(0) + schedule.getPanelTiles(),
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
    Value total = sums[i * places];
    for (int64_t place = 1; place < places; ++place) {
      Value part = arith::ShRSIOp::create(b, loc, sums[i * places + place],
                                          splat(getSumsType(), 2 * place));
      total = arith::AddIOp::create(b, loc, total, part);
    }
    totals.push_back(total);
  }
  store(block, zero, zero, count, totals, /*areWhole=*/true);
}

SmallVector<Value> VectorDotKernel::beginPanel(ArrayRef<Value> sums) {
  if (!isPairs())
    return SmallVector<Value>(sums);
  return SmallVector<Value>(sums.size(), zeros(getPartialType()));
}

SmallVector<Value> VectorDotKernel::endPanel(ArrayRef<Value> sums,
                                             ArrayRef<Value> partials) {
  SmallVector<Value> results(partials);
  if (isPairs())
    for (auto [sum, result] : llvm::zip_equal(sums, results))
      result = arith::AddIOp::create(b, loc, sum, widen(result));
  return results;
}

SmallVector<Value> VectorDotKernel::addStep(const PanelStep &step,
                                            ValueRange partials) {
  SmallVector<Value> next(partials);
  Value byte = apply(d(0) * kLaneDepth, step.firstQuad);
  for (int64_t quad = 0; quad < getStepQuads(); ++quad) {
    SmallVector<Value> codes;
    for (int64_t v = 0; v < vectors; ++v)
      codes.push_back(readPanel(step, v, quad));
    for (int64_t t = 0; t < getTokenStep(); ++t) {
      Value x = readQuad(step.tokenTile, step.depthTile, add(step.firstRow, t),
                         byte, quad);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = next[t * vectors + v];
        sum = multiplyAdd(sum, codes[v], x);
      }
    }
  }
  return next;
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
                                            at(block, tokenTile, v, row)));
      }
    SmallVector<Value> partials = loop(
        index(0), index(chunk.count), 1, beginPanel(sums),
        [&](Value slot, ValueRange tileArgs) {
          Value depthTile = apply(d(0) + d(1), {chunk.firstTile, slot});
          return loop(index(0), index(kTileQuads), getStepQuads(), tileArgs,
                      [&](Value quad, ValueRange args) {
                        return addStep(
                            {tokenTile, firstRow, depthTile, slot, quad}, args);
                      });
        });
    store(block, tokenTile, firstRow, step, endPanel(sums, partials),
          chunk.isLast);
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
                                 const DotSchedule &schedule) {
  return std::make_unique<VectorDotKernel>(builder, op, schedule);
}
