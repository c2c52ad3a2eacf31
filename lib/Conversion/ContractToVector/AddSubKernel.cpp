//===- AddSubKernel.cpp - Trits as masks of additions ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes of a vector are the outputs of a block. A word of the layout holds
// eight consecutive k of one output, so that a vector of words gives, for each
// k, one mask of the outputs with a trit of +1 and one of those with -1.
//
//===----------------------------------------------------------------------===//

#include "ContractKernel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

/// The tiles of tokens: as many as asked for, then one by one. Floats take
/// twice the registers of the i16 sums of integers.
static SmallVector<int64_t> getTokenTiles(ContractOp op, int64_t tokenTile) {
  int64_t tile =
      op.getBound() ? tokenTile : std::max<int64_t>(1, tokenTile / 2);
  if (tile == 1)
    return {1};
  return {tile, 1};
}

namespace {

class AddSubKernel : public ContractKernel {
public:
  AddSubKernel(RewriterBase &rewriter, ContractOp op, TiledLayoutAttr layout,
               int64_t tokenTile)
      : ContractKernel(rewriter, op, layout.getRows(),
                       getTokenTiles(op, tokenTile)) {}

private:
  /// The words of the layout, and the activations in the type they are added
  /// in.
  SmallVector<Value> prepare() override;
  SmallVector<Value> buildSums(ValueRange operands, Value block, Value token,
                               ValueRange init) override;

  /// Adds the words `first` to `last` of a block to the partial sums of each
  /// token, and gives the new ones.
  SmallVector<Value> buildWords(ValueRange operands, Value block, Value token,
                                Value first, Value last, ValueRange sums);

  /// Adds one word, of which the first `count` trits are used.
  SmallVector<Value> buildWord(ValueRange operands, Value block, Value token,
                               Value word, int64_t count, ValueRange sums);

  /// Adds one activation to the sums of one token under the two masks.
  Value addUnderMasks(Value sum, Value activation, Value plus, Value minus);

  /// The integer kernel sums in i16 for this many words, in i32 beyond.
  int64_t getChunkWords() {
    int64_t steps = std::numeric_limits<int16_t>::max() / *op.getBound();
    return steps / TiledLayoutAttr::kDepth;
  }

  /// The type of the sums that are added to at each k.
  VectorType getPartialType() const {
    return VectorType::get(rows,
                           isInteger() ? b.getI16Type() : Type(b.getF32Type()));
  }
  SmallVector<Value> zeroPartials(int64_t tokens) {
    return SmallVector<Value>(tokens, zeros(getPartialType()));
  }
  /// Adds partial sums to the sums of a tile, which are wider for integers.
  SmallVector<Value> widen(ValueRange sums, ValueRange partials);
};

} // namespace

SmallVector<Value> AddSubKernel::prepare() {
  auto lhsType = cast<RankedTensorType>(op.getLhs().getType());
  auto rhsType = cast<RankedTensorType>(op.getRhs().getType());
  auto layout = cast<TiledLayoutAttr>(rhsType.getEncoding());
  Value words = StorageOp::create(
      b, loc, layout.getStorageType(rhsType.getShape()), op.getRhs());
  Value activations = op.getLhs();
  if (isInteger())
    activations = arith::ExtSIOp::create(b, loc, lhsType.clone(b.getI16Type()),
                                         activations);
  return {words, activations};
}

SmallVector<Value> AddSubKernel::buildSums(ValueRange operands, Value block,
                                           Value token, ValueRange init) {
  constexpr int64_t wordDepth = TiledLayoutAttr::kDepth;
  int64_t fullWords = depth / wordDepth, tail = depth % wordDepth,
          tokens = init.size();
  SmallVector<Value> sums(init);
  if (!isInteger()) {
    if (fullWords > 0)
      sums =
          buildWords(operands, block, token, index(0), index(fullWords), sums);
    if (tail > 0)
      sums = buildWord(operands, block, token, index(fullWords), tail, sums);
  } else {
    int64_t chunk = getChunkWords();
    if (fullWords > chunk) {
      auto loop = scf::ForOp::create(
          b, loc, index(0), index(fullWords), index(chunk), sums,
          [&](OpBuilder &, Location, Value first, ValueRange args) {
            AffineExpr start = b.getAffineDimExpr(0);
            AffineMap endMap = AffineMap::get(
                1, 0, {start + chunk, b.getAffineConstantExpr(fullWords)},
                b.getContext());
            Value last = affine::AffineMinOp::create(b, loc, endMap, first);
            SmallVector<Value> partials = buildWords(
                operands, block, token, first, last, zeroPartials(tokens));
            scf::YieldOp::create(b, loc, widen(args, partials));
          });
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    } else if (fullWords > 0) {
      sums = widen(sums, buildWords(operands, block, token, index(0),
                                    index(fullWords), zeroPartials(tokens)));
    }
    if (tail > 0)
      sums = widen(sums, buildWord(operands, block, token, index(fullWords),
                                   tail, zeroPartials(tokens)));
  }
  return sums;
}

SmallVector<Value> AddSubKernel::widen(ValueRange sums, ValueRange partials) {
  SmallVector<Value> result;
  for (auto [sum, partial] : llvm::zip(sums, partials)) {
    Value wide = arith::ExtSIOp::create(b, loc, sum.getType(), partial);
    result.push_back(arith::AddIOp::create(b, loc, sum, wide));
  }
  return result;
}

SmallVector<Value> AddSubKernel::buildWords(ValueRange operands, Value block,
                                            Value token, Value first,
                                            Value last, ValueRange sums) {
  auto loop = scf::ForOp::create(
      b, loc, first, last, index(1), sums,
      [&](OpBuilder &, Location, Value word, ValueRange args) {
        scf::YieldOp::create(b, loc,
                             buildWord(operands, block, token, word,
                                       TiledLayoutAttr::kDepth, args));
      });
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> AddSubKernel::buildWord(ValueRange operands, Value block,
                                           Value token, Value word,
                                           int64_t count, ValueRange sums) {
  Value words = operands[0], activations = operands[1];
  Type laneType = isInteger() ? b.getI16Type() : b.getI32Type();
  auto laneVector = VectorType::get(rows, laneType);
  Value bits = read(VectorType::get(rows, b.getI16Type()), words,
                    {block, word, index(0)});
  // Masks have the width of the lanes that they select.
  if (!isInteger())
    bits = arith::ExtUIOp::create(b, loc, laneVector, bits);
  auto splat = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(laneVector, b.getIntegerAttr(laneType, value)));
  };
  Value none = zeros(laneVector), plusBit = splat(1), minusBit = splat(2),
        step = splat(2);
  // A loop and not `count` copies: LLVM unrolls it behind the reassociation of
  // sums, which would keep all activations in registers at once.
  SmallVector<Value> carried{bits};
  llvm::append_range(carried, sums);
  auto loop = scf::ForOp::create(
      b, loc, index(0), index(count), index(1), carried,
      [&](OpBuilder &, Location, Value j, ValueRange args) {
        auto buildMask = [&](Value bit) -> Value {
          Value set = arith::AndIOp::create(b, loc, args[0], bit);
          return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, set,
                                       none);
        };
        Value plus = buildMask(plusBit), minus = buildMask(minusBit);
        AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
        Value k = affine(d0 * TiledLayoutAttr::kDepth + d1, {word, j});
        SmallVector<Value> next{arith::ShRUIOp::create(b, loc, args[0], step)};
        for (auto [t, sum] : llvm::enumerate(args.drop_front())) {
          Value n = affine(d0 + static_cast<int64_t>(t), token);
          Value x =
              tensor::ExtractOp::create(b, loc, activations, ValueRange{n, k});
          Value activation =
              vector::BroadcastOp::create(b, loc, getPartialType(), x);
          next.push_back(addUnderMasks(sum, activation, plus, minus));
        }
        scf::YieldOp::create(b, loc, next);
      });
  return SmallVector<Value>(loop.getResults().drop_front());
}

Value AddSubKernel::addUnderMasks(Value sum, Value activation, Value plus,
                                  Value minus) {
  if (isInteger()) {
    Value none = zeros(getPartialType());
    Value added = arith::SelectOp::create(b, loc, plus, activation, none);
    Value taken = arith::SelectOp::create(b, loc, minus, activation, none);
    sum = arith::AddIOp::create(b, loc, sum, added);
    return arith::SubIOp::create(b, loc, sum, taken);
  }
  // x - x is what 0.0 * x is, up to the sign of zero: 0 of a finite x, NaN of
  // an infinite one and of NaN.
  Value none = arith::SubFOp::create(b, loc, activation, activation);
  Value negative = arith::NegFOp::create(b, loc, activation);
  Value notPlus = arith::SelectOp::create(b, loc, minus, negative, none);
  Value addend = arith::SelectOp::create(b, loc, plus, activation, notPlus);
  return arith::AddFOp::create(b, loc, sum, addend);
}

Value mlir::mml::buildAddSubKernel(RewriterBase &rewriter, ContractOp op,
                                   TiledLayoutAttr layout, int64_t tokenTile) {
  return AddSubKernel(rewriter, op, layout, tokenTile).build();
}
