//===- Chip.h - What a GPU can do -------------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_GPU_CHIP_H
#define MML_GPU_CHIP_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::mml {

/// A GPU of NVIDIA, by its compute capability.
class Chip {
public:
  /// The chip that LLVM calls `name`: "sm_75", "sm_90a", ... An error where
  /// LLVM does not know it, or where it is older than sm_75.
  static llvm::Expected<Chip> parse(llvm::StringRef name);

  /// The name of the newest chip whose code runs on one of this compute
  /// capability (80 for 8.0). An error where it is older than sm_75.
  static llvm::Expected<std::string> getNameFor(unsigned capability);

  /// The features that LLVM is to compile with. `features` is empty, for the
  /// first version of PTX that the chip can have, or "+ptx" and a version that
  /// LLVM knows and that is not older.
  llvm::Expected<std::string> getFeatures(llvm::StringRef features) const;

  /// The capability as a number: 75 for sm_75.
  unsigned getCapability() const { return capability; }
  /// How many processors (SMs) a large GPU of this kind has.
  int64_t getProcessors() const { return processors; }
  /// Products of 16 x 32 by 32 x 8 bytes (`mma.sync` m16n8k32).
  bool hasByteMma() const { return capability >= 80; }
  /// Copies to shared memory that do not wait (`cp.async`).
  bool hasAsyncCopies() const { return capability >= 80; }

private:
  Chip(unsigned capability, unsigned processors, unsigned ptx)
      : capability(capability), processors(processors), ptx(ptx) {}

  unsigned capability, processors;
  /// The first version of PTX for it that has what kernels use, times ten.
  unsigned ptx;
};

} // namespace mlir::mml

#endif // MML_GPU_CHIP_H
