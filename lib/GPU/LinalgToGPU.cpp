//===- LinalgToGPU.cpp - A kernel an operation of linalg ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Launch.h"

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

/// The threads that run in step.
static constexpr int64_t kWarpThreads = 32;

namespace {

/// The kernel of one operation: a thread an element of the result.
class ElementKernel {
public:
  ElementKernel(OpBuilder &builder, linalg::LinalgOp op, int64_t blockThreads)
      : b(builder), op(op), loc(op.getLoc()), blockThreads(blockThreads) {}

  void build(Launcher &launcher);

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value toValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, loc, size);
  }
  /// How many elements the axes `axes` of the loops have together.
  OpFoldResult getCount(ArrayRef<unsigned> axes);
  /// Where an element of `operand` is.
  SmallVector<Value> getIndices(OpOperand &operand);
  /// Whether the sums of a result stay in a register: one for all that is
  /// summed over.
  bool isInRegister(OpOperand &init);
  /// What a thread does for the element at `position`.
  void buildElement(Value position);
  /// Loops over the axes that are summed over, from number `depth` on.
  SmallVector<Value> buildLoops(size_t depth, ArrayRef<Value> sums);
  /// The operation's body; returns the new sums in registers.
  SmallVector<Value> buildBody(ArrayRef<Value> sums);

  OpBuilder &b;
  linalg::LinalgOp op;
  Location loc;
  int64_t blockThreads;
  SmallVector<OpFoldResult> sizes;
  SmallVector<unsigned> parallel, summed;
  /// The index of each loop.
  SmallVector<Value> position;
};

} // namespace

OpFoldResult ElementKernel::getCount(ArrayRef<unsigned> axes) {
  int64_t known = 1;
  Value count;
  for (unsigned axis : axes) {
    if (std::optional<int64_t> size = getConstantIntValue(sizes[axis])) {
      known *= *size;
      continue;
    }
    Value size = toValue(sizes[axis]);
    count = count ? arith::MulIOp::create(b, loc, count, size) : size;
  }
  if (!count || known == 0)
    return b.getIndexAttr(known);
  if (known == 1)
    return count;
  return arith::MulIOp::create(b, loc, count, index(known)).getResult();
}

SmallVector<Value> ElementKernel::getIndices(OpOperand &operand) {
  return llvm::map_to_vector(
      op.getMatchingIndexingMap(&operand).getResults(), [&](AffineExpr expr) {
        auto map = AffineMap::get(op.getNumLoops(), 0, expr);
        SmallVector<OpFoldResult> operands(position.begin(), position.end());
        return toValue(
            affine::makeComposedFoldedAffineApply(b, loc, map, operands));
      });
}

bool ElementKernel::isInRegister(OpOperand &init) {
  return llvm::none_of(summed, [&](unsigned axis) {
    return op.getMatchingIndexingMap(&init).isFunctionOfDim(axis);
  });
}

SmallVector<Value> ElementKernel::buildBody(ArrayRef<Value> sums) {
  IRMapping mapping;
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value value = input->get();
    if (isa<MemRefType>(value.getType()))
      value = memref::LoadOp::create(b, loc, value, getIndices(*input));
    mapping.map(op.getMatchingBlockArgument(input), value);
  }
  const Value *sum = sums.begin();
  for (OpOperand &init : op.getDpsInitsMutable()) {
    bool isRegister = isInRegister(init);
    if (op.payloadUsesValueFromOperand(&init))
      mapping.map(op.getMatchingBlockArgument(&init),
                  isRegister ? *sum
                             : memref::LoadOp::create(b, loc, init.get(),
                                                      getIndices(init))
                                   .getResult());
    sum += isRegister;
  }
  SmallVector<Operation *> cloned;
  for (Operation &inner : op.getBlock()->without_terminator())
    cloned.push_back(b.clone(inner, mapping));
  SmallVector<Value> results;
  for (auto [init, yielded] :
       llvm::zip_equal(op.getDpsInitsMutable(),
                       op.getBlock()->getTerminator()->getOperands())) {
    Value value = mapping.lookupOrDefault(yielded);
    if (isInRegister(init))
      results.push_back(value);
    else
      memref::StoreOp::create(b, loc, value, init.get(), getIndices(init));
  }
  for (Operation *operation : cloned)
    operation->walk([&](linalg::IndexOp inner) {
      Value value = position[inner.getDim()];
      for (Value &result : results)
        if (result == inner.getResult())
          result = value;
      inner.getResult().replaceAllUsesWith(value);
      inner.erase();
    });
  return results;
}

SmallVector<Value> ElementKernel::buildLoops(size_t depth,
                                             ArrayRef<Value> sums) {
  if (depth == summed.size())
    return buildBody(sums);
  unsigned axis = summed[depth];
  auto loop = scf::ForOp::create(
      b, loc, index(0), toValue(sizes[axis]), index(1), sums,
      [&](OpBuilder &, Location, Value k, ValueRange args) {
        position[axis] = k;
        scf::YieldOp::create(b, loc,
                             buildLoops(depth + 1, SmallVector<Value>(args)));
      });
  return SmallVector<Value>(loop.getResults());
}

void ElementKernel::buildElement(Value number) {
  position.resize(op.getNumLoops());
  if (parallel.size() == 1) {
    position[parallel.front()] = number;
  } else if (!parallel.empty()) {
    SmallVector<OpFoldResult> basis = llvm::map_to_vector(
        parallel, [&](unsigned axis) { return sizes[axis]; });
    auto split =
        affine::AffineDelinearizeIndexOp::create(b, loc, number, basis);
    for (auto [axis, value] : llvm::zip_equal(parallel, split.getResults()))
      position[axis] = value;
  }
  SmallVector<Value> sums;
  SmallVector<OpOperand *> targets;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (!isInRegister(init))
      continue;
    targets.push_back(&init);
    // Where nothing reads the sum, or nothing is summed, any value will do.
    if (op.payloadUsesValueFromOperand(&init) || !summed.empty())
      sums.push_back(
          memref::LoadOp::create(b, loc, init.get(), getIndices(init)));
    else
      sums.push_back(Value());
  }
  SmallVector<Value> results = buildLoops(0, sums);
  for (auto [target, result] : llvm::zip_equal(targets, results))
    memref::StoreOp::create(b, loc, result, target->get(), getIndices(*target));
}

void ElementKernel::build(Launcher &launcher) {
  for (Range range : op.createLoopRanges(b, loc))
    sizes.push_back(range.size);
  for (auto [axis, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    (linalg::isParallelIterator(kind) ? parallel : summed).push_back(axis);

  OpFoldResult count = getCount(parallel);
  std::optional<int64_t> known = getConstantIntValue(count);
  if (known && *known == 0)
    return;
  int64_t threads = blockThreads;
  if (known)
    threads = std::min<int64_t>(threads, llvm::alignTo(*known, kWarpThreads));
  Value blocks = toValue(affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0).ceilDiv(threads), count));
  StringRef name = op->getName().stripDialect();
  gpu::LaunchOp launch = launcher.create(b, loc, name, blocks, index(threads));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&launch.getBody().front());
  Value number = toValue(affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) * threads + b.getAffineDimExpr(1),
      {launch.getBlockIds().x, launch.getThreadIds().x}));
  if (known && *known % threads == 0)
    return buildElement(number);
  Value isInside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                         number, toValue(count));
  scf::IfOp::create(b, loc, isInside, [&](OpBuilder &, Location) {
    buildElement(number);
    scf::YieldOp::create(b, loc);
  });
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
    constexpr unsigned kMostThreads = 1024;
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
    SmallVector<Operation *> operations;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<gpu::LaunchOp>(op))
        return WalkResult::skip();
      auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      bool isKernel = linalgOp && linalgOp.hasPureBufferSemantics();
      if (isKernel || isa<memref::CopyOp, memref::LoadOp, memref::StoreOp>(op))
        operations.push_back(op);
      return isKernel ? WalkResult::skip() : WalkResult::advance();
    });
    for (Operation *op : operations) {
      OpBuilder builder(op);
      if (auto store = dyn_cast<memref::StoreOp>(op)) {
        convertStore(builder, store, launcher);
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
      ElementKernel(builder, cast<linalg::LinalgOp>(op), blockThreads)
          .build(launcher);
      op->erase();
    }
  }
};

} // namespace
