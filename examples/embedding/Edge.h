//===- Edge.h - A dialect that uses ours ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/Pass.h"

#include <memory>

#include "EdgeDialect.h.inc"

#define GET_OP_CLASSES
#include "EdgeOps.h.inc"

namespace edge {

/// Makes a pass, `convert-edge-to-mml`, that turns each correlation into a
/// constant of trits and a dense layer.
std::unique_ptr<mlir::Pass> createConvertEdgeToMMLPass();

} // namespace edge

#endif // EDGE_EDGE_H
