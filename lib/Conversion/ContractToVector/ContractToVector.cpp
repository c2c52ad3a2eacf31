//===- ContractToVector.cpp - The add/subtract kernel ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/Passes.h"
#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTMMLCONTRACTTOVECTORPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Every vector lies inside the tensor that it is read from or written to.
static constexpr bool kInBoundsValues[] = {true};
static constexpr ArrayRef<bool> kInBounds(kInBoundsValues);

/// From this many trits on a contraction is worth the start of threads.
static constexpr int64_t kParallelTrits = 1 << 18;

namespace {

/// Builds the loops of one contraction with trits in the tiled layout.
///
/// The lanes of a vector are the outputs of a block. A word of the layout holds
/// eight consecutive k of one output, so that a vector of words gives, for each
/// k, one mask of the outputs with a trit of +1 and one of those with -1.
class AddSubKernel {
public:
  AddSubKernel(RewriterBase &rewriter, ContractOp op, TiledLayoutAttr layout,
               int64_t tokenTile)
      : b(rewriter), op(op), loc(op.getLoc()), rows(layout.getRows()),
        depth(cast<ShapedType>(op.getRhs().getType()).getShape().end()[-2]),
        outputs(cast<ShapedType>(op.getRhs().getType()).getShape().back()),
        // Floats take twice the registers of the i16 sums of integers.
        tokenTile(op.getBound() ? tokenTile
                                : std::max<int64_t>(1, tokenTile / 2)),
        outType(cast<ShapedType>(op.getOut().getType()).getElementType()),
        startsAtZero(isZeroFill(op.getOut())) {}

  Value build();

private:
  bool isInteger() const { return outType.isInteger(); }

  /// Whether the contraction adds to zeros, which need not be read.
  static bool isZeroFill(Value out) {
    auto fill = out.getDefiningOp<linalg::FillOp>();
    return fill && (matchPattern(fill.value(), m_Zero()) ||
                    matchPattern(fill.value(), m_AnyZeroFloat()));
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value affine(AffineExpr expr, ValueRange operands) {
    SmallVector<OpFoldResult> mixed(operands.begin(), operands.end());
    return getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineApply(b, loc, expr, mixed));
  }

  /// Computes each product of a batch into its place in `result`.
  Value buildBatch(Value result);

  /// Computes one product into `result`, of rank 2. Blocks of outputs are on
  /// threads where `isParallel`.
  Value buildMatrix(Value result, bool isParallel);

  /// Computes one block of outputs, `width` of them, for all tokens. `slice` is
  /// the block of the destination.
  Value buildBlock(Value block, int64_t width, Value slice);

  /// Computes the outputs of a block for `tokens` tokens from `token` on.
  Value buildTile(Value block, int64_t width, Value slice, Value token,
                  int64_t tokens);

  /// Adds the words `first` to `last` of a block to the partial sums of each
  /// token, and gives the new ones.
  SmallVector<Value> buildWords(Value block, Value token, Value first,
                                Value last, ValueRange sums);

  /// Adds one word, of which the first `count` trits are used.
  SmallVector<Value> buildWord(Value block, Value token, Value word,
                               int64_t count, ValueRange sums);

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
  Value zeros(VectorType type) {
    return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  }
  SmallVector<Value> zeroPartials(int64_t tokens) {
    return SmallVector<Value>(tokens, zeros(getPartialType()));
  }
  /// Adds partial sums to the sums of a tile, which are wider for integers.
  SmallVector<Value> widen(ValueRange sums, ValueRange partials);

  RewriterBase &b;
  ContractOp op;
  Location loc;
  int64_t rows, depth, outputs, tokenTile;
  Type outType;
  bool startsAtZero;
  /// The words of the layout, and the activations in the type they are added
  /// in.
  Value words, activations;
};

Value AddSubKernel::build() {
  auto lhsType = cast<RankedTensorType>(op.getLhs().getType());
  auto rhsType = cast<RankedTensorType>(op.getRhs().getType());
  auto layout = cast<TiledLayoutAttr>(rhsType.getEncoding());
  words = StorageOp::create(b, loc, layout.getStorageType(rhsType.getShape()),
                            op.getRhs());
  activations = op.getLhs();
  if (isInteger())
    activations = arith::ExtSIOp::create(b, loc, lhsType.clone(b.getI16Type()),
                                         activations);

  Value result = op.getOut();
  if (startsAtZero)
    result = tensor::EmptyOp::create(
        b, loc, tensor::getMixedSizes(b, loc, op.getOut()), outType);
  if (op.isBatched())
    return buildBatch(result);
  return buildMatrix(result, depth * outputs >= kParallelTrits);
}

Value AddSubKernel::buildBatch(Value result) {
  // The storage of trits has the batch in front too.
  int64_t batch = cast<ShapedType>(op.getRhs().getType()).getDimSize(0);
  Value allWords = words, allActivations = activations;
  SmallVector<OpFoldResult> strides(3, b.getIndexAttr(1));
  auto getOffsets = [&](Value index) {
    return SmallVector<OpFoldResult>{index, b.getIndexAttr(0),
                                     b.getIndexAttr(0)};
  };
  auto getSizes = [&](Value tensor) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
    sizes.front() = b.getIndexAttr(1);
    return sizes;
  };
  auto getMatrix = [&](Value tensor, Value index) -> Value {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)),
        unitStrides(type.getRank(), b.getIndexAttr(1));
    offsets.front() = index;
    return tensor::ExtractSliceOp::create(
        b, loc,
        RankedTensorType::get(type.getShape().drop_front(),
                              type.getElementType()),
        tensor, offsets, getSizes(tensor), unitStrides);
  };
  auto computeMatrix = [&](Value index, Value destination) {
    words = getMatrix(allWords, index);
    activations = getMatrix(allActivations, index);
    return buildMatrix(getMatrix(destination, index), /*isParallel=*/false);
  };
  SmallVector<OpFoldResult> sizes = getSizes(result);
  if (batch * depth * outputs >= kParallelTrits) {
    auto forall = scf::ForallOp::create(
        b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(batch)},
        ValueRange{result}, /*mapping=*/std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    Value index = forall.getInductionVar(0);
    Value destination = forall.getRegionIterArgs()[0];
    Value computed = computeMatrix(index, destination);
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, computed, destination,
                                          getOffsets(index), sizes, strides);
    return forall.getResult(0);
  }
  return scf::ForOp::create(
             b, loc, index(0), index(batch), index(1), result,
             [&](OpBuilder &, Location, Value index, ValueRange args) {
               Value computed = computeMatrix(index, args[0]);
               Value inserted = tensor::InsertSliceOp::create(
                   b, loc, computed, args[0], getOffsets(index), sizes,
                   strides);
               scf::YieldOp::create(b, loc, inserted);
             })
      .getResult(0);
}

Value AddSubKernel::buildMatrix(Value result, bool isParallel) {
  OpFoldResult tokens = tensor::getMixedSize(b, loc, result, 0);
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  int64_t fullBlocks = outputs / rows, tail = outputs % rows;

  auto getOffsets = [&](Value block) {
    return SmallVector<OpFoldResult>{
        b.getIndexAttr(0), affine(b.getAffineDimExpr(0) * rows, block)};
  };
  SmallVector<OpFoldResult> sizes{tokens, b.getIndexAttr(rows)};
  auto computeBlock = [&](Value block, Value destination) {
    Value slice = tensor::ExtractSliceOp::create(
        b, loc, destination, getOffsets(block), sizes, strides);
    return buildBlock(block, rows, slice);
  };
  if (fullBlocks > 0 && isParallel) {
    auto forall = scf::ForallOp::create(
        b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(fullBlocks)},
        ValueRange{result}, /*mapping=*/std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    Value block = forall.getInductionVar(0);
    Value destination = forall.getRegionIterArgs()[0];
    Value computed = computeBlock(block, destination);
    SmallVector<OpFoldResult> offsets = getOffsets(block);
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, computed, destination,
                                          offsets, sizes, strides);
    result = forall.getResult(0);
  } else if (fullBlocks > 0) {
    auto loop = scf::ForOp::create(
        b, loc, index(0), index(fullBlocks), index(1), result,
        [&](OpBuilder &, Location, Value block, ValueRange args) {
          Value computed = computeBlock(block, args[0]);
          Value inserted = tensor::InsertSliceOp::create(
              b, loc, computed, args[0], getOffsets(block), sizes, strides);
          scf::YieldOp::create(b, loc, inserted);
        });
    result = loop.getResult(0);
  }
  if (tail > 0) {
    SmallVector<OpFoldResult> offsets{b.getIndexAttr(0),
                                      b.getIndexAttr(fullBlocks * rows)};
    sizes.back() = b.getIndexAttr(tail);
    Value slice =
        tensor::ExtractSliceOp::create(b, loc, result, offsets, sizes, strides);
    Value computed = buildBlock(index(fullBlocks), tail, slice);
    result = tensor::InsertSliceOp::create(b, loc, computed, result, offsets,
                                           sizes, strides);
  }
  return result;
}

Value AddSubKernel::buildBlock(Value block, int64_t width, Value slice) {
  Value tokens = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, slice, 0));
  AffineExpr count = b.getAffineDimExpr(0);
  Value tiled = affine(count - count % tokenTile, tokens);
  auto buildLoop = [&](Value first, Value last, int64_t step, Value init) {
    return scf::ForOp::create(
               b, loc, first, last, index(step), init,
               [&](OpBuilder &, Location, Value token, ValueRange args) {
                 Value tile = buildTile(block, width, args[0], token, step);
                 scf::YieldOp::create(b, loc, tile);
               })
        .getResult(0);
  };
  Value result = buildLoop(index(0), tiled, tokenTile, slice);
  if (tokenTile == 1)
    return result;
  return buildLoop(tiled, tokens, 1, result);
}

Value AddSubKernel::buildTile(Value block, int64_t width, Value slice,
                              Value token, int64_t tokens) {
  constexpr int64_t wordDepth = TiledLayoutAttr::kDepth;
  int64_t fullWords = depth / wordDepth, tail = depth % wordDepth;
  VectorType sumType = VectorType::get(rows, outType);
  VectorType tileType = VectorType::get(width, outType);
  auto getIndices = [&](int64_t t) {
    return SmallVector<Value>{affine(b.getAffineDimExpr(0) + t, token),
                              index(0)};
  };

  SmallVector<Value> sums;
  for (int64_t t = 0; t < tokens; ++t) {
    if (startsAtZero) {
      sums.push_back(zeros(sumType));
      continue;
    }
    Value old =
        vector::TransferReadOp::create(b, loc, tileType, slice, getIndices(t),
                                       /*padding=*/std::nullopt, kInBounds);
    sums.push_back(width == rows
                       ? old
                       : vector::InsertStridedSliceOp::create(
                             b, loc, old, zeros(sumType), ArrayRef<int64_t>{0},
                             ArrayRef<int64_t>{1}));
  }

  if (!isInteger()) {
    if (fullWords > 0)
      sums = buildWords(block, token, index(0), index(fullWords), sums);
    if (tail > 0)
      sums = buildWord(block, token, index(fullWords), tail, sums);
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
            SmallVector<Value> partials =
                buildWords(block, token, first, last, zeroPartials(tokens));
            scf::YieldOp::create(b, loc, widen(args, partials));
          });
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    } else if (fullWords > 0) {
      sums = widen(sums, buildWords(block, token, index(0), index(fullWords),
                                    zeroPartials(tokens)));
    }
    if (tail > 0)
      sums = widen(sums, buildWord(block, token, index(fullWords), tail,
                                   zeroPartials(tokens)));
  }

  Value result = slice;
  for (int64_t t = 0; t < tokens; ++t) {
    Value sum = sums[t];
    if (width != rows)
      sum = vector::ExtractStridedSliceOp::create(
          b, loc, sum, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{width},
          ArrayRef<int64_t>{1});
    result = vector::TransferWriteOp::create(b, loc, sum, result, getIndices(t),
                                             kInBounds)
                 .getResult();
  }
  return result;
}

SmallVector<Value> AddSubKernel::widen(ValueRange sums, ValueRange partials) {
  SmallVector<Value> result;
  for (auto [sum, partial] : llvm::zip(sums, partials)) {
    Value wide = arith::ExtSIOp::create(b, loc, sum.getType(), partial);
    result.push_back(arith::AddIOp::create(b, loc, sum, wide));
  }
  return result;
}

SmallVector<Value> AddSubKernel::buildWords(Value block, Value token,
                                            Value first, Value last,
                                            ValueRange sums) {
  auto loop = scf::ForOp::create(
      b, loc, first, last, index(1), sums,
      [&](OpBuilder &, Location, Value word, ValueRange args) {
        scf::YieldOp::create(
            b, loc,
            buildWord(block, token, word, TiledLayoutAttr::kDepth, args));
      });
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> AddSubKernel::buildWord(Value block, Value token, Value word,
                                           int64_t count, ValueRange sums) {
  Type laneType = isInteger() ? b.getI16Type() : b.getI32Type();
  auto laneVector = VectorType::get(rows, laneType);
  Value bits = vector::TransferReadOp::create(
      b, loc, VectorType::get(rows, b.getI16Type()), words,
      ValueRange{block, word, index(0)}, /*padding=*/std::nullopt, kInBounds);
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

/// Whether a size is known to be 0: then there is nothing to add, and slices of
/// tiles would be out of bounds.
bool isEmpty(Value tensor) {
  return llvm::is_contained(cast<ShapedType>(tensor.getType()).getShape(), 0);
}

struct ConvertContract : OpRewritePattern<ContractOp> {
  ConvertContract(MLIRContext *context, int64_t tokenTile)
      : OpRewritePattern(context), tokenTile(tokenTile) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    auto layout =
        rhs ? dyn_cast_or_null<TiledLayoutAttr>(rhs.getEncoding()) : nullptr;
    if (!layout)
      return rewriter.notifyMatchFailure(
          op, "expected a tensor of trits in the tiled layout");
    if (isEmpty(op.getLhs()) || isEmpty(op.getRhs()) || isEmpty(op.getOut())) {
      rewriter.replaceOp(op, op.getOut());
      return success();
    }
    rewriter.replaceOp(op,
                       AddSubKernel(rewriter, op, layout, tokenTile).build());
    return success();
  }

private:
  int64_t tokenTile;
};

struct ConvertMMLContractToVectorPass
    : mlir::mml::impl::ConvertMMLContractToVectorPassBase<
          ConvertMMLContractToVectorPass> {
  using ConvertMMLContractToVectorPassBase::ConvertMMLContractToVectorPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (tokenTile >= 1 && tokenTile <= 64)
      return success();
    return emitError(UnknownLoc::get(context))
           << "expected a token tile from 1 to 64 but got "
           << tokenTile.getValue();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertContract>(&getContext(), tokenTile);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
