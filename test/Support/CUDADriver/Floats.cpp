//===- Floats.cpp - Correctly rounded narrow floats -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Floats.h"

#include <algorithm>
#include <cmath>

namespace mml::ptx {

namespace {

/// A binary format: bits of the significand with the hidden one, and the
/// largest exponent.
struct Format {
  int precision;
  int maxExponent;
};

uint32_t encode(double value, Format format, Rounding rounding) {
  int fieldBits = format.precision - 1;
  uint32_t infinity = uint32_t(2 * format.maxExponent + 1) << fieldBits;
  uint32_t canonicalNaN = infinity | ((1u << fieldBits) - 1);
  if (std::isnan(value))
    return canonicalNaN;
  bool negative = std::signbit(value);
  // The sign bit is the one above the exponent.
  uint32_t sign = negative ? (infinity + (1u << fieldBits)) : 0;
  double magnitude = std::fabs(value);
  if (std::isinf(magnitude))
    return sign | infinity;
  if (magnitude == 0)
    return sign;

  int exponent;
  std::frexp(magnitude, &exponent);
  exponent = std::max(exponent - 1, 1 - format.maxExponent);
  int unit = exponent - fieldBits;
  double scaled = std::ldexp(magnitude, -unit);
  double whole = std::floor(scaled);
  double rest = scaled - whole;
  uint64_t significand = uint64_t(whole);
  switch (rounding) {
  case Rounding::Nearest:
    significand += rest > 0.5 || (rest == 0.5 && (significand & 1));
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    significand += negative && rest > 0;
    break;
  case Rounding::Up:
    significand += !negative && rest > 0;
    break;
  }
  if (significand >> format.precision) {
    significand >>= 1;
    ++unit;
  }
  if (unit + fieldBits > format.maxExponent) {
    bool outwards = rounding == Rounding::Nearest ||
                    (rounding == Rounding::Down && negative) ||
                    (rounding == Rounding::Up && !negative);
    return sign | (outwards ? infinity : infinity - 1);
  }
  if (!(significand >> fieldBits))
    return sign | uint32_t(significand);
  uint32_t field = uint32_t(unit + fieldBits + format.maxExponent);
  return sign | (field << fieldBits) |
         uint32_t(significand & ((1u << fieldBits) - 1));
}

} // namespace

uint16_t toHalf(double value, Rounding rounding) {
  return uint16_t(encode(value, {11, 15}, rounding));
}

uint16_t toBFloat(double value, Rounding rounding) {
  return uint16_t(encode(value, {8, 127}, rounding));
}

float toFloat(double value, Rounding rounding) {
  if (rounding == Rounding::Nearest)
    return std::isnan(value) ? getCanonicalNaN() : float(value);
  return bitCast<float>(encode(value, {24, 127}, rounding));
}

float fromHalf(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00)
    return bitCast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  // As if the exponent had the wider range, then scaled to what it means; that
  // gives subnormal numbers their value too.
  float wide = bitCast<float>(magnitude << 13) * 0x1p112f;
  return bitCast<float>(sign | bitCast<uint32_t>(wide));
}

double addToOdd(double a, double b) {
  double sum = a + b;
  if (!std::isfinite(sum))
    return sum;
  double bRounded = sum - a;
  double error = (a - (sum - bRounded)) + (b - bRounded);
  uint64_t bits = bitCast<uint64_t>(sum);
  if (error == 0 || (bits & 1))
    return sum;
  // The exact sum lies between two doubles of which this is the even one.
  return bitCast<double>((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

} // namespace mml::ptx
