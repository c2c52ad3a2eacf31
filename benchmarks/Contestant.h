//===- Contestant.h - What is measured --------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_CONTESTANT_H
#define MML_BENCHMARKS_CONTESTANT_H

#include "Probe.h"

#include <memory>
#include <string>
#include <vector>

namespace mml::bench {

/// What a figure is compared with, or that it is one of ours.
enum class Role { Ours, Baseline, Peak, ReadLoop };

/// Something that can be called again and again, after its answer has been
/// compared with the right one.
class Contestant {
public:
  Contestant(Role role, std::string name) : role(role), name(std::move(name)) {}
  virtual ~Contestant() = default;

  /// One repetition: `calls` calls after `warmups` that do not count.
  virtual llvm::Expected<Sample> run(int64_t warmups, int64_t calls) = 0;

  Role role;
  std::string name;
  /// What it is in the words of who made it; may be empty.
  std::string detail;
  /// Operations of one call, where a multiplication and an addition, or what
  /// stands for them, are two. 0 of read loops.
  double operations = 0.0;
  /// Bytes of weights, or of what a read loop reads, that one call needs.
  double bytes = 0.0;
  /// What the model of costs expects of the contraction in 1e9 operations a
  /// second; 0 where it has none for it.
  double predicted = 0.0;
  /// Layers that one call runs.
  int64_t layers = 1;
};

using Contestants = std::vector<std::unique_ptr<Contestant>>;

} // namespace mml::bench

#endif // MML_BENCHMARKS_CONTESTANT_H
