//===- Compare.cpp - Comparisons ------------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "FloatFormats.h"
#include "Warp.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace mml::ptx {

namespace {

/// How two values stand to each other; a comparison is a set of these.
enum Relation : uint8_t {
  Less = 1,
  Equal = 2,
  Greater = 4,
  Unordered = 8,
  /// Kept beside: flushes subnormal operands.
  FlushOperands = 16
};

/// How the result and a third predicate are joined, in `elements`.
enum class Join : uint8_t { None, And, Or, Xor };

template <typename T> uint8_t relate(T a, T b) {
  return a < b ? Less : a == b ? Equal : a > b ? Greater : Unordered;
}

/// Writes the outcome of a comparison and its opposite. `registerSize` says
/// whether the third predicate is negated.
void writeOutcome(Warp &warp, const Instruction &instruction, uint32_t mask,
                  uint32_t outcome, uint32_t opposite) {
  if (instruction.elements) {
    uint32_t third =
        warp.readPredicate(instruction.source(instruction.sources - 1));
    if (instruction.registerSize)
      third = ~third;
    auto join = [&](uint32_t value) {
      switch (Join(instruction.elements)) {
      case Join::And:
        return value & third;
      case Join::Or:
        return value | third;
      case Join::Xor:
        return value ^ third;
      case Join::None:
        break;
      }
      return value;
    };
    outcome = join(outcome);
    opposite = join(opposite);
  }
  warp.writePredicate(instruction.result(0), outcome, mask);
  if (instruction.results == 2)
    warp.writePredicate(instruction.result(1), opposite, mask);
}

template <typename T>
void compare(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  const T *b = warp.read<T>(instruction.source(1));
  uint8_t wanted = instruction.mode;
  uint32_t outcome = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    outcome |= uint32_t((wanted & relate(a[lane], b[lane])) != 0) << lane;
  writeOutcome(warp, instruction, mask, outcome, ~outcome);
}

template <typename Format>
void compareFloats(Warp &warp, const Instruction &instruction, uint32_t mask) {
  using Bits = typename Format::Bits;
  const Bits *a = warp.read<Bits>(instruction.source(0));
  const Bits *b = warp.read<Bits>(instruction.source(1));
  uint8_t mode = instruction.mode & FlushOperands ? uint8_t(Flush) : 0;
  uint32_t outcome = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    double x = flushed<Format>(Format::decode(a[lane]), mode);
    double y = flushed<Format>(Format::decode(b[lane]), mode);
    outcome |= uint32_t((instruction.mode & relate(x, y)) != 0) << lane;
  }
  writeOutcome(warp, instruction, mask, outcome, ~outcome);
}

/// The two results are those of the low and of the high half.
template <typename Format>
void comparePacked(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint32_t *a = warp.read<uint32_t>(instruction.source(0));
  const uint32_t *b = warp.read<uint32_t>(instruction.source(1));
  uint8_t mode = instruction.mode & FlushOperands ? uint8_t(Flush) : 0;
  uint32_t outcomes[2] = {};
  for (unsigned i = 0; i < 2; ++i)
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      auto get = [&](uint32_t bits) {
        return flushed<Format>(Format::decode(uint16_t(bits >> (16 * i))),
                               mode);
      };
      uint8_t relation = relate(get(a[lane]), get(b[lane]));
      outcomes[i] |= uint32_t((instruction.mode & relation) != 0) << lane;
    }
  writeOutcome(warp, instruction, mask, outcomes[0], outcomes[1]);
}

/// The relations that a comparison wants, 0 where there is no such one.
uint8_t parseComparison(StringRef name, bool isFloatType, bool isUnsigned) {
  uint8_t plain = StringSwitch<uint8_t>(name)
                      .Case("eq", Equal)
                      .Case("ne", Less | Greater)
                      .Case("lt", Less)
                      .Case("le", Less | Equal)
                      .Case("gt", Greater)
                      .Case("ge", Greater | Equal)
                      .Default(0);
  if (plain)
    return plain;
  if (isUnsigned)
    return StringSwitch<uint8_t>(name)
        .Case("lo", Less)
        .Case("ls", Less | Equal)
        .Case("hi", Greater)
        .Case("hs", Greater | Equal)
        .Default(0);
  if (!isFloatType)
    return 0;
  if (name == "num")
    return Less | Equal | Greater;
  if (name == "nan")
    return Unordered;
  if (!name.consume_back("u"))
    return 0;
  plain = parseComparison(name, false, false);
  return plain ? plain | Unordered : 0;
}

Handler pickCompare(Type type) {
  switch (type) {
  case Type::F16:
    return compareFloats<F16>;
  case Type::BF16:
    return compareFloats<BF16>;
  case Type::F32:
    return compareFloats<F32>;
  case Type::F64:
    return compareFloats<F64>;
  case Type::F16x2:
    return comparePacked<F16>;
  case Type::BF16x2:
    return comparePacked<BF16>;
  default:
    return withInteger(
        type, [](auto zero) -> Handler { return compare<decltype(zero)>; });
  }
}

void decodeSetPredicate(InstructionDecoder &decoder) {
  Instruction &instruction = decoder.instruction;
  Type type = decoder.takeType();
  bool flushes = decoder.take("ftz");
  if (std::optional<unsigned> join = decoder.takeOneOf({"and", "or", "xor"}))
    instruction.elements = uint8_t(*join + 1);
  StringRef comparison = decoder.peek();
  bool isPacked = type == Type::F16x2 || type == Type::BF16x2;
  bool isFloatType = isFloat(type) || isPacked;
  bool isBits = type >= Type::B16 && type <= Type::B64;
  instruction.mode =
      parseComparison(comparison, isFloatType, !isFloatType && !isSigned(type));
  if (!instruction.mode || (isBits && comparison != "eq" && comparison != "ne"))
    return decoder.fail("unsupported comparison '" + comparison +
                        "' of type '" + getName(type) + "'");
  decoder.take(comparison);
  if (flushes) {
    if (type != Type::F32 && type != Type::F16 && type != Type::F16x2)
      return decoder.fail("unsupported modifier '.ftz'");
    instruction.mode |= FlushOperands;
  }
  const SyntaxOperand &results = decoder.getOperand(0);
  decoder.resultOrSink(&results, 0);
  if (!results.second.empty())
    decoder.resultOrSink(&results.second.front(), 0);
  else if (isPacked)
    return decoder.fail("expected two results");
  decoder.source(1, type);
  decoder.source(2, type);
  if (instruction.elements) {
    SyntaxOperand third = decoder.getOperand(3);
    instruction.registerSize = third.isNegated;
    third.isNegated = false;
    decoder.source(third, Type::Pred);
  }
  instruction.handler = pickCompare(type);
}

/// testp, by the classes of C.
template <typename T>
void test(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const T *a = warp.read<T>(instruction.source(0));
  uint32_t outcome = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    int kind = std::fpclassify(a[lane]);
    bool holds = false;
    switch (instruction.mode) {
    case 0:
      holds = kind != FP_NAN && kind != FP_INFINITE;
      break;
    case 1:
      holds = kind == FP_INFINITE;
      break;
    case 2:
      holds = kind != FP_NAN;
      break;
    case 3:
      holds = kind == FP_NAN;
      break;
    case 4:
      holds = kind == FP_NORMAL;
      break;
    default:
      holds = kind == FP_SUBNORMAL;
      break;
    }
    outcome |= uint32_t(holds) << lane;
  }
  warp.writePredicate(instruction.result(0), outcome, mask);
}

void decodeTest(InstructionDecoder &decoder) {
  std::optional<unsigned> property = decoder.takeOneOf(
      {"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  if (!property)
    return decoder.fail("expected a property of floats");
  Type type = decoder.takeType();
  decoder.result(0, 0);
  decoder.source(1, type);
  decoder.instruction.mode = uint8_t(*property);
  if (type == Type::F32)
    decoder.instruction.handler = test<float>;
  else if (type == Type::F64)
    decoder.instruction.handler = test<double>;
}

} // namespace

ArrayRef<OpcodeEntry> getCompareOpcodes() {
  static const OpcodeEntry entries[] = {
      {"setp", decodeSetPredicate},
      {"testp", decodeTest},
  };
  return entries;
}

} // namespace mml::ptx
