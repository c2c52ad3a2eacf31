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
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PRIVATIZEBUFFERSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

using Effects = SmallVector<MemoryEffects::EffectInstance>;

/// The memory that `value` is a view of.
static Value getRoot(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Whether both are the same memory as far as can be told.
static bool mayAlias(Value lhs, Value rhs) {
  return lhs == rhs || !(lhs.getDefiningOp<memref::AllocOp>() ||
                         rhs.getDefiningOp<memref::AllocOp>());
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
  /// Finds what moves if all of `buffers` are private.
  void findMoving();
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
  /// What is written between an operation and the region.
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
    if (bytes && *bytes <= mostBytes && alloc->isBeforeInBlock(parallel))
      buffers.insert(alloc);
  }
}

bool Privatization::isMovable(Operation *op) const {
  if (isa<ViewLikeOpInterface>(op))
    return buffers.contains(getRoot(op->getResult(0)));
  std::optional<Effects> effects = getEffectsRecursively(op);
  // What is computed for others stays, as does what nothing needs that moves.
  if (!effects || op->hasTrait<OpTrait::ConstantLike>() ||
      (effects->empty() && op->use_empty()))
    return false;
  for (Operation *user : op->getUsers())
    if (!moving.contains(parallel->getBlock()->findAncestorOpInBlock(*user)))
      return false;
  return llvm::all_of(*effects, [&](auto &effect) {
    if (!effect.getValue())
      return false;
    Value root = getRoot(effect.getValue());
    // A buffer of its own.
    if (op->isAncestor(root.getParentBlock()->getParentOp()))
      return true;
    if (isa<MemoryEffects::Read>(effect.getEffect()))
      return llvm::none_of(written,
                           [&](Value other) { return mayAlias(root, other); });
    return isa<MemoryEffects::Write>(effect.getEffect()) &&
           buffers.contains(root);
  });
}

LogicalResult Privatization::noteStaying(Operation *op) {
  std::optional<Effects> effects = getEffectsRecursively(op);
  if (!effects)
    return failure();
  for (const MemoryEffects::EffectInstance &effect : *effects) {
    if (isa<MemoryEffects::Read, MemoryEffects::Allocate>(effect.getEffect()))
      continue;
    if (!effect.getValue())
      return failure();
    written.insert(getRoot(effect.getValue()));
  }
  return success();
}

bool Privatization::isPrivate(Value buffer) const {
  SmallVector<Value> views{buffer};
  bool isFreed = false;
  while (!views.empty())
    for (Operation *user : views.pop_back_val().getUsers()) {
      Operation *outer = parallel->getBlock()->findAncestorOpInBlock(*user);
      if (outer == parallel)
        continue;
      if (outer && moving.contains(outer)) {
        if (isa<ViewLikeOpInterface>(outer))
          views.push_back(outer->getResult(0));
        continue;
      }
      if (!isa<memref::DeallocOp>(user) || user != outer ||
          user->isBeforeInBlock(parallel))
        return false;
      isFreed = true;
    }
  return isFreed;
}

void Privatization::findMoving() {
  moving.clear();
  written.clear();
  for (Operation *op = parallel->getPrevNode(); op; op = op->getPrevNode())
    if (isMovable(op))
      moving.insert(op);
    else if (failed(noteStaying(op)))
      return;
}

unsigned Privatization::apply() {
  // A buffer that is not private keeps those back that are written with it.
  for (bool isSettled = false; !isSettled && !buffers.empty();) {
    findMoving();
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
