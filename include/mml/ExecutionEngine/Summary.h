//===- Summary.h - What a tensor holds, in a few numbers --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_SUMMARY_H
#define MML_EXECUTIONENGINE_SUMMARY_H

#include "mml/ExecutionEngine/HostTensor.h"

#include <string>

namespace mml::engine {

/// The range of the values of a tensor.
struct Summary {
  /// The least and the largest number, as text: integers exactly, floats to six
  /// digits. "-" where there is none: the tensor is empty, or all of it is NaN.
  std::string min = "-", max = "-";
  /// The mean of |x| over the finite elements; 0 where there are none.
  double meanAbs = 0;
  /// How many are NaN, and how many are infinite.
  int64_t numNaN = 0, numInfinite = 0;
  /// The CRC-32 of the bytes in C order, lowest byte of an element first: what
  /// `zlib.crc32(array.tobytes())` is in Python.
  uint32_t checksum = 0;
};

Summary summarize(const HostTensor &tensor);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_SUMMARY_H
