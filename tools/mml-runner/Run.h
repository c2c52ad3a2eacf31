//===- Run.h - Run a compiled model as asked -------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_RUN_H
#define MML_TOOLS_MML_RUNNER_RUN_H

#include "Model.h"
#include "Options.h"

#include "mml/CUDARuntime/Runtime.h"
#include "mml/ExecutionEngine/HostTensor.h"
#include "mml/ExecutionEngine/Timing.h"

#include <optional>

namespace mml::runner {

/// Loads a model that is in the LLVM dialect, calls it, and prints, writes and
/// compares what comes out. With `gpu` it has kernels, which run there. `times`
/// are those of the steps so far. Returns `Success` or `Mismatch`; of the
/// latter the standard error says why. `inputs` are what `--input` names, where
/// that has been read.
llvm::Expected<ExitCode>
run(const Options &options, Model &model, llvm::StringRef targetCPU,
    llvm::SmallVector<engine::StageTime> times,
    std::optional<llvm::SmallVector<engine::HostTensor>> inputs,
    cuda::Runtime *gpu);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_RUN_H
