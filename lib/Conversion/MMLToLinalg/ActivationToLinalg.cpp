//===- ActivationToLinalg.cpp - Activations in linalg ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "Patterns.h"

#include "mml/Ternary/ActivationFormulas.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

namespace {

/// The builder of ternary::ActivationFormulas that makes scalar operations.
class ArithOps {
public:
  using Value = mlir::Value;
  using Bool = mlir::Value;

  ArithOps(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(double c) { return LinalgBuilder::constant(builder, loc, c); }
  Value add(Value a, Value b) { return make<arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return make<arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return make<arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return make<arith::DivFOp>(a, b); }
  Value neg(Value x) { return make<arith::NegFOp>(x); }
  Value abs(Value x) { return make<math::AbsFOp>(x); }
  Value sqrt(Value x) { return make<math::SqrtOp>(x); }
  Value exp(Value x) { return make<math::ExpOp>(x); }
  Value expm1(Value x) { return make<math::ExpM1Op>(x); }
  Value log1p(Value x) { return make<math::Log1pOp>(x); }
  Value tanh(Value x) { return make<math::TanhOp>(x); }
  Value erfc(Value x) { return make<math::ErfcOp>(x); }
  Value max(Value a, Value b) { return make<arith::MaximumFOp>(a, b); }
  Value min(Value a, Value b) { return make<arith::MinimumFOp>(a, b); }
  Bool lt(Value a, Value b) { return compare(arith::CmpFPredicate::OLT, a, b); }
  Bool le(Value a, Value b) { return compare(arith::CmpFPredicate::OLE, a, b); }
  Bool gt(Value a, Value b) { return compare(arith::CmpFPredicate::OGT, a, b); }
  Bool ge(Value a, Value b) { return compare(arith::CmpFPredicate::OGE, a, b); }
  Value select(Bool condition, Value a, Value b) {
    return make<arith::SelectOp>(condition, a, b);
  }

private:
  template <typename OpTy, typename... Operands>
  Value make(Operands... values) {
    return OpTy::create(builder, loc, values...);
  }
  Bool compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }

  OpBuilder &builder;
  Location loc;
};

/// The activations that act along one axis.
class RowActivation {
public:
  RowActivation(OpBuilder &builder, Location loc, Value x, int64_t axis)
      : linalg(builder, loc), b(builder), loc(loc), x(x), axis(axis),
        rank(cast<RankedTensorType>(x.getType()).getRank()) {}

  Value build(ternary::Activation kind) {
    switch (kind) {
    case ternary::Activation::Softmax:
      return softmax();
    case ternary::Activation::LogSoftmax:
      return logSoftmax();
    case ternary::Activation::Sparsemax:
      return sparsemax();
    default:
      return Value();
    }
  }

private:
  LinalgBuilder::Input perRow(Value rows) {
    return linalg.along(rows, rank, allAxesBut(rank, axis));
  }

  template <typename OpTy> Value combineWithRow(Value values, Value rows) {
    return linalg.mapLike(
        values, {linalg.whole(values), perRow(rows)},
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return OpTy::create(b, loc, args[0], args[1]);
        });
  }
  template <typename OpTy> Value apply(Value values) {
    return linalg.mapLike(
        values, linalg.whole(values),
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          return OpTy::create(b, loc, args[0]);
        });
  }

  /// x less the largest element of its row, which keeps exp finite.
  Value shifted() {
    return combineWithRow<arith::SubFOp>(x, linalg.max(x, axis));
  }

  Value softmax() {
    Value powers = apply<math::ExpOp>(shifted());
    return combineWithRow<arith::DivFOp>(powers, linalg.sum(powers, axis));
  }

  Value logSoftmax() {
    Value low = shifted();
    Value sums = linalg.sum(apply<math::ExpOp>(low), axis);
    return combineWithRow<arith::SubFOp>(low, apply<math::LogOp>(sums));
  }

  /// For each element z_i, the sum of `addend` of z_j over the z_j of its row
  /// that stand at or before it in descending order: those that are greater,
  /// and the equal ones up to itself.
  Value sumOfPrefix(function_ref<Value(OpBuilder &, Location, Value)> addend) {
    // Loops: the axes of x, and behind them the axis again for the others.
    SmallVector<AffineExpr> self, other;
    for (int64_t i = 0; i < rank; ++i) {
      self.push_back(b.getAffineDimExpr(i));
      other.push_back(b.getAffineDimExpr(i == axis ? rank : i));
    }
    AffineMap selfMap = AffineMap::get(rank + 1, 0, self, b.getContext());
    AffineMap otherMap = AffineMap::get(rank + 1, 0, other, b.getContext());
    SmallVector<utils::IteratorType> iterators(rank + 1,
                                               utils::IteratorType::parallel);
    iterators.back() = utils::IteratorType::reduction;
    Value empty =
        tensor::EmptyOp::create(b, loc, linalg.shapeOf(x), b.getF32Type());
    Value zeros = linalg::FillOp::create(
                      b, loc, LinalgBuilder::constant(b, loc, 0), empty)
                      .getResult(0);
    auto body = [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
      Value greater = arith::CmpFOp::create(
          nested, nestedLoc, arith::CmpFPredicate::OGT, args[1], args[0]);
      Value equal = arith::CmpFOp::create(
          nested, nestedLoc, arith::CmpFPredicate::OEQ, args[1], args[0]);
      Value notBehind = arith::CmpIOp::create(
          nested, nestedLoc, arith::CmpIPredicate::ule,
          linalg::IndexOp::create(nested, nestedLoc, rank),
          linalg::IndexOp::create(nested, nestedLoc, axis));
      Value before = arith::OrIOp::create(
          nested, nestedLoc, greater,
          arith::AndIOp::create(nested, nestedLoc, equal, notBehind));
      Value more = arith::AddFOp::create(nested, nestedLoc, args[2],
                                         addend(nested, nestedLoc, args[1]));
      linalg::YieldOp::create(
          nested, nestedLoc,
          arith::SelectOp::create(nested, nestedLoc, before, more, args[2])
              .getResult());
    };
    return linalg::GenericOp::create(
               b, loc, zeros.getType(), ValueRange{x, x}, zeros,
               ArrayRef<AffineMap>{selfMap, otherMap, selfMap}, iterators, body)
        .getResult(0);
  }

  /// max(x - tau, 0) as Keras computes it: with the elements of a row in
  /// descending order and S_i the sum of the first i, z_i is in the support
  /// where z_i - (S_i - 1) / i > 0, and tau is the sum of the S_i of the
  /// support less 1, divided by their number. (arXiv 1602.02068 takes the last
  /// S_i in place of their sum.)
  Value sparsemax() {
    Value places = sumOfPrefix([](OpBuilder &b, Location loc, Value) {
      return LinalgBuilder::constant(b, loc, 1);
    });
    Value sums = sumOfPrefix([](OpBuilder &, Location, Value z) { return z; });
    SmallVector<LinalgBuilder::Input> inputs{
        linalg.whole(x), linalg.whole(places), linalg.whole(sums)};
    // What an element of the support gives, and 0 of the others.
    auto overSupport = [&](auto value) {
      Value selected = linalg.mapLike(
          x, inputs, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
            Value one = LinalgBuilder::constant(b, loc, 1);
            Value less = arith::SubFOp::create(b, loc, args[2], one);
            Value part = arith::DivFOp::create(b, loc, less, args[1]);
            Value rest = arith::SubFOp::create(b, loc, args[0], part);
            Value zero = LinalgBuilder::constant(b, loc, 0);
            Value inside = arith::CmpFOp::create(
                b, loc, arith::CmpFPredicate::OGT, rest, zero);
            return arith::SelectOp::create(b, loc, inside, value(b, loc, args),
                                           zero);
          });
      return linalg.sum(selected, axis);
    };
    Value total = overSupport(
        [](OpBuilder &, Location, ValueRange args) { return args[2]; });
    Value number = overSupport([](OpBuilder &b, Location loc, ValueRange) {
      return LinalgBuilder::constant(b, loc, 1);
    });
    Value tau = linalg.mapLike(
        total, {linalg.whole(total), linalg.whole(number)},
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value less = arith::SubFOp::create(
              b, loc, args[0], LinalgBuilder::constant(b, loc, 1));
          return arith::DivFOp::create(b, loc, less, args[1]);
        });
    return linalg.mapLike(
        x, {linalg.whole(x), perRow(tau)},
        [](OpBuilder &b, Location loc, ValueRange args) -> Value {
          Value rest = arith::SubFOp::create(b, loc, args[0], args[1]);
          return arith::MaximumFOp::create(b, loc, rest,
                                           LinalgBuilder::constant(b, loc, 0));
        });
  }

  LinalgBuilder linalg;
  OpBuilder &b;
  Location loc;
  Value x;
  int64_t axis, rank;
};

/// The first or the second half of `axis`.
Value buildHalf(OpBuilder &b, Location loc, Value x, int64_t axis,
                bool second) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, x);
  int64_t half = cast<RankedTensorType>(x.getType()).getDimSize(axis) / 2;
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
      strides(sizes.size(), b.getIndexAttr(1));
  sizes[axis] = b.getIndexAttr(half);
  if (second)
    offsets[axis] = b.getIndexAttr(half);
  return tensor::ExtractSliceOp::create(b, loc, x, offsets, sizes, strides);
}

/// act(g) * u
Value buildGate(OpBuilder &b, Location loc, Value g, Value u,
                ternary::Activation kind, ArrayRef<double> params) {
  LinalgBuilder linalg(b, loc);
  return linalg.mapLike(
      g, {linalg.whole(g), linalg.whole(u)},
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        ArithOps ops(b, loc);
        Value active = ternary::buildActivation(ops, kind, params, args[0]);
        return arith::MulFOp::create(b, loc, active, args[1]);
      });
}

struct ConvertActivation : OpConversionPattern<ActivationOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ActivationOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = adaptor.getInput();
    ActivationAttr activation = op.getActivation();
    if (activation.halvesAxis()) {
      int64_t axis = *op.getAxis();
      Value first = buildHalf(rewriter, loc, x, axis, /*second=*/false);
      Value second = buildHalf(rewriter, loc, x, axis, /*second=*/true);
      rewriter.replaceOp(op, buildGate(rewriter, loc, second, first,
                                       ternary::Activation::Sigmoid, {}));
      return success();
    }
    if (activation.isRowWise()) {
      Value result = RowActivation(rewriter, loc, x, *op.getAxis())
                         .build(activation.getKind());
      if (!result)
        return rewriter.notifyMatchFailure(
            op, "the activation along an axis has no lowering");
      rewriter.replaceOp(op, result);
      return success();
    }
    LinalgBuilder linalg(rewriter, loc);
    rewriter.replaceOp(
        op, linalg.mapLike(
                x, linalg.whole(x),
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  ArithOps ops(b, loc);
                  return ternary::buildActivation(
                      ops, activation.getKind(),
                      activation.getParameters().asArrayRef(), args[0]);
                }));
    return success();
  }
};

struct ConvertGate : OpConversionPattern<GateOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GateOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = adaptor.getInput();
    int64_t last = cast<RankedTensorType>(x.getType()).getRank() - 1;
    Value g = buildHalf(rewriter, loc, x, last, /*second=*/false);
    Value u = buildHalf(rewriter, loc, x, last, /*second=*/true);
    rewriter.replaceOp(
        op, buildGate(rewriter, loc, g, u, op.getActivation().getKind(),
                      op.getActivation().getParameters().asArrayRef()));
    return success();
  }
};

} // namespace

void mlir::mml::populateActivationToLinalgPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConvertActivation, ConvertGate>(converter,
                                               patterns.getContext());
}
