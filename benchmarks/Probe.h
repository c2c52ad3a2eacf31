//===- Probe.h - Whether a core is all ours ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A virtual machine may share its cores with others that it does not see, and a
// busy machine has other processes. Both slow some code down more than other
// code, so each measurement says how undisturbed it was:
//   - right before and after it, loops of integers find how many instructions
//     the core takes in a cycle. A second hardware thread that is busy halves
//     that, while it hardly slows down a loop of multiplications alone;
//   - the kernel counts how long threads that could run had to wait.
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_PROBE_H
#define MML_BENCHMARKS_PROBE_H

#include "Team.h"

#include "llvm/Support/Error.h"

#include <cstdint>

namespace mml::bench {

/// What a core does at the moment.
struct Probe {
  /// Instructions a cycle of a loop of independent ones, up to 6: four
  /// additions to two loads.
  double width = 0.0;
  /// Dependent additions a nanosecond, which take one cycle each.
  double gigahertz = 0.0;
};

/// Looks at `threads` cores at the same time, for about 0.2 ms, and returns the
/// worst of them.
Probe probeCores(unsigned threads);

/// One repetition of a measurement.
struct Sample {
  /// Of one call.
  double seconds = 0.0;
  /// The smaller width of the probes before and after.
  double width = 0.0;
  /// The lower clock of the two.
  double gigahertz = 0.0;
  /// The part of the time that a thread of the measurement, on average, could
  /// have run but did not get a core. 0 where the kernel does not tell.
  double waited = 0.0;
};

/// Remembers the widest core that was seen, which is what an undisturbed one
/// looks like. Disturbed are the samples of a narrower one, and those that had
/// to wait.
class QuietCore {
public:
  /// Looks at the cores for some milliseconds.
  explicit QuietCore(unsigned maxThreads);

  void see(const Sample &sample);
  bool isUndisturbed(const Sample &sample) const;
  double getWidth() const { return width; }

  /// The least part of the best width, and the longest wait.
  static constexpr double leastWidth = 0.93, longestWait = 0.01;

private:
  double width = 0.0;
};

/// Times `measure`, which makes `calls` calls on `threads` threads, between two
/// probes.
llvm::Expected<Sample>
takeSample(unsigned threads, int64_t calls,
           llvm::function_ref<llvm::Expected<Span>()> measure);

/// The same of `calls` calls to `call`, after `warmups` that do not count.
llvm::Expected<Sample> timeCalls(unsigned threads, int64_t warmups,
                                 int64_t calls,
                                 llvm::function_ref<llvm::Error()> call);

} // namespace mml::bench

#endif // MML_BENCHMARKS_PROBE_H
