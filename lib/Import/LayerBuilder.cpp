//===- LayerBuilder.cpp - IR of one layer ---------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::mml;
using namespace ::mml::import;
namespace ternary = ::mml::ternary;

static_assert(kDynamic == ShapedType::kDynamic,
              "shapes of models are shapes of types");

/// The least sum of squares in Keras-MML's norm.
static constexpr double kNormEpsilon = 1e-14;

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

RankedTensorType
mlir::mml::getTensorType(MLIRContext *context,
                         const ::mml::import::TensorType &type) {
  Builder builder(context);
  auto elementType = [&]() -> Type {
    switch (type.elementType) {
    case ::mml::import::ElementType::F32:
      return builder.getF32Type();
    case ::mml::import::ElementType::I8:
    case ::mml::import::ElementType::U8:
      return builder.getI8Type();
    case ::mml::import::ElementType::I32:
      return builder.getI32Type();
    case ::mml::import::ElementType::I64:
      return builder.getI64Type();
    }
    llvm_unreachable("all element types are handled");
  };
  return RankedTensorType::get(type.shape, elementType());
}

Location mlir::mml::getLayerLocation(MLIRContext *context, StringRef name) {
  return NameLoc::get(StringAttr::get(context, name));
}

std::string LayerBuilder::resourceName(StringRef part) const {
  return name + "." + part.str();
}

Value LayerBuilder::splat(ArrayRef<int64_t> shape, float value) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  return arith::ConstantOp::create(
      builder, loc, type, DenseElementsAttr::get(type, ArrayRef(value)));
}

Value LayerBuilder::constant(FloatTensor &tensor, StringRef part) {
  Value &value = constants[&tensor];
  if (value)
    return value;
  // Bit by bit, so that zeros of both signs and NaN stay what they are.
  ArrayRef<float> floats = tensor.values;
  ArrayRef bytes(reinterpret_cast<const char *>(floats.data()),
                 floats.size() * sizeof(float));
  bool isSplat = !floats.empty() && bytes.drop_back(sizeof(float)) ==
                                        bytes.drop_front(sizeof(float));
  if (isSplat) {
    value = splat(tensor.shape, floats.front());
  } else {
    auto type = RankedTensorType::get(tensor.shape, builder.getF32Type());
    value = arith::ConstantOp::create(
        builder, loc, type, createResource(type, resourceName(part), bytes));
  }
  tensor.values = {};
  return value;
}

Value LayerBuilder::constant(TernaryTensor &tensor, StringRef part) {
  Value &value = constants[&tensor];
  if (value)
    return value;
  auto type =
      RankedTensorType::get(tensor.shape, TritType::get(builder.getContext()));
  value = ConstantOp::create(
      builder, loc, TritsAttr::get(type, resourceName(part), tensor.trits));
  tensor.trits = ternary::TritArray();
  return value;
}

Value LayerBuilder::constant(const ternary::Scale &scale) {
  Value &value = constants[&scale];
  if (!value)
    value = splat({}, scale.value);
  return value;
}

ActivationAttr LayerBuilder::getActivation(const ActivationSpec &activation) {
  MLIRContext *context = builder.getContext();
  return ActivationAttr::get(
      context, activation.kind,
      DenseF64ArrayAttr::get(context, activation.params));
}

ActivationAttr
LayerBuilder::getOptionalActivation(const ActivationSpec &activation) {
  return activation.kind == ternary::Activation::Linear
             ? ActivationAttr()
             : getActivation(activation);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

template <typename OpTy> FailureOr<Value> LayerBuilder::infer(OpTy op) {
  Operation *operation = op;
  SmallVector<Type> types;
  if (failed(OpTy::inferReturnTypes(
          builder.getContext(), loc, operation->getOperands(),
          operation->getRawDictionaryAttrs(), operation->getPropertiesStorage(),
          operation->getRegions(), types)))
    return failure();
  operation->getResult(0).setType(types.front());
  return operation->getResult(0);
}

FailureOr<Value> LayerBuilder::createDense(Value input,
                                           const DenseParts &parts) {
  return infer(DenseOp::create(builder, loc, input.getType(), input,
                               parts.kernel, parts.scale, parts.gain,
                               parts.normBias, parts.bias, parts.direction,
                               parts.normEpsilon, parts.quantizer,
                               parts.kernelQuantizer, parts.activation));
}

FailureOr<Value> LayerBuilder::createDenseMML(Value input, DenseMMLLayer &op,
                                              StringRef prefix) {
  auto part = [&](StringRef what) { return (prefix + what).str(); };
  DenseParts parts;
  parts.kernel = constant(op.kernel, part("kernel"));
  parts.scale = constant(op.kernel.scale);
  parts.direction =
      ScaleDirectionAttr::get(builder.getContext(), ScaleDirection::Divides);
  parts.normEpsilon = builder.getF64FloatAttr(kNormEpsilon);
  parts.gain = constant(op.norm.gain, part("gain"));
  parts.normBias = constant(op.norm.bias, part("norm_bias"));
  parts.bias = constant(op.bias, part("bias"));
  parts.quantizer = AbsMaxAttr::getDefault(builder.getContext());
  parts.activation = getOptionalActivation(op.activation);
  return createDense(input, parts);
}

FailureOr<Value> LayerBuilder::createEinsumDense(
    const ::mml::einsum::Equation &equation, FloatTensor &kernel,
    std::optional<FloatTensor> &bias, std::optional<LoraAdapter> &lora,
    const ActivationSpec &activation) {
  Value loraA, loraB;
  FloatAttr alpha;
  if (lora) {
    loraA = constant(lora->a, "lora_kernel_a");
    loraB = constant(lora->b, "lora_kernel_b");
    alpha = builder.getF64FloatAttr(lora->alpha);
  }
  return infer(EinsumDenseOp::create(
      builder, loc, inputs[0].getType(),
      EquationAttr::get(builder.getContext(), equation), inputs[0],
      constant(kernel, "kernel"), /*scale=*/Value(), /*gain=*/Value(),
      /*normBias=*/Value(), constant(bias, "bias"), loraA, loraB,
      ScaleDirectionAttr(), /*normEpsilon=*/FloatAttr(), alpha,
      QuantizerAttrInterface(), QuantizerAttrInterface(),
      getOptionalActivation(activation)));
}

FailureOr<Value> LayerBuilder::createMerge(MergeKind kind, ValueRange inputs) {
  return infer(
      MergeOp::create(builder, loc, inputs.front().getType(), kind, inputs));
}

FailureOr<Value> LayerBuilder::createActivation(Value input,
                                                ActivationAttr activation,
                                                std::optional<int64_t> axis) {
  IntegerAttr axisAttr;
  if (activation.isRowWise())
    axisAttr = builder.getI64IntegerAttr(
        axis.value_or(cast<RankedTensorType>(input.getType()).getRank() - 1));
  return infer(ActivationOp::create(builder, loc, input.getType(), input,
                                    activation, axisAttr));
}

FailureOr<Value> LayerBuilder::build(ValueRange callInputs,
                                     ::mml::import::ElementType elementType) {
  inputs = callInputs;
  isUnsigned = elementType == ::mml::import::ElementType::U8;
  return std::visit([&](auto &op) { return buildOp(op); }, layer.op);
}

//===----------------------------------------------------------------------===//
// Dense layers and norms
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::buildOp(DenseMMLLayer &op) {
  return createDenseMML(inputs[0], op, "");
}

FailureOr<Value> LayerBuilder::buildOp(DenseLayer &op) {
  if (op.lora)
    return createEinsumDense(
        llvm::cantFail(::mml::einsum::Equation::parse("...x,xy->...y")),
        op.kernel, op.bias, op.lora, op.activation);
  DenseParts parts;
  parts.kernel = constant(op.kernel, "kernel");
  parts.bias = constant(op.bias, "bias");
  parts.activation = getOptionalActivation(op.activation);
  return createDense(inputs[0], parts);
}

FailureOr<Value> LayerBuilder::buildOp(TernaryDenseLayer &op) {
  MLIRContext *context = builder.getContext();
  DenseParts parts;
  if (auto *trits = std::get_if<TernaryTensor>(&op.kernel)) {
    parts.kernel = constant(*trits, "kernel");
    parts.scale = constant(trits->scale);
    parts.direction =
        ScaleDirectionAttr::get(context, ScaleDirection::Multiplies);
  } else {
    parts.kernel = constant(std::get<FloatTensor>(op.kernel), "kernel");
    FloatAttr factor, value;
    if (op.threshold)
      value = builder.getF64FloatAttr(*op.threshold);
    else
      factor = builder.getF64FloatAttr(0.5);
    parts.kernelQuantizer =
        ThresholdAttr::get(context, factor, value, Granularity::Tensor);
  }
  parts.bias = constant(op.bias, "bias");
  parts.activation = getOptionalActivation(op.activation);
  return createDense(inputs[0], parts);
}

FailureOr<Value> LayerBuilder::buildOp(EinsumDenseLayer &op) {
  llvm::Expected<::mml::einsum::Equation> equation =
      ::mml::einsum::Equation::parse(op.equation);
  if (!equation)
    return emitError(loc) << llvm::toString(equation.takeError());
  return createEinsumDense(*equation, op.kernel, op.bias, op.lora,
                           op.activation);
}

FailureOr<Value> LayerBuilder::buildOp(GLULayer &op) {
  FailureOr<Value> hidden = createDenseMML(inputs[0], op.gate, "gate_");
  if (failed(hidden))
    return failure();
  FailureOr<Value> gated = infer(GateOp::create(
      builder, loc, hidden->getType(), *hidden, getActivation(op.activation)));
  if (failed(gated))
    return failure();
  return createDenseMML(*gated, op.down, "down_");
}

FailureOr<Value> LayerBuilder::buildOp(RMSNormLayer &op) {
  return infer(RMSNormOp::create(
      builder, loc, inputs[0].getType(), inputs[0], constant(op.gain, "gain"),
      constant(op.bias, "bias"), builder.getF64FloatAttr(kNormEpsilon)));
}

FailureOr<Value> LayerBuilder::buildOp(BatchNormLayer &op) {
  return infer(BatchNormOp::create(
      builder, loc, inputs[0].getType(), inputs[0], constant(op.mean, "mean"),
      constant(op.variance, "variance"), constant(op.gamma, "gamma"),
      constant(op.beta, "beta"), builder.getI64IntegerAttr(op.axis),
      builder.getF64FloatAttr(op.epsilon)));
}

FailureOr<Value> LayerBuilder::buildOp(LayerNormLayer &op) {
  return infer(LayerNormOp::create(
      builder, loc, inputs[0].getType(), inputs[0], constant(op.gamma, "gamma"),
      constant(op.beta, "beta"), builder.getDenseI64ArrayAttr(op.axes),
      builder.getF64FloatAttr(op.epsilon)));
}

//===----------------------------------------------------------------------===//
// Elementwise layers
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::buildOp(IdentityLayer &) { return inputs[0]; }

FailureOr<Value> LayerBuilder::buildOp(ActivationLayer &op) {
  return createActivation(inputs[0], getActivation(op.activation), op.axis);
}

FailureOr<Value> LayerBuilder::buildOp(RescalingLayer &op) {
  FailureOr<Value> scaled = createMerge(
      MergeKind::Multiply, {toFloat(inputs[0]), constant(op.scale, "scale")});
  if (failed(scaled))
    return failure();
  return createMerge(MergeKind::Add, {*scaled, constant(op.offset, "offset")});
}

FailureOr<Value> LayerBuilder::buildOp(PReLULayer &op) {
  // relu(x) - alpha * relu(-x)
  auto relu = getActivation(
      {ternary::Activation::Relu,
       llvm::cantFail(ternary::resolveParams(ternary::Activation::Relu))});
  FailureOr<Value> positive = createActivation(inputs[0], relu);
  FailureOr<Value> turned =
      createMerge(MergeKind::Multiply, {inputs[0], splat({}, -1.0f)});
  if (failed(positive) || failed(turned))
    return failure();
  FailureOr<Value> negative = createActivation(*turned, relu);
  if (failed(negative))
    return failure();
  FailureOr<Value> weighted = createMerge(
      MergeKind::Multiply, {*negative, constant(op.alpha, "alpha")});
  if (failed(weighted))
    return failure();
  return createMerge(MergeKind::Subtract, {*positive, *weighted});
}

FailureOr<Value> LayerBuilder::buildOp(MergeLayer &op) {
  int64_t rank = 0;
  for (Value input : inputs)
    rank = std::max(rank, cast<RankedTensorType>(input.getType()).getRank());
  SmallVector<Value> widened;
  for (Value input : inputs)
    widened.push_back(insertAxes(
        input, 1, rank - cast<RankedTensorType>(input.getType()).getRank()));
  auto kind = [&] {
    switch (op.kind) {
    case MergeLayer::Kind::Add:
      return MergeKind::Add;
    case MergeLayer::Kind::Subtract:
      return MergeKind::Subtract;
    case MergeLayer::Kind::Multiply:
      return MergeKind::Multiply;
    case MergeLayer::Kind::Average:
      return MergeKind::Average;
    case MergeLayer::Kind::Maximum:
      return MergeKind::Maximum;
    case MergeLayer::Kind::Minimum:
      return MergeKind::Minimum;
    }
    llvm_unreachable("all kinds are handled");
  };
  return createMerge(kind(), widened);
}

//===----------------------------------------------------------------------===//
// Layers that move elements
//===----------------------------------------------------------------------===//

FailureOr<Value> LayerBuilder::buildOp(PatchesLayer &op) {
  return infer(PatchesOp::create(builder, loc, inputs[0].getType(), inputs[0],
                                 builder.getI64IntegerAttr(op.size)));
}

FailureOr<Value> LayerBuilder::buildOp(PatchEmbeddingLayer &op) {
  FailureOr<Value> projected = std::visit(
      [&](auto &projection) { return buildOp(projection); }, op.projection);
  if (failed(projected) || !op.positions)
    return projected;
  return createMerge(MergeKind::Add,
                     {*projected, constant(*op.positions, "positions")});
}

FailureOr<Value> LayerBuilder::buildOp(FlattenLayer &op) {
  Value input = inputs[0];
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  if (op.channelsFirst && rank > 2) {
    SmallVector<int64_t> order{0};
    llvm::append_range(order, llvm::seq<int64_t>(2, rank));
    order.push_back(1);
    input = transpose(input, order);
  }
  return flatten(input);
}

FailureOr<Value> LayerBuilder::buildOp(ReshapeLayer &op) {
  return unflatten(flatten(inputs[0]), op.target);
}

FailureOr<Value> LayerBuilder::buildOp(PermuteLayer &op) {
  return transpose(inputs[0], op.permutation);
}

FailureOr<Value> LayerBuilder::buildOp(ConcatenateLayer &op) {
  return Value(tensor::ConcatOp::create(
      builder, loc,
      tensor::ConcatOp::inferResultType(op.axis, inputs.getTypes()), op.axis,
      inputs));
}

FailureOr<Value> LayerBuilder::buildOp(GlobalPooling1DLayer &op) {
  int64_t axis = op.channelsFirst ? 2 : 1;
  PoolKind kind = op.kind == GlobalPooling1DLayer::Kind::Average
                      ? PoolKind::Mean
                      : PoolKind::Max;
  FailureOr<Value> pooled = infer(
      PoolOp::create(builder, loc, inputs[0].getType(), kind, inputs[0], axis));
  if (failed(pooled) || !op.keepDims)
    return pooled;
  return insertAxes(*pooled, axis, 1);
}

FailureOr<Value> LayerBuilder::buildOp(EmbeddingLayer &op) {
  Value ids = inputs[0];
  auto type = cast<RankedTensorType>(ids.getType());
  if (type.getElementType().isInteger(8)) {
    Type wide = type.clone(builder.getI32Type());
    ids = isUnsigned ? Value(arith::ExtUIOp::create(builder, loc, wide, ids))
                     : Value(arith::ExtSIOp::create(builder, loc, wide, ids));
  }
  Value table = constant(op.table, "table");
  return infer(EmbeddingOp::create(builder, loc, table.getType(), ids, table));
}

FailureOr<Value> LayerBuilder::buildOp(InputLayer &) {
  llvm_unreachable("inputs are arguments");
}

FailureOr<Value> LayerBuilder::buildOp(ModelLayer &) {
  llvm_unreachable("models are inlined");
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Value LayerBuilder::toFloat(Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  if (isa<FloatType>(type.getElementType()))
    return input;
  Type floats = type.clone(builder.getF32Type());
  if (isUnsigned)
    return arith::UIToFPOp::create(builder, loc, floats, input);
  return arith::SIToFPOp::create(builder, loc, floats, input);
}

Value LayerBuilder::transpose(Value input, ArrayRef<int64_t> permutation) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, input);
  SmallVector<OpFoldResult> permuted;
  for (int64_t from : permutation)
    permuted.push_back(sizes[from]);
  Type element = getElementTypeOrSelf(input.getType());
  Value init = tensor::EmptyOp::create(builder, loc, permuted, element);
  return linalg::TransposeOp::create(builder, loc, input, init, permutation)
      .getResult()[0];
}

/// Groups of `rank` axes: the `count` axes from `axis` on join the one before
/// them, the others stand alone.
static SmallVector<ReassociationIndices> groupAxes(int64_t rank, int64_t axis,
                                                   int64_t count) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i) {
    if (i < axis || i >= axis + count)
      groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

Value LayerBuilder::insertAxes(Value input, int64_t axis, int64_t count) {
  if (count == 0)
    return input;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, input);
  sizes.insert(sizes.begin() + axis, count, builder.getIndexAttr(1));
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + axis, count, 1);
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), input,
      groupAxes(shape.size(), axis, count), sizes);
}

Value LayerBuilder::flatten(Value input) {
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  if (rank == 2)
    return input;
  if (rank == 1)
    return insertAxes(input, 1, 1);
  return tensor::CollapseShapeOp::create(builder, loc, input,
                                         groupAxes(rank, 2, rank - 2));
}

Value LayerBuilder::unflatten(Value input, ArrayRef<int64_t> target) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t known = 1;
  bool hasFree = false;
  for (int64_t size : target) {
    if (ShapedType::isDynamic(size))
      hasFree = true;
    else
      known *= size;
  }
  // All is known once the target is.
  if (type.isDynamicDim(1) && !hasFree) {
    type = RankedTensorType::get({type.getDimSize(0), known},
                                 type.getElementType());
    input = tensor::CastOp::create(builder, loc, type, input);
  }
  if (target.size() == 1)
    return input;
  if (target.empty())
    return tensor::CollapseShapeOp::create(builder, loc, input,
                                           groupAxes(2, 1, 1));

  SmallVector<int64_t> shape{type.getDimSize(0)};
  SmallVector<OpFoldResult> sizes{tensor::getMixedSize(builder, loc, input, 0)};
  for (int64_t size : target) {
    if (!ShapedType::isDynamic(size)) {
      shape.push_back(size);
      sizes.push_back(builder.getIndexAttr(size));
    } else if (!type.isDynamicDim(1)) {
      shape.push_back(type.getDimSize(1) / known);
      sizes.push_back(builder.getIndexAttr(shape.back()));
    } else {
      shape.push_back(ShapedType::kDynamic);
      Value all = tensor::DimOp::create(builder, loc, input, 1);
      Value others = arith::ConstantIndexOp::create(builder, loc, known);
      sizes.push_back(
          arith::DivUIOp::create(builder, loc, all, others).getResult());
    }
  }
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), input,
      groupAxes(shape.size(), 2, shape.size() - 2), sizes);
}
