//===- Timing.h - Time and memory that steps take --------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_TIMING_H
#define MML_EXECUTIONENGINE_TIMING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <cstdint>

namespace mml::engine {

/// A step from a file to an answer and the seconds that it took.
struct StageTime {
  llvm::StringLiteral name;
  double seconds;
};

/// Measures wall time from its construction on.
class Stopwatch {
public:
  double getSeconds() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};

/// The median of at least one value.
double getMedian(llvm::ArrayRef<double> values);

/// The most bytes of memory that this process has held so far.
int64_t getPeakMemory();

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_TIMING_H
