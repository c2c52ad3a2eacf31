//===- ConvertEdgeToMML.cpp - Correlations as dense layers ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace {

struct ConvertCorrelate : OpRewritePattern<edge::CorrelateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(edge::CorrelateOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto shape = cast<ShapedType>(op.getPatterns().getType()).getShape();
    auto trits =
        RankedTensorType::get(shape, mlir::mml::TritType::get(op.getContext()));
    Value kernel = mlir::mml::ConstantOp::create(
        rewriter, loc, mlir::mml::TritsAttr::get(trits, op.getPatterns()));
    auto scaleType = RankedTensorType::get({}, rewriter.getF32Type());
    Value scale = arith::ConstantOp::create(
        rewriter, loc, DenseElementsAttr::get(scaleType, 1.0f));
    rewriter.replaceOpWithNewOp<mlir::mml::DenseOp>(
        op, op.getScores().getType(), op.getSignal(), kernel, scale,
        /*gain=*/Value(), /*norm_bias=*/Value(), /*bias=*/Value(),
        mlir::mml::ScaleDirectionAttr::get(
            op.getContext(), mlir::mml::ScaleDirection::Multiplies),
        /*norm_epsilon=*/FloatAttr(), op.getQuantizer(),
        /*kernel_quantizer=*/mlir::mml::QuantizerAttrInterface(),
        /*activation=*/mlir::mml::ActivationAttr());
    return success();
  }
};

struct ConvertEdgeToMMLPass
    : PassWrapper<ConvertEdgeToMMLPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ConvertEdgeToMMLPass)

  StringRef getArgument() const override { return "convert-edge-to-mml"; }
  StringRef getDescription() const override {
    return "Turn correlations into dense layers";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, mlir::mml::MMLDialect>();
  }
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertCorrelate>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> edge::createConvertEdgeToMMLPass() {
  return std::make_unique<ConvertEdgeToMMLPass>();
}
