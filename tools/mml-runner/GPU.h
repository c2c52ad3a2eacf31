//===- GPU.h - The GPU that a model runs on ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_GPU_H
#define MML_TOOLS_MML_RUNNER_GPU_H

#include "mml/CUDARuntime/Runtime.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace mml::runner {

/// The first GPU of this machine.
struct GPU {
  std::unique_ptr<cuda::Runtime> runtime;
  /// The chip to compile for, by LLVM's name.
  std::string chip;

  /// An error where there is no driver or no GPU, or where it is too old.
  static llvm::Expected<GPU> open();
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_GPU_H
