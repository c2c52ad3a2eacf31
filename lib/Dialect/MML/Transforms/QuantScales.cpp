//===- QuantScales.cpp - Scales of quantized types ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantScales.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;
using namespace mlir::mml;

FailureOr<ConstantView> mlir::mml::viewScales(quant::DequantizeCastOp op,
                                              ArrayRef<int64_t> shape,
                                              std::string &reason) {
  auto fail = [&](StringRef text) {
    reason = text.str();
    return failure();
  };
  Type type = getElementTypeOrSelf(op.getInput().getType());
  auto uniform = dyn_cast<quant::QuantizedType>(type);
  if (!uniform || !uniform.isSigned())
    return fail("the constant is quantized without a sign");
  auto expressed = dyn_cast<FloatType>(uniform.getExpressedType());
  if (!expressed || !isNumberType(expressed))
    return fail("the constant is dequantized to no number");
  SmallVector<APFloat> scales;
  auto addScale = [&](double value) {
    APFloat scale(value);
    bool losesInfo;
    scale.convert(expressed.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    scales.push_back(scale);
  };
  bool hasZeroPoint = false;
  // The sizes of the scales along each dimension, and theirs of blocks.
  SmallVector<int64_t> counts(shape.size(), 1);
  if (auto layer = dyn_cast<quant::UniformQuantizedType>(type)) {
    addScale(layer.getScale());
    hasZeroPoint = layer.getZeroPoint() != 0;
  } else if (auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(type)) {
    if (axis.getQuantizedDimension() < 0 ||
        static_cast<size_t>(axis.getQuantizedDimension()) >= counts.size())
      return fail("the constant is quantized along a dimension it lacks");
    counts[axis.getQuantizedDimension()] = axis.getScales().size();
    for (double scale : axis.getScales())
      addScale(scale);
    hasZeroPoint = llvm::any_of(axis.getZeroPoints(),
                                [](int64_t point) { return point != 0; });
  } else if (auto blocks =
                 dyn_cast<quant::UniformQuantizedSubChannelType>(type)) {
    counts = llvm::to_vector(blocks.getScales().getType().getShape());
    if (counts.size() != shape.size())
      return fail("the constant is quantized along a dimension it lacks");
    for (const APFloat &scale : blocks.getScales().getValues<APFloat>())
      addScale(scale.convertToDouble());
    hasZeroPoint =
        llvm::any_of(blocks.getZeroPoints().getValues<APInt>(),
                     [](const APInt &point) { return !point.isZero(); });
  } else {
    return fail("the constant is quantized by ranges");
  }
  if (hasZeroPoint)
    return fail("the constant has a zero point other than 0");

  // One axis of the factor for each dimension, of as many elements as there are
  // scales, each of them repeated for a block.
  auto attr =
      DenseElementsAttr::get(RankedTensorType::get(counts, expressed), scales);
  ConstantView factor;
  factor.root.type = expressed;
  factor.root.bytes = attr.getRawData();
  factor.root.isSplat = attr.isSplat();
  int64_t step = 1;
  factor.dims.resize(counts.size());
  factor.shape = llvm::to_vector(shape);
  for (int64_t dim = counts.size(); dim-- > 0;) {
    if (counts[dim] == 1) {
      factor.shape[dim] = 1;
      continue;
    }
    if (counts[dim] == 0 || shape[dim] % counts[dim] != 0)
      return fail("the constant has blocks that do not divide a dimension");
    factor.dims[dim].push_back(factor.sizes.size());
    factor.sizes.push_back(counts[dim]);
    factor.root.steps.push_back(step);
    step *= counts[dim];
    if (int64_t block = shape[dim] / counts[dim]; block > 1) {
      factor.dims[dim].push_back(factor.sizes.size());
      factor.sizes.push_back(block);
      factor.root.steps.push_back(0);
    }
  }
  return factor;
}
