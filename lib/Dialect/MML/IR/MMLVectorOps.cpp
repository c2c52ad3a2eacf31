//===- MMLVectorOps.cpp - Constraints of operations on vectors ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

using namespace mlir;
using namespace mlir::mml;

LogicalResult ByteDotOp::verify() {
  auto bytes = cast<VectorType>(getCodes().getType());
  auto sum = cast<VectorType>(getSum().getType());
  // (C1)
  if (bytes.getRank() != 1 || bytes.isScalable() ||
      !llvm::is_contained({16, 32, 64}, bytes.getDimSize(0)))
    return emitOpError() << "expected codes of 16, 32 or 64 bytes but got "
                         << bytes;
  // (C2)
  if (sum.getRank() != 1 || sum.isScalable() ||
      sum.getDimSize(0) * sum.getElementTypeBitWidth() !=
          8 * bytes.getDimSize(0))
    return emitOpError() << "expected a sum of " << bytes.getDimSize(0)
                         << " bytes but got " << sum;
  return success();
}

LogicalResult LookupOp::verify() {
  auto table = cast<VectorType>(getTable().getType());
  auto indices = cast<VectorType>(getIndices().getType());
  // (C1)
  if (table.getRank() != 1 || table.isScalable() ||
      table.getDimSize(0) != kTableSize)
    return emitOpError() << "expected a table of " << kTableSize
                         << " bytes but got " << table;
  // (C2)
  if (indices.getRank() != 1 || indices.isScalable() ||
      !llvm::is_contained({16, 32, 64}, indices.getDimSize(0)))
    return emitOpError() << "expected 16, 32 or 64 indices but got " << indices;
  return success();
}
