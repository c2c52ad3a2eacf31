//===- ContractKernel.cpp - Loops around a ternary kernel -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractKernel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::mml;

/// Every vector lies inside the tensor that it is read from or written to.
static constexpr bool kInBoundsValues[] = {true};
static constexpr ArrayRef<bool> kInBounds(kInBoundsValues);

/// From this many trits on a contraction is worth the start of threads.
static constexpr int64_t kParallelTrits = 1 << 18;

/// Whether a contraction adds to zeros, which need not be read.
static bool isZeroFill(Value out) {
  auto fill = out.getDefiningOp<linalg::FillOp>();
  return fill && (matchPattern(fill.value(), m_Zero()) ||
                  matchPattern(fill.value(), m_PosZeroFloat()));
}

ContractKernel::ContractKernel(RewriterBase &rewriter, ContractOp op,
                               int64_t rows, ArrayRef<int64_t> tokenTiles)
    : b(rewriter), op(op), loc(op.getLoc()), rows(rows),
      depth(cast<ShapedType>(op.getRhs().getType()).getShape().end()[-2]),
      outputs(cast<ShapedType>(op.getRhs().getType()).getShape().back()),
      tokenTiles(tokenTiles),
      outType(cast<ShapedType>(op.getOut().getType()).getElementType()),
      startsAtZero(isZeroFill(op.getOut())) {}

Value ContractKernel::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value ContractKernel::affine(AffineExpr expr, ValueRange operands) {
  SmallVector<OpFoldResult> mixed(operands.begin(), operands.end());
  return getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, expr, mixed));
}

Value ContractKernel::zeros(VectorType type) {
  return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
}

Value ContractKernel::read(VectorType type, Value source, ValueRange indices) {
  return vector::TransferReadOp::create(b, loc, type, source, indices,
                                        /*padding=*/std::nullopt, kInBounds);
}

Value ContractKernel::build() {
  SmallVector<Value> operands = prepare();
  Value result = op.getOut();
  if (startsAtZero)
    result = tensor::EmptyOp::create(
        b, loc, tensor::getMixedSizes(b, loc, op.getOut()), outType);
  if (op.isBatched())
    return buildBatch(operands, result);
  return buildMatrix(operands, result, depth * outputs >= kParallelTrits);
}

Value ContractKernel::buildBatch(ValueRange operands, Value result) {
  // The storage of trits has the batch in front too.
  int64_t batch = cast<ShapedType>(op.getRhs().getType()).getDimSize(0);
  SmallVector<OpFoldResult> strides(3, b.getIndexAttr(1));
  auto getOffsets = [&](Value index) {
    return SmallVector<OpFoldResult>{index, b.getIndexAttr(0),
                                     b.getIndexAttr(0)};
  };
  auto getSizes = [&](Value tensor) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
    sizes.front() = b.getIndexAttr(1);
    return sizes;
  };
  auto getMatrix = [&](Value tensor, Value index) -> Value {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)),
        unitStrides(type.getRank(), b.getIndexAttr(1));
    offsets.front() = index;
    return tensor::ExtractSliceOp::create(
        b, loc,
        RankedTensorType::get(type.getShape().drop_front(),
                              type.getElementType()),
        tensor, offsets, getSizes(tensor), unitStrides);
  };
  auto computeMatrix = [&](Value index, Value destination) {
    SmallVector<Value> matrices;
    for (Value operand : operands)
      matrices.push_back(getMatrix(operand, index));
    return buildMatrix(matrices, getMatrix(destination, index),
                       /*isParallel=*/false);
  };
  SmallVector<OpFoldResult> sizes = getSizes(result);
  if (batch * depth * outputs >= kParallelTrits) {
    auto forall = scf::ForallOp::create(
        b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(batch)},
        ValueRange{result}, /*mapping=*/std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    Value index = forall.getInductionVar(0);
    Value destination = forall.getRegionIterArgs()[0];
    Value computed = computeMatrix(index, destination);
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, computed, destination,
                                          getOffsets(index), sizes, strides);
    return forall.getResult(0);
  }
  return scf::ForOp::create(
             b, loc, index(0), index(batch), index(1), result,
             [&](OpBuilder &, Location, Value index, ValueRange args) {
               Value computed = computeMatrix(index, args[0]);
               Value inserted = tensor::InsertSliceOp::create(
                   b, loc, computed, args[0], getOffsets(index), sizes,
                   strides);
               scf::YieldOp::create(b, loc, inserted);
             })
      .getResult(0);
}

Value ContractKernel::buildMatrix(ValueRange operands, Value result,
                                  bool isParallel) {
  OpFoldResult tokens = tensor::getMixedSize(b, loc, result, 0);
  SmallVector<OpFoldResult> strides(2, b.getIndexAttr(1));
  int64_t fullBlocks = outputs / rows, tail = outputs % rows;

  auto getOffsets = [&](Value block) {
    return SmallVector<OpFoldResult>{
        b.getIndexAttr(0), affine(b.getAffineDimExpr(0) * rows, block)};
  };
  SmallVector<OpFoldResult> sizes{tokens, b.getIndexAttr(rows)};
  auto computeBlock = [&](Value block, Value destination) {
    Value slice = tensor::ExtractSliceOp::create(
        b, loc, destination, getOffsets(block), sizes, strides);
    return buildBlock(operands, block, rows, slice);
  };
  if (fullBlocks > 0 && isParallel) {
    auto forall = scf::ForallOp::create(
        b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(fullBlocks)},
        ValueRange{result}, /*mapping=*/std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(forall.getTerminator());
    Value block = forall.getInductionVar(0);
    Value destination = forall.getRegionIterArgs()[0];
    Value computed = computeBlock(block, destination);
    SmallVector<OpFoldResult> offsets = getOffsets(block);
    b.setInsertionPointToEnd(forall.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, computed, destination,
                                          offsets, sizes, strides);
    result = forall.getResult(0);
  } else if (fullBlocks > 0) {
    auto loop = scf::ForOp::create(
        b, loc, index(0), index(fullBlocks), index(1), result,
        [&](OpBuilder &, Location, Value block, ValueRange args) {
          Value computed = computeBlock(block, args[0]);
          Value inserted = tensor::InsertSliceOp::create(
              b, loc, computed, args[0], getOffsets(block), sizes, strides);
          scf::YieldOp::create(b, loc, inserted);
        });
    result = loop.getResult(0);
  }
  if (tail > 0) {
    SmallVector<OpFoldResult> offsets{b.getIndexAttr(0),
                                      b.getIndexAttr(fullBlocks * rows)};
    sizes.back() = b.getIndexAttr(tail);
    Value slice =
        tensor::ExtractSliceOp::create(b, loc, result, offsets, sizes, strides);
    Value computed = buildBlock(operands, index(fullBlocks), tail, slice);
    result = tensor::InsertSliceOp::create(b, loc, computed, result, offsets,
                                           sizes, strides);
  }
  return result;
}

Value ContractKernel::buildBlock(ValueRange operands, Value block,
                                 int64_t width, Value slice) {
  Value tokens = getValueOrCreateConstantIndexOp(
      b, loc, tensor::getMixedSize(b, loc, slice, 0));
  // Tiles of each size as far as they go, behind those that are larger.
  AffineExpr first = b.getAffineDimExpr(0), count = b.getAffineDimExpr(1);
  Value done = index(0);
  for (int64_t tile : tokenTiles) {
    Value end = tile == 1
                    ? tokens
                    : affine(first + (count - first).floorDiv(tile) * tile,
                             {done, tokens});
    slice = scf::ForOp::create(
                b, loc, done, end, index(tile), slice,
                [&](OpBuilder &, Location, Value token, ValueRange args) {
                  Value computed =
                      buildTile(operands, block, width, args[0], token, tile);
                  scf::YieldOp::create(b, loc, computed);
                })
                .getResult(0);
    done = end;
  }
  return slice;
}

Value ContractKernel::buildTile(ValueRange operands, Value block, int64_t width,
                                Value slice, Value token, int64_t tokens) {
  VectorType sumType = VectorType::get(rows, outType);
  VectorType tileType = VectorType::get(width, outType);
  auto getIndices = [&](int64_t t) {
    return SmallVector<Value>{affine(b.getAffineDimExpr(0) + t, token),
                              index(0)};
  };
  SmallVector<Value> sums;
  for (int64_t t = 0; t < tokens; ++t) {
    if (startsAtZero) {
      sums.push_back(zeros(sumType));
      continue;
    }
    Value old = read(tileType, slice, getIndices(t));
    sums.push_back(width == rows
                       ? old
                       : vector::InsertStridedSliceOp::create(
                             b, loc, old, zeros(sumType), ArrayRef<int64_t>{0},
                             ArrayRef<int64_t>{1}));
  }
  sums = buildSums(operands, block, token, sums);
  Value result = slice;
  for (int64_t t = 0; t < tokens; ++t) {
    Value sum = sums[t];
    if (width != rows)
      sum = vector::ExtractStridedSliceOp::create(
          b, loc, sum, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{width},
          ArrayRef<int64_t>{1});
    result = vector::TransferWriteOp::create(b, loc, sum, result, getIndices(t),
                                             kInBounds)
                 .getResult();
  }
  return result;
}
