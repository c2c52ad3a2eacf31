//===- Measure.h - Measure contestants side by side -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_MEASURE_H
#define MML_BENCHMARKS_MEASURE_H

#include "Contestant.h"

namespace mml::bench {

struct MeasureOptions {
  /// Repetitions of each contestant, and how many of them are to be
  /// undisturbed. Where they are not, there are more, up to three times as many
  /// and until `budgetSeconds` have passed.
  unsigned repetitions = 7, undisturbed = 7;
  /// The least that a repetition takes, by several calls.
  double leastSeconds = 4e-3;
  double budgetSeconds = 0.5;
};

/// A contestant with what was measured of it.
struct Series {
  std::unique_ptr<Contestant> contestant;
  /// Calls of each repetition.
  int64_t calls = 1;
  std::vector<Sample> samples;
};

/// Measures all of them, taking turns: whatever the machine does meanwhile then
/// befalls them alike.
llvm::Expected<std::vector<Series>> measure(Contestants contestants,
                                            unsigned threads,
                                            const MeasureOptions &options,
                                            QuietCore &quiet);

} // namespace mml::bench

#endif // MML_BENCHMARKS_MEASURE_H
