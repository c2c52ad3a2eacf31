//===- DotPlan.h - Which tiles a contraction has ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_DOTPLAN_H
#define MML_LIB_GPU_DOTPLAN_H

#include "mml/GPU/Chip.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace mlir::mml {

/// How a block of threads shares a tile of a contraction in the `#mml.dot`
/// layout.
struct DotPlan {
  enum class Kind {
    /// One token, by `dp4a`.
    One,
    /// Up to `kSomeTokens`, by `mma.sync` straight from global memory.
    Some,
    /// More, by `mma.sync` from shared memory.
    Many
  };

  /// The plan for a tile of these sizes, and of 16 `groups` k. A tile that
  /// `isShared` goes through shared memory, as do all of more than
  /// `kSomeTokens`.
  DotPlan(int64_t mostTokens, int64_t mostOutputs, int64_t groups,
          bool isShared);

  int64_t getThreads() const;
  /// The sums of a thread of `Kind::Many`, by fours.
  int64_t getQuads() const;

  Kind kind;
  /// The blocks of outputs of a tile, and the warps along outputs, tokens and
  /// depth.
  int64_t blocks, outputWarps, tokenWarps, depthWarps;
  /// The tokens of a warp of `Kind::Many`.
  int64_t warpTokens;
};

/// The most tokens of a tile whose operands come straight from global memory,
/// and of one whose operands go through shared memory; its most outputs.
constexpr int64_t kSomeTokens = 64, kManyTokens = 128, kManyOutputs = 256;

/// The attribute of a contraction whose operands go through shared memory: an
/// array of the parts that its depth is cut into, which are a block of threads
/// each, and, where these are more than one, of the most tiles that it has.
constexpr llvm::StringLiteral kDepthPartsAttr = "depth_parts";

/// The tiles of contractions of up to `most` tokens.
struct DotVersion {
  static constexpr int64_t kAny = std::numeric_limits<int64_t>::max();

  int64_t most;
  /// The tokens and outputs of a tile.
  int64_t tokens, outputs;
  /// The parts of the depth, where operands go through shared memory.
  std::optional<int64_t> parts;

  /// The most tiles of `outputs` outputs, where `most` is a number of tokens.
  int64_t getMostTiles(int64_t outputs) const;
};

/// The shape of a contraction: its tokens, which may be dynamic, its outputs,
/// and its depth, in groups of 16 k.
struct DotShape {
  int64_t tokens, outputs, groups;
};

/// The versions of a contraction on `chip`, by their most tokens; the last one
/// is for any number, if that is not known.
llvm::SmallVector<DotVersion> getDotVersions(const DotShape &shape,
                                             const Chip &chip);

} // namespace mlir::mml

#endif // MML_LIB_GPU_DOTPLAN_H
