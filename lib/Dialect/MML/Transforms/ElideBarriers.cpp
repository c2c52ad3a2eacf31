//===- ElideBarriers.cpp - One barrier at the end of a parallel region ----===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::mml {
#define GEN_PASS_DEF_ELIDEBARRIERSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Whether each thread of `parallel` has allocated `buffer` for itself.
static bool isOwn(Value buffer, omp::ParallelOp parallel) {
  auto alloc = buffer.getDefiningOp<memref::AllocOp>();
  return alloc && alloc->getParentRegion() == &parallel.getRegion();
}

/// The loop that `parallel` ends with, if it has a barrier that nothing needs.
static omp::WsloopOp getLastLoop(omp::ParallelOp parallel) {
  Operation *last = parallel.getRegion().front().getTerminator();
  do
    last = last->getPrevNode();
  while (last && isa<memref::DeallocOp>(last) &&
         isOwn(last->getOperand(0), parallel));
  auto loop = dyn_cast_or_null<omp::WsloopOp>(last);
  if (!loop || loop.getNowait() || !loop.getReductionVars().empty() ||
      !loop.getPrivateVars().empty() || !loop.getLinearVars().empty())
    return {};
  return loop;
}

/// Puts a fence before the end of `parallel` if stores in it need one.
static void fenceStores(omp::ParallelOp parallel) {
  WalkResult walk = parallel.walk([](vector::StoreOp store) {
    return store.getNontemporal() ? WalkResult::interrupt()
                                  : WalkResult::advance();
  });
  if (!walk.wasInterrupted())
    return;
  OpBuilder b(parallel.getRegion().front().getTerminator());
  LLVM::FenceOp::create(b, parallel.getLoc(), LLVM::AtomicOrdering::seq_cst);
}

namespace {

struct ElideBarriersPass
    : mlir::mml::impl::ElideBarriersPassBase<ElideBarriersPass> {
  using ElideBarriersPassBase::ElideBarriersPassBase;

  void runOnOperation() override {
    getOperation()->walk([&](omp::ParallelOp parallel) {
      if (!parallel.getRegion().hasOneBlock())
        return;
      if (omp::WsloopOp loop = getLastLoop(parallel)) {
        loop.setNowait(true);
        ++numBarriers;
      }
      fenceStores(parallel);
    });
  }
};

} // namespace
