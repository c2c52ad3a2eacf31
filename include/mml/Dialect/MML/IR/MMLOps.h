//===- MMLOps.h - Operations of the mml dialect -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLOPS_H
#define MML_DIALECT_MML_IR_MMLOPS_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#define GET_OP_CLASSES
#include "mml/Dialect/MML/IR/MMLOps.h.inc"

#endif // MML_DIALECT_MML_IR_MMLOPS_H
