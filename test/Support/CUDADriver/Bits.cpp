//===- Bits.cpp - Operations on bits --------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Warp.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace mml::ptx {

namespace {

template <typename T, T (*operation)(T, T)>
void logic(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return operation(a[lane], b[lane]); });
}

template <uint32_t (*operation)(uint32_t, uint32_t)>
void predicateLogic(Warp &warp, const Instruction &instruction, uint32_t mask) {
  uint32_t a = warp.readPredicate(instruction.source(0));
  uint32_t b = warp.readPredicate(instruction.source(1));
  warp.writePredicate(instruction.result(0), operation(a, b), mask);
}

template <template <typename> class Operation>
void decodeLogic(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
  if (type == Type::Pred)
    decoder.instruction.handler = predicateLogic<Operation<uint32_t>::apply>;
  else if (type >= Type::B16 && type <= Type::B64)
    decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
      using T = decltype(zero);
      return logic<T, Operation<T>::apply>;
    });
}

template <typename T> struct And {
  static T apply(T a, T b) { return a & b; }
};
template <typename T> struct Or {
  static T apply(T a, T b) { return a | b; }
};
template <typename T> struct Xor {
  static T apply(T a, T b) { return a ^ b; }
};

template <typename T>
void complement(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return T(~a[lane]); });
}

/// cnot: whether the value is zero.
template <typename T>
void isZero(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return T(a[lane] == 0); });
}

void predicateNot(Warp &warp, const Instruction &instruction, uint32_t mask) {
  warp.writePredicate(instruction.result(0),
                      ~warp.readPredicate(instruction.source(0)), mask);
}

void decodeNot(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  bool isCNot = decoder.getOpcode() == "cnot";
  if (type == Type::Pred && !isCNot)
    decoder.instruction.handler = predicateNot;
  else if (type >= Type::B16 && type <= Type::B64)
    decoder.instruction.handler = withInteger(type, [&](auto zero) -> Handler {
      using T = decltype(zero);
      return isCNot ? isZero<T> : complement<T>;
    });
}

/// Shifts by at least the width give what shifts one by one would.
template <typename T, bool isLeft>
void shift(Warp &warp, const Instruction &instruction, uint32_t mask) {
  constexpr unsigned width = 8 * sizeof(T);
  const T *a = warp.read<T>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  writeLanes(warp.write<T>(instruction.result(0)), mask, [&](unsigned lane) {
    uint32_t amount = std::min(b[lane], width);
    if (isLeft)
      return amount == width ? T(0) : T(uint64_t(a[lane]) << amount);
    if (amount == width)
      return std::is_signed_v<T> && a[lane] < T(0) ? T(-1) : T(0);
    return T(a[lane] >> amount);
  });
}

template <bool isLeft> void decodeShift(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, Type::U32);
  decoder.instruction.handler = withInteger(
      type, [](auto zero) -> Handler { return shift<decltype(zero), isLeft>; });
}

/// shf: 32 bits of a shifted pair. mode: bit 0 right, bit 1 clamps.
void funnelShift(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *low = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *high = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *amounts = warp.read<uint32_t>(instruction.source(2));
  bool isRight = instruction.mode & 1;
  bool clamps = instruction.mode & 2;
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) {
               uint32_t amount =
                   clamps ? std::min(amounts[lane], 32u) : amounts[lane] & 31;
               uint64_t pair = (uint64_t(high[lane]) << 32) | low[lane];
               return isRight ? uint32_t(pair >> amount)
                              : uint32_t((pair << amount) >> 32);
             });
}

void decodeFunnelShift(InstructionDecoder &decoder) {
  if (decoder.take("r"))
    decoder.instruction.mode = 1;
  else if (!decoder.take("l"))
    return decoder.fail("expected '.l' or '.r'");
  if (decoder.take("clamp"))
    decoder.instruction.mode |= 2;
  else if (!decoder.take("wrap"))
    return decoder.fail("expected '.clamp' or '.wrap'");
  if (!decoder.take("b32"))
    return decoder.fail("expected type 'b32'");
  decoder.result(0, 4);
  for (unsigned i = 1; i <= 3; ++i)
    decoder.source(i, Type::B32);
  decoder.instruction.handler = funnelShift;
}

template <typename T, uint32_t (*operation)(T)>
void count(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) { return operation(a[lane]); });
}

template <typename T> uint32_t population(T a) { return llvm::popcount(a); }
template <typename T> uint32_t leadingZeros(T a) {
  return llvm::countl_zero(a);
}

void decodeCount(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, 4);
  decoder.source(1, type);
  bool isPopulation = decoder.getOpcode() == "popc";
  if (type == Type::B32)
    decoder.instruction.handler = isPopulation
                                      ? count<uint32_t, population<uint32_t>>
                                      : count<uint32_t, leadingZeros<uint32_t>>;
  else if (type == Type::B64)
    decoder.instruction.handler = isPopulation
                                      ? count<uint64_t, population<uint64_t>>
                                      : count<uint64_t, leadingZeros<uint64_t>>;
}

/// The place of the highest bit that is not the sign, ~0 where there is none.
template <typename T> uint32_t findHighest(T a) {
  using Bits = std::make_unsigned_t<T>;
  Bits bits = Bits(a);
  if (std::is_signed_v<T> && a < 0)
    bits = ~bits;
  return bits ? uint32_t(8 * sizeof(T) - 1 - llvm::countl_zero(bits)) : ~0u;
}
template <typename T> uint32_t findShift(T a) {
  uint32_t highest = findHighest(a);
  return highest == ~0u ? ~0u : uint32_t(8 * sizeof(T) - 1 - highest);
}

void decodeFind(InstructionDecoder &decoder) {
  bool isShift = decoder.take("shiftamt");
  Type type = decoder.takeType();
  decoder.result(0, 4);
  decoder.source(1, type);
  if (type == Type::B32 || type == Type::B64)
    return decoder.fail("unsupported type '" + getName(type) + "'");
  decoder.instruction.handler = withInteger(type, [&](auto zero) -> Handler {
    using T = decltype(zero);
    if constexpr (sizeof(T) >= 4)
      return isShift ? count<T, findShift<T>> : count<T, findHighest<T>>;
    return nullptr;
  });
}

template <typename T>
void reverse(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return llvm::reverseBits(a[lane]); });
}

void decodeReverse(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  if (type == Type::B32)
    decoder.instruction.handler = reverse<uint32_t>;
  else if (type == Type::B64)
    decoder.instruction.handler = reverse<uint64_t>;
}

/// bfe: a field of bits, extended by its highest bit where that exists.
template <typename T> T extract(T value, uint32_t position, uint32_t length) {
  constexpr int width = 8 * sizeof(T);
  int first = position & 0xff, count = length & 0xff;
  bool sign = false;
  if (std::is_signed_v<T> && count)
    sign = value >> std::min(first + count - 1, width - 1) & 1;
  if (!count)
    return 0;
  using Bits = std::make_unsigned_t<T>;
  Bits bits = first < width ? Bits(Bits(value) >> first) : Bits(0);
  int known = std::clamp(std::min(count, width - first), 0, width);
  if (known == width)
    return T(bits);
  Bits low = Bits((Bits(1) << known) - 1);
  return T((bits & low) | (sign ? Bits(~low) : Bits(0)));
}

template <typename T>
void extractField(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return extract(a[lane], b[lane], c[lane]); });
}

void decodeExtract(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, Type::U32);
  decoder.source(3, Type::U32);
  if (type == Type::B32 || type == Type::B64)
    return decoder.fail("unsupported type '" + getName(type) + "'");
  decoder.instruction.handler = withInteger(type, [](auto zero) -> Handler {
    if constexpr (sizeof(zero) >= 4)
      return extractField<decltype(zero)>;
    return nullptr;
  });
}

template <typename T>
void insertField(Warp &warp, const Instruction &instruction, uint32_t mask) {
  constexpr unsigned width = 8 * sizeof(T);
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  const uint32_t *d = warp.read<uint32_t>(instruction.source(3));
  writeLanes(warp.write<T>(instruction.result(0)), mask, [&](unsigned lane) {
    unsigned first = c[lane] & 0xff, count = d[lane] & 0xff;
    if (!count || first >= width)
      return b[lane];
    T field = count >= width ? T(~T(0)) : T((T(1) << count) - 1);
    field = T(field << first);
    return T((b[lane] & ~field) | ((a[lane] << first) & field));
  });
}

void decodeInsert(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
  decoder.source(3, Type::U32);
  decoder.source(4, Type::U32);
  if (type == Type::B32)
    decoder.instruction.handler = insertField<uint32_t>;
  else if (type == Type::B64)
    decoder.instruction.handler = insertField<uint64_t>;
}

/// lop3: any function of three bits, given as a table.
void lookup(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  uint32_t table = uint32_t(instruction.immediate);
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) {
               uint32_t result = 0;
               for (unsigned i = 0; i < 8; ++i) {
                 uint32_t term = (i & 4 ? a[lane] : ~a[lane]) &
                                 (i & 2 ? b[lane] : ~b[lane]) &
                                 (i & 1 ? c[lane] : ~c[lane]);
                 result |= (table >> i & 1) ? term : 0;
               }
               return result;
             });
}

void decodeLookup(InstructionDecoder &decoder) {
  if (!decoder.take("b32"))
    return decoder.fail("expected type 'b32'");
  decoder.result(0, 4);
  for (unsigned i = 1; i <= 3; ++i)
    decoder.source(i, Type::B32);
  uint64_t table = decoder.integer(4);
  if (table > 255)
    return decoder.fail("expected a table of 8 bits");
  decoder.instruction.immediate = int64_t(table);
  decoder.instruction.handler = lookup;
}

enum class Permutation : uint8_t { Default, F4E, B4E, RC8, ECL, ECR, RC16 };

/// The four selectors that a mode other than the default stands for.
uint32_t getSelectors(Permutation mode, uint32_t control) {
  static constexpr uint32_t tables[][4] = {
      {0x3210, 0x4321, 0x5432, 0x6543}, // f4e
      {0x5670, 0x6701, 0x7012, 0x0123}, // b4e
      {0x0000, 0x1111, 0x2222, 0x3333}, // rc8
      {0x3210, 0x3211, 0x3222, 0x3333}, // ecl
      {0x0000, 0x1110, 0x2210, 0x3210}, // ecr
      {0x1010, 0x3232, 0x1010, 0x3232}, // rc16
  };
  if (mode == Permutation::Default)
    return control;
  return tables[unsigned(mode) - 1][control & 3];
}

void permute(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  const uint32_t *c = warp.read<uint32_t>(instruction.source(2));
  auto mode = Permutation(instruction.mode);
  writeLanes(warp.write<uint32_t>(instruction.result(0)), mask,
             [&](unsigned lane) {
               uint64_t bytes = (uint64_t(b[lane]) << 32) | a[lane];
               uint32_t selectors = getSelectors(mode, c[lane]);
               uint32_t result = 0;
               for (unsigned i = 0; i < 4; ++i) {
                 uint32_t selector = selectors >> (4 * i);
                 uint8_t byte = uint8_t(bytes >> (8 * (selector & 7)));
                 // The highest bit of a selector repeats the byte's sign.
                 if (selector & 8)
                   byte = byte & 0x80 ? 0xff : 0;
                 result |= uint32_t(byte) << (8 * i);
               }
               return result;
             });
}

void decodePermute(InstructionDecoder &decoder) {
  if (!decoder.take("b32"))
    return decoder.fail("expected type 'b32'");
  decoder.result(0, 4);
  for (unsigned i = 1; i <= 3; ++i)
    decoder.source(i, Type::B32);
  std::optional<unsigned> mode =
      decoder.takeOneOf({"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"});
  decoder.instruction.mode = mode ? uint8_t(*mode + 1) : 0;
  decoder.instruction.handler = permute;
}

} // namespace

ArrayRef<OpcodeEntry> getBitOpcodes() {
  static const OpcodeEntry entries[] = {
      {"and", decodeLogic<And>},   {"or", decodeLogic<Or>},
      {"xor", decodeLogic<Xor>},   {"not", decodeNot},
      {"cnot", decodeNot},         {"shl", decodeShift<true>},
      {"shr", decodeShift<false>}, {"shf", decodeFunnelShift},
      {"popc", decodeCount},       {"clz", decodeCount},
      {"bfind", decodeFind},       {"brev", decodeReverse},
      {"bfe", decodeExtract},      {"bfi", decodeInsert},
      {"lop3", decodeLookup},      {"prmt", decodePermute},
  };
  return entries;
}

} // namespace mml::ptx
