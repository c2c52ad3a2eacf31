//===- SharedMemory.h - Shared memory of a block ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_SHAREDMEMORY_H
#define MML_TEST_SUPPORT_CUDADRIVER_SHAREDMEMORY_H

#include <cstdint>
#include <string>
#include <vector>

namespace mml::ptx {

/// Shared memory begins here, so that a null pointer is out of bounds.
constexpr uint32_t sharedStart = 1024;

/// The bytes of one block's shared memory. For each, the last write and the
/// last reads are kept, so that two accesses are refused that nothing orders: a
/// barrier between them does, or a barrier of the warp where both threads are
/// of one warp. Time is a count of such barriers.
class SharedMemory {
public:
  enum class Access { Read, Write, Atomic };

  SharedMemory(uint32_t size, unsigned warps);

  uint32_t getSize() const { return uint32_t(data.size()); }
  bool contains(uint64_t address, uint64_t size) const {
    return address >= sharedStart && address - sharedStart <= data.size() &&
           size <= data.size() - (address - sharedStart);
  }
  uint8_t *at(uint64_t address) { return &data[address - sharedStart]; }

  /// Notes an access of \p thread to bytes that exist. Says what is wrong with
  /// it, or nothing.
  std::string access(Access kind, uint64_t address, unsigned size,
                     unsigned thread);

  /// Notes that bytes are being written behind the thread's back, by cp.async,
  /// until finishCopy.
  std::string beginCopy(uint64_t address, unsigned size, unsigned thread);
  void finishCopy(uint64_t address, unsigned size, unsigned thread);

  /// All threads of the block, or of a warp, have met.
  void passBlockBarrier() { blockTime = ++now; }
  void passWarpBarrier(unsigned warp) { warpTimes[warp] = ++now; }

private:
  /// Who read a byte: a thread, or several of a warp, or of the block.
  static constexpr uint16_t manyInWarp = 0x4000;
  static constexpr uint16_t manyInBlock = 0x8000;
  static constexpr uint16_t nobody = 0xffff;

  struct Shadow {
    uint32_t writeTime = 0;
    uint32_t readTime = 0;
    uint16_t writer = nobody;
    uint16_t reader = nobody;
    bool isInitialized = false;
    bool isAtomic = false;
    bool isPending = false;
  };

  bool isOrdered(uint16_t earlier, uint32_t time, unsigned thread) const;
  const char *check(const Shadow &byte, Access kind, unsigned thread) const;
  void noteRead(Shadow &byte, unsigned thread);
  std::string describe(const char *problem, uint64_t address,
                       const Shadow &byte) const;

  std::vector<uint8_t> data;
  std::vector<Shadow> shadow;
  uint32_t now = 1;
  uint32_t blockTime = 1;
  std::vector<uint32_t> warpTimes;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_SHAREDMEMORY_H
