//===- Runner.h - Bring the contestants of a case together ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_RUNNER_H
#define MML_BENCHMARKS_RUNNER_H

#include "Baselines.h"
#include "ReadLoop.h"
#include "Report.h"

namespace mml::bench {

struct RunOptions {
  MeasureOptions measure;
  std::vector<unsigned> threads;
  /// What to compile where a case has all kernels; the first one of them where
  /// it has not.
  std::vector<std::string> kernels;
  /// Of how many kernels a version for any batch is compiled as well; of the
  /// first one only as a contraction.
  enum class AnyBatch { None, First, All } anyBatch = AnyBatch::First;
  /// Further options of the pipeline, as text.
  std::string pipelineOptions;
};

/// Measures one case after another and remembers the results.
class Runner {
public:
  Runner(RunOptions options, std::string program);

  /// The arithmetic units, and reading from memory and from caches.
  void runPeaks();
  void runCase(const Case &example);

  llvm::ArrayRef<Cell> getCells() const { return cells; }
  /// What could not be measured, or answered wrongly, and why.
  llvm::ArrayRef<std::string> getNotes() const { return notes; }
  /// Whether one of our kernels was among them.
  bool hasFailed() const { return failed; }
  const QuietCore &getQuietCore() const { return quiet; }

private:
  struct Entry {
    std::shared_ptr<Model> model;
    std::string name;
  };

  std::vector<Entry> compile(const Case &example);
  llvm::Expected<Entry> compileStreamed(const Entry &single);
  void addPeaks(Contestants &contestants, const Case &example,
                unsigned threads);
  void addReadLoop(Contestants &contestants, int64_t bytes, unsigned threads);
  void addBaselines(Contestants &contestants, const Case &example,
                    unsigned threads);
  void addOurs(Contestants &contestants, std::vector<Entry> &entries,
               unsigned threads);
  void measureCell(std::optional<Case> example, unsigned threads,
                   Contestants contestants);
  void note(const llvm::Twine &what, llvm::Error error);

  RunOptions options;
  QuietCore quiet;
  ReadLoops readLoops;
  BaselineWorkers workers;
  std::vector<Cell> cells;
  std::vector<std::string> notes;
  bool failed = false;
};

} // namespace mml::bench

#endif // MML_BENCHMARKS_RUNNER_H
