//===- LinalgElements.h - Linalg one element at a time ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_LINALGELEMENTS_H
#define MML_LIB_GPU_LINALGELEMENTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::mml {

/// What an operation of linalg on memrefs computes for one element of its
/// result. What is summed over is a loop with the sums in registers.
class LinalgElements {
public:
  /// Reads the sizes of `op` where the builder is.
  LinalgElements(OpBuilder &builder, linalg::LinalgOp op);

  /// How many elements there are: steps of the parallel loops.
  OpFoldResult getCount() const { return count; }
  /// Computes the element of this number, in the order of the loops.
  void build(Value number);

  /// How many steps a loop has.
  OpFoldResult getSize(unsigned axis) const { return sizes[axis]; }
  /// Computes the element at `indices`, one a parallel loop.
  void buildAt(ArrayRef<Value> indices);
  /// Computes the one result at `indices`, of an operation that sums over
  /// nothing, instead of storing it.
  Value getAt(ArrayRef<Value> indices);
  /// The steps of an operation that sums over one loop, its last: goes on from
  /// `sum` at `indices`, one a loop.
  Value buildStep(ArrayRef<Value> indices, Value sum);
  /// Replaces the sum that is in memory, at the indices of the last step, by
  /// what `combine` makes of it.
  void update(llvm::function_ref<Value(Value)> combine);

private:
  Value index(int64_t value);
  Value toValue(OpFoldResult size);
  OpFoldResult multiplySizes(ArrayRef<unsigned> axes);
  /// Where an element of `operand` is.
  SmallVector<Value> getIndices(OpOperand &operand);
  /// Whether the sums of a result stay in a register: one for all that is
  /// summed over.
  bool isInRegister(OpOperand &init);
  /// Loops over the axes that are summed over, from number `depth` on.
  SmallVector<Value> buildLoops(size_t depth, ArrayRef<Value> sums);
  /// The operation's body; returns the new sums in registers.
  SmallVector<Value> buildBody(ArrayRef<Value> sums);

  OpBuilder &b;
  linalg::LinalgOp op;
  Location loc;
  SmallVector<OpFoldResult> sizes;
  SmallVector<unsigned> parallel, summed;
  OpFoldResult count;
  /// The index of each loop.
  SmallVector<Value> position;
};

} // namespace mlir::mml

#endif // MML_LIB_GPU_LINALGELEMENTS_H
