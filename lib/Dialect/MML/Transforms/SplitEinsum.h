//===- SplitEinsum.h - Einsums of many operands -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_SPLITEINSUM_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_SPLITEINSUM_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir::mml {

/// Builds einsums of one or two operands each, in the order of a plan, and
/// returns what `op` is then. Sizes that stretch are dropped before.
Value splitEinsum(RewriterBase &rewriter, EinsumOp op);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_SPLITEINSUM_H
