//===- EdgeDialect.cpp - The dialect and what it verifies -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;

#include "EdgeDialect.cpp.inc"

#define GET_OP_CLASSES
#include "EdgeOps.cpp.inc"

void edge::EdgeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "EdgeOps.cpp.inc"
      >();
}

LogicalResult edge::CorrelateOp::verify() {
  auto patterns = dyn_cast<DenseIntElementsAttr>(getPatterns());
  bool areTrits = patterns && patterns.getElementType().isInteger(8) &&
                  llvm::all_of(patterns.getValues<int8_t>(), [](int8_t value) {
                    return value >= -1 && value <= 1;
                  });
  if (!areTrits)
    return emitOpError("(C1) expected the patterns to be i8 of -1, 0 and 1");
  auto type = cast<ShapedType>(patterns.getType());
  if (type.getRank() != 2 ||
      type.getDimSize(0) != getSignal().getType().getDimSize(1) ||
      type.getDimSize(1) != getScores().getType().getDimSize(1))
    return emitOpError("(C2) expected patterns of shape ")
           << getSignal().getType().getDimSize(1) << " x "
           << getScores().getType().getDimSize(1) << " but got " << type;
  return success();
}
