//===- LinalgToGPU.cpp - A kernel an operation of linalg ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"
#include "Launch.h"
#include "LinalgElements.h"
#include "PackTokens.h"
#include "RowKernel.h"

#include "mml/GPU/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTLINALGTOGPUPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The kernel of one operation: a thread an element of the result.
static void buildKernel(OpBuilder &b, linalg::LinalgOp op, int64_t blockThreads,
                        Launcher &launcher) {
  Location loc = op.getLoc();
  LinalgElements elements(b, op);
  std::optional<int64_t> known = getConstantIntValue(elements.getCount());
  if (known && *known == 0)
    return;
  int64_t threads = blockThreads;
  if (known)
    threads = std::min<int64_t>(threads, llvm::alignTo(*known, kWarpThreads));
  Value blocks = getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(
          b, loc, b.getAffineDimExpr(0).ceilDiv(threads), elements.getCount()));
  gpu::LaunchOp launch = launcher.create(
      b, loc, op->getName().stripDialect(), blocks,
      arith::ConstantIndexOp::create(b, loc, threads).getResult());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&launch.getBody().front());
  BlockBuilder k(b, launch, threads);
  Value number = k.apply(k.d(0) * threads + k.d(1), {k.block, k.thread});
  if (known && *known % threads == 0)
    elements.build(number);
  else
    k.when(k.isBelow(number, elements.getCount()),
           [&] { elements.build(number); });
}

/// The kernel of one arrangement of activations: a block of threads a token.
static void buildPackKernel(OpBuilder &b, PackActivationsOp op,
                            Launcher &launcher) {
  Location loc = op.getLoc();
  int64_t threads = getPackThreads(op);
  Value blocks =
      getPackBlocks(b, loc, memref::getMixedSize(b, loc, op.getInput(), 0));
  gpu::LaunchOp launch = launcher.create(
      b, loc, "pack_activations", blocks,
      arith::ConstantIndexOp::create(b, loc, threads).getResult());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&launch.getBody().front());
  BlockBuilder k(b, launch, threads);
  SharedMemory shared(launch);
  buildPackTokens(k, shared, op);
}

/// Erases an array that nothing reads or writes any more. Its sizes, of
/// constant axes, may be in use.
static void eraseArray(gpu::AllocOp op) {
  for (Operation *user :
       llvm::make_early_inc_range(op.getMemref().getUsers())) {
    if (auto dim = dyn_cast<memref::DimOp>(user))
      dim.replaceAllUsesWith(
          op.getDynamicSizes()[op.getType().getDynamicDimIndex(
              *dim.getConstantIndex())]);
    user->erase();
  }
  op.erase();
}

//===----------------------------------------------------------------------===//
// What is between the operations
//===----------------------------------------------------------------------===//

/// Stores a value of the host by a kernel of one thread.
static void convertStore(OpBuilder &b, memref::StoreOp op, Launcher &launcher) {
  gpu::LaunchOp launch = launcher.create(
      b, op.getLoc(), "store",
      arith::ConstantIndexOp::create(b, op.getLoc(), 1).getResult(),
      arith::ConstantIndexOp::create(b, op.getLoc(), 1).getResult());
  op->moveBefore(launch.getBody().front().getTerminator());
}

/// Brings an element to the host: a kernel of one thread puts it in a buffer of
/// its own, which is copied.
static void convertLoad(OpBuilder &b, memref::LoadOp op, Launcher &launcher) {
  Location loc = op.getLoc();
  auto type = MemRefType::get({}, op.getType());
  Value buffer = gpu::AllocOp::create(b, loc, type, /*asyncToken=*/Type(),
                                      ValueRange(), ValueRange(), ValueRange())
                     .getMemref();
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  gpu::LaunchOp launch = launcher.create(b, loc, "load", one, one);
  Value host;
  {
    OpBuilder::InsertionGuard guard(b);
    auto function = op->getParentOfType<func::FuncOp>();
    b.setInsertionPointToStart(&function.getBody().front());
    host = memref::AllocaOp::create(b, loc, type);
    b.setInsertionPointToStart(&launch.getBody().front());
    Value element =
        memref::LoadOp::create(b, loc, op.getMemref(), op.getIndices());
    memref::StoreOp::create(b, loc, element, buffer, ValueRange());
  }
  gpu::MemcpyOp::create(b, loc, /*asyncToken=*/Type(), ValueRange(), host,
                        buffer);
  gpu::DeallocOp::create(b, loc, /*asyncToken=*/Type(), ValueRange(), buffer);
  // The one operation that reads memory of the host.
  Value element = memref::LoadOp::create(b, loc, host, ValueRange());
  op.replaceAllUsesWith(element);
  op.erase();
}

/// Whether `op` only passes buffers on, or is one of those made here.
static bool mayHandleBuffers(Operation *op) {
  if (isa<gpu::GPUDialect>(op->getDialect()) || isa<ViewLikeOpInterface>(op) ||
      op->hasTrait<OpTrait::IsTerminator>() ||
      isa<RegionBranchOpInterface, CallOpInterface>(op))
    return true;
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return load.getMemref().getDefiningOp<memref::AllocaOp>();
  return isa<
      memref::AllocOp, memref::AllocaOp, memref::CastOp, memref::DeallocOp,
      memref::DimOp, memref::ExtractAlignedPointerAsIndexOp,
      memref::ExtractStridedMetadataOp, memref::GetGlobalOp, arith::SelectOp>(
      op);
}

namespace {

struct ConvertLinalgToGPUPass
    : mlir::mml::impl::ConvertLinalgToGPUPassBase<ConvertLinalgToGPUPass> {
  using ConvertLinalgToGPUPassBase::ConvertLinalgToGPUPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (blockThreads == 0 || blockThreads % kWarpThreads != 0 ||
        blockThreads > kMostThreads)
      return emitError(UnknownLoc::get(context))
             << "expected the threads of a block to be a multiple of "
             << kWarpThreads << " up to " << kMostThreads << " but got "
             << blockThreads.getValue();
    return success();
  }

  void runOnOperation() override {
    Launcher launcher(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      convert(function, launcher);
      WalkResult result = function.walk<WalkOrder::PreOrder>([](Operation *op) {
        if (isa<gpu::LaunchOp>(op))
          return WalkResult::skip();
        auto isBuffer = [](Type type) { return isa<BaseMemRefType>(type); };
        if (llvm::none_of(op->getOperandTypes(), isBuffer) ||
            mayHandleBuffers(op))
          return WalkResult::advance();
        op->emitOpError("cannot run on a GPU");
        return WalkResult::interrupt();
      });
      if (result.wasInterrupted())
        return signalPassFailure();
    }
  }

private:
  void convert(func::FuncOp function, Launcher &launcher) {
    SmallVector<RowGroup> groups;
    function.walk([&](Block *block) {
      if (!isa<gpu::LaunchOp>(block->getParentOp()))
        groups.append(findRowGroups(*block));
    });
    SmallVector<gpu::AllocOp> elided;
    for (RowGroup &group : groups)
      if (gpu::AllocOp array = buildRowKernel(group, launcher))
        elided.push_back(array);
    // Another group may have had what frees it between its operations.
    llvm::for_each(elided, eraseArray);
    SmallVector<Operation *> operations;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<gpu::LaunchOp>(op))
        return WalkResult::skip();
      auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      bool isKernel = linalgOp && linalgOp.hasPureBufferSemantics();
      auto pack = dyn_cast<PackActivationsOp>(op);
      if (isKernel || (pack && hasPlainDotLayout(pack)) ||
          isa<memref::CopyOp, memref::LoadOp, memref::StoreOp>(op))
        operations.push_back(op);
      return isKernel ? WalkResult::skip() : WalkResult::advance();
    });
    for (Operation *op : operations) {
      OpBuilder builder(op);
      if (auto store = dyn_cast<memref::StoreOp>(op)) {
        convertStore(builder, store, launcher);
        continue;
      }
      if (auto pack = dyn_cast<PackActivationsOp>(op)) {
        buildPackKernel(builder, pack, launcher);
        op->erase();
        continue;
      }
      if (auto load = dyn_cast<memref::LoadOp>(op)) {
        convertLoad(builder, load, launcher);
        continue;
      }
      if (auto copy = dyn_cast<memref::CopyOp>(op)) {
        op = linalg::makeMemRefCopyOp(builder, copy.getLoc(), copy.getSource(),
                                      copy.getTarget());
        copy.erase();
        builder.setInsertionPoint(op);
      }
      buildKernel(builder, cast<linalg::LinalgOp>(op), blockThreads, launcher);
      op->erase();
    }
  }
};

} // namespace
