//===- LayerTimes.h - The layers of a run -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_LAYERTIMES_H
#define MML_TOOLS_MML_RUNNER_LAYERTIMES_H

#include "mml/ExecutionEngine/Profile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace mml::runner {

/// What is known of a layer after some runs.
struct LayerTime {
  std::string name;
  /// The median of runs, and its part of the sum of medians.
  double milliseconds, share;
  /// 10^9 operations and bytes of constants a second, where the layer has any.
  std::optional<double> gops, gbps;
};

/// The layers of `signature`, in their order, and what is outside of them, in
/// all calls of `profile` but the first `skip`; at least one is left. Runs had
/// `rows` rows of the batch.
llvm::SmallVector<LayerTime> summarize(const engine::Profile &profile,
                                       const engine::EntrySignature &signature,
                                       double rows, size_t skip);

/// Prints a table.
void printLayers(llvm::raw_ostream &os, llvm::ArrayRef<LayerTime> layers);
/// Prints an array of objects.
void printLayers(llvm::json::OStream &json, llvm::ArrayRef<LayerTime> layers);

/// Writes the last call of `profile` as an object of the Trace Event Format.
void writeTrace(llvm::raw_ostream &os, const engine::Profile &profile,
                const engine::EntrySignature &signature);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_LAYERTIMES_H
