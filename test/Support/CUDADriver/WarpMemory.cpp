//===- WarpMemory.cpp - Accesses of a warp to memory ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

//===----------------------------------------------------------------------===//
// Shadow bytes of an access
//===----------------------------------------------------------------------===//

template <typename T>
static bool allSet(const uint8_t *shadow, uint8_t bit, unsigned count) {
  T pattern = T(0x0101010101010101) * bit;
  for (unsigned i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, shadow + i * sizeof(T), sizeof(T));
    if ((value & pattern) != pattern)
      return false;
  }
  return true;
}

template <typename T>
static void setAll(uint8_t *shadow, uint8_t bits, unsigned count) {
  T pattern = T(0x0101010101010101) * bits;
  for (unsigned i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, shadow + i * sizeof(T), sizeof(T));
    value |= pattern;
    std::memcpy(shadow + i * sizeof(T), &value, sizeof(T));
  }
}

/// Whether all of \p size bytes have \p bit.
static bool hasBit(const uint8_t *shadow, uint8_t bit, unsigned size) {
  switch (size) {
  case 4:
    return allSet<uint32_t>(shadow, bit, 1);
  case 8:
    return allSet<uint64_t>(shadow, bit, 1);
  case 16:
    return allSet<uint64_t>(shadow, bit, 2);
  default:
    return allSet<uint8_t>(shadow, bit, size);
  }
}

static void setBits(uint8_t *shadow, uint8_t bits, unsigned size) {
  switch (size) {
  case 4:
    return setAll<uint32_t>(shadow, bits, 1);
  case 8:
    return setAll<uint64_t>(shadow, bits, 1);
  case 16:
    return setAll<uint64_t>(shadow, bits, 2);
  default:
    return setAll<uint8_t>(shadow, bits, size);
  }
}

/// The number of distinct values; \p values ends up sorted.
static unsigned countDistinct(uint64_t *values, unsigned count) {
  if (!std::is_sorted(values, values + count))
    std::sort(values, values + count);
  return unsigned(std::unique(values, values + count) - values);
}

static std::string toHex(uint64_t address) {
  char text[24];
  std::snprintf(text, sizeof(text), "0x%llx",
                static_cast<unsigned long long>(address));
  return text;
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

bool Warp::checkAlignment(uint64_t address, unsigned size, int lane) {
  if (address % size == 0)
    return true;
  fail(Fault::Kind::MisalignedAddress, lane,
       "accesses " + Twine(size) + " bytes at the misaligned address " +
           toHex(address));
  return false;
}

Allocation *Warp::findGlobal(uint64_t address, unsigned size, int lane,
                             bool isWrite) {
  Allocation *allocation = block.launch.memory.find(address, size);
  if (!allocation) {
    fail(Fault::Kind::IllegalAddress, lane,
         Twine(isWrite ? "writes " : "reads ") + Twine(size) + " bytes at " +
             toHex(address) + ", " + block.launch.memory.describe(address));
    return nullptr;
  }
  if (isWrite && allocation->isConstant) {
    fail(Fault::Kind::IllegalAddress, lane,
         "writes to the constant '" + allocation->name + "'");
    return nullptr;
  }
  return allocation;
}

void Warp::countGlobal(const uint64_t *addresses, uint32_t mask, unsigned size,
                       bool isWrite) {
  while (mask) {
    unsigned first = __builtin_ctz(mask);
    Allocation *allocation = block.launch.memory.find(addresses[first]);
    uint64_t sectors[warpSize], lines[warpSize];
    unsigned count = 0;
    forEachLane(mask, [&](unsigned lane) {
      if (!allocation->contains(addresses[lane]))
        return;
      mask &= ~(1u << lane);
      sectors[count] = addresses[lane] / 32;
      lines[count++] = addresses[lane] / 128;
    });
    TrafficCounters &traffic = isWrite ? allocation->writes : allocation->reads;
    ++traffic.accesses;
    ++traffic.widths[size];
    traffic.bytes += uint64_t(count) * size;
    traffic.sectors += countDistinct(sectors, count);
    traffic.lines += countDistinct(lines, count);
  }
}

bool Warp::checkBlocks(const Allocation &allocation, uint64_t offset,
                       unsigned size, int lane, bool isWrite) {
  if (!allocation.writers || block.launch.kernel.ordersBlocks)
    return true;
  for (uint64_t i = offset; i < offset + size; ++i) {
    if (!(allocation.shadow[i] & WrittenInLaunch) ||
        allocation.writers[i] == block.number)
      continue;
    fail(Fault::Kind::Failure, lane,
         "race: " + Twine(isWrite ? "writes" : "reads") + " what block " +
             Twine(allocation.writers[i]) + " has written, " +
             block.launch.memory.describe(allocation.base + i));
    return false;
  }
  return true;
}

bool Warp::accessGlobal(const Instruction &instruction,
                        const uint64_t *addresses, uint32_t mask, unsigned size,
                        uint8_t *data, bool isWrite) {
  Allocation *allocation = nullptr;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint64_t address = addresses[lane];
    if (!checkAlignment(address, size, lane))
      return false;
    if (!allocation || address < allocation->base ||
        address - allocation->base + size > allocation->size)
      allocation = findGlobal(address, size, lane, isWrite);
    if (!allocation)
      return false;
    uint64_t offset = address - allocation->base;
    uint8_t *shadow = &allocation->shadow[offset];
    uint8_t *bytes = &allocation->data[offset];
    if (!checkBlocks(*allocation, offset, size, lane, isWrite))
      return false;
    if (isWrite) {
      if (!allocation->writers)
        allocation->writers.reset(new uint32_t[allocation->size]);
      std::fill_n(&allocation->writers[offset], size, block.number);
      setBits(shadow, Initialized | WrittenInLaunch, size);
      std::memcpy(bytes, data + lane * size, size);
      continue;
    }
    if (!hasBit(shadow, Initialized, size)) {
      fail(Fault::Kind::Failure, lane,
           "reads uninitialized memory, " +
               block.launch.memory.describe(address));
      return false;
    }
    if (instruction.mode & nonCoherent) {
      // Such a read may give what was there before the launch.
      for (unsigned i = 0; i < size; ++i)
        if (shadow[i] & WrittenInLaunch) {
          fail(Fault::Kind::Failure, lane,
               "reads by ld.global.nc what this launch has written, " +
                   block.launch.memory.describe(address + i));
          return false;
        }
    }
    setBits(shadow, ReadInLaunch, size);
    std::memcpy(data + lane * size, bytes, size);
  }
  countGlobal(addresses, mask, size, isWrite);
  return true;
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

void Warp::countShared(const Instruction &instruction,
                       const uint64_t *addresses, uint32_t mask, unsigned size,
                       bool isWrite) {
  constexpr unsigned banks = 32;
  // A pass serves 32 words: wider accesses take the threads in groups.
  unsigned words = size <= 4 ? 1 : size / 4;
  unsigned group = warpSize / words;
  uint64_t conflicts = 0;
  for (unsigned first = 0; first < warpSize; first += group) {
    uint32_t inBank[banks][banks];
    uint8_t counts[banks] = {};
    unsigned passes = 1;
    for (unsigned lane = first; lane < first + group; ++lane) {
      if (!(mask >> lane & 1))
        continue;
      for (unsigned i = 0; i < words; ++i) {
        uint32_t word = uint32_t(addresses[lane] / 4 + i);
        unsigned bank = word % banks;
        uint32_t *known = inBank[bank];
        if (std::find(known, known + counts[bank], word) !=
            known + counts[bank])
          continue;
        known[counts[bank]++] = word;
        passes = std::max<unsigned>(passes, counts[bank]);
      }
    }
    conflicts += passes - 1;
  }
  LaunchCounters &counters = block.launch.counters;
  SharedCounters &shared =
      isWrite ? counters.sharedWrites : counters.sharedReads;
  ++shared.accesses;
  shared.conflicts += conflicts;
  if (conflicts)
    counters.conflictLines[instruction.line] += conflicts;
}

bool Warp::accessShared(const Instruction &instruction,
                        const uint64_t *addresses, uint32_t mask, unsigned size,
                        uint8_t *data, bool isWrite) {
  SharedMemory &shared = block.shared;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint64_t address = addresses[lane];
    if (!checkAlignment(address, size, lane))
      return false;
    if (!shared.contains(address, size)) {
      fail(Fault::Kind::IllegalAddress, lane,
           Twine(isWrite ? "writes " : "reads ") + Twine(size) +
               " bytes at byte " + Twine(int64_t(address - sharedStart)) +
               " of " + Twine(shared.getSize()) + " bytes of shared memory");
      return false;
    }
    std::string problem = shared.access(isWrite ? SharedMemory::Access::Write
                                                : SharedMemory::Access::Read,
                                        address, size, getThread(lane));
    if (!problem.empty()) {
      fail(Fault::Kind::Failure, lane, problem);
      return false;
    }
    if (isWrite)
      std::memcpy(shared.at(address), data + lane * size, size);
    else
      std::memcpy(data + lane * size, shared.at(address), size);
  }
  countShared(instruction, addresses, mask, size, isWrite);
  return true;
}

const uint8_t *Warp::readShared(uint64_t address, unsigned size, int lane) {
  if (!checkAlignment(address, size, lane))
    return nullptr;
  if (!block.shared.contains(address, size)) {
    fail(Fault::Kind::IllegalAddress, lane,
         "reads " + Twine(size) + " bytes at byte " +
             Twine(int64_t(address - sharedStart)) + " of " +
             Twine(block.shared.getSize()) + " bytes of shared memory");
    return nullptr;
  }
  std::string problem = block.shared.access(SharedMemory::Access::Read, address,
                                            size, getThread(lane));
  if (problem.empty())
    return block.shared.at(address);
  fail(Fault::Kind::Failure, lane, problem);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Local and param memory
//===----------------------------------------------------------------------===//

bool Warp::accessLocal(const uint64_t *addresses, uint32_t mask, unsigned size,
                       uint8_t *data, bool isWrite) {
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint64_t address = addresses[lane];
    if (!checkAlignment(address, size, lane))
      return false;
    uint64_t end = frame->localBase + frame->code->localBytes;
    if (address > end || size > end - address) {
      fail(Fault::Kind::IllegalAddress, lane,
           Twine(isWrite ? "writes " : "reads ") + Twine(size) +
               " bytes at byte " + Twine(address) + " of " + Twine(end) +
               " bytes of local memory");
      return false;
    }
    uint8_t *shadow = &localShadow[lane][address];
    if (isWrite) {
      setBits(shadow, Initialized, size);
      std::memcpy(&local[lane][address], data + lane * size, size);
      continue;
    }
    if (!hasBit(shadow, Initialized, size)) {
      fail(Fault::Kind::Failure, lane,
           "reads uninitialized local memory at byte " + Twine(address));
      return false;
    }
    std::memcpy(data + lane * size, &local[lane][address], size);
  }
  return true;
}

bool Warp::accessParam(const Instruction &instruction,
                       const uint64_t *addresses, uint32_t mask, unsigned size,
                       uint8_t *data, bool isWrite) {
  const std::vector<uint8_t> &params = block.launch.config.params;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint64_t address = addresses[lane];
    if (!checkAlignment(address, size, lane))
      return false;
    // A kernel's parameters are the same for all threads, and constant.
    bool isKernelParam = depth == 1 && address < params.size();
    uint64_t end = isKernelParam ? params.size() : frame->code->paramBytes;
    if (address > end || size > end - address || (isKernelParam && isWrite)) {
      fail(Fault::Kind::IllegalAddress, lane,
           Twine(isWrite ? "writes " : "reads ") + Twine(size) +
               " bytes at byte " + Twine(address) + " of " + Twine(end) +
               " bytes of parameters");
      return false;
    }
    if (isKernelParam) {
      std::memcpy(data + lane * size, &params[address], size);
      continue;
    }
    size_t offset = size_t(lane) * frame->code->paramBytes + address;
    uint8_t *shadow = &frame->paramShadow[offset];
    if (isWrite) {
      setBits(shadow, Initialized, size);
      std::memcpy(&frame->params[offset], data + lane * size, size);
      continue;
    }
    if (!hasBit(shadow, Initialized, size)) {
      fail(Fault::Kind::Failure, lane, "reads an uninitialized parameter");
      return false;
    }
    std::memcpy(data + lane * size, &frame->params[offset], size);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Any space
//===----------------------------------------------------------------------===//

Space Warp::resolve(uint64_t &address) {
  auto inWindow = [&](uint64_t window) {
    if (address < window || address - window >= windowSize)
      return false;
    address -= window;
    return true;
  };
  if (inWindow(sharedWindow))
    return Space::Shared;
  if (inWindow(localWindow))
    return Space::Local;
  if (inWindow(paramWindow))
    return Space::Param;
  return Space::Global;
}

bool Warp::access(const Instruction &instruction, Space space,
                  const uint64_t *addresses, uint32_t mask, unsigned size,
                  uint8_t *data, bool isWrite) {
  switch (space) {
  case Space::Global:
  case Space::Const:
    return accessGlobal(instruction, addresses, mask, size, data, isWrite);
  case Space::Shared:
    return accessShared(instruction, addresses, mask, size, data, isWrite);
  case Space::Local:
    return accessLocal(addresses, mask, size, data, isWrite);
  case Space::Param:
    return accessParam(instruction, addresses, mask, size, data, isWrite);
  case Space::Generic:
    break;
  }
  // The threads of each space, one space after the other.
  uint64_t resolved[warpSize];
  uint32_t masks[6] = {};
  forEachLane(mask, [&](unsigned lane) {
    resolved[lane] = addresses[lane];
    masks[unsigned(resolve(resolved[lane]))] |= 1u << lane;
  });
  for (Space each : {Space::Global, Space::Shared, Space::Local, Space::Param})
    if (uint32_t lanes = masks[unsigned(each)])
      if (!access(instruction, each, resolved, lanes, size, data, isWrite))
        return false;
  return true;
}

bool Warp::load(const Instruction &instruction, Space space,
                const uint64_t *addresses, uint32_t mask, unsigned size,
                LaneBytes &data) {
  return access(instruction, space, addresses, mask, size, data.bytes, false);
}

bool Warp::store(const Instruction &instruction, Space space,
                 const uint64_t *addresses, uint32_t mask, unsigned size,
                 const LaneBytes &data) {
  // Writes do not change what they write.
  return access(instruction, space, addresses, mask, size,
                const_cast<uint8_t *>(data.bytes), true);
}

uint8_t *Warp::getAtomic(const Instruction &instruction, Space space,
                         uint64_t address, int lane, unsigned size) {
  if (space == Space::Generic)
    space = resolve(address);
  if (!checkAlignment(address, size, lane))
    return nullptr;
  if (space == Space::Shared) {
    if (!block.shared.contains(address, size)) {
      fail(Fault::Kind::IllegalAddress, lane,
           "accesses " + Twine(size) + " bytes at byte " +
               Twine(int64_t(address - sharedStart)) + " of " +
               Twine(block.shared.getSize()) + " bytes of shared memory");
      return nullptr;
    }
    std::string problem = block.shared.access(SharedMemory::Access::Atomic,
                                              address, size, getThread(lane));
    if (problem.empty())
      return block.shared.at(address);
    fail(Fault::Kind::Failure, lane, problem);
    return nullptr;
  }
  if (space != Space::Global) {
    fail(Fault::Kind::IllegalAddress, lane,
         "is atomic on " + getName(space) + " memory");
    return nullptr;
  }
  Allocation *allocation = findGlobal(address, size, lane, true);
  if (!allocation)
    return nullptr;
  uint8_t *shadow = &allocation->shadow[address - allocation->base];
  if (!hasBit(shadow, Initialized, size)) {
    fail(Fault::Kind::Failure, lane,
         "reads uninitialized memory, " +
             block.launch.memory.describe(address));
    return nullptr;
  }
  setBits(shadow, ReadInLaunch | WrittenInLaunch, size);
  return &allocation->data[address - allocation->base];
}

//===----------------------------------------------------------------------===//
// Asynchronous copies
//===----------------------------------------------------------------------===//

bool Warp::checkCopy(uint64_t target, uint64_t source, unsigned size,
                     int lane) {
  if (!checkAlignment(target, size, lane) ||
      !checkAlignment(source, size, lane))
    return false;
  if (block.shared.contains(target, size))
    return true;
  fail(Fault::Kind::IllegalAddress, lane,
       "writes " + Twine(size) + " bytes at byte " +
           Twine(int64_t(target - sharedStart)) + " of " +
           Twine(block.shared.getSize()) + " bytes of shared memory");
  return false;
}

bool Warp::loadPart(uint64_t address, unsigned size, uint8_t *bytes, int lane) {
  if (!size)
    return true;
  Allocation *allocation = findGlobal(address, size, lane, /*isWrite=*/false);
  if (!allocation)
    return false;
  uint64_t offset = address - allocation->base;
  if (!checkBlocks(*allocation, offset, size, lane, /*isWrite=*/false))
    return false;
  uint8_t *shadow = &allocation->shadow[offset];
  for (unsigned i = 0; i < size; ++i)
    if (!(shadow[i] & Initialized)) {
      fail(Fault::Kind::Failure, lane,
           "reads uninitialized memory, " +
               block.launch.memory.describe(address + i));
      return false;
    }
  setAll<uint8_t>(shadow, ReadInLaunch, size);
  std::memcpy(bytes, &allocation->data[offset], size);
  countGlobal(&address, 1, size, /*isWrite=*/false);
  return true;
}

bool Warp::beginCopy(int lane, const AsyncCopy &copy) {
  std::string problem =
      block.shared.beginCopy(copy.address, copy.size, getThread(lane));
  if (!problem.empty()) {
    fail(Fault::Kind::Failure, lane, problem);
    return false;
  }
  openCopies[lane].push_back(copy);
  return true;
}

void Warp::commitCopies(uint32_t mask) {
  forEachLane(mask, [&](unsigned lane) {
    copyGroups[lane].push_back(std::move(openCopies[lane]));
    openCopies[lane].clear();
  });
}

void Warp::waitForCopies(uint32_t mask, unsigned pending) {
  forEachLane(mask, [&](unsigned lane) {
    std::deque<std::vector<AsyncCopy>> &groups = copyGroups[lane];
    while (groups.size() > pending) {
      for (const AsyncCopy &copy : groups.front()) {
        std::memcpy(block.shared.at(copy.address), copy.bytes, copy.size);
        block.shared.finishCopy(copy.address, copy.size, getThread(lane));
      }
      groups.pop_front();
    }
  });
}

} // namespace mml::ptx
