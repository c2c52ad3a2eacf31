//===- StreamStores.cpp - Results that pass the caches by -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A store to a line that is in no cache reads it first, and waits for that in a
// buffer of some dozens of stores. Where a result is larger than a core's cache
// that takes as long as the products it is computed of. Lines that are written
// as a whole need not be read.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/ADT/SetVector.h"

#include <numeric>

namespace mlir::mml {
#define GEN_PASS_DEF_STREAMSTORESPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The bytes that are written to memory at once.
static constexpr int64_t kLine = 64;

//===----------------------------------------------------------------------===//
// Divisors
//===----------------------------------------------------------------------===//

static int64_t getDivisor(OpFoldResult value);

/// A number that divides `expr` for operands that `divisors` divide; 0 divides
/// nothing but 0.
static int64_t getDivisor(AffineExpr expr, ArrayRef<int64_t> divisors,
                          unsigned numDims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return std::abs(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return divisors[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return divisors[numDims + symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto get = [&](AffineExpr operand) {
    return getDivisor(operand, divisors, numDims);
  };
  if (expr.getKind() == AffineExprKind::Add)
    return std::gcd(get(binary.getLHS()), get(binary.getRHS()));
  // Larger ones than a line say no more.
  if (expr.getKind() == AffineExprKind::Mul)
    return std::gcd(get(binary.getLHS()), kLine) *
           std::gcd(get(binary.getRHS()), kLine);
  return 1;
}

/// A number that divides the iterations of a loop.
static int64_t getDivisor(BlockArgument argument) {
  auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
  std::optional<SmallVector<Value>> variables;
  if (loop)
    variables = loop.getLoopInductionVars();
  auto lower = variables ? loop.getLoopLowerBounds() : std::nullopt;
  auto steps = variables ? loop.getLoopSteps() : std::nullopt;
  if (!lower || !steps)
    return 1;
  for (auto [variable, low, step] : llvm::zip(*variables, *lower, *steps))
    if (variable == argument)
      return std::gcd(getDivisor(low), getDivisor(step));
  return 1;
}

/// A number that divides `value`; 0 for 0.
static int64_t getDivisor(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return std::abs(*constant);
  auto dynamic = cast<Value>(value);
  if (auto argument = dyn_cast<BlockArgument>(dynamic))
    return getDivisor(argument);
  if (auto apply = dynamic.getDefiningOp<affine::AffineApplyOp>()) {
    auto divisors =
        llvm::map_to_vector(apply.getMapOperands(),
                            [](Value operand) { return getDivisor(operand); });
    return getDivisor(apply.getAffineMap().getResult(0), divisors,
                      apply.getAffineMap().getNumDims());
  }
  return 1;
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

namespace {

/// A store of whole lines.
struct LineStore {
  Operation *op;
  TypedValue<VectorType> value;
  TypedValue<MemRefType> memref;
  ValueRange indices;

  /// The store that `op` is, if it is of a vector along the last axis.
  static std::optional<LineStore> get(Operation *op);

  /// The allocation that whole and aligned lines are written of, if so.
  memref::AllocOp getAllocation() const;
};

struct StreamStoresPass
    : mlir::mml::impl::StreamStoresPassBase<StreamStoresPass> {
  using StreamStoresPassBase::StreamStoresPassBase;

  void runOnOperation() override;
};

} // namespace

std::optional<LineStore> LineStore::get(Operation *op) {
  if (auto store = dyn_cast<vector::StoreOp>(op)) {
    if (store.getNontemporal() || store.getVectorType().getRank() != 1)
      return std::nullopt;
    return LineStore{op, store.getValueToStore(), store.getBase(),
                     store.getIndices()};
  }
  auto write = dyn_cast<vector::TransferWriteOp>(op);
  if (!write || write.getMask() || write.hasOutOfBoundsDim() ||
      write.getVectorType().getRank() != 1 ||
      !write.getPermutationMap().isMinorIdentity())
    return std::nullopt;
  auto memref = dyn_cast<TypedValue<MemRefType>>(write.getBase());
  auto value = dyn_cast<TypedValue<VectorType>>(write.getValueToStore());
  if (!memref || !value)
    return std::nullopt;
  return LineStore{op, value, memref, write.getIndices()};
}

memref::AllocOp LineStore::getAllocation() const {
  VectorType type = value.getType();
  if (!type.getElementType().isIntOrFloat() || type.isScalable())
    return {};
  int64_t bits = type.getElementTypeBitWidth();
  if (bits % 8 != 0 || type.getNumElements() * bits / 8 % kLine != 0)
    return {};
  int64_t lineElements = kLine * 8 / bits;
  auto isWhole = [&](int64_t elements) { return elements % lineElements == 0; };
  // Rows begin with a line.
  auto haveWholeRows = [&](MemRefType type) {
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(type.getStridesAndOffset(strides, offset)) &&
           !strides.empty() && strides.back() == 1 &&
           llvm::all_of(ArrayRef(strides).drop_back(), [&](int64_t stride) {
             return !ShapedType::isDynamic(stride) && isWhole(stride);
           });
  };
  if (indices.empty() || !isWhole(getDivisor(indices.back())))
    return {};
  Value memory = memref;
  while (auto view = memory.getDefiningOp<memref::SubViewOp>()) {
    if (!haveWholeRows(view.getType()) ||
        !isWhole(getDivisor(view.getMixedOffsets().back())))
      return {};
    memory = view.getSource();
  }
  auto alloc = memory.getDefiningOp<memref::AllocOp>();
  if (!alloc || !alloc.getType().hasStaticShape() ||
      !alloc.getType().getLayout().isIdentity() ||
      alloc.getType().getElementType() != type.getElementType() ||
      !haveWholeRows(alloc.getType()) ||
      alloc.getAlignment().value_or(1) % kLine != 0)
    return {};
  return alloc;
}

/// Whether anything in `scope` may read of `memory`.
static bool isRead(Value memory, Operation *scope) {
  return llvm::any_of(memory.getUsers(), [&](Operation *user) {
    if (isa<ViewLikeOpInterface>(user))
      return llvm::any_of(user->getResults(),
                          [&](Value view) { return isRead(view, scope); });
    // Another name of it, which may be read anywhere.
    if (llvm::any_of(user->getResultTypes(), llvm::IsaPred<BaseMemRefType>))
      return true;
    if (!scope->isAncestor(user))
      return false;
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    return !effects ||
           effects.getEffectOnValue<MemoryEffects::Read>(memory).has_value();
  });
}

/// The outermost loop around `op` that does not contain `alloc`.
static Operation *getOutermostLoop(Operation *op, Operation *alloc) {
  Operation *outermost = nullptr;
  for (Operation *loop = op->getParentOp();
       loop && !loop->isProperAncestor(alloc); loop = loop->getParentOp())
    if (isa<LoopLikeOpInterface>(loop))
      outermost = loop;
  return outermost;
}

void StreamStoresPass::runOnOperation() {
  SmallVector<LineStore> stores;
  llvm::SetVector<Operation *> loops;
  getOperation()->walk([&](Operation *op) {
    std::optional<LineStore> store = LineStore::get(op);
    if (!store)
      return;
    memref::AllocOp alloc = store->getAllocation();
    // There is no place for the fence of each thread of an scf.parallel.
    if (!alloc || op->getParentOfType<scf::ParallelOp>())
      return;
    int64_t bits = alloc.getType().getElementTypeBitWidth();
    if (alloc.getType().getNumElements() * (bits / 8) < leastBytes)
      return;
    Operation *loop = getOutermostLoop(op, alloc);
    if (!loop || isRead(alloc, loop))
      return;
    stores.push_back(*store);
    loops.insert(loop);
  });
  for (const LineStore &store : stores) {
    OpBuilder b(store.op);
    vector::StoreOp::create(b, store.op->getLoc(), store.value, store.memref,
                            store.indices, /*nontemporal=*/true,
                            llvm::MaybeAlign(kLine));
    store.op->erase();
    ++numStores;
  }
  // Such stores are not ordered with others, on which other threads rely.
  for (Operation *loop : loops) {
    OpBuilder b(loop->getContext());
    b.setInsertionPointAfter(loop);
    LLVM::FenceOp::create(b, loop->getLoc(), LLVM::AtomicOrdering::seq_cst);
  }
}
