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
#include "DotPlan.h"
#include "TileEpilogue.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"

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
  /// The outputs of a lane, whose words are 16 bytes; what they and the tokens
  /// of a product are called here is a quad.
  static constexpr int64_t kQuad = 4;

  /// Activations: tile of tokens, tile of depth, token, byte; and their sums.
  Value tiles, tokenSums;
  /// Trits: block of outputs, group of 16 k, word of each output.
  Value packed;
  /// How many tokens and outputs there are, and how many there may be.
  OpFoldResult tokens, outputs;
  int64_t mostTokens, mostOutputs;
  /// Whether outputs come by fours.
  bool hasWholeQuads;
  /// Groups of 16 k.
  int64_t groups;
  /// Where sums go.
  TileEpilogue *epilogue;

  int64_t getDepthTiles() const {
    return llvm::divideCeil(groups, kTileGroups);
  }
};

/// What the kernels of tiles have in common: how lanes share what they read,
/// and what they do with sums. Of a block of 32 outputs over 64 k, lane 4g + t
/// has the words of the outputs from 4g on for the 16 k from 16t on, and a warp
/// 512 bytes in a row.
class DotLanes {
public:
  DotLanes(BlockBuilder &builder, const DotTile &tile);

  /// Which of the kernel's warps this is.
  Value warp;
  /// g and t of this lane.
  Value row, quarter;

  /// The words of this lane in global memory; zeros behind the last group where
  /// `depthTile` may be the last one.
  SmallVector<Value> loadWords(Value block, Value depthTile, bool mayBeLast);
  /// One product of 16 outputs, 8 tokens and 32 k, or its parts on chips
  /// without it: `outputs` are rows g and g + 8 of either half of the depth.
  void mma(const Chip &chip, ArrayRef<Value> outputs, ArrayRef<Value> tokens,
           MutableArrayRef<Value> sums);
  /// All products of 32 outputs (their words by fields, as `getCodes` gives
  /// them), 8 tokens (16 bytes of lane's own) and 64 k. `sums` are those of
  /// `kBlockSums`.
  void multiply(const Chip &chip, ArrayRef<SmallVector<Value>> codes,
                ArrayRef<Value> tokens, MutableArrayRef<Value> sums);
  /// The codes of each word, by fields.
  SmallVector<SmallVector<Value>> getCodes(ArrayRef<Value> words);

  /// The sums of a lane for 32 outputs and 8 tokens.
  static constexpr int64_t kBlockSums = 8;
  /// The tokens of a product, and those of a lane among them.
  static constexpr int64_t kMmaTokens = 8, kLaneTokens = 2;
  /// The token of quad number `quad` of this lane.
  Value getToken(Value quad);

  /// Adds up the sums of warps that share the depth, and hands them on.
  ///
  /// A lane's `sums` are quads, four outputs of a token: two for each
  /// `kBlockSums`. This warp is number `warp` of `warps`, and for part `slice`
  /// of `slices` of the depth; the warps of all parts share the quads of one.
  /// `getPlace` gives the first output of a quad and its token, which are below
  /// `outputs` and `tokens`. Those that are not there are left out. Quads are
  /// taken out of shared memory one by one, so that what becomes of them is
  /// there once and not for each of the registers.
  void finish(SharedMemory &shared, ArrayRef<Value> sums, Value warp,
              int64_t warps, Value slice, int64_t slices, int64_t outputs,
              int64_t tokens,
              llvm::function_ref<std::pair<Value, Value>(Value)> getPlace);
  /// Hands on `sum`, a quad's vector, as far as there are its outputs and its
  /// token; the tile has up to `outputs` and `tokens`.
  void finishVector(Value output, Value token, Value sum, int64_t outputs,
                    int64_t tokens);
  /// Quad number `quad` of a lane's sums.
  static SmallVector<Value> getQuad(ArrayRef<Value> sums, int64_t quad);
  /// Hands on a sum of one output, if it is there, and of a token that is.
  void finishOne(Value output, Value token, Value sum);

private:
  /// Hands on the sums of the four outputs from `output` on.
  void finishQuad(Value output, Value token, ArrayRef<Value> sums,
                  bool hasOutput, bool hasToken);
  /// Takes off sums of `columns` what codes add too often, and hands them on.
  void write(const TileEpilogue::Columns &columns, Value token,
             ArrayRef<Value> sums);

  BlockBuilder &k;
  const DotTile &tile;
};

/// The sums of parts of the depth, which blocks of threads leave in memory.
struct DepthParts {
  /// How many there are, and which one of which tile this is.
  int64_t count;
  Value part, tile;
  /// Tile, quad of a thread, part, thread, output of the quad.
  Value sums;
};

/// Each of these computes a tile, for the kinds of plans in their order, with
/// all of the shared memory.
void buildOneToken(BlockBuilder &builder, SharedMemory &shared,
                   const DotTile &tile, const DotPlan &plan);
void buildSomeTokens(BlockBuilder &builder, SharedMemory &shared,
                     const DotTile &tile, const DotPlan &plan,
                     const Chip &chip);
void buildManyTokens(BlockBuilder &builder, SharedMemory &shared,
                     const DotTile &tile, const DotPlan &plan, const Chip &chip,
                     const DepthParts *parts);
/// Adds up what `buildManyTokens` left of the parts of a tile: quad number
/// `quad` of every thread's sums.
void buildAddParts(BlockBuilder &builder, const DotTile &tile,
                   const DotPlan &plan, const Chip &chip,
                   const DepthParts &parts, Value quad);

} // namespace mlir::mml

#endif // MML_LIB_GPU_DOTTILE_H
