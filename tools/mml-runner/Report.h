//===- Report.h - What the tool says about a run ---------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_REPORT_H
#define MML_TOOLS_MML_RUNNER_REPORT_H

#include "LayerTimes.h"

#include "mml/ExecutionEngine/Compare.h"
#include "mml/ExecutionEngine/Entry.h"
#include "mml/ExecutionEngine/HostTensor.h"
#include "mml/ExecutionEngine/Timing.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>

namespace mml::runner {

/// Times of repeated runs.
struct Measurement {
  /// `seconds` holds one time a run, at least one; `macs` is how many
  /// multiply-accumulates a run needs, if that is known.
  Measurement(llvm::ArrayRef<double> seconds, std::optional<double> macs,
              int64_t weightBytes);

  size_t runs;
  /// Milliseconds.
  double median, min, max;
  /// 10^9 operations a second, at the median; a multiply-accumulate is two.
  std::optional<double> gops;
  /// 10^9 bytes of weights a second, at the median: each is read once a run or
  /// more often.
  double gbps;
  /// Of a GPU, the median from the first kernel to the last one.
  std::optional<double> kernels;
};

/// What is known after a run. Text and JSON say the same.
struct Report {
  std::string model;
  const engine::EntrySignature *signature;
  std::string targetCPU;
  /// The name of the GPU; empty on cores.
  std::string gpu;
  bool usesThreads;
  llvm::ArrayRef<engine::HostTensor> inputs, outputs;
  /// Empty paths stand for outputs that no file was asked for.
  llvm::ArrayRef<std::string> outputPaths, expectedPaths;
  /// One an output that has an expected path, in order.
  llvm::SmallVector<engine::Comparison> comparisons;
  std::optional<Measurement> measurement;
  /// The steps from the file to the answer.
  llvm::SmallVector<engine::StageTime> times;
  int64_t weightBytes;
  /// None where no profile was asked for.
  llvm::SmallVector<LayerTime> layers;

  /// Prints the outputs that were asked for, comparisons and measurements.
  /// `printOutputs`: no file was asked for, so the values are.
  void printText(llvm::raw_ostream &os, bool printOutputs,
                 bool printStats) const;
  void printJSON(llvm::raw_ostream &os) const;
};

/// Prints the time of each step, the size of weights and the most memory that
/// was in use.
void printStats(llvm::raw_ostream &os, llvm::ArrayRef<engine::StageTime> times,
                int64_t weightBytes);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_REPORT_H
