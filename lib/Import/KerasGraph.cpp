//===- KerasGraph.cpp - Models of layers in Keras' config -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasGraph.h"
#include "KerasCalls.h"
#include "KerasLayers.h"
#include "KerasNames.h"
#include "LayerReader.h"
#include "ShapeInference.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/KerasReader.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mml::import;

namespace {

/// What all models within a file share.
struct FileContext {
  Hdf5File &weights;
  StringRef file;
  const Limits &limits;
  /// Identifiers of objects that the config has in several places.
  DenseSet<int64_t> sharedLayers;
};

/// An entry of the list of layers, before its options are read.
struct LayerEntry {
  const json::Object *object = nullptr;
  const json::Object *config = nullptr;
  ClassName className;
  /// Group of the variables.
  std::string group;
  /// Whether the options were read, and the rank of the first input then.
  bool isRead = false;
  size_t rank = 0;
};

/// A model, and which of its outputs carry a mask.
struct ReadModel {
  Model model;
  SmallVector<bool, 2> masked;
};

/// Reads one model; another one reads each model in it.
class ModelReader {
public:
  /// `path` names the models around the layers, with a slash at its end, and
  /// is empty for the outermost; `group` is where the variables are.
  ModelReader(FileContext &context, std::string path, std::string group,
              unsigned depth)
      : context(context), path(std::move(path)), group(std::move(group)),
        depth(depth) {}

  Expected<ReadModel> read(const json::Object &object);

private:
  Error addLayer(const json::Object &object);
  Error addInput(Layer &layer, const json::Object &config);
  Error addSequentialInput(const json::Object &object,
                           const json::Object &config);
  Error addChain();
  Error addGraph(const json::Array &layers, const json::Object &config);
  Expected<TensorRef> resolve(const RawTensor &tensor, bool asOutput) const;
  Error schedule();
  Error runCall(CallRef ref, ArrayRef<TensorRef> inputs);
  Error readOp(unsigned index, ArrayRef<TensorType> inputs);
  Error readNested(unsigned index);
  Error readLayer(unsigned index, ArrayRef<TensorType> inputs);
  Expected<bool> useMasks(unsigned index, ArrayRef<TensorRef> inputs) const;

  Error layerError(unsigned index, const Twine &message) const {
    return addContext(model.layers[index].location, makeError(message));
  }
  Error modelError(const Twine &message) const {
    std::string where = context.file.str();
    if (!path.empty())
      where += ": model " + quoted(StringRef(path).drop_back());
    return addContext(where, makeError(message));
  }
  bool isFunctional(unsigned index) const {
    return entries[index].className.name == "Functional";
  }

  FileContext &context;
  std::string path;
  std::string group;
  unsigned depth;
  Model model;
  std::vector<LayerEntry> entries;
  StringMap<unsigned> indexOf;
  StringMap<unsigned> groupUses;
  /// Whether the results of each call carry a mask, by layer and call.
  std::vector<std::vector<SmallVector<bool, 1>>> masked;
  /// For a layer that is a model: which of its outputs do.
  DenseMap<unsigned, SmallVector<bool, 2>> modelMasks;
};

} // namespace

//===----------------------------------------------------------------------===//
// The list of layers
//===----------------------------------------------------------------------===//

Error ModelReader::addInput(Layer &layer, const json::Object &config) {
  auto fail = [&](const Twine &message) {
    return addContext(layer.location, makeError(message));
  };
  for (StringRef key : {"sparse", "ragged"})
    if (config.getBoolean(key) == true)
      return fail("option " + quoted(key) + " is not supported");
  for (const auto &[key, value] : config)
    if (value.kind() != json::Value::Null &&
        !is_contained({StringRef("batch_shape"), StringRef("dtype"),
                       StringRef("sparse"), StringRef("ragged"),
                       StringRef("name"), StringRef("optional")},
                      StringRef(key)))
      return fail("option " + quoted(StringRef(key)) + " is not supported");

  std::optional<Shape> shape = parseShape(config.get("batch_shape"));
  if (!shape || shape->empty())
    return fail("expected 'batch_shape' to be a list of 1 to " +
                Twine(kMaxRank) + " positive integers or nulls");
  TensorType type{ElementType::F32, std::move(*shape)};
  if (const json::Value *dtype = config.get("dtype")) {
    std::optional<StringRef> name = dtype->getAsString();
    std::optional<ElementType> element =
        name ? parseElementType(*name) : std::nullopt;
    if (!element)
      return fail("dtype " + describePolicy(*dtype) +
                  " is not supported, expected float32, int8, uint8, int32 or "
                  "int64");
    type.elementType = *element;
  }
  if (Error error = checkTensorType(type))
    return addContext(layer.location, std::move(error));
  layer.op = InputLayer{type};
  layer.calls.push_back({{}, {type}});
  return Error::success();
}

Error ModelReader::addLayer(const json::Object &object) {
  LayerEntry entry;
  entry.object = &object;
  entry.className = getClassName(object);
  entry.config = object.getObject("config");
  Layer layer;
  layer.className = entry.className.name;
  unsigned index = model.layers.size();
  std::optional<StringRef> name = object.getString("name");
  if (!name && entry.config)
    name = entry.config->getString("name");
  if (!name || name->empty() || !entry.config)
    return modelError("layer " + Twine(index) + " of class " +
                      quoted(entry.className.full) +
                      " has no name or no config");
  layer.name = name->str();
  layer.location =
      (context.file + ": layer " + quoted(path + layer.name)).str();
  if (!indexOf.try_emplace(layer.name, index).second)
    return modelError("two layers are called " + quoted(layer.name));
  if (std::optional<int64_t> id = object.getInteger("shared_object_id"))
    if (!context.sharedLayers.insert(*id).second)
      return addContext(layer.location,
                        makeError("a layer shared between models is not "
                                  "supported"));

  std::string key = toSnakeCase(entry.className.name);
  unsigned uses = groupUses[key]++;
  entry.group = group + key + (uses ? "_" + utostr(uses) : "");

  bool isInput =
      entry.className.isKnownPackage && entry.className.name == "InputLayer";
  if (isInput) {
    if (Error error = addInput(layer, *entry.config))
      return error;
  } else if (!isModelClass(entry.className) &&
             (!entry.className.isKnownPackage ||
              !findLayerClass(entry.className.name))) {
    std::vector<StringRef> known(getKerasLayerNames());
    known.insert(known.end(), {"Sequential", "Functional"});
    return addContext(layer.location,
                      makeError("unknown layer class " +
                                quoted(entry.className.full) +
                                nearestNames(entry.className.name, known)));
  }
  entry.isRead = isInput;
  model.layers.push_back(std::move(layer));
  entries.push_back(std::move(entry));
  return Error::success();
}

/// A Sequential model without an InputLayer says its input's shape elsewhere.
Error ModelReader::addSequentialInput(const json::Object &object,
                                      const json::Object &config) {
  const json::Value *shape = config.get("build_input_shape");
  if (!shape || shape->kind() == json::Value::Null)
    if (const json::Object *build = object.getObject("build_config"))
      shape = build->get("input_shape");
  StringSet<> names;
  for (const json::Value &layer : *config.getArray("layers"))
    if (const json::Object *layerObject = layer.getAsObject())
      if (const json::Object *options = layerObject->getObject("config"))
        names.insert(options->getString("name").value_or(""));
  std::string name = "input";
  while (names.contains(name))
    name += "_";
  Layer layer;
  layer.name = name;
  layer.className = "InputLayer";
  layer.location = (context.file + ": layer " + quoted(path + name)).str();
  if (!shape || !parseShape(shape))
    return modelError("the shape of the input is not known: the model was "
                      "saved before it was built");
  json::Object inputConfig{{"batch_shape", *shape}};
  if (Error error = addInput(layer, inputConfig))
    return error;
  indexOf.try_emplace(name, 0);
  LayerEntry entry;
  entry.className = {layer.className, layer.className, true};
  entry.isRead = true;
  entries.push_back(std::move(entry));
  model.layers.push_back(std::move(layer));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Sequential: each layer takes what the one before gives.
Error ModelReader::addChain() {
  for (unsigned i = 1, e = model.layers.size(); i < e; ++i) {
    if (entries[i].className.name == "InputLayer")
      return layerError(i, "an input after the first layer");
    model.layers[i].calls.push_back({{TensorRef{i - 1, 0, 0}}, {}});
  }
  model.inputs = {TensorRef{0, 0, 0}};
  model.outputs = {TensorRef{unsigned(model.layers.size()) - 1, 0, 0}};
  return Error::success();
}

Expected<TensorRef> ModelReader::resolve(const RawTensor &tensor,
                                         bool asOutput) const {
  auto it = indexOf.find(tensor.layer);
  if (it == indexOf.end())
    return makeError("refers to layer " + quoted(tensor.layer) +
                     ", which does not exist");
  unsigned index = it->second;
  int64_t call = tensor.call;
  // In the list of a model's outputs, and only there, Keras counts the call
  // that made a Functional model as its call 0.
  if (asOutput && isFunctional(index))
    --call;
  if (call < 0 ||
      call >= static_cast<int64_t>(model.layers[index].calls.size()))
    return makeError("refers to call " + Twine(tensor.call) + " of layer " +
                     quoted(tensor.layer) + ", which has " +
                     Twine(model.layers[index].calls.size()));
  if (tensor.result < 0 || tensor.result > int64_t(UINT32_MAX) ||
      (tensor.result > 0 && !isModelClass(entries[index].className)))
    return makeError("refers to result " + Twine(tensor.result) + " of layer " +
                     quoted(tensor.layer) + ", which does not exist");
  return TensorRef{index, static_cast<unsigned>(call),
                   static_cast<unsigned>(tensor.result)};
}

/// Functional: each layer lists its calls.
Error ModelReader::addGraph(const json::Array &layers,
                            const json::Object &config) {
  std::vector<std::vector<RawTensors>> calls;
  for (unsigned i = 0, e = model.layers.size(); i < e; ++i) {
    Expected<std::vector<RawTensors>> raw =
        parseCalls(layers[i].getAsObject()->get("inbound_nodes"));
    if (!raw)
      return addContext(model.layers[i].location, raw.takeError());
    bool isInput = entries[i].className.name == "InputLayer";
    if (isInput != raw->empty())
      return layerError(i, isInput ? "an input layer takes no input"
                                   : "the layer is never called");
    if (!isInput)
      model.layers[i].calls.resize(raw->size());
    calls.push_back(std::move(*raw));
  }
  for (auto [i, raw] : enumerate(calls))
    for (auto [c, rawCall] : enumerate(raw))
      for (const RawTensor &tensor : rawCall) {
        Expected<TensorRef> ref = resolve(tensor, /*asOutput=*/false);
        if (!ref)
          return addContext(model.layers[i].location, ref.takeError());
        model.layers[i].calls[c].inputs.push_back(*ref);
      }

  for (bool asOutput : {false, true}) {
    StringRef key = asOutput ? "output_layers" : "input_layers";
    Expected<RawTensors> tensors = parseEnds(config.get(key));
    if (!tensors)
      return modelError(quoted(key) + ": " + toString(tensors.takeError()));
    for (const RawTensor &tensor : *tensors) {
      Expected<TensorRef> ref = resolve(tensor, asOutput);
      if (!ref)
        return modelError(quoted(key) + " " + toString(ref.takeError()));
      (asOutput ? model.outputs : model.inputs).push_back(*ref);
    }
  }
  DenseSet<unsigned> inputLayers;
  for (TensorRef ref : model.inputs) {
    if (entries[ref.layer].className.name != "InputLayer")
      return modelError("input " + quoted(model.layers[ref.layer].name) +
                        " is not an input layer");
    if (!inputLayers.insert(ref.layer).second)
      return modelError("input " + quoted(model.layers[ref.layer].name) +
                        " is listed twice");
  }
  for (unsigned i = 0, e = entries.size(); i < e; ++i)
    if (entries[i].className.name == "InputLayer" && !inputLayers.contains(i))
      return layerError(i, "the layer is not among the model's inputs");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Reading in order
//===----------------------------------------------------------------------===//

/// Orders the calls so that each comes after those it depends on, and reads
/// and checks each in that order.
Error ModelReader::schedule() {
  struct Node {
    CallRef ref;
    unsigned missing;
    SmallVector<unsigned, 2> users;
  };
  std::vector<Node> nodes;
  std::vector<unsigned> firstNode;
  for (auto [i, layer] : enumerate(model.layers)) {
    firstNode.push_back(nodes.size());
    masked.emplace_back(layer.calls.size());
    for (unsigned c = 0, e = layer.calls.size(); c < e; ++c)
      nodes.push_back({{unsigned(i), c}, 0, {}});
  }
  for (unsigned n = 0, e = nodes.size(); n < e; ++n) {
    CallRef ref = nodes[n].ref;
    for (TensorRef input : model.layers[ref.layer].calls[ref.call].inputs) {
      nodes[firstNode[input.layer] + input.call].users.push_back(n);
      ++nodes[n].missing;
    }
  }
  std::vector<unsigned> ready;
  for (unsigned n = 0, e = nodes.size(); n < e; ++n)
    if (nodes[n].missing == 0)
      ready.push_back(n);
  for (size_t next = 0; next < ready.size(); ++next) {
    const Node &node = nodes[ready[next]];
    model.schedule.push_back(node.ref);
    // A copy: reading a layer may not disturb its own inputs' list.
    SmallVector<TensorRef, 2> inputs =
        model.layers[node.ref.layer].calls[node.ref.call].inputs;
    if (Error error = runCall(node.ref, inputs))
      return error;
    for (unsigned user : node.users)
      if (--nodes[user].missing == 0)
        ready.push_back(user);
  }
  for (const Node &node : nodes)
    if (node.missing > 0)
      return layerError(node.ref.layer, "the layer depends on its own result");
  return Error::success();
}

Error ModelReader::runCall(CallRef ref, ArrayRef<TensorRef> inputs) {
  if (inputs.empty())
    return Error::success(); // An input layer, complete already.
  SmallVector<TensorType, 2> types;
  for (TensorRef input : inputs) {
    const Layer &from = model.layers[input.layer];
    if (input.result >= from.calls[input.call].results.size())
      return layerError(ref.layer, "refers to result " + Twine(input.result) +
                                       " of layer " + quoted(from.name) +
                                       ", which does not exist");
    types.push_back(model.type(input));
  }
  const LayerClass *layerClass =
      findLayerClass(model.layers[ref.layer].className);
  if (layerClass && !layerClass->takesIntegers &&
      any_of(types, [](const TensorType &type) {
        return type.elementType != ElementType::F32;
      }))
    return layerError(ref.layer, "expected float32 inputs but got integers");
  if (Error error = readOp(ref.layer, types))
    return error;

  Layer &layer = model.layers[ref.layer];
  if (layerClass && layerClass->fixesRank &&
      types[0].shape.size() != entries[ref.layer].rank)
    return layerError(ref.layer,
                      "calls with inputs of different rank are not supported");
  Expected<SmallVector<TensorType, 1>> results = inferResults(layer.op, types);
  if (!results)
    return addContext(layer.location, results.takeError());
  if (model.kind == Model::Kind::Sequential && results->size() != 1)
    return layerError(ref.layer,
                      "expected one result in a sequential model but "
                      "got " +
                          Twine(results->size()));
  Expected<bool> mask = useMasks(ref.layer, inputs);
  if (!mask)
    return mask.takeError();

  SmallVector<bool, 1> &resultMasks = masked[ref.layer][ref.call];
  auto nested = modelMasks.find(ref.layer);
  if (nested != modelMasks.end())
    resultMasks.append(nested->second.begin(), nested->second.end());
  else
    resultMasks.push_back(*mask);
  layer.calls[ref.call].results = std::move(*results);
  return Error::success();
}

/// Whether the result of a call of the layer carries a mask; an error if a mask
/// would change the result.
Expected<bool> ModelReader::useMasks(unsigned index,
                                     ArrayRef<TensorRef> inputs) const {
  const LayerEntry &entry = entries[index];
  bool hasMask = any_of(inputs, [&](TensorRef ref) {
    return !masked[ref.layer][ref.call].empty() &&
           masked[ref.layer][ref.call][ref.result];
  });
  const LayerClass *layerClass = findLayerClass(entry.className.name);
  MaskUse use = layerClass ? layerClass->maskUse : MaskUse::Consumes;
  if (hasMask && use == MaskUse::Consumes)
    return layerError(index,
                      "the mask of an Embedding with 'mask_zero' reaches "
                      "this layer, which is not supported");
  return (hasMask && use == MaskUse::Passes) ||
         producesMask(entry.className.name, *entry.config);
}

/// Reads the layer's options and variables at its first call.
Error ModelReader::readOp(unsigned index, ArrayRef<TensorType> inputs) {
  LayerEntry &entry = entries[index];
  if (entry.isRead)
    return Error::success();
  entry.isRead = true;
  entry.rank = inputs[0].shape.size();
  return isModelClass(entry.className) ? readNested(index)
                                       : readLayer(index, inputs);
}

Error ModelReader::readNested(unsigned index) {
  const LayerEntry &entry = entries[index];
  if (depth + 1 >= context.limits.modelDepth)
    return layerError(index, "models nest deeper than " +
                                 Twine(context.limits.modelDepth) + " levels");
  ModelReader reader(context, path + model.layers[index].name + "/",
                     entry.group + "/layers/", depth + 1);
  Expected<ReadModel> nested = reader.read(*entry.object);
  if (!nested)
    return nested.takeError();
  modelMasks[index] = std::move(nested->masked);
  model.layers[index].op =
      ModelLayer{std::make_unique<Model>(std::move(nested->model))};
  return Error::success();
}

Error ModelReader::readLayer(unsigned index, ArrayRef<TensorType> inputs) {
  const LayerEntry &entry = entries[index];
  const LayerClass &layerClass = *findLayerClass(entry.className.name);
  if (inputs.size() < layerClass.minInputs ||
      inputs.size() > layerClass.maxInputs)
    return layerError(index,
                      "expected " + Twine(layerClass.minInputs) +
                          (layerClass.minInputs == 1 ? " input" : " inputs") +
                          " but got " + Twine(inputs.size()));

  LayerReader reader(*entry.config, entry.group, context.weights, inputs);
  ignoreTrainingOptions(reader, *entry.config);
  if (reader.getPolicy() == DTypePolicy::Ternary && !layerClass.takesTernary)
    reader.fail("dtype policy 'ternary' is not supported for class " +
                quoted(entry.className.name));
  model.layers[index].op = layerClass.read(reader);
  return addContext(model.layers[index].location, reader.finish());
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

Expected<ReadModel> ModelReader::read(const json::Object &object) {
  ClassName className = getClassName(object);
  if (!isModelClass(className))
    return modelError("unknown model class " + quoted(className.full) +
                      ", expected 'Sequential' or 'Functional'");
  const json::Object *config = object.getObject("config");
  const json::Array *layers = config ? config->getArray("layers") : nullptr;
  if (!layers || layers->empty())
    return modelError("the model has no layers");
  for (const auto &[key, value] : *config)
    if (value.kind() != json::Value::Null &&
        !is_contained({StringRef("name"), StringRef("trainable"),
                       StringRef("dtype"), StringRef("layers"),
                       StringRef("build_input_shape"),
                       StringRef("input_layers"), StringRef("output_layers")},
                      StringRef(key)))
      return modelError("option " + quoted(StringRef(key)) +
                        " is not supported");
  if (const json::Value *dtype = config->get("dtype");
      dtype && dtype->kind() != json::Value::Null &&
      parsePolicy(*dtype) != DTypePolicy::Float32)
    return modelError("dtype policy " + describePolicy(*dtype) +
                      " is not supported, expected 'float32'");

  model.name = config->getString("name").value_or(className.name).str();
  bool isSequential = className.name == "Sequential";
  model.kind = isSequential ? Model::Kind::Sequential : Model::Kind::Functional;
  const json::Object *first = layers->front().getAsObject();
  if (isSequential && first && getClassName(*first).name != "InputLayer")
    if (Error error = addSequentialInput(object, *config))
      return std::move(error);
  for (const json::Value &layer : *layers) {
    const json::Object *layerObject = layer.getAsObject();
    if (!layerObject)
      return modelError("expected 'layers' to be a list of objects");
    if (Error error = addLayer(*layerObject))
      return std::move(error);
  }
  if (Error error = isSequential ? addChain() : addGraph(*layers, *config))
    return std::move(error);
  if (Error error = schedule())
    return std::move(error);

  ReadModel result;
  for (TensorRef ref : model.outputs) {
    const Layer &layer = model.layers[ref.layer];
    if (ref.result >= layer.calls[ref.call].results.size())
      return modelError("an output refers to result " + Twine(ref.result) +
                        " of layer " + quoted(layer.name) +
                        ", which does not exist");
    const SmallVector<bool, 1> &masks = masked[ref.layer][ref.call];
    result.masked.push_back(!masks.empty() && masks[ref.result]);
  }
  result.model = std::move(model);
  return std::move(result);
}

Expected<Model> mml::import::readKerasModel(const json::Value &config,
                                            Hdf5File &weights, StringRef file,
                                            const Limits &limits) {
  const json::Object *object = config.getAsObject();
  if (!object)
    return addContext(file, makeError("expected config.json to be an object"));
  FileContext context{weights, file, limits, {}};
  Expected<ReadModel> result =
      ModelReader(context, "", "layers/", 0).read(*object);
  if (!result)
    return result.takeError();
  return std::move(result->model);
}
