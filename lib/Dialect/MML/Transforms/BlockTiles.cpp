//===- BlockTiles.cpp - Sums of tiles in registers ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::mml;

/// Steps of depth in one step of the innermost loop.
static constexpr int64_t depthUnroll = 4;

bool BlockBuilder::rowsFit() {
  std::optional<int64_t> size = getConstantIntValue(sizes[plan.rowAxis]);
  return size && *size % plan.tileRows == 0;
}

bool BlockBuilder::columnsFit() {
  return *getConstantIntValue(sizes[plan.columnAxis]) % plan.getTileColumns() ==
         0;
}

Value BlockBuilder::computeTile(Value slot, Value panel, Value block,
                                const Range &rows, const Range &columns,
                                Value slice, Value packedRows) {
  SmallVector<Value> sums = multiplyPanels(slot, panel, block, packedRows);
  OpFoldResult width = b.getIndexAttr(plan.tileRows);
  OpFoldResult row = multiply(slot, width);
  OpFoldResult column = multiply(subtract(panel, columns.first),
                                 b.getIndexAttr(plan.getTileColumns()));
  Value isFirst;
  if (startsAtZero && plan.depth > plan.depthBlock)
    isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, block,
                                    index(0));
  auto storeWhole = [&] {
    return storeTile(sums, isFirst, row, column, slice);
  };
  if (rowsFit() && columnsFit())
    return storeWhole();
  OpFoldResult position = multiply(add(rows.first, slot), width);
  OpFoldResult left = subtract(sizes[plan.rowAxis], position);
  Value isWhole;
  auto require = [&](Value condition) {
    isWhole =
        isWhole ? arith::AndIOp::create(b, loc, isWhole, condition).getResult()
                : condition;
  };
  if (!rowsFit())
    require(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                  getValue(left), getValue(width)));
  if (!columnsFit())
    require(arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ult, panel,
        index(*getConstantIntValue(sizes[plan.columnAxis]) /
              plan.getTileColumns())));
  return buildIf(isWhole, slice.getType(), storeWhole, [&] {
    return storePartOfTile(sums, isFirst, row, column, min(left, width), slice);
  });
}

/// The sums of a tile over one block of depth, in registers.
SmallVector<Value> BlockBuilder::multiplyPanels(Value slot, Value panel,
                                                Value block, Value packedRows) {
  SmallVector<Value> columnIndices;
  for (unsigned axis : getPackedAxes())
    columnIndices.push_back(getValue(positions[axis]));
  columnIndices.append({panel, Value(), Value()});
  bool isAcross = plan.rowAccess == BlockPlan::Access::Across;

  auto multiplyStep = [&](Value k, MutableArrayRef<Value> sums) {
    columnIndices.end()[-2] = getValue(add(block, k));
    SmallVector<Value> columns;
    for (int64_t i = 0; i < plan.tileVectors; ++i) {
      columnIndices.back() = index(i * plan.lanes);
      columns.push_back(readVector(packedColumns, columnIndices, plan.lanes,
                                   /*inBounds=*/true));
    }
    for (int64_t row = 0; row < plan.tileRows; ++row) {
      SmallVector<Value> indices{slot, index(row), k};
      if (isAcross)
        std::swap(indices[1], indices[2]);
      Value element = tensor::ExtractOp::create(b, loc, packedRows, indices);
      Value spread = vector::BroadcastOp::create(b, loc, vectorType, element);
      for (auto [i, column] : llvm::enumerate(columns)) {
        Value &sum = sums[row * plan.tileVectors + i];
        sum = vector::FMAOp::create(b, loc, spread, column, sum);
      }
    }
  };
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorType));
  SmallVector<Value> sums(plan.tileRows * plan.tileVectors, zeros);
  auto buildSteps = [&](OpFoldResult lower, OpFoldResult upper, int64_t step) {
    auto loop = scf::ForOp::create(
        b, loc, getValue(lower), getValue(upper), index(step), sums,
        [&](OpBuilder &, Location, Value k, ValueRange args) {
          SmallVector<Value> next = llvm::to_vector(args);
          for (int64_t i = 0; i < step; ++i)
            multiplyStep(getValue(add(k, b.getIndexAttr(i))), next);
          scf::YieldOp::create(b, loc, next);
        });
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  };
  // All but the last block are multiples of a vector.
  OpFoldResult depth = getBlockDepth(block);
  int64_t rest = plan.depth % depthUnroll;
  if (rest == 0) {
    buildSteps(b.getIndexAttr(0), depth, depthUnroll);
  } else {
    OpFoldResult unroll = b.getIndexAttr(depthUnroll);
    OpFoldResult whole = multiply(divide(depth, unroll), unroll);
    buildSteps(b.getIndexAttr(0), whole, depthUnroll);
    buildSteps(whole, depth, 1);
  }
  return sums;
}

SmallVector<Value> BlockBuilder::getSliceIndices(OpFoldResult row,
                                                 OpFoldResult column) {
  SmallVector<Value> indices;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (AffineExpr expr : map.getResults()) {
    unsigned axis = cast<AffineDimExpr>(expr).getPosition();
    OpFoldResult position = b.getIndexAttr(0);
    if (axis == plan.rowAxis)
      position = row;
    else if (axis == plan.columnAxis)
      position = column;
    else if (llvm::is_contained(plan.outerColumnAxes, axis))
      position = positions[axis];
    indices.push_back(getValue(position));
  }
  return indices;
}

/// The dimension of the result that vectors of columns run along.
AffineMap BlockBuilder::getVectorMap() {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  unsigned dim = *map.getResultPosition(b.getAffineDimExpr(plan.columnAxis));
  return AffineMap::get(map.getNumResults(), 0, b.getAffineDimExpr(dim),
                        b.getContext());
}

/// Adds `sum` to what is in `slice`, or puts it there where nothing is yet.
Value BlockBuilder::addTo(Value slice, ValueRange indices, Value sum,
                          Value isFirst, bool inBounds) {
  AffineMap map = getVectorMap();
  ArrayAttr bounds = b.getBoolArrayAttr(inBounds);
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getF32Type()));
  if (!startsAtZero || plan.depth > plan.depthBlock) {
    auto readAndAdd = [&]() -> Value {
      Value old = vector::TransferReadOp::create(
          b, loc, vectorType, slice, indices, AffineMapAttr::get(map), zero,
          /*mask=*/Value(), bounds);
      return arith::AddFOp::create(b, loc, old, sum);
    };
    sum = isFirst ? buildIf(
                        isFirst, vectorType, [&] { return sum; }, readAndAdd)
                  : readAndAdd();
  }
  return vector::TransferWriteOp::create(b, loc, sum, slice, indices,
                                         AffineMapAttr::get(map),
                                         /*mask=*/Value(), bounds)
      .getResult();
}

Value BlockBuilder::storeTile(ArrayRef<Value> sums, Value isFirst,
                              OpFoldResult row, OpFoldResult column,
                              Value slice) {
  auto storeAll = [&](bool adds) {
    Value result = slice;
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t vector = i % plan.tileVectors;
      SmallVector<Value> indices =
          getSliceIndices(add(row, b.getIndexAttr(i / plan.tileVectors)),
                          add(column, b.getIndexAttr(vector * plan.lanes)));
      AffineMapAttr map = AffineMapAttr::get(getVectorMap());
      ArrayAttr bounds = b.getBoolArrayAttr(true);
      Value stored = sum;
      if (adds) {
        Value zero =
            arith::ConstantOp::create(b, loc, b.getZeroAttr(b.getF32Type()));
        Value old = vector::TransferReadOp::create(
            b, loc, vectorType, result, indices, map, zero, Value(), bounds);
        stored = arith::AddFOp::create(b, loc, old, sum);
      }
      result = vector::TransferWriteOp::create(b, loc, stored, result, indices,
                                               map, Value(), bounds)
                   .getResult();
    }
    return result;
  };
  if (!isFirst)
    return storeAll(!startsAtZero);
  return buildIf(
      isFirst, slice.getType(), [&] { return storeAll(false); },
      [&] { return storeAll(true); });
}

/// Stores a tile of which a part lies outside of the result, through memory of
/// its own: which rows there are is known by number only.
Value BlockBuilder::storePartOfTile(ArrayRef<Value> sums, Value isFirst,
                                    OpFoldResult row, OpFoldResult column,
                                    OpFoldResult rows, Value slice) {
  Value tile = partialTile;
  for (auto [i, sum] : llvm::enumerate(sums))
    tile = writeVector(sum, tile,
                       {index(i / plan.tileVectors),
                        index(i % plan.tileVectors * plan.lanes)});
  return buildLoop(
      b.getIndexAttr(0), rows, 1, slice, [&](Value i, Value carried) {
        for (int64_t vector = 0; vector < plan.tileVectors; ++vector) {
          Value offset = index(vector * plan.lanes);
          Value sum = readVector(tile, {i, offset}, plan.lanes, true);
          SmallVector<Value> indices =
              getSliceIndices(add(row, i), add(column, offset));
          carried = addTo(carried, indices, sum, isFirst, columnsFit());
        }
        return carried;
      });
}
