//===- LayerReader.cpp - Options and variables of one layer ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerReader.h"
#include "KerasLayers.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/Limits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace mml::import;

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

void LayerReader::fail(const Twine &message) {
  if (!failed())
    fault = message.str();
}

std::string LayerReader::variableName(StringRef path) const {
  return "variable " + quoted((group + "/" + path).str());
}

void LayerReader::failAt(StringRef path, const Twine &message) {
  fail(variableName(path) + ": " + message);
}

Error LayerReader::finish() {
  if (!failed())
    for (const auto &[key, value] : config)
      if (!known.contains(key) && value.kind() != json::Value::Null)
        fail("option " + quoted(key) + " is not supported");
  if (!failed())
    // A layer without variables may still have a state for its training.
    if (std::optional<std::string> path = weights.remaining(
            hasVariables ? group.str() : (group + "/vars").str()))
      fail("unexpected variable " + quoted(*path));
  return failed() ? makeError(fault) : Error::success();
}

int64_t LayerReader::inputDepth() {
  if (inputRank() < 2) {
    fail("expected an input of rank 2 or more but got " +
         shapeString(inputShape()));
    return 1;
  }
  if (inputShape().back() == kDynamic) {
    fail("expected the last dimension of the input to be known but got " +
         shapeString(inputShape()));
    return 1;
  }
  return inputShape().back();
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// A value as a message shows it.
static std::string describe(const json::Value *value) {
  if (!value)
    return "nothing";
  switch (value->kind()) {
  case json::Value::Array:
    return "a list";
  case json::Value::Object:
    return "an object";
  case json::Value::String:
    return quoted(*value->getAsString());
  default:
    return formatv("{0}", *value).str();
  }
}

const json::Value *LayerReader::get(StringRef key) {
  known.insert(key);
  const json::Value *value = config.get(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

void LayerReader::refuse(StringRef key) {
  const json::Value *value = get(key);
  if (!value || value->getAsBoolean() == false || value->getAsNumber() == 0.0)
    return;
  if (const json::Array *list = value->getAsArray(); list && list->empty())
    return;
  fail("option " + quoted(key) + " is not supported");
}

bool LayerReader::getBool(StringRef key, bool absent) {
  const json::Value *value = get(key);
  if (!value)
    return absent;
  std::optional<bool> result = value->getAsBoolean();
  if (!result)
    fail("expected " + quoted(key) + " to be true or false but got " +
         describe(value));
  return result.value_or(absent);
}

int64_t LayerReader::getPositive(StringRef key) {
  const json::Value *value = get(key);
  std::optional<int64_t> result;
  if (value)
    result = value->getAsInteger();
  if (result && *result >= 1 && *result <= kMaxElements)
    return *result;
  fail("expected " + quoted(key) + " to be a positive integer but got " +
       describe(value));
  return 1;
}

double LayerReader::getNumber(StringRef key, std::optional<double> absent) {
  const json::Value *value = get(key);
  if (!value && absent)
    return *absent;
  std::optional<double> result;
  if (value)
    result = value->getAsNumber();
  if (result && std::isfinite(*result))
    return *result;
  fail("expected " + quoted(key) + " to be a number but got " +
       describe(value));
  return 0.0;
}

SmallVector<int64_t, 4> LayerReader::getInts(StringRef key) {
  const json::Value *value = get(key);
  if (value) {
    if (std::optional<int64_t> single = value->getAsInteger())
      return {*single};
    if (const json::Array *list = value->getAsArray();
        list && list->size() <= kMaxRank) {
      SmallVector<int64_t, 4> result;
      for (const json::Value &element : *list) {
        std::optional<int64_t> number = element.getAsInteger();
        if (element.kind() == json::Value::Null)
          number = kDynamic;
        else if (number == kDynamic)
          number = std::nullopt;
        if (!number)
          break;
        result.push_back(*number);
      }
      if (result.size() == list->size())
        return result;
    }
  }
  fail("expected " + quoted(key) + " to be an integer or a list of at most " +
       Twine(kMaxRank) + " integers but got " + describe(value));
  return {};
}

StringRef LayerReader::getString(StringRef key) {
  const json::Value *value = get(key);
  std::optional<StringRef> result;
  if (value)
    result = value->getAsString();
  if (!result)
    fail("expected " + quoted(key) + " to be a string but got " +
         describe(value));
  return result.value_or("");
}

bool LayerReader::getChannelsFirst() {
  if (!get("data_format"))
    return false;
  StringRef format = getString("data_format");
  if (format != "channels_first" && format != "channels_last")
    fail("expected 'data_format' to be 'channels_last' or 'channels_first' but "
         "got " +
         quoted(format));
  return format == "channels_first";
}

FloatTensor LayerReader::getNumbers(StringRef key,
                                    std::optional<double> absent) {
  const json::Value *value = get(key);
  // NumPy arrays are objects around a list.
  if (const json::Object *object = value ? value->getAsObject() : nullptr) {
    const json::Object *inner = object->getObject("config");
    std::optional<StringRef> kind = object->getString("class_name");
    value = inner && kind == "__numpy__" ? inner->get("value") : nullptr;
    absent = std::nullopt;
  }
  if (!value && absent)
    return {{}, {static_cast<float>(*absent)}};
  if (value) {
    if (std::optional<double> single = value->getAsNumber())
      return {{}, {static_cast<float>(*single)}};
    if (const json::Array *list = value->getAsArray()) {
      std::vector<float> values;
      for (const json::Value &element : *list)
        if (std::optional<double> number = element.getAsNumber())
          values.push_back(static_cast<float>(*number));
      auto size = static_cast<int64_t>(values.size());
      if (values.size() == list->size() && inputRank() > 0 &&
          (size == 1 || size == inputShape().back()))
        return {{size}, std::move(values)};
    }
  }
  fail("expected " + quoted(key) +
       " to be a number, or a list of numbers as long as the last dimension of "
       "the input, " +
       shapeString(inputShape()));
  return {{}, {0.0f}};
}

int64_t LayerReader::normalizeAxis(int64_t axis) {
  int64_t rank = inputRank();
  int64_t result = axis < 0 && axis >= -rank ? axis + rank : axis;
  if (result >= 1 && result < rank)
    return result;
  if (result == 0)
    fail("axis 0, the batch, is not supported");
  else
    fail("axis " + Twine(axis) + " is not an axis of the input " +
         shapeString(inputShape()));
  return 0;
}

//===----------------------------------------------------------------------===//
// Data types
//===----------------------------------------------------------------------===//

std::string mml::import::describePolicy(const json::Value &value) {
  if (std::optional<StringRef> name = value.getAsString())
    return quoted(*name);
  if (const json::Object *object = value.getAsObject()) {
    const json::Object *options = object->getObject("config");
    if (options)
      for (StringRef key : {"name", "mode"})
        if (std::optional<StringRef> name = options->getString(key))
          return quoted(*name);
    if (std::optional<StringRef> name = object->getString("class_name"))
      return quoted(*name);
  }
  return describe(&value);
}

std::optional<DTypePolicy> mml::import::parsePolicy(const json::Value &value) {
  if (value.getAsString() == StringRef("float32"))
    return DTypePolicy::Float32;
  const json::Object *object = value.getAsObject();
  const json::Object *options = object ? object->getObject("config") : nullptr;
  if (!options)
    return std::nullopt;
  StringRef kind = object->getString("class_name").value_or("");
  if ((kind == "DTypePolicy" || kind == "FloatDTypePolicy") &&
      options->getString("name") == StringRef("float32"))
    return DTypePolicy::Float32;
  if (kind == "TernaryDTypePolicy" &&
      options->getString("mode") == StringRef("ternary") &&
      options->getString("source_name") == StringRef("float32"))
    return DTypePolicy::Ternary;
  return std::nullopt;
}

DTypePolicy LayerReader::getPolicy() {
  const json::Value *value = get("dtype");
  if (!value)
    return DTypePolicy::Float32;
  std::optional<DTypePolicy> policy = parsePolicy(*value);
  if (!policy)
    fail("dtype policy " + describePolicy(*value) +
         " is not supported, expected 'float32'");
  return policy.value_or(DTypePolicy::Float32);
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

ActivationSpec LayerReader::getActivation(StringRef key) {
  const json::Value *value = get(key);
  return value ? parseActivation(key, *value) : ActivationSpec();
}

ActivationSpec LayerReader::parseActivation(StringRef key,
                                            const json::Value &value) {
  std::optional<StringRef> name = value.getAsString();
  if (const json::Object *object = value.getAsObject()) {
    std::optional<StringRef> kind = object->getString("class_name");
    if (kind == StringRef("function")) {
      name = object->getString("config");
      // A function of the user's is registered under a package.
      if (std::optional<StringRef> registered =
              object->getString("registered_name");
          registered && registered->contains('>'))
        name = registered;
    } else if (kind && object->getObject("config")) {
      return parseActivationLayer(key, *object);
    }
  }
  if (!name) {
    fail("expected " + quoted(key) +
         " to be the name of an activation but got " + describe(&value));
    return {};
  }
  std::optional<ternary::Activation> kind = ternary::parseActivation(*name);
  if (!kind) {
    // The library's message has the name as it stands in the file.
    fail(toString(ternary::makeUnknownActivationError(printable(*name))));
    return {};
  }
  Expected<SmallVector<double, 3>> params = ternary::resolveParams(*kind);
  if (!params) {
    fail(toString(params.takeError()));
    return {};
  }
  return {*kind, std::move(*params)};
}

ActivationSpec LayerReader::parseActivationLayer(StringRef key,
                                                 const json::Object &layer) {
  StringRef className = *layer.getString("class_name");
  LayerReader reader(*layer.getObject("config"), group, weights, inputs);
  std::optional<ActivationLayer> result =
      readActivationOptions(className, reader);
  if (!result) {
    fail("layer class " + quoted(className) + " is not supported as " +
         quoted(key));
    return {};
  }
  ignoreTrainingOptions(reader, *layer.getObject("config"));
  if (reader.getPolicy() != DTypePolicy::Float32)
    reader.fail("dtype policy 'ternary' is not supported");
  for (const auto &[option, value] : reader.config)
    if (!reader.known.contains(option) && value.kind() != json::Value::Null)
      reader.fail("option " + quoted(option) + " is not supported");
  if (result->axis)
    reader.fail("an axis other than the last is not supported");
  if (reader.failed())
    fail(quoted(key) + ": " + reader.fault);
  return std::move(result->activation);
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

template <typename T>
std::vector<T> LayerReader::takeValues(StringRef path, Shape &shape) {
  hasVariables = true;
  std::optional<Hdf5Dataset> dataset = weights.take((group + "/" + path).str());
  if (!dataset) {
    fail("missing " + variableName(path));
    return {};
  }
  shape = dataset->shape;
  if (auto *values = std::get_if<std::vector<T>>(&dataset->values))
    return std::move(*values);
  Hdf5Dataset expected;
  expected.values = std::vector<T>();
  failAt(path, "expected elements of " + hdf5TypeName(expected) + " but got " +
                   hdf5TypeName(*dataset));
  return {};
}

FloatTensor LayerReader::takeFloats(StringRef path) {
  FloatTensor result;
  result.values = takeValues<float>(path, result.shape);
  if (!failed() && is_contained(result.shape, 0))
    failAt(path, "has no elements");
  return result;
}

FloatTensor LayerReader::takeFloats(StringRef path, ArrayRef<int64_t> shape) {
  FloatTensor result = takeFloats(path);
  if (failed())
    return result;
  bool agrees = result.shape.size() == shape.size() &&
                all_of_zip(result.shape, shape, [](int64_t got, int64_t want) {
                  return want == kDynamic || got == want;
                });
  if (!agrees)
    failAt(path, "expected shape " + shapeString(shape) + " but got " +
                     shapeString(result.shape));
  return result;
}

float LayerReader::takeScale(StringRef path) {
  FloatTensor result = takeFloats(path, {});
  if (failed())
    return 1.0f;
  float scale = result.values.front();
  if (!std::isfinite(scale) || scale <= 0.0f)
    failAt(path, "expected a finite and positive scale but got " +
                     formatv("{0}", static_cast<double>(scale)).str());
  return scale;
}

SmallVector<int64_t, 4> LayerReader::takeInts(StringRef path) {
  Shape shape;
  std::vector<int64_t> values = takeValues<int64_t>(path, shape);
  if (!failed() && (shape.size() != 1 || values.size() > kMaxRank))
    failAt(path, "expected a short list of integers but got shape " +
                     shapeString(shape));
  if (failed())
    return {};
  return SmallVector<int64_t, 4>(values.begin(), values.end());
}

std::vector<uint8_t> LayerReader::takeBytes(StringRef path, Shape &shape) {
  return takeValues<uint8_t>(path, shape);
}
