//===- ShapeInference.cpp - What a layer's call gives ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/Limits.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mml::import;
namespace ternary = mml::ternary;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

std::optional<int64_t> mml::import::multiplySizes(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  bool isDynamic = false;
  for (int64_t size : sizes) {
    if (size == kDynamic) {
      isDynamic = true;
      continue;
    }
    if (size < 0 || (size > 0 && product > kMaxElements / size))
      return std::nullopt;
    product *= size;
  }
  return isDynamic ? kDynamic : product;
}

Error mml::import::checkTensorType(const TensorType &type) {
  if (type.shape.size() > kMaxRank)
    return makeError("expected a rank of at most " + Twine(kMaxRank) +
                     " but got " + Twine(type.shape.size()));
  for (int64_t size : type.shape)
    if (size != kDynamic && size < 1)
      return makeError("expected positive dimensions but got " +
                       shapeString(type.shape));
  if (!multiplySizes(type.shape))
    return makeError("a tensor of shape " + shapeString(type.shape) +
                     " is above the limit of " + Twine(kMaxElements) +
                     " elements");
  return Error::success();
}

static Error wantRank(ArrayRef<int64_t> input, size_t rank) {
  if (input.size() == rank)
    return Error::success();
  return makeError("expected an input of rank " + Twine(rank) + " but got " +
                   shapeString(input));
}

/// A dense layer's `input` with the last dimension replaced; it must be that
/// of `kernel`.
static Expected<Shape> inferDense(ArrayRef<int64_t> kernel,
                                  ArrayRef<int64_t> input) {
  if (input.size() < 2)
    return makeError("expected an input of rank 2 or more but got " +
                     shapeString(input));
  if (input.back() != kernel.front())
    return makeError("expected an input whose last dimension is " +
                     Twine(kernel.front()) + ", the kernel's, but got " +
                     shapeString(input));
  Shape result(input);
  result.back() = kernel.back();
  return result;
}

static Expected<Shape> inferActivation(const ActivationSpec &activation,
                                       Expected<Shape> shape) {
  if (!shape || shape->empty() || shape->back() == kDynamic)
    return shape;
  Expected<int64_t> length =
      ternary::getOutputLength(activation.kind, shape->back());
  if (!length)
    return length.takeError();
  shape->back() = *length;
  return shape;
}

/// A variable that varies along trailing dimensions of the input.
static Error checkTrailing(const std::optional<FloatTensor> &variable,
                           ArrayRef<int64_t> input) {
  if (!variable)
    return Error::success();
  ArrayRef<int64_t> shape = variable->shape;
  if (shape.size() < input.size() && shape == input.take_back(shape.size()))
    return Error::success();
  return makeError("expected an input whose last dimensions are those of the "
                   "norm's variables, " +
                   shapeString(shape) + ", but got " + shapeString(input));
}

static Expected<Shape> inferRMSNorm(const RMSNormLayer &layer,
                                    ArrayRef<int64_t> input) {
  if (input.size() < 2 || input.back() == kDynamic)
    return makeError("expected an input of rank 2 or more with a known last "
                     "dimension but got " +
                     shapeString(input));
  if (Error error = checkTrailing(layer.gain, input))
    return std::move(error);
  if (Error error = checkTrailing(layer.bias, input))
    return std::move(error);
  return Shape(input);
}

static Expected<Shape> inferDenseMML(const DenseMMLLayer &layer,
                                     ArrayRef<int64_t> input) {
  Expected<Shape> shape = inferDense(layer.kernel.shape, input);
  if (!shape)
    return shape;
  if (Expected<Shape> normed = inferRMSNorm(layer.norm, input); !normed)
    return normed;
  return inferActivation(layer.activation, std::move(shape));
}

/// Elementwise combination of two shapes of one rank.
static Expected<Shape> broadcast(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  Shape result;
  for (auto [x, y] : zip_equal(a, b)) {
    if (x == y || y == 1)
      result.push_back(x);
    else if (x == 1)
      result.push_back(y);
    // A dynamic size can only be 1 or the other one; the other one is right
    // unless it is 1 itself, which was handled.
    else if (x == kDynamic || y == kDynamic)
      result.push_back(x == kDynamic ? y : x);
    else
      return makeError("inputs of shapes " + shapeString(a) + " and " +
                       shapeString(b) + " do not broadcast");
  }
  return result;
}

//===----------------------------------------------------------------------===//
// One function a layer
//===----------------------------------------------------------------------===//

namespace {

/// Infers the shape of a layer's one result.
class ShapeOf {
public:
  explicit ShapeOf(ArrayRef<TensorType> inputs) : inputs(inputs) {}

  Expected<Shape> operator()(const DenseMMLLayer &layer) {
    return inferDenseMML(layer, input());
  }

  Expected<Shape> operator()(const RMSNormLayer &layer) {
    return inferRMSNorm(layer, input());
  }

  Expected<Shape> operator()(const DenseLayer &layer) {
    return inferActivation(layer.activation,
                           inferDense(layer.kernel.shape, input()));
  }

  Expected<Shape> operator()(const TernaryDenseLayer &layer) {
    ArrayRef<int64_t> kernel =
        std::visit([](auto &tensor) { return ArrayRef<int64_t>(tensor.shape); },
                   layer.kernel);
    return inferActivation(layer.activation, inferDense(kernel, input()));
  }

  Expected<Shape> operator()(const EinsumDenseLayer &layer) {
    return inferActivation(layer.activation, inferEinsumDense(layer, input()));
  }

  Expected<Shape> operator()(const GLULayer &layer) {
    Expected<Shape> hidden = inferDenseMML(layer.gate, input());
    if (!hidden)
      return hidden;
    hidden->back() /= 2;
    return inferDenseMML(layer.down, *hidden);
  }

  Expected<Shape> operator()(const PatchesLayer &layer) {
    if (Error error = wantRank(input(), 4))
      return std::move(error);
    Shape counts;
    for (int64_t size : input().slice(1, 2)) {
      if (size != kDynamic && size < layer.size)
        return makeError("expected an image of at least " + Twine(layer.size) +
                         " by " + Twine(layer.size) + " but got " +
                         shapeString(input()));
      counts.push_back(size == kDynamic ? kDynamic : size / layer.size);
    }
    std::optional<int64_t> patches = multiplySizes(counts);
    std::optional<int64_t> depth =
        multiplySizes({layer.size, layer.size, input()[3]});
    if (!patches || !depth)
      return makeError("patches of " + shapeString(input()) + " are too large");
    return Shape{input()[0], *patches, *depth};
  }

  Expected<Shape> operator()(const PatchEmbeddingLayer &layer) {
    if (Error error = wantRank(input(), 3))
      return std::move(error);
    Expected<Shape> shape =
        std::visit([&](auto &projection) { return (*this)(projection); },
                   layer.projection);
    if (shape && layer.positions && (*shape)[1] != layer.positions->shape[0])
      return makeError("expected " + Twine(layer.positions->shape[0]) +
                       " patches, as the positions have, but got " +
                       shapeString(input()));
    return shape;
  }

  Expected<Shape> operator()(const FlattenLayer &layer) {
    if (input().empty())
      return makeError("expected an input of rank 1 or more but got ()");
    std::optional<int64_t> size = multiplySizes(input().drop_front());
    if (!size)
      return makeError("an input of shape " + shapeString(input()) +
                       " is too large");
    return Shape{input()[0], *size};
  }

  Expected<Shape> operator()(const ReshapeLayer &layer) {
    if (input().empty())
      return makeError("expected an input of rank 1 or more but got ()");
    Shape result = {input()[0]};
    result.append(layer.target);
    std::optional<int64_t> from = multiplySizes(input().drop_front());
    SmallVector<int64_t, 4> known(make_filter_range(
        layer.target, [](int64_t size) { return size != kDynamic; }));
    std::optional<int64_t> to = multiplySizes(known);
    if (!from || !to)
      return makeError("shape " + shapeString(layer.target) + " is too large");
    if (*from == kDynamic)
      return result;
    bool hasFree = known.size() != layer.target.size();
    if (hasFree ? *from % *to != 0 : *from != *to)
      return makeError("an input of shape " + shapeString(input()) +
                       " has not the elements of the target shape " +
                       shapeString(layer.target));
    for (int64_t &size : MutableArrayRef(result).drop_front())
      if (size == kDynamic)
        size = *from / *to;
    return result;
  }

  Expected<Shape> operator()(const PermuteLayer &layer) {
    if (Error error = wantRank(input(), layer.permutation.size()))
      return std::move(error);
    Shape result;
    for (int64_t from : layer.permutation)
      result.push_back(input()[from]);
    return result;
  }

  Expected<Shape> operator()(const RescalingLayer &layer) {
    for (const FloatTensor *tensor : {&layer.scale, &layer.offset}) {
      if (tensor->shape.empty() || tensor->shape[0] == 1)
        continue;
      if (input().empty() || input().back() != tensor->shape[0])
        return makeError("expected an input whose last dimension is " +
                         Twine(tensor->shape[0]) + " but got " +
                         shapeString(input()));
    }
    return Shape(input());
  }

  Expected<Shape> operator()(const IdentityLayer &) { return Shape(input()); }

  Expected<Shape> operator()(const ActivationLayer &layer) {
    if (input().empty())
      return makeError("expected an input of rank 1 or more but got ()");
    if (layer.axis)
      return Shape(input());
    return inferActivation(layer.activation, Shape(input()));
  }

  Expected<Shape> operator()(const PReLULayer &layer) {
    if (Error error = wantRank(input(), layer.alpha.shape.size() + 1))
      return std::move(error);
    for (auto [size, alpha] :
         zip_equal(input().drop_front(), layer.alpha.shape))
      if (alpha != 1 && alpha != size)
        return makeError("expected an input as large as alpha, " +
                         shapeString(layer.alpha.shape) + ", but got " +
                         shapeString(input()));
    return Shape(input());
  }

  Expected<Shape> operator()(const BatchNormLayer &layer) {
    return wantSizes({layer.axis}, layer.mean.shape);
  }

  Expected<Shape> operator()(const LayerNormLayer &layer) {
    for (int64_t axis : layer.axes)
      if (axis >= rank() || input()[axis] == kDynamic)
        return makeError("expected an input whose normalized dimensions are "
                         "known but got " +
                         shapeString(input()));
    for (const std::optional<FloatTensor> *variable :
         {&layer.gamma, &layer.beta})
      if (*variable)
        if (Expected<Shape> shape = wantSizes(layer.axes, (*variable)->shape);
            !shape)
          return shape;
    return Shape(input());
  }

  Expected<Shape> operator()(const MergeLayer &layer) {
    size_t rank = 0;
    for (const TensorType &type : inputs) {
      if (type.shape.empty())
        return makeError("expected inputs of rank 1 or more but got ()");
      rank = std::max(rank, type.shape.size());
    }
    auto widened = [&](const TensorType &type) {
      Shape shape = type.shape;
      shape.insert(shape.begin() + 1, rank - shape.size(), 1);
      return shape;
    };
    Shape result = widened(inputs.front());
    for (const TensorType &type : inputs.drop_front()) {
      Expected<Shape> next = broadcast(result, widened(type));
      if (!next)
        return next;
      result = std::move(*next);
    }
    return result;
  }

  Expected<Shape> operator()(const ConcatenateLayer &layer) {
    Shape result(input());
    for (const TensorType &type : inputs.drop_front()) {
      ArrayRef<int64_t> shape = type.shape;
      bool agrees = shape.size() == result.size();
      for (size_t i = 0, e = result.size(); agrees && i < e; ++i) {
        int64_t &size = result[i];
        if (static_cast<int64_t>(i) == layer.axis) {
          if (size == kDynamic || shape[i] == kDynamic)
            size = kDynamic;
          else if (size <= kMaxElements && shape[i] <= kMaxElements)
            size += shape[i];
        } else if (size == kDynamic) {
          size = shape[i];
        } else {
          agrees = shape[i] == size || shape[i] == kDynamic;
        }
      }
      if (!agrees)
        return makeError("inputs of shapes " + shapeString(input()) + " and " +
                         shapeString(shape) + " do not join along axis " +
                         Twine(layer.axis));
    }
    return result;
  }

  Expected<Shape> operator()(const GlobalPooling1DLayer &layer) {
    if (Error error = wantRank(input(), 3))
      return std::move(error);
    Shape result(input());
    int64_t *steps = result.begin() + (layer.channelsFirst ? 2 : 1);
    if (layer.keepDims)
      *steps = 1;
    else
      result.erase(steps);
    return result;
  }

  Expected<Shape> operator()(const EmbeddingLayer &layer) {
    Shape result(input());
    result.push_back(layer.table.shape[1]);
    return result;
  }

private:
  ArrayRef<int64_t> input() const { return inputs.front().shape; }
  int64_t rank() const { return static_cast<int64_t>(input().size()); }

  /// The input's shape if it has `sizes` at `axes`.
  Expected<Shape> wantSizes(ArrayRef<int64_t> axes, ArrayRef<int64_t> sizes) {
    for (auto [axis, size] : zip_equal(axes, sizes))
      if (axis >= rank() || input()[axis] != size)
        return makeError("expected an input of size " + Twine(size) +
                         " along axis " + Twine(axis) + " but got " +
                         shapeString(input()));
    return Shape(input());
  }

  ArrayRef<TensorType> inputs;
};

} // namespace

/// Layers that only move elements keep their type; the others compute in f32.
static ElementType inferElementType(const LayerOp &op, ElementType input) {
  bool keeps = std::holds_alternative<FlattenLayer>(op) ||
               std::holds_alternative<ReshapeLayer>(op) ||
               std::holds_alternative<PermuteLayer>(op) ||
               std::holds_alternative<IdentityLayer>(op);
  return keeps ? input : ElementType::F32;
}

/// The results of a model when the types of what goes in agree.
static Expected<SmallVector<TensorType, 1>>
inferModel(const Model &model, ArrayRef<TensorType> inputs) {
  if (inputs.size() != model.inputs.size())
    return makeError("expected " + Twine(model.inputs.size()) +
                     " inputs but got " + Twine(inputs.size()));
  for (auto [ref, given] : zip_equal(model.inputs, inputs)) {
    const TensorType &wanted = model.type(ref);
    bool agrees =
        wanted.elementType == given.elementType &&
        wanted.shape.size() == given.shape.size() &&
        all_of_zip(wanted.shape, given.shape, [](int64_t want, int64_t got) {
          return want == kDynamic || want == got;
        });
    if (!agrees)
      return makeError(
          "expected input " + quoted(model.layer(ref).name) + " of shape " +
          shapeString(wanted.shape) + " but got " + shapeString(given.shape) +
          (wanted.elementType != given.elementType ? " of another element type"
                                                   : ""));
  }
  SmallVector<TensorType, 1> results;
  for (TensorRef ref : model.outputs)
    results.push_back(model.type(ref));
  return results;
}

Expected<SmallVector<TensorType, 1>>
mml::import::inferResults(const LayerOp &op, ArrayRef<TensorType> inputs) {
  if (auto *nested = std::get_if<ModelLayer>(&op))
    return inferModel(*nested->model, inputs);
  if (auto *input = std::get_if<InputLayer>(&op))
    return SmallVector<TensorType, 1>{input->type};

  ShapeOf shapeOf(inputs);
  Expected<Shape> shape = std::visit(
      [&](auto &layer) -> Expected<Shape> {
        using Layer = std::decay_t<decltype(layer)>;
        if constexpr (std::is_same_v<Layer, ModelLayer> ||
                      std::is_same_v<Layer, InputLayer>)
          llvm_unreachable("handled above");
        else
          return shapeOf(layer);
      },
      op);
  if (!shape)
    return shape.takeError();
  TensorType result{inferElementType(op, inputs.front().elementType),
                    std::move(*shape)};
  if (Error error = checkTensorType(result))
    return std::move(error);
  return SmallVector<TensorType, 1>{std::move(result)};
}
