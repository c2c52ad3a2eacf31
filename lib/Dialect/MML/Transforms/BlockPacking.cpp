//===- BlockPacking.cpp - Pack rows and columns for tiles -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A panel of columns holds, for each step of depth, the columns of one tile as
// vectors. A panel of rows holds what its input holds next to each other next
// to each other: the tile broadcasts single elements of it, which may lie
// anywhere. So only columns that are contiguous along depth are transposed, in
// registers.
//
// Where a panel reaches behind the last row or column, it repeats that one or
// holds zeros. What is computed of it is not stored.
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::mml;
using Access = BlockPlan::Access;

/// The lanes of the units that shuffles move within.
static constexpr int64_t unitLanes = 4;

SmallVector<unsigned> BlockBuilder::getPackedAxes() {
  SmallVector<unsigned> axes;
  if (!plan.packsInTask)
    axes = plan.batchAxes;
  llvm::append_range(axes, plan.outerColumnAxes);
  return axes;
}

/// Packs all columns, of one step of the batch or of all:
/// [batch..., other columns..., panel, depth, column].
Value BlockBuilder::packColumns() {
  SmallVector<unsigned> axes = getPackedAxes();
  Sizes shape, bounds;
  for (unsigned axis : axes)
    bounds.push_back(sizes[axis]);
  bounds.push_back(b.getIndexAttr(columnPanels));
  SmallVector<int64_t> panelShape{plan.getPaddedDepth(), plan.getTileColumns()};
  shape = bounds;
  for (int64_t size : panelShape)
    shape.push_back(b.getIndexAttr(size));
  // An empty tensor would be hoisted out of a task and shared among threads.
  Value empty =
      plan.packsInTask
          ? bufferization::AllocTensorOp::create(
                b, loc,
                RankedTensorType::get(decomposeMixedValues(shape).first,
                                      b.getF32Type()),
                ValueRange())
                .getResult()
          : tensor::EmptyOp::create(b, loc, shape, b.getF32Type()).getResult();

  bool isParallel = plan.isParallel && !plan.packsInTask;
  return buildTasks(
      bounds, empty, isParallel, [&](ValueRange steps, Value whole) {
        Part part;
        for (auto [step, axis] : llvm::zip(steps, axes))
          positions[axis] = step;
        llvm::append_range(part.offsets, steps);
        part.sizes.assign(steps.size(), b.getIndexAttr(1));
        for (int64_t size : panelShape) {
          part.offsets.push_back(b.getIndexAttr(0));
          part.sizes.push_back(b.getIndexAttr(size));
        }
        Value panel = tensor::ExtractSliceOp::create(
            b, loc, RankedTensorType::get(panelShape, b.getF32Type()), whole,
            part.offsets, part.sizes,
            Sizes(part.offsets.size(), b.getIndexAttr(1)));
        part.value = packColumnPanel(steps.back(), panel);
        return part;
      });
}

Value BlockBuilder::packColumnPanel(Value number, Value panel) {
  Side side{op.getDpsInputOperand(plan.columnInput), plan.columnAccess,
            plan.columnAxis, plan.getTileColumns()};
  OpFoldResult start = multiply(number, b.getIndexAttr(side.width));
  OpFoldResult depth = b.getIndexAttr(plan.depth);
  switch (side.access) {
  case Access::Across:
    return packAcross(side, start, panel, {}, index(0), depth);
  case Access::Depth:
    return packTransposed(side, start, panel);
  case Access::Scalar:
    return packElements(side, start, panel, {}, index(0), depth,
                        /*isDepthInner=*/false);
  }
  llvm_unreachable("unknown access");
}

Value BlockBuilder::packRowPanel(Value number, Value panels, Value slot,
                                 Value first, OpFoldResult count) {
  Side side{op.getDpsInputOperand(plan.rowInput), plan.rowAccess, plan.rowAxis,
            plan.tileRows};
  OpFoldResult start = multiply(number, b.getIndexAttr(side.width));
  switch (side.access) {
  case Access::Across:
    return packAcross(side, start, panels, slot, first, count);
  case Access::Depth:
    return packDepth(side, start, panels, slot, first, count);
  case Access::Scalar:
    return packElements(side, start, panels, slot, first, count,
                        /*isDepthInner=*/true);
  }
  llvm_unreachable("unknown access");
}

/// Whether the last panel reaches behind the last row or column.
bool BlockBuilder::hasTail(const Side &side) {
  std::optional<int64_t> size = getConstantIntValue(sizes[side.axis]);
  return !size || *size % side.width != 0;
}

OpFoldResult BlockBuilder::clampPosition(const Side &side, OpFoldResult start,
                                         Value step) {
  OpFoldResult position = add(start, step);
  if (!hasTail(side))
    return position;
  return min(position, subtract(sizes[side.axis], b.getIndexAttr(1)));
}

/// Copies rows or columns that are contiguous in the input, at each of `count`
/// steps of depth from `first` on, to [prefix..., step, row or column].
Value BlockBuilder::packAcross(const Side &side, OpFoldResult start, Value dest,
                               ValueRange prefix, Value first,
                               OpFoldResult count) {
  auto copy = [&](bool inBounds) {
    return buildLoop(
        b.getIndexAttr(0), count, 1, dest, [&](Value k, Value carried) {
          setDepth(getValue(add(first, k)));
          for (int64_t offset = 0; offset < side.width;) {
            int64_t lanes = std::min(side.width - offset, plan.lanes);
            positions[side.axis] = add(start, b.getIndexAttr(offset));
            Value vector =
                readVector(side.operand->get(), getIndices(*side.operand),
                           lanes, inBounds);
            SmallVector<Value> indices = llvm::to_vector(prefix);
            indices.append({k, index(offset)});
            carried = writeVector(vector, carried, indices);
            offset += lanes;
          }
          return carried;
        });
  };
  if (!hasTail(side))
    return copy(/*inBounds=*/true);
  Value end = getValue(add(start, b.getIndexAttr(side.width)));
  Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, end,
                                        getValue(sizes[side.axis]));
  return buildIf(
      isWhole, dest.getType(), [&] { return copy(/*inBounds=*/true); },
      [&] { return copy(/*inBounds=*/false); });
}

/// Copies rows that are contiguous along depth to [prefix..., row, step].
Value BlockBuilder::packDepth(const Side &side, OpFoldResult start, Value dest,
                              ValueRange prefix, Value first,
                              OpFoldResult count) {
  bool inBounds = plan.depth % plan.lanes == 0;
  return buildLoop(b.getIndexAttr(0), b.getIndexAttr(side.width), 1, dest,
                   [&](Value row, Value outer) {
                     OpFoldResult position = clampPosition(side, start, row);
                     return buildLoop(
                         b.getIndexAttr(0), count, plan.lanes, outer,
                         [&](Value k, Value carried) {
                           setDepth(getValue(add(first, k)));
                           positions[side.axis] = position;
                           Value vector = readVector(side.operand->get(),
                                                     getIndices(*side.operand),
                                                     plan.lanes, inBounds);
                           SmallVector<Value> indices = llvm::to_vector(prefix);
                           indices.append({row, k});
                           return writeVector(vector, carried, indices);
                         });
                   });
}

/// Copies columns that are contiguous along depth to [step, column].
Value BlockBuilder::packTransposed(const Side &side, OpFoldResult start,
                                   Value panel) {
  bool inBounds = plan.depth % plan.lanes == 0;
  return buildLoop(
      b.getIndexAttr(0), b.getIndexAttr(side.width), plan.lanes, panel,
      [&](Value offset, Value outer) {
        SmallVector<OpFoldResult> columns;
        for (int64_t lane = 0; lane < plan.lanes; ++lane)
          columns.push_back(clampPosition(
              side, start, getValue(add(offset, b.getIndexAttr(lane)))));
        return buildLoop(
            b.getIndexAttr(0), b.getIndexAttr(plan.depth), plan.lanes, outer,
            [&](Value k, Value carried) {
              setDepth(k);
              SmallVector<Value> vectors;
              for (OpFoldResult column : columns) {
                positions[side.axis] = column;
                vectors.push_back(readVector(side.operand->get(),
                                             getIndices(*side.operand),
                                             plan.lanes, inBounds));
              }
              for (auto [step, vector] :
                   llvm::enumerate(transposeVectors(std::move(vectors))))
                carried = writeVector(
                    vector, carried,
                    {getValue(add(k, b.getIndexAttr(step))), offset});
              return carried;
            });
      });
}

/// Copies one element at a time.
Value BlockBuilder::packElements(const Side &side, OpFoldResult start,
                                 Value dest, ValueRange prefix, Value first,
                                 OpFoldResult count, bool isDepthInner) {
  return buildLoop(
      b.getIndexAttr(0), count, 1, dest, [&](Value k, Value outer) {
        setDepth(getValue(add(first, k)));
        return buildLoop(
            b.getIndexAttr(0), b.getIndexAttr(side.width), 1, outer,
            [&](Value step, Value carried) {
              positions[side.axis] = clampPosition(side, start, step);
              Value element = tensor::ExtractOp::create(
                  b, loc, side.operand->get(), getIndices(*side.operand));
              SmallVector<Value> indices = llvm::to_vector(prefix);
              indices.append({k, step});
              if (isDepthInner)
                std::swap(indices.end()[-1], indices.end()[-2]);
              return tensor::InsertOp::create(b, loc, element, carried, indices)
                  .getResult();
            });
      });
}

/// The columns of the square matrix whose rows are `rows`. Within units of four
/// lanes, pairs of rows are interleaved; then units are exchanged between rows.
SmallVector<Value> BlockBuilder::transposeVectors(SmallVector<Value> rows) {
  int64_t lanes = rows.size();
  auto shuffle = [&](Value x, Value y, function_ref<int64_t(int64_t)> from) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(from(lane));
    return vector::ShuffleOp::create(b, loc, x, y, mask).getResult();
  };
  /// Interleaves runs of `run` lanes of the lower or upper half of each unit.
  auto interleave = [&](Value x, Value y, int64_t run, bool isUpper) {
    return shuffle(x, y, [&](int64_t lane) {
      int64_t unit = lane / unitLanes * unitLanes, part = lane % unitLanes;
      int64_t source =
          part / (2 * run) * run + part % run + (isUpper ? unitLanes / 2 : 0);
      return unit + source + (part / run % 2 ? lanes : 0);
    });
  };
  for (int64_t first = 0; first < lanes; first += unitLanes) {
    Value *row = rows.data() + first;
    Value low01 = interleave(row[0], row[1], 1, false),
          high01 = interleave(row[0], row[1], 1, true),
          low23 = interleave(row[2], row[3], 1, false),
          high23 = interleave(row[2], row[3], 1, true);
    row[0] = interleave(low01, low23, 2, false);
    row[1] = interleave(low01, low23, 2, true);
    row[2] = interleave(high01, high23, 2, false);
    row[3] = interleave(high01, high23, 2, true);
  }
  for (int64_t distance = unitLanes; distance < lanes; distance *= 2)
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & distance)
        continue;
      Value x = rows[i], y = rows[i + distance];
      rows[i] = shuffle(x, y, [&](int64_t lane) {
        return lane & distance ? lanes + lane - distance : lane;
      });
      rows[i + distance] = shuffle(x, y, [&](int64_t lane) {
        return lane & distance ? lanes + lane : lane + distance;
      });
    }
  return rows;
}
