//===- TileEpilogue.cpp - What becomes of the sums of a tile --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEpilogue.h"

#include "Multiples.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"

using namespace mlir;
using namespace mlir::mml;

/// The loops of the operations: tokens and outputs.
static constexpr unsigned kTokenAxis = 0, kOutputAxis = 1, kAxes = 2;

LogicalResult TileEpilogue::add(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics() || op.getNumLoops() != kAxes ||
      op.getNumParallelLoops() != kAxes)
    return failure();
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if ((op.isDpsInit(&operand) || isTemporary(operand.get())) &&
        !map.isIdentity())
      return failure();
  }
  operations.push_back(op);
  return success();
}

Value TileEpilogue::load(OpOperand &operand, Value token, Value output) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  SmallVector<Value> indices = llvm::map_to_vector(
      op.getMatchingIndexingMap(&operand).getResults(),
      [&](AffineExpr expr) { return k.apply(expr, {token, output}); });
  return memref::LoadOp::create(
      k.b, k.loc, mapping.lookupOrDefault(operand.get()), indices);
}

/// Whether `operand` is an array that is read for each output, for all tokens.
static bool isOfColumns(OpOperand &operand) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  return isa<MemRefType>(operand.get().getType()) && !op.isDpsInit(&operand) &&
         !op.getMatchingIndexingMap(&operand).isFunctionOfDim(kTokenAxis);
}

TileEpilogue::Columns TileEpilogue::readColumns(Value output, int64_t count) {
  Columns columns;
  columns.output = output;
  columns.count = count;
  for (linalg::LinalgOp op : operations)
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (!isOfColumns(*input) || isTemporary(input->get()))
        continue;
      AffineMap map = op.getMatchingIndexingMap(input);
      SmallVector<Value> &values = columns.loaded[input];
      for (int64_t i = 0; i < count; ++i)
        values.push_back(
            i > 0 && !map.isFunctionOfDim(kOutputAxis)
                ? values.front()
                : load(*input, k.index(0), k.apply(k.d(0) + i, {output})));
    }
  return columns;
}

SmallVector<Value> TileEpilogue::read(OpOperand &operand,
                                      const Columns &columns, Value token) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  Value value = operand.get();
  if (!isa<MemRefType>(value.getType()))
    return SmallVector<Value>(columns.count, mapping.lookupOrDefault(value));
  if (auto found = contents.find(value); found != contents.end())
    return found->second;
  if (auto found = columns.loaded.find(&operand); found != columns.loaded.end())
    return found->second;
  SmallVector<Value> values;
  bool isSame =
      !op.getMatchingIndexingMap(&operand).isFunctionOfDim(kOutputAxis);
  for (int64_t i = 0; i < columns.count; ++i)
    values.push_back(
        i > 0 && isSame
            ? values.front()
            : load(operand, token, k.apply(k.d(0) + i, {columns.output})));
  return values;
}

void TileEpilogue::store(Value target, const Columns &columns, Value token,
                         ArrayRef<Value> values) {
  Value array = mapping.lookupOrDefault(target);
  Type type = values.front().getType();
  if (columns.count == 1) {
    memref::StoreOp::create(k.b, k.loc, values.front(), array,
                            ValueRange{token, columns.output});
    return;
  }
  bool isByBytes =
      type.isIntOrFloat() && type.getIntOrFloatBitWidth() % CHAR_BIT == 0;
  // The place of a tile is known of `target`, whose views are in the loop.
  if (!isByBytes || !cast<MemRefType>(target.getType()).isLastDimUnitStride() ||
      !isMultipleApart(target, columns.count)) {
    for (auto [i, value] : llvm::enumerate(values))
      memref::StoreOp::create(
          k.b, k.loc, value, array,
          ValueRange{token, k.apply(k.d(0) + i, {columns.output})});
    return;
  }
  Value vector = vector::FromElementsOp::create(
      k.b, k.loc, VectorType::get(columns.count, type), values);
  vector::StoreOp::create(
      k.b, k.loc, vector, array, ValueRange{token, columns.output},
      /*nontemporal=*/false,
      llvm::MaybeAlign(columns.count * type.getIntOrFloatBitWidth() /
                       CHAR_BIT));
}

void TileEpilogue::write(const Columns &columns, Value token,
                         ArrayRef<Value> values) {
  contents.clear();
  auto put = [&](Value array, ArrayRef<Value> elements) {
    if (isTemporary(array))
      contents[array].assign(elements.begin(), elements.end());
    else
      store(array, columns, token, elements);
  };
  put(sums, values);
  for (linalg::LinalgOp op : operations) {
    SmallVector<SmallVector<Value>> operands;
    for (OpOperand &operand : op->getOpOperands())
      operands.push_back(op.payloadUsesValueFromOperand(&operand)
                             ? read(operand, columns, token)
                             : SmallVector<Value>());
    SmallVector<SmallVector<Value>> results(op.getNumDpsInits());
    for (int64_t i = 0; i < columns.count; ++i) {
      IRMapping local(mapping);
      for (auto [operand, elements] :
           llvm::zip_equal(op->getOpOperands(), operands))
        if (!elements.empty())
          local.map(op.getMatchingBlockArgument(&operand), elements[i]);
      for (Operation &inner : op.getBlock()->without_terminator()) {
        if (auto index = dyn_cast<linalg::IndexOp>(inner))
          local.map(index.getResult(),
                    index.getDim() == kTokenAxis
                        ? token
                        : k.apply(k.d(0) + i, {columns.output}));
        else
          k.b.clone(inner, local);
      }
      for (auto [result, yielded] : llvm::zip_equal(
               results, op.getBlock()->getTerminator()->getOperands()))
        result.push_back(local.lookupOrDefault(yielded));
    }
    for (auto [init, elements] : llvm::zip_equal(op.getDpsInits(), results))
      put(init, elements);
  }
}
