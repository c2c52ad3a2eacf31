//===- DotSchedule.h - The loops of the dot kernel --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the loops of the dot kernel are for a target and a number of tokens:
/// the one description that the builder of the loops and the model of their
/// cost both read.
///
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_DOTSCHEDULE_H
#define MML_DIALECT_MML_TRANSFORMS_DOTSCHEDULE_H

#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace mlir::mml {

/// The loops of the dot kernel for contractions of one depth on one target.
class DotSchedule {
public:
  /// A vector of packed bytes has four fields of four k, for each of its lanes.
  static constexpr int64_t kLaneDepth = 4, kFields = 4,
                           kGroupDepth = kLaneDepth * kFields;
  /// Tokens and outputs of a tile of AMX, and tiles of tokens that are
  /// multiplied at once.
  static constexpr int64_t kTileTokens = 16, kTilesAtOnce = 2;

  /// The loops for blocks of `rows` outputs and `groups` groups of 16 k, in the
  /// layout `#mml.dot`.
  DotSchedule(const DotTarget &target, int64_t rows, int64_t groups);

  /// The target; of one with tiles whose blocks are not as wide as one, what
  /// its vectors have.
  const DotTarget &getTarget() const { return target; }
  /// Whether the target has the mixed kernel, whose steps MixedSteps describes.
  bool canMix() const;
  /// Whether products are summed in i16, two to a lane.
  bool isPairs() const;

  /// Outputs of a vector, and vectors of a block.
  int64_t getLanes() const { return lanes; }
  int64_t getVectors() const { return vectors; }

  /// The numbers of tokens, ascending, for which there is a version that reads
  /// packed bytes once. Up to the last one, any number has one of its
  /// own where it is known when the kernel is built.
  llvm::ArrayRef<int64_t> getDirectCounts() const;
  /// The tokens of the version for `tokens` tokens that reads packed bytes
  /// once; none if they take panels, or several passes on tiles. `isKnown`
  /// tells whether the number is known when the kernel is built.
  std::optional<int64_t> getDirectCount(int64_t tokens, bool isKnown) const;
  /// Whether the version of `count` tokens expands packed bytes into tiles.
  bool isTiledDirect(int64_t count) const;
  /// The tokens of each tile that is in registers at once, for a number of
  /// tokens that is known when the kernel is built, or none: the last one may
  /// have fewer than the others. None where the version has no tiles.
  llvm::SmallVector<int64_t> getTileRows(std::optional<int64_t> tokens) const;

  /// How many fields the version of `count` tokens leaves where they lie in a
  /// byte. Each has a sum of its own for every output, of which the products
  /// of all but the first are too large by a power of 4.
  int64_t getPlaces(int64_t count) const;

  /// Tiles of depth that a panel has, of 64 k each; on vectors.
  int64_t getPanelTiles() const;
  /// Tokens that are multiplied by expanded codes at once.
  int64_t getTokensAtOnce() const;

private:
  DotTarget target;
  int64_t groups, lanes, vectors;
};

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_DOTSCHEDULE_H
