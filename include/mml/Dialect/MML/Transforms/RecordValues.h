//===- RecordValues.h - Make what layers compute results --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_RECORDVALUES_H
#define MML_DIALECT_MML_TRANSFORMS_RECORDVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace mlir::mml {

/// A value that `recordValues` made a result of its function.
struct RecordedValue {
  /// Layer and operation, "dense_3/contract"; "dense_3/quantize#1" is a second
  /// result, "dense_3/merge.2" a second operation of the kind. No two have the
  /// same, and none has that of an output.
  std::string name;
  OpResult value;
  /// The recorded values that its operation reads, by their numbers, where no
  /// other recorded value is between.
  SmallVector<unsigned> reads;
};

/// True if `recordValues` can take `function`: one that can be seen from
/// outside, of ranked tensors, with one block.
bool canRecordValues(func::FuncOp function);

/// Makes what operations of `function` compute additional results, in their
/// order, behind those it has, with their names in `mml.output_names`. Left out
/// are constants, views of other values, what is inside of regions, and types
/// that no loader takes. `function` must not have callers.
SmallVector<RecordedValue> recordValues(func::FuncOp function);

/// Takes the operations that computed `records` apart: what one of them reads
/// of another becomes an input, of which `function` has one more for each
/// recorded value, in their order, behind those it has. Each then computes its
/// value from what the caller gives it.
void isolateValues(func::FuncOp function, ArrayRef<RecordedValue> records);

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_RECORDVALUES_H
