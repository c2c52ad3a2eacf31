//===- CoreBuilder.cpp - Builds the parts of layers -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

Value CoreBuilder::normalize(Value input, Value gain, Value bias,
                             FloatAttr epsilon) {
  if (!epsilon)
    return input;
  return RMSNormOp::create(b, loc, input.getType(), input, gain, bias, epsilon);
}

Quantized CoreBuilder::quantize(Value input, QuantizerAttrInterface quantizer,
                                std::optional<ArrayRef<int64_t>> axes) {
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, loc, input);
  int64_t last = static_cast<int64_t>(shape.size()) - 1;
  SmallVector<OpFoldResult> scaleShape;
  DenseI64ArrayAttr axesAttr;
  if (quantizer.getGranularity() == Granularity::Token) {
    ArrayRef<int64_t> shared = axes.value_or(last);
    if (shared != ArrayRef(last))
      axesAttr = b.getDenseI64ArrayAttr(shared);
    for (auto [axis, size] : llvm::enumerate(shape))
      if (!llvm::is_contained(shared, static_cast<int64_t>(axis)))
        scaleShape.push_back(size);
  }
  Value integers = tensor::EmptyOp::create(b, loc, shape, b.getI8Type());
  Value scale = tensor::EmptyOp::create(b, loc, scaleShape, b.getF32Type());
  auto op =
      QuantizeOp::create(b, loc, TypeRange{integers.getType(), scale.getType()},
                         quantizer, axesAttr, input, integers, scale);
  return {op.getResult(0),
          {op.getResult(1),
           ScaleDirectionAttr::get(b.getContext(), quantizer.getDirection())}};
}

Quantized CoreBuilder::ternarize(Value kernel,
                                 QuantizerAttrInterface quantizer) {
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, loc, kernel);
  SmallVector<OpFoldResult> scaleShape;
  if (quantizer.getGranularity() == Granularity::Channel)
    scaleShape.push_back(shape.back());
  Value trits =
      tensor::EmptyOp::create(b, loc, shape, TritType::get(b.getContext()));
  Value scale = tensor::EmptyOp::create(b, loc, scaleShape, b.getF32Type());
  auto op =
      TernarizeOp::create(b, loc, TypeRange{trits.getType(), scale.getType()},
                          quantizer, kernel, trits, scale);
  return {op.getResult(0),
          {op.getResult(1),
           ScaleDirectionAttr::get(b.getContext(), quantizer.getDirection())}};
}

Value CoreBuilder::rescale(Value sums, DirectedScale row,
                           DirectedScale column) {
  if (!row.value && !column.value)
    return sums;
  Value output = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, sums), b.getF32Type());
  return RescaleOp::create(b, loc, TypeRange{output.getType()}, sums, row.value,
                           column.value, output, row.direction,
                           column.direction)
      .getResult(0);
}

Value CoreBuilder::addBias(Value input, Value bias) {
  if (!bias)
    return input;
  return MergeOp::create(b, loc, input.getType(), MergeKind::Add,
                         ValueRange{input, bias});
}

Value CoreBuilder::activate(Value input,
                            std::optional<ActivationAttr> activation) {
  if (!activation)
    return input;
  IntegerAttr axis;
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  if (activation->isRowWise())
    axis = b.getI64IntegerAttr(type.getRank() - 1);
  if (activation->halvesAxis())
    shape.back() /= 2;
  return ActivationOp::create(b, loc, type.clone(shape), input, *activation,
                              axis);
}

Value CoreBuilder::createZeros(ArrayRef<OpFoldResult> shape, Type elementType) {
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(elementType));
  Value empty = tensor::EmptyOp::create(b, loc, shape, elementType);
  return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
}
