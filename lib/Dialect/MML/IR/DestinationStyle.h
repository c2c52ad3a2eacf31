//===- DestinationStyle.h - Effects and shapes ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_DESTINATIONSTYLE_H
#define MML_LIB_DIALECT_MML_IR_DESTINATIONSTYLE_H

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::mml {

/// The effects of a structured operation: on memrefs it reads its operands and
/// reads and writes its destinations; on tensors it has none.
void getDestinationStyleEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects);

/// The shape of each result, which is that of its destination.
LogicalResult reifyDestinationShapes(DestinationStyleOpInterface op,
                                     OpBuilder &builder,
                                     ReifiedRankedShapedTypeDims &shapes);

/// The constraint that operands are all tensors or all memrefs, and that the
/// results of an operation on tensors have the types of the destinations.
LogicalResult verifyDestinationStyle(DestinationStyleOpInterface op);

/// The constraint that `bound` is a magnitude of i8, and that the sum of
/// `depth` products of it fits an i32.
LogicalResult verifyBound(Operation *op, int64_t bound, int64_t depth);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_DESTINATIONSTYLE_H
