//===- PrivatizeBuffers.cpp - What every thread computes for itself -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one thread writes before a parallel region and all of them read in it
// goes from the caches of its core to those of the others, which for the tables
// of a token takes longer than to build them. Where nothing else reads it, each
// thread builds its own: the others would only have waited.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PRIVATIZEBUFFERSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The memory that `value` is a view of.
static Value getRoot(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Whether `value` is memory that nothing outside of this function has made.
static bool isOwnAllocation(Value value) {
  return isa_and_nonnull<memref::AllocOp, memref::AllocaOp>(
      value.getDefiningOp());
}

/// Whether both are the same memory as far as can be told.
static bool mayAlias(Value lhs, Value rhs) {
  if (lhs == rhs)
    return true;
  auto isOther = [](Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
    return isOwnAllocation(value) ||
           isa<memref::GetGlobalOp>(value.getDefiningOp());
  };
  // Two arguments, or an argument and a global, may be one.
  return !isOther(lhs) || !isOther(rhs) ||
         !(isOwnAllocation(lhs) || isOwnAllocation(rhs));
}

namespace {
/// What an operation does to memory that is not its own, all that is in it
/// included.
struct Effects {
  SmallVector<Value> reads, writes;
};
} // namespace

/// The effects of `scope`, or none if they are not known.
static std::optional<Effects> getEffects(Operation *scope) {
  Effects result;
  WalkResult walk = scope->walk([&](Operation *op) {
    // Prefetches are said to write, so that they stay.
    if (isa<memref::PrefetchOp>(op))
      return WalkResult::advance();
    auto interface = dyn_cast<MemoryEffectOpInterface>(op);
    if (!interface)
      return op->hasTrait<OpTrait::HasRecursiveMemoryEffects>()
                 ? WalkResult::advance()
                 : WalkResult::interrupt();
    SmallVector<MemoryEffects::EffectInstance> effects;
    interface.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      if (isa<MemoryEffects::Allocate>(effect.getEffect()))
        continue;
      Value value = effect.getValue();
      if (!value)
        return WalkResult::interrupt();
      Value root = getRoot(value);
      if (isOwnAllocation(root) &&
          scope->isProperAncestor(root.getDefiningOp()))
        continue;
      bool reads = isa<MemoryEffects::Read>(effect.getEffect());
      (reads ? result.reads : result.writes).push_back(root);
    }
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return std::nullopt;
  return result;
}

/// Whether `scope` is or has in it what is for several threads.
static bool isParallel(Operation *scope) {
  WalkResult walk = scope->walk([](Operation *op) {
    bool isOne = isa<scf::ForallOp, scf::ParallelOp>(op) ||
                 isa_and_nonnull<omp::OpenMPDialect>(op->getDialect());
    return isOne ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walk.wasInterrupted();
}

/// The bytes of a static buffer of numbers; none for others.
static std::optional<int64_t> getNumBytes(MemRefType type) {
  if (!type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return std::nullopt;
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

namespace {

/// What one parallel region makes its own.
class Privatization {
public:
  Privatization(omp::ParallelOp parallel, int64_t mostBytes);

  /// Returns how many buffers it were.
  unsigned apply();

private:
  /// Finds what moves if all of `buffers` are private. False if it is not known
  /// what the region writes.
  bool findMoving();
  /// Whether `op`, of the block of the region, may be executed by every thread.
  bool isMovable(Operation *op) const;
  /// Remembers what `op` writes, which stays before the region. It fails if
  /// that is not known.
  LogicalResult noteStaying(Operation *op);
  /// Whether all that uses `buffer` moves or is in the region.
  bool isPrivate(Value buffer) const;

  omp::ParallelOp parallel;
  llvm::SetVector<Value> buffers;
  /// From the region backwards.
  llvm::SetVector<Operation *> moving;
  /// What is written between an operation and the end of the region.
  llvm::SetVector<Value> written;
};

struct PrivatizeBuffersPass
    : mlir::mml::impl::PrivatizeBuffersPassBase<PrivatizeBuffersPass> {
  using PrivatizeBuffersPassBase::PrivatizeBuffersPassBase;

  void runOnOperation() override {
    // Collected first, as a walk does not bear what is behind it to move.
    SmallVector<omp::ParallelOp> regions;
    getOperation()->walk([&](omp::ParallelOp parallel) {
      if (parallel.getRegion().hasOneBlock())
        regions.push_back(parallel);
    });
    for (omp::ParallelOp parallel : regions)
      numBuffers += Privatization(parallel, mostBytes).apply();
  }
};

} // namespace

Privatization::Privatization(omp::ParallelOp parallel, int64_t mostBytes)
    : parallel(parallel) {
  for (auto alloc : parallel->getBlock()->getOps<memref::AllocOp>()) {
    std::optional<int64_t> bytes = getNumBytes(alloc.getType());
    // It lives as long as the region at least, as most of a function do not.
    bool isFreedBehind = llvm::any_of(alloc->getUsers(), [&](Operation *user) {
      return isa<memref::DeallocOp>(user) &&
             user->getBlock() == parallel->getBlock() &&
             parallel->isBeforeInBlock(user);
    });
    if (bytes && *bytes <= mostBytes && isFreedBehind &&
        alloc->isBeforeInBlock(parallel))
      buffers.insert(alloc);
  }
}

bool Privatization::isMovable(Operation *op) const {
  if (isa<ViewLikeOpInterface>(op))
    return op->getNumResults() == 1 &&
           buffers.contains(getRoot(op->getResult(0)));
  if (op->hasTrait<OpTrait::ConstantLike>() || isParallel(op))
    return false;
  // What is computed for others stays, as does what nothing needs that moves.
  for (Operation *user : op->getUsers())
    if (!moving.contains(parallel->getBlock()->findAncestorOpInBlock(*user)))
      return false;
  std::optional<Effects> effects = getEffects(op);
  if (!effects || (effects->writes.empty() && op->use_empty()))
    return false;
  return llvm::all_of(effects->writes,
                      [&](Value root) { return buffers.contains(root); }) &&
         llvm::none_of(effects->reads, [&](Value root) {
           return llvm::any_of(
               written, [&](Value other) { return mayAlias(root, other); });
         });
}

LogicalResult Privatization::noteStaying(Operation *op) {
  std::optional<Effects> effects = getEffects(op);
  if (!effects)
    return failure();
  written.insert_range(effects->writes);
  return success();
}

bool Privatization::isPrivate(Value buffer) const {
  // Threads may exchange what they write.
  if (llvm::any_of(written,
                   [&](Value other) { return mayAlias(buffer, other); }))
    return false;
  SmallVector<Value> views{buffer};
  bool isFreed = false;
  while (!views.empty()) {
    Value view = views.pop_back_val();
    for (Operation *user : view.getUsers()) {
      Operation *outer = parallel->getBlock()->findAncestorOpInBlock(*user);
      if (outer == parallel && user != parallel)
        continue;
      if (outer && moving.contains(outer)) {
        if (isa<ViewLikeOpInterface>(outer))
          views.push_back(outer->getResult(0));
        continue;
      }
      if (view != buffer || !isa<memref::DeallocOp>(user) || user != outer ||
          user->isBeforeInBlock(parallel))
        return false;
      isFreed = true;
    }
  }
  return isFreed;
}

bool Privatization::findMoving() {
  moving.clear();
  written.clear();
  // Other threads may have begun when one still computes what it needs.
  if (failed(noteStaying(parallel)))
    return false;
  // Buffers are in the order of the block.
  Operation *first = buffers.front().getDefiningOp();
  for (Operation *op = parallel->getPrevNode(); op != first;
       op = op->getPrevNode())
    if (isMovable(op))
      moving.insert(op);
    else if (failed(noteStaying(op)))
      break;
  return true;
}

unsigned Privatization::apply() {
  // A buffer that is not private keeps those back that are written with it.
  for (bool isSettled = false; !isSettled && !buffers.empty();) {
    if (!findMoving())
      return 0;
    isSettled =
        !buffers.remove_if([&](Value buffer) { return !isPrivate(buffer); });
  }
  if (buffers.empty())
    return 0;
  Block &body = parallel.getRegion().front();
  Operation *first = &body.front();
  for (Value buffer : buffers)
    buffer.getDefiningOp()->moveBefore(first);
  for (Operation *op : llvm::reverse(moving))
    op->moveBefore(first);
  for (Value buffer : buffers)
    for (Operation *user : llvm::make_early_inc_range(buffer.getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->moveBefore(body.getTerminator());
  return buffers.size();
}
