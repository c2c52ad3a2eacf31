//===- KerasCalls.cpp - Who takes whose results ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasCalls.h"
#include "mml/Import/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mml::import;

/// `[layer name, call, result]`
static std::optional<RawTensor> parseHistory(const json::Value *value) {
  const json::Array *history = value ? value->getAsArray() : nullptr;
  if (!history || history->size() != 3)
    return std::nullopt;
  std::optional<StringRef> layer = (*history)[0].getAsString();
  std::optional<int64_t> call = (*history)[1].getAsInteger();
  std::optional<int64_t> result = (*history)[2].getAsInteger();
  if (!layer || !call || !result)
    return std::nullopt;
  return RawTensor{*layer, *call, *result};
}

static std::optional<RawTensor> parseTensor(const json::Value *value) {
  const json::Object *object = value ? value->getAsObject() : nullptr;
  if (!object ||
      object->getString("class_name") != StringRef("__keras_tensor__"))
    return std::nullopt;
  const json::Object *config = object->getObject("config");
  return config ? parseHistory(config->get("keras_history")) : std::nullopt;
}

/// One tensor, a list of them, or a dictionary, which counts in the order of
/// its keys. None if `value` is neither or empty.
static std::optional<RawTensors>
parseStructure(const json::Value *value,
               std::optional<RawTensor> (*parse)(const json::Value *)) {
  if (std::optional<RawTensor> single = parse(value))
    return RawTensors{*single};
  SmallVector<const json::Value *> elements;
  if (const json::Array *list = value ? value->getAsArray() : nullptr) {
    for (const json::Value &element : *list)
      elements.push_back(&element);
  } else if (const json::Object *object =
                 value ? value->getAsObject() : nullptr) {
    SmallVector<std::pair<StringRef, const json::Value *>> entries;
    for (const auto &[key, element] : *object)
      entries.push_back({key, &element});
    llvm::sort(entries, less_first());
    for (auto &entry : entries)
      elements.push_back(entry.second);
  }
  RawTensors result;
  for (const json::Value *element : elements) {
    std::optional<RawTensor> tensor = parse(element);
    if (!tensor)
      return std::nullopt;
    result.push_back(*tensor);
  }
  if (result.empty())
    return std::nullopt;
  return result;
}

/// An argument of a call besides the tensors. A layer behaves at inference as
/// if it were null or false.
static bool isHarmless(const json::Value &value) {
  return value.kind() == json::Value::Null || value.getAsBoolean() == false;
}

static Expected<RawTensors> parseCall(const json::Value &node) {
  const json::Object *object = node.getAsObject();
  const json::Array *args = object ? object->getArray("args") : nullptr;
  const json::Object *kwargs = object ? object->getObject("kwargs") : nullptr;
  if (!args || args->empty() || !kwargs)
    return makeError("expected each of 'inbound_nodes' to have 'args' and "
                     "'kwargs'");
  for (size_t i = 1, e = args->size(); i < e; ++i)
    if (!isHarmless((*args)[i]))
      return makeError("argument " + Twine(i) + " of a call is not supported");
  for (const auto &[key, value] : *kwargs)
    if (!isHarmless(value))
      return makeError("argument " + quoted(StringRef(key)) +
                       " of a call is not supported");
  std::optional<RawTensors> tensors =
      parseStructure(&args->front(), parseTensor);
  if (!tensors)
    return makeError("expected the first argument of each call to be a tensor "
                     "or tensors");
  return std::move(*tensors);
}

Expected<std::vector<RawTensors>>
mml::import::parseCalls(const json::Value *nodes) {
  const json::Array *list = nodes ? nodes->getAsArray() : nullptr;
  if (!list)
    return makeError("expected 'inbound_nodes' to be a list");
  std::vector<RawTensors> calls;
  for (const json::Value &node : *list) {
    Expected<RawTensors> call = parseCall(node);
    if (!call)
      return call.takeError();
    calls.push_back(std::move(*call));
  }
  return std::move(calls);
}

Expected<RawTensors> mml::import::parseEnds(const json::Value *ends) {
  std::optional<RawTensors> result = parseStructure(ends, parseHistory);
  if (!result)
    return makeError("expected a list of [layer, call, result]");
  return std::move(*result);
}
