//===- Kernel.h - Kernels of ternary contractions ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_KERNEL_H
#define MML_DIALECT_MML_TRANSFORMS_KERNEL_H

namespace mlir::mml {

/// The ways to compute an `mml.contract`.
enum class KernelKind {
  /// The kernel that is expected to be the fastest.
  Auto,
  /// Additions and subtractions under masks from packed words
  /// (`#mml.tiled`).
  AddSub,
  /// Trits of one byte in a linalg operation: what every other kernel is
  /// compared with, and the one for trits that are not constant.
  Reference,
};

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_KERNEL_H
