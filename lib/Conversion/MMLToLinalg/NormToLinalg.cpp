//===- NormToLinalg.cpp - Norms in linalg ---------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::mml;

/// 1 / sqrt(x), with the rounding of its two operations.
static Value buildInverseRoot(OpBuilder &b, Location loc, Value x) {
  Value one = LinalgBuilder::constant(b, loc, 1.0);
  return arith::DivFOp::create(b, loc, one, math::SqrtOp::create(b, loc, x));
}

/// x * gain + bias, each where it is there: `rest` holds them in this order.
static Value buildAffine(OpBuilder &b, Location loc, Value x, bool hasGain,
                         bool hasBias, ValueRange rest) {
  if (hasGain)
    x = arith::MulFOp::create(b, loc, x, rest.front());
  if (hasBias)
    x = arith::AddFOp::create(b, loc, x, rest.back());
  return x;
}

namespace {

struct ConvertRMSNorm : OpConversionPattern<RMSNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(RMSNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    LinalgBuilder linalg(rewriter, loc);
    Value x = adaptor.getInput();
    auto type = cast<RankedTensorType>(x.getType());
    int64_t rank = type.getRank(), last = rank - 1;
    Value squares =
        linalg.reduce(x, last, rewriter.getF32FloatAttr(0),
                      [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                        Value square =
                            arith::MulFOp::create(b, loc, args[0], args[0]);
                        return arith::AddFOp::create(b, loc, args[1], square);
                      });
    double epsilon = op.getEpsilon().convertToDouble();
    Value inverse = linalg.mapLike(
        squares, linalg.whole(squares),
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value floor = LinalgBuilder::constant(b, loc, epsilon);
          return buildInverseRoot(
              b, loc, arith::MaximumFOp::create(b, loc, args[0], floor));
        });
    SmallVector<LinalgBuilder::Input> inputs{
        linalg.whole(x), linalg.along(inverse, rank, allAxesBut(rank, last))};
    for (Value value : {adaptor.getGain(), adaptor.getBias()})
      if (value)
        inputs.push_back(linalg.suffix(value, rank));
    double root = std::sqrt(static_cast<double>(type.getShape().back()));
    rewriter.replaceOp(
        op, linalg.mapLike(
                x, inputs,
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value unit = arith::MulFOp::create(b, loc, args[0], args[1]);
                  Value y = arith::MulFOp::create(
                      b, loc, unit, LinalgBuilder::constant(b, loc, root));
                  return buildAffine(b, loc, y, !!op.getGain(), !!op.getBias(),
                                     args.drop_front(2));
                }));
    return success();
  }
};

struct ConvertLayerNorm : OpConversionPattern<LayerNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LayerNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    LinalgBuilder linalg(rewriter, loc);
    Value x = adaptor.getInput();
    int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
    ArrayRef<int64_t> axes = op.getAxes();
    SmallVector<int64_t> kept;
    for (int64_t axis = 0; axis < rank; ++axis)
      if (!llvm::is_contained(axes, axis))
        kept.push_back(axis);
    Value count = linalg.count(x, axes, rewriter.getF32Type());
    auto divide = [&](Value sums) {
      return linalg.mapLike(
          sums, linalg.whole(sums),
          [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
            return arith::DivFOp::create(b, loc, args[0], count);
          });
    };
    Value mean = divide(linalg.sum(x, axes));
    Value centered = linalg.mapLike(
        x, {linalg.whole(x), linalg.along(mean, rank, kept)},
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return arith::SubFOp::create(b, loc, args[0], args[1]);
        });
    Value variance = divide(linalg.reduce(
        centered, axes, rewriter.getF32FloatAttr(0),
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value square = arith::MulFOp::create(b, loc, args[0], args[0]);
          return arith::AddFOp::create(b, loc, args[1], square);
        }));
    SmallVector<LinalgBuilder::Input> inputs{
        linalg.whole(centered), linalg.along(variance, rank, kept)};
    for (Value value : {adaptor.getGamma(), adaptor.getBeta()})
      if (value)
        inputs.push_back(linalg.along(value, rank, axes));
    double epsilon = op.getEpsilon().convertToDouble();
    rewriter.replaceOp(
        op,
        linalg.mapLike(
            x, inputs,
            [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
              Value sum = arith::AddFOp::create(
                  b, loc, args[1], LinalgBuilder::constant(b, loc, epsilon));
              Value y = arith::MulFOp::create(b, loc, args[0],
                                              buildInverseRoot(b, loc, sum));
              return buildAffine(b, loc, y, !!op.getGamma(), !!op.getBeta(),
                                 args.drop_front(2));
            }));
    return success();
  }
};

struct ConvertBatchNorm : OpConversionPattern<BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(BatchNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    LinalgBuilder linalg(rewriter, loc);
    Value x = adaptor.getInput();
    int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
    int64_t axis = op.getAxis();
    double epsilon = op.getEpsilon().convertToDouble();
    // One factor a channel, so that a channel costs one root.
    SmallVector<LinalgBuilder::Input> factorInputs{
        linalg.whole(adaptor.getVariance())};
    if (Value gamma = adaptor.getGamma())
      factorInputs.push_back(linalg.whole(gamma));
    Value factor = linalg.mapLike(
        adaptor.getVariance(), factorInputs,
        [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value sum = arith::AddFOp::create(
              b, loc, args[0], LinalgBuilder::constant(b, loc, epsilon));
          return buildAffine(b, loc, buildInverseRoot(b, loc, sum),
                             !!op.getGamma(), /*hasBias=*/false,
                             args.drop_front());
        });
    SmallVector<LinalgBuilder::Input> inputs{
        linalg.whole(x), linalg.along(adaptor.getMean(), rank, axis),
        linalg.along(factor, rank, axis)};
    if (Value beta = adaptor.getBeta())
      inputs.push_back(linalg.along(beta, rank, axis));
    rewriter.replaceOp(
        op, linalg.mapLike(
                x, inputs,
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  Value y = arith::SubFOp::create(b, loc, args[0], args[1]);
                  return buildAffine(b, loc, y, /*hasGain=*/true,
                                     !!op.getBeta(), args.drop_front(2));
                }));
    return success();
  }
};

} // namespace

void mlir::mml::populateNormToLinalgPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertRMSNorm, ConvertLayerNorm, ConvertBatchNorm>(
      converter, patterns.getContext());
}
