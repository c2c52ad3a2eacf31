//===- TileEpilogue.h - What becomes of the sums of a tile ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_TILEEPILOGUE_H
#define MML_LIB_GPU_TILEEPILOGUE_H

#include "BlockBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::mml {

/// The elementwise operations of linalg on the sums of a tile, computed where
/// the sums are: in registers. Arrays of the tile between them do not exist.
class TileEpilogue {
public:
  /// `mapping` leads from the values of the tile's operations to those of the
  /// kernel; `sums` is the array of sums among the former.
  TileEpilogue(BlockBuilder &builder, const IRMapping &mapping, Value sums)
      : k(builder), mapping(mapping), sums(sums) {}

  /// Makes `array` one that does not exist.
  void addTemporary(Value array) { temporaries.insert(array); }
  bool isTemporary(Value array) const { return temporaries.contains(array); }
  /// Adds an operation on what is there so far. Fails where it is not one on
  /// each element of the tile by itself.
  LogicalResult add(linalg::LinalgOp op);

  /// Some outputs of the tile, and what is read for each of them.
  struct Columns {
    Value output;
    int64_t count;
    llvm::DenseMap<OpOperand *, SmallVector<Value>> loaded;
  };
  /// Reads what the `count` outputs from `output` on need for all tokens.
  Columns readColumns(Value output, int64_t count);
  /// Computes what becomes of the sums of a token, one for each of `columns`,
  /// and stores it: all columns at once, aligned as the size of this store,
  /// where that is known of their places.
  void write(const Columns &columns, Value token, ArrayRef<Value> values);

private:
  /// What `operand` is for each of `columns` of a token.
  SmallVector<Value> read(OpOperand &operand, const Columns &columns,
                          Value token);
  Value load(OpOperand &operand, Value token, Value output);
  void store(Value target, const Columns &columns, Value token,
             ArrayRef<Value> values);

  BlockBuilder &k;
  const IRMapping &mapping;
  Value sums;
  llvm::SmallDenseSet<Value> temporaries;
  SmallVector<linalg::LinalgOp> operations;
  /// What is in the arrays that do not exist.
  llvm::DenseMap<Value, SmallVector<Value>> contents;
};

} // namespace mlir::mml

#endif // MML_LIB_GPU_TILEEPILOGUE_H
