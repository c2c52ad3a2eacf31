//===- LayerBuilder.h - IR of one layer -------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_LAYERBUILDER_H
#define MML_LIB_IMPORT_LAYERBUILDER_H

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Import/ModelGraph.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <string>

namespace mlir::mml {

/// The type of a tensor between layers. Integers have no sign in IR.
RankedTensorType getTensorType(MLIRContext *context,
                               const ::mml::import::TensorType &type);

/// The location of the operations of a layer.
Location getLayerLocation(MLIRContext *context, llvm::StringRef name);

/// Builds the operations of each call of one layer. The layer's weights move
/// into constants at the first call that needs them, which dominates the
/// others.
class LayerBuilder {
public:
  /// `name` is the layer's, with those of the models around it.
  LayerBuilder(OpBuilder &builder, llvm::StringRef name,
               ::mml::import::Layer &layer)
      : builder(builder), name(name), layer(layer),
        loc(getLayerLocation(builder.getContext(), name)) {}

  /// The result of a call with `inputs`, of which the first has elements of
  /// `elementType`. Fails with a diagnostic at the layer's location.
  FailureOr<Value> build(ValueRange inputs,
                         ::mml::import::ElementType elementType);

private:
  FailureOr<Value> buildOp(::mml::import::DenseMMLLayer &op);
  FailureOr<Value> buildOp(::mml::import::RMSNormLayer &op);
  FailureOr<Value> buildOp(::mml::import::DenseLayer &op);
  FailureOr<Value> buildOp(::mml::import::TernaryDenseLayer &op);
  FailureOr<Value> buildOp(::mml::import::EinsumDenseLayer &op);
  FailureOr<Value> buildOp(::mml::import::GLULayer &op);
  FailureOr<Value> buildOp(::mml::import::PatchesLayer &op);
  FailureOr<Value> buildOp(::mml::import::PatchEmbeddingLayer &op);
  FailureOr<Value> buildOp(::mml::import::InputLayer &op);
  FailureOr<Value> buildOp(::mml::import::FlattenLayer &op);
  FailureOr<Value> buildOp(::mml::import::ReshapeLayer &op);
  FailureOr<Value> buildOp(::mml::import::PermuteLayer &op);
  FailureOr<Value> buildOp(::mml::import::RescalingLayer &op);
  FailureOr<Value> buildOp(::mml::import::IdentityLayer &op);
  FailureOr<Value> buildOp(::mml::import::ActivationLayer &op);
  FailureOr<Value> buildOp(::mml::import::PReLULayer &op);
  FailureOr<Value> buildOp(::mml::import::BatchNormLayer &op);
  FailureOr<Value> buildOp(::mml::import::LayerNormLayer &op);
  FailureOr<Value> buildOp(::mml::import::MergeLayer &op);
  FailureOr<Value> buildOp(::mml::import::ConcatenateLayer &op);
  FailureOr<Value> buildOp(::mml::import::GlobalPooling1DLayer &op);
  FailureOr<Value> buildOp(::mml::import::EmbeddingLayer &op);
  FailureOr<Value> buildOp(::mml::import::ModelLayer &op);

  /// What the dense layers have in common.
  struct DenseParts {
    Value kernel;
    Value scale;
    Value gain;
    Value normBias;
    Value bias;
    ScaleDirectionAttr direction;
    FloatAttr normEpsilon;
    QuantizerAttrInterface quantizer;
    QuantizerAttrInterface kernelQuantizer;
    ActivationAttr activation;
  };
  FailureOr<Value> createDense(Value input, const DenseParts &parts);
  FailureOr<Value> createDenseMML(Value input, ::mml::import::DenseMMLLayer &op,
                                  llvm::StringRef prefix);
  FailureOr<Value>
  createEinsumDense(const ::mml::einsum::Equation &equation,
                    ::mml::import::FloatTensor &kernel,
                    std::optional<::mml::import::FloatTensor> &bias,
                    std::optional<::mml::import::LoraAdapter> &lora,
                    const ::mml::import::ActivationSpec &activation);
  FailureOr<Value> createMerge(MergeKind kind, ValueRange inputs);
  FailureOr<Value> createActivation(Value input, ActivationAttr activation,
                                    std::optional<int64_t> axis = std::nullopt);

  /// Gives `op` the type that its operands and attributes imply, and its
  /// result. Fails, with the diagnostic, where they break a constraint.
  template <typename OpTy> FailureOr<Value> infer(OpTy op);

  //===--- Shapes ---------------------------------------------------------===//

  Value transpose(Value input, llvm::ArrayRef<int64_t> permutation);
  /// All axes but the batch become one.
  Value flatten(Value input);
  /// `[N, P]` to `[N, target...]`.
  Value unflatten(Value input, llvm::ArrayRef<int64_t> target);
  /// Inserts `count` axes of size 1 before `axis`, at least 1.
  Value insertAxes(Value input, int64_t axis, int64_t count);
  /// The input, converted to floats if it has integers.
  Value toFloat(Value input);

  //===--- Constants ------------------------------------------------------===//

  /// A constant of `tensor`, which loses its values. `part` says what it is to
  /// the layer and names the resource.
  Value constant(::mml::import::FloatTensor &tensor, llvm::StringRef part);
  Value constant(std::optional<::mml::import::FloatTensor> &tensor,
                 llvm::StringRef part) {
    return tensor ? constant(*tensor, part) : Value();
  }
  /// The trits alone.
  Value constant(::mml::import::TernaryTensor &tensor, llvm::StringRef part);
  Value constant(const ::mml::ternary::Scale &scale);
  Value splat(llvm::ArrayRef<int64_t> shape, float value);
  std::string resourceName(llvm::StringRef part) const;

  ActivationAttr getActivation(const ::mml::import::ActivationSpec &activation);
  /// Null for the identity.
  ActivationAttr
  getOptionalActivation(const ::mml::import::ActivationSpec &activation);

  OpBuilder &builder;
  std::string name;
  ::mml::import::Layer &layer;
  Location loc;
  /// Constants that were made, by the tensor they are of.
  llvm::DenseMap<const void *, Value> constants;
  /// Of the call that is being built.
  ValueRange inputs;
  bool isUnsigned = false;
};

} // namespace mlir::mml

#endif // MML_LIB_IMPORT_LAYERBUILDER_H
