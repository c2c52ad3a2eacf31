//===- Launch.cpp - Runs a kernel on the stand-in device ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Launch.h"
#include "Warp.h"

using namespace llvm;

namespace mml::ptx {

namespace {

/// Runs the block until all its warps have ended or one has failed.
void runBlock(Block &block) {
  Launch &launch = block.launch;
  uint64_t threads = launch.config.block.count();
  unsigned count = unsigned((threads + warpSize - 1) / warpSize);
  std::vector<std::unique_ptr<Warp>> warps;
  warps.reserve(count);
  for (unsigned i = 0; i < count; ++i)
    warps.push_back(std::make_unique<Warp>(block, i));
  while (true) {
    Warp *waiting = nullptr;
    Warp *done = nullptr;
    for (unsigned i = 0; i < count; ++i) {
      Warp &warp = *warps[launch.config.isReversed ? count - 1 - i : i];
      switch (warp.run()) {
      case Warp::State::Failed:
        return;
      case Warp::State::Done:
        done = &warp;
        break;
      default:
        if (waiting && waiting->getBarrier() != warp.getBarrier())
          return warp.fail(Fault::Kind::Failure, -1,
                           "waits at barrier " + Twine(warp.getBarrier()) +
                               " while another waits at barrier " +
                               Twine(waiting->getBarrier()));
        waiting = &warp;
      }
    }
    if (!waiting)
      return;
    if (done)
      return waiting->fail(Fault::Kind::Failure, -1,
                           "waits at a barrier that another warp, which has "
                           "ended, never comes to");
    block.shared.passBlockBarrier();
    for (std::unique_ptr<Warp> &warp : warps)
      warp->resume();
  }
}

} // namespace

std::optional<Fault> run(DeviceMemory &memory, const Kernel &kernel,
                         const LaunchConfig &config, LaunchCounters &counters) {
  counters.kernel = kernel.name;
  counters.grid = config.grid;
  counters.block = config.block;
  uint32_t alignment = kernel.dynamicAlignment;
  uint32_t sharedBytes =
      (kernel.sharedBytes + alignment - 1) / alignment * alignment +
      config.dynamicShared;
  counters.sharedBytes = sharedBytes;
  Launch launch = {memory, kernel, config, counters, std::nullopt, {}};
  memory.beginLaunch();
  unsigned warps = unsigned((config.block.count() + warpSize - 1) / warpSize);
  uint64_t blocks = config.grid.count();
  for (uint64_t i = 0; i < blocks && !launch.fault; ++i) {
    uint64_t number = config.isReversed ? blocks - 1 - i : i;
    Dim3 id = {unsigned(number % config.grid.x),
               unsigned(number / config.grid.x % config.grid.y),
               unsigned(number / config.grid.x / config.grid.y)};
    Block block = {launch, SharedMemory(sharedBytes, warps), id,
                   uint32_t(number)};
    runBlock(block);
  }
  memory.endLaunch(counters);
  for (const auto &[code, executed] : launch.executed)
    for (auto [instruction, count] : llvm::zip(code->instructions, executed)) {
      counters.warpInstructions += count;
      if (count)
        counters.instructions[instruction.text.str()] += count;
    }
  return launch.fault;
}

} // namespace mml::ptx
