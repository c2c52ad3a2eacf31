//===- KernelsToVector.cpp - Kernels of packed contractions ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "mml/Conversion/Passes.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTMMLKERNELSTOVECTORPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

struct ConvertPackActivations : OpRewritePattern<PackActivationsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackActivationsOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureBufferSemantics())
      return rewriter.notifyMatchFailure(op, "expected memrefs");
    if (!isa<DotLayoutAttr>(op.getLayout()))
      return rewriter.notifyMatchFailure(op, "expected the dot layout");
    buildPackDotActivations(rewriter, op);
    rewriter.eraseOp(op);
    return success();
  }
};

struct ConvertContractPacked : OpRewritePattern<ContractPackedOp> {
  ConvertContractPacked(MLIRContext *context, const DotTarget &target)
      : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(ContractPackedOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureBufferSemantics())
      return rewriter.notifyMatchFailure(op, "expected memrefs");
    if (!isa<DotLayoutAttr>(op.getLayout()))
      return rewriter.notifyMatchFailure(op, "expected the dot layout");
    buildDotKernel(rewriter, op, target);
    rewriter.eraseOp(op);
    return success();
  }

private:
  DotTarget target;
};

struct ConvertMMLKernelsToVectorPass
    : mlir::mml::impl::ConvertMMLKernelsToVectorPassBase<
          ConvertMMLKernelsToVectorPass> {
  using ConvertMMLKernelsToVectorPassBase::ConvertMMLKernelsToVectorPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (dotBits != 128 && dotBits != 256 && dotBits != 512)
      return emitError(UnknownLoc::get(context))
             << "expected vectors of 128, 256 or 512 bits but got "
             << dotBits.getValue();
    if (isNeon(dot) && dotBits != 128)
      return emitError(UnknownLoc::get(context))
             << "expected vectors of 128 bits with NEON but got "
             << dotBits.getValue();
    if (dot == DotKind::TilesI32 && dotBits != 512)
      return emitError(UnknownLoc::get(context))
             << "expected vectors of 512 bits with tiles but got "
             << dotBits.getValue();
    return success();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertPackActivations>(&getContext());
    patterns.add<ConvertContractPacked>(&getContext(), DotTarget{dot, dotBits});
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
