//===- Problem.h - What is computed, and the right answer -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All contestants compute y[N, M] = x[N, K] * w[K, M] with trits w. The numbers
// are drawn from seeds, so that every process has the same.
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_PROBLEM_H
#define MML_BENCHMARKS_PROBLEM_H

#include "mml/Ternary/Trit.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mml::bench {

/// M outputs of a depth of K: a row-major kernel [K, M].
struct Shape {
  int64_t outputs = 0;
  int64_t depth = 0;

  int64_t getWeights() const { return outputs * depth; }
  /// "6912x2560"
  std::string str() const;
  bool operator==(const Shape &other) const {
    return outputs == other.outputs && depth == other.depth;
  }
};

/// A shape as `str` writes it, both sizes positive.
llvm::Expected<Shape> parseShape(llvm::StringRef text);

/// The kernel of layer number `layer` of a set of that shape. Each trit has
/// about a third.
ternary::TritArray makeTrits(Shape shape, int64_t layer);

/// Activations [batch, depth], over all of int8.
std::vector<int8_t> makeIntegers(int64_t batch, int64_t depth);

/// Activations [batch, depth] in [-1, 1).
std::vector<float> makeFloats(int64_t batch, int64_t depth);

/// Compares y [N, M], of N = x.size() / K rows, with the integer product.
///
/// Looks at every element by one sum for each output: the rows of x are added
/// up with odd factors drawn at random, modulo 2^64, and multiplied by the
/// trits in a plain loop, which has to give the sum of y's rows with the same
/// factors. One wrong element always shows, several do unless they cancel out.
llvm::Error checkProduct(Shape shape, ternary::TritView trits,
                         llvm::ArrayRef<int8_t> x, llvm::ArrayRef<int32_t> y);

} // namespace mml::bench

#endif // MML_BENCHMARKS_PROBLEM_H
