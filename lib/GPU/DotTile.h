//===- DotTile.h - Contractions of one block of threads ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_DOTTILE_H
#define MML_LIB_GPU_DOTTILE_H

#include "BlockBuilder.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/GPU/Chip.h"

namespace mlir::mml {

/// A tile of a contraction in the `#mml.dot` layout, which a block of threads
/// computes.
struct DotTile {
  static constexpr int64_t kTileTokens = DotLayoutAttr::kTileTokens,
                           kTileDepth = DotLayoutAttr::kTileDepth,
                           kGroupDepth = DotLayoutAttr::kDepth;
  /// The outputs of a block of the layout, whose words are 128 bytes.
  static constexpr int64_t kRows = 32;
  static constexpr int64_t kFields = 4, kTileGroups = kTileDepth / kGroupDepth;

  /// Activations: tile of tokens, tile of depth, token, byte; and their sums.
  Value tiles, tokenSums;
  /// Trits: block of outputs, group of 16 k, word of each output.
  Value packed;
  /// Sums: token, output.
  Value out;
  /// How many tokens and outputs there are, and how many there may be.
  OpFoldResult tokens, outputs;
  int64_t mostTokens, mostOutputs;
  /// Groups of 16 k.
  int64_t groups;

  int64_t getMostBlocks() const { return llvm::divideCeil(mostOutputs, kRows); }
};

/// The most tokens that `buildFewTokens` serves.
constexpr int64_t kFewTokens = 8;

/// Sums straight from packed words by `dp4a`: every lane reads 16 bytes, of
/// four outputs, the warps share the depth. For up to `kFewTokens` tokens. Uses
/// shared memory from `offset` on; ends with all sums written, but without a
/// barrier.
void buildFewTokens(BlockBuilder &builder, SharedMemory &shared, int64_t offset,
                    const DotTile &tile);

/// Bytes of shared memory that `buildFewTokens` needs.
int64_t getFewTokensBytes(int64_t threads, const DotTile &tile);

/// The tokens and outputs of the largest tile of `buildManyTokens`, and its
/// threads.
constexpr int64_t kMmaTokens = 64, kMmaOutputs = 128, kMmaThreads = 256;

/// Sums by `mma.sync`, with both operands brought to shared memory some tiles
/// of depth ahead. For up to `kMmaTokens` tokens and `kMmaOutputs` outputs.
/// Uses shared memory from `offset` on, which is free again when `out` is
/// written.
void buildManyTokens(BlockBuilder &builder, SharedMemory &shared,
                     int64_t offset, const DotTile &tile, const Chip &chip);

/// Bytes of shared memory that `buildManyTokens` needs.
int64_t getManyTokensBytes(const DotTile &tile);

} // namespace mlir::mml

#endif // MML_LIB_GPU_DOTTILE_H
