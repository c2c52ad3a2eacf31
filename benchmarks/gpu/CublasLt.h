//===- CublasLt.h - The same products by cuBLASLt ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_GPU_CUBLASLT_H
#define MML_BENCHMARKS_GPU_CUBLASLT_H

#include "../Problem.h"

namespace mml::bench {

/// What the operands of a product are.
enum class Precision {
  /// i8 times i8 to i32.
  Int8,
  /// f16 times f16, summed in f32, to f16.
  Half
};

struct ProductTime {
  /// Of one product.
  double seconds;
  /// Rows that were computed: a batch that the library has no kernel for is
  /// filled up to the next one that it has.
  int64_t batch;
};

/// Times y[N, M] = x[N, K] * w[K, M] on the current device: products with so
/// many sets of weights that no cache keeps them, one after another as one
/// graph, by the fastest of the kernels that the library proposes. The median
/// of `repetitions`. The answer is compared with the right one before.
llvm::Expected<ProductTime> timeCublasLt(Precision precision, Shape shape,
                                         int64_t batch, size_t leastBytes,
                                         unsigned repetitions);

} // namespace mml::bench

#endif // MML_BENCHMARKS_GPU_CUBLASLT_H
