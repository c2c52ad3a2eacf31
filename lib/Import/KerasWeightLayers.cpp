//===- KerasWeightLayers.cpp - Layers with variables ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasWeightLayers.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Ternary/Formats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mml::import;
namespace ternary = mml::ternary;
using ternary::Activation;

//===----------------------------------------------------------------------===//
// Dense layers and norms
//===----------------------------------------------------------------------===//

/// The gain or bias of an RMSNorm. Keras-MML makes it as large as the input
/// without the batch, but builds some inner layers for a shorter input.
static FloatTensor readNormVariable(LayerReader &reader, StringRef path,
                                    ArrayRef<int64_t> inputShape) {
  FloatTensor result = reader.takeFloats(path);
  if (reader.failed())
    return result;
  ArrayRef<int64_t> shape = result.shape;
  if (shape.empty() || shape.size() >= inputShape.size() ||
      shape != inputShape.take_back(shape.size()))
    reader.failAt(path, "expected shape " +
                            shapeString(inputShape.drop_front()) +
                            ", the input's without the batch, but got " +
                            shapeString(shape));
  return result;
}

static std::optional<FloatTensor> readBias(LayerReader &reader, StringRef path,
                                           bool present, int64_t units) {
  if (!present)
    return std::nullopt;
  return reader.takeFloats(path, {units});
}

/// A Keras-MML dense layer whose variables are in the group `prefix` (empty, or
/// with a slash at its end) of the layer's own.
static DenseMMLLayer readDenseMMLVariables(LayerReader &reader,
                                           StringRef prefix, int64_t units,
                                           bool useBias,
                                           ArrayRef<int64_t> inputShape) {
  auto at = [&](StringRef name) { return (prefix + name).str(); };
  DenseMMLLayer layer;
  int64_t depth = inputShape.empty() ? 0 : inputShape.back();
  SmallVector<int64_t, 4> shape = reader.takeInts(at("vars/kernel_shape"));
  if (reader.failed())
    return layer;
  if (shape.size() != 2 || shape[1] != units) {
    reader.failAt(at("vars/kernel_shape"),
                  "expected a kernel of " + Twine(units) +
                      " units as in the config but got shape " +
                      shapeString(shape));
    return layer;
  }
  if (shape[0] != depth) {
    reader.fail("expected an input whose last dimension is " + Twine(shape[0]) +
                ", the kernel's, but got " + shapeString(inputShape));
    return layer;
  }

  layer.kernel.shape = {depth, units};
  layer.kernel.scale = {reader.takeScale(at("vars/kernel_scale")),
                        ternary::ScaleDirection::Divides};
  Shape encodedShape;
  std::vector<uint8_t> encoded =
      reader.takeBytes(at("vars/kernel_encoded"), encodedShape);
  layer.bias = readBias(reader, at("vars/bias"), useBias, units);
  layer.norm.gain =
      readNormVariable(reader, at("_activation_norm/vars/0"), inputShape);
  // An element takes a bit or more; the product cannot overflow after this.
  uint64_t bits = uint64_t(encoded.size()) * 8;
  if (!reader.failed() && bits / uint64_t(units) < uint64_t(depth))
    reader.failAt(at("vars/kernel_encoded"),
                  "ends early: " + Twine(encoded.size()) +
                      " bytes cannot hold a kernel of shape " +
                      shapeString(layer.kernel.shape));
  if (reader.failed())
    return layer;
  Expected<ternary::TritArray> trits = ternary::decodeKerasMML(
      encoded, static_cast<size_t>(depth) * static_cast<size_t>(units));
  if (trits)
    layer.kernel.trits = std::move(*trits);
  else
    reader.failAt(at("vars/kernel_encoded"), toString(trits.takeError()));
  return layer;
}

LayerOp mml::import::readDenseMML(LayerReader &reader) {
  int64_t units = reader.getPositive("units");
  bool useBias = reader.getBool("use_bias", true);
  ActivationSpec activation = reader.getActivation("activation");
  reader.inputDepth();
  DenseMMLLayer layer =
      readDenseMMLVariables(reader, "", units, useBias, reader.inputShape());
  layer.activation = std::move(activation);
  return layer;
}

LayerOp mml::import::readRMSNorm(LayerReader &reader) {
  RMSNormLayer layer;
  bool learnable = reader.getBool("has_learnable_weights", true);
  bool useBias = reader.getBool("use_bias", false) && learnable;
  reader.inputDepth();
  if (reader.failed())
    return layer;
  if (learnable)
    layer.gain = readNormVariable(reader, "vars/0", reader.inputShape());
  if (useBias)
    layer.bias = readNormVariable(reader, "vars/1", reader.inputShape());
  return layer;
}

/// Trits packed five a byte, then perhaps a bias, then a scale that multiplies.
static TernaryDenseLayer readPackedDense(LayerReader &reader, int64_t units,
                                         bool useBias) {
  TernaryDenseLayer layer;
  int64_t depth = reader.inputDepth();
  Shape shape;
  std::vector<uint8_t> packed = reader.takeBytes("vars/0", shape);
  layer.bias = readBias(reader, "vars/1", useBias, units);
  float scale = reader.takeScale(useBias ? "vars/2" : "vars/1");
  if (reader.failed())
    return layer;
  Shape expected = {depth / 5 + (depth % 5 != 0), units};
  if (shape != expected) {
    reader.failAt("vars/0", "expected shape " + shapeString(expected) +
                                " for an input of depth " + Twine(depth) +
                                " but got " + shapeString(shape));
    return layer;
  }
  Expected<ternary::TritArray> trits =
      ternary::decodeKerasPacked(packed, depth, units);
  if (!trits) {
    reader.failAt("vars/0", toString(trits.takeError()));
    return layer;
  }
  layer.kernel = TernaryTensor{{depth, units},
                               std::move(*trits),
                               {scale, ternary::ScaleDirection::Multiplies}};
  return layer;
}

static FloatTensor readFloatKernel(LayerReader &reader, StringRef path,
                                   int64_t units) {
  int64_t depth = reader.inputDepth();
  FloatTensor kernel = reader.takeFloats(path, {kDynamic, units});
  if (!reader.failed() && kernel.shape[0] != depth)
    reader.fail("expected an input whose last dimension is " +
                Twine(kernel.shape[0]) + ", the kernel's, but got " +
                shapeString(reader.inputShape()));
  return kernel;
}

/// Keras merges a low-rank adapter into the kernel when it saves.
static int64_t readMergedLoraRank(LayerReader &reader) {
  reader.ignore("lora_alpha");
  return reader.get("lora_rank") ? reader.getPositive("lora_rank") : 0;
}

LayerOp mml::import::readDense(LayerReader &reader) {
  int64_t units = reader.getPositive("units");
  bool useBias = reader.getBool("use_bias", true);
  ActivationSpec activation = reader.getActivation("activation");
  if (reader.getPolicy() == DTypePolicy::Ternary) {
    // Says once more what the policy says.
    reader.ignore("quantization_config");
    reader.refuse("lora_rank");
    reader.ignore("lora_alpha");
    TernaryDenseLayer layer = readPackedDense(reader, units, useBias);
    layer.activation = std::move(activation);
    return layer;
  }
  reader.refuse("quantization_config");
  DenseLayer layer;
  layer.mergedLoraRank = readMergedLoraRank(reader);
  layer.kernel = readFloatKernel(reader, "vars/0", units);
  layer.bias = readBias(reader, "vars/1", useBias, units);
  layer.activation = std::move(activation);
  return layer;
}

LayerOp mml::import::readTernaryDense(LayerReader &reader) {
  int64_t units = reader.getPositive("units");
  bool useBias = reader.getBool("use_bias", true);
  ActivationSpec activation = reader.getActivation("activation");
  std::optional<double> threshold;
  if (reader.get("threshold"))
    threshold = reader.getNumber("threshold", std::nullopt);
  if (threshold && *threshold < 0)
    reader.fail("expected 'threshold' to be at least 0");
  TernaryDenseLayer layer;
  if (reader.getPolicy() == DTypePolicy::Ternary) {
    layer = readPackedDense(reader, units, useBias);
  } else {
    layer.kernel = readFloatKernel(reader, "vars/0", units);
    layer.threshold = threshold;
    layer.bias = readBias(reader, "vars/1", useBias, units);
  }
  layer.activation = std::move(activation);
  return layer;
}

LayerOp mml::import::readEinsumDense(LayerReader &reader) {
  EinsumDenseLayer layer;
  layer.equation = reader.getString("equation").str();
  layer.outputShape = reader.getInts("output_shape");
  for (int64_t size : layer.outputShape)
    if (size != kDynamic && size < 1)
      reader.fail("expected 'output_shape' to have positive sizes but got " +
                  shapeString(layer.outputShape));
  layer.activation = reader.getActivation("activation");
  if (reader.get("bias_axes")) {
    layer.biasAxes = reader.getString("bias_axes").str();
    if (layer.biasAxes.empty())
      reader.fail("'bias_axes' is empty");
  }
  reader.refuse("gptq_unpacked_column_size");
  reader.refuse("quantization_config");
  layer.mergedLoraRank = readMergedLoraRank(reader);
  layer.kernel = reader.takeFloats("vars/0");
  if (!layer.biasAxes.empty())
    layer.bias = reader.takeFloats("vars/1");
  return layer;
}

//===----------------------------------------------------------------------===//
// Gated units and embeddings
//===----------------------------------------------------------------------===//

LayerOp mml::import::readGLU(LayerReader &reader,
                             std::optional<Activation> wanted) {
  GLULayer layer;
  int64_t units = reader.getPositive("units");
  // The ratio only chose the size.
  reader.ignore("hidden_ratio");
  int64_t hidden = reader.getPositive("intermediate_size");
  layer.activation = reader.getActivation("activation");
  if (wanted && layer.activation.kind != *wanted)
    reader.fail("expected activation " + quoted(ternary::getName(*wanted)) +
                " but got " + quoted(ternary::getName(layer.activation.kind)));
  if (ternary::getInfo(layer.activation.kind).extent !=
      ternary::ActivationExtent::Elementwise)
    reader.fail("expected an elementwise activation but got " +
                quoted(ternary::getName(layer.activation.kind)));
  reader.inputDepth();
  layer.gate = readDenseMMLVariables(reader, "_gate_dense/", 2 * hidden,
                                     /*useBias=*/true, reader.inputShape());
  Shape hiddenShape = reader.inputShape();
  if (!hiddenShape.empty())
    hiddenShape.back() = hidden;
  layer.down = readDenseMMLVariables(reader, "_down_dense/", units,
                                     /*useBias=*/true, hiddenShape);
  return layer;
}

LayerOp mml::import::readPatchEmbedding(LayerReader &reader) {
  PatchEmbeddingLayer layer;
  int64_t patches = reader.getPositive("num_patches");
  int64_t dim = reader.getPositive("embedding_dim");
  reader.inputDepth();
  if (reader.getBool("use_mml", true)) {
    layer.projection =
        readDenseMMLVariables(reader, "_projection/", dim,
                              /*useBias=*/true, reader.inputShape());
  } else {
    DenseLayer dense;
    dense.kernel = readFloatKernel(reader, "_projection/vars/0", dim);
    dense.bias = readBias(reader, "_projection/vars/1", true, dim);
    layer.projection = std::move(dense);
  }
  if (reader.getBool("with_positions", false))
    layer.positions =
        reader.takeFloats("_pos_embedding/vars/0", {patches, dim});
  return layer;
}

LayerOp mml::import::readEmbedding(LayerReader &reader) {
  EmbeddingLayer layer;
  int64_t rows = reader.getPositive("input_dim");
  int64_t dim = reader.getPositive("output_dim");
  // What it leads to is judged in the graph.
  reader.getBool("mask_zero", false);
  reader.ignore("input_length");
  reader.refuse("quantization_config");
  readMergedLoraRank(reader);
  layer.table = reader.takeFloats("vars/0", {rows, dim});
  return layer;
}

//===----------------------------------------------------------------------===//
// Elementwise layers with variables
//===----------------------------------------------------------------------===//

LayerOp mml::import::readPReLU(LayerReader &reader) {
  PReLULayer layer;
  if (reader.inputRank() < 2) {
    reader.fail("expected an input of rank 2 or more but got " +
                shapeString(reader.inputShape()));
    return layer;
  }
  Shape shape(ArrayRef(reader.inputShape()).drop_front());
  if (reader.get("shared_axes"))
    for (int64_t axis : reader.getInts("shared_axes"))
      if (int64_t from0 = reader.normalizeAxis(axis))
        shape[from0 - 1] = 1;
  if (is_contained(shape, kDynamic))
    reader.fail("expected the dimensions of 'alpha' to be known but got " +
                shapeString(shape));
  layer.alpha = reader.takeFloats("vars/0", shape);
  return layer;
}

static double readEpsilon(LayerReader &reader) {
  double epsilon = reader.getNumber("epsilon", 1e-3);
  if (epsilon < 0)
    reader.fail("expected 'epsilon' to be at least 0");
  return epsilon;
}

namespace {

/// Takes variables `vars/0`, `vars/1`, ... in turn.
class VariableCounter {
public:
  VariableCounter(LayerReader &reader, ArrayRef<int64_t> shape)
      : reader(reader), shape(shape) {}

  FloatTensor next() {
    return reader.takeFloats("vars/" + utostr(index++), shape);
  }
  std::optional<FloatTensor> nextIf(bool present) {
    return present ? std::optional<FloatTensor>(next()) : std::nullopt;
  }

private:
  LayerReader &reader;
  Shape shape;
  unsigned index = 0;
};

} // namespace

LayerOp mml::import::readBatchNorm(LayerReader &reader) {
  BatchNormLayer layer;
  SmallVector<int64_t, 4> axis = reader.getInts("axis");
  layer.axis = axis.size() == 1 ? reader.normalizeAxis(axis[0]) : 0;
  layer.epsilon = readEpsilon(reader);
  reader.refuse("renorm");
  for (StringRef key :
       {"momentum", "synchronized", "renorm_clipping", "renorm_momentum"})
    reader.ignore(key);
  if (axis.size() != 1)
    reader.fail("expected 'axis' to be an integer");
  if (reader.failed())
    return layer;
  VariableCounter variables(reader, {reader.inputShape()[layer.axis]});
  layer.gamma = variables.nextIf(reader.getBool("scale", true));
  layer.beta = variables.nextIf(reader.getBool("center", true));
  layer.mean = variables.next();
  layer.variance = variables.next();
  return layer;
}

LayerOp mml::import::readLayerNorm(LayerReader &reader) {
  LayerNormLayer layer;
  layer.epsilon = readEpsilon(reader);
  reader.refuse("rms_scaling");
  // Keras sorts the axes as they are written and lays the variables out so.
  SmallVector<int64_t, 4> axes = reader.getInts("axis");
  llvm::sort(axes);
  for (int64_t axis : axes)
    layer.axes.push_back(reader.normalizeAxis(axis));
  if (axes.empty())
    reader.fail("'axis' is empty");
  for (size_t i = 1; i < layer.axes.size(); ++i)
    if (layer.axes[i - 1] >= layer.axes[i])
      reader.fail(
          "expected 'axis' to have ascending axes counted from the same "
          "end");
  if (reader.failed())
    return layer;
  Shape shape;
  for (int64_t axis : layer.axes)
    shape.push_back(reader.inputShape()[axis]);
  VariableCounter variables(reader, shape);
  layer.gamma = variables.nextIf(reader.getBool("scale", true));
  layer.beta = variables.nextIf(reader.getBool("center", true));
  return layer;
}
