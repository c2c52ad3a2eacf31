//===- LinalgBuilder.cpp - Builds linalg operations on tensors ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

SmallVector<int64_t> mlir::mml::allAxesBut(int64_t rank, int64_t axis) {
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  axes.erase(axes.begin() + axis);
  return axes;
}

static int64_t getRank(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getRank();
}

LinalgBuilder::Input LinalgBuilder::whole(Value value) const {
  return {value, b.getMultiDimIdentityMap(getRank(value))};
}

LinalgBuilder::Input LinalgBuilder::suffix(Value value, int64_t rank) const {
  return along(
      value, rank,
      llvm::to_vector(llvm::seq<int64_t>(rank - getRank(value), rank)));
}

LinalgBuilder::Input LinalgBuilder::along(Value value, int64_t rank,
                                          ArrayRef<int64_t> axes) const {
  SmallVector<AffineExpr> exprs;
  for (int64_t axis : axes)
    exprs.push_back(b.getAffineDimExpr(axis));
  return {value, AffineMap::get(rank, 0, exprs, b.getContext())};
}

LinalgBuilder::Input
LinalgBuilder::broadcast(Value value, ArrayRef<OpFoldResult> shape) const {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = shape.size(), missing = rank - type.getRank();
  SmallVector<AffineExpr> exprs;
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    bool stretches = size == 1 && !isConstantIntValue(shape[missing + axis], 1);
    exprs.push_back(stretches ? b.getAffineConstantExpr(0)
                              : b.getAffineDimExpr(missing + axis));
  }
  return {value, AffineMap::get(rank, 0, exprs, b.getContext())};
}

Value LinalgBuilder::map(ArrayRef<Input> inputs, ArrayRef<OpFoldResult> shape,
                         Type elementType, Body body) const {
  Value init = tensor::EmptyOp::create(b, loc, shape, elementType);
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  for (const Input &input : inputs) {
    values.push_back(input.value);
    maps.push_back(input.map);
  }
  maps.push_back(b.getMultiDimIdentityMap(shape.size()));
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, init.getType(), values, init, maps, iterators,
             [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
               linalg::YieldOp::create(
                   nested, nestedLoc,
                   body(nested, nestedLoc, args.drop_back()));
             })
      .getResult(0);
}

Value LinalgBuilder::mapLike(Value like, ArrayRef<Input> inputs,
                             Body body) const {
  return map(inputs, shapeOf(like), b.getF32Type(), body);
}

Value LinalgBuilder::reduce(Value input, ArrayRef<int64_t> axes, TypedAttr init,
                            Body body) const {
  int64_t rank = getRank(input);
  SmallVector<OpFoldResult> shape = shapeOf(input), reduced;
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  for (int64_t axis : axes)
    iterators[axis] = utils::IteratorType::reduction;
  SmallVector<AffineExpr> exprs;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (iterators[axis] == utils::IteratorType::reduction)
      continue;
    reduced.push_back(shape[axis]);
    exprs.push_back(b.getAffineDimExpr(axis));
  }
  Value start = arith::ConstantOp::create(b, loc, init);
  Value empty = tensor::EmptyOp::create(b, loc, reduced, init.getType());
  Value filled = linalg::FillOp::create(b, loc, start, empty).getResult(0);
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(rank),
                              AffineMap::get(rank, 0, exprs, b.getContext())};
  return linalg::GenericOp::create(
             b, loc, filled.getType(), input, filled, maps, iterators,
             [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
               linalg::YieldOp::create(nested, nestedLoc,
                                       body(nested, nestedLoc, args));
             })
      .getResult(0);
}

Value LinalgBuilder::sum(Value input, ArrayRef<int64_t> axes) const {
  return reduce(input, axes, b.getF32FloatAttr(0),
                [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  return arith::AddFOp::create(b, loc, args[1], args[0]);
                });
}

Value LinalgBuilder::max(Value input, ArrayRef<int64_t> axes) const {
  auto init = b.getF32FloatAttr(-std::numeric_limits<float>::infinity());
  return reduce(input, axes, init,
                [](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  return arith::MaximumFOp::create(b, loc, args[1], args[0]);
                });
}

Value LinalgBuilder::count(Value input, ArrayRef<int64_t> axes,
                           Type elementType) const {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t known = 1;
  Value unknown;
  for (int64_t axis : axes) {
    if (!type.isDynamicDim(axis)) {
      known *= type.getDimSize(axis);
      continue;
    }
    Value size = tensor::DimOp::create(b, loc, input, axis);
    unknown = unknown ? arith::MulIOp::create(b, loc, unknown, size) : size;
  }
  Value constant = arith::ConstantOp::create(
      b, loc, b.getFloatAttr(elementType, static_cast<double>(known)));
  if (!unknown)
    return constant;
  unknown = arith::IndexCastOp::create(b, loc, b.getI64Type(), unknown);
  unknown = arith::SIToFPOp::create(b, loc, elementType, unknown);
  return arith::MulFOp::create(b, loc, unknown, constant);
}

Value LinalgBuilder::constant(OpBuilder &builder, Location loc, double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}

SmallVector<OpFoldResult> LinalgBuilder::shapeOf(Value tensor) const {
  return tensor::getMixedSizes(b, loc, tensor);
}
