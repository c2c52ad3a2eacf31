//===- AsyncCopy.cpp - Asynchronous copies to shared memory ---------------===//
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

/// Reads the source at once; the bytes arrive when the thread waits for them.
/// Bytes beyond the source's size become zeros. The second address has an
/// offset and a register size of its own, in `target` and `mode`.
void copy(Warp &warp, const Instruction &instruction, uint32_t mask) {
  unsigned size = instruction.elementSize;
  uint64_t targets[warpSize], sources[warpSize];
  getAddresses(warp, instruction, instruction.source(0), mask, targets);
  Instruction read = instruction;
  read.immediate = int32_t(instruction.target);
  read.registerSize = instruction.mode;
  read.mode = 0;
  getAddresses(warp, read, instruction.source(1), mask, sources);
  const uint32_t *sizes = instruction.sources == 3
                              ? warp.read<uint32_t>(instruction.source(2))
                              : nullptr;
  AsyncCopy copies[warpSize] = {};
  uint32_t whole = 0;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint32_t wanted = sizes ? sizes[lane] : size;
    if (wanted > size)
      return warp.fail(Fault::Kind::Failure, int(lane),
                       "copies " + Twine(wanted) + " bytes to " + Twine(size));
    if (!warp.checkCopy(targets[lane], sources[lane], size, int(lane)))
      return;
    copies[lane].address = targets[lane];
    copies[lane].size = uint8_t(size);
    if (wanted == size)
      whole |= 1u << lane;
    else if (!warp.loadPart(sources[lane], wanted, copies[lane].bytes,
                            int(lane)))
      return;
  }
  LaneBytes data;
  if (whole && !warp.load(read, Space::Global, sources, whole, size, data))
    return;
  forEachLane(whole, [&](unsigned lane) {
    std::memcpy(copies[lane].bytes, data.bytes + lane * size, size);
  });
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    if (!warp.beginCopy(int(lane), copies[lane]))
      return;
  }
  warp.countShared(instruction, targets, mask, size, /*isWrite=*/true);
}

void commit(Warp &warp, const Instruction &, uint32_t mask) {
  warp.commitCopies(mask);
}

void waitGroup(Warp &warp, const Instruction &instruction, uint32_t mask) {
  warp.waitForCopies(mask, unsigned(instruction.immediate));
}

void waitAll(Warp &warp, const Instruction &, uint32_t mask) {
  warp.commitCopies(mask);
  warp.waitForCopies(mask, 0);
}

void decodeCopy(InstructionDecoder &decoder) {
  bool isCacheGlobal = decoder.take("cg");
  if (!isCacheGlobal && !decoder.take("ca"))
    return decoder.fail("expected '.ca' or '.cg'");
  if (!decoder.take("shared") && !decoder.take("shared::cta"))
    return decoder.fail("expected '.shared'");
  if (!decoder.take("global"))
    return decoder.fail("expected '.global'");
  for (StringRef hint : {"L2::64B", "L2::128B", "L2::256B"})
    decoder.take(hint);
  Instruction &instruction = decoder.instruction;
  decoder.address(0, Space::Shared);
  uint8_t targetRegister = instruction.registerSize;
  int64_t targetOffset = instruction.immediate;
  decoder.address(1, Space::Global);
  if (instruction.immediate != int32_t(instruction.immediate))
    return decoder.fail("the offset of the source is too large");
  instruction.target = uint32_t(instruction.immediate);
  instruction.mode = instruction.registerSize;
  instruction.immediate = targetOffset;
  instruction.registerSize = targetRegister;
  uint64_t size = decoder.integer(2);
  if (size != 16 && (isCacheGlobal || (size != 4 && size != 8)))
    return decoder.fail("unsupported size " + Twine(size));
  instruction.elementSize = uint8_t(size);
  if (decoder.getOperandCount() > 3)
    decoder.source(3, Type::U32);
  instruction.handler = copy;
}

void decodeAsync(InstructionDecoder &decoder) {
  if (!decoder.take("async"))
    return decoder.fail("expected '.async'");
  decoder.requireTarget(80);
  Instruction &instruction = decoder.instruction;
  if (decoder.take("commit_group")) {
    instruction.handler = commit;
  } else if (decoder.take("wait_group")) {
    instruction.immediate = int64_t(decoder.integer(0));
    instruction.handler = waitGroup;
  } else if (decoder.take("wait_all")) {
    instruction.handler = waitAll;
  } else {
    decodeCopy(decoder);
  }
}

} // namespace

ArrayRef<OpcodeEntry> getAsyncOpcodes() {
  static const OpcodeEntry entries[] = {{"cp", decodeAsync}};
  return entries;
}

} // namespace mml::ptx
