//===- Launch.h - Runs a kernel on the stand-in device ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_LAUNCH_H
#define MML_TEST_SUPPORT_CUDADRIVER_LAUNCH_H

#include "Code.h"
#include "Counters.h"
#include "Memory.h"
#include "SharedMemory.h"

#include <optional>

namespace mml::ptx {

/// Why a launch ended early.
struct Fault {
  enum class Kind {
    IllegalAddress,
    MisalignedAddress,
    IllegalInstruction,
    Trap,
    Failure,
    Timeout
  };
  Kind kind = Kind::Failure;
  /// Kernel, line, instruction, thread, and what it did.
  std::string message;
};

struct LaunchConfig {
  Dim3 grid, block;
  uint32_t dynamicShared = 0;
  /// The kernel's parameters as they lie in param memory.
  std::vector<uint8_t> params;
  /// A warp that executes more instructions hangs.
  uint64_t instructionLimit = uint64_t(1) << 32;
  /// Blocks, and the warps of a block, run from the last to the first: what
  /// depends on their order gives something else.
  bool isReversed = false;
};

/// State of a launch that its warps share.
struct Launch {
  DeviceMemory &memory;
  const Kernel &kernel;
  const LaunchConfig &config;
  LaunchCounters &counters;
  std::optional<Fault> fault;
  /// Executions of the instructions of each function, by instruction.
  std::map<const Code *, std::vector<uint64_t>> executed;
};

/// State of the block that runs.
struct Block {
  Launch &launch;
  SharedMemory shared;
  Dim3 id;
  /// Among all of the grid, x first.
  uint32_t number;
};

/// Runs all blocks, one after the other, and counts. The limits of the device
/// have been checked.
std::optional<Fault> run(DeviceMemory &memory, const Kernel &kernel,
                         const LaunchConfig &config, LaunchCounters &counters);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_LAUNCH_H
