//===- RowKernel.h - Operations on rows as one kernel -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_ROWKERNEL_H
#define MML_LIB_GPU_ROWKERNEL_H

#include "Launch.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::mml {

/// Operations of linalg on memrefs that follow one another in a block, and that
/// compute each row of their results, along the first axis, from the same row
/// of what they read or from what all rows have in common. At least one of them
/// sums over a row, or the rows are arranged for a contraction.
struct RowGroup {
  SmallVector<linalg::LinalgOp> operations;
  /// What arranges the result of the last one for a contraction, or null.
  PackActivationsOp pack;
  /// What frees memory between them.
  SmallVector<Operation *> deallocations;

  Operation *getLast() {
    return pack ? pack.getOperation() : operations.back().getOperation();
  }
};

/// The groups of two operations or more of `block`, each as long as can be.
SmallVector<RowGroup> findRowGroups(Block &block);

/// Makes one kernel of a group, with a block of threads a row, and erases the
/// operations. The order of sums differs from a loop's. Returns the array whose
/// elements are arranged where they are computed, or null: nothing but its
/// sizes is in use any more.
gpu::AllocOp buildRowKernel(RowGroup &group, Launcher &launcher);

} // namespace mlir::mml

#endif // MML_LIB_GPU_ROWKERNEL_H
