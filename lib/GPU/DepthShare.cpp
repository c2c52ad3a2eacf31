//===- DepthShare.cpp - The depth of a contraction among warps ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthShare.h"

using namespace mlir;
using namespace mlir::mml;

DepthShare::DepthShare(BlockBuilder &builder, int64_t tiles, int64_t slices,
                       Value slice, int64_t ahead)
    : k(builder), tiles(tiles), slices(slices), slice(slice),
      ahead(std::clamp<int64_t>(tiles / slices, 1, ahead)),
      steps(tiles / (slices * this->ahead)) {}

SmallVector<Value> DepthShare::getTiles(Value step, int64_t count) {
  SmallVector<Value> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(
        k.apply((k.d(0) * ahead + i) * slices + k.d(1), {step, slice}));
  return result;
}

SmallVector<Value> DepthShare::build(ValueRange zeros, int64_t words, Read read,
                                     Add add) {
  SmallVector<Value> sums(zeros), current;
  int64_t done = steps * ahead * slices;
  auto readStep = [&](Value step, bool mayBeLast) {
    SmallVector<Value> result;
    for (Value tile : getTiles(step, ahead))
      result.append(read(tile, mayBeLast));
    return result;
  };
  if (steps > 0)
    current = readStep(k.index(0), steps == 1 && done == tiles);
  // All steps but the last read what the next one uses.
  if (steps > 1) {
    SmallVector<Value> init(sums);
    init.append(current);
    SmallVector<Value> results =
        k.loop(k.b.getIndexAttr(0), k.b.getIndexAttr(steps - 1), 1, init,
               [&](Value step, ValueRange args) {
                 SmallVector<Value> next =
                     readStep(k.apply(k.d(0) + 1, {step}), done == tiles);
                 SmallVector<Value> result =
                     add(getTiles(step, ahead), args.drop_front(sums.size()),
                         args.take_front(sums.size()));
                 result.append(next);
                 return result;
               });
    current.assign(results.begin() + sums.size(), results.end());
    sums.assign(results.begin(), results.begin() + sums.size());
  }
  // What is left: fewer than a step, which not all warps have.
  int64_t left = tiles - done, count = llvm::divideCeil(left, slices);
  SmallVector<Value> rest, restTiles = getTiles(k.index(steps), count);
  SmallVector<Value> nothing(words, k.i32(0));
  for (int64_t i = 0; i < count; ++i) {
    Value &tile = restTiles[i];
    auto readTile = [&] { return read(tile, /*mayBeLast=*/true); };
    Value last = k.index(tiles - 1);
    bool isSure = (i + 1) * slices <= left;
    rest.append(isSure ? readTile()
                       : k.choose(k.isBelow(tile, k.b.getIndexAttr(tiles)),
                                  readTile, nothing));
    // Where there is no tile, zeros are multiplied by the last one.
    if (!isSure)
      tile = arith::MinUIOp::create(k.b, k.loc, tile, last);
  }
  if (steps > 0)
    sums = add(getTiles(k.index(steps - 1), ahead), current, sums);
  if (count > 0)
    sums = add(restTiles, rest, sums);
  return sums;
}
