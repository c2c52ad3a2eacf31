//===- Plan.h - Which cases are measured ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_PLAN_H
#define MML_BENCHMARKS_PLAN_H

#include "Models.h"

namespace mml::bench {

/// A problem whose contestants are measured side by side.
struct Case {
  Form form = Form::Contraction;
  Shape shape;
  int64_t batch = 1;
  /// The processor to compile for.
  std::string cpu = "native";
  /// A set of layers that no cache keeps, instead of one that may be kept.
  bool isStreamed = false;
  /// Every kernel instead of the one that the compiler chooses.
  bool hasAllKernels = false;

  /// "contraction/6912x2560/N=1/streamed/haswell", of which the last two parts
  /// may be missing.
  std::string str() const;
};

/// The processor that stands for those with AVX2 and nothing newer.
constexpr llvm::StringLiteral avx2Cpu = "haswell";

/// What is measured unless something else is asked for: every shape and batch,
/// and the cases that the project's goals speak of.
std::vector<Case> getGoals();

/// Every form, target and kernel for these shapes and batches. A batch of one
/// is measured both ways, from caches and from memory.
std::vector<Case> getGrid(llvm::ArrayRef<Shape> shapes,
                          llvm::ArrayRef<int64_t> batches);

/// What `--all` measures.
llvm::ArrayRef<Shape> getAllShapes();
llvm::ArrayRef<int64_t> getAllBatches();

} // namespace mml::bench

#endif // MML_BENCHMARKS_PLAN_H
