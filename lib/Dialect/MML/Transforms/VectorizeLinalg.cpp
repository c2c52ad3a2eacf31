//===- VectorizeLinalg.cpp - Linalg operations as loops on vectors --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One axis of each operation is cut into vectors of rank 1; the other axes
// become loops. What an operand holds at the vectors' places is either
// contiguous (it is read as a vector) or one element (it is broadcast), so that
// nothing gathers. Vectors of rank 1 are what every target's back end handles
// best; the upstream vectorizer makes vectors of the rank of the iteration
// space, whose unit axes and transfers it takes several rounds of patterns to
// be rid of.
//
//===----------------------------------------------------------------------===//

#include "VectorPlan.h"

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace mlir::mml {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
using linalg::LinalgOp;

/// Rows of a contraction whose accumulators are in registers at once. With two
/// registers a row, the accumulators, one vector of the right-hand side and the
/// broadcast fit the 16 registers of AVX2.
static constexpr int64_t rowsPerTile = 4;
/// Vectors of partial results that one axis is reduced to at once, of all
/// outputs: an operation takes some cycles before the next one can go on from
/// its result. With two registers each they fit the 16 of AVX2 beside what is
/// added.
static constexpr int64_t kPartials = 4;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace {

/// Builds the loops and vectors of one operation.
class VectorBuilder {
public:
  VectorBuilder(RewriterBase &rewriter, LinalgOp op, const VectorPlan &plan)
      : b(rewriter), loc(op.getLoc()), op(op), plan(plan) {}

  /// Returns the values that replace the results.
  SmallVector<Value> build();

private:
  using Values = SmallVector<Value>;
  using Body = function_ref<Values(ValueRange)>;

  Values buildParallel(ValueRange outputs);
  Values buildRows(ValueRange outputs, int64_t lanes);
  Values buildTile(ValueRange outputs, int64_t lanes, int64_t rows);
  Values buildPartials(ValueRange partials);
  Values buildReduced(ValueRange outputs);

  Values buildLoop(unsigned axis, OpFoldResult lower, OpFoldResult upper,
                   int64_t step, ValueRange carried, Body body);
  Values buildLoops(ArrayRef<unsigned> axes, ValueRange carried, Body body);
  Values buildSteps(const Values &inputs, ValueRange accumulators,
                    int64_t lanes, int64_t row);
  void buildOperation(Operation &inner, IRMapping &values, int64_t lanes,
                      int64_t row);
  Values readInputs(int64_t lanes, int64_t row, ArrayRef<Value> previous);
  Value read(OpOperand &operand, Value source, int64_t lanes, int64_t row);
  Value readVector(Value source, ValueRange indices, int64_t lanes);
  Value write(OpOperand &output, Value dest, Value value, int64_t row);
  Value broadcast(Value value, int64_t lanes);

  SmallVector<Value> getIndices(OpOperand &operand, int64_t row);
  OpFoldResult getPosition(unsigned axis, int64_t row);
  SmallVector<unsigned> getAxes(utils::IteratorType kind);

  int64_t getMainSize() const { return plan.size / plan.lanes * plan.lanes; }
  int64_t getTailSize() const { return plan.size % plan.lanes; }

  RewriterBase &b;
  Location loc;
  LinalgOp op;
  const VectorPlan &plan;
  /// The size of each axis and, inside of its loop, the position on it.
  SmallVector<OpFoldResult> sizes, positions;
};

} // namespace

SmallVector<Value> VectorBuilder::build() {
  for (const Range &range : op.createLoopRanges(b, loc))
    sizes.push_back(range.size);
  positions.assign(sizes.size(), b.getIndexAttr(0));
  SmallVector<unsigned> axes = getAxes(utils::IteratorType::parallel);
  llvm::erase_if(axes, [&](unsigned axis) { return axis == plan.rowAxis; });
  return buildLoops(axes, op.getDpsInits(), [&](ValueRange outputs) {
    return plan.reductions.empty() ? buildParallel(outputs)
                                   : buildReduced(outputs);
  });
}

/// The axes of one kind other than the vectors'.
SmallVector<unsigned> VectorBuilder::getAxes(utils::IteratorType kind) {
  SmallVector<unsigned> axes;
  for (auto [axis, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (iterator == kind && axis != plan.axis)
      axes.push_back(axis);
  return axes;
}

/// The vectors along the axis, each for all rows: the column of the input that
/// the rows share stays in the cache.
SmallVector<Value> VectorBuilder::buildParallel(ValueRange outputs) {
  Values results = buildLoop(
      plan.axis, b.getIndexAttr(0), b.getIndexAttr(getMainSize()), plan.lanes,
      outputs, [&](ValueRange inner) { return buildRows(inner, plan.lanes); });
  if (getTailSize() == 0)
    return results;
  positions[plan.axis] = b.getIndexAttr(getMainSize());
  return buildRows(results, getTailSize());
}

SmallVector<Value> VectorBuilder::buildRows(ValueRange outputs, int64_t lanes) {
  if (!plan.rowAxis)
    return buildTile(outputs, lanes, /*rows=*/1);
  unsigned axis = *plan.rowAxis;
  AffineExpr size = b.getAffineSymbolExpr(0);
  OpFoldResult whole = affine::makeComposedFoldedAffineApply(
      b, loc, size.floorDiv(rowsPerTile) * rowsPerTile, {sizes[axis]});
  Values results = buildLoop(
      axis, b.getIndexAttr(0), whole, rowsPerTile, outputs,
      [&](ValueRange inner) { return buildTile(inner, lanes, rowsPerTile); });
  return buildLoop(
      axis, whole, sizes[axis], /*step=*/1, results,
      [&](ValueRange inner) { return buildTile(inner, lanes, /*rows=*/1); });
}

/// One vector of each output for each of `rows` rows, with the loops over what
/// is reduced around the body.
SmallVector<Value> VectorBuilder::buildTile(ValueRange outputs, int64_t lanes,
                                            int64_t rows) {
  SmallVector<unsigned> reduced = getAxes(utils::IteratorType::reduction);
  MutableArrayRef<OpOperand> operands = op.getDpsInitsMutable();
  auto buildBody = [&](ValueRange accumulators) {
    Values inputs, results;
    for (int64_t row = 0; row < rows; ++row) {
      inputs = readInputs(lanes, row, inputs);
      llvm::append_range(
          results,
          buildSteps(inputs,
                     accumulators.slice(row * outputs.size(), outputs.size()),
                     lanes, row));
    }
    return results;
  };
  // What is not read need not be there.
  auto isRead = [&](OpOperand &operand) {
    return !reduced.empty() || op.payloadUsesValueFromOperand(&operand);
  };
  Values accumulators;
  for (int64_t row = 0; row < rows; ++row)
    for (auto [operand, output] : llvm::zip_equal(operands, outputs))
      accumulators.push_back(isRead(operand) ? read(operand, output, lanes, row)
                                             : Value());
  Values vectors = buildLoops(reduced, accumulators, buildBody);
  Values results = llvm::to_vector(outputs);
  for (int64_t row = 0; row < rows; ++row)
    for (auto [i, operand] : llvm::enumerate(operands))
      results[i] =
          write(operand, results[i], vectors[row * outputs.size() + i], row);
  return results;
}

/// The vectors along the axis, each added to the next one of the partial
/// results in turn.
SmallVector<Value> VectorBuilder::buildPartials(ValueRange partials) {
  unsigned outputs = plan.reductions.size();
  int64_t width = partials.size() / outputs * plan.lanes,
          wide = getMainSize() / width * width;
  auto addOne = [&](ValueRange accumulators) {
    return buildSteps(readInputs(plan.lanes, /*row=*/0, {}), accumulators,
                      plan.lanes, /*row=*/0);
  };
  Values results = buildLoop(
      plan.axis, b.getIndexAttr(0), b.getIndexAttr(wide), width, partials,
      [&](ValueRange inner) {
        Values next;
        OpFoldResult first = positions[plan.axis];
        for (unsigned i = 0; i < inner.size(); i += outputs) {
          positions[plan.axis] = affine::makeComposedFoldedAffineApply(
              b, loc, b.getAffineDimExpr(0) + i / outputs * plan.lanes,
              {first});
          llvm::append_range(next, addOne(inner.slice(i, outputs)));
        }
        return next;
      });
  Values rest =
      buildLoop(plan.axis, b.getIndexAttr(wide), b.getIndexAttr(getMainSize()),
                plan.lanes, ValueRange(results).take_front(outputs), addOne);
  llvm::copy(rest, results.begin());
  return results;
}

/// One element of each output, from vectors of partial results.
SmallVector<Value> VectorBuilder::buildReduced(ValueRange outputs) {
  bool hasTail = getTailSize() != 0;
  Values partials;
  auto appendNeutral = [&](int64_t lanes) {
    for (const VectorPlan::Reduction &reduction : plan.reductions)
      partials.push_back(arith::ConstantOp::create(
          b, loc,
          SplatElementsAttr::get(
              VectorType::get(lanes, reduction.neutral.getType()),
              Attribute(reduction.neutral))));
  };
  int64_t mainPartials =
      std::min<int64_t>(getMainSize() / plan.lanes,
                        std::max<int64_t>(1, kPartials / outputs.size()));
  for (int64_t i = 0; i < mainPartials; ++i)
    appendNeutral(plan.lanes);
  if (hasTail)
    appendNeutral(getTailSize());
  partials = buildLoops(
      getAxes(utils::IteratorType::reduction), partials,
      [&](ValueRange accumulators) {
        Values results;
        if (mainPartials > 0)
          results = buildPartials(
              accumulators.take_front(mainPartials * outputs.size()));
        if (hasTail) {
          positions[plan.axis] = b.getIndexAttr(getMainSize());
          llvm::append_range(
              results, buildSteps(readInputs(getTailSize(), /*row=*/0, {}),
                                  accumulators.take_back(outputs.size()),
                                  getTailSize(), /*row=*/0));
        }
        return results;
      });
  Values results;
  for (auto [i, operand] : llvm::enumerate(op.getDpsInitsMutable())) {
    const VectorPlan::Reduction &reduction = plan.reductions[i];
    // Those of whole vectors first.
    for (int64_t part = 1; part < mainPartials; ++part)
      partials[i] =
          vector::makeArithReduction(b, loc, reduction.kind, partials[i],
                                     partials[part * outputs.size() + i]);
    Value total = read(operand, outputs[i], /*lanes=*/0, /*row=*/0);
    // Floats are added in a tree of lanes.
    auto flags = isa<FloatType>(total.getType()) ? arith::FastMathFlags::reassoc
                                                 : arith::FastMathFlags::none;
    auto addLanes = [&](Value vector) {
      total = vector::ReductionOp::create(b, loc, reduction.kind, vector, total,
                                          flags);
    };
    if (mainPartials > 0)
      addLanes(partials[i]);
    if (hasTail)
      addLanes(partials[mainPartials * outputs.size() + i]);
    results.push_back(write(operand, outputs[i], total, /*row=*/0));
  }
  return results;
}

/// Calls `body` at each step of `axis`, in a loop unless there is one step or
/// none.
SmallVector<Value> VectorBuilder::buildLoop(unsigned axis, OpFoldResult lower,
                                            OpFoldResult upper, int64_t step,
                                            ValueRange carried, Body body) {
  std::optional<int64_t> low = getConstantIntValue(lower),
                         high = getConstantIntValue(upper);
  if (low && high && *high <= *low)
    return llvm::to_vector(carried);
  if (low && high && *high - *low <= step) {
    positions[axis] = lower;
    return body(carried);
  }
  auto loop =
      scf::ForOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, lower),
                         getValueOrCreateConstantIndexOp(b, loc, upper),
                         arith::ConstantIndexOp::create(b, loc, step), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  positions[axis] = loop.getInductionVar();
  scf::YieldOp::create(b, loc, body(loop.getRegionIterArgs()));
  return loop.getResults();
}

SmallVector<Value> VectorBuilder::buildLoops(ArrayRef<unsigned> axes,
                                             ValueRange carried, Body body) {
  if (axes.empty())
    return body(carried);
  return buildLoop(axes.front(), b.getIndexAttr(0), sizes[axes.front()],
                   /*step=*/1, carried, [&](ValueRange inner) {
                     return buildLoops(axes.drop_front(), inner, body);
                   });
}

/// The body of the operation on vectors: what it yields, each of `lanes`.
SmallVector<Value> VectorBuilder::buildSteps(const Values &inputs,
                                             ValueRange accumulators,
                                             int64_t lanes, int64_t row) {
  IRMapping values;
  values.map(op.getRegionInputArgs(), inputs);
  values.map(op.getRegionOutputArgs(), accumulators);
  for (Operation &inner : op.getBlock()->without_terminator())
    buildOperation(inner, values, lanes, row);
  Values results;
  for (Value yielded : op.getBlock()->getTerminator()->getOperands())
    results.push_back(broadcast(values.lookupOrDefault(yielded), lanes));
  return results;
}

/// Clones an operation of the body, on vectors where an operand is one.
void VectorBuilder::buildOperation(Operation &inner, IRMapping &values,
                                   int64_t lanes, int64_t row) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    Value position = getValueOrCreateConstantIndexOp(
        b, loc, getPosition(index.getDim(), row));
    if (index.getDim() == plan.axis) {
      auto type = VectorType::get(lanes, b.getIndexType());
      Value step = vector::StepOp::create(b, loc, type);
      position =
          arith::AddIOp::create(b, loc, broadcast(position, lanes), step);
    }
    values.map(index.getResult(), position);
    return;
  }
  Values operands;
  for (Value operand : inner.getOperands())
    operands.push_back(values.lookupOrDefault(operand));
  auto isVector = [](Value value) { return isa<VectorType>(value.getType()); };
  if (llvm::none_of(operands, isVector)) {
    b.clone(inner, values);
    return;
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
    operands.back() =
        getValueOrCreateConstantIndexOp(b, loc, getPosition(plan.axis, row));
    values.map(
        extract.getResult(),
        readVector(operands.front(), ValueRange(operands).drop_front(), lanes));
    return;
  }
  IRMapping vectors;
  for (auto [from, to] : llvm::zip_equal(inner.getOperands(), operands))
    vectors.map(from, broadcast(to, lanes));
  Operation *clone = b.clone(inner, vectors);
  for (OpResult result : clone->getResults())
    result.setType(VectorType::get(lanes, result.getType()));
  values.map(inner.getResults(), clone->getResults());
  if (!plan.contracted.contains(&inner))
    return;
  auto math = cast<arith::ArithFastMathInterface>(clone);
  clone->setAttr(math.getFastMathAttrName(),
                 arith::FastMathFlagsAttr::get(
                     b.getContext(), math.getFastMathFlagsAttr().getValue() |
                                         arith::FastMathFlags::contract));
}

/// The inputs of the body at a row; those of the `previous` row where they are
/// the same.
SmallVector<Value> VectorBuilder::readInputs(int64_t lanes, int64_t row,
                                             ArrayRef<Value> previous) {
  Values inputs;
  for (OpOperand *input : op.getDpsInputOperands()) {
    bool isShared =
        !previous.empty() &&
        !op.getMatchingIndexingMap(input).isFunctionOfDim(*plan.rowAxis);
    inputs.push_back(isShared ? previous[inputs.size()]
                              : read(*input, input->get(), lanes, row));
  }
  return inputs;
}

/// What the body gets of `operand`, whose elements are those of `source`.
Value VectorBuilder::read(OpOperand &operand, Value source, int64_t lanes,
                          int64_t row) {
  if (op.isScalar(&operand) && !isa<TensorType>(source.getType()))
    return source;
  Values indices = getIndices(operand, row);
  if (op.getMatchingIndexingMap(&operand).isFunctionOfDim(plan.axis))
    return readVector(source, indices, lanes);
  return tensor::ExtractOp::create(b, loc, source, indices);
}

Value VectorBuilder::readVector(Value source, ValueRange indices,
                                int64_t lanes) {
  Type elementType = getElementTypeOrSelf(source.getType());
  Value padding = arith::ConstantOp::create(b, loc, b.getZeroAttr(elementType));
  return vector::TransferReadOp::create(
      b, loc, VectorType::get(lanes, elementType), source, indices, padding,
      ArrayRef<bool>{true});
}

Value VectorBuilder::write(OpOperand &output, Value dest, Value value,
                           int64_t row) {
  Values indices = getIndices(output, row);
  if (!isa<VectorType>(value.getType()))
    return tensor::InsertOp::create(b, loc, value, dest, indices);
  return vector::TransferWriteOp::create(b, loc, value, dest, indices,
                                         ArrayRef<bool>{true})
      .getResult();
}

Value VectorBuilder::broadcast(Value value, int64_t lanes) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      b, loc, VectorType::get(lanes, value.getType()), value);
}

SmallVector<Value> VectorBuilder::getIndices(OpOperand &operand, int64_t row) {
  SmallVector<OpFoldResult> current;
  for (unsigned axis = 0; axis < positions.size(); ++axis)
    current.push_back(getPosition(axis, row));
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedMultiResultAffineApply(
          b, loc, op.getMatchingIndexingMap(&operand), current));
}

OpFoldResult VectorBuilder::getPosition(unsigned axis, int64_t row) {
  if (axis != plan.rowAxis || row == 0)
    return positions[axis];
  return affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) + row, {positions[axis]});
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// Makes one axis of the innermost static axes where they are one in memory
/// too, so that rows shorter than a vector fill vectors.
static LinalgOp collapseInnerAxes(RewriterBase &rewriter, LinalgOp op,
                                  int64_t lanes) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto isPlain = [](AffineMap map) { return map.isProjectedPermutation(); };
  if (!op.hasPureTensorSemantics() || op.hasIndexSemantics() ||
      sizes.size() < 2 || sizes.back() % lanes == 0 ||
      !llvm::all_of(maps, isPlain))
    return op;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  ReassociationIndices axes, best;
  for (int64_t axis = sizes.size(); axis-- > 0;) {
    if (sizes[axis] <= 0 || iterators[axis] != iterators.back())
      break;
    axes.insert(axes.begin(), axis);
    if (linalg::areDimSequencesPreserved(maps, {axes}))
      best = axes;
  }
  if (best.size() < 2)
    return op;
  rewriter.setInsertionPoint(op);
  if (!isa<linalg::GenericOp, linalg::CopyOp>(op)) {
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return op;
    op = *generic;
    rewriter.setInsertionPoint(op);
  }
  FailureOr<linalg::CollapseResult> collapsed =
      linalg::collapseOpIterationDims(op, {best}, rewriter);
  if (failed(collapsed))
    return op;
  rewriter.replaceOp(op, collapsed->results);
  return collapsed->collapsedOp;
}

namespace {

struct VectorizeLinalgPass
    : mlir::mml::impl::VectorizeLinalgPassBase<VectorizeLinalgPass> {
  using VectorizeLinalgPassBase::VectorizeLinalgPassBase;

  void runOnOperation() override {
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      emitError(getOperation().getLoc())
          << "expected 'vector-bits' of 128, 256 or 512 but got "
          << vectorBits.getValue();
      return signalPassFailure();
    }
    SmallVector<LinalgOp> ops;
    getOperation().walk([&](LinalgOp op) { ops.push_back(op); });
    for (LinalgOp op : ops)
      vectorize(op);
    getOperation().walk(
        [](LoopLikeOpInterface loop) { moveLoopInvariantCode(loop); });
  }

private:
  void vectorize(LinalgOp op) {
    // One element is what loops do best.
    if (op.getNumLoops() == 0)
      return;
    IRRewriter rewriter(&getContext());
    constexpr unsigned f32Bits = 32;
    op = collapseInnerAxes(rewriter, op,
                           registersPerVector * vectorBits / f32Bits);
    auto options =
        remark::RemarkOpts::name("vectorize").category(getArgument());
    StringRef name = op->getName().getStringRef();
    VectorPlanner planner(op, vectorBits);
    FailureOr<VectorPlan> plan = planner.plan();
    if (failed(plan)) {
      remark::missed(op.getLoc(), options)
          << remark::metric("op", name)
          << remark::reason("{0}", planner.getReason());
      return;
    }
    remark::passed(op.getLoc(), options)
        << remark::metric("op", name) << remark::metric("axis", plan->axis)
        << remark::metric("lanes", std::min(plan->lanes, plan->size));
    rewriter.setInsertionPoint(op);
    rewriter.replaceOp(op, VectorBuilder(rewriter, op, *plan).build());
  }
};

} // namespace
