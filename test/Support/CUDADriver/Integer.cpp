//===- Integer.cpp - Integer arithmetic -----------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Warp.h"

#include <limits>

using namespace llvm;

namespace mml::ptx {

namespace {

//===----------------------------------------------------------------------===//
// Operations on one thread's values
//===----------------------------------------------------------------------===//

// Sums and products wrap around, which only unsigned types do in C++.
template <typename T> T add(T a, T b) { return T(uint64_t(a) + uint64_t(b)); }
template <typename T> T subtract(T a, T b) {
  return T(uint64_t(a) - uint64_t(b));
}
template <typename T> T multiply(T a, T b) {
  return T(uint64_t(a) * uint64_t(b));
}
template <typename T> T multiplyHigh(T a, T b) {
  using Wide = std::conditional_t<std::is_signed_v<T>, __int128_t, __uint128_t>;
  return T((Wide(a) * Wide(b)) >> (8 * sizeof(T)));
}
template <typename T> T minimum(T a, T b) { return std::min(a, b); }
template <typename T> T maximum(T a, T b) { return std::max(a, b); }
template <typename T> T negate(T a) { return T(-uint64_t(a)); }
template <typename T> T absolute(T a) { return a < 0 ? T(-uint64_t(a)) : a; }

int32_t saturate(int64_t value) {
  return int32_t(std::clamp<int64_t>(value, std::numeric_limits<int32_t>::min(),
                                     std::numeric_limits<int32_t>::max()));
}
int32_t addSaturated(int32_t a, int32_t b) { return saturate(int64_t(a) + b); }
int32_t subtractSaturated(int32_t a, int32_t b) {
  return saturate(int64_t(a) - b);
}

/// An operation on both halves of 32 bits.
template <typename T, T (*operation)(T, T)>
uint32_t onHalves(uint32_t a, uint32_t b) {
  uint32_t low = uint16_t(operation(T(a), T(b)));
  uint32_t high = uint16_t(operation(T(a >> 16), T(b >> 16)));
  return low | (high << 16);
}

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

template <typename T, T (*operation)(T, T)>
void binary(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return operation(a[lane], b[lane]); });
}

template <typename T, T (*operation)(T)>
void unary(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return operation(a[lane]); });
}

template <typename T, T (*product)(T, T)>
void multiplyAdd(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  const T *c = warp.read<T>(instruction.source(2));
  writeLanes(warp.write<T>(instruction.result(0)), mask, [&](unsigned lane) {
    return add(product(a[lane], b[lane]), c[lane]);
  });
}

template <typename T> struct WidenType;
template <> struct WidenType<int16_t> {
  using Type = int32_t;
};
template <> struct WidenType<uint16_t> {
  using Type = uint32_t;
};
template <> struct WidenType<int32_t> {
  using Type = int64_t;
};
template <> struct WidenType<uint32_t> {
  using Type = uint64_t;
};

template <typename T>
void multiplyWide(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Wide = typename WidenType<T>::Type;
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  writeLanes(warp.write<Wide>(instruction.result(0)), mask,
             [&](unsigned lane) { return Wide(a[lane]) * Wide(b[lane]); });
}

template <typename T>
void multiplyAddWide(Warp &warp, const Instruction &instruction,
                     uint32_t mask) {
  using Wide = typename WidenType<T>::Type;
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  const Wide *c = warp.read<Wide>(instruction.source(2));
  writeLanes(warp.write<Wide>(instruction.result(0)), mask, [&](unsigned lane) {
    return add<Wide>(Wide(a[lane]) * Wide(b[lane]), c[lane]);
  });
}

template <typename T, bool isRemainder>
void divide(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  T *result = warp.write<T>(instruction.result(0));
  forEachLane(mask, [&](unsigned lane) {
    if (b[lane] == 0)
      return warp.fail(Fault::Kind::Failure, int(lane), "divides by zero");
    // The quotient of the least number and -1 wraps around.
    if (std::is_signed_v<T> && b[lane] == T(-1))
      result[lane] = isRemainder ? T(0) : negate(a[lane]);
    else
      result[lane] = isRemainder ? T(a[lane] % b[lane]) : T(a[lane] / b[lane]);
  });
}

/// add, addc, sub and subc with the carry, or the borrow, of longer numbers. It
/// is the last source and the second result, where it is read or written.
template <typename T, bool isSubtract>
void chain(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  uint32_t in =
      instruction.sources == 3 ? warp.readPredicate(instruction.source(2)) : 0;
  T *result = warp.write<T>(instruction.result(0));
  uint32_t out = 0;
  forEachLane(mask, [&](unsigned lane) {
    T carry = in >> lane & 1;
    __uint128_t wide = isSubtract ? __uint128_t(a[lane]) - b[lane] - carry
                                  : __uint128_t(a[lane]) + b[lane] + carry;
    result[lane] = T(wide);
    // A borrow fills all higher bits.
    out |= uint32_t(wide >> (8 * sizeof(T)) & 1) << lane;
  });
  if (instruction.results == 2)
    warp.writePredicate(instruction.result(1), out, mask);
}

/// Sum of four products of bytes, and a third operand.
template <typename A, typename B>
void dot4(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  writeLanes(
      warp.write<uint32_t>(instruction.result(0)), mask, [&](unsigned lane) {
        uint32_t sum = c[lane];
        for (unsigned i = 0; i < 32; i += 8)
          sum += uint32_t(int32_t(A(a[lane] >> i)) * int32_t(B(b[lane] >> i)));
        return sum;
      });
}

/// Sum of two products of halves with the low or the high bytes.
template <typename A, typename B>
void dot2(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  unsigned shift = instruction.mode;
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) {
               uint32_t sum = c[lane];
               for (unsigned i = 0; i < 2; ++i)
                 sum += uint32_t(int32_t(A(a[lane] >> (16 * i))) *
                                 int32_t(B(b[lane] >> (shift + 8 * i))));
               return sum;
             });
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

void binaryOperands(InstructionDecoder &decoder, Type type) {
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
}

bool isFloatOrPair(Type type) {
  return isFloat(type) || type == Type::F16x2 || type == Type::BF16x2;
}

/// add, sub, min and max: integers, pairs of 16 bits where \p allowsPairs, and
/// floats. \p saturated is the operation with `.sat`, if there is one.
template <template <typename> class Operation>
void decodeBinary(InstructionDecoder &decoder, bool allowsPairs,
                  Handler saturated = nullptr) {
  Type type = decoder.takeType();
  if (isFloatOrPair(type))
    return decodeFloatBinary(decoder, type);
  binaryOperands(decoder, type);
  if (saturated && decoder.take("sat")) {
    decoder.instruction.handler = saturated;
    if (type != Type::S32)
      decoder.fail("expected '.sat' with 's32'");
    return;
  }
  if (type == Type::U16x2 || type == Type::S16x2) {
    decoder.requireTarget(90);
    if (allowsPairs)
      decoder.instruction.handler =
          type == Type::U16x2
              ? binary<uint32_t, onHalves<uint16_t, Operation<uint16_t>::apply>>
              : binary<uint32_t, onHalves<int16_t, Operation<int16_t>::apply>>;
    return;
  }
  decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
    using T = decltype(zero);
    return binary<T, Operation<T>::apply>;
  });
}

template <typename T> struct Add {
  static T apply(T a, T b) { return add(a, b); }
};
template <typename T> struct Subtract {
  static T apply(T a, T b) { return subtract(a, b); }
};
template <typename T> struct Minimum {
  static T apply(T a, T b) { return minimum(a, b); }
};
template <typename T> struct Maximum {
  static T apply(T a, T b) { return maximum(a, b); }
};

template <bool isSubtract>
void decodeChain(InstructionDecoder &decoder, bool reads) {
  bool writes = decoder.take("cc");
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  if (writes)
    decoder.carryResult();
  decoder.source(1, type);
  decoder.source(2, type);
  if (reads)
    decoder.carrySource();
  if (type == Type::U32 || type == Type::S32)
    decoder.instruction.handler = chain<uint32_t, isSubtract>;
  else if (type == Type::U64 || type == Type::S64)
    decoder.instruction.handler = chain<uint64_t, isSubtract>;
}

template <bool isSubtract> void decodeChained(InstructionDecoder &decoder) {
  decodeChain<isSubtract>(decoder, /*reads=*/true);
}

void decodeAdd(InstructionDecoder &decoder) {
  if (decoder.has("cc"))
    return decodeChain<false>(decoder, /*reads=*/false);
  decodeBinary<Add>(decoder, /*allowsPairs=*/true,
                    binary<int32_t, addSaturated>);
}

void decodeSubtract(InstructionDecoder &decoder) {
  if (decoder.has("cc"))
    return decodeChain<true>(decoder, /*reads=*/false);
  decodeBinary<Subtract>(decoder, /*allowsPairs=*/false,
                         binary<int32_t, subtractSaturated>);
}

void decodeMinimum(InstructionDecoder &decoder) {
  decodeBinary<Minimum>(decoder, /*allowsPairs=*/true);
}

void decodeMaximum(InstructionDecoder &decoder) {
  decodeBinary<Maximum>(decoder, /*allowsPairs=*/true);
}

template <template <typename> class Wide> Handler pickWide(Type type) {
  return withInteger(type, [](auto zero) -> Handler {
    if constexpr (sizeof(zero) < 8)
      return Wide<decltype(zero)>::handler;
    return nullptr;
  });
}
template <typename T> struct MultiplyWide {
  static constexpr Handler handler = multiplyWide<T>;
};
template <typename T> struct MultiplyAddWide {
  static constexpr Handler handler = multiplyAddWide<T>;
};

Type widen(Type type) {
  switch (getSize(type)) {
  case 2:
    return Type::B32;
  default:
    return Type::B64;
  }
}

void decodeMultiply(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  if (isFloatOrPair(type))
    return decodeFloatBinary(decoder, type);
  if (decoder.take("wide")) {
    decoder.result(0, getSize(widen(type)));
    decoder.source(1, type);
    decoder.source(2, type);
    decoder.instruction.handler = pickWide<MultiplyWide>(type);
    return;
  }
  binaryOperands(decoder, type);
  if (decoder.take("hi"))
    decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
      using T = decltype(zero);
      return binary<T, multiplyHigh<T>>;
    });
  else if (decoder.take("lo"))
    decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
      using T = decltype(zero);
      return binary<T, multiply<T>>;
    });
  else
    decoder.fail("expected '.lo', '.hi' or '.wide'");
}

void decodeMultiplyAdd(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  if (isFloat(type))
    return decodeFloatFma(decoder, type);
  if (decoder.take("wide")) {
    decoder.result(0, getSize(widen(type)));
    decoder.source(1, type);
    decoder.source(2, type);
    decoder.source(3, widen(type));
    decoder.instruction.handler = pickWide<MultiplyAddWide>(type);
    return;
  }
  binaryOperands(decoder, type);
  decoder.source(3, type);
  if (decoder.take("hi"))
    decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
      using T = decltype(zero);
      return multiplyAdd<T, multiplyHigh<T>>;
    });
  else if (decoder.take("lo"))
    decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
      using T = decltype(zero);
      return multiplyAdd<T, multiply<T>>;
    });
  else
    decoder.fail("expected '.lo', '.hi' or '.wide'");
}

template <bool isRemainder> void decodeDivide(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  if (!isRemainder && isFloat(type))
    return decodeFloatBinary(decoder, type);
  binaryOperands(decoder, type);
  decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
    return divide<decltype(zero), isRemainder>;
  });
}

void decodeSign(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  if (!isInteger(type))
    return decodeFloatUnary(decoder, type);
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  bool isNegate = decoder.getOpcode() == "neg";
  if (isSigned(type))
    decoder.instruction.handler = withInteger(type, [&](auto zero) -> Handler {
      using T = decltype(zero);
      return isNegate ? unary<T, negate<T>> : unary<T, absolute<T>>;
    });
}

/// Takes the two types of dp4a and dp2a; picks the handler by their signs.
void decodeDot(InstructionDecoder &decoder, const Handler (&handlers)[4]) {
  Type a = decoder.takeType();
  Type b = decoder.takeType();
  if ((a != Type::U32 && a != Type::S32) || (b != Type::U32 && b != Type::S32))
    return decoder.fail("expected types 'u32' or 's32'");
  decoder.requireTarget(61);
  decoder.result(0, 4);
  for (unsigned i = 1; i <= 3; ++i)
    decoder.source(i, Type::B32);
  decoder.instruction.handler = handlers[isSigned(a) * 2 + isSigned(b)];
}

void decodeDot4(InstructionDecoder &decoder) {
  decodeDot(decoder, {dot4<uint8_t, uint8_t>, dot4<uint8_t, int8_t>,
                      dot4<int8_t, uint8_t>, dot4<int8_t, int8_t>});
}

void decodeDot2(InstructionDecoder &decoder) {
  if (decoder.take("hi"))
    decoder.instruction.mode = 16;
  else if (!decoder.take("lo"))
    return decoder.fail("expected '.lo' or '.hi'");
  decodeDot(decoder, {dot2<uint16_t, uint8_t>, dot2<uint16_t, int8_t>,
                      dot2<int16_t, uint8_t>, dot2<int16_t, int8_t>});
}

} // namespace

ArrayRef<OpcodeEntry> getIntegerOpcodes() {
  static const OpcodeEntry entries[] = {
      {"add", decodeAdd},
      {"sub", decodeSubtract},
      {"mul", decodeMultiply},
      {"mad", decodeMultiplyAdd},
      {"div", decodeDivide<false>},
      {"rem", decodeDivide<true>},
      {"min", decodeMinimum},
      {"max", decodeMaximum},
      {"neg", decodeSign},
      {"abs", decodeSign},
      {"addc", decodeChained<false>},
      {"subc", decodeChained<true>},
      {"dp4a", decodeDot4},
      {"dp2a", decodeDot2},
  };
  return entries;
}

} // namespace mml::ptx
