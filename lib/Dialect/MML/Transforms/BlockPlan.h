//===- BlockPlan.h - How contractions are cut into blocks -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKPLAN_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::mml {

/// How one contraction of f32 is cut into tiles, blocks and tasks.
struct BlockPlan {
  /// What the innermost dimension of an operand runs along, and so how vectors
  /// of it are read.
  enum class Access {
    /// Rows or columns of a tile are contiguous.
    Across,
    /// What is summed over is contiguous.
    Depth,
    /// Neither: elements are read one by one.
    Scalar
  };

  /// The inputs whose axes are rows and columns of the tiles.
  unsigned rowInput, columnInput;
  Access rowAccess, columnAccess;

  /// The loops of the operation: those of every operand, those that rows and
  /// columns of a tile run along, the other ones of rows and columns, and those
  /// that are summed over, in the order of the sum.
  SmallVector<unsigned> batchAxes, outerRowAxes, outerColumnAxes, depthAxes;
  unsigned rowAxis, columnAxis;

  /// Elements of a vector.
  int64_t lanes;
  /// A tile has `tileRows` rows of `tileVectors` vectors.
  int64_t tileRows, tileVectors;
  /// The product of the sizes of `depthAxes`, and how many of them are summed
  /// before the sums go to memory.
  int64_t depth, depthBlock;
  /// The largest number of panels of rows in a task, and the least number of
  /// tasks that is sought.
  int64_t taskPanels, tasks;
  /// The least number of rows that is worth packing; 0 if there are as many.
  int64_t minRows = 0;
  bool isParallel;
  /// Whether a task is a whole step of the batch and packs its own columns.
  bool packsInTask;
  /// Whether the tiles of a row follow one another.
  bool isRowMajor;

  int64_t getTileColumns() const { return tileVectors * lanes; }
  /// The elements along depth that a packed panel has room for.
  int64_t getPaddedDepth() const { return llvm::alignTo(depth, lanes); }
};

/// Finds the plan of a contraction, or why there is none.
class BlockPlanner {
public:
  /// Contractions of fewer multiply-accumulates than `minMacs` are refused.
  BlockPlanner(linalg::LinalgOp op, unsigned vectorBits, int64_t minMacs)
      : op(op), vectorBits(vectorBits), minMacs(minMacs) {}

  /// Fails with a reason.
  FailureOr<BlockPlan> plan();
  const std::string &getReason() const { return reason; }

private:
  template <typename... Args>
  LogicalResult refuse(const char *format, Args &&...args) {
    reason = llvm::formatv(format, std::forward<Args>(args)...).str();
    return failure();
  }

  LogicalResult checkOperation();
  LogicalResult classify(BlockPlan &plan);
  void orderDepth(BlockPlan &plan);
  BlockPlan::Access getAccess(const BlockPlan &plan, unsigned input,
                              unsigned across);
  LogicalResult checkSizes(BlockPlan &plan);
  void chooseTile(BlockPlan &plan) const;
  void chooseBlocks(BlockPlan &plan) const;
  unsigned chooseAxis(ArrayRef<unsigned> axes) const;
  /// The product of the sizes of `axes`, or `kDynamic`.
  int64_t getSize(ArrayRef<unsigned> axes) const;
  /// The loop that the innermost dimension of an operand runs along.
  std::optional<unsigned> getInnermost(OpOperand &operand);

  linalg::LinalgOp op;
  unsigned vectorBits;
  int64_t minMacs;
  SmallVector<int64_t> sizes;
  std::string reason;
};

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_BLOCKPLAN_H
