//===- Side.h - A pipeline that a trace runs --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TRACE_SIDE_H
#define MML_LIB_TRACE_SIDE_H

#include "mml/CUDARuntime/Runtime.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Trace/Passes.h"

#include "mlir/Pass/PassManager.h"

#include <functional>

namespace mlir::mml {

/// A pipeline that leads from the core form to what an engine takes.
struct Side {
  /// What messages call it.
  std::string name;
  /// Adds its passes; an error where its text is none.
  std::function<llvm::Error(OpPassManager &)> build;
};

/// The side that `options` trace. `runtime` is opened where it is for a GPU; an
/// error where there is none.
llvm::Expected<Side> getTracedSide(const TracePassOptions &options,
                                   std::unique_ptr<::mml::cuda::Runtime> &gpu);

/// The side that it is compared with.
Side getOtherSide(const TracePassOptions &options);

/// Adds the dialects that the pipelines of `options` make.
void getSideDialects(const TracePassOptions &options,
                     DialectRegistry &registry);

/// Compiles a copy of `module` by the passes of `side`. `gpu` is opened where
/// the result is for one. Errors of passes are diagnostics besides.
llvm::Expected<std::unique_ptr<::mml::engine::Engine>>
compile(ModuleOp module, StringRef entry, const Side &side,
        std::unique_ptr<::mml::cuda::Runtime> &gpu);

} // namespace mlir::mml

#endif // MML_LIB_TRACE_SIDE_H
