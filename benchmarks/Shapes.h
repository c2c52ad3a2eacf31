//===- Shapes.h - What the benchmarks contract ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every benchmark computes y[N, M] = x[N, K] * w[K, M] for the widest layer of
// a language model of 3 billion weights, on one thread. They are called
// `<what>/N:<batch>`, which scripts/run-benchmarks.py turns into a table.
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_SHAPES_H
#define MML_BENCHMARKS_SHAPES_H

#include "benchmark/benchmark.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace mml::bench {

/// Values that are summed for one output.
constexpr int64_t depth = 2560;
/// Outputs of one row of the batch.
constexpr int64_t outputs = 6912;
/// Sizes of the batch.
constexpr int64_t batches[] = {1, 8, 64, 512};

/// Names the benchmark's argument and sets it to each size of the batch.
inline void forAllBatches(benchmark::internal::Benchmark *benchmark) {
  benchmark->ArgName("N")->Unit(benchmark::kMillisecond)->UseRealTime();
  for (int64_t batch : batches)
    benchmark->Arg(batch);
}

/// Reports operations a second, where a multiplication and an addition, or
/// what stands for them, are two: the same count for every way to compute it.
inline void countOperations(benchmark::State &state) {
  double operations = 2.0 * state.range(0) * depth * outputs;
  state.counters["GOP/s"] = benchmark::Counter(
      operations * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

/// Adds the float32 baseline.
void registerOpenBlas();

/// Compiles the contraction and the layer around it, compares them with the
/// plain loop and adds their benchmarks. An error where they cannot be compiled
/// here or answer something else. What it compiles lives as long as the
/// benchmarks are registered.
llvm::Error registerTernary();

} // namespace mml::bench

#endif // MML_BENCHMARKS_SHAPES_H
