//===- MMLTransformOps.h - Schedules of contractions ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_H
#define MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"

#define GET_OP_CLASSES
#include "mml/Dialect/MML/TransformOps/MMLTransformOps.h.inc"

namespace mlir::mml {

/// Adds the operations for contractions to the transform dialect, wherever it
/// is loaded.
void registerTransformDialectExtension(DialectRegistry &registry);

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMOPS_MMLTRANSFORMOPS_H
