//===- TileLaunches.h - Kernels of the tiles of a contraction ---*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_TILELAUNCHES_H
#define MML_LIB_GPU_TILELAUNCHES_H

#include "DotPlan.h"
#include "Launch.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::mml {

/// The most sums that `op` has along `axis`, or the largest number.
int64_t getMostSums(ContractPackedOp op, int64_t axis);
/// The depth of `op`, in groups of 16 k.
int64_t getDepthGroups(ContractPackedOp op);

/// Launches what computes the tiles of `contraction`, the iterations of `loop`
/// (null: there is one), by blocks of threads that share them as in `plan`, and
/// what is computed of their sums. A depth in `parts` is two kernels; there are
/// up to `mostTiles` tiles then. Fails with an error at what no kernel can do.
LogicalResult launchTiles(ContractPackedOp contraction, scf::ForallOp loop,
                          const Chip &chip, const DotPlan &plan, int64_t parts,
                          int64_t mostTiles, Launcher &launcher);

} // namespace mlir::mml

#endif // MML_LIB_GPU_TILELAUNCHES_H
