//===- Diagnostics.cpp - Errors about model files -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Diagnostics.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

Error mml::import::makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Error mml::import::addContext(StringRef where, Error error) {
  if (!error)
    return error;
  return makeError(where + ": " + toString(std::move(error)));
}

std::string mml::import::printable(StringRef name) {
  constexpr size_t maxBytes = 100;
  std::string text = name.take_front(maxBytes).str();
  bool isText = json::isUTF8(text) || name.size() > maxBytes;
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !isText))
      result += "\\x" + utohexstr(byte, /*LowerCase=*/true, /*Width=*/2);
    else
      result += c;
  }
  if (name.size() > maxBytes)
    result += "...";
  return json::isUTF8(result) ? result : json::fixUTF8(result);
}

std::string mml::import::quoted(StringRef name) {
  return "'" + printable(name) + "'";
}

std::string mml::import::shapeString(ArrayRef<int64_t> shape) {
  std::string result;
  raw_string_ostream os(result);
  os << '(';
  interleaveComma(shape, os, [&](int64_t size) {
    if (size == kDynamic)
      os << '?';
    else
      os << size;
  });
  os << ')';
  return result;
}

std::string mml::import::nearestNames(StringRef name,
                                      ArrayRef<StringRef> known) {
  // Edit distance takes time in the product of the lengths.
  StringRef head = name.take_front(64);
  SmallVector<std::pair<unsigned, StringRef>, 64> ranked;
  for (StringRef candidate : known)
    ranked.push_back({head.edit_distance_insensitive(candidate), candidate});
  llvm::sort(ranked);
  if (ranked.size() > 3)
    ranked.truncate(3);
  if (ranked.empty())
    return "";
  std::string result = "; the nearest known names are ";
  raw_string_ostream os(result);
  interleaveComma(ranked, os, [&](auto &entry) { os << quoted(entry.second); });
  return result;
}
