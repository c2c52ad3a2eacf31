//===- AbsMaxPattern.cpp - The absmax quantizer, written out --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// q = clamp(roundeven(x * s), low, high), s = high / clamp(max|x|, epsilon,
// limit): the formulas that `#mml.absmax` has, operation by operation, so that
// its integers are the same for all floats. A scale that divides, or another
// order of operations, is rounded otherwise and is another quantizer.
//
//===----------------------------------------------------------------------===//

#include "RoundedActivations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/DenseSet.h"

#include <cmath>

using namespace mlir;
using namespace mlir::mml;

namespace {

/// An element between two constants, where they are.
struct Clamped {
  Element element;
  std::optional<double> low, high;
};

} // namespace

/// If `element` is the larger or the smaller of another one and a constant, and
/// NaN where that is: sets which, and the constant.
static std::optional<Element> readBound(const Element &element, bool &isLow,
                                        double &bound) {
  Operation *op = element.getOp();
  unsigned first = 0;
  if (isa_and_nonnull<arith::MaximumFOp>(op)) {
    isLow = true;
  } else if (isa_and_nonnull<arith::MinimumFOp>(op)) {
    isLow = false;
  } else if (isa_and_nonnull<arith::SelectOp>(op)) {
    // `x < bound ? bound : x`, and the like with `>`.
    Element condition = element.getOperand(0);
    auto compare = dyn_cast_or_null<arith::CmpFOp>(condition.getOp());
    if (!compare)
      return std::nullopt;
    using arith::CmpFPredicate;
    switch (compare.getPredicate()) {
    case CmpFPredicate::OLT:
      isLow = true;
      break;
    case CmpFPredicate::OGT:
      isLow = false;
      break;
    default:
      return std::nullopt;
    }
    Element x = condition.getOperand(0), limit = condition.getOperand(1);
    Element yes = element.getOperand(1), no = element.getOperand(2);
    std::optional<APFloat> number = limit.getFloat(), selected = yes.getFloat();
    if (!number || !selected || !number->bitwiseIsEqual(*selected) ||
        x.value != no.value || x.index != no.index || number->isNaN())
      return std::nullopt;
    bound = number->convertToDouble();
    return x;
  } else {
    return std::nullopt;
  }
  std::optional<APFloat> number = element.getOperand(1).getFloat();
  if (!number) {
    number = element.getOperand(0).getFloat();
    first = 1;
  }
  if (!number || number->isNaN())
    return std::nullopt;
  bound = number->convertToDouble();
  return element.getOperand(first);
}

/// Takes the clamps off `element`.
static Clamped readClamp(Element element) {
  Clamped result{element, {}, {}};
  bool isLow;
  double bound;
  while (std::optional<Element> inner =
             readBound(result.element, isLow, bound)) {
    std::optional<double> &known = isLow ? result.low : result.high;
    if (known)
      break;
    known = bound;
    result.element = *inner;
  }
  return result;
}

/// Whether `statistic` is the largest magnitude of the tensor `input` along its
/// dimensions `summed`, or what is not above `floor`.
static bool isAbsMax(const Element &statistic, Value input,
                     const llvm::SmallBitVector &summed, double floor) {
  auto reduction = statistic.value.getDefiningOp<linalg::LinalgOp>();
  if (!reduction || statistic.owner || !reduction.hasPureTensorSemantics() ||
      reduction.getNumDpsInits() != 1 || reduction->getNumResults() != 1 ||
      reduction.getNumReductionLoops() != summed.count())
    return false;
  OpOperand *init = reduction.getDpsInitOperand(0);
  AffineMap output = reduction.getMatchingIndexingMap(init);
  if (!output.isProjectedPermutation(/*allowZeroInResults=*/true))
    return false;
  // The loops by the dimensions of the input: first those that are kept.
  SmallVector<std::optional<unsigned>> loops(output.getNumDims());
  for (auto [dim, at] : llvm::enumerate(statistic.index)) {
    if (at && summed.test(*at))
      return false;
    if (auto loop = dyn_cast<AffineDimExpr>(output.getResult(dim)))
      loops[loop.getPosition()] = at;
  }
  auto yield = cast<linalg::YieldOp>(reduction.getBlock()->getTerminator());
  Operation *larger = yield->getOperand(0).getDefiningOp();
  if (yield->getNumOperands() != 1 ||
      !isa_and_nonnull<arith::MaximumFOp>(larger))
    return false;
  BlockArgument accumulator = reduction.getMatchingBlockArgument(init);
  Value other = larger->getOperand(0);
  if (other == accumulator)
    other = larger->getOperand(1);
  else if (larger->getOperand(1) != accumulator)
    return false;
  // What is reduced is read along loops of its own, whichever they are: their
  // dimensions are those by which the input has them.
  SmallVector<std::optional<unsigned>> own(loops);
  unsigned next = summed.size();
  for (auto [loop, iterator] :
       llvm::enumerate(reduction.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::reduction)
      own[loop] = next++;
  Element magnitude = Element{other, own, reduction, {}, false}.resolve();
  if (!isa_and_nonnull<math::AbsFOp>(magnitude.getOp()))
    return false;
  // Both are elements of one tensor: of `input`, along loops of its own.
  Element reduced = magnitude.getOperand(0);
  bool isOfInput = llvm::any_of(reduced.tensors, [&](const auto &tensor) {
    const auto &[value, index] = tensor;
    if (value != input)
      return false;
    // Two dimensions along one loop would be a diagonal.
    llvm::SmallDenseSet<unsigned> used;
    for (auto [dim, from] : llvm::enumerate(index))
      if (summed.test(dim)
              ? !from || *from < summed.size() || !used.insert(*from).second
              : from != dim)
        return false;
    return true;
  });
  if (!isOfInput)
    return false;
  Element start = Element::of(init->get()).resolve();
  std::optional<APFloat> first = start.getFloat();
  return first && !first->isNaN() && first->convertToDouble() <= floor;
}

std::optional<AbsMaxQuantizer>
mlir::mml::findAbsMaxQuantizer(const Element &integer,
                               const llvm::SmallBitVector &summed) {
  Clamped clamped = readClamp(integer);
  if (!isa_and_nonnull<math::RoundEvenOp>(clamped.element.getOp()))
    return std::nullopt;
  // Between integers, it is the same before and behind.
  Clamped inner = readClamp(clamped.element.getOperand(0));
  std::optional<double> low = clamped.low ? clamped.low : inner.low,
                        high = clamped.high ? clamped.high : inner.high;
  if (!low || !high || (clamped.low && inner.low) ||
      (clamped.high && inner.high) || std::trunc(*low) != *low ||
      std::trunc(*high) != *high || *low < -128 || *low >= 0 || *high <= 0 ||
      *high > 127)
    return std::nullopt;
  Element product = inner.element;
  if (!isa_and_nonnull<arith::MulFOp>(product.getOp()))
    return std::nullopt;
  for (unsigned number : {0, 1}) {
    Element x = product.getOperand(number),
            scale = product.getOperand(1 - number);
    if (!isa_and_nonnull<arith::DivFOp>(scale.getOp()))
      continue;
    std::optional<APFloat> dividend = scale.getOperand(0).getFloat();
    if (!dividend || dividend->convertToDouble() != *high)
      continue;
    Clamped statistic = readClamp(scale.getOperand(1));
    // Below, high / epsilon would be no finite number.
    constexpr double smallest = 1e-30;
    if (!statistic.low || *statistic.low < smallest ||
        !std::isfinite(*statistic.low) ||
        (statistic.high && *statistic.high < *statistic.low))
      continue;
    double limit = statistic.high.value_or(
        static_cast<double>(std::numeric_limits<float>::max()));
    limit =
        std::min(limit, static_cast<double>(std::numeric_limits<float>::max()));
    // The same floats may be elements of several tensors, one after another.
    const auto *input = llvm::find_if(x.tensors, [&](const auto &tensor) {
      const auto &[value, index] = tensor;
      auto type = cast<RankedTensorType>(value.getType());
      bool isWhole = index.size() == summed.size();
      for (auto [dim, at] : llvm::enumerate(index))
        isWhole &= at == dim;
      return isWhole && type.getElementType().isF32() && !type.getEncoding() &&
             isAbsMax(statistic.element, value, summed, *statistic.low);
    });
    if (input == x.tensors.end())
      continue;
    Builder builder(scale.value.getContext());
    auto attr = AbsMaxAttr::get(
        builder.getContext(), builder.getI8Type(), static_cast<int64_t>(*low),
        static_cast<int64_t>(*high), builder.getF64FloatAttr(*statistic.low),
        builder.getF64FloatAttr(limit), Granularity::Token);
    return AbsMaxQuantizer{attr, input->first, scale};
  }
  return std::nullopt;
}
