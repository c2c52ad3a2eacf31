//===- VectorPlan.cpp - How linalg operations are cut into vectors --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorPlan.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

/// How an operand lies along an axis.
enum class Access { Uniform, Contiguous, Strided };

} // namespace

/// The bits that an element of a vector takes, or nothing if there are no
/// vectors of `type`.
static std::optional<unsigned> getLaneBits(Type type) {
  if (type.isIndex())
    return IndexType::kInternalStorageBitWidth;
  if (type.isSignlessInteger() || isa<FloatType>(type))
    return type.getIntOrFloatBitWidth();
  return std::nullopt;
}

/// Whether the elements of a vector lie in memory as those of a tensor do:
/// vectors of other widths are packed, tensors are not.
static bool hasVectorLayout(Type type) {
  std::optional<unsigned> bits = getLaneBits(type);
  return bits && (*bits == 8 || *bits == 16 || *bits == 32 || *bits == 64);
}

/// The axis whose index `value` is, if it is one.
static std::optional<unsigned> getIndexedAxis(Value value) {
  if (auto index = value.getDefiningOp<linalg::IndexOp>())
    return index.getDim();
  return std::nullopt;
}

static Access getAccess(AffineMap map, unsigned axis) {
  if (!map.isFunctionOfDim(axis))
    return Access::Uniform;
  AffineExpr dim = getAffineDimExpr(axis, map.getContext());
  for (AffineExpr expr : map.getResults().drop_back())
    if (expr.isFunctionOfDim(axis))
      return Access::Strided;
  return map.getResults().back() == dim ? Access::Contiguous : Access::Strided;
}

FailureOr<VectorPlan> VectorPlanner::plan() {
  if (failed(checkOperation()))
    return failure();
  // The innermost axis most often is the contiguous one; an axis along which
  // results are independent needs nothing combined in the end.
  std::optional<VectorPlan> best;
  for (unsigned axis = op.getNumLoops(); axis-- > 0;) {
    FailureOr<VectorPlan> plan = planAlong(axis);
    if (failed(plan))
      continue;
    auto getLanesInUse = [](const VectorPlan &plan) {
      return std::min(plan.size, plan.lanes);
    };
    if (!best || getLanesInUse(*plan) > getLanesInUse(*best))
      best = std::move(*plan);
  }
  if (!best)
    return failure();
  chooseRowAxis(*best);
  findProducts(*best);
  return *best;
}

LogicalResult VectorPlanner::checkOperation() {
  if (!op.hasPureTensorSemantics())
    return refuse("operands are not tensors");
  if (op.getNumDpsInits() == 0)
    return refuse("there are no outputs");
  for (OpOperand &operand : op->getOpOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.get().getType()))
      if (type.getEncoding())
        return refuse("operand #{0} has a layout of its own",
                      operand.getOperandNumber());
  // Loops carry the outputs, so that an element must be final when the loops
  // over parallel axes leave it.
  for (OpOperand &output : op.getDpsInitsMutable()) {
    AffineMap map = op.getMatchingIndexingMap(&output);
    for (unsigned axis = 0; axis < op.getNumLoops(); ++axis) {
      AffineExpr dim = getAffineDimExpr(axis, op.getContext());
      bool isPlain = llvm::count(map.getResults(), dim) == 1 &&
                     llvm::count_if(map.getResults(), [&](AffineExpr expr) {
                       return expr.isFunctionOfDim(axis);
                     }) == 1;
      if (isReduced(axis) ? map.isFunctionOfDim(axis) : !isPlain)
        return refuse("operand #{0} is not indexed by each parallel axis once",
                      output.getOperandNumber());
    }
  }
  return success();
}

FailureOr<VectorPlan> VectorPlanner::planAlong(unsigned axis) {
  VectorPlan plan;
  plan.axis = axis;
  plan.size = op.getStaticLoopRanges()[axis];
  if (ShapedType::isDynamic(plan.size))
    return refuse("axis {0} is dynamic", axis);
  if (plan.size < 2)
    return refuse("axis {0} has {1} elements", axis, plan.size);
  if (failed(checkOperands(plan)) || failed(checkBody(plan)) ||
      (isReduced(axis) && failed(checkReductions(plan))))
    return failure();
  return plan;
}

LogicalResult VectorPlanner::checkOperands(const VectorPlan &plan) {
  bool isUsed = false;
  for (OpOperand &operand : op->getOpOperands()) {
    switch (getAccess(op.getMatchingIndexingMap(&operand), plan.axis)) {
    case Access::Uniform:
      continue;
    case Access::Strided:
      return refuse("operand #{0} is not contiguous along axis {1}",
                    operand.getOperandNumber(), plan.axis);
    case Access::Contiguous:
      isUsed = true;
    }
    Type elementType = getElementTypeOrSelf(operand.get().getType());
    if (!hasVectorLayout(elementType))
      return refuse("vectors of '{0}' do not lie in memory as tensors do",
                    elementType);
  }
  return isUsed ? success()
                : refuse("no operand runs along axis {0}", plan.axis);
}

LogicalResult VectorPlanner::checkBody(VectorPlan &plan) {
  llvm::SmallPtrSet<Value, 16> varying;
  unsigned widest = 8;
  auto vary = [&](Value value) -> LogicalResult {
    std::optional<unsigned> bits = getLaneBits(value.getType());
    if (!bits)
      return refuse("there are no vectors of '{0}'", value.getType());
    widest = std::max(widest, *bits);
    varying.insert(value);
    return success();
  };
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (op.isDpsInit(&operand) || map.isFunctionOfDim(plan.axis))
      if (failed(vary(op.getMatchingBlockArgument(&operand))))
        return failure();
  }
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      if (index.getDim() == plan.axis && failed(vary(index)))
        return failure();
      continue;
    }
    if (inner.getNumRegions() != 0 || !isMemoryEffectFree(&inner))
      return refuse("'{0}' is not vectorizable", inner.getName());
    if (llvm::any_of(inner.getOperandTypes(), llvm::IsaPred<VectorType>) ||
        llvm::any_of(inner.getResultTypes(), llvm::IsaPred<VectorType>))
      return refuse("'{0}' works on vectors already", inner.getName());
    auto isVarying = [&](Value value) { return varying.contains(value); };
    if (llvm::none_of(inner.getOperands(), isVarying))
      continue;
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      ValueRange indices = extract.getIndices();
      if (llvm::any_of(indices.drop_back(), isVarying) ||
          getIndexedAxis(indices.back()) != plan.axis ||
          !hasVectorLayout(extract.getType()))
        return refuse("'{0}' gathers along axis {1}", inner.getName(),
                      plan.axis);
    } else if (!OpTrait::hasElementwiseMappableTraits(&inner)) {
      return refuse("'{0}' is not vectorizable", inner.getName());
    }
    for (Type type : inner.getOperandTypes())
      if (!isa<TensorType>(type) && !getLaneBits(type))
        return refuse("there are no vectors of '{0}'", type);
    for (Value result : inner.getResults())
      if (failed(vary(result)))
        return failure();
  }
  plan.lanes = std::max<int64_t>(registersPerVector * vectorBits / widest, 2);
  return success();
}

LogicalResult VectorPlanner::checkReductions(VectorPlan &plan) {
  ArrayRef<BlockArgument> outputs = op.getRegionOutputArgs();
  for (unsigned i = 0; i < outputs.size(); ++i) {
    SmallVector<Operation *, 1> combiners;
    if (!matchReduction(outputs, i, combiners) || combiners.size() != 1)
      return refuse("output #{0} is not reduced by one operation", i);
    Operation *combiner = combiners.front();
    std::optional<vector::CombiningKind> kind =
        linalg::getCombinerOpKind(combiner);
    std::optional<TypedAttr> neutral = arith::getNeutralElement(combiner);
    // Vectors are reduced to one element in types that have a layout.
    if (!kind || !neutral || !hasVectorLayout(outputs[i].getType()))
      return refuse("'{0}' on '{1}' has no reduction of a vector",
                    combiner->getName(), outputs[i].getType());
    plan.reductions.push_back({*kind, *neutral});
  }
  return success();
}

void VectorPlanner::chooseRowAxis(VectorPlan &plan) {
  if (op.getNumReductionLoops() == 0 || isReduced(plan.axis))
    return;
  for (unsigned axis = op.getNumLoops(); axis-- > 0 && !plan.rowAxis;) {
    if (axis == plan.axis || isReduced(axis) ||
        op.getStaticLoopRanges()[axis] == 1)
      continue;
    for (OpOperand *input : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(input);
      if (map.isFunctionOfDim(plan.axis) && !map.isFunctionOfDim(axis))
        plan.rowAxis = axis;
    }
  }
}

void VectorPlanner::findProducts(VectorPlan &plan) {
  // The order of the terms is free already; without the rounding of the
  // products a term costs one instruction where there is one.
  for (BlockArgument output : op.getRegionOutputArgs()) {
    if (op.getNumReductionLoops() == 0 || !output.hasOneUse())
      continue;
    auto sum = dyn_cast<arith::AddFOp>(*output.user_begin());
    if (!sum)
      continue;
    Value term = sum.getLhs() == output ? sum.getRhs() : sum.getLhs();
    auto product = term.getDefiningOp<arith::MulFOp>();
    if (product && product->getBlock() == op.getBlock() && product->hasOneUse())
      plan.contracted.insert({sum, product});
  }
}

bool VectorPlanner::isReduced(unsigned axis) {
  return linalg::isReductionIterator(op.getIteratorTypesArray()[axis]);
}
