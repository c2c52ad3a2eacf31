//===- GPU.cpp - The GPU that a model runs on -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include "mml/GPU/Chip.h"

using namespace mml::runner;

llvm::Expected<GPU> GPU::open() {
  std::string message;
  GPU gpu;
  gpu.runtime = cuda::Runtime::create(message);
  if (!gpu.runtime)
    return llvm::createStringError("--target cuda: " + message);
  llvm::Expected<std::string> chip =
      mlir::mml::Chip::getNameFor(gpu.runtime->getChip());
  if (!chip)
    return llvm::createStringError("--target cuda: " +
                                   llvm::toString(chip.takeError()));
  gpu.chip = *chip;
  return gpu;
}
