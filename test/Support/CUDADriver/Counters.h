//===- Counters.h - What a launch did, counted ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_COUNTERS_H
#define MML_TEST_SUPPORT_CUDADRIVER_COUNTERS_H

#include "llvm/Support/JSON.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mml::ptx {

/// Extents of a grid or a block.
struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
  uint64_t count() const { return uint64_t(x) * y * z; }
};

/// Reads or writes of global memory.
struct TrafficCounters {
  /// Sum over the threads.
  uint64_t bytes = 0;
  /// Instructions of a warp.
  uint64_t accesses = 0;
  /// Distinct pieces of 32 and of 128 bytes, summed over the accesses.
  uint64_t sectors = 0;
  uint64_t lines = 0;
  /// Accesses by the bytes of one thread.
  std::map<unsigned, uint64_t> widths;

  void add(const TrafficCounters &other);
  llvm::json::Object toJSON() const;
};

/// Accesses to shared memory.
struct SharedCounters {
  uint64_t accesses = 0;
  /// Passes that the accesses took beyond those that their width asks for.
  uint64_t conflicts = 0;

  llvm::json::Object toJSON() const;
};

/// What a launch did to one allocation.
struct AllocationCounters {
  uint64_t address = 0;
  uint64_t size = 0;
  /// The name of a variable of a module; empty for memory of the host's.
  std::string name;
  TrafficCounters reads, writes;
  /// Bytes that at least one thread read, or wrote.
  uint64_t distinctBytesRead = 0;
  uint64_t distinctBytesWritten = 0;

  llvm::json::Object toJSON() const;
};

struct LaunchCounters {
  std::string kernel;
  Dim3 grid, block;
  uint64_t sharedBytes = 0;
  uint64_t warpInstructions = 0;
  uint64_t threadInstructions = 0;
  /// Instructions of warps by their full text, `ld.global.v4.b32`.
  std::map<std::string, uint64_t> instructions;
  TrafficCounters globalReads, globalWrites;
  SharedCounters sharedReads, sharedWrites;
  /// Conflicts by the line of PTX.
  std::map<unsigned, uint64_t> conflictLines;
  std::vector<AllocationCounters> allocations;

  llvm::json::Object toJSON() const;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_COUNTERS_H
