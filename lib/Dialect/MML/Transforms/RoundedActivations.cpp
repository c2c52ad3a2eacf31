//===- RoundedActivations.cpp - Floats that are integers ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What rounds and clamps gives integers, whatever the scale came from. A
// product of them with trits is exact in i32. A NaN, which no clamp takes away,
// has no integer: it is counted as 0, and its row gets a NaN behind the
// product.
//
//===----------------------------------------------------------------------===//

#include "RoundedActivations.h"

#include "ConstantView.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::mml;

namespace {

/// What is known of a float.
struct FloatRange {
  bool isInteger = false;
  double low = -INFINITY, high = INFINITY;
  bool mayBeNaN = true;
};

} // namespace

static FloatRange join(const FloatRange &a, const FloatRange &b) {
  return {a.isInteger && b.isInteger, std::min(a.low, b.low),
          std::max(a.high, b.high), a.mayBeNaN || b.mayBeNaN};
}

static FloatRange getRange(const Element &element);

static FloatRange getLarger(const FloatRange &a, const FloatRange &b,
                            bool mayBeNaN) {
  return {a.isInteger && b.isInteger, std::max(a.low, b.low),
          std::max(a.high, b.high), mayBeNaN};
}

static FloatRange getSmaller(const FloatRange &a, const FloatRange &b,
                             bool mayBeNaN) {
  return {a.isInteger && b.isInteger, std::min(a.low, b.low),
          std::min(a.high, b.high), mayBeNaN};
}

static bool isSame(const Element &a, const Element &b) {
  if (a.value == b.value && a.index == b.index)
    return true;
  std::optional<APFloat> first = a.getFloat(), second = b.getFloat();
  return first && second && first->bitwiseIsEqual(*second);
}

/// The range of a selection that compares what it selects from.
static FloatRange getSelectRange(const Element &element) {
  Element condition = element.getOperand(0), yes = element.getOperand(1),
          no = element.getOperand(2);
  FloatRange yesRange = getRange(yes), noRange = getRange(no);
  auto compare = dyn_cast_or_null<arith::CmpFOp>(condition.getOp());
  if (!compare)
    return join(yesRange, noRange);
  Element lhs = condition.getOperand(0), rhs = condition.getOperand(1);
  bool isSwapped = isSame(lhs, no) && isSame(rhs, yes);
  if (!isSwapped && !(isSame(lhs, yes) && isSame(rhs, no)))
    return join(yesRange, noRange);
  using arith::CmpFPredicate;
  CmpFPredicate predicate = compare.getPredicate();
  bool isGreater = llvm::is_contained({CmpFPredicate::OGT, CmpFPredicate::OGE,
                                       CmpFPredicate::UGT, CmpFPredicate::UGE},
                                      predicate);
  bool isLess = llvm::is_contained({CmpFPredicate::OLT, CmpFPredicate::OLE,
                                    CmpFPredicate::ULT, CmpFPredicate::ULE},
                                   predicate);
  if (!isGreater && !isLess)
    return join(yesRange, noRange);
  // A NaN is selected as any other number is, so that both bounds hold for
  // what is none.
  bool mayBeNaN = yesRange.mayBeNaN || noRange.mayBeNaN;
  // With a NaN on one side the other may come out, whatever it is.
  FloatRange result = isGreater != isSwapped
                          ? getLarger(yesRange, noRange, mayBeNaN)
                          : getSmaller(yesRange, noRange, mayBeNaN);
  if (yesRange.mayBeNaN)
    result = join(result, noRange);
  if (noRange.mayBeNaN)
    result = join(result, yesRange);
  return result;
}

/// Whether the conversion `op` keeps the integers of an i8, all of which are
/// numbers of i8 to i64, f16, bf16, f32 and f64, but not of floats of 8 bits.
static bool isConvertedExactly(Operation *op) {
  return isNumberType(getElementTypeOrSelf(op->getOperand(0).getType())) &&
         isNumberType(getElementTypeOrSelf(op->getResult(0).getType()));
}

static FloatRange getRange(const Element &element) {
  if (std::optional<APFloat> number = element.getFloat()) {
    if (number->isNaN())
      return {};
    double value = number->convertToDouble();
    return {number->isInteger(), value, value, false};
  }
  Operation *op = element.getOp();
  if (!op)
    return {};
  if (isa<arith::SIToFPOp>(op)) {
    Type from = element.getOperand(0).value.getType();
    if (!getElementTypeOrSelf(from).isInteger(8) || !isConvertedExactly(op))
      return {};
    return {true, -128, 127, false};
  }
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    if (!isConvertedExactly(op))
      return {};
    FloatRange range = getRange(element.getOperand(0));
    return range.isInteger && range.low >= -128 && range.high <= 128
               ? range
               : FloatRange();
  }
  if (isa<math::RoundEvenOp, math::RoundOp, math::FloorOp, math::CeilOp,
          math::TruncOp>(op)) {
    FloatRange range = getRange(element.getOperand(0));
    return {true, std::floor(range.low), std::ceil(range.high), range.mayBeNaN};
  }
  if (isa<arith::SelectOp>(op))
    return getSelectRange(element);
  if (isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
          arith::MinNumFOp>(op)) {
    FloatRange a = getRange(element.getOperand(0)),
               b = getRange(element.getOperand(1));
    bool isMaximum = isa<arith::MaximumFOp, arith::MaxNumFOp>(op);
    bool dropsNaN = isa<arith::MaxNumFOp, arith::MinNumFOp>(op);
    bool mayBeNaN =
        dropsNaN ? a.mayBeNaN && b.mayBeNaN : a.mayBeNaN || b.mayBeNaN;
    FloatRange result =
        isMaximum ? getLarger(a, b, mayBeNaN) : getSmaller(a, b, mayBeNaN);
    if (dropsNaN && a.mayBeNaN)
      result = join(result, {b.isInteger, b.low, b.high, mayBeNaN});
    if (dropsNaN && b.mayBeNaN)
      result = join(result, {a.isInteger, a.low, a.high, mayBeNaN});
    return result;
  }
  return {};
}

/// Reads `element` as an integer of an i8.
static bool readInteger(const Element &element, RoundedActivations &result) {
  Element integer = element;
  // What was an integer before it was a float needs no rounding.
  while (Operation *op = integer.getOp()) {
    if (!isa<arith::SIToFPOp, arith::ExtSIOp, arith::ExtFOp>(op) ||
        !isConvertedExactly(op))
      break;
    integer = integer.getOperand(0);
  }
  result.integer = integer;
  Type type = getElementTypeOrSelf(integer.value.getType());
  if (type.isInteger(8)) {
    result.bound = 128;
    result.mayBeNaN = false;
    return true;
  }
  if (!isa<FloatType>(type))
    return false;
  FloatRange range = getRange(integer);
  if (!range.isInteger || range.low < -128 || range.high > 127)
    return false;
  result.bound = std::max<int64_t>(
      1, static_cast<int64_t>(std::max(-range.low, range.high)));
  result.mayBeNaN = range.mayBeNaN;
  return true;
}

/// Those of `size` dimensions that `element` has.
static llvm::SmallBitVector getDims(const Element &element, size_t size) {
  llvm::SmallBitVector dims;
  collectDims(element, dims);
  dims.resize(size);
  return dims;
}

/// Whether `element` is the same along all dimensions of `summed`.
static bool isFixedAlong(const Element &element,
                         const llvm::SmallBitVector &summed) {
  return !getDims(element, summed.size()).anyCommon(summed);
}

/// Whether the dimensions of `summed` are some that `element` has.
static bool dependsOnAll(const Element &element,
                         const llvm::SmallBitVector &summed) {
  return !summed.test(getDims(element, summed.size()));
}

std::optional<RoundedActivations> mlir::mml::findRoundedActivations(
    Value tensor, const llvm::SmallBitVector &summed, bool scaled) {
  Element element = Element::of(tensor).resolve();
  if (summed.none() || !isExpression(element) || !dependsOnAll(element, summed))
    return std::nullopt;
  RoundedActivations result;
  if (readInteger(element, result))
    return result;
  Operation *op = element.getOp();
  if (!scaled || !op || !isa<arith::MulFOp, arith::DivFOp>(op))
    return std::nullopt;
  result.isDivided = isa<arith::DivFOp>(op);
  for (unsigned number : {0, 1}) {
    if (number == 1 && result.isDivided)
      break;
    Element scale = element.getOperand(1 - number);
    if (!isFixedAlong(scale, summed) ||
        !getElementTypeOrSelf(scale.value.getType()).isF32() ||
        !readInteger(element.getOperand(number), result))
      continue;
    result.scale = scale;
    return result;
  }
  return std::nullopt;
}

/// The dimensions of `tensor` that are, or are not, `summed`, and sizes.
static SmallVector<unsigned> getDims(const llvm::SmallBitVector &summed,
                                     bool which) {
  SmallVector<unsigned> dims;
  for (unsigned dim = 0; dim < summed.size(); ++dim)
    if (summed.test(dim) == which)
      dims.push_back(dim);
  return dims;
}

static SmallVector<OpFoldResult> getSizes(OpBuilder &builder, Location loc,
                                          Value tensor,
                                          ArrayRef<unsigned> dims) {
  return llvm::map_to_vector(dims, [&](unsigned dim) {
    return tensor::getMixedSize(builder, loc, tensor, dim);
  });
}

/// Whether `element` is a tensor of as many dimensions, as it lies.
static bool isWhole(const Element &element, size_t rank) {
  if (!isa<RankedTensorType>(element.value.getType()) ||
      element.index.size() != rank || element.getOp())
    return false;
  for (auto [dim, at] : llvm::enumerate(element.index))
    if (at != dim)
      return false;
  return true;
}

static Value buildZero(OpBuilder &builder, Location loc, Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}

/// The integers by the quantizer of the dialect.
static IntegerActivations buildQuantize(OpBuilder &builder, Location loc,
                                        const llvm::SmallBitVector &summed,
                                        const AbsMaxQuantizer &found) {
  auto type = cast<RankedTensorType>(found.input.getType());
  SmallVector<unsigned> kept = getDims(summed, false);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, found.input);
  SmallVector<OpFoldResult> keptSizes =
      getSizes(builder, loc, found.input, kept);
  Value integers =
      tensor::EmptyOp::create(builder, loc, sizes, builder.getI8Type());
  Value scales =
      tensor::EmptyOp::create(builder, loc, keptSizes, builder.getF32Type());
  SmallVector<int64_t> axes(llvm::map_range(
      getDims(summed, true), [](unsigned dim) { return int64_t(dim); }));
  bool isLast = axes.size() == 1 && axes.front() == type.getRank() - 1;
  auto quantize = QuantizeOp::create(
      builder, loc, TypeRange{integers.getType(), scales.getType()},
      found.quantizer,
      isLast ? DenseI64ArrayAttr() : builder.getDenseI64ArrayAttr(axes),
      found.input, integers, scales);
  // Of a row with a NaN the scale was NaN, and with an infinity NaN or, without
  // a limit, 0: its integers were NaN, or the largest there are.
  Value poison = buildElements(
      builder, loc, found.scale, kept, keptSizes, builder.getF32Type(),
      [](OpBuilder &inner, Location loc, ValueRange values) -> Value {
        Value zero = buildZero(inner, loc, values[0].getType());
        return arith::DivFOp::create(inner, loc, zero, values[0]);
      });
  return {quantize.getResult(0), poison};
}

IntegerActivations
mlir::mml::buildIntegers(OpBuilder &builder, Location loc, Value tensor,
                         const llvm::SmallBitVector &summed,
                         const RoundedActivations &activations) {
  const Element &element = activations.integer;
  Type from = getElementTypeOrSelf(element.value.getType()),
       i8 = builder.getI8Type(), f32 = builder.getF32Type();
  if (from == i8 && isWhole(element, summed.size()))
    return {element.value, {}};
  // What is converted is no NaN, whatever comes then is right.
  bool isConverted = isa_and_nonnull<arith::FPToSIOp>(element.getOp());
  if (std::optional<AbsMaxQuantizer> found = findAbsMaxQuantizer(
          isConverted ? element.getOperand(0) : element, summed)) {
    IntegerActivations result = buildQuantize(builder, loc, summed, *found);
    if (isConverted)
      result.poison = {};
    return result;
  }

  SmallVector<unsigned> all, kept = getDims(summed, false),
                             reduced = getDims(summed, true);
  for (unsigned dim = 0; dim < summed.size(); ++dim)
    all.push_back(dim);
  IntegerActivations result;
  result.integers = buildElements(
      builder, loc, element, all, getSizes(builder, loc, tensor, all), i8,
      [&](OpBuilder &inner, Location loc, ValueRange values) -> Value {
        Value value = values[0];
        if (from == i8)
          return value;
        if (activations.mayBeNaN) {
          Value isNaN = arith::CmpFOp::create(
              inner, loc, arith::CmpFPredicate::UNO, value, value);
          value = arith::SelectOp::create(inner, loc, isNaN,
                                          buildZero(inner, loc, from), value);
        }
        return arith::FPToSIOp::create(inner, loc, i8, value);
      });
  if (activations.mayBeNaN)
    result.poison = buildElements(
        builder, loc, element, kept, getSizes(builder, loc, tensor, kept), f32,
        [&](OpBuilder &inner, Location loc, ValueRange values) -> Value {
          Value none = arith::SubFOp::create(inner, loc, values[0], values[0]);
          if (from.getIntOrFloatBitWidth() < 32)
            none = arith::ExtFOp::create(inner, loc, f32, none);
          else if (from != f32)
            none = arith::TruncFOp::create(inner, loc, f32, none);
          return arith::AddFOp::create(inner, loc, values[1], none);
        },
        reduced, builder.getF32FloatAttr(0.0));
  return result;
}

Value mlir::mml::buildScales(OpBuilder &builder, Location loc, Value tensor,
                             const llvm::SmallBitVector &summed,
                             const RoundedActivations &activations) {
  SmallVector<unsigned> kept = getDims(summed, false);
  return buildElements(
      builder, loc, *activations.scale, kept,
      getSizes(builder, loc, tensor, kept), builder.getF32Type(),
      [](OpBuilder &, Location, ValueRange values) { return values[0]; });
}
