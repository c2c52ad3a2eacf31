//===- Print.h - Tensors as text -------------------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_PRINT_H
#define MML_TOOLS_MML_RUNNER_PRINT_H

#include "mml/ExecutionEngine/HostTensor.h"

#include "llvm/Support/raw_ostream.h"

namespace mml::runner {

/// Prints the elements of `tensor` in brackets, a row a line, six digits of a
/// float. Of a tensor of more than 1000 elements only the first and the last
/// three along each dimension are shown.
void print(llvm::raw_ostream &os, const engine::HostTensor &tensor);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_PRINT_H
