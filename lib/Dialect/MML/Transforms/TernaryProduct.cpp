//===- TernaryProduct.cpp - Einsums with ternary constants ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dimensions of a ternary constant may be several of its trits: groups with
// scales of their own, and the elements of each. The other operands are
// reshaped to the same. Groups are kept by the einsum, and summed when the
// scales have been multiplied.
//
//===----------------------------------------------------------------------===//

#include "TernaryProduct.h"

#include "Regroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

using Axes = SmallVector<unsigned>;

static bool isInOthers(const Contraction &contraction, unsigned index,
                       unsigned axis) {
  for (auto [other, operand] : llvm::enumerate(contraction.getOperands()))
    if (other != index && operand.runsAlong(axis))
      return true;
  return false;
}

/// Why no einsum of trits takes `operand`; nothing where one does.
static std::optional<std::string> whyNotTaken(const Contraction &contraction,
                                              const TernaryOperand &operand) {
  size_t numAxes = contraction.getAxes().size();
  for (auto [axis, dims] :
       llvm::zip_equal(contraction.getOperands()[operand.index].axes,
                       operand.constant.dims)) {
    if (dims.empty() && !isInOthers(contraction, operand.index, axis))
      return "it is repeated along a dimension that is not another operand's";
    numAxes += std::max<size_t>(dims.size(), 1) - 1;
  }
  if (numAxes > einsum::kMaxAxes)
    return "its groups are more axes than an einsum has";
  return std::nullopt;
}

FailureOr<TernaryOperand>
mlir::mml::findTernaryOperand(const Contraction &contraction, ValueRange inputs,
                              Type type,
                              function_ref<void(const Twine &)> refuse) {
  for (auto [index, input] : llvm::enumerate(inputs)) {
    // Factors that are not summed with the products can be their scale.
    SmallVector<int64_t> channels;
    for (auto [dim, axis] :
         llvm::enumerate(contraction.getOperands()[index].axes))
      if (llvm::is_contained(contraction.getOutput(), axis))
        channels.push_back(dim);
    std::string reason;
    FailureOr<TernaryConstant> constant =
        readTernaryConstant(input, channels, type, reason);
    if (failed(constant)) {
      if (!reason.empty())
        refuse("operand #" + Twine(index) + " stays: " + reason);
      continue;
    }
    TernaryOperand operand{static_cast<unsigned>(index), *constant};
    if (std::optional<std::string> text = whyNotTaken(contraction, operand)) {
      refuse("operand #" + Twine(index) + " stays: " + *text);
      continue;
    }
    return operand;
  }
  return failure();
}

std::optional<std::string> mlir::mml::whyRounded(const Contraction &contraction,
                                                 const TernaryOperand &operand,
                                                 Type type) {
  if (!type.isF32())
    return "the order of sums is fixed for f32 alone";
  if (operand.constant.scale)
    return "the scales would multiply sums, not each product";
  unsigned numSummed = 0;
  for (auto [axis, info] : llvm::enumerate(contraction.getAxes())) {
    if (info.size == 1 || llvm::is_contained(contraction.getOutput(), axis))
      continue;
    ++numSummed;
    for (const einsum::Operand &term : contraction.getOperands())
      if (!term.runsAlong(axis))
        return "an input that is summed alone would be summed before it is "
               "multiplied";
  }
  if (numSummed > 1)
    return "sums along several loops would be in another order";
  return std::nullopt;
}

namespace {

/// Builds one product.
class ProductBuilder {
public:
  ProductBuilder(OpBuilder &builder, Location loc,
                 const Contraction &contraction, ValueRange inputs,
                 const TernaryOperand &operand)
      : b(builder), loc(loc), contraction(contraction), inputs(inputs),
        operand(operand), axes(contraction.getAxes()) {}

  Value build(Type sumType, Type resultType, IntegerAttr bound, Value addend);

private:
  const TernaryConstant &constant() const { return operand.constant; }
  const einsum::Operand &term() const {
    return contraction.getOperands()[operand.index];
  }
  void splitAxes();
  /// The axes that stand for `whole`.
  Axes getParts(ArrayRef<unsigned> whole) const;
  Value splitDims(Value input, ArrayRef<unsigned> whole);
  Value buildTrits(Axes &tritAxes);
  Value finish(Value sums, ArrayRef<unsigned> sumAxes, Type type, Value addend,
               ArrayRef<unsigned> addendAxes);

  OpBuilder &b;
  Location loc;
  const Contraction &contraction;
  SmallVector<Value> inputs;
  const TernaryOperand &operand;
  SmallVector<einsum::Axis> axes;
  /// The axes that each axis with groups was split into.
  DenseMap<unsigned, Axes> parts;
  /// The axes of the result, and those that are summed behind the scales.
  Axes kept, groups;
};

} // namespace

/// The contraction of `terms`, with those of `axes` that occur.
static Contraction getContraction(ArrayRef<einsum::Axis> axes,
                                  MutableArrayRef<einsum::Operand> terms,
                                  Axes output) {
  SmallVector<einsum::Axis> used;
  DenseMap<unsigned, unsigned> numbers;
  auto renumber = [&](unsigned &axis) {
    auto [known, isNew] = numbers.try_emplace(axis, used.size());
    if (isNew)
      used.push_back(axes[axis]);
    if (isNew && used.back().label == 0)
      used.back().fromEnd = known->second;
    axis = known->second;
  };
  for (einsum::Operand &term : terms)
    llvm::for_each(term.axes, renumber);
  llvm::for_each(output, renumber);
  return Contraction(used, terms, output);
}

Axes ProductBuilder::getParts(ArrayRef<unsigned> whole) const {
  Axes result;
  for (unsigned axis : whole) {
    auto split = parts.find(axis);
    if (split == parts.end())
      result.push_back(axis);
    else
      llvm::append_range(result, split->second);
  }
  return result;
}

void ProductBuilder::splitAxes() {
  ArrayRef<int64_t> shape = constant().trits.getType().getShape();
  for (auto [axis, dims] : llvm::zip_equal(term().axes, constant().dims)) {
    if (dims.size() == 1)
      axes[axis].size = shape[dims.front()];
    if (dims.size() < 2)
      continue;
    Axes &split = parts[axis];
    for (int64_t dim : dims) {
      split.push_back(axes.size());
      einsum::Axis &part = axes.emplace_back();
      part.size = shape[dim];
      part.fromEnd = axes.size() - 1;
    }
  }
}

/// `input`, whose dimensions run along `whole`, with the parts of each as
/// dimensions.
Value ProductBuilder::splitDims(Value input, ArrayRef<unsigned> whole) {
  SmallVector<unsigned> counts;
  for (unsigned axis : whole)
    counts.push_back(getParts(axis).size());
  if (llvm::all_of(counts, [](unsigned count) { return count == 1; }))
    return input;
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> known(type.getShape());
  SmallVector<OpFoldResult> shape;
  for (auto [dim, axis] : llvm::enumerate(whole)) {
    if (counts[dim] == 1) {
      shape.push_back(tensor::getMixedSize(b, loc, input, dim));
      continue;
    }
    known[dim] = 1;
    for (unsigned part : getParts(axis)) {
      known[dim] *= axes[part].size;
      shape.push_back(b.getIndexAttr(axes[part].size));
    }
  }
  // The constant knows the sizes of what it is multiplied with.
  if (ArrayRef(known) != type.getShape())
    input = tensor::CastOp::create(b, loc, type.clone(known), input);
  return ungroup(b, loc, input, counts, shape);
}

/// The trits without dimensions of size 1 that nothing else has, which are
/// summed.
Value ProductBuilder::buildTrits(Axes &tritAxes) {
  Value input = inputs[operand.index];
  Value trits = ConstantOp::create(b, input.getLoc(), constant().trits);
  tritAxes = Axes(constant().trits.getType().getRank());
  SmallVector<bool> isDropped(tritAxes.size(), false);
  for (auto [axis, dims] : llvm::zip_equal(term().axes, constant().dims))
    for (auto [dim, part] : llvm::zip(dims, getParts(axis))) {
      tritAxes[dim] = part;
      isDropped[dim] = axes[part].size == 1 && dims.size() == 1 &&
                       !llvm::is_contained(contraction.getOutput(), axis) &&
                       !isInOthers(contraction, operand.index, axis);
    }
  Axes left;
  for (auto [axis, dropped] : llvm::zip_equal(tritAxes, isDropped))
    if (!dropped)
      left.push_back(axis);
  trits = dropUnitAxes(b, loc, trits, isDropped);
  tritAxes = left;
  return trits;
}

/// Converts `sums` to `type`, adds the addend, multiplies the scales, and sums
/// the groups.
Value ProductBuilder::finish(Value sums, ArrayRef<unsigned> sumAxes, Type type,
                             Value addend, ArrayRef<unsigned> addendAxes) {
  auto sumType = cast<RankedTensorType>(sums.getType());
  DenseElementsAttr scale = constant().scale;
  if (!scale && !addend && sumType.getElementType() == type)
    return sums;
  auto getMap = [&](ArrayRef<unsigned> ofAxes) {
    SmallVector<AffineExpr> exprs;
    for (int64_t position : getPermutation(sumAxes, ofAxes))
      exprs.push_back(b.getAffineDimExpr(position));
    return AffineMap::get(sumAxes.size(), 0, exprs, b.getContext());
  };
  SmallVector<Value> operands{sums};
  SmallVector<AffineMap> maps{getMap(sumAxes)};
  if (addend) {
    operands.push_back(addend);
    maps.push_back(getMap(addendAxes));
  }
  if (scale) {
    operands.push_back(arith::ConstantOp::create(b, loc, scale));
    Axes scaleAxes(constant().scaleDims.size());
    for (auto [axis, dims] : llvm::zip_equal(term().axes, constant().dims))
      for (auto [dim, part] : llvm::zip(dims, getParts(axis)))
        if (const auto *at = llvm::find(constant().scaleDims, dim);
            at != constant().scaleDims.end())
          scaleAxes[at - constant().scaleDims.begin()] = part;
    maps.push_back(getMap(scaleAxes));
  }
  maps.push_back(getMap(kept));
  SmallVector<OpFoldResult> sizes;
  for (unsigned axis : kept)
    sizes.push_back(tensor::getMixedSize(
        b, loc, sums, llvm::find(sumAxes, axis) - sumAxes.begin()));
  Value init = tensor::EmptyOp::create(b, loc, sizes, type);
  if (!groups.empty()) {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    init = linalg::FillOp::create(b, loc, zero, init).getResult(0);
  }
  SmallVector<utils::IteratorType> iterators;
  for (unsigned axis : sumAxes)
    iterators.push_back(llvm::is_contained(groups, axis)
                            ? utils::IteratorType::reduction
                            : utils::IteratorType::parallel);
  bool isFloat = isa<FloatType>(type);
  auto body = [&](OpBuilder &inner, Location loc, ValueRange args) {
    auto add = [&](Value a, Value c) -> Value {
      if (isFloat)
        return arith::AddFOp::create(inner, loc, a, c);
      return arith::AddIOp::create(inner, loc, a, c);
    };
    Value value = args[0];
    if (value.getType() != type)
      value = arith::SIToFPOp::create(inner, loc, type, value);
    if (addend)
      value = add(value, args[1]);
    if (scale) {
      Value factor = args[operands.size() - 1];
      if (isFloat)
        value = arith::MulFOp::create(inner, loc, value, factor);
      else
        value = arith::MulIOp::create(inner, loc, value, factor);
    }
    if (!groups.empty())
      value = add(args.back(), value);
    linalg::YieldOp::create(inner, loc, value);
  };
  return linalg::GenericOp::create(b, loc, init.getType(), operands, init, maps,
                                   iterators, body)
      .getResult(0);
}

Value ProductBuilder::build(Type sumType, Type resultType, IntegerAttr bound,
                            Value addend) {
  splitAxes();
  kept = getParts(contraction.getOutput());
  Axes tritAxes, addendAxes;
  Value trits = buildTrits(tritAxes);
  for (int64_t dim : constant().scaleDims)
    for (auto [axis, dims] : llvm::zip_equal(term().axes, constant().dims))
      for (auto [own, part] : llvm::zip(dims, getParts(axis)))
        if (own == dim && !llvm::is_contained(kept, part))
          groups.push_back(part);
  Axes sumAxes = llvm::to_vector(llvm::concat<const unsigned>(groups, kept));

  SmallVector<einsum::Operand> terms;
  for (auto [index, value] : llvm::enumerate(inputs)) {
    if (index == operand.index) {
      value = trits;
      terms.push_back(getPlainOperand(tritAxes));
      continue;
    }
    ArrayRef<unsigned> whole = contraction.getOperands()[index].axes;
    value = splitDims(value, whole);
    Axes split = getParts(whole);
    terms.push_back(getPlainOperand(split));
    for (unsigned axis : whole)
      if (llvm::is_contained(contraction.getOutput(), axis))
        llvm::append_range(addendAxes, getParts(axis));
    if (addend) {
      Axes keptWhole;
      for (unsigned axis : whole)
        if (llvm::is_contained(contraction.getOutput(), axis))
          keptWhole.push_back(axis);
      addend = splitDims(addend, keptWhole);
    }
  }
  Value sums = EinsumOp::create(b, loc, getContraction(axes, terms, sumAxes),
                                inputs, sumType, bound);
  Value result = finish(sums, sumAxes, resultType, addend, addendAxes);
  SmallVector<unsigned> counts;
  for (unsigned axis : contraction.getOutput())
    counts.push_back(getParts(axis).size());
  return regroup(b, loc, result, counts);
}

Value mlir::mml::buildTernaryProduct(OpBuilder &builder, Location loc,
                                     const Contraction &contraction,
                                     ValueRange inputs,
                                     const TernaryOperand &operand,
                                     Type sumType, Type resultType,
                                     IntegerAttr bound, Value addend) {
  return ProductBuilder(builder, loc, contraction, inputs, operand)
      .build(sumType, resultType, bound, addend);
}
