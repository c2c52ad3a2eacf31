//===- Compare.h - How far a tensor is from the expected one ---*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_COMPARE_H
#define MML_EXECUTIONENGINE_COMPARE_H

#include "mml/ExecutionEngine/HostTensor.h"

#include <optional>
#include <string>

namespace mml::engine {

/// The tolerance that tools use unless told otherwise: a hundred times what
/// another order of float32 sums costs in the models that we know.
constexpr double defaultTolerance = 1e-5;

/// What `compare` found.
struct Comparison {
  /// The tensors agree within the tolerance.
  bool matches = false;
  /// Largest |actual - expected| over the elements that are finite in both.
  double maxDifference = 0.0;
  /// Largest finite |expected|: what the tolerance is relative to.
  double maxExpected = 0.0;
  /// Position of the largest difference, or of the first element in which NaN
  /// or infinity disagree; empty if no element differs or types disagree.
  std::optional<llvm::SmallVector<int64_t>> position;
  /// Why the tensors do not match, on one line; empty if they do.
  std::string reason;
};

/// Compares with a tolerance relative to the largest finite |expected|:
/// matches if |actual - expected| <= tolerance * max|expected| for every
/// element. NaN must meet NaN, an infinity the same infinity. Element types and
/// shapes must be equal. Integers are subtracted exactly, so a tolerance of
/// zero asks for equality; so it does of floats, except that -0 equals 0.
Comparison compare(const HostTensor &actual, const HostTensor &expected,
                   double tolerance = defaultTolerance);

/// Where and how much two tensors of one type and shape differ.
struct Divergence {
  /// The first element, in C order, that differs by more than is allowed.
  llvm::SmallVector<int64_t> position;
  /// Both values, such that no two numbers have the same text.
  std::string actual, expected;
  /// The distance of the two in ulps; of integers their difference. Nothing
  /// where one of them is NaN.
  std::optional<uint64_t> ulps;
  /// How many elements differ by more than is allowed.
  int64_t count = 0;
};

/// The first element in which tensors of one element type and shape differ.
/// Integers have to be equal; floats may differ as in `compare`, and NaN and
/// infinities have to meet their likes.
std::optional<Divergence> findDivergence(const HostTensor &actual,
                                         const HostTensor &expected,
                                         double tolerance = defaultTolerance);

/// The largest distance in ulps of two elements at one place, for tensors of
/// one element type and shape; of integers the largest difference. Nothing
/// where NaN meets another value.
std::optional<uint64_t> getLargestUlps(const HostTensor &actual,
                                       const HostTensor &expected);

/// The indices of an element as messages show them: "[1, 2]".
std::string formatPosition(llvm::ArrayRef<int64_t> position);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_COMPARE_H
