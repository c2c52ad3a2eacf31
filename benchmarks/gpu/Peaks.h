//===- Peaks.h - What a GPU does at best ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_GPU_PEAKS_H
#define MML_BENCHMARKS_GPU_PEAKS_H

#include "mml/CUDARuntime/Runtime.h"

#include "llvm/Support/Error.h"

namespace mml::bench {

struct GPUPeaks {
  /// Bytes a second of a loop that reads memory far larger than the caches.
  double bytesPerSecond = 0.0;
  /// Operations a second of a loop of `mma.sync.m16n8k32` on registers, where a
  /// multiplication and an addition are two. 0 on GPUs without it.
  double productsPerSecond = 0.0;
};

/// Measures both, as the median of `repetitions`, with `bytes` of memory.
llvm::Expected<GPUPeaks> measurePeaks(cuda::Runtime &runtime, size_t bytes,
                                      unsigned repetitions);

} // namespace mml::bench

#endif // MML_BENCHMARKS_GPU_PEAKS_H
