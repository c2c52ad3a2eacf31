//===- KernelNotes.h - Kernels other than those asked for ------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_KERNELNOTES_H
#define MML_TOOLS_MML_RUNNER_KERNELNOTES_H

#include "mlir/IR/MLIRContext.h"

namespace mml::runner {

/// While it lives, notes which layers that are compiled in `context` get
/// another kernel than the one that `--kernel` asks for; says so on the
/// standard error when it ends, in one line for each kernel and reason.
class KernelNotes {
public:
  explicit KernelNotes(mlir::MLIRContext &context);
  ~KernelNotes();
  KernelNotes(const KernelNotes &) = delete;
  KernelNotes &operator=(const KernelNotes &) = delete;

private:
  mlir::MLIRContext &context;
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_KERNELNOTES_H
