//===- LoadStore.cpp - Loads and stores -----------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

namespace {

/// Copies between the lanes of a register and the bytes of an access, of which
/// each thread has \p stride and this element is at \p offset.
template <typename T, typename Register>
void scatter(Register *result, const uint8_t *data, unsigned stride,
             unsigned offset, uint32_t mask) {
  writeLanes(result, mask, [&](unsigned lane) {
    T value;
    std::memcpy(&value, data + lane * stride + offset, sizeof(T));
    return Register(value);
  });
}

template <typename T>
void scatter(Warp &warp, const Operand &result, unsigned registerSize,
             const uint8_t *data, unsigned stride, unsigned offset,
             uint32_t mask) {
  switch (registerSize) {
  case 2:
    return scatter<T>(warp.write<uint16_t>(result), data, stride, offset, mask);
  case 4:
    return scatter<T>(warp.write<uint32_t>(result), data, stride, offset, mask);
  default:
    return scatter<T>(warp.write<uint64_t>(result), data, stride, offset, mask);
  }
}

/// What `target` holds for the elements of a vector: the register's bytes.
unsigned getRegisterSize(const Instruction &instruction, unsigned element) {
  return instruction.target >> (8 * element) & 0xff;
}

/// In `mode` of a load, beside `nonCoherent`.
constexpr uint8_t signExtend = 2;

void load(Warp &warp, const Instruction &instruction, uint32_t mask) {
  uint64_t addresses[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, addresses);
  unsigned size = instruction.elementSize;
  unsigned stride = size * instruction.elements;
  LaneBytes data;
  if (!warp.load(instruction, instruction.space, addresses, mask, stride, data))
    return;
  bool isSigned = instruction.mode & signExtend;
  for (unsigned i = 0; i < instruction.elements; ++i) {
    const Operand &result = instruction.result(i);
    unsigned registerSize = getRegisterSize(instruction, i);
    auto copy = [&](auto zero) {
      scatter<decltype(zero)>(warp, result, registerSize, data.bytes, stride,
                              i * size, mask);
    };
    switch (size) {
    case 1:
      isSigned ? copy(int8_t()) : copy(uint8_t());
      break;
    case 2:
      isSigned ? copy(int16_t()) : copy(uint16_t());
      break;
    case 4:
      isSigned ? copy(int32_t()) : copy(uint32_t());
      break;
    default:
      copy(uint64_t());
    }
  }
}

void store(Warp &warp, const Instruction &instruction, uint32_t mask) {
  uint64_t addresses[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, addresses);
  unsigned size = instruction.elementSize;
  unsigned stride = size * instruction.elements;
  LaneBytes data;
  for (unsigned i = 0; i < instruction.elements; ++i) {
    const auto *source = warp.read<uint8_t>(instruction.source(i + 1));
    unsigned registerSize = getRegisterSize(instruction, i);
    uint8_t *target = data.bytes + i * size;
    forEachLane(mask, [&](unsigned lane) {
      std::memcpy(target + lane * stride, source + lane * registerSize, size);
    });
  }
  warp.store(instruction, instruction.space, addresses, mask, stride, data);
}

/// Takes what orders an access among those of other threads, and hints to the
/// caches. One block after another runs here, so that neither changes what the
/// access does.
void takeOrder(InstructionDecoder &decoder) {
  decoder.take("weak");
  for (StringRef order : {"volatile", "relaxed", "acquire", "release"})
    if (decoder.take(order))
      decoder.orderBlocks();
  for (StringRef scope : {"cta", "cluster", "gpu", "sys"})
    if (decoder.take(scope))
      break;
  for (StringRef hint :
       {"ca", "cg", "cs", "lu", "cv", "wb", "wt", "L1::evict_normal",
        "L1::evict_unchanged", "L1::evict_first", "L1::evict_last",
        "L1::no_allocate", "L2::64B", "L2::128B", "L2::256B"})
    decoder.take(hint);
}

/// Takes type and vector size of a load or a store.
Type takeElements(InstructionDecoder &decoder) {
  Instruction &instruction = decoder.instruction;
  std::optional<unsigned> vector = decoder.takeOneOf({"v2", "v4"});
  Type type = decoder.takeType();
  instruction.elements = vector ? uint8_t(2 << *vector) : 1;
  instruction.elementSize = uint8_t(getSize(type));
  if (!getSize(type) || type >= Type::F16x2)
    decoder.fail("unsupported type '" + getName(type) + "'");
  if (instruction.elements * instruction.elementSize > 16)
    decoder.fail("expected at most 16 bytes");
  return type;
}

/// The registers of operand \p i; their sizes go into `target`.
void takeRegisters(InstructionDecoder &decoder, unsigned i, Type type,
                   bool isResult) {
  const SyntaxOperand &operand = decoder.getOperand(i);
  Instruction &instruction = decoder.instruction;
  bool isVector = operand.kind == SyntaxOperand::Kind::Vector;
  size_t count = isVector ? operand.elements.size() : 1;
  if (count != instruction.elements)
    return decoder.fail("expected " + Twine(unsigned(instruction.elements)) +
                        " registers but got " + Twine(count));
  unsigned known = 0;
  for (size_t j = 0; j < count; ++j) {
    const SyntaxOperand &element = isVector ? operand.elements[j] : operand;
    unsigned size = isResult ? decoder.wideResult(element, type)
                             : decoder.wideSource(element, type);
    if (element.kind == SyntaxOperand::Kind::Register) {
      if (known && size != known)
        return decoder.fail("expected registers of " + Twine(8 * known) +
                            " bits but got one of " + Twine(8 * size) +
                            " bits");
      known = size;
    }
    instruction.target |= size << (8 * j);
  }
}

void decodeLoad(InstructionDecoder &decoder) {
  takeOrder(decoder);
  Space space = decoder.takeSpace();
  bool isNonCoherent = decoder.take("nc");
  Type type = takeElements(decoder);
  if (isNonCoherent && space != Space::Global)
    return decoder.fail("expected '.nc' with '.global'");
  Instruction &instruction = decoder.instruction;
  takeRegisters(decoder, 0, type, /*isResult=*/true);
  decoder.address(1, space);
  instruction.mode =
      (isNonCoherent ? nonCoherent : 0) | (isSigned(type) ? signExtend : 0);
  instruction.handler = load;
}

void decodeStore(InstructionDecoder &decoder) {
  takeOrder(decoder);
  Space space = decoder.takeSpace();
  Type type = takeElements(decoder);
  if (space == Space::Const)
    return decoder.fail("constants are not written");
  decoder.address(0, space);
  takeRegisters(decoder, 1, type, /*isResult=*/false);
  decoder.instruction.handler = store;
}

void doNothing(Warp &, const Instruction &, uint32_t) {}

void decodePrefetch(InstructionDecoder &decoder) {
  Space space = decoder.takeSpace();
  if (!decoder.take("L1"))
    decoder.take("L2");
  decoder.address(0, space);
  decoder.instruction.handler = doNothing;
}

void decodeFence(InstructionDecoder &decoder) {
  decoder.orderBlocks();
  for (StringRef scope : {"cta", "gl", "sys", "gpu", "cluster"})
    decoder.take(scope);
  if (!decoder.take("acq_rel"))
    decoder.take("sc");
  decoder.instruction.handler = doNothing;
}

} // namespace

void getAddresses(Warp &warp, const Instruction &instruction,
                  const Operand &base, uint32_t mask, uint64_t *addresses) {
  auto offset = uint64_t(instruction.immediate);
  if (instruction.isFrameRelative)
    offset += warp.getLocalBase();
  if (instruction.registerSize == 4) {
    const uint32_t *bases = warp.read<uint32_t>(base);
    writeLanes(addresses, mask, [&](unsigned lane) {
      return uint64_t(uint32_t(bases[lane] + offset));
    });
    return;
  }
  const uint64_t *bases = warp.read<uint64_t>(base);
  writeLanes(addresses, mask,
             [&](unsigned lane) { return bases[lane] + offset; });
}

ArrayRef<OpcodeEntry> getMemoryOpcodes() {
  static const OpcodeEntry entries[] = {
      {"ld", decodeLoad},           {"st", decodeStore},
      {"prefetch", decodePrefetch}, {"membar", decodeFence},
      {"fence", decodeFence},
  };
  return entries;
}

} // namespace mml::ptx
