//===- BlockBuilder.cpp - Contractions as packed blocks -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::mml;

/// Whether a contraction adds to zeros, which need not be read.
static bool isZeroFill(Value init) {
  while (Operation *reshape = init.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(reshape))
      break;
    init = reshape->getOperand(0);
  }
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.value(), m_PosZeroFloat());
}

BlockBuilder::BlockBuilder(RewriterBase &rewriter, linalg::LinalgOp op,
                           const BlockPlan &plan)
    : b(rewriter), loc(op.getLoc()), op(op), plan(plan),
      vectorType(VectorType::get(plan.lanes, rewriter.getF32Type())) {
  startsAtZero = isZeroFill(op.getDpsInits()[0]);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

Value BlockBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value BlockBuilder::getValue(OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(b, loc, size);
}

/// Computes with two sizes, now if they are known.
template <typename Op, typename Fold>
static OpFoldResult compute(OpBuilder &b, Location loc, OpFoldResult lhs,
                            OpFoldResult rhs, Fold fold) {
  std::optional<int64_t> left = getConstantIntValue(lhs),
                         right = getConstantIntValue(rhs);
  if (left && right)
    return b.getIndexAttr(fold(*left, *right));
  return Op::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, lhs),
                    getValueOrCreateConstantIndexOp(b, loc, rhs))
      .getResult();
}

OpFoldResult BlockBuilder::multiply(OpFoldResult x, OpFoldResult y) {
  if (isOneInteger(x))
    return y;
  if (isOneInteger(y))
    return x;
  return compute<arith::MulIOp>(b, loc, x, y, std::multiplies<int64_t>());
}

OpFoldResult BlockBuilder::add(OpFoldResult x, OpFoldResult y) {
  if (isZeroInteger(x))
    return y;
  if (isZeroInteger(y))
    return x;
  return compute<arith::AddIOp>(b, loc, x, y, std::plus<int64_t>());
}

OpFoldResult BlockBuilder::subtract(OpFoldResult x, OpFoldResult y) {
  if (isZeroInteger(y))
    return x;
  return compute<arith::SubIOp>(b, loc, x, y, std::minus<int64_t>());
}

OpFoldResult BlockBuilder::divide(OpFoldResult x, OpFoldResult y) {
  if (isOneInteger(y))
    return x;
  return compute<arith::DivUIOp>(b, loc, x, y, std::divides<int64_t>());
}

OpFoldResult BlockBuilder::ceilDivide(OpFoldResult x, OpFoldResult y) {
  if (isOneInteger(y))
    return x;
  return compute<arith::CeilDivUIOp>(
      b, loc, x, y, [](int64_t x, int64_t y) { return (x + y - 1) / y; });
}

OpFoldResult BlockBuilder::min(OpFoldResult x, OpFoldResult y) {
  return compute<arith::MinUIOp>(
      b, loc, x, y, [](int64_t x, int64_t y) { return std::min(x, y); });
}

OpFoldResult BlockBuilder::max(OpFoldResult x, OpFoldResult y) {
  return compute<arith::MaxUIOp>(
      b, loc, x, y, [](int64_t x, int64_t y) { return std::max(x, y); });
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

Value BlockBuilder::buildLoop(OpFoldResult lower, OpFoldResult upper,
                              int64_t step, Value init, Body body) {
  return scf::ForOp::create(
             b, loc, getValue(lower), getValue(upper), index(step), init,
             [&](OpBuilder &, Location, Value i, ValueRange args) {
               Value next = body(i, args[0]);
               scf::YieldOp::create(b, loc, next);
             })
      .getResult(0);
}

/// Nested loops over whole axes, which set their positions.
Value BlockBuilder::buildLoops(ArrayRef<unsigned> axes, Value init,
                               function_ref<Value(Value)> body) {
  if (axes.empty())
    return body(init);
  return buildLoop(b.getIndexAttr(0), sizes[axes.front()], 1, init,
                   [&](Value i, Value carried) {
                     positions[axes.front()] = i;
                     return buildLoops(axes.drop_front(), carried, body);
                   });
}

Value BlockBuilder::buildIf(Value condition, Type type,
                            function_ref<Value()> thenBody,
                            function_ref<Value()> elseBody) {
  auto branch = scf::IfOp::create(b, loc, TypeRange(type), condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, thenBody());
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, loc, elseBody());
  return branch.getResult(0);
}

/// Runs `body` for each step below `bounds`, on threads if `isParallel`.
Value BlockBuilder::buildTasks(ArrayRef<OpFoldResult> bounds, Value init,
                               bool isParallel, TaskBody body) {
  auto getStrides = [&](const Part &part) {
    return Sizes(part.offsets.size(), b.getIndexAttr(1));
  };
  if (isParallel) {
    auto forall = scf::ForallOp::create(b, loc, bounds, init,
                                        /*mapping=*/std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    Value whole = forall.getRegionIterArgs()[0];
    Part part = body(forall.getInductionVars(), whole);
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(
        b, loc, part.value, whole, part.offsets, part.sizes, getStrides(part));
    return forall.getResult(0);
  }
  SmallVector<Value> steps;
  auto buildNest = [&](auto &self, Value carried) -> Value {
    if (steps.size() == bounds.size()) {
      Part part = body(steps, carried);
      return tensor::InsertSliceOp::create(b, loc, part.value, carried,
                                           part.offsets, part.sizes,
                                           getStrides(part));
    }
    return buildLoop(b.getIndexAttr(0), bounds[steps.size()], 1, carried,
                     [&](Value i, Value inner) {
                       steps.push_back(i);
                       Value next = self(self, inner);
                       steps.pop_back();
                       return next;
                     });
  };
  return buildNest(buildNest, init);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

SmallVector<Value> BlockBuilder::getIndices(OpOperand &operand) {
  SmallVector<Value> indices;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
    indices.push_back(
        getValue(positions[cast<AffineDimExpr>(expr).getPosition()]));
  return indices;
}

/// Takes a position on all axes of depth together apart.
void BlockBuilder::setDepth(Value depth) {
  Value rest = depth;
  for (unsigned axis : llvm::reverse(ArrayRef(plan.depthAxes).drop_front())) {
    Value size = getValue(sizes[axis]);
    positions[axis] = arith::RemUIOp::create(b, loc, rest, size).getResult();
    rest = arith::DivUIOp::create(b, loc, rest, size);
  }
  positions[plan.depthAxes.front()] = rest;
}

Value BlockBuilder::readVector(Value source, ValueRange indices, int64_t lanes,
                               bool inBounds) {
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getF32Type()));
  return vector::TransferReadOp::create(
      b, loc, VectorType::get(lanes, b.getF32Type()), source, indices, zero,
      ArrayRef<bool>{inBounds});
}

Value BlockBuilder::writeVector(Value vector, Value dest, ValueRange indices) {
  return vector::TransferWriteOp::create(b, loc, vector, dest, indices,
                                         ArrayRef<bool>{true})
      .getResult();
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

Value BlockBuilder::build() {
  for (const ::mlir::Range &range : op.createLoopRanges(b, loc))
    sizes.push_back(range.size);
  // Another operand may know a size that the first one does not.
  for (auto [size, known] : llvm::zip_equal(sizes, op.getStaticLoopRanges()))
    if (ShapedType::isStatic(known))
      size = b.getIndexAttr(known);
  positions.assign(sizes.size(), b.getIndexAttr(0));
  rowPanels = ceilDivide(sizes[plan.rowAxis], b.getIndexAttr(plan.tileRows));
  columnPanels = llvm::divideCeil(*getConstantIntValue(sizes[plan.columnAxis]),
                                  plan.getTileColumns());
  Value result = op.getDpsInits()[0];
  if (startsAtZero) {
    // Sizes of the inputs, not of the zeros, which nothing shall need.
    auto type = cast<RankedTensorType>(result.getType());
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    SmallVector<Value> dynamicSizes;
    for (auto [size, expr] : llvm::zip_equal(type.getShape(), map.getResults()))
      if (ShapedType::isDynamic(size))
        dynamicSizes.push_back(
            getValue(sizes[cast<AffineDimExpr>(expr).getPosition()]));
    result = tensor::EmptyOp::create(b, loc, type, dynamicSizes);
  }
  if (plan.minRows == 0)
    return buildBlocks(result);
  // Few rows are not worth packing the columns for. Both branches write to the
  // same tensor, so that no other is needed.
  OpFoldResult rows = sizes[plan.rowAxis];
  for (unsigned axis : plan.outerRowAxes)
    rows = multiply(rows, sizes[axis]);
  Value isWorth = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                        getValue(rows), index(plan.minRows));
  return buildIf(
      isWorth, result.getType(), [&] { return buildBlocks(result); },
      [&]() -> Value {
        Value init = result;
        if (startsAtZero) {
          Value zero =
              arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getF32Type()));
          init = linalg::FillOp::create(b, loc, zero, init).getResult(0);
        }
        Operation *clone = b.clone(*op);
        cast<linalg::LinalgOp>(clone).getDpsInitsMutable()[0].assign(init);
        return clone->getResult(0);
      });
}

/// Computes the contraction into `result`.
Value BlockBuilder::buildBlocks(Value result) {
  if (!plan.packsInTask) {
    packedColumns = packColumns();
    return computeParts(result);
  }
  // A task is one step of the batch, with columns of its own.
  Sizes bounds;
  for (unsigned axis : plan.batchAxes)
    bounds.push_back(sizes[axis]);
  return buildTasks(
      bounds, result, plan.isParallel, [&](ValueRange steps, Value whole) {
        for (auto [step, axis] : llvm::zip_equal(steps, plan.batchAxes))
          positions[axis] = step;
        Part part;
        AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
        for (AffineExpr expr : map.getResults()) {
          unsigned axis = cast<AffineDimExpr>(expr).getPosition();
          bool isBatch = llvm::is_contained(plan.batchAxes, axis);
          part.offsets.push_back(isBatch ? positions[axis] : b.getIndexAttr(0));
          part.sizes.push_back(isBatch ? b.getIndexAttr(1) : sizes[axis]);
        }
        Value slice = tensor::ExtractSliceOp::create(
            b, loc, whole, part.offsets, part.sizes,
            Sizes(part.offsets.size(), b.getIndexAttr(1)));
        packedColumns = packColumns();
        part.value = computeParts(slice);
        return part;
      });
}

/// Computes all rows and columns of `result`, of which a task that packs its
/// own columns has one step of the batch.
Value BlockBuilder::computeParts(Value result) {
  SmallVector<unsigned> axes;
  if (!plan.packsInTask)
    axes = plan.batchAxes;
  llvm::append_range(axes, plan.outerRowAxes);
  Sizes bounds;
  int64_t others = 1;
  for (unsigned axis : axes) {
    bounds.push_back(sizes[axis]);
    others *= getConstantIntValue(sizes[axis]).value_or(1);
  }
  // An odd number of tasks would leave one of two threads idle at the end.
  OpFoldResult sought = b.getIndexAttr(
      llvm::divideCeil(plan.tasks, std::min(others, plan.tasks)));
  OpFoldResult rowTasks =
      max(ceilDivide(rowPanels, b.getIndexAttr(plan.taskPanels)),
          min(rowPanels, sought));
  if (std::optional<int64_t> count = getConstantIntValue(rowTasks);
      count && *count > 1 && *count % 2 != 0)
    rowTasks = min(rowPanels, b.getIndexAttr(*count + 1));
  OpFoldResult columnTasks =
      min(b.getIndexAttr(columnPanels), ceilDivide(sought, rowTasks));
  bounds.push_back(rowTasks);
  bounds.push_back(columnTasks);

  auto split = [&](Value task, OpFoldResult tasks, OpFoldResult panels) {
    if (isOneInteger(tasks))
      return Range{b.getIndexAttr(0), panels};
    std::optional<int64_t> all = getConstantIntValue(panels),
                           parts = getConstantIntValue(tasks);
    if (all && parts && *all % *parts == 0) {
      OpFoldResult count = b.getIndexAttr(*all / *parts);
      return Range{multiply(task, count), count};
    }
    OpFoldResult first = divide(multiply(task, panels), tasks);
    OpFoldResult last =
        divide(multiply(add(task, b.getIndexAttr(1)), panels), tasks);
    return Range{first, subtract(last, first)};
  };
  bool isParallel = plan.isParallel && !plan.packsInTask;
  return buildTasks(
      bounds, result, isParallel, [&](ValueRange steps, Value whole) {
        for (auto [step, axis] : llvm::zip(steps, axes))
          positions[axis] = step;
        Range rows = split(steps.drop_back().back(), rowTasks, rowPanels);
        Range columns =
            split(steps.back(), columnTasks, b.getIndexAttr(columnPanels));
        return computeTask(rows, columns, whole);
      });
}

BlockBuilder::Part BlockBuilder::computeTask(const Range &rows,
                                             const Range &columns,
                                             Value whole) {
  // The slice of the result that the task computes.
  auto getStart = [&](const Range &range, int64_t width) {
    return multiply(range.first, b.getIndexAttr(width));
  };
  auto getLength = [&](const Range &range, OpFoldResult start, int64_t width,
                       unsigned axis) -> OpFoldResult {
    if (isZeroInteger(range.first))
      return sizes[axis];
    std::optional<int64_t> size = getConstantIntValue(sizes[axis]),
                           count = getConstantIntValue(range.count);
    if (size && count && *size % (*count * width) == 0)
      return b.getIndexAttr(*count * width);
    return min(multiply(range.count, b.getIndexAttr(width)),
               subtract(sizes[axis], start));
  };
  OpFoldResult rowStart = getStart(rows, plan.tileRows),
               columnStart = getStart(columns, plan.getTileColumns());
  Part part;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (AffineExpr expr : map.getResults()) {
    unsigned axis = cast<AffineDimExpr>(expr).getPosition();
    OpFoldResult offset = positions[axis], size = b.getIndexAttr(1);
    if (plan.packsInTask && llvm::is_contained(plan.batchAxes, axis)) {
      offset = b.getIndexAttr(0);
    } else if (axis == plan.rowAxis) {
      offset = rowStart;
      size = getLength(rows, rowStart, plan.tileRows, axis);
    } else if (axis == plan.columnAxis) {
      offset = columnStart;
      size = getLength(columns, columnStart, plan.getTileColumns(), axis);
    } else if (llvm::is_contained(plan.outerColumnAxes, axis)) {
      offset = b.getIndexAttr(0);
      size = sizes[axis];
    }
    part.offsets.push_back(offset);
    part.sizes.push_back(size);
  }
  Value slice = tensor::ExtractSliceOp::create(
      b, loc, whole, part.offsets, part.sizes,
      Sizes(part.offsets.size(), b.getIndexAttr(1)));

  // Hoisting an empty tensor out of the loop would share it among threads.
  int64_t slots = plan.taskPanels;
  if (std::optional<int64_t> count = getConstantIntValue(rowPanels))
    slots = std::min(slots, *count);
  bool isAcross = plan.rowAccess == BlockPlan::Access::Across;
  auto packedType =
      RankedTensorType::get({slots, isAcross ? plan.depthBlock : plan.tileRows,
                             isAcross ? plan.tileRows : plan.depthBlock},
                            b.getF32Type());
  Value packedRows = bufferization::AllocTensorOp::create(
      b, loc, packedType, /*dynamicSizes=*/ValueRange());

  if (!rowsFit() || !columnsFit())
    partialTile = bufferization::AllocTensorOp::create(
        b, loc,
        RankedTensorType::get({plan.tileRows, plan.getTileColumns()},
                              b.getF32Type()),
        /*dynamicSizes=*/ValueRange());

  // Both are carried, as both are written at every step.
  auto loop = scf::ForOp::create(
      b, loc, index(0), index(plan.depth), index(plan.depthBlock),
      ValueRange{slice, packedRows},
      [&](OpBuilder &, Location, Value block, ValueRange args) {
        Value packed =
            buildLoop(b.getIndexAttr(0), rows.count, 1, args[1],
                      [&](Value slot, Value panels) {
                        Value number = getValue(add(rows.first, slot));
                        return packRowPanel(number, panels, slot, block,
                                            getBlockDepth(block));
                      });
        Value computed = computeBlock(rows, columns, block, args[0], packed);
        scf::YieldOp::create(b, loc, ValueRange{computed, packed});
      });
  part.value = loop.getResult(0);
  return part;
}

/// The steps of depth in a block.
OpFoldResult BlockBuilder::getBlockDepth(Value block) {
  if (plan.depth % plan.depthBlock == 0)
    return b.getIndexAttr(plan.depthBlock);
  if (plan.depth < plan.depthBlock)
    return b.getIndexAttr(plan.depth);
  return min(b.getIndexAttr(plan.depthBlock),
             subtract(b.getIndexAttr(plan.depth), block));
}

Value BlockBuilder::computeBlock(const Range &rows, const Range &columns,
                                 Value block, Value slice, Value packedRows) {
  OpFoldResult zero = b.getIndexAttr(0),
               end = add(columns.first, columns.count);
  return buildLoops(plan.outerColumnAxes, slice, [&](Value outer) {
    auto computeOne = [&](Value slot, Value panel, Value carried) {
      return computeTile(slot, panel, block, rows, columns, carried,
                         packedRows);
    };
    if (plan.isRowMajor)
      return buildLoop(zero, rows.count, 1, outer, [&](Value i, Value carried) {
        return buildLoop(
            columns.first, end, 1, carried,
            [&](Value j, Value inner) { return computeOne(i, j, inner); });
      });
    return buildLoop(columns.first, end, 1, outer, [&](Value j, Value carried) {
      return buildLoop(zero, rows.count, 1, carried, [&](Value i, Value inner) {
        return computeOne(i, j, inner);
      });
    });
  });
}
