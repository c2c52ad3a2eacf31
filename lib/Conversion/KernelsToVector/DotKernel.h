//===- DotKernel.h - Trits by products of bytes -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_DOTKERNEL_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_DOTKERNEL_H

#include "Kernels.h"
#include "MemRefBuilder.h"

#include "mml/Dialect/MML/Transforms/DotSchedule.h"

namespace mlir::mml {

/// What the kernels of the dot layout share: the codes of packed bytes, a panel
/// of them in the nearest cache, and sums that lie in tiles until they are
/// whole.
///
/// Sums are of codes, which are trits plus one; the sum of a token's
/// activations is taken off when they are written out.
class DotKernel : protected MemRefBuilder {
public:
  DotKernel(OpBuilder &builder, ContractPackedOp op,
            const DotSchedule &schedule);
  virtual ~DotKernel() = default;

  void build();

protected:
  static constexpr int64_t kTokens = DotLayoutAttr::kTileTokens,
                           kTileDepth = DotLayoutAttr::kTileDepth,
                           kGroupDepth = DotLayoutAttr::kDepth;
  /// The k of a lane, the groups of them in the bits of a byte and in a tile.
  static constexpr int64_t kLaneDepth = DotSchedule::kLaneDepth,
                           kFields = kGroupDepth / kLaneDepth,
                           kTileGroups = kTileDepth / kGroupDepth,
                           kTileQuads = kTileDepth / kLaneDepth;
  static_assert(kTokens == DotSchedule::kTileTokens,
                "a tile of AMX is a tile of activations");

  /// Computes the sums of block `block` over the whole depth, for the first
  /// `count` tokens of the first tile, of which those behind the last one are
  /// zeros.
  virtual void sumDirect(Value block, int64_t count) = 0;
  /// A part of the depth, which is in the panel. Only the last one may end in a
  /// part of a tile.
  struct Chunk {
    Value firstTile;
    int64_t count;
    /// Sums begin with the first chunk and are whole with the last one. Between
    /// they are in the scratch.
    bool isFirst, isLast;
  };
  /// Adds a chunk to the sums of block `block` for all tokens.
  virtual void sumPanel(Value block, const Chunk &chunk) = 0;

  /// What sums begin with, in every lane of a token.
  Value getStart(Value tokenTile, Value row);
  /// Runs `whole` where all of `count` tokens from `firstRow` of a tile on and
  /// all outputs of `block` are in the result. Elsewhere it runs `part`, which
  /// has to leave the sums in the scratch as its tile `scratchTile`, and
  /// copies those that are.
  void writeOut(Value block, Value tokenTile, Value firstRow, int64_t count,
                Value scratchTile, llvm::function_ref<void()> whole,
                llvm::function_ref<void()> part);
  /// The place in the result of a token and a vector of a block.
  SmallVector<Value> outAt(Value block, Value tokenTile, Value row,
                           int64_t vector) {
    return {apply(d(0) * kTokens + d(1), {tokenTile, row}),
            apply(d(0) * rows + vector * lanes, block)};
  }

  /// The codes of one field of packed bytes, from 0 to 2. Fields may be left in
  /// their bits of a byte up to `places` of them, which saves shifts: the codes
  /// are then times 4 to the power of `field % places`.
  Value getCodes(Value bytes, int64_t field, int64_t places = 1);
  /// Codes of one field as the kernel multiplies them.
  virtual Value arrange(Value codes) { return codes; }
  /// The same for the fields of a group in a panel.
  virtual SmallVector<Value> arrangeGroup(ArrayRef<Value> codes) {
    return llvm::map_to_vector(codes,
                               [&](Value field) { return arrange(field); });
  }
  /// The packed bytes of a vector of outputs.
  Value readPacked(Value block, Value group, int64_t vector);
  /// The group at a position; if it `mayBeBehind` the depth, the last one for
  /// those: what lies there is multiplied by zeros, so that any codes will do.
  Value getGroup(AffineExpr position, ValueRange operands, bool mayBeBehind);
  /// Writes the codes of the group `position` of a block to `slot` of the
  /// panel, as the group `group` of a tile.
  void expandGroup(Value block, Value position, Value slot, Value group);
  /// Writes the codes of a chunk to the panel, and any others behind the last
  /// group.
  void expandChunk(Value block, const Chunk &chunk);
  /// Asks for packed bytes that are read soon.
  void prefetch(Value block, Value group);

  VectorType getBytesType() { return vector(lanes * kLaneDepth, 8); }
  VectorType getSumsType() { return vector(lanes, 32); }
  /// The indices of a token's sums in the scratch.
  SmallVector<Value> at(Value block, Value tokenTile, int64_t vector,
                        Value row) {
    return {tokenTile, getScratchVector(block, vector), row, index(0)};
  }
  /// Where in the scratch a vector of a block is, of which it may have one or
  /// all.
  virtual Value getScratchVector(Value, int64_t vector) {
    return index(vector);
  }

  DotSchedule schedule;
  DotTarget target;
  Value tiles, tokenSums, packed, out;
  /// Outputs of a block and of a vector, and the vectors of a block.
  int64_t rows, lanes, vectors;
  int64_t groups;
  Value tokens, tokenTiles;
  std::optional<int64_t> staticTokens;
  /// The panel of expanded codes: tile of depth, vector, quad, bytes; of the
  /// mixed kernel, step, vector, bytes.
  Value panel;
  /// Sums that are not whole, or not all in the result: tile of tokens (on
  /// tiles, of those that are computed at once), vector (`getScratchVector`),
  /// token, lanes.
  Value scratch;

  /// Makes the panel and the scratch.
  virtual void allocateBuffers();
  /// Computes the sums of all blocks from packed bytes, as sumDirect does.
  virtual void buildDirect(int64_t count);
  /// Computes the sums of all blocks for more tokens than those: on vectors
  /// with `sumPanel`.
  virtual void buildPanels();

  /// An array that begins with a line of the cache.
  Value allocate(ArrayRef<OpFoldResult> sizes, Type type);
  Value allocate(ArrayRef<int64_t> shape, Type type);
  /// An array of i32 of `sizes` for each tile of tokens.
  Value allocateSums(ArrayRef<OpFoldResult> sizes);

  /// Builds the loops over chunks of `step` units of depth of `units` in all:
  /// `build` gets the first unit and their number, whether the chunk is the
  /// first and whether it is the last one.
  void forEachChunk(int64_t units, int64_t step,
                    llvm::function_ref<void(Value, int64_t, bool, bool)> build);

private:
  /// Writes the codes of a vector's fields to the panel.
  void storeFields(Value slot, Value group, int64_t vector,
                   ArrayRef<Value> codes);
  void buildDirectOrPanels();
};

/// The kernel of instructions on vectors: four products in i32, two in i16.
std::unique_ptr<DotKernel> createVectorDotKernel(OpBuilder &builder,
                                                 ContractPackedOp op,
                                                 const DotSchedule &schedule);

/// The same that looks up a part of the depth where there are many tokens, for
/// the mixed layout.
std::unique_ptr<DotKernel> createMixedDotKernel(OpBuilder &builder,
                                                ContractPackedOp op,
                                                const DotSchedule &schedule);

/// The kernels of NEON: the vectors' with its instructions, or on matrices of
/// 2 x 8 bytes.
std::unique_ptr<DotKernel> createNeonDotKernel(OpBuilder &builder,
                                               ContractPackedOp op,
                                               const DotSchedule &schedule);

/// The kernel of instructions on matrices of 16 x 64 bytes.
std::unique_ptr<DotKernel> createTileDotKernel(OpBuilder &builder,
                                               ContractPackedOp op,
                                               const DotSchedule &schedule,
                                               bool hasWholeTiles);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_DOTKERNEL_H
