//===- Passes.h - Passes that run models ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TRACE_PASSES_H
#define MML_TRACE_PASSES_H

#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::mml {

/// What the traced side of `mml-trace` runs on.
enum class TraceTarget { CPU, CUDA };

#define GEN_PASS_DECL
#include "mml/Trace/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mml/Trace/Passes.h.inc"

/// Runs `module` as `options` say and reports what its operations compute; the
/// module stays as it is. Failure, with an error at the operation, where a
/// value differs from what it is compared with, and where something cannot be
/// run.
LogicalResult trace(ModuleOp module, const TracePassOptions &options);

} // namespace mlir::mml

#endif // MML_TRACE_PASSES_H
