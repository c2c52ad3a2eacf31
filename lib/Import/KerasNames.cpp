//===- KerasNames.cpp - Names in Keras' config ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasNames.h"
#include "mml/Import/Limits.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mml::import;

ClassName mml::import::getClassName(const json::Object &object) {
  ClassName result;
  result.name = object.getString("class_name").value_or("").str();
  StringRef module = object.getString("module").value_or("");
  StringRef registered = object.getString("registered_name").value_or("");
  result.full = result.name;
  if (registered.contains('>')) {
    result.full = registered.str();
    result.isKnownPackage = registered == ("keras_mml>" + result.name);
    return result;
  }
  auto isIn = [&](StringRef package) {
    return module == package || module.starts_with((package + ".").str());
  };
  result.isKnownPackage = module == "keras" || isIn("keras.layers") ||
                          isIn("keras.src.layers") || isIn("keras.models") ||
                          isIn("keras.src.models") || isIn("keras_mml");
  if (!result.isKnownPackage)
    result.full =
        ((module.empty() ? "(no module)" : module) + "." + result.name).str();
  return result;
}

bool mml::import::isModelClass(const ClassName &className) {
  return className.isKnownPackage &&
         (className.name == "Sequential" || className.name == "Functional");
}

std::optional<ElementType> mml::import::parseElementType(StringRef name) {
  if (name == "float32")
    return ElementType::F32;
  if (name == "int8")
    return ElementType::I8;
  if (name == "uint8")
    return ElementType::U8;
  if (name == "int32")
    return ElementType::I32;
  if (name == "int64")
    return ElementType::I64;
  return std::nullopt;
}

std::optional<Shape> mml::import::parseShape(const json::Value *value) {
  const json::Array *list = value ? value->getAsArray() : nullptr;
  if (!list || list->size() > kMaxRank)
    return std::nullopt;
  Shape shape;
  for (const json::Value &element : *list) {
    std::optional<int64_t> size = element.getAsInteger();
    if (element.kind() == json::Value::Null)
      size = kDynamic;
    else if (!size || *size < 1)
      return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

/// Inserts `_` where `first` holds at i and `second` at i + 1 and the pair was
/// not used before; `second` may take more than one character.
static std::string
insertUnderscores(StringRef text, bool (*first)(char),
                  function_ref<size_t(StringRef rest)> second) {
  std::string result;
  while (!text.empty()) {
    size_t taken = first(text[0]) ? second(text.drop_front()) : 0;
    result += text[0];
    if (taken)
      result += ("_" + text.substr(1, taken)).str();
    text = text.drop_front(1 + taken);
  }
  return result;
}

std::string mml::import::toSnakeCase(StringRef className) {
  // As Keras does it, with two regular expressions: (.)([A-Z][a-z]+), then
  // ([a-z])([A-Z]).
  std::string once = insertUnderscores(
      className, [](char) { return true; },
      [](StringRef rest) -> size_t {
        if (rest.empty() || !isUpper(rest[0]))
          return 0;
        size_t lower = rest.drop_front().take_while(isLower).size();
        return lower ? 1 + lower : 0;
      });
  return StringRef(insertUnderscores(once, isLower,
                                     [](StringRef rest) {
                                       return size_t(!rest.empty() &&
                                                     isUpper(rest[0]));
                                     }))
      .lower();
}
