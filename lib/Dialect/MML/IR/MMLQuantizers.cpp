//===- MMLQuantizers.cpp - Quantizer attributes ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::mml;

static Value buildF32(OpBuilder &builder, Location loc, double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}

/// min(max(x, low), high) with NaN coming through.
static Value buildClip(OpBuilder &builder, Location loc, Value x, double low,
                       double high) {
  Value raised =
      arith::MaximumFOp::create(builder, loc, x, buildF32(builder, loc, low));
  return arith::MinimumFOp::create(builder, loc, raised,
                                   buildF32(builder, loc, high));
}

/// The integer nearest to x in [low, high], ties to even. The clamp comes
/// first, which changes no result and lets no NaN or infinity reach the
/// conversion: a NaN becomes `low`.
static Value buildRoundedInteger(OpBuilder &builder, Location loc, Value x,
                                 int64_t low, int64_t high) {
  Value lowValue = buildF32(builder, loc, low);
  Value highValue = buildF32(builder, loc, high);
  Value above = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT,
                                      x, lowValue);
  Value raised = arith::SelectOp::create(builder, loc, above, x, lowValue);
  Value below = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT,
                                      raised, highValue);
  Value clamped =
      arith::SelectOp::create(builder, loc, below, raised, highValue);
  Value rounded = math::RoundEvenOp::create(builder, loc, clamped);
  return arith::FPToSIOp::create(builder, loc, builder.getI8Type(), rounded);
}

static LogicalResult verifyClip(function_ref<InFlightDiagnostic()> emitError,
                                FloatAttr epsilon, FloatAttr limit) {
  double low = epsilon.getValueAsDouble(), high = limit.getValueAsDouble();
  if (!std::isfinite(low) || !std::isfinite(high) || low <= 0 || low > high)
    return emitError() << "expected 0 < epsilon <= limit but got epsilon = "
                       << low << ", limit = " << high;
  return success();
}

static LogicalResult
verifyGranularity(function_ref<InFlightDiagnostic()> emitError,
                  Granularity actual, Granularity first, Granularity second) {
  if (actual == first || actual == second)
    return success();
  return emitError() << "expected per = " << stringifyGranularity(first)
                     << " or " << stringifyGranularity(second) << " but got "
                     << stringifyGranularity(actual);
}

//===----------------------------------------------------------------------===//
// AbsMaxAttr
//===----------------------------------------------------------------------===//

LogicalResult AbsMaxAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 Type type, int64_t low, int64_t high,
                                 FloatAttr epsilon, FloatAttr limit,
                                 Granularity per) {
  // (C1)
  if (!type.isSignlessInteger(8))
    return emitError() << "expected integers of type i8 but got " << type;
  if (low < -128 || low >= 0 || high <= 0 || high > 127)
    return emitError() << "expected a range with -128 <= low < 0 < high <= 127 "
                          "but got ["
                       << low << ", " << high << "]";
  // (C2)
  if (failed(verifyClip(emitError, epsilon, limit)))
    return failure();
  // (C3)
  return verifyGranularity(emitError, per, Granularity::Token,
                           Granularity::Tensor);
}

AbsMaxAttr AbsMaxAttr::getDefault(MLIRContext *context) {
  Builder builder(context);
  return get(context, builder.getI8Type(), -128, 127,
             builder.getF64FloatAttr(1e-5), builder.getF64FloatAttr(1e9),
             Granularity::Token);
}

Statistic AbsMaxAttr::getStatistic() const { return Statistic::MaxAbs; }
ScaleDirection AbsMaxAttr::getDirection() const {
  return ScaleDirection::Divides;
}
Granularity AbsMaxAttr::getGranularity() const { return getPer(); }
Type AbsMaxAttr::getQuantizedType() const { return getType(); }
std::pair<int64_t, int64_t> AbsMaxAttr::getRange() const {
  return {getLow(), getHigh()};
}

Value AbsMaxAttr::buildScale(OpBuilder &builder, Location loc,
                             Value statistic) const {
  Value clipped =
      buildClip(builder, loc, statistic, getEpsilon().getValueAsDouble(),
                getLimit().getValueAsDouble());
  return arith::DivFOp::create(builder, loc, buildF32(builder, loc, getHigh()),
                               clipped);
}

Value AbsMaxAttr::buildQuantized(OpBuilder &builder, Location loc, Value x,
                                 Value statistic, Value scale) const {
  return buildRoundedInteger(builder, loc,
                             arith::MulFOp::create(builder, loc, x, scale),
                             getLow(), getHigh());
}

//===----------------------------------------------------------------------===//
// AbsMeanAttr
//===----------------------------------------------------------------------===//

LogicalResult AbsMeanAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  FloatAttr epsilon, FloatAttr limit,
                                  Granularity per) {
  // (C1)
  if (failed(verifyClip(emitError, epsilon, limit)))
    return failure();
  // (C2)
  return verifyGranularity(emitError, per, Granularity::Tensor,
                           Granularity::Channel);
}

AbsMeanAttr AbsMeanAttr::getDefault(MLIRContext *context) {
  Builder builder(context);
  return get(context, builder.getF64FloatAttr(1e-5),
             builder.getF64FloatAttr(1e9), Granularity::Tensor);
}

Statistic AbsMeanAttr::getStatistic() const { return Statistic::MeanAbs; }
ScaleDirection AbsMeanAttr::getDirection() const {
  return ScaleDirection::Divides;
}
Granularity AbsMeanAttr::getGranularity() const { return getPer(); }
Type AbsMeanAttr::getQuantizedType() const {
  return TritType::get(getContext());
}
std::pair<int64_t, int64_t> AbsMeanAttr::getRange() const { return {-1, 1}; }

Value AbsMeanAttr::buildScale(OpBuilder &builder, Location loc,
                              Value statistic) const {
  Value clipped =
      buildClip(builder, loc, statistic, getEpsilon().getValueAsDouble(),
                getLimit().getValueAsDouble());
  return arith::DivFOp::create(builder, loc, buildF32(builder, loc, 1.0),
                               clipped);
}

Value AbsMeanAttr::buildQuantized(OpBuilder &builder, Location loc, Value x,
                                  Value statistic, Value scale) const {
  return buildRoundedInteger(
      builder, loc, arith::MulFOp::create(builder, loc, x, scale), -1, 1);
}

//===----------------------------------------------------------------------===//
// ThresholdAttr
//===----------------------------------------------------------------------===//

LogicalResult
ThresholdAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      FloatAttr factor, FloatAttr value, Granularity per) {
  // (C1)
  if (static_cast<bool>(factor) == static_cast<bool>(value))
    return emitError() << "expected either a factor or a value";
  double number = (factor ? factor : value).getValueAsDouble();
  if (!std::isfinite(number) || number < 0)
    return emitError() << "expected a " << (factor ? "factor" : "value")
                       << " that is finite and not negative but got " << number;
  // (C2)
  return verifyGranularity(emitError, per, Granularity::Tensor,
                           Granularity::Channel);
}

Statistic ThresholdAttr::getStatistic() const {
  return getFactor() ? Statistic::MeanAbs : Statistic::None;
}
ScaleDirection ThresholdAttr::getDirection() const {
  return ScaleDirection::Multiplies;
}
Granularity ThresholdAttr::getGranularity() const { return getPer(); }
Type ThresholdAttr::getQuantizedType() const {
  return TritType::get(getContext());
}
std::pair<int64_t, int64_t> ThresholdAttr::getRange() const { return {-1, 1}; }

Value ThresholdAttr::buildScale(OpBuilder &builder, Location loc,
                                Value statistic) const {
  return getFactor() ? statistic : buildF32(builder, loc, 1.0);
}

Value ThresholdAttr::buildQuantized(OpBuilder &builder, Location loc, Value x,
                                    Value statistic, Value scale) const {
  Value threshold;
  if (getFactor())
    threshold = arith::MulFOp::create(
        builder, loc, buildF32(builder, loc, getFactor().getValueAsDouble()),
        statistic);
  else
    threshold = buildF32(builder, loc, getValue().getValueAsDouble());
  Value negative = arith::NegFOp::create(builder, loc, threshold);
  // Strict comparisons: what equals the threshold, and NaN, is 0.
  Value above = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT,
                                      x, threshold);
  Value below = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT,
                                      x, negative);
  auto trit = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI8IntegerAttr(value));
  };
  Value notAbove =
      arith::SelectOp::create(builder, loc, below, trit(-1), trit(0));
  return arith::SelectOp::create(builder, loc, above, trit(1), notAbove);
}
