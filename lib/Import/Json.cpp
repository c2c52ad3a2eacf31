//===- Json.cpp - Untrusted JSON ------------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Json.h"
#include "mml/Import/Diagnostics.h"

using namespace llvm;
using namespace mml::import;

/// Counts brackets, braces and commas outside of strings. A text that is not
/// JSON may be counted wrongly, but never too low for what the parser sees
/// before it stops at the fault.
static Error checkCost(StringRef text, const Limits &limits) {
  if (text.size() > limits.jsonBytes)
    return makeError("expected JSON of at most " + Twine(limits.jsonBytes) +
                     " bytes but got " + Twine(text.size()));
  uint64_t depth = 0, values = 1, objects = 0;
  bool inString = false;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    switch (c) {
    case '"':
      inString = true;
      break;
    case '{':
      ++objects;
      [[fallthrough]];
    case '[':
      ++values;
      if (++depth > limits.jsonDepth)
        return makeError("JSON nests deeper than " + Twine(limits.jsonDepth) +
                         " levels");
      break;
    case '}':
    case ']':
      depth -= depth > 0;
      break;
    case ',':
      ++values;
      break;
    default:
      break;
    }
  }
  if (values > limits.jsonValues)
    return makeError("JSON has more than " + Twine(limits.jsonValues) +
                     " values");
  if (objects > limits.jsonObjects)
    return makeError("JSON has more than " + Twine(limits.jsonObjects) +
                     " objects");
  return Error::success();
}

Expected<json::Value> mml::import::parseJson(StringRef text,
                                             const Limits &limits) {
  if (Error error = checkCost(text, limits))
    return std::move(error);
  return json::parse(text);
}
