//===- ModelBuilder.cpp - The IR of what is measured ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <random>

using namespace mlir;
using namespace mlir::mml;
using ::mml::bench::Form;
using ::mml::bench::LayerNumbers;
using ::mml::bench::Shape;
using ::mml::bench::Variant;

LayerNumbers::LayerNumbers(Shape shape) {
  std::minstd_rand random(5);
  std::normal_distribution<float> normal;
  gain.resize(shape.depth);
  bias.resize(shape.outputs);
  for (float &value : gain)
    value = 1.0f + 0.1f * normal(random);
  for (float &value : bias)
    value = normal(random);
}

namespace {
/// Adds operations to the body of one function.
struct BodyBuilder {
  OpBuilder b;
  Location loc;
  const Variant &variant;
  LayerNumbers numbers;

  RankedTensorType getType(int64_t columns, Type elementType) {
    int64_t rows = variant.batch ? variant.batch : ShapedType::kDynamic;
    return RankedTensorType::get({rows, columns}, elementType);
  }

  Value createTrits(int64_t layer) {
    Shape shape = variant.shape;
    auto type = RankedTensorType::get({shape.depth, shape.outputs},
                                      TritType::get(b.getContext()));
    return mlir::mml::ConstantOp::create(
        b, loc,
        TritsAttr::get(type, "kernel" + std::to_string(layer),
                       ::mml::bench::makeTrits(shape, layer)));
  }

  Value createFloats(ArrayRef<int64_t> shape, ArrayRef<float> values) {
    auto type = RankedTensorType::get(shape, b.getF32Type());
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(type, values));
  }

  /// The contraction of `x` with constant trits, added to zeros.
  Value createContraction(Value x, int64_t layer) {
    RankedTensorType type = getType(variant.shape.outputs, b.getI32Type());
    SmallVector<Value> sizes;
    if (!variant.batch)
      sizes.push_back(tensor::DimOp::create(b, loc, x, 0));
    Value empty = tensor::EmptyOp::create(b, loc, type, sizes);
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
    return ContractOp::create(b, loc, type, x, createTrits(layer), zeros,
                              b.getI64IntegerAttr(128))
        ->getResult(0);
  }

  /// DenseMML of `x` with constant weights.
  Value createLayer(Value x, int64_t layer) {
    return DenseOp::create(
        b, loc, getType(variant.shape.outputs, b.getF32Type()), x,
        createTrits(layer), createFloats({}, numbers.scale.value),
        createFloats(variant.shape.depth, numbers.gain),
        /*norm_bias=*/Value(),
        createFloats(variant.shape.outputs, numbers.bias),
        ScaleDirectionAttr::get(b.getContext(), ScaleDirection::Divides),
        b.getF64FloatAttr(LayerNumbers::epsilon),
        AbsMaxAttr::getDefault(b.getContext()),
        /*kernel_quantizer=*/QuantizerAttrInterface(),
        /*activation=*/ActivationAttr());
  }
};
} // namespace

// In the namespace, as `mml` alone could also be MLIR's.
namespace mml::bench {
OwningOpRef<ModuleOp> buildModule(MLIRContext &context,
                                  const Variant &variant) {
  BodyBuilder builder{OpBuilder(&context), UnknownLoc::get(&context), variant,
                      LayerNumbers(variant.shape)};
  OpBuilder &b = builder.b;
  OwningOpRef<ModuleOp> module(ModuleOp::create(builder.loc));
  b.setInsertionPointToStart(module->getBody());
  bool isContraction = variant.form == Form::Contraction;
  Type elementType = isContraction ? Type(b.getI8Type()) : b.getF32Type();
  SmallVector<Type> inputTypes(
      variant.layers, builder.getType(variant.shape.depth, elementType));
  auto function = func::FuncOp::create(
      b, builder.loc, "main", b.getFunctionType(inputTypes, TypeRange()));
  b.setInsertionPointToStart(function.addEntryBlock());
  SmallVector<Value> results;
  for (auto [layer, x] : llvm::enumerate(function.getArguments()))
    results.push_back(isContraction ? builder.createContraction(x, layer)
                                    : builder.createLayer(x, layer));
  func::ReturnOp::create(b, builder.loc, results);
  function.setType(
      b.getFunctionType(inputTypes, TypeRange(ValueRange(results))));
  return module;
}
} // namespace mml::bench
