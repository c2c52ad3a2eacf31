//===- DecomposeEinsumDense.cpp - Dense layers of any equation ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreBuilder.h"
#include "Regroup.h"

#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

using Axes = SmallVector<unsigned>;

namespace {

/// Builds the core operations of one layer of any equation.
class EinsumDenseBuilder {
public:
  EinsumDenseBuilder(RewriterBase &rewriter, EinsumDenseOp op)
      : rewriter(rewriter), op(op), loc(op.getLoc()), core(rewriter, loc),
        contraction(op.getContraction()) {}

  Value build() {
    Value input = core.normalize(op.getInput(), op.getGain(), op.getNormBias(),
                                 op.getNormEpsilonAttr());
    Value sums = op.isTernary() ? multiplyTrits(input)
                                : createEinsum(contraction.getOperands(),
                                               contraction.getOutput(),
                                               {input, op.getKernel()});
    sums = addLowRank(sums, input);
    sums = core.addBias(sums, op.getBias());
    sums = core.activate(sums, op.getActivation());
    if (sums.getType() != op.getType())
      sums = tensor::CastOp::create(rewriter, loc, op.getType(), sums);
    return sums;
  }

private:
  bool isSummed(unsigned axis) const {
    return !llvm::is_contained(contraction.getOutput(), axis);
  }
  Value createEinsum(ArrayRef<einsum::Operand> operands,
                     ArrayRef<unsigned> output, ValueRange inputs,
                     IntegerAttr bound = {}) {
    Type type = rewriter.getF32Type();
    if (bound)
      type = rewriter.getI32Type();
    return EinsumOp::create(
        rewriter, loc, Contraction(contraction.getAxes(), operands, output),
        inputs, type, bound);
  }
  einsum::Operand takeDiagonals(Value &input);
  Quantized ternarize(einsum::Operand &operand, Value kernel);
  Value multiplyTrits(Value input);
  Value addLowRank(Value sums, Value input);
  /// Gives a scale whose axes are `from` those of each group of `to`.
  DirectedScale arrange(DirectedScale scale, ArrayRef<unsigned> from,
                        ArrayRef<unsigned> batch, ArrayRef<unsigned> others);

  RewriterBase &rewriter;
  EinsumDenseOp op;
  Location loc;
  CoreBuilder core;
  Contraction contraction;
};

} // namespace

/// The input with each of its labels once, so that scales have an axis each.
einsum::Operand EinsumDenseBuilder::takeDiagonals(Value &input) {
  const einsum::Operand &operand = contraction.getOperands()[0];
  Axes axes;
  for (unsigned axis : operand.axes)
    if (!llvm::is_contained(axes, axis))
      axes.push_back(axis);
  if (axes.size() < operand.axes.size())
    input = createEinsum(operand, axes, input);
  return getPlainOperand(axes);
}

/// The trits of a kernel of floats. One scale for each channel is one for each
/// index of the axes that are not summed, which move behind the others for it.
Quantized EinsumDenseBuilder::ternarize(einsum::Operand &operand,
                                        Value kernel) {
  QuantizerAttrInterface quantizer = op.getKernelQuantizerAttr();
  if (quantizer.getGranularity() != Granularity::Channel)
    return core.ternarize(kernel, quantizer);
  Axes summed, kept;
  for (unsigned axis : operand.axes)
    (isSummed(axis) ? summed : kept).push_back(axis);
  Axes order = llvm::to_vector(llvm::concat<const unsigned>(summed, kept));
  Value moved =
      transpose(rewriter, loc, kernel, getPermutation(operand.axes, order));
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(rewriter, loc, moved);
  SmallVector<unsigned> groups{static_cast<unsigned>(summed.size()),
                               static_cast<unsigned>(kept.size())};
  Quantized result =
      core.ternarize(regroup(rewriter, loc, moved, groups), quantizer);
  result.values = ungroup(rewriter, loc, result.values, groups, shape);
  result.scale.value = ungroup(rewriter, loc, result.scale.value, groups[1],
                               ArrayRef(shape).take_back(kept.size()));
  operand = getPlainOperand(order);
  return result;
}

DirectedScale EinsumDenseBuilder::arrange(DirectedScale scale,
                                          ArrayRef<unsigned> from,
                                          ArrayRef<unsigned> batch,
                                          ArrayRef<unsigned> others) {
  if (!scale.value ||
      cast<RankedTensorType>(scale.value.getType()).getRank() == 0)
    return scale;
  Axes to = llvm::to_vector(llvm::concat<const unsigned>(batch, others));
  SmallVector<unsigned> groups;
  if (!batch.empty())
    groups.push_back(batch.size());
  groups.push_back(others.size());
  Value moved = transpose(rewriter, loc, scale.value, getPermutation(from, to));
  return {regroup(rewriter, loc, moved, groups), scale.direction};
}

/// The float sums of the ternary product: an einsum whose output has the axes
/// of both operands first, then those of the input, then those of the kernel,
/// in which form the scales apply to rows and columns.
Value EinsumDenseBuilder::multiplyTrits(Value input) {
  Value kernel = op.getKernel();
  einsum::Operand lhs = takeDiagonals(input),
                  rhs = contraction.getOperands()[1];
  Quantized trits{kernel, {op.getScale(), op.getScaleDirectionAttr()}};
  if (op.getKernelQuantizer())
    trits = ternarize(rhs, kernel);
  Quantized activations{input, {}};
  IntegerAttr bound;
  if (QuantizerAttrInterface quantizer = op.getQuantizerAttr()) {
    SmallVector<int64_t> summed;
    for (auto [dim, axis] : llvm::enumerate(lhs.axes))
      if (isSummed(axis))
        summed.push_back(dim);
    activations = core.quantize(input, quantizer, ArrayRef(summed));
    auto [low, high] = quantizer.getRange();
    bound = rewriter.getI64IntegerAttr(std::max(-low, high));
  }

  Axes batch, rows, columns;
  for (unsigned axis : lhs.axes)
    if (!isSummed(axis))
      (rhs.runsAlong(axis) ? batch : rows).push_back(axis);
  for (unsigned axis : contraction.getOutput())
    if (!lhs.runsAlong(axis))
      columns.push_back(axis);
  Axes order =
      llvm::to_vector(llvm::concat<const unsigned>(batch, rows, columns));
  Value sums = createEinsum({lhs, rhs}, order,
                            {activations.values, trits.values}, bound);

  if (activations.scale.value || trits.scale.value) {
    Axes rowAxes, columnAxes;
    for (unsigned axis : lhs.axes)
      if (!isSummed(axis))
        rowAxes.push_back(axis);
    for (unsigned axis : rhs.axes)
      if (!isSummed(axis))
        columnAxes.push_back(axis);
    SmallVector<unsigned> groups;
    if (!batch.empty())
      groups.push_back(batch.size());
    groups.push_back(rows.size());
    groups.push_back(columns.size());
    SmallVector<OpFoldResult> shape =
        tensor::getMixedSizes(rewriter, loc, sums);
    sums = regroup(rewriter, loc, sums, groups);
    sums = core.rescale(sums, arrange(activations.scale, rowAxes, batch, rows),
                        arrange(trits.scale, columnAxes, batch, columns));
    sums = ungroup(rewriter, loc, sums, groups, shape);
  }
  return transpose(rewriter, loc, sums,
                   getPermutation(order, contraction.getOutput()));
}

/// Adds `alpha / r * einsum(x, A, B)`: the equation with the last axis of the
/// kernel taken from B, which A reaches by an axis of its own, of size r.
Value EinsumDenseBuilder::addLowRank(Value sums, Value input) {
  FloatAttr alpha = op.getLoraAlphaAttr();
  if (!alpha)
    return sums;
  ArrayRef<einsum::Operand> operands = contraction.getOperands();
  auto aType = cast<RankedTensorType>(op.getLoraA().getType());
  int64_t rank = aType.getShape().back();
  SmallVector<einsum::Axis> axes(contraction.getAxes());
  unsigned rankAxis = axes.size();
  einsum::Axis &axis = axes.emplace_back();
  axis.size = rank;
  axis.label = 0;
  auto a = llvm::to_vector(operands[1].axes);
  unsigned last = std::exchange(a.back(), rankAxis);
  Value branch = EinsumOp::create(
      rewriter, loc,
      Contraction(
          axes,
          {operands[0], getPlainOperand(a), getPlainOperand({rankAxis, last})},
          contraction.getOutput()),
      ValueRange{input, op.getLoraA(), op.getLoraB()}, rewriter.getF32Type(),
      /*bound=*/IntegerAttr());
  auto scalarType = RankedTensorType::get({}, rewriter.getF32Type());
  float factor = alpha.getValueAsDouble() / static_cast<double>(rank);
  Value scale = arith::ConstantOp::create(
      rewriter, loc, scalarType, DenseElementsAttr::get(scalarType, factor));
  branch = MergeOp::create(rewriter, loc, branch.getType(), MergeKind::Multiply,
                           ValueRange{branch, scale});
  return MergeOp::create(rewriter, loc, sums.getType(), MergeKind::Add,
                         ValueRange{sums, branch});
}

Value mlir::mml::decomposeEinsumDense(RewriterBase &rewriter,
                                      EinsumDenseOp op) {
  return EinsumDenseBuilder(rewriter, op).build();
}
