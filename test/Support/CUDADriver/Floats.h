//===- Floats.h - Correctly rounded narrow floats ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Conversions to and arithmetic on f16, bf16 and f32 with PTX's four roundings.
// Sums go through double precision rounded to odd, after which one rounding to
// a format of at most 51 bits is exact.
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_FLOATS_H
#define MML_TEST_SUPPORT_CUDADRIVER_FLOATS_H

#include <cstdint>
#include <cstring>

namespace mml::ptx {

/// To nearest even, to zero, down, up.
enum class Rounding : uint8_t { Nearest, Zero, Down, Up };

template <typename To, typename From> To bitCast(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof(To));
  return result;
}

/// The bits of \p value in a format, rounded; NaN becomes the canonical NaN.
uint16_t toHalf(double value, Rounding rounding = Rounding::Nearest);
uint16_t toBFloat(double value, Rounding rounding = Rounding::Nearest);
float toFloat(double value, Rounding rounding = Rounding::Nearest);

/// Exact.
float fromHalf(uint16_t bits);
inline float fromBFloat(uint16_t bits) {
  return bitCast<float>(uint32_t(bits) << 16);
}

/// `a + b` rounded to odd.
double addToOdd(double a, double b);

/// The quiet NaN that arithmetic on f32 gives.
inline float getCanonicalNaN() { return bitCast<float>(uint32_t(0x7fffffff)); }

/// Subnormal numbers become zeros of the same sign.
inline float flushSubnormal(float value) {
  uint32_t bits = bitCast<uint32_t>(value);
  return (bits & 0x7f800000) ? value : bitCast<float>(bits & 0x80000000);
}

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_FLOATS_H
