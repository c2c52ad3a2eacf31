//===- TileRegisters.cpp - Shapes of the registers of AMX -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The registers are configured for shapes once, where a function begins to use
// them, and LLVM gives a tile only a register that has its shape: with more of
// them it runs out of registers, which is the end of a compilation.
//
//===----------------------------------------------------------------------===//

#include "TileRegisters.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/DotSchedule.h"

#include <map>

using namespace mlir;
using namespace mlir::mml;

std::optional<int64_t> mlir::mml::countTileRegisters(Operation *function,
                                                     const DotTarget &target) {
  // By the rows of their tiles; those of codes are whole.
  std::map<int64_t, int64_t> registers;
  int64_t codes = 0;
  function->walk([&](ContractPackedOp op) {
    auto layout = dyn_cast<DotLayoutAttr>(op.getLayout());
    if (!layout)
      return;
    DotSchedule schedule(
        target, op.getLayout().getBlockRows(),
        cast<ShapedType>(op.getKernel().getType()).getDimSize(1));
    if (schedule.getTarget().kind != DotKind::TilesI32 ||
        (layout.getMixed() && schedule.canMix()))
      return;
    int64_t tokens = cast<ShapedType>(op.getOut().getType()).getDimSize(0);
    SmallVector<int64_t> tileRows = schedule.getTileRows(
        ShapedType::isDynamic(tokens) ? std::nullopt : std::optional(tokens));
    if (tileRows.empty())
      return;
    int64_t vectors = schedule.getVectors();
    codes = std::max(codes, vectors);
    for (int64_t rows : tileRows) {
      // Sums, and the activations of one tile.
      int64_t &most = registers[rows];
      most = std::max(most, vectors * llvm::count(tileRows, rows) + 1);
    }
  });
  if (registers.empty())
    return std::nullopt;
  for (auto [rows, count] : registers)
    codes += count;
  return codes;
}
