//===- LayerInference.cpp - What the layer form infers and checks ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerInference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

RankedTensorType mlir::mml::withShape(RankedTensorType type,
                                      ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType());
}

FailureOr<RankedTensorType>
mlir::mml::inferActivationType(const Checker &check, ActivationAttr activation,
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

LogicalResult
mlir::mml::reify(Operation *op, OpBuilder &builder,
                 ReifiedRankedShapedTypeDims &shapes,
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
