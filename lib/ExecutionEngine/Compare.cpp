//===- Compare.cpp - How far a tensor is from the expected one ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Compare.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstdio>

using namespace mml::engine;

std::string mml::engine::formatPosition(llvm::ArrayRef<int64_t> position) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(position, os);
  os << ']';
  return text;
}

/// |a - b| without overflow.
static uint64_t absoluteDifference(int64_t a, int64_t b, bool isUnsigned) {
  bool less = isUnsigned ? uint64_t(a) < uint64_t(b) : a < b;
  return less ? uint64_t(b) - uint64_t(a) : uint64_t(a) - uint64_t(b);
}

/// |value| as a double.
static double magnitude(int64_t value, bool isUnsigned) {
  if (isUnsigned)
    return static_cast<double>(static_cast<uint64_t>(value));
  return std::fabs(static_cast<double>(value));
}

/// Fills in the largest difference; returns its index, or -1 if there is none.
static int64_t compareIntegers(const HostTensor &actual,
                               const HostTensor &expected, Comparison &result) {
  bool asUnsigned = isUnsigned(expected.getDType());
  uint64_t largest = 0;
  int64_t where = -1;
  for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
    int64_t a = actual.getInteger(i), b = expected.getInteger(i);
    result.maxExpected = std::max(result.maxExpected, magnitude(b, asUnsigned));
    uint64_t difference = absoluteDifference(a, b, asUnsigned);
    if (difference > largest) {
      largest = difference;
      where = i;
    }
  }
  result.maxDifference = static_cast<double>(largest);
  return where;
}

/// The same for floats; `disagreement` is the first index at which one is NaN
/// or infinite and the other is not the same, or -1.
static int64_t compareFloats(const HostTensor &actual,
                             const HostTensor &expected, Comparison &result,
                             int64_t &disagreement) {
  int64_t where = -1;
  disagreement = -1;
  for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
    double a = actual.getFloat(i), b = expected.getFloat(i);
    if (std::isfinite(b))
      result.maxExpected = std::max(result.maxExpected, std::fabs(b));
    if (std::isfinite(a) && std::isfinite(b)) {
      double difference = std::fabs(a - b);
      if (difference > result.maxDifference) {
        result.maxDifference = difference;
        where = i;
      }
      continue;
    }
    bool same = std::isnan(a) ? std::isnan(b) : a == b;
    if (!same && disagreement < 0)
      disagreement = i;
  }
  return where;
}

Comparison mml::engine::compare(const HostTensor &actual,
                                const HostTensor &expected, double tolerance) {
  Comparison result;
  if (actual.getDType() != expected.getDType() ||
      actual.getShape() != expected.getShape()) {
    result.reason =
        "expected " + formatType(expected.getDType(), expected.getShape()) +
        " but got " + formatType(actual.getDType(), actual.getShape());
    return result;
  }

  int64_t disagreement = -1;
  int64_t where = isFloat(expected.getDType())
                      ? compareFloats(actual, expected, result, disagreement)
                      : compareIntegers(actual, expected, result);
  if (disagreement >= 0) {
    result.position = expected.delinearize(disagreement);
    result.reason = llvm::formatv("expected {0} but got {1} at {2}",
                                  expected.getFloat(disagreement),
                                  actual.getFloat(disagreement),
                                  formatPosition(*result.position))
                        .str();
    return result;
  }
  if (where >= 0)
    result.position = expected.delinearize(where);
  // Written so that a tolerance that is NaN matches nothing.
  result.matches =
      where < 0 ||
      (tolerance > 0 && result.maxDifference <= tolerance * result.maxExpected);
  if (!result.matches)
    result.reason =
        llvm::formatv("largest difference {0:E} at {1} exceeds {2:E}, which is "
                      "{3:E} of the largest expected value",
                      result.maxDifference, formatPosition(*result.position),
                      tolerance * result.maxExpected, tolerance)
            .str();
  return result;
}

//===----------------------------------------------------------------------===//
// Divergences
//===----------------------------------------------------------------------===//

/// Element `index` of a float tensor as an integer that has the order of the
/// floats: neighbours are one apart, and both zeros are 0.
static int64_t getOrdinal(const HostTensor &tensor, int64_t index) {
  // Bits without the sign count from zero on.
  auto fromBits = [](auto bits) -> int64_t {
    using Bits = decltype(bits);
    constexpr Bits kSign = Bits(1) << (8 * sizeof(Bits) - 1);
    auto magnitude = static_cast<int64_t>(bits & ~kSign);
    return bits & kSign ? -magnitude : magnitude;
  };
  switch (getByteWidth(tensor.getDType())) {
  case 2:
    return fromBits(tensor.as<uint16_t>()[index]);
  case 4:
    return fromBits(tensor.as<uint32_t>()[index]);
  default:
    return fromBits(tensor.as<uint64_t>()[index]);
  }
}

/// The distance of the elements at `index`; nothing where one is NaN and the
/// other is not.
static std::optional<uint64_t>
getUlps(const HostTensor &actual, const HostTensor &expected, int64_t index) {
  if (!isFloat(actual.getDType()))
    return absoluteDifference(actual.getInteger(index),
                              expected.getInteger(index),
                              isUnsigned(actual.getDType()));
  bool isNaN = std::isnan(actual.getFloat(index));
  if (isNaN != std::isnan(expected.getFloat(index)))
    return std::nullopt;
  if (isNaN)
    return 0;
  return absoluteDifference(getOrdinal(actual, index),
                            getOrdinal(expected, index), /*isUnsigned=*/false);
}

/// Element `index`, with as many digits as tell its neighbours apart.
static std::string formatElement(const HostTensor &tensor, int64_t index) {
  if (isUnsigned(tensor.getDType()))
    return std::to_string(static_cast<uint64_t>(tensor.getInteger(index)));
  if (!isFloat(tensor.getDType()))
    return std::to_string(tensor.getInteger(index));
  int digits = tensor.getDType() == DType::F64   ? 17
               : tensor.getDType() == DType::F32 ? 9
                                                 : 5;
  char text[32];
  std::snprintf(text, sizeof(text), "%.*g", digits, tensor.getFloat(index));
  return text;
}

std::optional<Divergence>
mml::engine::findDivergence(const HostTensor &actual,
                            const HostTensor &expected, double tolerance) {
  assert(actual.getDType() == expected.getDType() &&
         actual.getShape() == expected.getShape() &&
         "expected tensors of one type");
  bool areFloats = isFloat(expected.getDType());
  double allowed = 0;
  if (areFloats && tolerance > 0)
    allowed = tolerance * compare(actual, expected, tolerance).maxExpected;
  auto differs = [&](int64_t i) {
    if (!areFloats)
      return actual.getInteger(i) != expected.getInteger(i);
    double a = actual.getFloat(i), b = expected.getFloat(i);
    if (std::isfinite(a) && std::isfinite(b))
      return std::fabs(a - b) > allowed;
    return std::isnan(a) ? !std::isnan(b) : a != b;
  };
  std::optional<Divergence> result;
  for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
    if (!differs(i))
      continue;
    if (!result)
      result =
          Divergence{expected.delinearize(i), formatElement(actual, i),
                     formatElement(expected, i), getUlps(actual, expected, i)};
    ++result->count;
  }
  return result;
}

std::optional<uint64_t>
mml::engine::getLargestUlps(const HostTensor &actual,
                            const HostTensor &expected) {
  assert(actual.getDType() == expected.getDType() &&
         actual.getShape() == expected.getShape() &&
         "expected tensors of one type");
  uint64_t largest = 0;
  for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
    std::optional<uint64_t> ulps = getUlps(actual, expected, i);
    if (!ulps)
      return std::nullopt;
    largest = std::max(largest, *ulps);
  }
  return largest;
}
