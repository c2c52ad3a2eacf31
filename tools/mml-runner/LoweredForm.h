//===- LoweredForm.h - The operations of a model as a table ----*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_LOWEREDFORM_H
#define MML_TOOLS_MML_RUNNER_LOWEREDFORM_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace mml::runner {

/// Prints what computes or moves elements in a module of the core form, one
/// operation a line: what it reads, what it writes, and what that means.
void printLoweredForm(llvm::raw_ostream &os, mlir::ModuleOp module);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_LOWEREDFORM_H
