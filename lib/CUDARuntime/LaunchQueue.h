//===- LaunchQueue.h - Launches that are given as graphs --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A launch takes the driver some microseconds, longer than a small kernel takes
// the device. A model launches the same kernels in each call, so that what was
// launched one by one before is given to the driver as one graph afterwards.
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CUDARUNTIME_LAUNCHQUEUE_H
#define MML_LIB_CUDARUNTIME_LAUNCHQUEUE_H

#include "DriverFunctions.h"

#include <functional>
#include <map>
#include <vector>

namespace mml::cuda {

/// Launches for one stream that wait to be given to the driver together. Its
/// user holds the lock and has made the context current.
class LaunchQueue {
public:
  /// Whether a call of the driver succeeded; keeps the error otherwise.
  using Check = std::function<bool(CUresult result, const char *what)>;

  LaunchQueue(const DriverFunctions &driver, Check check)
      : driver(driver), check(std::move(check)) {}

  bool isEmpty() const { return pending.empty(); }
  /// That of the launches that wait.
  CUstream getStream() const { return stream; }

  /// Adds a launch with a copy of what \p params points to. Where the driver
  /// has no graphs, the pointers are kept instead, until the next `flush`.
  void add(CUfunction function, const size_t (&grid)[3],
           const size_t (&block)[3], size_t shared, CUstream stream,
           void **params);

  /// Gives what waits to the driver. Nothing waits afterwards, even where that
  /// fails.
  void flush();
  void clear() { pending.clear(); }

  /// Destroys all graphs, as functions go.
  void forget();

private:
  /// Where a parameter is among those of its function.
  struct Slot {
    size_t offset, size;
  };

  struct Launch {
    CUDA_KERNEL_NODE_PARAMS node;
    const std::vector<Slot> *layout;
    /// The parameters as the function's layout has them.
    std::vector<char> params;

    bool operator==(const Launch &other) const;
    /// Pointers to the parameters.
    std::vector<void *> getPointers();
  };

  /// What was launched before, and its graph, from the second time on.
  struct Sequence {
    std::vector<Launch> launches;
    CUstream stream = nullptr;
    CUgraphExec graph = nullptr;
    uint64_t lastUse = 0;
  };

  const std::vector<Slot> *getLayout(CUfunction function);
  /// Finds the sequence that equals what waits; null where that was not there
  /// before, but is from now on. False after an error.
  bool find(Sequence *&found);
  bool instantiate(Sequence &sequence);
  /// Waits for the graph and destroys it, if there is one.
  bool destroyGraph(Sequence &sequence);
  bool launch(Launch &launch);

  const DriverFunctions &driver;
  Check check;
  std::vector<Launch> pending;
  CUstream stream = nullptr;
  std::map<CUfunction, std::vector<Slot>> layouts;
  std::vector<Sequence> sequences;
  uint64_t useCount = 0;
};

} // namespace mml::cuda

#endif // MML_LIB_CUDARUNTIME_LAUNCHQUEUE_H
