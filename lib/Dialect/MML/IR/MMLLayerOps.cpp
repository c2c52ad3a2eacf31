//===- MMLLayerOps.cpp - Types and constraints of the layer form ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

namespace {

/// Reports the violated constraints of one operation, where there is a location
/// to report them at.
class Checker {
public:
  Checker(std::optional<Location> loc, StringRef opName)
      : loc(loc), opName(opName) {}

  /// Emits `'op' op parts...` and fails.
  template <typename... Parts> LogicalResult fail(Parts &&...parts) const {
    if (loc) {
      InFlightDiagnostic diag = emitError(*loc) << "'" << opName << "' op ";
      (void)(diag << ... << parts);
    }
    return failure();
  }

  /// Checks that an optional vector has `size` elements.
  LogicalResult checkVector(Value vector, StringRef what, int64_t size) const {
    if (!vector)
      return success();
    auto type = cast<RankedTensorType>(vector.getType());
    if (type.getRank() == 1 &&
        (type.isDynamicDim(0) || ShapedType::isDynamic(size) ||
         type.getDimSize(0) == size))
      return success();
    return fail("expected ", what, " of shape [", size, "] but got ", type);
  }

  /// Checks that an optional tensor has the shape of the last axes of `input`,
  /// fewer than all of them.
  LogicalResult checkSuffix(Value tensor, StringRef what,
                            RankedTensorType input) const {
    if (!tensor)
      return success();
    auto type = cast<RankedTensorType>(tensor.getType());
    ArrayRef<int64_t> suffix = input.getShape().take_back(
        std::min<int64_t>(type.getRank(), input.getRank()));
    if (type.getRank() >= 1 && type.getRank() < input.getRank() &&
        succeeded(verifyCompatibleShape(type.getShape(), suffix)))
      return success();
    return fail("expected ", what, " with the shape of the last axes of ",
                input, " but got ", type);
  }

  /// Checks an axis of `input`.
  LogicalResult checkAxis(int64_t axis, RankedTensorType input) const {
    if (axis >= 0 && axis < input.getRank())
      return success();
    return fail("expected an axis from 0 to ", input.getRank() - 1, " of ",
                input, " but got ", axis);
  }

  /// Checks a small positive number that keeps a division finite.
  LogicalResult checkEpsilon(APFloat epsilon, bool zeroAllowed) const {
    if (epsilon.isFinite() && !epsilon.isNegative() &&
        (zeroAllowed || !epsilon.isZero()))
      return success();
    return fail("expected a finite and ",
                zeroAllowed ? "not negative" : "positive", " epsilon but got ",
                epsilon.convertToDouble());
  }

  /// Checks an axis that `glu` halves and gives its half.
  FailureOr<int64_t> checkHalved(RankedTensorType input, int64_t axis) const {
    int64_t size = input.getDimSize(axis);
    if (ShapedType::isDynamic(size) || size % 2)
      return fail("expected an even dimension to split into halves but got ",
                  input);
    return size / 2;
  }

private:
  std::optional<Location> loc;
  StringRef opName;
};

} // namespace

static RankedTensorType withShape(RankedTensorType type,
                                  ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType());
}

/// The type behind `activation` along `axis`.
static FailureOr<RankedTensorType>
inferActivationType(const Checker &check, ActivationAttr activation,
                    RankedTensorType input, int64_t axis) {
  if (!activation || !activation.halvesAxis())
    return input;
  FailureOr<int64_t> half = check.checkHalved(input, axis);
  if (failed(half))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = *half;
  return withShape(input, shape);
}

static constexpr int64_t kMaxSum = std::numeric_limits<int32_t>::max();

//===----------------------------------------------------------------------===//
// DenseOp
//===----------------------------------------------------------------------===//

bool DenseOp::isTernary() {
  return isa<TritType>(getElementTypeOrSelf(getKernel())) ||
         getKernelQuantizer();
}

static LogicalResult checkDenseQuantizers(const Checker &check,
                                          DenseOp::Adaptor op, int64_t depth,
                                          int64_t units) {
  bool isTrits = isa<TritType>(getElementTypeOrSelf(op.getKernel()));
  // (C3)
  if (isTrits && op.getKernelQuantizer())
    return check.fail("expected no kernel_quantizer for a kernel of trits");
  if (!isTrits && op.getScale())
    return check.fail("expected no scale for a kernel of floats");
  if (static_cast<bool>(op.getScale()) !=
      static_cast<bool>(op.getScaleDirectionAttr()))
    return check.fail("expected a direction with a scale, and only there");
  // (C4)
  if (Value scale = op.getScale())
    if (cast<RankedTensorType>(scale.getType()).getRank() != 0 &&
        failed(check.checkVector(scale, "a scale of rank 0 or", units)))
      return failure();
  // (C7)
  if (auto quantizer = op.getQuantizerAttr()) {
    if (!quantizer.getQuantizedType().isInteger(8))
      return check.fail("expected a quantizer to integers but got ", quantizer);
    if (!isTrits && !op.getKernelQuantizer())
      return check.fail("expected a ternary kernel with a quantizer");
    // (C9)
    auto [low, high] = quantizer.getRange();
    int64_t bound = std::max(-low, high);
    if (ShapedType::isDynamic(depth) || depth > kMaxSum / bound)
      return check.fail("expected a sum of at most ", kMaxSum / bound,
                        " products, which fits an i32, but got ", depth);
  }
  if (auto quantizer = op.getKernelQuantizerAttr())
    if (!isa<TritType>(quantizer.getQuantizedType()))
      return check.fail("expected a kernel_quantizer to trits but got ",
                        quantizer);
  return success();
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
  if (failed(checkDenseQuantizers(check, op, depth, units)))
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

/// Gives the size of each result axis: a constant, which the declared or the
/// inferred type has, or the size of the axis of the operand that `source`
/// names.
static LogicalResult
reify(Operation *op, OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes,
      function_ref<std::pair<Value, int64_t>(int64_t)> source) {
  SmallVector<Type> inferred;
  if (failed(cast<InferTypeOpInterface>(op).inferReturnTypes(
          op->getContext(), op->getLoc(), op->getOperands(),
          op->getRawDictionaryAttrs(), op->getPropertiesStorage(),
          op->getRegions(), inferred)))
    return failure();
  auto declaredType = cast<RankedTensorType>(op->getResult(0).getType());
  auto inferredType = cast<RankedTensorType>(inferred.front());
  SmallVector<OpFoldResult> shape;
  for (int64_t axis = 0; axis < declaredType.getRank(); ++axis) {
    int64_t size = declaredType.isDynamicDim(axis)
                       ? inferredType.getDimSize(axis)
                       : declaredType.getDimSize(axis);
    if (!ShapedType::isDynamic(size)) {
      shape.push_back(builder.getIndexAttr(size));
      continue;
    }
    auto [value, sourceAxis] = source(axis);
    shape.push_back(
        tensor::getMixedSize(builder, op->getLoc(), value, sourceAxis));
  }
  shapes.push_back(std::move(shape));
  return success();
}

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
