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

LogicalResult WordDotOp::verify() {
  auto words = cast<VectorType>(getWords().getType());
  auto sum = cast<VectorType>(getSum().getType());
  // (C1)
  if (words.getRank() != 1 || words.isScalable() ||
      !llvm::is_contained({8, 16, 32}, words.getDimSize(0)))
    return emitOpError() << "expected 8, 16 or 32 words but got " << words;
  // (C2)
  if (sum.getRank() != 1 || sum.isScalable() ||
      2 * sum.getDimSize(0) != words.getDimSize(0))
    return emitOpError() << "expected a sum of " << words.getDimSize(0) / 2
                         << " lanes but got " << sum;
  return success();
}

Type LookupOp::getResultType(Type indices) {
  auto type = dyn_cast<VectorType>(indices);
  if (type && type.getElementType().isInteger(32))
    return type.clone(Float32Type::get(type.getContext()));
  return indices;
}

LogicalResult LookupOp::verify() {
  auto table = cast<VectorType>(getTable().getType());
  auto indices = cast<VectorType>(getIndices().getType());
  bool isFloat = table.getElementType().isF32(),
       hasWords = table.getElementType().isInteger(16);
  // (C1)
  if (table.getRank() != 1 || table.isScalable() ||
      table.getDimSize(0) != kTableSize)
    return emitOpError() << "expected a table of " << kTableSize
                         << " elements but got " << table;
  // (C2)
  unsigned bits = table.getElementTypeBitWidth();
  if (indices.getRank() != 1 || indices.isScalable() ||
      !indices.getElementType().isInteger(bits) ||
      !(isFloat    ? indices.getDimSize(0) == 16
        : hasWords ? indices.getDimSize(0) == 32
                   : llvm::is_contained({16, 32, 64}, indices.getDimSize(0))))
    return emitOpError() << "expected "
                         << (isFloat    ? "16"
                             : hasWords ? "32"
                                        : "16, 32 or 64")
                         << " indices of i" << bits << " but got " << indices;
  // (C3)
  LookupKind kind = getKind();
  if (kind != LookupKind::Portable &&
      (isFloat != (kind == LookupKind::Vpermi2ps) ||
       hasWords != (kind == LookupKind::Vpermw)))
    return emitOpError() << "expected a kind for a table of "
                         << table.getElementType() << " but got "
                         << stringifyLookupKind(kind);
  return success();
}
