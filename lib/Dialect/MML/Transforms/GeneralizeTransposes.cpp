//===- GeneralizeTransposes.cpp - Transposes that can be fused ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_GENERALIZETRANSPOSESPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

struct GeneralizeTranspose : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "its operands are no tensors");
    auto producer = op.getInput().getDefiningOp<linalg::GenericOp>();
    if (!producer || producer.getNumReductionLoops() > 0)
      return rewriter.notifyMatchFailure(
          op, "its input is not computed element by element");
    if (!op.getInput().hasOneUse())
      return rewriter.notifyMatchFailure(op,
                                         "something else reads its input too");
    return linalg::generalizeNamedOp(rewriter, op);
  }
};

struct GeneralizeTransposesPass
    : mlir::mml::impl::GeneralizeTransposesPassBase<GeneralizeTransposesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<GeneralizeTranspose>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
