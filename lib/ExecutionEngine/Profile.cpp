//===- Profile.cpp - The time of each layer -------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Profile.h"

using namespace mml::engine;

/// The layer that nothing belongs to.
static constexpr int64_t noLayer = -1;

double Profile::getTime() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void Profile::beginCall() {
  events.clear();
  start = std::chrono::steady_clock::now();
  events.push_back({noLayer, 0, 0});
}

void Profile::enter(int64_t layer) {
  // A module may come from anywhere: what it calls layers may be none.
  if (layer < 0 || layer >= static_cast<int64_t>(seconds.size()) - 1)
    layer = noLayer;
  double now = getTime();
  events.back().end = now;
  events.push_back({layer, now, now});
}

void Profile::endCall() {
  events.back().end = getTime();
  for (std::vector<double> &layer : seconds)
    layer.push_back(0);
  for (const Event &event : events)
    seconds[event.layer + 1].back() += event.end - event.begin;
}
