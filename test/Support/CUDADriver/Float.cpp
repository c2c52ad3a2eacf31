//===- Float.cpp - Float arithmetic ---------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions that a device approximates (`.approx`, `.full`) give the result
// rounded from double precision here, so that a test's tolerance has to allow
// for the device's error on its own.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "FloatFormats.h"
#include "Warp.h"

#include <cmath>

using namespace llvm;

namespace mml::ptx {

namespace {

//===----------------------------------------------------------------------===//
// Operations, on doubles
//===----------------------------------------------------------------------===//

// Operands of at most 32 bits are exact in double precision, and so are their
// products. Sums are rounded to odd, which a rounding to 24 bits does not see.
// f64 knows rounding to nearest only.
template <typename Format> struct Add {
  static double apply(double a, double b, uint8_t) {
    return std::is_same_v<Format, F64> ? a + b : addToOdd(a, b);
  }
};
template <typename Format> struct Subtract {
  static double apply(double a, double b, uint8_t mode) {
    return Add<Format>::apply(a, -b, mode);
  }
};
template <typename Format> struct Multiply {
  static double apply(double a, double b, uint8_t) { return a * b; }
};
template <typename Format> struct Divide {
  static double apply(double a, double b, uint8_t) { return a / b; }
};
template <typename Format, bool isMinimum> struct Extremum {
  static double apply(double a, double b, uint8_t mode) {
    if (std::isnan(a) || std::isnan(b)) {
      if ((mode & PropagateNaN) || (std::isnan(a) && std::isnan(b)))
        return std::nan("");
      return std::isnan(a) ? b : a;
    }
    // -0 is less than +0.
    if (a == b)
      return std::signbit(a) == isMinimum ? a : b;
    return (a < b) == isMinimum ? a : b;
  }
};
template <typename Format> using Minimum = Extremum<Format, true>;
template <typename Format> using Maximum = Extremum<Format, false>;

//===----------------------------------------------------------------------===//
// Handlers. Packed: two values in 32 bits.
//===----------------------------------------------------------------------===//

template <typename Format, template <typename> class Operation>
void binary(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename Format::Bits;
  const Bits *a = warp.read<Bits>(instruction.source(0));
  const Bits *b = warp.read<Bits>(instruction.source(1));
  uint8_t mode = instruction.mode;
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    double x = flushed<Format>(Format::decode(a[lane]), mode);
    double y = flushed<Format>(Format::decode(b[lane]), mode);
    return finish<Format>(Operation<Format>::apply(x, y, mode), mode);
  });
}

template <typename Format, template <typename> class Operation>
void binaryPacked(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  uint8_t mode = instruction.mode;
  writeLanes(
      warp.write<uint32_t>(instruction.result(0)), mask, [&](unsigned lane) {
        uint32_t result = 0;
        for (unsigned i = 0; i < 32; i += 16) {
          double x =
              flushed<Format>(Format::decode(uint16_t(a[lane] >> i)), mode);
          double y =
              flushed<Format>(Format::decode(uint16_t(b[lane] >> i)), mode);
          result |= uint32_t(finish<Format>(
                        Operation<Format>::apply(x, y, mode), mode))
                    << i;
        }
        return result;
      });
}

/// The usual case, as the host has it.
template <float (*operation)(float, float)>
void binaryPlain(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const float *a = warp.read<float>(instruction.source(0));
  const float *b = warp.read<float>(instruction.source(1));
  writeLanes(warp.write<float>(instruction.result(0)), mask,
             [&](unsigned lane) {
               float value = operation(a[lane], b[lane]);
               return value == value ? value : getCanonicalNaN();
             });
}

float addPlain(float a, float b) { return a + b; }
float subtractPlain(float a, float b) { return a - b; }
float multiplyPlain(float a, float b) { return a * b; }
float dividePlain(float a, float b) { return a / b; }

template <typename Format> double multiplyAdd(double a, double b, double c) {
  if (std::is_same_v<Format, F64>)
    return std::fma(a, b, c);
  return addToOdd(a * b, c);
}

template <typename Format>
void fma(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename Format::Bits;
  const Bits *a = warp.read<Bits>(instruction.source(0));
  const Bits *b = warp.read<Bits>(instruction.source(1));
  const Bits *c = warp.read<Bits>(instruction.source(2));
  uint8_t mode = instruction.mode;
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    double x = flushed<Format>(Format::decode(a[lane]), mode);
    double y = flushed<Format>(Format::decode(b[lane]), mode);
    double z = flushed<Format>(Format::decode(c[lane]), mode);
    return finish<Format>(multiplyAdd<Format>(x, y, z), mode);
  });
}

template <typename Format>
void fmaPacked(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  uint8_t mode = instruction.mode;
  writeLanes(
      warp.write<uint32_t>(instruction.result(0)), mask, [&](unsigned lane) {
        uint32_t result = 0;
        for (unsigned i = 0; i < 32; i += 16) {
          auto get = [&](uint32_t bits) {
            return flushed<Format>(Format::decode(uint16_t(bits >> i)), mode);
          };
          result |=
              uint32_t(finish<Format>(
                  multiplyAdd<Format>(get(a[lane]), get(b[lane]), get(c[lane])),
                  mode))
              << i;
        }
        return result;
      });
}

void fmaPlain(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const float *a = warp.read<float>(instruction.source(0));
  const float *b = warp.read<float>(instruction.source(1));
  const float *c = warp.read<float>(instruction.source(2));
  writeLanes(warp.write<float>(instruction.result(0)), mask,
             [&](unsigned lane) {
               float value = std::fma(a[lane], b[lane], c[lane]);
               return value == value ? value : getCanonicalNaN();
             });
}

/// neg and abs on the bits: `(a & keep) ^ flip`.
template <typename Bits>
void signBits(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const Bits *a = warp.read<Bits>(instruction.source(0));
  auto signs = Bits(instruction.immediate);
  bool isNegate = instruction.mode & 1;
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    return Bits(isNegate ? a[lane] ^ signs : a[lane] & ~signs);
  });
}

template <typename Bits>
void copySign(Warp &warp, const Instruction &instruction, uint32_t mask) {
  constexpr Bits sign = Bits(1) << (8 * sizeof(Bits) - 1);
  const Bits *a = warp.read<Bits>(instruction.source(0));
  const Bits *b = warp.read<Bits>(instruction.source(1));
  writeLanes(warp.write<Bits>(instruction.result(0)), mask, [&](unsigned lane) {
    return Bits((a[lane] & sign) | (b[lane] & ~sign));
  });
}

using Function = double (*)(double);
double reciprocal(double a) { return 1 / a; }
double reciprocalRoot(double a) { return 1 / std::sqrt(a); }

template <typename Format, Function function>
void unary(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename Format::Bits;
  const Bits *a = warp.read<Bits>(instruction.source(0));
  Bits *result = warp.write<Bits>(instruction.result(0));
  uint8_t mode = instruction.mode;
  forEachLane(mask, [&](unsigned lane) {
    double x = flushed<Format>(Format::decode(a[lane]), mode);
    result[lane] = finish<Format>(function(x), mode);
  });
}

template <typename Format, Function function>
void unaryPacked(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  uint32_t *result = warp.write<uint32_t>(instruction.result(0));
  uint8_t mode = instruction.mode;
  forEachLane(mask, [&](unsigned lane) {
    uint32_t both = 0;
    for (unsigned i = 0; i < 32; i += 16) {
      double x = flushed<Format>(Format::decode(uint16_t(a[lane] >> i)), mode);
      both |= uint32_t(finish<Format>(function(x), mode)) << i;
    }
    result[lane] = both;
  });
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

bool isHalf(Type type) { return type == Type::F16 || type == Type::F16x2; }
bool isBFloat(Type type) { return type == Type::BF16 || type == Type::BF16x2; }
bool isPacked(Type type) { return type == Type::F16x2 || type == Type::BF16x2; }

/// Takes `.rn` and the like, `.ftz`, `.sat`.
void takeMode(InstructionDecoder &decoder, Type type) {
  uint8_t mode = 0;
  std::optional<unsigned> rounding =
      decoder.takeOneOf({"rn", "rz", "rm", "rp"});
  if (rounding.value_or(0) && type != Type::F32)
    return decoder.fail("unsupported rounding of type '" + getName(type) + "'");
  mode |= uint8_t(rounding.value_or(0));
  if (decoder.take("ftz"))
    mode |= Flush;
  if (decoder.take("sat"))
    mode |= Saturate;
  if ((mode & (Flush | Saturate)) &&
      (type == Type::F64 || (isBFloat(type) && (mode & Saturate))))
    return decoder.fail("unsupported modifier for type '" + getName(type) +
                        "'");
  decoder.instruction.mode = mode;
}

template <template <typename> class Operation> Handler pickBinary(Type type) {
  switch (type) {
  case Type::F16:
    return binary<F16, Operation>;
  case Type::BF16:
    return binary<BF16, Operation>;
  case Type::F32:
    return binary<F32, Operation>;
  case Type::F64:
    return binary<F64, Operation>;
  case Type::F16x2:
    return binaryPacked<F16, Operation>;
  case Type::BF16x2:
    return binaryPacked<BF16, Operation>;
  default:
    return nullptr;
  }
}

template <Function function> Handler pickUnary(Type type) {
  switch (type) {
  case Type::F16:
    return unary<F16, function>;
  case Type::BF16:
    return unary<BF16, function>;
  case Type::F32:
    return unary<F32, function>;
  case Type::F64:
    return unary<F64, function>;
  case Type::F16x2:
    return unaryPacked<F16, function>;
  case Type::BF16x2:
    return unaryPacked<BF16, function>;
  default:
    return nullptr;
  }
}

/// sqrt, rcp and the functions that a device only approximates.
template <Function function> void decodeFunction(InstructionDecoder &decoder) {
  bool isApproximate = decoder.take("approx");
  Type type = decoder.takeType();
  StringRef opcode = decoder.getOpcode();
  bool hasRounded = opcode == "sqrt" || opcode == "rcp";
  bool hasNarrow = opcode == "ex2" || opcode == "tanh";
  bool isKnown = type == Type::F32 || (type == Type::F64 && hasRounded) ||
                 (hasNarrow && (isHalf(type) || isBFloat(type)));
  if (!isKnown)
    return decoder.fail("unsupported type '" + getName(type) + "'");
  if (!isApproximate && !hasRounded)
    return decoder.fail("expected '.approx'");
  if (!isApproximate || type == Type::F64) {
    takeMode(decoder, type);
    // A second rounding must not see the first.
    if (decoder.instruction.mode & RoundingBits)
      return decoder.fail("unsupported rounding");
  } else if (decoder.take("ftz")) {
    decoder.instruction.mode = Flush;
  }
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.instruction.handler = pickUnary<function>(type);
}

void decodeFma(InstructionDecoder &decoder) {
  decodeFloatFma(decoder, decoder.takeType());
}

void decodeCopySign(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
  if (type == Type::F32)
    decoder.instruction.handler = copySign<uint32_t>;
  else if (type == Type::F64)
    decoder.instruction.handler = copySign<uint64_t>;
}

double exp2OfDouble(double a) { return std::exp2(a); }
double log2OfDouble(double a) { return std::log2(a); }
double sinOfDouble(double a) { return std::sin(a); }
double cosOfDouble(double a) { return std::cos(a); }
double tanhOfDouble(double a) { return std::tanh(a); }
double rootOfDouble(double a) { return std::sqrt(a); }
double negateOfDouble(double a) { return -a; }
double absOfDouble(double a) { return std::fabs(a); }

} // namespace

void decodeFloatBinary(InstructionDecoder &decoder, Type type) {
  StringRef opcode = decoder.getOpcode();
  bool isExtremum = opcode == "min" || opcode == "max";
  Instruction &instruction = decoder.instruction;
  // The fast forms have errors on a device, and ours are rounded.
  if (opcode == "div" && !decoder.take("approx"))
    decoder.take("full");
  if (isBFloat(type))
    decoder.requireTarget(isExtremum ? 80 : 90);
  if (isExtremum && decoder.take("NaN")) {
    decoder.requireTarget(80);
    takeMode(decoder, type);
    instruction.mode |= PropagateNaN;
  } else {
    takeMode(decoder, type);
  }
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
  bool isPlain = type == Type::F32 && instruction.mode == 0;
  if (opcode == "add")
    instruction.handler =
        isPlain ? binaryPlain<addPlain> : pickBinary<Add>(type);
  else if (opcode == "sub")
    instruction.handler =
        isPlain ? binaryPlain<subtractPlain> : pickBinary<Subtract>(type);
  else if (opcode == "mul")
    instruction.handler =
        isPlain ? binaryPlain<multiplyPlain> : pickBinary<Multiply>(type);
  else if (opcode == "div" && (type == Type::F32 || type == Type::F64))
    instruction.handler =
        isPlain ? binaryPlain<dividePlain> : pickBinary<Divide>(type);
  else if (opcode == "min")
    instruction.handler = pickBinary<Minimum>(type);
  else if (opcode == "max")
    instruction.handler = pickBinary<Maximum>(type);
}

void decodeFloatUnary(InstructionDecoder &decoder, Type type) {
  Instruction &instruction = decoder.instruction;
  bool flushes = decoder.take("ftz");
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  instruction.mode = decoder.getOpcode() == "neg";
  uint64_t sign = uint64_t(1) << (8 * getSize(type) - 1);
  if (isPacked(type))
    sign = 0x80008000;
  instruction.immediate = int64_t(sign);
  switch (getSize(type)) {
  case 2:
    instruction.handler = signBits<uint16_t>;
    break;
  case 4:
    instruction.handler = signBits<uint32_t>;
    break;
  default:
    instruction.handler = signBits<uint64_t>;
    break;
  }
  if (!flushes)
    return;
  // Flushing needs the value.
  bool isNegate = instruction.mode & 1;
  instruction.mode = Flush;
  instruction.handler = nullptr;
  if (type == Type::F32 || isHalf(type))
    instruction.handler = isNegate ? pickUnary<negateOfDouble>(type)
                                   : pickUnary<absOfDouble>(type);
}

void decodeFloatFma(InstructionDecoder &decoder, Type type) {
  if (decoder.take("relu")) {
    takeMode(decoder, type);
    decoder.instruction.mode |= Relu;
    if (!isHalf(type) && !isBFloat(type))
      return decoder.fail("unsupported modifier '.relu'");
  } else {
    takeMode(decoder, type);
  }
  if (isBFloat(type))
    decoder.requireTarget(80);
  decoder.result(0, getSize(type));
  for (unsigned i = 1; i <= 3; ++i)
    decoder.source(i, type);
  switch (type) {
  case Type::F16:
    decoder.instruction.handler = fma<F16>;
    break;
  case Type::BF16:
    decoder.instruction.handler = fma<BF16>;
    break;
  case Type::F32:
    decoder.instruction.handler =
        decoder.instruction.mode ? fma<F32> : fmaPlain;
    break;
  case Type::F64:
    decoder.instruction.handler = fma<F64>;
    break;
  case Type::F16x2:
    decoder.instruction.handler = fmaPacked<F16>;
    break;
  case Type::BF16x2:
    decoder.instruction.handler = fmaPacked<BF16>;
    break;
  default:
    break;
  }
}

ArrayRef<OpcodeEntry> getFloatOpcodes() {
  static const OpcodeEntry entries[] = {
      {"fma", decodeFma},
      {"copysign", decodeCopySign},
      {"sqrt", decodeFunction<rootOfDouble>},
      {"rcp", decodeFunction<reciprocal>},
      {"rsqrt", decodeFunction<reciprocalRoot>},
      {"ex2", decodeFunction<exp2OfDouble>},
      {"lg2", decodeFunction<log2OfDouble>},
      {"sin", decodeFunction<sinOfDouble>},
      {"cos", decodeFunction<cosOfDouble>},
      {"tanh", decodeFunction<tanhOfDouble>},
  };
  return entries;
}

} // namespace mml::ptx
