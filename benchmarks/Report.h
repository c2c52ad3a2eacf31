//===- Report.h - What was measured, as a file ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_REPORT_H
#define MML_BENCHMARKS_REPORT_H

#include "Measure.h"
#include "Plan.h"

#include <optional>

namespace mml::bench {

/// Contestants that were measured side by side.
struct Cell {
  /// None: the peaks of the machine.
  std::optional<Case> example;
  unsigned threads = 1;
  std::vector<Series> series;
};

/// Writes everything as JSON, every repetition included. `notes` says what is
/// missing and why.
llvm::Error writeReport(llvm::StringRef path, llvm::ArrayRef<Cell> cells,
                        llvm::ArrayRef<std::string> notes,
                        const QuietCore &quiet);

} // namespace mml::bench

#endif // MML_BENCHMARKS_REPORT_H
