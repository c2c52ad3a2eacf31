//===- CoreToLinalg.cpp - The core form in linalg -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "Patterns.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

//===----------------------------------------------------------------------===//
// Trits in memory
//===----------------------------------------------------------------------===//

/// A constant of trits becomes one of the integers that hold them.
struct ConvertConstant : OpConversionPattern<ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    auto value =
        dyn_cast_or_null<ElementsAttr>(getStorageConstant(op.getValue(), type));
    if (!value)
      return rewriter.notifyMatchFailure(op, "the trits are not at hand");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, cast<TypedAttr>(value));
    return success();
  }
};

/// The storage of trits is what their type became.
struct ConvertStorage : OpConversionPattern<StorageOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(StorageOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

/// Whether `op` only passes tensors or memrefs on, whatever their elements.
bool passesOn(Operation *op) {
  if (op->getNumRegions() != 0)
    return false;
  if (llvm::any_of(
          llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()),
          llvm::IsaPred<TritType>))
    return false;
  return isa<tensor::TensorDialect, bufferization::BufferizationDialect>(
             op->getDialect()) ||
         isa<arith::SelectOp, memref::AllocOp, memref::AllocaOp, memref::CastOp,
             memref::CopyOp, memref::DeallocOp, memref::DimOp,
             memref::SubViewOp>(op);
}

/// An upstream operation on a tensor of trits is one on what holds them.
struct ConvertPassingOp : ConversionPattern {
  ConvertPassingOp(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!passesOn(op))
      return rewriter.notifyMatchFailure(
          op, "not an operation that passes tensors or memrefs on");
    auto hasLayout = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor && tensor.getEncoding();
    };
    if (llvm::any_of(op->getOperandTypes(), hasLayout))
      return rewriter.notifyMatchFailure(op, "the trits are packed");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return failure();
    OperationState state(op->getLoc(), op->getName(), operands, types,
                         llvm::to_vector(op->getDiscardableAttrs()));
    state.propertiesAttr = op->getPropertiesAsAttribute();
    rewriter.replaceOp(op, rewriter.create(state));
    return success();
  }
};

/// A transposition of trits is one of the bytes that hold them.
struct ConvertTranspose : OpConversionPattern<linalg::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(linalg::TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "expected tensors");
    rewriter.replaceOpWithNewOp<linalg::TransposeOp>(
        op, adaptor.getInput(), adaptor.getInit(), op.getPermutation());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

/// The statistic of each group of `x`, or nothing where none is needed.
Value buildStatistic(OpBuilder &builder, Location loc, Value x,
                     ArrayRef<int64_t> axes, Statistic statistic) {
  LinalgBuilder linalg(builder, loc);
  switch (statistic) {
  case Statistic::None:
    return Value();
  case Statistic::MaxAbs:
    // Not from 0: the sum of squares before it starts there, and the shared
    // start of two reductions would be copied for one of them.
    return linalg.reduce(
        x, axes,
        builder.getF32FloatAttr(-std::numeric_limits<float>::infinity()),
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value magnitude = math::AbsFOp::create(b, loc, args[0]);
          return arith::MaximumFOp::create(b, loc, args[1], magnitude);
        });
  case Statistic::MeanAbs:
    break;
  }
  // Millions of weights: a sum in f32 would lose the digits that decide trits.
  Value sums = linalg.reduce(
      x, axes, builder.getF64FloatAttr(0),
      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value magnitude = math::AbsFOp::create(b, loc, args[0]);
        Value wide = arith::ExtFOp::create(b, loc, b.getF64Type(), magnitude);
        return arith::AddFOp::create(b, loc, args[1], wide);
      });
  Value count = linalg.count(x, axes, builder.getF64Type());
  return linalg.mapLike(
      sums, linalg.whole(sums),
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value mean = arith::DivFOp::create(b, loc, args[0], count);
        return arith::TruncFOp::create(b, loc, b.getF32Type(), mean);
      });
}

/// The integers and the scales of `x` by `quantizer`; elements along `axes`
/// share a scale.
std::pair<Value, Value> buildQuantization(OpBuilder &builder, Location loc,
                                          Value x,
                                          QuantizerAttrInterface quantizer,
                                          ArrayRef<int64_t> axes,
                                          Value scaleInit) {
  LinalgBuilder linalg(builder, loc);
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  SmallVector<int64_t> kept;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      kept.push_back(axis);
  Value statistic =
      buildStatistic(builder, loc, x, axes, quantizer.getStatistic());
  SmallVector<LinalgBuilder::Input> scaleInputs;
  if (statistic)
    scaleInputs.push_back(linalg.whole(statistic));
  Value scale =
      linalg.mapLike(statistic ? statistic : scaleInit, scaleInputs,
                     [&](OpBuilder &b, Location loc, ValueRange args) {
                       return quantizer.buildScale(
                           b, loc, args.empty() ? Value() : args.front());
                     });
  SmallVector<LinalgBuilder::Input> inputs{linalg.whole(x),
                                           linalg.along(scale, rank, kept)};
  if (statistic)
    inputs.push_back(linalg.along(statistic, rank, kept));
  Value integers = linalg.map(
      inputs, linalg.shapeOf(x), builder.getI8Type(),
      [&](OpBuilder &b, Location loc, ValueRange args) {
        Value stat = args.size() > 2 ? args[2] : Value();
        return quantizer.buildQuantized(b, loc, args[0], stat, args[1]);
      });
  return {integers, scale};
}

/// Both quantizing operations: the types are what differs.
template <typename OpTy>
struct ConvertQuantization : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "expected tensors");
    auto [integers, scale] = buildQuantization(
        rewriter, op.getLoc(), adaptor.getInput(), op.getQuantizer(),
        op.getGroupAxes(), adaptor.getScale());
    SmallVector<Value> results;
    for (auto [value, init] : {std::pair(integers, adaptor.getOutput()),
                               std::pair(scale, adaptor.getScale())})
      results.push_back(value.getType() == init.getType()
                            ? value
                            : tensor::CastOp::create(rewriter, op.getLoc(),
                                                     init.getType(), value));
    rewriter.replaceOp(op, results);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Contraction and rescale
//===----------------------------------------------------------------------===//

/// One addend of a sum with a trit: selected, not multiplied.
Value addTrit(OpBuilder &b, Location loc, Value sum, Value x, Value trit) {
  Value zero = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0));
  Value plus =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, trit, zero);
  Value minus =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, trit, zero);
  if (sum.getType().isInteger()) {
    Value wide = arith::ExtSIOp::create(b, loc, sum.getType(), x);
    Value added = arith::AddIOp::create(b, loc, sum, wide);
    Value taken = arith::SubIOp::create(b, loc, sum, wide);
    Value notPlus = arith::SelectOp::create(b, loc, minus, taken, sum);
    return arith::SelectOp::create(b, loc, plus, added, notPlus);
  }
  // x - x stands for 0.0 * x, which is NaN where x is not finite.
  Value nothing = arith::SubFOp::create(b, loc, x, x);
  Value negative = arith::NegFOp::create(b, loc, x);
  Value notPlus = arith::SelectOp::create(b, loc, minus, negative, nothing);
  Value addend = arith::SelectOp::create(b, loc, plus, x, notPlus);
  return arith::AddFOp::create(b, loc, sum, addend);
}

/// The trit of depth `k` and output `m` where `storage` has them as the layout
/// says; `batch` is null, or the matrix.
Value readDotTrit(OpBuilder &b, Location loc, DotLayoutAttr layout,
                  Value storage, Value batch, Value k, Value m) {
  constexpr int64_t kLaneDepth = 4, kTritBits = 2;
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  auto apply = [&](AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineApply(b, loc, expr, operands));
  };
  SmallVector<Value> indices{
      apply(d0.floorDiv(layout.getRows()), {m}),
      apply(d0.floorDiv(DotLayoutAttr::kDepth), {k}),
      apply((d0 % layout.getRows()) * kLaneDepth + d1 % kLaneDepth, {m, k})};
  if (batch)
    indices.insert(indices.begin(), batch);
  Value byte = tensor::ExtractOp::create(b, loc, storage, indices);
  Value bits =
      apply((d0 % DotLayoutAttr::kDepth).floorDiv(kLaneDepth) * kTritBits, {k});
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(value));
  };
  Value shifted = arith::ShRUIOp::create(
      b, loc, byte, arith::IndexCastOp::create(b, loc, b.getI8Type(), bits));
  Value code = arith::AndIOp::create(b, loc, shifted, constant(3));
  return arith::SubIOp::create(b, loc, code, constant(1));
}

struct ConvertContract : OpConversionPattern<ContractOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ContractOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "expected tensors");
    Attribute encoding =
        cast<RankedTensorType>(op.getRhs().getType()).getEncoding();
    auto layout = dyn_cast_or_null<DotLayoutAttr>(encoding);
    if (encoding && (!layout || op.getBound()))
      return rewriter.notifyMatchFailure(
          op, "packed trits are for convert-mml-contract-to-vector");
    // Outputs innermost: their trits lie side by side.
    unsigned numLoops = op.isBatched() ? 4 : 3;
    unsigned n = numLoops - 3, k = numLoops - 2, m = numLoops - 1;
    auto getMap = [&](unsigned row, unsigned column) {
      SmallVector<unsigned> axes{row, column};
      if (op.isBatched())
        axes.insert(axes.begin(), 0);
      return AffineMap::getMultiDimMapWithTargets(numLoops, axes,
                                                  rewriter.getContext());
    };
    SmallVector<AffineMap> maps{getMap(n, k), getMap(n, m)};
    SmallVector<Value> inputs{adaptor.getLhs()};
    if (!layout) {
      maps.insert(maps.begin() + 1, getMap(k, m));
      inputs.push_back(adaptor.getRhs());
    }
    SmallVector<utils::IteratorType> iterators(numLoops,
                                               utils::IteratorType::parallel);
    iterators[k] = utils::IteratorType::reduction;
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, adaptor.getOut().getType(), inputs, adaptor.getOut(), maps,
        iterators, [&](OpBuilder &b, Location loc, ValueRange args) {
          auto index = [&](unsigned loop) -> Value {
            return linalg::IndexOp::create(b, loc, loop);
          };
          // Packed trits are read where they are, by the indices.
          Value trit = layout ? readDotTrit(b, loc, layout, adaptor.getRhs(),
                                            op.isBatched() ? index(0) : Value(),
                                            index(k), index(m))
                              : args[1];
          linalg::YieldOp::create(b, loc,
                                  addTrit(b, loc, args.back(), args[0], trit));
        });
    return success();
  }
};

struct ConvertRescale : OpConversionPattern<RescaleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(RescaleOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "expected tensors");
    LinalgBuilder linalg(rewriter, op.getLoc());
    int64_t rank =
        cast<RankedTensorType>(adaptor.getInput().getType()).getRank();
    SmallVector<LinalgBuilder::Input> inputs{linalg.whole(adaptor.getInput())};
    SmallVector<ScaleDirection> directions;
    auto addScale = [&](Value scale, std::optional<ScaleDirection> direction,
                        int64_t absentAxis) {
      if (!scale)
        return;
      bool isScalar = cast<RankedTensorType>(scale.getType()).getRank() == 0;
      inputs.push_back(linalg.along(scale, rank,
                                    isScalar ? SmallVector<int64_t>()
                                             : allAxesBut(rank, absentAxis)));
      directions.push_back(*direction);
    };
    addScale(adaptor.getRowScale(), op.getRowDirection(), rank - 1);
    addScale(adaptor.getColumnScale(), op.getColumnDirection(), rank - 2);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      Value value = args[0], divisor;
      if (value.getType().isInteger())
        value = arith::SIToFPOp::create(b, loc, b.getF32Type(), value);
      for (auto [scale, direction] : llvm::zip(args.drop_front(), directions)) {
        if (direction == ScaleDirection::Multiplies)
          value = arith::MulFOp::create(b, loc, value, scale);
        else if (divisor)
          divisor = arith::MulFOp::create(b, loc, divisor, scale);
        else
          divisor = scale;
      }
      return divisor ? arith::DivFOp::create(b, loc, value, divisor) : value;
    };
    rewriter.replaceOp(op, linalg.mapLike(adaptor.getOut(), inputs, body));
    return success();
  }
};

/// A core operation on memrefs is the one on the tensors that they hold. Its
/// inputs and destinations do not overlap, as for every structured operation.
template <typename OpTy> struct LiftToTensors : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureBufferSemantics())
      return rewriter.notifyMatchFailure(op, "expected memrefs");
    SmallVector<Value> operands, destinations, tensors;
    for (OpOperand &operand : op->getOpOperands()) {
      bool isInit = op.isDpsInit(&operand);
      auto type = cast<MemRefType>(operand.get().getType());
      Value tensor = bufferization::ToTensorOp::create(
          rewriter, op.getLoc(),
          RankedTensorType::get(type.getShape(), type.getElementType()),
          operand.get(), /*restrict=*/true, /*writable=*/isInit);
      operands.push_back(tensor);
      if (!isInit)
        continue;
      destinations.push_back(operand.get());
      tensors.push_back(tensor);
    }
    OperationState state(op.getLoc(), op->getName(), operands,
                         ValueRange(tensors).getTypes(),
                         llvm::to_vector(op->getDiscardableAttrs()));
    state.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *lifted = rewriter.create(state);
    for (auto [value, destination] :
         llvm::zip(lifted->getResults(), destinations))
      bufferization::MaterializeInDestinationOp::create(
          rewriter, op.getLoc(), /*result=*/Type(), value, destination,
          /*restrict=*/true, /*writable=*/true);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void mlir::mml::populateCoreToLinalgPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns
      .add<ConvertConstant, ConvertStorage, ConvertPassingOp, ConvertTranspose,
           ConvertQuantization<QuantizeOp>, ConvertQuantization<TernarizeOp>,
           ConvertContract, ConvertRescale, LiftToTensors<QuantizeOp>,
           LiftToTensors<TernarizeOp>, LiftToTensors<ContractOp>,
           LiftToTensors<RescaleOp>>(converter, patterns.getContext());
}
