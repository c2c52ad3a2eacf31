//===- OpenBlas.cpp - The float32 baseline --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"

#include <cblas.h>

#include <random>
#include <vector>

using namespace mml::bench;

/// Values in [-1, 1), the same on every run.
static std::vector<float> randomFloats(size_t count, unsigned seed) {
  std::minstd_rand generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  std::vector<float> values(count);
  for (float &value : values)
    value = distribution(generator);
  return values;
}

/// The matrix that Keras would multiply by. A batch of one is a matrix-vector
/// product, as OpenBLAS is faster when told so.
static void runSgemm(benchmark::State &state) {
  int64_t batch = state.range(0);
  std::vector<float> x = randomFloats(batch * depth, 1);
  std::vector<float> w = randomFloats(depth * outputs, 2);
  std::vector<float> y(batch * outputs);
  for (auto _ : state) {
    if (batch == 1)
      cblas_sgemv(CblasRowMajor, CblasTrans, depth, outputs, 1.0f, w.data(),
                  outputs, x.data(), 1, 0.0f, y.data(), 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, outputs,
                  depth, 1.0f, x.data(), depth, w.data(), outputs, 0.0f,
                  y.data(), outputs);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  countOperations(state);
}

void mml::bench::registerOpenBlas() {
  openblas_set_num_threads(1);
  // Which of its kernels OpenBLAS took decides what the comparison is worth.
  benchmark::AddCustomContext("openblas_config", openblas_get_config());
  benchmark::AddCustomContext("openblas_core", openblas_get_corename());
  benchmark::RegisterBenchmark("openblas", runSgemm)->Apply(forAllBatches);
}
