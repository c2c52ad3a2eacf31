//===- FloatFormats.h - Floats in registers ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_FLOATFORMATS_H
#define MML_TEST_SUPPORT_CUDADRIVER_FLOATFORMATS_H

#include "Floats.h"

#include <cmath>
#include <type_traits>

namespace mml::ptx {

/// How a float lies in a register, and how a number becomes one.
struct F16 {
  using Bits = uint16_t;
  static double decode(Bits bits) { return fromHalf(bits); }
  static Bits encode(double value, Rounding rounding) {
    return toHalf(value, rounding);
  }
};
struct BF16 {
  using Bits = uint16_t;
  static double decode(Bits bits) { return fromBFloat(bits); }
  static Bits encode(double value, Rounding rounding) {
    return toBFloat(value, rounding);
  }
};
struct F32 {
  using Bits = uint32_t;
  static double decode(Bits bits) { return bitCast<float>(bits); }
  static Bits encode(double value, Rounding rounding) {
    return bitCast<Bits>(toFloat(value, rounding));
  }
};
/// Knows rounding to nearest only, which the operation has done.
struct F64 {
  using Bits = uint64_t;
  static double decode(Bits bits) { return bitCast<double>(bits); }
  static Bits encode(double value, Rounding) { return bitCast<Bits>(value); }
};

/// What the modifiers of an instruction ask for beside the operation; kept in
/// `Instruction::mode`.
enum FloatMode : uint8_t {
  RoundingBits = 3,
  Flush = 4,
  Saturate = 8,
  Relu = 16,
  PropagateNaN = 32
};

/// An operand: subnormal numbers are zeros where the mode says so.
template <typename Format> double flushed(double value, uint8_t mode) {
  if (!(mode & Flush))
    return value;
  // The least normal number; f16 has 5 bits of exponent, the others 8.
  double least = std::is_same_v<Format, F16> ? 0x1p-14 : 0x1p-126;
  return std::fabs(value) < least ? std::copysign(0.0, value) : value;
}

/// A result: clamped, rounded and flushed as the mode says.
template <typename Format>
typename Format::Bits finish(double value, uint8_t mode) {
  if (mode & Saturate)
    // NaN becomes zero.
    value = value > 0 ? std::fmin(value, 1.0) : 0.0;
  if (mode & Relu)
    value = value > 0 || std::isnan(value) ? value : 0.0;
  typename Format::Bits bits =
      Format::encode(value, Rounding(mode & RoundingBits));
  if (!(mode & Flush))
    return bits;
  double rounded = flushed<Format>(Format::decode(bits), mode);
  return rounded == 0 ? Format::encode(rounded, Rounding::Nearest) : bits;
}

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_FLOATFORMATS_H
