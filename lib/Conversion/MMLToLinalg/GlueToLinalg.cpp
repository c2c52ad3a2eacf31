//===- GlueToLinalg.cpp - What stands between layers in linalg ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

struct ConvertMerge : OpConversionPattern<MergeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(MergeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReifiedRankedShapedTypeDims shapes;
    if (failed(op.reifyResultShapes(rewriter, shapes)))
      return rewriter.notifyMatchFailure(op, "the shape is unknown");
    LinalgBuilder linalg(rewriter, op.getLoc());
    SmallVector<LinalgBuilder::Input> inputs;
    for (Value input : adaptor.getInputs())
      inputs.push_back(linalg.broadcast(input, shapes.front()));
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      Value result = args.front();
      for (Value next : args.drop_front())
        result = combine(b, loc, op.getKind(), result, next);
      if (op.getKind() == MergeKind::Average)
        result = arith::DivFOp::create(
            b, loc, result,
            LinalgBuilder::constant(b, loc, static_cast<double>(args.size())));
      return result;
    };
    Value result =
        linalg.map(inputs, shapes.front(), op.getType().getElementType(), body);
    rewriter.replaceOp(op, result);
    return success();
  }

  static Value combine(OpBuilder &b, Location loc, MergeKind kind, Value lhs,
                       Value rhs) {
    switch (kind) {
    case MergeKind::Add:
    case MergeKind::Average:
      return arith::AddFOp::create(b, loc, lhs, rhs);
    case MergeKind::Subtract:
      return arith::SubFOp::create(b, loc, lhs, rhs);
    case MergeKind::Multiply:
      return arith::MulFOp::create(b, loc, lhs, rhs);
    case MergeKind::Maximum:
      return arith::MaximumFOp::create(b, loc, lhs, rhs);
    case MergeKind::Minimum:
      return arith::MinimumFOp::create(b, loc, lhs, rhs);
    }
    llvm_unreachable("all kinds are handled");
  }
};

struct ConvertPool : OpConversionPattern<PoolOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder linalg(rewriter, op.getLoc());
    Value input = adaptor.getInput();
    int64_t axis = op.getAxis();
    if (op.getKind() == PoolKind::Max) {
      rewriter.replaceOp(op, linalg.max(input, axis));
      return success();
    }
    Value sums = linalg.sum(input, axis);
    Value count = linalg.count(input, axis, rewriter.getF32Type());
    rewriter.replaceOp(
        op, linalg.mapLike(
                sums, linalg.whole(sums),
                [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
                  return arith::DivFOp::create(b, loc, args[0], count);
                }));
    return success();
  }
};

struct ConvertEmbedding : OpConversionPattern<EmbeddingOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(EmbeddingOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder linalg(rewriter, op.getLoc());
    Value ids = adaptor.getIds(), table = adaptor.getTable();
    auto tableType = cast<RankedTensorType>(table.getType());
    int64_t rank = cast<RankedTensorType>(ids.getType()).getRank();
    SmallVector<OpFoldResult> shape = linalg.shapeOf(ids);
    shape.push_back(rewriter.getIndexAttr(tableType.getDimSize(1)));
    int64_t rows = tableType.getDimSize(0);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      auto constant = [&](int64_t value) -> Value {
        return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
      };
      Value id = buildId(b, loc, args[0]);
      Value wrapped = arith::AddIOp::create(b, loc, id, constant(rows));
      Value isNegative = arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::slt, id, constant(0));
      Value row = arith::SelectOp::create(b, loc, isNegative, wrapped, id);
      Value inRange = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                            row, constant(rows));
      Value safe = arith::SelectOp::create(b, loc, inRange, row, constant(0));
      Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), safe);
      Value column = linalg::IndexOp::create(b, loc, rank);
      Value element =
          tensor::ExtractOp::create(b, loc, table, ValueRange{index, column});
      Value nan = LinalgBuilder::constant(
          b, loc, std::numeric_limits<double>::quiet_NaN());
      return arith::SelectOp::create(b, loc, inRange, element, nan);
    };
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    rewriter.replaceOp(op, linalg.map(linalg.along(ids, rank + 1, axes), shape,
                                      tableType.getElementType(), body));
    return success();
  }

  /// An id as an i64. A float that no i32 holds becomes an id out of range, for
  /// a conversion of it would be poison.
  static Value buildId(OpBuilder &b, Location loc, Value id) {
    if (id.getType().isInteger(64))
      return id;
    if (id.getType().isInteger())
      return arith::ExtSIOp::create(b, loc, b.getI64Type(), id);
    constexpr double kLimit = 2147483648.0;
    Value limit = LinalgBuilder::constant(b, loc, kLimit);
    Value low = LinalgBuilder::constant(b, loc, -kLimit);
    Value fits = arith::AndIOp::create(
        b, loc,
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, id, limit),
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, id, low));
    Value safe = arith::SelectOp::create(b, loc, fits, id, low);
    return arith::FPToSIOp::create(b, loc, b.getI64Type(), safe);
  }
};

struct ConvertPatches : OpConversionPattern<PatchesOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PatchesOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    OpBuilder &b = rewriter;
    Value x = adaptor.getInput();
    auto type = cast<RankedTensorType>(x.getType());
    int64_t size = op.getSize(), rows = type.getDimSize(1) / size,
            columns = type.getDimSize(2) / size, channels = type.getDimSize(3);
    OpFoldResult batch = tensor::getMixedSize(b, loc, x, 0);
    auto attr = [&](int64_t value) -> OpFoldResult {
      return b.getIndexAttr(value);
    };
    // What does not fill a patch is left out.
    if (rows * size != type.getDimSize(1) ||
        columns * size != type.getDimSize(2))
      x = tensor::ExtractSliceOp::create(
          b, loc, x, SmallVector<OpFoldResult>(4, attr(0)),
          {batch, attr(rows * size), attr(columns * size), attr(channels)},
          SmallVector<OpFoldResult>(4, attr(1)));
    // Batch, row of patches, row, column of patches, column, channel.
    SmallVector<int64_t> split{
        type.getDimSize(0), rows, size, columns, size, channels};
    SmallVector<OpFoldResult> splitShape{batch};
    for (int64_t extent : ArrayRef(split).drop_front())
      splitShape.push_back(attr(extent));
    x = tensor::ExpandShapeOp::create(
        b, loc, RankedTensorType::get(split, type.getElementType()), x,
        SmallVector<ReassociationIndices>{{0}, {1, 2}, {3, 4}, {5}},
        splitShape);
    SmallVector<int64_t> order{0, 1, 3, 2, 4, 5};
    SmallVector<OpFoldResult> orderedShape;
    for (int64_t axis : order)
      orderedShape.push_back(splitShape[axis]);
    Value init =
        tensor::EmptyOp::create(b, loc, orderedShape, type.getElementType());
    x = linalg::TransposeOp::create(b, loc, x, init, order).getResult()[0];
    x = tensor::CollapseShapeOp::create(
        b, loc, x, SmallVector<ReassociationIndices>{{0}, {1, 2}, {3, 4, 5}});
    rewriter.replaceOp(op, x);
    return success();
  }
};

} // namespace

void mlir::mml::populateGlueToLinalgPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertMerge, ConvertPool, ConvertEmbedding, ConvertPatches>(
      converter, patterns.getContext());
}
