//===- PredicateLaunches.cpp - Launches without branches around -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/GPU/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PREDICATELAUNCHESPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Whether what `block` does may also be done where it is not asked for, but
/// for its launches.
static bool isFlat(Block &block) {
  return llvm::all_of(block.without_terminator(), [](Operation &op) {
    return isa<gpu::LaunchFuncOp>(op)
               ? op.getNumResults() == 0
               : isMemoryEffectFree(&op) && isSpeculatable(&op);
  });
}

/// Moves what `block` does in front of `branch`; its launches have no blocks
/// unless `condition` is `expected`.
static void flatten(Block &block, scf::IfOp branch, bool expected) {
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    op.moveBefore(branch);
    auto launch = dyn_cast<gpu::LaunchFuncOp>(op);
    if (!launch)
      continue;
    OpBuilder b(launch);
    Location loc = launch.getLoc();
    Value blocks = launch.getGridSizeX();
    Value none =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(blocks.getType()));
    Value size = arith::SelectOp::create(b, loc, branch.getCondition(),
                                         expected ? blocks : none,
                                         expected ? none : blocks);
    launch.getGridSizeXMutable().assign(size);
  }
}

namespace {

struct PredicateLaunchesPass
    : mlir::mml::impl::PredicateLaunchesPassBase<PredicateLaunchesPass> {
  void runOnOperation() override {
    // Inner branches come first.
    getOperation()->walk([](scf::IfOp branch) {
      auto hasLaunches = [](Block &block) {
        return !block.getOps<gpu::LaunchFuncOp>().empty();
      };
      Block *otherwise = branch.elseBlock();
      if (branch.getNumResults() != 0 || !isFlat(*branch.thenBlock()) ||
          (otherwise && !isFlat(*otherwise)) ||
          !(hasLaunches(*branch.thenBlock()) ||
            (otherwise && hasLaunches(*otherwise))))
        return;
      flatten(*branch.thenBlock(), branch, /*expected=*/true);
      if (otherwise)
        flatten(*otherwise, branch, /*expected=*/false);
      branch.erase();
    });
  }
};

} // namespace
