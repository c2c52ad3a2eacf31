//===- Tensors.h - What goes in and what comes out, by name ----*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_TENSORS_H
#define MML_EXECUTIONENGINE_TENSORS_H

#include "mml/ExecutionEngine/Entry.h"
#include "mml/ExecutionEngine/HostTensor.h"

#include <string>

namespace mml::engine {

/// Finds the paths that `arguments` give to the tensors of `specs`: an argument
/// "name=path" is for that name, any other for the first tensor without one. An
/// empty path stands for none. `kind` is "input" or "output", for errors.
llvm::Expected<llvm::SmallVector<std::string>>
assignPaths(llvm::ArrayRef<std::string> arguments,
            llvm::ArrayRef<TensorSpec> specs, llvm::StringRef kind);

/// Reads a file for every input. An error names the input that has none, and
/// what does not fit.
llvm::Expected<llvm::SmallVector<HostTensor>>
readInputs(llvm::ArrayRef<std::string> arguments,
           llvm::ArrayRef<TensorSpec> specs);

/// Data that only depend on `specs`, `seed` and `batch`, which is the size of
/// the dimensions that are dynamic: floats are normally distributed, integers
/// are 0 to 9, i1 is 0 or 1.
llvm::Expected<llvm::SmallVector<HostTensor>>
makeRandomInputs(llvm::ArrayRef<TensorSpec> specs, uint64_t seed,
                 int64_t batch);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_TENSORS_H
