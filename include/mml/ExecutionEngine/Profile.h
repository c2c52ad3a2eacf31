//===- Profile.h - The time of each layer -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_PROFILE_H
#define MML_EXECUTIONENGINE_PROFILE_H

#include "mml/ExecutionEngine/Entry.h"

#include <chrono>

namespace mml::engine {

/// Times of the layers of a model, in the calls of an engine that has this
/// profile. The model has to be compiled with the pipeline's option `profile`;
/// otherwise all time is outside of layers.
class Profile {
public:
  /// A layer, or what is outside of them, without a pause.
  struct Event {
    /// The number of the layer in `EntrySignature::layers`; -1: none.
    int64_t layer;
    /// Seconds since the call began.
    double begin, end;
  };

  explicit Profile(size_t numLayers) : seconds(numLayers + 1) {}

  size_t getNumLayers() const { return seconds.size() - 1; }

  /// Seconds of `layer` in each call, in their order; -1 is for what is outside
  /// of layers.
  llvm::ArrayRef<double> getSeconds(int64_t layer) const {
    return seconds[layer + 1];
  }

  /// What the last call was made of.
  llvm::ArrayRef<Event> getEvents() const { return events; }

  /// A call begins, enters one layer after another, and ends.
  void beginCall();
  void enter(int64_t layer);
  void endCall();

private:
  double getTime() const;

  std::chrono::steady_clock::time_point start;
  llvm::SmallVector<Event> events;
  /// What is outside of layers, then each layer.
  std::vector<std::vector<double>> seconds;
};

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_PROFILE_H
