//===- SplitEinsum.cpp - Einsums of many operands -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitEinsum.h"

#include "Regroup.h"

#include "mml/Einsum/Plan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

/// Numbers of `tensor` in the wider type that the result of a step has.
static Value widen(OpBuilder &builder, Location loc, Value tensor, Type type) {
  auto tensorType = cast<RankedTensorType>(tensor.getType());
  if (tensorType.getElementType() == type ||
      isa<TritType>(getElementTypeOrSelf(tensor)))
    return tensor;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(builder, loc, tensorType.clone(type), tensor);
  return arith::ExtSIOp::create(builder, loc, tensorType.clone(type), tensor);
}

/// The same contraction of operands without the sizes that stretch.
static Contraction dropStretches(const Contraction &contraction) {
  SmallVector<einsum::Operand> operands;
  for (const einsum::Operand &operand : contraction.getOperands()) {
    einsum::Operand &plain = operands.emplace_back();
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches))
      if (!stretches) {
        plain.axes.push_back(axis);
        plain.stretches.push_back(false);
      }
  }
  return Contraction(contraction.getAxes(), operands, contraction.getOutput());
}

Value mlir::mml::splitEinsum(RewriterBase &rewriter, EinsumOp op) {
  Location loc = op.getLoc();
  Contraction whole = op.getContraction();
  SmallVector<Value> tensors;
  for (auto [operand, value] :
       llvm::zip_equal(whole.getOperands(), op.getInputs()))
    tensors.push_back(dropUnitAxes(rewriter, loc, value, operand.stretches));
  Contraction contraction = dropStretches(whole);
  Type type = op.getType().getElementType();
  einsum::Plan plan = einsum::plan(contraction);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    SmallVector<Value> inputs;
    for (unsigned tensor : plan.steps[i].tensors)
      inputs.push_back(tensors[tensor]);
    bool isMixed = llvm::any_of(inputs, [&](Value input) {
      return !isa<TritType>(getElementTypeOrSelf(input)) &&
             getElementTypeOrSelf(input) == type;
    });
    if (isMixed)
      for (Value &input : inputs)
        input = widen(rewriter, loc, input, type);
    tensors.push_back(EinsumOp::create(
        rewriter, loc, einsum::getStep(contraction, plan, i), inputs, type));
  }
  Value result = tensors.back();
  if (result.getType() != op.getType())
    result = tensor::CastOp::create(rewriter, loc, op.getType(), result);
  return result;
}
