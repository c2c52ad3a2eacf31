//===- SharedMemory.cpp - Shared memory of a block ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedMemory.h"

namespace mml::ptx {

SharedMemory::SharedMemory(uint32_t size, unsigned warps)
    : data(size), shadow(size), warpTimes(warps) {}

bool SharedMemory::isOrdered(uint16_t earlier, uint32_t time,
                             unsigned thread) const {
  if (earlier == nobody || time < blockTime || earlier == thread)
    return true;
  if (earlier == manyInBlock)
    return false;
  unsigned warp = earlier & manyInWarp ? earlier & 0xff : earlier / 32u;
  return warp == thread / 32 && time < warpTimes[warp];
}

const char *SharedMemory::check(const Shadow &byte, Access kind,
                                unsigned thread) const {
  if (byte.isPending)
    return kind == Access::Read
               ? "reads a byte that cp.async may still be writing"
               : "writes a byte that cp.async may still be writing";
  if (kind != Access::Write && !byte.isInitialized)
    return "reads an uninitialized byte";
  // Atomic operations do not race with each other.
  bool bothAtomic = kind == Access::Atomic && byte.isAtomic;
  if (!bothAtomic && !isOrdered(byte.writer, byte.writeTime, thread))
    return kind == Access::Read
               ? "race: reads a byte that no barrier separates from a write"
               : "race: writes a byte that no barrier separates from a write";
  if (kind != Access::Read && !isOrdered(byte.reader, byte.readTime, thread))
    return "race: writes a byte that no barrier separates from a read";
  return nullptr;
}

void SharedMemory::noteRead(Shadow &byte, unsigned thread) {
  // Readers of before the last barrier matter no more.
  if (byte.reader == nobody || byte.reader == thread ||
      isOrdered(byte.reader, byte.readTime, thread)) {
    byte.reader = uint16_t(thread);
  } else if (byte.reader != manyInBlock) {
    unsigned warp =
        byte.reader & manyInWarp ? byte.reader & 0xff : byte.reader / 32u;
    byte.reader =
        warp == thread / 32 ? uint16_t(manyInWarp | warp) : manyInBlock;
  }
  byte.readTime = now;
}

std::string SharedMemory::describe(const char *problem, uint64_t address,
                                   const Shadow &byte) const {
  std::string message = problem;
  message += ", at byte " + std::to_string(address - sharedStart) +
             " of shared memory";
  if (byte.writer != nobody && (byte.isPending || byte.isInitialized))
    message += ", last written by thread " + std::to_string(byte.writer);
  return message;
}

std::string SharedMemory::access(Access kind, uint64_t address, unsigned size,
                                 unsigned thread) {
  Shadow *bytes = &shadow[address - sharedStart];
  for (unsigned i = 0; i < size; ++i) {
    Shadow &byte = bytes[i];
    if (const char *problem = check(byte, kind, thread))
      return describe(problem, address + i, byte);
    if (kind == Access::Read) {
      noteRead(byte, thread);
      continue;
    }
    byte.writer = uint16_t(thread);
    byte.writeTime = now;
    byte.isInitialized = true;
    byte.isAtomic = kind == Access::Atomic;
  }
  return "";
}

std::string SharedMemory::beginCopy(uint64_t address, unsigned size,
                                    unsigned thread) {
  Shadow *bytes = &shadow[address - sharedStart];
  for (unsigned i = 0; i < size; ++i) {
    if (const char *problem = check(bytes[i], Access::Write, thread))
      return describe(problem, address + i, bytes[i]);
    bytes[i].isPending = true;
    bytes[i].writer = uint16_t(thread);
    bytes[i].writeTime = now;
  }
  return "";
}

void SharedMemory::finishCopy(uint64_t address, unsigned size,
                              unsigned thread) {
  Shadow *bytes = &shadow[address - sharedStart];
  for (unsigned i = 0; i < size; ++i) {
    bytes[i].isPending = false;
    bytes[i].isInitialized = true;
    bytes[i].isAtomic = false;
    bytes[i].writer = uint16_t(thread);
    bytes[i].writeTime = now;
  }
}

} // namespace mml::ptx
