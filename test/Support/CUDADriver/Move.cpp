//===- Move.cpp - Copies of registers -------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy is as undefined as its source: compilers copy values that nobody uses.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Memory.h"
#include "Special.h"
#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

namespace {

template <typename T>
void move(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const Operand &source = instruction.source(0);
  const T *a = warp.read<T>(source);
  writeLanes(warp.write<T>(instruction.result(0)), mask,
             [&](unsigned lane) { return a[lane]; });
  warp.setWritten(instruction.result(0), warp.getWritten(source), mask);
}

void movePredicate(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const Operand &source = instruction.source(0);
  warp.writePredicate(instruction.result(0), warp.readPredicate(source), mask);
  warp.setWritten(instruction.result(0), warp.getWritten(source), mask);
}

/// The parts of a vector side by side in one register.
void pack(Warp &warp, const Instruction &instruction, uint32_t mask) {
  unsigned size = instruction.elementSize;
  unsigned whole = size * instruction.elements;
  auto *result = warp.write<uint8_t>(instruction.result(0));
  uint32_t written = ~0u;
  for (unsigned i = 0; i < instruction.elements; ++i) {
    const auto *part = warp.read<uint8_t>(instruction.source(i));
    written &= warp.getWritten(instruction.source(i));
    forEachLane(mask, [&](unsigned lane) {
      std::memcpy(result + lane * whole + i * size, part + lane * size, size);
    });
  }
  warp.setWritten(instruction.result(0), written, mask);
}

void unpack(Warp &warp, const Instruction &instruction, uint32_t mask) {
  unsigned size = instruction.elementSize;
  unsigned whole = size * instruction.elements;
  const auto *source = warp.read<uint8_t>(instruction.source(0));
  for (unsigned i = 0; i < instruction.elements; ++i) {
    auto *part = warp.write<uint8_t>(instruction.result(i));
    forEachLane(mask, [&](unsigned lane) {
      std::memcpy(part + lane * size, source + lane * whole + i * size, size);
    });
    warp.setWritten(instruction.result(i),
                    warp.getWritten(instruction.source(0)), mask);
  }
}

template <typename T>
void readSpecial(Warp &warp, const Instruction &instruction, uint32_t mask) {
  auto special = unsigned(instruction.immediate);
  T *result = warp.write<T>(instruction.result(0));
  forEachLane(mask, [&](unsigned lane) {
    result[lane] =
        sizeof(T) == 8 ? T(warp.getClock()) : T(warp.getSpecial(special, lane));
  });
  warp.setWritten(instruction.result(0), ~0u, mask);
}

/// The address of a variable in local memory, in the frame that runs.
template <typename T>
void moveLocal(Warp &warp, const Instruction &instruction, uint32_t mask) {
  T *result = warp.write<T>(instruction.result(0));
  T address = T(warp.getLocalBase() + uint64_t(instruction.immediate));
  forEachLane(mask, [&](unsigned lane) { result[lane] = address; });
  warp.setWritten(instruction.result(0), ~0u, mask);
}

void decodeVectorMove(InstructionDecoder &decoder, Type type, bool isPack) {
  const SyntaxOperand &vector = decoder.getOperand(isPack ? 1 : 0);
  unsigned count = vector.elements.size();
  unsigned size = getSize(type);
  if ((count != 2 && count != 4) || size / count < 2)
    return decoder.fail("expected a vector of 2 or 4 registers of at least 16 "
                        "bits");
  Instruction &instruction = decoder.instruction;
  instruction.elements = uint8_t(count);
  instruction.elementSize = uint8_t(size / count);
  Type part = size / count == 2 ? Type::B16 : Type::B32;
  if (isPack)
    decoder.result(0, size);
  for (const SyntaxOperand &element : vector.elements) {
    if (isPack)
      decoder.source(element, part);
    else
      decoder.resultOrSink(&element, getSize(part));
  }
  if (!isPack)
    decoder.source(1, type);
  instruction.handler = isPack ? pack : unpack;
}

void decodeMove(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  Instruction &instruction = decoder.instruction;
  instruction.undefined = Undefined::Copy;
  unsigned size = getSize(type);
  const SyntaxOperand &source = decoder.getOperand(1);
  if (source.kind == SyntaxOperand::Kind::Vector)
    return decodeVectorMove(decoder, type, /*isPack=*/true);
  if (decoder.getOperand(0).kind == SyntaxOperand::Kind::Vector)
    return decodeVectorMove(decoder, type, /*isPack=*/false);
  decoder.result(0, size);
  if (source.kind == SyntaxOperand::Kind::Special) {
    std::optional<Special> special = parseSpecial(source.name);
    if (!special)
      return decoder.fail("unknown special register '" + source.name + "'");
    bool isWide = *special == Clock64 || *special == GlobalTimer;
    if (size != (isWide ? 8u : 4u))
      return decoder.fail("expected " + Twine(isWide ? 64 : 32) +
                          " bits for '" + source.name + "'");
    instruction.immediate = *special;
    instruction.handler =
        isWide ? readSpecial<uint64_t> : readSpecial<uint32_t>;
    return;
  }
  if (source.kind == SyntaxOperand::Kind::Symbol) {
    std::optional<std::pair<Space, uint64_t>> variable =
        decoder.function.findVariable(source.name);
    if (variable && variable->first == Space::Local) {
      instruction.immediate = int64_t(variable->second);
      instruction.handler = size == 8   ? moveLocal<uint64_t>
                            : size == 4 ? moveLocal<uint32_t>
                                        : Handler();
      return;
    }
  }
  decoder.source(1, type);
  switch (size) {
  case 0:
    instruction.handler = movePredicate;
    break;
  case 2:
    instruction.handler = move<uint16_t>;
    break;
  case 4:
    instruction.handler = move<uint32_t>;
    break;
  default:
    instruction.handler = move<uint64_t>;
    break;
  }
}

template <typename T>
void select(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const Operand &first = instruction.source(0);
  const Operand &second = instruction.source(1);
  const Operand &condition = instruction.source(2);
  uint32_t missing = mask & ~warp.getWritten(condition);
  if (missing)
    return warp.fail(Fault::Kind::Failure, __builtin_ctz(missing),
                     "selects by an uninitialized register");
  uint32_t bits = warp.readPredicate(condition);
  const T *a = warp.read<T>(first);
  const T *b = warp.read<T>(second);
  writeLanes(warp.write<T>(instruction.result(0)), mask, [&](unsigned lane) {
    return bits >> lane & 1 ? a[lane] : b[lane];
  });
  uint32_t written =
      (warp.getWritten(first) & bits) | (warp.getWritten(second) & ~bits);
  warp.setWritten(instruction.result(0), written, mask);
}

void decodeSelect(InstructionDecoder &decoder) {
  Type type = decoder.takeType();
  decoder.instruction.undefined = Undefined::Copy;
  decoder.result(0, getSize(type));
  decoder.source(1, type);
  decoder.source(2, type);
  decoder.source(3, Type::Pred);
  switch (getSize(type)) {
  case 2:
    decoder.instruction.handler = select<uint16_t>;
    break;
  case 4:
    decoder.instruction.handler = select<uint32_t>;
    break;
  case 8:
    decoder.instruction.handler = select<uint64_t>;
    break;
  default:
    break;
  }
}

void addOffset(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint64_t *a = warp.read<uint64_t>(instruction.source(0));
  auto offset = uint64_t(instruction.immediate);
  writeLanes(warp.write<uint64_t>(instruction.result(0)), mask,
             [&](unsigned lane) { return a[lane] + offset; });
}

/// cvta: between the generic space and another; their difference is constant.
void decodeConvertAddress(InstructionDecoder &decoder) {
  bool isTo = decoder.take("to");
  Space space = decoder.takeSpace();
  if (!decoder.take("u64"))
    return decoder.fail("expected type 'u64'");
  uint64_t window = 0;
  switch (space) {
  case Space::Generic:
    return decoder.fail("expected a state space");
  case Space::Global:
  case Space::Const:
    break;
  case Space::Shared:
    window = sharedWindow;
    break;
  case Space::Local:
    window = localWindow;
    break;
  case Space::Param:
    window = paramWindow;
    break;
  }
  decoder.result(0, 8);
  decoder.source(1, Type::U64);
  decoder.instruction.immediate = int64_t(isTo ? -window : window);
  decoder.instruction.handler = addOffset;
}

void isInSpace(Warp &warp, const Instruction &instruction, uint32_t mask) {
  const uint64_t *a = warp.read<uint64_t>(instruction.source(0));
  uint32_t bits = 0;
  forEachLane(mask, [&](unsigned lane) {
    uint64_t address = a[lane];
    if (Warp::resolve(address) == instruction.space)
      bits |= 1u << lane;
  });
  warp.writePredicate(instruction.result(0), bits, mask);
}

void decodeIsInSpace(InstructionDecoder &decoder) {
  Space space = decoder.takeSpace();
  if (space == Space::Generic || space == Space::Const)
    return decoder.fail("expected one of '.global', '.shared', '.local' and "
                        "'.param'");
  decoder.result(0, 0);
  decoder.source(1, Type::B64);
  decoder.instruction.space = space;
  decoder.instruction.handler = isInSpace;
}

} // namespace

ArrayRef<OpcodeEntry> getMoveOpcodes() {
  static const OpcodeEntry entries[] = {
      {"mov", decodeMove},
      {"selp", decodeSelect},
      {"cvta", decodeConvertAddress},
      {"cvt", decodeConvert},
      {"isspacep", decodeIsInSpace},
  };
  return entries;
}

} // namespace mml::ptx
