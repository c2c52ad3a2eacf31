//===- MMLBytecode.h - Attributes in bytecode -------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_MMLBYTECODE_H
#define MML_LIB_DIALECT_MML_IR_MMLBYTECODE_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

namespace mlir::mml {

/// Says how bytecode holds those attributes of `dialect` that it does not hold
/// as their text.
void addBytecodeInterface(MMLDialect &dialect);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_MMLBYTECODE_H
