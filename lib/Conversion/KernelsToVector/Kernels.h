//===- Kernels.h - Kernels of packed contractions ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_KERNELS_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_KERNELS_H

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

namespace mlir::mml {

/// Builds the loops that arrange activations on memrefs in the dot layout. The
/// operation stays.
void buildPackDotActivations(OpBuilder &builder, PackActivationsOp op);

/// Builds the loops that arrange what the mixed kernel reads beside that.
void buildPackMixedActivations(OpBuilder &builder, PackActivationsOp op);

/// Builds the loops of a contraction on memrefs in the dot layout. The
/// operation stays. Tiles of few tokens have as few rows, unless
/// `hasWholeTiles`.
void buildDotKernel(OpBuilder &builder, ContractPackedOp op,
                    const DotTarget &target, bool hasWholeTiles);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_KERNELS_H
