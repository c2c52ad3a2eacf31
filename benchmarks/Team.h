//===- Team.h - Threads that begin together ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_TEAM_H
#define MML_BENCHMARKS_TEAM_H

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mml::bench {

/// How long something took.
struct Span {
  double seconds = 0.0;
  /// Seconds that threads could have run but did not get a core, of all
  /// threads together. 0 where the kernel does not tell.
  double waited = 0.0;
};

/// Calls `work(thread)` on `threads` threads at the same time, the caller's
/// among them. The span is from when all were there to the end of the last
/// one: to start threads does not count.
Span runTogether(unsigned threads, llvm::function_ref<void(unsigned)> work);

/// The seconds that the threads that this process has now have waited for a
/// core so far.
double getWaitedSeconds();

} // namespace mml::bench

#endif // MML_BENCHMARKS_TEAM_H
