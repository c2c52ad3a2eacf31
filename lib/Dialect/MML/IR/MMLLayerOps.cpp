//===- MMLLayerOps.cpp - Types and constraints of the layer form ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerInference.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;

//===----------------------------------------------------------------------===//
// DenseOp
//===----------------------------------------------------------------------===//

bool DenseOp::isTernary() {
  return isa<TritType>(getElementTypeOrSelf(getKernel())) ||
         getKernelQuantizer();
}

LogicalResult DenseOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc, Adaptor op,
                                        SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto kernel = cast<RankedTensorType>(op.getKernel().getType());
  // (C1)
  if (input.getRank() < 2)
    return check.fail("expected an input of rank 2 or more but got ", input);
  if (kernel.getRank() != 2)
    return check.fail("expected a kernel of rank 2 but got ", kernel);
  // (C2)
  int64_t depth = kernel.getDimSize(0), units = kernel.getDimSize(1);
  if (failed(verifyCompatibleShape(input.getShape().take_back(), {depth})))
    return check.fail("expected the last dimension of the input to be ", depth,
                      ", the first of the kernel, but got ",
                      input.getShape().back());
  // (C3) (C7)
  if (failed(check.checkKernel(
          op.getKernel(), op.getScale(), op.getScaleDirectionAttr(),
          op.getQuantizerAttr(), op.getKernelQuantizerAttr())))
    return failure();
  // (C4)
  if (Value scale = op.getScale())
    if (cast<RankedTensorType>(scale.getType()).getRank() != 0 &&
        failed(check.checkVector(scale, "a scale of rank 0 or", units)))
      return failure();
  // (C9)
  if (failed(check.checkSumFits(op.getQuantizerAttr(), depth)))
    return failure();
  // (C5)
  if (!op.getNormEpsilonAttr() && (op.getGain() || op.getNormBias()))
    return check.fail("expected gain and norm_bias only with a norm");
  if (failed(check.checkSuffix(op.getGain(), "a gain", input)) ||
      failed(check.checkSuffix(op.getNormBias(), "a norm_bias", input)))
    return failure();
  // (C6)
  if (failed(check.checkVector(op.getBias(), "a bias", units)))
    return failure();
  // (C8)
  if (FloatAttr epsilon = op.getNormEpsilonAttr())
    if (failed(check.checkEpsilon(epsilon.getValue(), /*zeroAllowed=*/false)))
      return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = units;
  // (C10)
  FailureOr<RankedTensorType> result =
      inferActivationType(check, op.getActivationAttr(),
                          withShape(input, shape), input.getRank() - 1);
  if (failed(result))
    return failure();
  inferred.push_back(*result);
  return success();
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

LogicalResult RMSNormOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor op,
                                          SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  if (input.getRank() < 2 || input.isDynamicDim(input.getRank() - 1) ||
      input.getShape().back() == 0)
    return check.fail("expected an input of rank 2 or more with a static last "
                      "dimension that is not 0 but got ",
                      input);
  // (C2)
  if (failed(check.checkSuffix(op.getGain(), "a gain", input)) ||
      failed(check.checkSuffix(op.getBias(), "a bias", input)))
    return failure();
  // (C3)
  if (failed(check.checkEpsilon(op.getEpsilon(), /*zeroAllowed=*/false)))
    return failure();
  inferred.push_back(input);
  return success();
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  ArrayRef<int64_t> axes = op.getAxes();
  if (axes.empty())
    return check.fail("expected at least one axis");
  SmallVector<int64_t> shape;
  for (auto [index, axis] : llvm::enumerate(axes)) {
    if (failed(check.checkAxis(axis, input)))
      return failure();
    if (index > 0 && axes[index - 1] >= axis)
      return check.fail("expected ascending axes but got ", axis, " behind ",
                        axes[index - 1]);
    if (input.isDynamicDim(axis) || input.getDimSize(axis) == 0)
      return check.fail("expected axis ", axis,
                        " to be static and not 0 but got ", input);
    shape.push_back(input.getDimSize(axis));
  }
  // (C2)
  for (auto [what, value] :
       {std::pair<StringRef, Value>("gamma", op.getGamma()),
        std::pair<StringRef, Value>("beta", op.getBeta())})
    if (value &&
        failed(verifyCompatibleShape(
            cast<RankedTensorType>(value.getType()).getShape(), shape)))
      return check.fail("expected ", what, " of shape [", ArrayRef(shape),
                        "] but got ", value.getType());
  // (C3)
  if (failed(check.checkEpsilon(op.getEpsilon(), /*zeroAllowed=*/true)))
    return failure();
  inferred.push_back(input);
  return success();
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  if (failed(check.checkAxis(op.getAxis(), input)))
    return failure();
  // (C2)
  int64_t size = input.getDimSize(op.getAxis());
  if (failed(check.checkVector(op.getMean(), "a mean", size)) ||
      failed(check.checkVector(op.getVariance(), "a variance", size)) ||
      failed(check.checkVector(op.getGamma(), "a gamma", size)) ||
      failed(check.checkVector(op.getBeta(), "a beta", size)))
    return failure();
  // (C3)
  if (failed(check.checkEpsilon(op.getEpsilon(), /*zeroAllowed=*/true)))
    return failure();
  inferred.push_back(input);
  return success();
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

LogicalResult ActivationOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor op,
                                             SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  ActivationAttr activation = op.getActivationAttr();
  // (C1)
  if (activation.isRowWise() != static_cast<bool>(op.getAxisAttr()))
    return check.fail("expected ", activation.isRowWise() ? "an" : "no",
                      " axis for ", activation);
  int64_t axis = 0;
  if (activation.isRowWise()) {
    axis = op.getAxisAttr().getInt();
    if (failed(check.checkAxis(axis, input)))
      return failure();
  }
  // (C2)
  FailureOr<RankedTensorType> result =
      inferActivationType(check, activation, input, axis);
  if (failed(result))
    return failure();
  inferred.push_back(*result);
  return success();
}

LogicalResult GateOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc, Adaptor op,
                                       SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  if (input.getRank() == 0)
    return check.fail("expected an input of rank 1 or more");
  FailureOr<int64_t> half = check.checkHalved(input, input.getRank() - 1);
  if (failed(half))
    return failure();
  // (C2)
  if (op.getActivationAttr().isRowWise())
    return check.fail("expected an activation of each element but got ",
                      op.getActivationAttr());
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = *half;
  inferred.push_back(withShape(input, shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Glue
//===----------------------------------------------------------------------===//

LogicalResult MergeOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc, Adaptor op,
                                        SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  // (C1)
  size_t count = op.getInputs().size();
  if (count == 0)
    return check.fail("expected at least one operand");
  if (op.getKind() == MergeKind::Subtract && count != 2)
    return check.fail("expected two operands to subtract but got ", count);
  // (C2)
  int64_t rank = 0;
  for (Value input : op.getInputs())
    rank = std::max(rank, cast<RankedTensorType>(input.getType()).getRank());
  SmallVector<int64_t> shape(rank, 1);
  for (Value input : op.getInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      int64_t &merged = shape[rank - type.getRank() + axis];
      if (merged == 1 || (ShapedType::isDynamic(merged) && size != 1))
        merged = size;
      else if (size != 1 && !ShapedType::isDynamic(size) && size != merged)
        return check.fail("expected shapes that broadcast but got ", merged,
                          " and ", size, " along axis ",
                          rank - type.getRank() + static_cast<int64_t>(axis));
    }
  }
  inferred.push_back(withShape(
      cast<RankedTensorType>(op.getInputs().front().getType()), shape));
  return success();
}

LogicalResult PoolOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc, Adaptor op,
                                       SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  if (input.getRank() < 2)
    return check.fail("expected an input of rank 2 or more but got ", input);
  if (failed(check.checkAxis(op.getAxis(), input)))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.erase(shape.begin() + op.getAxis());
  inferred.push_back(withShape(input, shape));
  return success();
}

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor op,
                                            SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto ids = cast<RankedTensorType>(op.getIds().getType());
  auto table = cast<RankedTensorType>(op.getTable().getType());
  // (C1)
  if (table.getRank() != 2 || !table.hasStaticShape() ||
      llvm::is_contained(table.getShape(), 0))
    return check.fail("expected a table of rank 2 with a static shape that is "
                      "not empty but got ",
                      table);
  SmallVector<int64_t> shape(ids.getShape());
  shape.push_back(table.getDimSize(1));
  inferred.push_back(withShape(table, shape));
  return success();
}

LogicalResult PatchesOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor op,
                                          SmallVectorImpl<Type> &inferred) {
  Checker check(loc, getOperationName());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  // (C1)
  if (input.getRank() != 4 ||
      ShapedType::isDynamicShape(input.getShape().drop_front()))
    return check.fail("expected an input of rank 4 with static dimensions but "
                      "the first but got ",
                      input);
  // (C2)
  int64_t size = op.getSize(), height = input.getDimSize(1),
          width = input.getDimSize(2);
  if (size < 1 || size > height || size > width)
    return check.fail("expected a size from 1 to ", std::min(height, width),
                      " but got ", size);
  int64_t count, length;
  if (llvm::MulOverflow(height / size, width / size, count) ||
      llvm::MulOverflow(size, size, length) ||
      llvm::MulOverflow(length, input.getDimSize(3), length))
    return check.fail("expected patches whose number and size fit an i64 but "
                      "got ",
                      input, " and size ", size);
  inferred.push_back(withShape(input, {input.getDimSize(0), count, length}));
  return success();
}

//===----------------------------------------------------------------------===//
// Reification
//===----------------------------------------------------------------------===//

/// Reification for results whose dynamic axes are those of the first operand.
static LogicalResult reifyAsInput(Operation *op, OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  return reify(op, builder, shapes, [&](int64_t axis) {
    return std::pair(op->getOperand(0), axis);
  });
}

LogicalResult DenseOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  return reify(*this, builder, shapes, [&](int64_t axis) {
    int64_t last = cast<RankedTensorType>(getInput().getType()).getRank() - 1;
    return axis == last ? std::pair<Value, int64_t>(getKernel(), 1)
                        : std::pair<Value, int64_t>(getInput(), axis);
  });
}
LogicalResult
RMSNormOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult
LayerNormOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult
BatchNormOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult
ActivationOp::reifyResultShapes(OpBuilder &builder,
                                ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult GateOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult
EmbeddingOp::reifyResultShapes(OpBuilder &builder,
                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}
LogicalResult
PatchesOp::reifyResultShapes(OpBuilder &builder,
                             ReifiedRankedShapedTypeDims &shapes) {
  return reifyAsInput(*this, builder, shapes);
}

LogicalResult PoolOp::reifyResultShapes(OpBuilder &builder,
                                        ReifiedRankedShapedTypeDims &shapes) {
  return reify(*this, builder, shapes, [&](int64_t axis) {
    return std::pair<Value, int64_t>(
        getInput(), axis < static_cast<int64_t>(getAxis()) ? axis : axis + 1);
  });
}

LogicalResult MergeOp::reifyResultShapes(OpBuilder &builder,
                                         ReifiedRankedShapedTypeDims &shapes) {
  int64_t rank = getResult().getType().getRank();
  return reify(*this, builder, shapes, [&](int64_t axis) {
    // The first operand that is not stretched along the axis has its size.
    for (Value input : getInputs()) {
      auto type = cast<RankedTensorType>(input.getType());
      int64_t inputAxis = axis - (rank - type.getRank());
      if (inputAxis >= 0 && type.getDimSize(inputAxis) != 1)
        return std::pair<Value, int64_t>(input, inputAxis);
    }
    return std::pair<Value, int64_t>(getInputs().front(), 0);
  });
}
