//===- BlockBuilder.h - Contractions as packed blocks -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKBUILDER_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKBUILDER_H

#include "BlockPlan.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::mml {

/// Builds the loops of one contraction by its plan.
///
/// All columns are packed first, into panels that every task reads. A task is a
/// part of the rows, of one step of the other axes of batch and rows. It packs
/// its rows for one block of depth at a time and computes the tiles of the
/// block. With many steps of the batch, a task is a whole one, and packs its
/// own columns.
class BlockBuilder {
public:
  BlockBuilder(RewriterBase &rewriter, linalg::LinalgOp op,
               const BlockPlan &plan);

  /// Returns the value that replaces the result.
  Value build();

private:
  using Sizes = SmallVector<OpFoldResult>;
  /// A loop's body: from the step and what the loop carries to its next value.
  using Body = function_ref<Value(Value, Value)>;

  /// What a task computes of a tensor: `value` is a slice of it.
  struct Part {
    Value value;
    Sizes offsets, sizes;
  };
  /// A task's body: from its steps and the whole tensor to its part.
  using TaskBody = function_ref<Part(ValueRange, Value)>;

  /// A part of the rows and columns, in panels.
  struct Range {
    OpFoldResult first, count;
  };

  Value index(int64_t value);
  Value getValue(OpFoldResult size);
  /// `value` as an attribute where it is known.
  OpFoldResult multiply(OpFoldResult a, OpFoldResult b);
  OpFoldResult add(OpFoldResult a, OpFoldResult b);
  OpFoldResult subtract(OpFoldResult a, OpFoldResult b);
  OpFoldResult divide(OpFoldResult a, OpFoldResult b);
  OpFoldResult ceilDivide(OpFoldResult a, OpFoldResult b);
  OpFoldResult min(OpFoldResult a, OpFoldResult b);
  OpFoldResult max(OpFoldResult a, OpFoldResult b);

  Value buildLoop(OpFoldResult lower, OpFoldResult upper, int64_t step,
                  Value init, Body body);
  Value buildLoops(ArrayRef<unsigned> axes, Value init,
                   function_ref<Value(Value)> body);
  Value buildIf(Value condition, Type type, function_ref<Value()> thenBody,
                function_ref<Value()> elseBody);
  Value buildTasks(ArrayRef<OpFoldResult> bounds, Value init, bool isParallel,
                   TaskBody body);

  /// The places of an operand's element at the current positions.
  SmallVector<Value> getIndices(OpOperand &operand);
  void setDepth(Value depth);
  Value readVector(Value source, ValueRange indices, int64_t lanes,
                   bool inBounds);
  Value writeVector(Value vector, Value dest, ValueRange indices);

  // Packing, in BlockPacking.cpp.

  /// One input, packed for tiles.
  struct Side {
    OpOperand *operand;
    BlockPlan::Access access;
    unsigned axis;
    /// The rows or columns of a panel.
    int64_t width;
  };
  /// The axes that the panels of all columns are numbered by.
  SmallVector<unsigned> getPackedAxes();
  Value packColumns();
  Value packColumnPanel(Value number, Value panel);
  Value packRowPanel(Value number, Value panels, Value slot, Value first,
                     OpFoldResult count);
  Value packAcross(const Side &side, OpFoldResult start, Value dest,
                   ValueRange prefix, Value first, OpFoldResult count);
  Value packTransposed(const Side &side, OpFoldResult start, Value panel);
  Value packDepth(const Side &side, OpFoldResult start, Value dest,
                  ValueRange prefix, Value first, OpFoldResult count);
  Value packElements(const Side &side, OpFoldResult start, Value dest,
                     ValueRange prefix, Value first, OpFoldResult count,
                     bool isDepthInner);
  SmallVector<Value> transposeVectors(SmallVector<Value> rows);
  /// The position `start + step` along the axis of a side, or the last one.
  OpFoldResult clampPosition(const Side &side, OpFoldResult start, Value step);
  bool hasTail(const Side &side);

  // Tasks, in BlockBuilder.cpp.

  Value buildBlocks(Value result);
  Value computeParts(Value result);
  Part computeTask(const Range &rows, const Range &columns, Value whole);
  Value computeBlock(const Range &rows, const Range &columns, Value block,
                     Value slice, Value packedRows);
  OpFoldResult getBlockDepth(Value block);

  // Tiles, in BlockTiles.cpp.

  Value computeTile(Value slot, Value panel, Value block, const Range &rows,
                    const Range &columns, Value slice, Value packedRows);
  SmallVector<Value> multiplyPanels(Value slot, Value panel, Value block,
                                    Value packedRows);
  Value storeTile(ArrayRef<Value> sums, Value isFirst, OpFoldResult row,
                  OpFoldResult column, Value slice);
  Value storePartOfTile(ArrayRef<Value> sums, Value isFirst, OpFoldResult row,
                        OpFoldResult column, OpFoldResult rows, Value slice);
  Value addTo(Value slice, ValueRange indices, Value sum, Value isFirst,
              bool inBounds);
  /// The places of a vector in a slice of the result.
  SmallVector<Value> getSliceIndices(OpFoldResult row, OpFoldResult column);
  AffineMap getVectorMap();
  /// Whether every tile is whole along an axis.
  bool rowsFit();
  bool columnsFit();

  RewriterBase &b;
  Location loc;
  linalg::LinalgOp op;
  const BlockPlan &plan;
  VectorType vectorType;
  bool startsAtZero;
  /// The size of each loop and, inside of it, the position.
  Sizes sizes, positions;
  /// Panels of rows and columns.
  OpFoldResult rowPanels;
  int64_t columnPanels;
  Value packedColumns;
  /// Memory of a task for a tile of which a part is stored.
  Value partialTile;
};

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKBUILDER_H
