//===- Convert.cpp - Conversions between types ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "FloatFormats.h"
#include "Warp.h"

#include <limits>

using namespace llvm;

namespace mml::ptx {

namespace {

// `registerSize` is the bytes of the source register and `elementSize` those of
// the result register; either may be wider than the type. `elements` says how
// to round to an integer: 0 not at all, then to nearest even, to zero, down,
// up.

template <typename T>
T readLane(const uint8_t *source, unsigned stride, unsigned lane) {
  T value;
  std::memcpy(&value, source + lane * stride, sizeof(T));
  return value;
}

/// Writes integers extended to the width of the register.
template <typename T, typename Function>
void writeExtended(Warp &warp, const Instruction &instruction, uint32_t mask,
                   Function function) {
  const Operand &result = instruction.result(0);
  switch (instruction.elementSize) {
  case 2:
    return writeLanes(warp.write<uint16_t>(result), mask,
                      [&](unsigned lane) { return uint16_t(function(lane)); });
  case 4:
    return writeLanes(warp.write<uint32_t>(result), mask,
                      [&](unsigned lane) { return uint32_t(function(lane)); });
  default:
    return writeLanes(warp.write<uint64_t>(result), mask,
                      [&](unsigned lane) { return uint64_t(function(lane)); });
  }
}

/// The nearest value of \p To.
template <typename To, typename From> To clampTo(From value) {
  auto wide = static_cast<__int128_t>(value);
  wide = std::max<__int128_t>(wide, std::numeric_limits<To>::min());
  wide = std::min<__int128_t>(wide, std::numeric_limits<To>::max());
  return To(wide);
}

template <typename To, typename From, bool isSaturated>
void convertIntegers(Warp &warp, const Instruction &instruction,
                     uint32_t mask) {
  const auto *source = warp.read<uint8_t>(instruction.source(0));
  unsigned stride = instruction.registerSize;
  writeExtended<To>(warp, instruction, mask, [&](unsigned lane) {
    From value = readLane<From>(source, stride, lane);
    return isSaturated ? clampTo<To>(value) : To(value);
  });
}

double roundToInteger(double value, unsigned how) {
  switch (how) {
  case 1:
    return std::nearbyint(value);
  case 2:
    return std::trunc(value);
  case 3:
    return std::floor(value);
  case 4:
    return std::ceil(value);
  default:
    return value;
  }
}

template <typename To, typename Format>
void convertToInteger(Warp &warp, const Instruction &instruction,
                      uint32_t mask) {
  const auto *source = warp.read<uint8_t>(instruction.source(0));
  unsigned stride = instruction.registerSize;
  // One more than the largest, which is no double.
  double end = std::ldexp(1.0, std::numeric_limits<To>::digits);
  writeExtended<To>(warp, instruction, mask, [&](unsigned lane) -> To {
    double value =
        Format::decode(readLane<typename Format::Bits>(source, stride, lane));
    value = roundToInteger(flushed<Format>(value, instruction.mode),
                           instruction.elements);
    if (std::isnan(value))
      return 0;
    if (value >= end)
      return std::numeric_limits<To>::max();
    return value <= double(std::numeric_limits<To>::min())
               ? std::numeric_limits<To>::min()
               : To(value);
  });
}

/// Exact, or rounded to odd where 53 bits do not suffice.
template <typename From> double toDouble(From value) {
  bool isNegative = std::is_signed_v<From> && value < 0;
  uint64_t magnitude = isNegative ? -uint64_t(value) : uint64_t(value);
  constexpr uint64_t low = (1 << 11) - 1;
  if (magnitude >> 53 && (magnitude & low))
    magnitude = (magnitude & ~low) | (low + 1);
  return isNegative ? -double(magnitude) : double(magnitude);
}

template <typename Format, typename From>
void convertToFloat(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename Format::Bits;
  const auto *source = warp.read<uint8_t>(instruction.source(0));
  unsigned stride = instruction.registerSize;
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    From value = readLane<From>(source, stride, lane);
    // To nearest is the host's own rounding.
    if (std::is_same_v<Format, F64>)
      return Bits(bitCast<uint64_t>(double(value)));
    return finish<Format>(toDouble(value), instruction.mode);
  });
}

template <typename To, typename From>
void convertFloats(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename To::Bits;
  const auto *source = warp.read<uint8_t>(instruction.source(0));
  unsigned stride = instruction.registerSize;
  uint8_t mode = instruction.mode;
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    double value =
        From::decode(readLane<typename From::Bits>(source, stride, lane));
    value = roundToInteger(flushed<From>(value, mode), instruction.elements);
    return finish<To>(value, mode);
  });
}

/// Two floats to a pair; the first is the high half.
template <typename Format>
void convertToPair(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const float *high = warp.read<float>(instruction.source(0));
  const float *low = warp.read<float>(instruction.source(1));
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) {
               uint8_t mode = instruction.mode;
               return (uint32_t(finish<Format>(high[lane], mode)) << 16) |
                      finish<Format>(low[lane], mode);
             });
}

//===----------------------------------------------------------------------===//
// Choice of the handler
//===----------------------------------------------------------------------===//

/// Calls \p function with a zero of the C++ type of an integer type.
template <typename Function>
Handler withAnyInteger(Type type, Function function) {
  switch (type) {
  case Type::B8:
  case Type::U8:
    return function(uint8_t());
  case Type::S8:
    return function(int8_t());
  default:
    return withInteger(type, function);
  }
}

template <typename Function> Handler withFloat(Type type, Function function) {
  switch (type) {
  case Type::F16:
    return function(F16());
  case Type::BF16:
    return function(BF16());
  case Type::F32:
    return function(F32());
  case Type::F64:
    return function(F64());
  default:
    return nullptr;
  }
}

Handler pickConversion(Type to, Type from, bool isSaturated) {
  if (isInteger(to) && isInteger(from))
    return withAnyInteger(to, [&](auto target) {
      return withAnyInteger(from, [&](auto source) -> Handler {
        return isSaturated
                   ? convertIntegers<decltype(target), decltype(source), true>
                   : convertIntegers<decltype(target), decltype(source), false>;
      });
    });
  if (isInteger(to))
    return withAnyInteger(to, [&](auto target) {
      return withFloat(from, [&](auto source) -> Handler {
        return convertToInteger<decltype(target), decltype(source)>;
      });
    });
  if (isInteger(from))
    return withFloat(to, [&](auto target) {
      return withAnyInteger(from, [&](auto source) -> Handler {
        return convertToFloat<decltype(target), decltype(source)>;
      });
    });
  return withFloat(to, [&](auto target) {
    return withFloat(from, [&](auto source) -> Handler {
      return convertFloats<decltype(target), decltype(source)>;
    });
  });
}

} // namespace

void decodeConvert(InstructionDecoder &decoder) {
  Instruction &instruction = decoder.instruction;
  Type to = decoder.takeType();
  Type from = decoder.takeType();
  if (decoder.hasFailed())
    return;
  bool isPair = to == Type::F16x2 || to == Type::BF16x2;
  std::optional<unsigned> toInteger =
      decoder.takeOneOf({"rni", "rzi", "rmi", "rpi"});
  std::optional<unsigned> rounding =
      decoder.takeOneOf({"rn", "rz", "rm", "rp"});
  bool isSaturated = decoder.take("sat");
  if (decoder.take("ftz"))
    instruction.mode |= Flush;
  if (decoder.take("relu"))
    instruction.mode |= Relu;
  instruction.mode |= uint8_t(rounding.value_or(0));
  instruction.elements = toInteger ? uint8_t(*toInteger + 1) : 0;

  bool fromFloat = isFloat(from);
  bool toFloatType = isFloat(to) || isPair;
  bool isNarrowing = toFloatType && (!fromFloat || getSize(to) < getSize(from));
  if ((fromFloat && !toFloatType) && !toInteger)
    return decoder.fail("expected '.rni', '.rzi', '.rmi' or '.rpi'");
  bool mayRound = fromFloat && (!toFloatType || to == from);
  if (toInteger && !mayRound)
    return decoder.fail("unexpected rounding to an integer");
  if (rounding && !toFloatType)
    return decoder.fail("unexpected rounding of floats");
  if (rounding.value_or(0) && to == Type::F64)
    return decoder.fail("unsupported rounding to 'f64'");
  if ((isNarrowing || isPair) && !rounding)
    return decoder.fail("expected '.rn', '.rz', '.rm' or '.rp'");
  if (!toFloatType && (instruction.mode & Relu))
    return decoder.fail("unsupported modifier '.relu'");
  if (to == Type::BF16 || from == Type::BF16 || isPair)
    decoder.requireTarget(80);
  if (isSaturated && toFloatType)
    instruction.mode |= Saturate;

  if (isPair) {
    if (from != Type::F32)
      return decoder.fail("expected type 'f32'");
    decoder.result(0, 4);
    decoder.source(1, Type::F32);
    decoder.source(2, Type::F32);
    instruction.handler =
        to == Type::F16x2 ? convertToPair<F16> : convertToPair<BF16>;
    return;
  }
  if (toFloatType) {
    decoder.result(0, getSize(to));
    instruction.elementSize = uint8_t(getSize(to));
  } else {
    instruction.elementSize =
        uint8_t(decoder.wideResult(decoder.getOperand(0), to));
  }
  instruction.registerSize =
      uint8_t(decoder.wideSource(decoder.getOperand(1), from));
  instruction.handler =
      pickConversion(to, from, isSaturated && !fromFloat && !toFloatType);
}

} // namespace mml::ptx
