//===- RowKernel.cpp - Operations on rows as one kernel -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowKernel.h"

#include "BlockBuilder.h"
#include "LinalgElements.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::mml;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static bool isRowWise(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics() || op.getNumLoops() == 0 ||
      op.getNumLoops() > 2 ||
      !linalg::isParallelIterator(op.getIteratorTypesArray()[0]))
    return false;
  auto isRow = [](AffineExpr expr) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    return dim && dim.getPosition() == 0;
  };
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (op.isDpsInit(&operand) &&
        (map.getNumResults() == 0 || !isRow(map.getResult(0))))
      return false;
    for (auto [axis, expr] : llvm::enumerate(map.getResults()))
      if (expr.isFunctionOfDim(0) && (axis != 0 || !isRow(expr)))
        return false;
  }
  // What the body reads besides may be another row.
  return op->walk([&](Operation *inner) {
             return inner == op.getOperation() || isMemoryEffectFree(inner)
                        ? WalkResult::advance()
                        : WalkResult::interrupt();
           }).wasInterrupted() == false;
}

static bool sumsOverRow(linalg::LinalgOp op) {
  return op.getNumReductionLoops() == 1;
}

/// How many rows there are: a number, or a value, or a memref whose first size
/// it is.
static OpFoldResult getRows(linalg::LinalgOp op) {
  Value result = op.getDpsInits().front();
  auto type = cast<MemRefType>(result.getType());
  if (!type.isDynamicDim(0))
    return Builder(op.getContext()).getIndexAttr(type.getDimSize(0));
  if (auto alloc = result.getDefiningOp<gpu::AllocOp>())
    return alloc.getDynamicSizes().front();
  return result;
}

static Value getRoot(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  return buffer;
}

/// Whether `op` reads or writes rows of what `group` has written only as the
/// group did: through the same memref.
static bool seesSameRows(linalg::LinalgOp op, const RowGroup &group) {
  for (linalg::LinalgOp other : group.operations)
    for (Value written : other.getDpsInits())
      for (Value operand : op->getOperands())
        if (operand != written && getRoot(operand) == getRoot(written))
          return false;
  return true;
}

SmallVector<RowGroup> mlir::mml::findRowGroups(Block &block) {
  SmallVector<RowGroup> groups;
  RowGroup group;
  auto close = [&] {
    // What frees memory behind the last operation is none of its business.
    if (group.operations.size() > 1 &&
        llvm::any_of(group.operations, sumsOverRow)) {
      Operation *last = group.operations.back();
      llvm::erase_if(group.deallocations,
                     [&](Operation *op) { return last->isBeforeInBlock(op); });
      groups.push_back(group);
    }
    group = RowGroup();
  };
  for (Operation &op : block) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (linalgOp && isRowWise(linalgOp)) {
      bool belongs = group.operations.empty() ||
                     (getRows(linalgOp) == getRows(group.operations.front()) &&
                      seesSameRows(linalgOp, group));
      if (!belongs)
        close();
      group.operations.push_back(linalgOp);
    } else if (isa<gpu::DeallocOp>(op)) {
      if (!group.operations.empty())
        group.deallocations.push_back(&op);
    } else if (!isa<gpu::AllocOp>(op) && !isMemoryEffectFree(&op)) {
      close();
    }
  }
  close();
  return groups;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The operation that combines the sums of `op`, if it is one that has a
/// neutral element.
static Operation *getCombiner(linalg::LinalgOp op) {
  if (op.getNumDpsInits() != 1)
    return nullptr;
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) ||
      combiners.size() != 1 || !arith::getNeutralElement(combiners.front()))
    return nullptr;
  return combiners.front();
}

namespace {

class RowKernel {
public:
  RowKernel(BlockBuilder &builder, gpu::LaunchOp launch)
      : k(builder), shared(launch) {}

  void build(linalg::LinalgOp op);

private:
  /// Threads sum parts of the row, and one of them combines these.
  void sum(LinalgElements &elements, Operation *combiner);

  BlockBuilder &k;
  SharedMemory shared;
};

} // namespace

void RowKernel::sum(LinalgElements &elements, Operation *combiner) {
  auto combine = [&](Value lhs, Value rhs) -> Value {
    OperationState state(k.loc, combiner->getName(), {lhs, rhs},
                         combiner->getResultTypes(), combiner->getAttrs());
    return k.b.create(state)->getResult(0);
  };
  Value neutral = arith::ConstantOp::create(
      k.b, k.loc, *arith::getNeutralElement(combiner));
  Value sum = k.loop(k.thread, elements.getSize(1), k.threads, neutral,
                     [&](Value column, ValueRange args) {
                       return SmallVector<Value>{
                           elements.buildStep({k.block, column}, args.front())};
                     })
                  .front();
  for (int64_t lanes = kWarpThreads / 2; lanes > 0; lanes /= 2)
    sum = combine(sum, k.exchange(sum, lanes));
  int64_t warps = k.threads / kWarpThreads;
  Value parts = shared.get(k.b, k.loc, MemRefType::get({warps}, sum.getType()),
                           /*offset=*/0);
  Value warp = k.apply(k.d(0).floorDiv(kWarpThreads), {k.thread});
  Value lane = k.apply(k.d(0) % kWarpThreads, {k.thread});
  k.when(k.isBelow(lane, k.b.getIndexAttr(1)),
         [&] { memref::StoreOp::create(k.b, k.loc, sum, parts, warp); });
  k.barrier();
  k.when(k.isBelow(k.thread, k.b.getIndexAttr(1)), [&] {
    elements.update([&](Value result) {
      for (int64_t i = 0; i < warps; ++i)
        result =
            combine(result, memref::LoadOp::create(k.b, k.loc, parts,
                                                   ValueRange(k.index(i))));
      return result;
    });
  });
}

void RowKernel::build(linalg::LinalgOp op) {
  LinalgElements elements(k.b, op);
  Type type = getElementTypeOrSelf(op.getDpsInits().front().getType());
  Operation *combiner = sumsOverRow(op) ? getCombiner(op) : nullptr;
  // Lanes exchange 32 bits at a time.
  if (combiner && type.getIntOrFloatBitWidth() == 32)
    return sum(elements, combiner);
  if (op.getNumLoops() == 2 && !sumsOverRow(op))
    return k.share(elements.getSize(1),
                   [&](Value column) { elements.buildAt({k.block, column}); });
  k.when(k.isBelow(k.thread, k.b.getIndexAttr(1)),
         [&] { elements.buildAt(k.block); });
}

void mlir::mml::buildRowKernel(const RowGroup &group, Launcher &launcher) {
  Operation *last = group.operations.back();
  OpBuilder b(last);
  Location loc = last->getLoc();
  linalg::LinalgOp first = group.operations.front();
  OpFoldResult rows = memref::getMixedSize(b, loc, first.getDpsInits()[0], 0);
  // Of few rows it is the threads of each that have reads of memory under way.
  int64_t threads = kWarpThreads;
  for (linalg::LinalgOp op : group.operations)
    if (op.getNumLoops() == 2) {
      int64_t columns = op.getStaticLoopRanges()[1];
      threads = std::max(threads, ShapedType::isDynamic(columns)
                                      ? kMostThreads
                                      : getThreadsFor(columns));
    }
  gpu::LaunchOp launch = launcher.create(
      b, loc, "rows", getValueOrCreateConstantIndexOp(b, loc, rows),
      arith::ConstantIndexOp::create(b, loc, threads).getResult());
  for (Operation *op : llvm::reverse(group.deallocations))
    op->moveAfter(launch);
  b.setInsertionPointToStart(&launch.getBody().front());
  BlockBuilder k(b, launch, threads);
  RowKernel kernel(k, launch);
  for (linalg::LinalgOp op : group.operations) {
    if (op != group.operations.front())
      k.barrier();
    kernel.build(op);
  }
  for (linalg::LinalgOp op : llvm::reverse(group.operations))
    op.erase();
}
