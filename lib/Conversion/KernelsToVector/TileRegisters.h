//===- TileRegisters.h - Shapes of the registers of AMX ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_TILEREGISTERS_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_TILEREGISTERS_H

#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace mlir::mml {

/// The registers of AMX.
constexpr int64_t kTileRegisters = 8;

/// How many registers the tiles of the contractions in `function` take if each
/// has as many rows as it has tokens: a register has one shape throughout a
/// function. Nothing where no contraction is on tiles.
std::optional<int64_t> countTileRegisters(Operation *function,
                                          const DotTarget &target);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_TILEREGISTERS_H
