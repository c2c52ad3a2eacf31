//===- LoraReader.cpp - Low-rank adapters in files of their own -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/LoraReader.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/Hdf5File.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <deque>

using namespace llvm;
using namespace mml::import;

namespace {

/// A layer with the names of the models around it.
struct NamedLayer {
  std::string name;
  Layer *layer;
};

/// What a layer with a float kernel keeps its adapter in.
struct AdaptedLayer {
  const FloatTensor *kernel;
  int64_t mergedLoraRank;
  std::optional<LoraAdapter> *adapter;
};

/// Reads the adapters of one file.
class LoraReader {
public:
  LoraReader(Hdf5File file, Model &model)
      : file(std::move(file)), model(model) {}

  Error read();

private:
  Error readByIndex();
  Error readByName();
  Error readAdapter(StringRef group, StringRef name, Layer &layer);
  Expected<FloatTensor> takeFactor(const Twine &path);
  Expected<std::optional<double>> takeNumber(const Twine &path);

  Hdf5File file;
  Model &model;
};

} // namespace

/// The layer's kernel and adapter, or nothing for a layer that has none.
static std::optional<AdaptedLayer> getAdapted(Layer &layer) {
  if (auto *dense = std::get_if<DenseLayer>(&layer.op))
    return AdaptedLayer{&dense->kernel, dense->mergedLoraRank, &dense->lora};
  if (auto *dense = std::get_if<EinsumDenseLayer>(&layer.op))
    return AdaptedLayer{&dense->kernel, dense->mergedLoraRank, &dense->lora};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Datasets
//===----------------------------------------------------------------------===//

/// A matrix or more, of finite floats.
Expected<FloatTensor> LoraReader::takeFactor(const Twine &path) {
  std::string name = path.str();
  std::optional<Hdf5Dataset> dataset = file.take(name);
  if (!dataset)
    return makeError("expected a dataset " + quoted(name));
  auto *values = std::get_if<std::vector<float>>(&dataset->values);
  if (!values)
    return makeError("expected float32 in " + quoted(name) + " but got " +
                     hdf5TypeName(*dataset));
  if (!llvm::all_of(*values, [](float value) { return std::isfinite(value); }))
    return makeError("expected finite numbers in " + quoted(name));
  return FloatTensor{dataset->shape, std::move(*values)};
}

/// One number of any type, where it is.
Expected<std::optional<double>> LoraReader::takeNumber(const Twine &path) {
  std::string name = path.str();
  std::optional<Hdf5Dataset> dataset = file.take(name);
  if (!dataset)
    return std::nullopt;
  std::optional<double> number = std::visit(
      [](const auto &values) -> std::optional<double> {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>,
                                     std::monostate>)
          return std::nullopt;
        else if (values.size() == 1)
          return static_cast<double>(values[0]);
        return std::nullopt;
      },
      dataset->values);
  if (std::holds_alternative<std::monostate>(dataset->values))
    return makeError("expected a number of float32, float64, uint8, int32 or "
                     "int64 in " +
                     quoted(name) + " but got " + hdf5TypeName(*dataset));
  if (!number || !std::isfinite(static_cast<float>(*number)))
    return makeError("expected one finite number in " + quoted(name));
  return number;
}

//===----------------------------------------------------------------------===//
// Adapters
//===----------------------------------------------------------------------===//

/// Reads the adapter in `group` for the layer that messages call `name`.
Error LoraReader::readAdapter(StringRef group, StringRef name, Layer &layer) {
  std::optional<AdaptedLayer> adapted = getAdapted(layer);
  if (!adapted)
    return makeError("layer " + quoted(name) + ": class " +
                     quoted(layer.className) + " takes no adapter");
  if (adapted->mergedLoraRank)
    return makeError("layer " + quoted(name) +
                     ": expected a kernel without an adapter but its own, of "
                     "rank " +
                     Twine(adapted->mergedLoraRank) + ", is merged into it");
  Expected<FloatTensor> a = takeFactor(group + "/lora_kernel_a");
  if (!a)
    return a.takeError();
  Expected<FloatTensor> b = takeFactor(group + "/lora_kernel_b");
  if (!b)
    return b.takeError();
  Expected<std::optional<double>> alpha = takeNumber(group + "/lora_alpha");
  if (!alpha)
    return alpha.takeError();

  // Keras: a has the kernel's shape with the rank at its end.
  const Shape &kernel = adapted->kernel->shape;
  int64_t rank = a->shape.empty() ? 0 : a->shape.back();
  Shape wantedA(kernel);
  wantedA.back() = rank;
  Shape wantedB{rank, kernel.back()};
  if (rank < 1 || a->shape != wantedA)
    return makeError("layer " + quoted(name) +
                     ": expected 'lora_kernel_a' to have the shape " +
                     shapeString(kernel) +
                     " with the rank in place of the last axis but got " +
                     shapeString(a->shape));
  if (b->shape != wantedB)
    return makeError("layer " + quoted(name) +
                     ": expected 'lora_kernel_b' to have the shape " +
                     shapeString(wantedB) + " but got " +
                     shapeString(b->shape));
  LoraAdapter adapter;
  adapter.a = std::move(*a);
  adapter.b = std::move(*b);
  adapter.alpha = alpha->value_or(static_cast<double>(rank));
  *adapted->adapter = std::move(adapter);
  return Error::success();
}

/// All layers of `model` and of those in it, in its order.
static void appendLayers(Model &model, const std::string &path,
                         std::vector<NamedLayer> &layers) {
  for (Layer &layer : model.layers) {
    layers.push_back({path + layer.name, &layer});
    if (auto *nested = std::get_if<ModelLayer>(&layer.op))
      appendLayers(*nested->model, path + layer.name + "/", layers);
  }
}

Error LoraReader::readByName() {
  std::vector<NamedLayer> layers;
  appendLayers(model, "", layers);
  bool isAny = false;
  for (const NamedLayer &named : layers) {
    if (!file.contains(named.name + "/lora_kernel_a") &&
        !file.contains(named.name + "/lora_kernel_b"))
      continue;
    isAny = true;
    if (Error error = readAdapter(named.name, named.name, *named.layer))
      return error;
  }
  std::optional<std::string> rest = file.remaining("");
  if (rest)
    return makeError("expected the factors of a layer's adapter but got " +
                     quoted(*rest));
  if (!isAny)
    return makeError("expected the factors of a layer's adapter but got none");
  return Error::success();
}

/// Whether Keras counts variables of `layer`, or nothing where that layer has
/// others inside, which are counted too.
static std::optional<bool> hasWeights(const Layer &layer) {
  using Result = std::optional<bool>;
  return std::visit(
      [](const auto &op) -> Result {
        using OpTy = std::decay_t<decltype(op)>;
        if constexpr (llvm::is_one_of<OpTy, DenseLayer, EinsumDenseLayer,
                                      TernaryDenseLayer, PReLULayer,
                                      BatchNormLayer, EmbeddingLayer>())
          return true;
        else if constexpr (std::is_same_v<OpTy, LayerNormLayer>)
          return op.gamma || op.beta;
        else if constexpr (std::is_same_v<OpTy, RMSNormLayer>)
          return op.gain || op.bias;
        else if constexpr (llvm::is_one_of<OpTy, DenseMMLLayer, GLULayer,
                                           PatchEmbeddingLayer, ModelLayer>())
          return std::nullopt;
        else
          return false;
      },
      layer.op);
}

/// KerasHub counts the layers that have weights, in the order of the model.
Error LoraReader::readByIndex() {
  Expected<std::optional<double>> rank = takeNumber("lora/vars/rank");
  if (!rank)
    return rank.takeError();
  constexpr double kMaxRank = 1 << 30;
  if (*rank &&
      !(**rank >= 1 && **rank <= kMaxRank && **rank == std::floor(**rank)))
    return makeError("expected a positive integer in 'lora/vars/rank'");
  size_t index = 0;
  for (Layer &layer : model.layers) {
    std::optional<bool> counts = hasWeights(layer);
    if (counts == false)
      continue;
    std::optional<std::string> rest = file.remaining("lora");
    if (!rest)
      break;
    if (!counts)
      return makeError("layer " + quoted(layer.name) + ": class " +
                       quoted(layer.className) +
                       " has layers inside, behind which layers cannot be "
                       "counted; expected the factors under the names of "
                       "their layers");
    std::string group = "lora/" + std::to_string(index++) + "/vars";
    if (!file.remaining(group))
      continue;
    if (Error error = readAdapter(group, layer.name, layer))
      return error;
    std::optional<AdaptedLayer> adapted = getAdapted(layer);
    int64_t actual = (*adapted->adapter)->b.shape[0];
    if (*rank && **rank != static_cast<double>(actual))
      return makeError("layer " + quoted(layer.name) +
                       ": expected an adapter of rank " +
                       Twine(static_cast<int64_t>(**rank)) +
                       ", the file's, but got " + Twine(actual));
  }
  if (std::optional<std::string> rest = file.remaining(""))
    return makeError("expected the factors of a layer's adapter but got " +
                     quoted(*rest));
  return Error::success();
}

Error LoraReader::read() {
  return file.remaining("lora") ? readByIndex() : readByName();
}

Error mml::import::readLora(MemoryBufferRef file, Model &model,
                            const Limits &limits) {
  StringRef name = file.getBufferIdentifier();
  Expected<Hdf5File> datasets = Hdf5File::read(file.getBuffer(), {}, limits);
  if (!datasets)
    return addContext(name, datasets.takeError());
  return addContext(name, LoraReader(std::move(*datasets), model).read());
}
