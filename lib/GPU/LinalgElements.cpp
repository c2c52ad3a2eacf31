//===- LinalgElements.cpp - Linalg one element at a time ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgElements.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::mml;

LinalgElements::LinalgElements(OpBuilder &builder, linalg::LinalgOp op)
    : b(builder), op(op), loc(op.getLoc()) {
  for (Range range : op.createLoopRanges(b, loc))
    sizes.push_back(range.size);
  for (auto [axis, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    (linalg::isParallelIterator(kind) ? parallel : summed).push_back(axis);
  count = multiplySizes(parallel);
}

Value LinalgElements::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value LinalgElements::toValue(OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(b, loc, size);
}

OpFoldResult LinalgElements::multiplySizes(ArrayRef<unsigned> axes) {
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

SmallVector<Value> LinalgElements::getIndices(OpOperand &operand) {
  return llvm::map_to_vector(
      op.getMatchingIndexingMap(&operand).getResults(), [&](AffineExpr expr) {
        auto map = AffineMap::get(op.getNumLoops(), 0, expr);
        SmallVector<OpFoldResult> operands(position.begin(), position.end());
        return toValue(
            affine::makeComposedFoldedAffineApply(b, loc, map, operands));
      });
}

bool LinalgElements::isInRegister(OpOperand &init) {
  return llvm::none_of(summed, [&](unsigned axis) {
    return op.getMatchingIndexingMap(&init).isFunctionOfDim(axis);
  });
}

SmallVector<Value> LinalgElements::buildBody(ArrayRef<Value> sums) {
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

SmallVector<Value> LinalgElements::buildLoops(size_t depth,
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

void LinalgElements::build(Value number) {
  SmallVector<Value> indices;
  if (parallel.size() == 1) {
    indices.push_back(number);
  } else if (!parallel.empty()) {
    SmallVector<OpFoldResult> basis = llvm::map_to_vector(
        parallel, [&](unsigned axis) { return sizes[axis]; });
    auto split =
        affine::AffineDelinearizeIndexOp::create(b, loc, number, basis);
    llvm::append_range(indices, split.getResults());
  }
  buildAt(indices);
}

void LinalgElements::buildAt(ArrayRef<Value> indices) {
  position.resize(op.getNumLoops());
  for (auto [axis, value] : llvm::zip_equal(parallel, indices))
    position[axis] = value;
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

Value LinalgElements::getAt(ArrayRef<Value> indices) {
  assert(summed.empty() && "expected an operation without sums");
  position.assign(indices.begin(), indices.end());
  SmallVector<Value> sums(op.getNumDpsInits());
  return buildBody(sums).front();
}

Value LinalgElements::buildStep(ArrayRef<Value> indices, Value sum) {
  position.assign(indices.begin(), indices.end());
  return buildBody(sum).front();
}

void LinalgElements::update(llvm::function_ref<Value(Value)> combine) {
  OpOperand &init = *op.getDpsInitsMutable().begin();
  SmallVector<Value> indices = getIndices(init);
  Value sum = memref::LoadOp::create(b, loc, init.get(), indices);
  memref::StoreOp::create(b, loc, combine(sum), init.get(), indices);
}
