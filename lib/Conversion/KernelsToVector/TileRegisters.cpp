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

/// The rows of the tiles of tokens that `op` has in registers at once; none
/// where it has no tiles.
static SmallVector<int64_t> getTileRows(ContractPackedOp op,
                                        const DotSchedule &schedule) {
  SmallVector<int64_t> whole(schedule.getPanelTokens() /
                                 DotSchedule::kTileTokens,
                             DotSchedule::kTileTokens);
  int64_t tokens = cast<ShapedType>(op.getOut().getType()).getDimSize(0);
  if (ShapedType::isDynamic(tokens))
    return whole;
  auto count = schedule.getDirectCount(tokens, /*isKnown=*/true);
  if (!count)
    return whole;
  if (!schedule.isTiledDirect(*count))
    return {};
  return schedule.getTileRows(*count);
}

std::optional<int64_t> mlir::mml::countTileRegisters(Operation *function,
                                                     const DotTarget &target) {
  // By the rows of their tiles.
  std::map<int64_t, int64_t> registers;
  function->walk([&](ContractPackedOp op) {
    if (!isa<DotLayoutAttr>(op.getLayout()))
      return;
    DotSchedule schedule(
        target, op.getLayout().getBlockRows(),
        cast<ShapedType>(op.getKernel().getType()).getDimSize(1));
    if (schedule.getTarget().kind != DotKind::TilesI32)
      return;
    SmallVector<int64_t> all = getTileRows(op, schedule);
    int64_t vectors = schedule.getVectors();
    for (int64_t rows : all) {
      // Sums, and the activations of one tile; codes are whole tiles.
      int64_t &most = registers[rows];
      most = std::max(most, vectors * llvm::count(all, rows) + 1);
    }
  });
  if (registers.empty())
    return std::nullopt;
  constexpr int64_t kCodes = 2;
  int64_t sum = kCodes;
  for (auto [rows, count] : registers)
    sum += count;
  return sum;
}
