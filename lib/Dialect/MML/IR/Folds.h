//===- Folds.h - Canonicalizations that files share -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_FOLDS_H
#define MML_LIB_DIALECT_MML_IR_FOLDS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::mml {

/// The layer of any equation as the dense layer that it is.
void populateEinsumDenseToDensePatterns(RewritePatternSet &patterns);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_FOLDS_H
