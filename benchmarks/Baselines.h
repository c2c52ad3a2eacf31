//===- Baselines.h - The libraries that we compare with ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_BASELINES_H
#define MML_BENCHMARKS_BASELINES_H

#include "Worker.h"

#include <map>

namespace mml::bench {

/// A library as it is set up for a comparison.
struct Baseline {
  /// "oneDNN int8 AVX2"
  std::string name;
  /// One of `getLibraries`.
  llvm::StringLiteral library;
  /// What it finds in its environment, beside the number of threads.
  std::vector<std::string> environment;
};

/// What a contraction that is compiled for `cpu` is compared with: oneDNN as it
/// comes, oneDNN without AMX where this machine has AMX, and OpenBLAS; where we
/// are held to AVX2, oneDNN held to it as well.
std::vector<Baseline> getBaselines(llvm::StringRef cpu);

/// Starts workers as they are needed, one for each baseline and number of
/// threads, and keeps them.
class BaselineWorkers {
public:
  explicit BaselineWorkers(std::string program) : program(std::move(program)) {}

  llvm::Expected<std::unique_ptr<Contestant>> create(const Baseline &baseline,
                                                     const Task &task);

private:
  std::string program;
  std::map<std::string, std::shared_ptr<WorkerProcess>> workers;
};

} // namespace mml::bench

#endif // MML_BENCHMARKS_BASELINES_H
