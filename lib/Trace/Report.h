//===- Report.h - What a trace found ----------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TRACE_REPORT_H
#define MML_LIB_TRACE_REPORT_H

#include "mml/ExecutionEngine/Compare.h"

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"

namespace mlir::mml {

/// A value that is traced: a recorded one, or an output of the model.
struct TracedValue {
  std::string name;
  Location location;
  /// The traced values that its operation reads, by their numbers.
  SmallVector<unsigned> reads;
  ::mml::engine::HostTensor actual;
  /// What it is compared with, if it is.
  std::optional<::mml::engine::HostTensor> expected;
};

/// Prints the ranges of all values as a table.
void printRanges(raw_ostream &os, ArrayRef<TracedValue> values);

/// Reports the first value that is not what is expected of it as an error at
/// its operation. `expectation` says where that comes from, for the message.
/// Success where there is none.
LogicalResult checkValues(ArrayRef<TracedValue> values, double tolerance,
                          StringRef expectation, bool isIsolated = false);

} // namespace mlir::mml

#endif // MML_LIB_TRACE_REPORT_H
