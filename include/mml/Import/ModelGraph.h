//===- ModelGraph.h - A trained model as plain structs ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a reader of model files hands on: layers with their weights, and the
// calls that connect them. Nothing here knows a file format or MLIR. A reader
// promises that every invariant stated below holds, so that a consumer checks
// nothing twice.
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_MODELGRAPH_H
#define MML_IMPORT_MODELGRAPH_H

#include "mml/Ternary/Activation.h"
#include "mml/Ternary/Quantize.h"
#include "mml/Ternary/Trit.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mml::import {

//===----------------------------------------------------------------------===//
// Shapes and tensors
//===----------------------------------------------------------------------===//

/// The size of a dimension that is only known when the model runs. Equal to
/// `mlir::ShapedType::kDynamic`.
inline constexpr int64_t kDynamic = std::numeric_limits<int64_t>::min();

/// Sizes of a tensor's dimensions, outermost first. Each is `kDynamic` or at
/// least 1, and the product of the known ones is below 2^40.
using Shape = llvm::SmallVector<int64_t, 4>;

/// Element types of the tensors that flow between layers.
enum class ElementType { F32, I8, U8, I32, I64 };

/// Type of a tensor that flows between layers.
struct TensorType {
  ElementType elementType = ElementType::F32;
  /// Dimension 0 is the batch.
  Shape shape;
};

/// A constant of 32-bit floats in row-major order; `shape` has no dynamic
/// dimension and its product is `values.size()`.
struct FloatTensor {
  Shape shape;
  std::vector<float> values;
};

/// A constant of trits with one scale for all of them.
struct TernaryTensor {
  /// Without dynamic dimensions; `[K, M]` for a kernel of K inputs, M outputs.
  Shape shape;
  /// In row-major order, as many as the product of `shape`.
  ternary::TritArray trits;
  /// Finite and positive.
  ternary::Scale scale;
};

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// An activation function along the last axis, with its parameters.
struct ActivationSpec {
  ternary::Activation kind = ternary::Activation::Linear;
  /// In the order of the table; pass `ternary::verifyParams`.
  llvm::SmallVector<double, 3> params;
};

/// x * rsqrt(max(sum(x^2), 1e-14)) * sqrt(D) * gain + bias over the last axis.
struct RMSNormLayer {
  /// Shape: the trailing dimensions of the input, at most all but the batch,
  /// so that it can vary along a sequence. None: ones.
  std::optional<FloatTensor> gain;
  /// As `gain`. None: zeros.
  std::optional<FloatTensor> bias;
};

/// Keras-MML's dense layer: norm, absmax int8 quantization of each token,
/// product with trits, bias, activation.
struct DenseMMLLayer {
  RMSNormLayer norm;
  /// `[K, M]`, its scale divides.
  TernaryTensor kernel;
  /// `[M]`
  std::optional<FloatTensor> bias;
  ActivationSpec activation;
};

/// A low-rank adapter beside a kernel: what is multiplied is W + alpha / r *
/// A . B.
struct LoraAdapter {
  /// The kernel's shape, the last dimension replaced by the rank r, at least 1.
  FloatTensor a;
  /// `[r, last dimension of the kernel]`
  FloatTensor b;
  /// Finite.
  double alpha = 0.0;
};

/// act(x . W + b) with float weights.
struct DenseLayer {
  /// `[K, M]`
  FloatTensor kernel;
  /// The rank of an adapter that is already merged into the kernel; 0: there
  /// was none.
  int64_t mergedLoraRank = 0;
  /// One that is not merged; then `mergedLoraRank` is 0.
  std::optional<LoraAdapter> lora;
  /// `[M]`
  std::optional<FloatTensor> bias;
  ActivationSpec activation;
};

/// A dense layer with float activations and trits: Keras' TernaryDense, or a
/// Dense quantized by `quantize("ternary")`.
struct TernaryDenseLayer {
  /// `[K, M]`. Trits whose scale multiplies, or floats that the threshold
  /// quantizer turns into trits.
  std::variant<TernaryTensor, FloatTensor> kernel;
  /// For a float kernel: the fixed threshold T (then the scale is 1). None:
  /// T = 0.5 * mean|W| and the scale mean|W|, which multiplies.
  std::optional<double> threshold;
  /// `[M]`
  std::optional<FloatTensor> bias;
  ActivationSpec activation;
};

/// act(einsum(equation, x, W) + b) with a float kernel.
struct EinsumDenseLayer {
  /// As in the file; has the form that Keras takes: two operands, explicit
  /// output.
  std::string equation;
  /// As in the file: without the batch and what an ellipsis covers; `kDynamic`
  /// where the file says null.
  Shape outputShape;
  /// Output letters that the bias varies along; empty: no bias.
  std::string biasAxes;
  FloatTensor kernel;
  /// Broadcasts against the output from its last dimension on.
  std::optional<FloatTensor> bias;
  /// The rank of an adapter that is already merged into the kernel; 0: there
  /// was none.
  int64_t mergedLoraRank = 0;
  /// One that is not merged; then `mergedLoraRank` is 0.
  std::optional<LoraAdapter> lora;
  ActivationSpec activation;
};

/// down(act(g) * u) where g, u are the halves of gate(x)'s last axis.
struct GLULayer {
  /// `[K, 2 * hidden]`, no activation of its own.
  DenseMMLLayer gate;
  /// `[hidden, M]`, no activation of its own.
  DenseMMLLayer down;
  ActivationSpec activation;
};

/// Cuts `[N, H, W, C]` into `[N, (H/size) * (W/size), size * size * C]`, rows
/// of patches first; a remainder at the right and bottom is dropped.
struct PatchesLayer {
  int64_t size = 1;
};

/// projection(x) + positions over `[N, patches, D]`.
struct PatchEmbeddingLayer {
  std::variant<DenseMMLLayer, DenseLayer> projection;
  /// `[patches, M]`
  std::optional<FloatTensor> positions;
};

/// One of the model's inputs.
struct InputLayer {
  TensorType type;
};

/// `[N, ...]` to `[N, product]`.
struct FlattenLayer {
  /// The channel dimension 1 moves to the end first.
  bool channelsFirst = false;
};

/// `[N, ...]` to `[N, target...]`, row-major order kept.
struct ReshapeLayer {
  /// Without the batch; at most one is `kDynamic`, which follows from the
  /// others.
  Shape target;
};

/// Output dimension i is input dimension `permutation[i]`; `permutation[0]` is
/// 0.
struct PermuteLayer {
  llvm::SmallVector<int64_t, 4> permutation;
};

/// x * scale + offset; both have shape `[]` or `[C]` (the last dimension).
struct RescalingLayer {
  FloatTensor scale;
  FloatTensor offset;
};

/// Does nothing at inference: the dropouts, noises and regularizers.
struct IdentityLayer {};

/// An activation as a layer.
struct ActivationLayer {
  ActivationSpec activation;
  /// What takes the place of the last axis: of the input, not negative, not the
  /// batch. None: the last axis. Given only for softmax.
  std::optional<int64_t> axis;
};

/// max(x, 0) - alpha * max(-x, 0), alpha broadcast from the last dimension on.
struct PReLULayer {
  /// Rank one less than the input's; each dimension is the input's or 1.
  FloatTensor alpha;
};

/// (x - mean) * rsqrt(variance + epsilon) * gamma + beta along one axis.
struct BatchNormLayer {
  /// Of the input, not negative, not the batch.
  int64_t axis = 1;
  double epsilon = 1e-3;
  /// All have shape `[size of axis]`. None: ones, zeros.
  std::optional<FloatTensor> gamma;
  std::optional<FloatTensor> beta;
  FloatTensor mean;
  FloatTensor variance;
};

/// The same with mean and variance of the input over `axes`.
struct LayerNormLayer {
  /// Of the input, ascending, not negative, not the batch; at least one.
  llvm::SmallVector<int64_t, 4> axes;
  double epsilon = 1e-3;
  /// One dimension an axis. None: ones, zeros.
  std::optional<FloatTensor> gamma;
  std::optional<FloatTensor> beta;
};

/// Combines inputs elementwise, from left to right; their shapes broadcast and
/// inputs of lower rank get dimensions of size 1 after the batch.
struct MergeLayer {
  enum class Kind { Add, Subtract, Multiply, Average, Maximum, Minimum };
  Kind kind = Kind::Add;
};

/// Joins inputs along an axis.
struct ConcatenateLayer {
  /// Not negative.
  int64_t axis = 1;
};

/// Reduces the steps of `[N, steps, C]`, or of `[N, C, steps]`.
struct GlobalPooling1DLayer {
  enum class Kind { Average, Max };
  Kind kind = Kind::Average;
  bool channelsFirst = false;
  /// Keeps the reduced dimension with size 1.
  bool keepDims = false;
};

/// Row lookup. A negative index counts from the end; one that is out of range
/// gives a row of NaN, as it does in Keras on JAX.
struct EmbeddingLayer {
  /// `[vocabulary, D]`
  FloatTensor table;
};

struct Model;

/// A model used as a layer; a call's inputs and results are the model's, in
/// order.
struct ModelLayer {
  std::unique_ptr<Model> model;
};

using LayerOp =
    std::variant<InputLayer, DenseMMLLayer, RMSNormLayer, DenseLayer,
                 TernaryDenseLayer, EinsumDenseLayer, GLULayer, PatchesLayer,
                 PatchEmbeddingLayer, FlattenLayer, ReshapeLayer, PermuteLayer,
                 RescalingLayer, IdentityLayer, ActivationLayer, PReLULayer,
                 BatchNormLayer, LayerNormLayer, MergeLayer, ConcatenateLayer,
                 GlobalPooling1DLayer, EmbeddingLayer, ModelLayer>;

/// One result of one call of one layer of the same model.
struct TensorRef {
  unsigned layer = 0;
  unsigned call = 0;
  unsigned result = 0;
};

/// One use of a layer. A layer with several calls is shared: the same weights
/// every time.
struct Call {
  llvm::SmallVector<TensorRef, 2> inputs;
  /// One for each result; only a `ModelLayer` may have several.
  llvm::SmallVector<TensorType, 1> results;
};

/// A layer with its weights and uses.
struct Layer {
  /// Unique in its model; what diagnostics and IR locations call it.
  std::string name;
  /// Class as the file names it, without a package: `DenseMML`, `Dropout`.
  std::string className;
  /// File, then names from the outermost model on, for diagnostics:
  /// `m.keras: layer 'encoder/dense_3'`.
  std::string location;
  LayerOp op;
  /// An `InputLayer` has one call without inputs; others may have none (then
  /// the layer is not used).
  std::vector<Call> calls;
};

/// A call of a layer by position.
struct CallRef {
  unsigned layer = 0;
  unsigned call = 0;
};

/// A model: layers, the order to call them in, and what goes in and out.
struct Model {
  enum class Kind { Sequential, Functional };

  std::string name;
  Kind kind = Kind::Sequential;
  std::vector<Layer> layers;
  /// Each call of each layer once, after the calls whose results it takes.
  std::vector<CallRef> schedule;
  /// Results of `InputLayer`s, in the model's order.
  std::vector<TensorRef> inputs;
  std::vector<TensorRef> outputs;

  const Layer &layer(TensorRef ref) const { return layers[ref.layer]; }

  /// Type of the tensor that `ref` names.
  const TensorType &type(TensorRef ref) const {
    return layers[ref.layer].calls[ref.call].results[ref.result];
  }
};

} // namespace mml::import

#endif // MML_IMPORT_MODELGRAPH_H
