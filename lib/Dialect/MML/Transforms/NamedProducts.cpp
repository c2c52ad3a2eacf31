//===- NamedProducts.cpp - Products by operations of their own ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NamedProducts.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;

/// A contraction whose operands have the axes that the letters of `terms` name.
static einsum::Contraction getContraction(ArrayRef<StringRef> terms,
                                          ArrayRef<RankedTensorType> types) {
  SmallVector<einsum::Axis> axes;
  llvm::SmallDenseMap<char, unsigned> known;
  SmallVector<einsum::Operand> operands;
  for (auto [term, type] : llvm::zip_equal(terms, types)) {
    einsum::Operand &operand = operands.emplace_back();
    for (auto [dim, letter] : llvm::enumerate(term)) {
      auto [found, isNew] = known.try_emplace(letter, axes.size());
      if (isNew)
        axes.emplace_back().fromEnd = found->second;
      if (!type.isDynamicDim(dim))
        axes[found->second].size = type.getDimSize(dim);
      operand.axes.push_back(found->second);
      operand.stretches.push_back(false);
    }
  }
  einsum::Operand output = operands.pop_back_val();
  return einsum::Contraction(axes, operands, output.axes);
}

/// The types of the operands and of the result, or why they are not those of a
/// product.
static std::optional<std::string>
getTypes(ValueRange values, SmallVectorImpl<RankedTensorType> &types) {
  for (Value value : values) {
    if (auto reason = whyNoNumbers(value))
      return reason;
    types.push_back(cast<RankedTensorType>(value.getType()));
  }
  return std::nullopt;
}

/// Sets the zero points of `product`, which a product of floats has not.
static std::optional<std::string> setZeroPoints(FailureOr<int64_t> first,
                                                FailureOr<int64_t> second,
                                                TensorProduct &product) {
  if (failed(first) || failed(second))
    return "expected zero points that are constant";
  if (isa<FloatType>(product.type.getElementType()) &&
      (*first != 0 || *second != 0))
    return "expected no zero points of floats";
  Builder builder(product.type.getContext());
  for (auto [point, value] :
       llvm::zip_equal(product.zeroPoints, ArrayRef{*first, *second}))
    if (value != 0)
      point = builder.getI32IntegerAttr(static_cast<int32_t>(value));
  return std::nullopt;
}

std::optional<std::string> mlir::mml::readProduct(tosa::MatMulOp op,
                                                  TensorProduct &product) {
  SmallVector<RankedTensorType> types;
  if (auto reason = getTypes({op.getA(), op.getB(), op.getOutput()}, types))
    return reason;
  product.type = types.back();
  product.contraction = getContraction({"bmk", "bkn", "bmn"}, types);
  product.inputs = {op.getA(), op.getB()};
  return setZeroPoints(op.getAZeroPoint(), op.getBZeroPoint(), product);
}

std::optional<std::string> mlir::mml::readProduct(tosa::Conv2DOp op,
                                                  TensorProduct &product) {
  SmallVector<RankedTensorType> types;
  if (auto reason =
          getTypes({op.getInput(), op.getWeight(), op.getOutput()}, types))
    return reason;
  ArrayRef<int64_t> kernel = types[1].getShape();
  if (kernel[1] != 1 || kernel[2] != 1)
    return llvm::formatv("expected a kernel of size 1 x 1 but got {0}",
                         types[1]);
  if (llvm::any_of(op.getStride(), [](int64_t stride) { return stride != 1; }))
    return "expected strides of 1";
  if (llvm::any_of(op.getPad(), [](int64_t pad) { return pad != 0; }))
    return "expected no padding";
  product.type = types.back();
  if (op.getAccType() != product.type.getElementType())
    return llvm::formatv("expected sums of the result's type {0} but got {1}",
                         product.type.getElementType(), op.getAccType());
  product.contraction = getContraction({"bhwk", "nyxk", "bhwn"}, types);
  product.inputs = {op.getInput(), op.getWeight()};
  if (auto reason = setZeroPoints(op.getInputZeroPoint(),
                                  op.getWeightZeroPoint(), product))
    return reason;
  Value bias = op.getBias();
  auto biasType = dyn_cast<RankedTensorType>(bias.getType());
  if (!biasType || biasType.isDynamicDim(0) ||
      biasType.getElementType() != product.type.getElementType())
    return llvm::formatv("expected a bias of the result's type but got {0}",
                         bias.getType());
  if (isZeroTensor(bias))
    return std::nullopt;

  // Along the last dimension of the result, or one for all of it.
  Builder builder(op.getContext());
  product.init = bias;
  product.initMap = AffineMap::get(4, 0,
                                   biasType.getDimSize(0) == 1
                                       ? builder.getAffineConstantExpr(0)
                                       : builder.getAffineDimExpr(3),
                                   builder.getContext());
  return std::nullopt;
}

bool mlir::mml::isQuantizedProduct(linalg::LinalgOp op) {
  return isa<linalg::QuantizedMatmulOp, linalg::QuantizedBatchMatmulOp>(
      op.getOperation());
}

std::optional<std::string>
mlir::mml::readQuantizedProduct(linalg::LinalgOp op, TensorProduct &product) {
  if (!op.hasPureTensorSemantics())
    return "expected tensors but got memrefs";
  Value a = op->getOperand(0), b = op->getOperand(1), init = op->getOperand(4);
  SmallVector<RankedTensorType> types;
  if (auto reason = getTypes({a, b, init}, types))
    return reason;
  product.type = types.back();
  if (!product.type.getElementType().isInteger(32))
    return llvm::formatv("expected sums of i32 but got {0}",
                         product.type.getElementType());
  for (RankedTensorType type : ArrayRef(types).drop_back())
    if (!isa<IntegerType>(type.getElementType()))
      return llvm::formatv("expected inputs of integers but got {0}", type);
  bool isBatched = isa<linalg::QuantizedBatchMatmulOp>(op.getOperation());
  product.contraction = isBatched ? getContraction({"bmk", "bkn", "bmn"}, types)
                                  : getContraction({"mk", "kn", "mn"}, types);
  product.inputs = {a, b};
  if (!isZeroTensor(init))
    product.init = init;
  for (unsigned number : {0, 1}) {
    Value point = op->getOperand(2 + number);
    if (!point.getType().isInteger(32))
      return llvm::formatv("expected zero points of i32 but got {0}",
                           point.getType());
    if (!matchPattern(point, m_Zero()))
      product.zeroPoints[number] = point;
  }
  return std::nullopt;
}
