//===- Memory.h - Global memory of the stand-in device ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_MEMORY_H
#define MML_TEST_SUPPORT_CUDADRIVER_MEMORY_H

#include "Counters.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mml::ptx {

/// What is known about a byte of memory.
enum ShadowBits : uint8_t {
  Initialized = 1,
  ReadInLaunch = 2,
  WrittenInLaunch = 4
};

/// One piece of device memory, with a shadow byte for each of its bytes.
struct Allocation {
  uint64_t base = 0;
  uint64_t size = 0;
  std::string name;
  bool isConstant = false;
  std::unique_ptr<uint8_t[]> data, shadow;
  /// The block that has written a byte in this launch; made when one does.
  std::unique_ptr<uint32_t[]> writers;
  TrafficCounters reads, writes;

  bool contains(uint64_t address) const {
    return address >= base && address - base < size;
  }
  bool isTouched() const { return reads.accesses || writes.accesses; }
};

/// Windows of the generic address space. Global addresses are generic ones.
constexpr uint64_t sharedWindow = 0x1000000000;
constexpr uint64_t localWindow = 0x2000000000;
constexpr uint64_t paramWindow = 0x3000000000;
constexpr uint64_t windowSize = 0x0100000000;
constexpr uint64_t globalStart = 0x200000000000;

/// All allocations of the device. Addresses are never used twice, and lie apart
/// from each other, so that an access beyond one is in none.
class DeviceMemory {
public:
  explicit DeviceMemory(uint64_t capacity) : capacity(capacity) {}

  /// Null where the capacity does not suffice. The bytes are uninitialized.
  Allocation *allocate(uint64_t size, llvm::StringRef name = "");
  /// False where no allocation begins at \p base.
  bool release(uint64_t base);
  /// The allocation that has the byte at \p address, or null.
  Allocation *find(uint64_t address);
  /// The allocation that has all of these bytes, or null.
  Allocation *find(uint64_t address, uint64_t size);
  /// Where an address lies, for a message about an access that is refused.
  std::string describe(uint64_t address) const;

  uint64_t getCapacity() const { return capacity; }
  uint64_t getUsed() const { return used; }
  uint64_t getPeak() const { return peak; }

  /// Forgets what the last launch did.
  void beginLaunch();
  /// Moves what the launch did into its counters.
  void endLaunch(LaunchCounters &counters);

private:
  std::map<uint64_t, std::unique_ptr<Allocation>> allocations;
  std::map<uint64_t, uint64_t> released;
  uint64_t capacity;
  uint64_t used = 0;
  uint64_t peak = 0;
  uint64_t next = globalStart;
  Allocation *last = nullptr;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_MEMORY_H
