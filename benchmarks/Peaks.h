//===- Peaks.h - What the arithmetic units do at best -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_PEAKS_H
#define MML_BENCHMARKS_PEAKS_H

#include "Contestant.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mml::bench {

/// A loop of nothing but one instruction, or two, on registers.
struct Peak {
  /// "vpdpbusd zmm"
  llvm::StringLiteral name;
  /// Processor features it needs, in LLVM's names, separated by commas.
  llvm::StringLiteral features;
  /// Of one iteration; multiplications and additions both count.
  double operations;
  void (*loop)(int64_t iterations);
};

/// All that this machine can run, the fastest way to multiply bytes first. None
/// where they are not written for its architecture.
llvm::ArrayRef<Peak> getPeaks();

/// The peak that a kernel with vectors of up to `vectorBits` bits could reach:
/// of the names that begin with `instruction`, the first one that fits. Null if
/// there is none.
const Peak *findPeak(llvm::StringRef instruction, unsigned vectorBits);

/// A contestant that runs the loop on each of `threads` threads.
std::unique_ptr<Contestant> createPeak(const Peak &peak, unsigned threads);

} // namespace mml::bench

#endif // MML_BENCHMARKS_PEAKS_H
