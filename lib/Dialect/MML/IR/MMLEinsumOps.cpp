//===- MMLEinsumOps.cpp - Types and constraints of einsum operations ------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerInference.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Einsum/DenseForm.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;

static_assert(einsum::kDynamic == ShapedType::kDynamic,
              "shapes are passed on as they are");

static llvm::Expected<einsum::Contraction>
bind(const einsum::Equation &equation, ValueRange operands) {
  SmallVector<ArrayRef<int64_t>> shapes;
  for (Value operand : operands)
    shapes.push_back(cast<RankedTensorType>(operand.getType()).getShape());
  return einsum::Contraction::bind(equation, shapes);
}

/// What is wrong, without the column: an operation's text is not at hand.
static std::string takeReason(llvm::Error error) {
  std::string reason;
  llvm::handleAllErrors(std::move(error),
                        [&](const einsum::EquationError &fault) {
                          reason = fault.getMessage().str();
                        });
  return reason;
}

/// Finds the axes of `operands`, or reports why they do not fit `equation`.
static FailureOr<einsum::Contraction>
bind(const Checker &check, EquationAttr equation, ValueRange operands) {
  llvm::Expected<einsum::Contraction> contraction =
      bind(equation.getValue(), operands);
  if (contraction)
    return std::move(*contraction);
  return check.fail(takeReason(contraction.takeError()));
}

/// The first operand that runs along an axis, and its dimension there.
static std::pair<Value, int64_t>
findSource(const einsum::Contraction &contraction, ValueRange operands,
           unsigned axis) {
  for (auto [operand, value] :
       llvm::zip_equal(contraction.getOperands(), operands))
    for (auto [dim, operandAxis] : llvm::enumerate(operand.axes))
      if (operandAxis == axis && !operand.stretches[dim])
        return {value, dim};
  llvm_unreachable("every axis is one of an operand");
}

//===----------------------------------------------------------------------===//
// EinsumOp
//===----------------------------------------------------------------------===//

/// The accumulator of operands of `type` by rule.
static Type getDefaultAccumulator(Type type) {
  Builder builder(type.getContext());
  if (auto floats = dyn_cast<FloatType>(type))
    return floats.getWidth() <= 32 ? Type(builder.getF32Type()) : type;
  return type.getIntOrFloatBitWidth() <= 32 ? Type(builder.getI32Type()) : type;
}

/// The element type of the operands that are not of trits, or nothing if they
/// differ or are none.
static Type getNumberType(TypeRange operands) {
  Type result;
  for (Type operand : operands) {
    Type type = getElementTypeOrSelf(operand);
    if (isa<TritType>(type))
      continue;
    if (result && result != type)
      return {};
    result = type;
  }
  return result;
}

LogicalResult EinsumOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor op,
                                         SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  ValueRange inputs = op.getInputs();
  // (C4)
  if (inputs.size() > einsum::kMaxOperands)
    return check.fail("expected at most ", einsum::kMaxOperands,
                      " operands but got ", inputs.size());
  // (C1)
  FailureOr<einsum::Contraction> contraction =
      bind(check, op.getEquationAttr(), inputs);
  if (failed(contraction))
    return failure();
  // (C2)
  for (Type input : inputs.getTypes())
    if (cast<RankedTensorType>(input).getEncoding())
      return check.fail("expected operands without an encoding but got ",
                        input);
  auto isTrits = [](Value value) {
    return isa<TritType>(getElementTypeOrSelf(value));
  };
  int64_t numTernary = llvm::count_if(inputs, isTrits);
  if (numTernary > 1)
    return check.fail("expected at most one operand of trits but got ",
                      numTernary);
  Type type = getNumberType(inputs.getTypes());
  if (!type)
    return check.fail("expected operands of one element type, one of them of "
                      "trits at most, but got ",
                      inputs.getTypes());
  // (C3)
  Type accumulator = getDefaultAccumulator(type);
  if (TypeAttr attr = op.getAccumulatorAttr()) {
    accumulator = attr.getValue();
    bool isKnown =
        isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(accumulator) ||
        (accumulator.isSignlessInteger() &&
         llvm::is_contained({8u, 16u, 32u, 64u},
                            accumulator.getIntOrFloatBitWidth()));
    if (!isKnown || isa<FloatType>(accumulator) != isa<FloatType>(type) ||
        (accumulator != type &&
         accumulator.getIntOrFloatBitWidth() <= type.getIntOrFloatBitWidth()))
      return check.fail("expected an accumulator for operands of ", type,
                        " but got ", accumulator);
  }
  // (C4)
  if (contraction->getAxes().size() > einsum::kMaxAxes)
    return check.fail("expected at most ", einsum::kMaxAxes, " axes but got ",
                      contraction->getAxes().size());
  // (C5)
  if (IntegerAttr bound = op.getBoundAttr()) {
    if (inputs.size() != 2 || numTernary != 1 || !type.isInteger(8))
      return check.fail("expected a bound only with an operand of i8 and one "
                        "of trits");
    if (bound.getInt() < 1 || bound.getInt() > 128)
      return check.fail("expected a bound from 1 to 128 but got ",
                        bound.getInt());
  }
  inferred.push_back(
      RankedTensorType::get(contraction->getOutputShape(), accumulator));
  return success();
}

einsum::Contraction EinsumOp::getContraction() {
  return llvm::cantFail(bind(getEquation().getValue(), getInputs()));
}

void EinsumOp::build(OpBuilder &builder, OperationState &state,
                     const einsum::Contraction &contraction, ValueRange inputs,
                     Type accumulator, IntegerAttr bound) {
  std::string text = *contraction.getEquation();
  auto equation = EquationAttr::get(
      builder.getContext(), llvm::cantFail(einsum::Equation::parse(text)));
  TypeAttr accumulatorAttr;
  if (accumulator != getDefaultAccumulator(getNumberType(inputs.getTypes())))
    accumulatorAttr = TypeAttr::get(accumulator);
  build(builder, state,
        RankedTensorType::get(contraction.getOutputShape(), accumulator),
        equation, inputs, bound, accumulatorAttr);
}

LogicalResult EinsumOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  einsum::Contraction contraction = getContraction();
  return reify(*this, builder, shapes, [&](int64_t axis) {
    return findSource(contraction, getInputs(), contraction.getOutput()[axis]);
  });
}

//===----------------------------------------------------------------------===//
// EinsumDenseOp
//===----------------------------------------------------------------------===//

bool EinsumDenseOp::isTernary() {
  return isa<TritType>(getElementTypeOrSelf(getKernel())) ||
         getKernelQuantizer();
}

einsum::Contraction EinsumDenseOp::getContraction() {
  return llvm::cantFail(
      bind(getEquation().getValue(), {getInput(), getKernel()}));
}

/// Checks that a bias stretches to the last axes of an output.
static LogicalResult checkBias(const Checker &check, Value bias,
                               ArrayRef<int64_t> output) {
  if (!bias)
    return success();
  auto type = cast<RankedTensorType>(bias.getType());
  ArrayRef<int64_t> shape = type.getShape();
  bool fits =
      shape.size() <= output.size() &&
      llvm::all_of(llvm::zip_equal(shape, output.take_back(shape.size())),
                   [](auto sizes) {
                     auto [size, wanted] = sizes;
                     return size == 1 || size == wanted ||
                            ShapedType::isDynamic(size) ||
                            ShapedType::isDynamic(wanted);
                   });
  if (!fits)
    return check.fail("expected a bias with the sizes of the last axes of the "
                      "output [",
                      output, "], or 1, but got ", type);
  return success();
}

/// Checks the factors of a branch of low rank.
static LogicalResult checkLora(const Checker &check, EinsumDenseOp::Adaptor op,
                               size_t numAxes) {
  Value a = op.getLoraA(), b = op.getLoraB();
  FloatAttr alpha = op.getLoraAlphaAttr();
  if (!a && !b && !alpha)
    return success();
  if (!a || !b || !alpha)
    return check.fail("expected lora with both of its factors");
  auto aType = cast<RankedTensorType>(a.getType());
  auto bType = cast<RankedTensorType>(b.getType());
  auto kernel = cast<RankedTensorType>(op.getKernel().getType());
  int64_t rank = aType.getRank() ? aType.getShape().back() : 0;
  if (rank < 1)
    return check.fail("expected a factor a with a static rank of at least 1 "
                      "along its last axis but got ",
                      aType);
  SmallVector<int64_t> wanted(kernel.getShape());
  wanted.back() = rank;
  if (failed(verifyCompatibleShape(aType.getShape(), wanted)))
    return check.fail("expected a factor a of shape [", ArrayRef(wanted),
                      "] but got ", aType);
  wanted = {rank, kernel.getShape().back()};
  if (failed(verifyCompatibleShape(bType.getShape(), wanted)))
    return check.fail("expected a factor b of shape [", ArrayRef(wanted),
                      "] but got ", bType);
  if (!std::isfinite(static_cast<float>(alpha.getValueAsDouble() / rank)))
    return check.fail("expected a finite alpha, over the rank too, but got ",
                      alpha.getValueAsDouble());
  if (numAxes >= einsum::kMaxAxes)
    return check.fail("expected fewer than ", einsum::kMaxAxes,
                      " axes with lora but got ", numAxes);
  return success();
}

LogicalResult EinsumDenseOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> loc,
                                              Adaptor op,
                                              SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto kernel = cast<RankedTensorType>(op.getKernel().getType());
  // (C1)
  llvm::Expected<einsum::EllipsisSide> side =
      einsum::checkDenseForm(op.getEquationAttr().getValue());
  if (!side)
    return check.fail(takeReason(side.takeError()));
  // (C2)
  FailureOr<einsum::Contraction> contraction =
      bind(check, op.getEquationAttr(), {op.getInput(), op.getKernel()});
  if (failed(contraction))
    return failure();
  // (C3) (C7)
  if (failed(check.checkKernel(
          op.getKernel(), op.getScale(), op.getScaleDirectionAttr(),
          op.getQuantizerAttr(), op.getKernelQuantizerAttr())))
    return failure();
  // (C4)
  SmallVector<int64_t> kept;
  for (auto [axis, size] :
       llvm::zip_equal(contraction->getOperands()[1].axes, kernel.getShape()))
    if (llvm::is_contained(contraction->getOutput(), axis))
      kept.push_back(size);
  auto kernelAxes = llvm::to_vector(contraction->getOperands()[1].axes);
  llvm::sort(kernelAxes);
  bool repeats = std::adjacent_find(kernelAxes.begin(), kernelAxes.end()) !=
                 kernelAxes.end();
  auto kernelQuantizer = op.getKernelQuantizerAttr();
  if (repeats && kernelQuantizer &&
      kernelQuantizer.getGranularity() != Granularity::Tensor)
    return check.fail("expected a kernel_quantizer per tensor for a kernel "
                      "with a repeated label but got ",
                      kernelQuantizer);
  if (Value scale = op.getScale()) {
    auto type = cast<RankedTensorType>(scale.getType());
    if (type.getRank() != 0 && repeats)
      return check.fail("expected a scale of rank 0 for a kernel with a "
                        "repeated label but got ",
                        type);
    if (type.getRank() != 0 &&
        failed(verifyCompatibleShape(type.getShape(), kept)))
      return check.fail("expected a scale of rank 0 or of shape [",
                        ArrayRef(kept), "] but got ", type);
  }
  // (C5)
  if (!op.getNormEpsilonAttr() && (op.getGain() || op.getNormBias()))
    return check.fail("expected gain and norm_bias only with a norm");
  if (failed(check.checkSuffix(op.getGain(), "a gain", input)) ||
      failed(check.checkSuffix(op.getNormBias(), "a norm_bias", input)))
    return failure();
  // (C6)
  SmallVector<int64_t> shape = contraction->getOutputShape();
  if (failed(checkBias(check, op.getBias(), shape)))
    return failure();
  // (C8)
  if (FloatAttr epsilon = op.getNormEpsilonAttr())
    if (failed(check.checkEpsilon(epsilon.getValue(), /*zeroAllowed=*/false)))
      return failure();
  // (C9)
  int64_t depth = 1;
  for (auto [axis, info] : llvm::enumerate(contraction->getAxes())) {
    if (llvm::is_contained(contraction->getOutput(), axis))
      continue;
    if (ShapedType::isDynamic(info.size) || ShapedType::isDynamic(depth))
      depth = ShapedType::kDynamic;
    else if (llvm::MulOverflow(depth, info.size, depth))
      depth = std::numeric_limits<int64_t>::max();
  }
  if (failed(check.checkSumFits(op.getQuantizerAttr(), depth)))
    return failure();
  // (C11)
  if (failed(checkLora(check, op, contraction->getAxes().size())))
    return failure();
  // (C10)
  FailureOr<RankedTensorType> result = inferActivationType(
      check, op.getActivationAttr(), withShape(input, shape), shape.size() - 1);
  if (failed(result))
    return failure();
  inferred.push_back(*result);
  return success();
}

LogicalResult
EinsumDenseOp::reifyResultShapes(OpBuilder &builder,
                                 ReifiedRankedShapedTypeDims &shapes) {
  einsum::Contraction contraction = getContraction();
  return reify(*this, builder, shapes, [&](int64_t axis) {
    return findSource(contraction, {getInput(), getKernel()},
                      contraction.getOutput()[axis]);
  });
}
