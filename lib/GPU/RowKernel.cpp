//===- RowKernel.cpp - Operations on rows as one kernel -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowKernel.h"

#include "BlockBuilder.h"
#include "DotTile.h"
#include "LinalgElements.h"
#include "PackTokens.h"

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

/// Whether each row of `operand` belongs to one row of the results of `op`.
static bool hasRows(linalg::LinalgOp op, OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return map.getNumResults() > 0 && map.getResult(0).isFunctionOfDim(0);
}

/// Whether what `op` or an operation of `group` writes is seen by the other one
/// row by row, through the same memref: rows of others are computed at any
/// time.
static bool seesSameRows(linalg::LinalgOp op, const RowGroup &group) {
  for (linalg::LinalgOp other : group.operations)
    for (OpOperand &mine : op->getOpOperands())
      for (OpOperand &theirs : other->getOpOperands()) {
        bool isWritten = op.isDpsInit(&mine) || other.isDpsInit(&theirs);
        if (!isWritten || getRoot(mine.get()) != getRoot(theirs.get()))
          continue;
        if (mine.get() != theirs.get() || !hasRows(op, mine) ||
            !hasRows(other, theirs))
          return false;
      }
  return true;
}

/// Whether `pack` can be part of the kernel of `group`: it arranges what the
/// last operation has written, to where the others have nothing.
static bool isPackOf(PackActivationsOp pack, const RowGroup &group) {
  if (group.operations.empty() || !hasPlainDotLayout(pack))
    return false;
  linalg::LinalgOp last = group.operations.back();
  Value input = pack.getInput();
  if (last.getNumLoops() != 2 || sumsOverRow(last) ||
      !llvm::is_contained(last.getDpsInits(), input) ||
      !llvm::all_of(last.getDpsInitsMutable(), [&](OpOperand &init) {
        return last.getMatchingIndexingMap(&init).isIdentity();
      }))
    return false;
  return llvm::none_of(pack.getOuts(), [&](Value out) {
    return llvm::any_of(group.operations, [&](linalg::LinalgOp op) {
      return llvm::any_of(op->getOperands(), [&](Value operand) {
        return getRoot(operand) == getRoot(out);
      });
    });
  });
}

SmallVector<RowGroup> mlir::mml::findRowGroups(Block &block) {
  SmallVector<RowGroup> groups;
  RowGroup group;
  auto close = [&] {
    bool hasSum = llvm::any_of(group.operations, sumsOverRow);
    // Without a sum there is nothing to share but what is arranged.
    if (group.pack && !hasSum)
      group.operations.erase(group.operations.begin(),
                             std::prev(group.operations.end()));
    if (group.pack || (group.operations.size() > 1 && hasSum)) {
      // What frees memory behind the last operation is none of its business.
      Operation *last = group.getLast();
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
    } else if (auto pack = dyn_cast<PackActivationsOp>(op)) {
      if (isPackOf(pack, group))
        group.pack = pack;
      close();
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
  /// Arranges a row for `pack`: what `op` computes, or what is in memory.
  void build(PackActivationsOp pack, linalg::LinalgOp op);

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

void RowKernel::build(PackActivationsOp pack, linalg::LinalgOp op) {
  if (!op)
    return buildPackTokens(k, shared, pack);
  LinalgElements elements(k.b, op);
  buildPackTokens(k, shared, pack, [&](Value token, Value depth) {
    return elements.getAt({token, depth});
  });
}

/// The array that `op` writes, if nothing but `pack` needs more of it than its
/// sizes, or null.
static gpu::AllocOp getElidedArray(linalg::LinalgOp op,
                                   PackActivationsOp pack) {
  auto alloc = pack.getInput().getDefiningOp<gpu::AllocOp>();
  if (!alloc || op.getNumDpsInits() != 1 ||
      op.payloadUsesValueFromOperand(&*op.getDpsInitsMutable().begin()) ||
      llvm::is_contained(op.getDpsInputs(), pack.getInput()))
    return {};
  bool isNeeded = llvm::any_of(alloc->getUsers(), [&](Operation *user) {
    if (auto dim = dyn_cast<memref::DimOp>(user))
      return !dim.getConstantIndex();
    return user != op && user != pack && !isa<gpu::DeallocOp>(user);
  });
  return isNeeded ? gpu::AllocOp() : alloc;
}

/// Builds what the blocks of threads of `group` do. Where the last operation
/// `isElided`, it is computed as it is arranged, and its array is not written.
static void buildRows(BlockBuilder &k, gpu::LaunchOp launch, RowGroup &group,
                      OpFoldResult rows, bool isElided) {
  RowKernel kernel(k, launch);
  ArrayRef<linalg::LinalgOp> operations = group.operations;
  if (isElided)
    operations = operations.drop_back();
  auto build = [&] {
    for (linalg::LinalgOp op : operations) {
      if (op != operations.front())
        k.barrier();
      kernel.build(op);
    }
  };
  if (!group.pack)
    return build();
  // There are blocks behind the last row, which fill a tile up.
  std::optional<int64_t> known = getConstantIntValue(rows);
  if (known && *known % DotTile::kTileTokens == 0)
    build();
  else if (!operations.empty())
    k.when(k.isBelow(k.block, rows), build);
  if (!operations.empty())
    k.barrier();
  kernel.build(group.pack,
               isElided ? group.operations.back() : linalg::LinalgOp());
}

gpu::AllocOp mlir::mml::buildRowKernel(RowGroup &group, Launcher &launcher) {
  gpu::AllocOp elided;
  if (group.pack)
    elided = getElidedArray(group.operations.back(), group.pack);
  Operation *last = group.getLast();
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
  Value blocks = getValueOrCreateConstantIndexOp(b, loc, rows);
  if (group.pack) {
    threads = std::max(threads, getPackThreads(group.pack));
    blocks = getPackBlocks(b, loc, rows);
  }
  gpu::LaunchOp launch = launcher.create(
      b, loc, "rows", blocks,
      arith::ConstantIndexOp::create(b, loc, threads).getResult());
  for (Operation *op : llvm::reverse(group.deallocations))
    op->moveAfter(launch);
  b.setInsertionPointToStart(&launch.getBody().front());
  BlockBuilder k(b, launch, threads);
  buildRows(k, launch, group, rows, /*isElided=*/bool(elided));
  if (group.pack)
    group.pack->erase();
  for (linalg::LinalgOp op : llvm::reverse(group.operations))
    op.erase();
  return elided;
}
