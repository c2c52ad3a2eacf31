//===- MachineModel.h - Processors as the cost model sees them --*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_MACHINEMODEL_H
#define MML_DIALECT_MML_TRANSFORMS_MACHINEMODEL_H

#include "mml/Dialect/MML/Transforms/CostModel.h"

namespace mlir::mml {

/// A class of processors: instructions a cycle of the widest vectors that
/// kernels use, and where weights come from.
struct MachineModel {
  /// Cycles a nanosecond.
  double gigahertz;
  /// Instructions a cycle: of arithmetic on vectors, of those that move bytes
  /// across a vector, that multiply and add bytes, that load and that store.
  double vectorOps, shuffles, products, loads, stores;
  /// Rows of 64 bytes a cycle that tiles multiply; 0 without tiles.
  double tileRows;
  /// Bytes of the cache of a core, and of the largest one.
  double coreCache, lastCache;
  /// Bytes a nanosecond that one thread reads from them and from memory, and
  /// that all threads do from memory.
  double coreBandwidth, lastBandwidth, memoryBandwidth, allMemoryBandwidth;

  /// The class that `target` is of.
  static MachineModel get(const KernelTarget &target);
};

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_MACHINEMODEL_H
