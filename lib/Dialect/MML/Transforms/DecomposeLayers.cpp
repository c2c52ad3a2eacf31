//===- DecomposeLayers.cpp - From the layer form to the core form ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_DECOMPOSELAYERSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Builds the core operations of one dense layer.
class DenseBuilder {
public:
  DenseBuilder(RewriterBase &rewriter, DenseOp op)
      : rewriter(rewriter), op(op), loc(op.getLoc()) {}

  Value build() {
    Value input = flatten(normalize(op.getInput()));
    Value sums = multiply(input);
    if (Value bias = op.getBias())
      sums = MergeOp::create(rewriter, loc, sums.getType(), MergeKind::Add,
                             ValueRange{sums, bias});
    if (std::optional<ActivationAttr> activation = op.getActivation())
      sums = activate(sums, *activation);
    return unflatten(sums);
  }

private:
  Value normalize(Value input) {
    FloatAttr epsilon = op.getNormEpsilonAttr();
    if (!epsilon)
      return input;
    return RMSNormOp::create(rewriter, loc, input.getType(), input,
                             op.getGain(), op.getNormBias(), epsilon);
  }

  /// All axes but the last, which become one.
  static SmallVector<ReassociationIndices> getReassociation(int64_t rank) {
    SmallVector<ReassociationIndices> groups(2);
    llvm::append_range(groups[0], llvm::seq<int64_t>(0, rank - 1));
    groups[1].push_back(rank - 1);
    return groups;
  }

  Value flatten(Value input) {
    int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
    if (rank == 2)
      return input;
    return tensor::CollapseShapeOp::create(rewriter, loc, input,
                                           getReassociation(rank));
  }

  Value unflatten(Value result) {
    auto type = op.getResult().getType();
    if (type.getRank() > 2) {
      SmallVector<OpFoldResult> shape =
          tensor::getMixedSizes(rewriter, loc, op.getInput());
      shape.back() = tensor::getMixedSize(rewriter, loc, result, 1);
      SmallVector<int64_t> staticShape = decomposeMixedValues(shape).first;
      result = tensor::ExpandShapeOp::create(
          rewriter, loc,
          RankedTensorType::get(staticShape, type.getElementType()), result,
          getReassociation(type.getRank()), shape);
    }
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, loc, type, result);
    return result;
  }

  /// An uninitialized tensor `rows of like x columns of kernel`.
  Value createOutput(Value like, Value kernel, Type elementType) {
    SmallVector<OpFoldResult> shape{
        tensor::getMixedSize(rewriter, loc, like, 0),
        tensor::getMixedSize(rewriter, loc, kernel, 1)};
    return tensor::EmptyOp::create(rewriter, loc, shape, elementType);
  }

  /// The same, of zeros.
  Value createZeros(Value like, Value kernel, Type elementType) {
    Value zero = arith::ConstantOp::create(rewriter, loc,
                                           rewriter.getZeroAttr(elementType));
    Value empty = createOutput(like, kernel, elementType);
    return linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
  }

  Value multiply(Value input) {
    Value kernel = op.getKernel(), scale = op.getScale();
    ScaleDirectionAttr direction = op.getScaleDirectionAttr();
    if (QuantizerAttrInterface quantizer = op.getKernelQuantizerAttr()) {
      std::tie(kernel, scale) = ternarize(kernel, quantizer);
      direction = ScaleDirectionAttr::get(rewriter.getContext(),
                                          quantizer.getDirection());
    }
    if (!isa<TritType>(getElementTypeOrSelf(kernel))) {
      Value zeros = createZeros(input, kernel, rewriter.getF32Type());
      return linalg::MatmulOp::create(rewriter, loc, zeros.getType(),
                                      ValueRange{input, kernel},
                                      ValueRange{zeros})
          .getResult(0);
    }
    QuantizerAttrInterface quantizer = op.getQuantizerAttr();
    if (!quantizer) {
      Value zeros = createZeros(input, kernel, rewriter.getF32Type());
      Value sums = ContractOp::create(rewriter, loc, zeros.getType(), input,
                                      kernel, zeros, IntegerAttr())
                       .getResult(0);
      return scale ? rescale(sums, Value(), {}, scale, direction) : sums;
    }
    auto [integers, rowScale] = quantize(input, quantizer);
    auto [low, high] = quantizer.getRange();
    Value zeros = createZeros(input, kernel, rewriter.getI32Type());
    Value sums = ContractOp::create(
                     rewriter, loc, zeros.getType(), integers, kernel, zeros,
                     rewriter.getI64IntegerAttr(std::max(-low, high)))
                     .getResult(0);
    auto rowDirection = ScaleDirectionAttr::get(rewriter.getContext(),
                                                quantizer.getDirection());
    return rescale(sums, rowScale, rowDirection, scale, direction);
  }

  std::pair<Value, Value> ternarize(Value kernel,
                                    QuantizerAttrInterface quantizer) {
    SmallVector<OpFoldResult> shape =
        tensor::getMixedSizes(rewriter, loc, kernel);
    SmallVector<OpFoldResult> scaleShape;
    if (quantizer.getGranularity() == Granularity::Channel)
      scaleShape.push_back(shape.back());
    Value trits = tensor::EmptyOp::create(rewriter, loc, shape,
                                          TritType::get(rewriter.getContext()));
    Value scale = tensor::EmptyOp::create(rewriter, loc, scaleShape,
                                          rewriter.getF32Type());
    auto result = TernarizeOp::create(
        rewriter, loc, TypeRange{trits.getType(), scale.getType()}, quantizer,
        kernel, trits, scale);
    return {result.getResult(0), result.getResult(1)};
  }

  std::pair<Value, Value> quantize(Value input,
                                   QuantizerAttrInterface quantizer) {
    SmallVector<OpFoldResult> shape =
        tensor::getMixedSizes(rewriter, loc, input);
    SmallVector<OpFoldResult> scaleShape;
    if (quantizer.getGranularity() == Granularity::Token)
      scaleShape.push_back(shape.front());
    Value integers =
        tensor::EmptyOp::create(rewriter, loc, shape, rewriter.getI8Type());
    Value scale = tensor::EmptyOp::create(rewriter, loc, scaleShape,
                                          rewriter.getF32Type());
    auto result = QuantizeOp::create(
        rewriter, loc, TypeRange{integers.getType(), scale.getType()},
        quantizer, input, integers, scale);
    return {result.getResult(0), result.getResult(1)};
  }

  Value rescale(Value sums, Value rowScale, ScaleDirectionAttr rowDirection,
                Value columnScale, ScaleDirectionAttr columnDirection) {
    Value output = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, sums),
        rewriter.getF32Type());
    return RescaleOp::create(rewriter, loc, TypeRange{output.getType()}, sums,
                             rowScale, columnScale, output, rowDirection,
                             columnDirection)
        .getResult(0);
  }

  Value activate(Value input, ActivationAttr activation) {
    IntegerAttr axis;
    auto type = cast<RankedTensorType>(input.getType());
    if (activation.isRowWise())
      axis = rewriter.getI64IntegerAttr(1);
    if (activation.halvesAxis())
      type = RankedTensorType::get({type.getDimSize(0), type.getDimSize(1) / 2},
                                   type.getElementType());
    return ActivationOp::create(rewriter, loc, type, input, activation, axis);
  }

  RewriterBase &rewriter;
  DenseOp op;
  Location loc;
};

struct DecomposeDense : OpRewritePattern<DenseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, decomposeDense(rewriter, op));
    return success();
  }
};

struct DecomposeLayersPass
    : mlir::mml::impl::DecomposeLayersPassBase<DecomposeLayersPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateDecomposeLayersPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

Value mlir::mml::decomposeDense(RewriterBase &rewriter, DenseOp op) {
  return DenseBuilder(rewriter, op).build();
}

void mlir::mml::populateDecomposeLayersPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeDense>(patterns.getContext());
}
