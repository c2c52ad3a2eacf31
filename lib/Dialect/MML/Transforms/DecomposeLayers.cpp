//===- DecomposeLayers.cpp - From the layer form to the core form ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreBuilder.h"
#include "Regroup.h"

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
      : rewriter(rewriter), op(op), loc(op.getLoc()), core(rewriter, loc) {}

  Value build() {
    Value input = core.normalize(op.getInput(), op.getGain(), op.getNormBias(),
                                 op.getNormEpsilonAttr());
    auto type = cast<RankedTensorType>(input.getType());
    unsigned numTokenAxes = type.getRank() - 1;
    Value sums = multiply(regroup(rewriter, loc, input, {numTokenAxes, 1}));
    sums = core.addBias(sums, op.getBias());
    sums = core.activate(sums, op.getActivation());
    SmallVector<OpFoldResult> shape =
        tensor::getMixedSizes(rewriter, loc, op.getInput());
    shape.back() = tensor::getMixedSize(rewriter, loc, sums, 1);
    Value result = ungroup(rewriter, loc, sums, {numTokenAxes, 1}, shape);
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(rewriter, loc, op.getType(), result);
    return result;
  }

private:
  /// Zeros of shape `rows of input x columns of kernel`.
  Value createZeros(Value input, Value kernel, Type elementType) {
    return core.createZeros({tensor::getMixedSize(rewriter, loc, input, 0),
                             tensor::getMixedSize(rewriter, loc, kernel, 1)},
                            elementType);
  }

  Value multiply(Value input) {
    Quantized kernel{op.getKernel(),
                     {op.getScale(), op.getScaleDirectionAttr()}};
    if (QuantizerAttrInterface quantizer = op.getKernelQuantizerAttr())
      kernel = core.ternarize(op.getKernel(), quantizer);
    if (!op.isTernary()) {
      Value zeros = createZeros(input, kernel.values, rewriter.getF32Type());
      return linalg::MatmulOp::create(rewriter, loc, zeros.getType(),
                                      ValueRange{input, kernel.values},
                                      ValueRange{zeros})
          .getResult(0);
    }
    QuantizerAttrInterface quantizer = op.getQuantizerAttr();
    if (!quantizer) {
      Value zeros = createZeros(input, kernel.values, rewriter.getF32Type());
      Value sums =
          ContractOp::create(rewriter, loc, zeros.getType(), input,
                             kernel.values, zeros, /*bound=*/IntegerAttr())
              .getResult(0);
      return core.rescale(sums, {}, kernel.scale);
    }
    Quantized integers = core.quantize(input, quantizer);
    auto [low, high] = quantizer.getRange();
    Value zeros = createZeros(input, kernel.values, rewriter.getI32Type());
    Value sums =
        ContractOp::create(rewriter, loc, zeros.getType(), integers.values,
                           kernel.values, zeros,
                           rewriter.getI64IntegerAttr(std::max(-low, high)))
            .getResult(0);
    return core.rescale(sums, integers.scale, kernel.scale);
  }

  RewriterBase &rewriter;
  DenseOp op;
  Location loc;
  CoreBuilder core;
};

struct DecomposeDense : OpRewritePattern<DenseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, decomposeDense(rewriter, op));
    return success();
  }
};

struct DecomposeEinsumDense : OpRewritePattern<EinsumDenseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumDenseOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, decomposeEinsumDense(rewriter, op));
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
  patterns.add<DecomposeDense, DecomposeEinsumDense>(patterns.getContext());
}
