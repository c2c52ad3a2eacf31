//===- DotActivations.cpp - Tiles of activations, and their sums ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "MemRefBuilder.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

class DotActivations : MemRefBuilder {
public:
  DotActivations(OpBuilder &builder, PackActivationsOp op)
      : MemRefBuilder(builder, op.getLoc()), input(op.getInput()),
        tiles(op.getOuts()[0]), sums(op.getOuts()[1]),
        depth(cast<MemRefType>(input.getType()).getDimSize(1)) {}

  void build();

private:
  static constexpr int64_t kTokens = DotLayoutAttr::kTileTokens,
                           kDepth = DotLayoutAttr::kTileDepth;

  /// Adds the bytes to sums of their own.
  Value addBytes(Value sum, Value bytes) {
    Value wide = arith::ExtSIOp::create(b, loc, getSumsType(), bytes);
    return arith::AddIOp::create(b, loc, sum, wide);
  }
  VectorType getSumsType() { return vector(kDepth, 32); }

  Value input, tiles, sums;
  int64_t depth;
};

} // namespace

void DotActivations::build() {
  Value tokens = size(input, 0);
  int64_t fullTiles = depth / kDepth, tail = depth % kDepth;
  Value zero = index(0);
  loop(zero, size(tiles, 0), 1, [&](Value tile) {
    Value first = apply(d(0) * kTokens, tile);
    Value count =
        min(d(0) - d(1), b.getAffineConstantExpr(kTokens), {tokens, first});
    loop(zero, count, 1, [&](Value row) {
      Value token = apply(d(0) + d(1), {first, row});
      auto move = [&](Value depthTile, int64_t bytes, Value sum) {
        Value values = loadBytes(kDepth, bytes, input,
                                 {token, apply(d(0) * kDepth, depthTile)});
        store(values, tiles, {tile, depthTile, row, zero});
        return addBytes(sum, values);
      };
      Value sum =
          loop(zero, index(fullTiles), 1, zeros(getSumsType()),
               [&](Value depthTile, ValueRange args) {
                 return SmallVector<Value>{move(depthTile, kDepth, args[0])};
               })
              .front();
      if (tail > 0)
        sum = move(index(fullTiles), tail, sum);
      Value total =
          vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, sum);
      memref::StoreOp::create(b, loc, total, sums, ValueRange{tile, row});
    });
    // Tokens behind the last one are zeros.
    Value none = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    loop(count, index(kTokens), 1, [&](Value row) {
      loop(zero, size(tiles, 1), 1, [&](Value depthTile) {
        store(zeros(vector(kDepth, 8)), tiles, {tile, depthTile, row, zero});
      });
      memref::StoreOp::create(b, loc, none, sums, ValueRange{tile, row});
    });
  });
}

void mlir::mml::buildPackDotActivations(OpBuilder &builder,
                                        PackActivationsOp op) {
  DotActivations(builder, op).build();
}
