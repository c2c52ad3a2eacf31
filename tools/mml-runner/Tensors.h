//===- Tensors.h - What goes in and what comes out, by name ----*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_TENSORS_H
#define MML_TOOLS_MML_RUNNER_TENSORS_H

#include "mml/ExecutionEngine/Entry.h"
#include "mml/ExecutionEngine/HostTensor.h"

#include <string>
#include <vector>

namespace mml::runner {

/// Finds the paths that `arguments` give to the tensors of `specs`: an argument
/// "name=path" is for that name, any other for the first tensor without one. An
/// empty path stands for none. `kind` is "input" or "output", for errors.
llvm::Expected<llvm::SmallVector<std::string>>
assignPaths(llvm::ArrayRef<std::string> arguments,
            llvm::ArrayRef<engine::TensorSpec> specs, llvm::StringRef kind);

/// Reads a file for every input, or makes random data if there is no argument.
llvm::Expected<llvm::SmallVector<engine::HostTensor>>
readInputs(llvm::ArrayRef<std::string> arguments,
           llvm::ArrayRef<engine::TensorSpec> specs);

/// Data that only depend on `specs`, `seed` and `batch`, which is the size of
/// the dimensions that are dynamic: floats are normally distributed, integers
/// are 0 to 9, i1 is 0 or 1.
llvm::Expected<llvm::SmallVector<engine::HostTensor>>
makeRandomInputs(llvm::ArrayRef<engine::TensorSpec> specs, uint64_t seed,
                 int64_t batch);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_TENSORS_H
