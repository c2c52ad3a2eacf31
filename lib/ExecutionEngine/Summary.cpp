//===- Summary.cpp - What a tensor holds, in a few numbers ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Summary.h"

#include "llvm/Support/CRC.h"

#include <cmath>
#include <cstdio>

using namespace mml::engine;

static std::string format(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

static void summarizeFloats(const HostTensor &tensor, Summary &summary) {
  double min = INFINITY, max = -INFINITY, sum = 0;
  int64_t count = tensor.getNumElements(), numFinite = 0;
  for (int64_t i = 0; i < count; ++i) {
    double value = tensor.getFloat(i);
    if (std::isnan(value)) {
      ++summary.numNaN;
      continue;
    }
    min = std::min(min, value);
    max = std::max(max, value);
    if (std::isinf(value)) {
      ++summary.numInfinite;
      continue;
    }
    sum += std::fabs(value);
    ++numFinite;
  }
  if (summary.numNaN < count) {
    summary.min = format(min);
    summary.max = format(max);
  }
  if (numFinite > 0)
    summary.meanAbs = sum / static_cast<double>(numFinite);
}

/// `T` is the type that the order and the text of elements are those of.
template <typename T>
static void summarizeIntegers(const HostTensor &tensor, Summary &summary) {
  int64_t count = tensor.getNumElements();
  if (count == 0)
    return;
  T min = static_cast<T>(tensor.getInteger(0)), max = min;
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    T value = static_cast<T>(tensor.getInteger(i));
    min = std::min(min, value);
    max = std::max(max, value);
    sum += std::fabs(static_cast<double>(value));
  }
  summary.min = std::to_string(min);
  summary.max = std::to_string(max);
  summary.meanAbs = sum / static_cast<double>(count);
}

Summary mml::engine::summarize(const HostTensor &tensor) {
  Summary summary;
  if (isFloat(tensor.getDType()))
    summarizeFloats(tensor, summary);
  else if (isUnsigned(tensor.getDType()))
    summarizeIntegers<uint64_t>(tensor, summary);
  else
    summarizeIntegers<int64_t>(tensor, summary);
  llvm::ArrayRef<char> bytes = tensor.getBytes();
  summary.checksum = llvm::crc32(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  return summary;
}
