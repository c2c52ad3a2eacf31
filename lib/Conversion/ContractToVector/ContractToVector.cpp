//===- ContractToVector.cpp - Kernels of contractions ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractKernel.h"

#include "mml/Conversion/Passes.h"
#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTMMLCONTRACTTOVECTORPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Whether a size is known to be 0: then there is nothing to add, and slices of
/// tiles would be out of bounds.
bool isEmpty(Value tensor) {
  return llvm::is_contained(cast<ShapedType>(tensor.getType()).getShape(), 0);
}

struct ConvertContract : OpRewritePattern<ContractOp> {
  ConvertContract(MLIRContext *context,
                  const ConvertMMLContractToVectorPassOptions &options)
      : OpRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    Attribute layout = rhs ? rhs.getEncoding() : Attribute();
    if (!isa_and_nonnull<TiledLayoutAttr, DotLayoutAttr>(layout))
      return rewriter.notifyMatchFailure(
          op, "expected a tensor of trits in a layout");
    if (isa<DotLayoutAttr>(layout) && !op.getBound())
      return rewriter.notifyMatchFailure(
          op, "expected activations of i8 with the dot layout");
    if (isEmpty(op.getLhs()) || isEmpty(op.getRhs()) || isEmpty(op.getOut())) {
      rewriter.replaceOp(op, op.getOut());
      return success();
    }
    Value result;
    if (auto dotLayout = dyn_cast<DotLayoutAttr>(layout))
      result = buildDotKernel(rewriter, op, dotLayout, options.vectorBits,
                              options.dot);
    else
      result = buildAddSubKernel(rewriter, op, cast<TiledLayoutAttr>(layout),
                                 options.tokenTile);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  ConvertMMLContractToVectorPassOptions options;
};

struct ConvertMMLContractToVectorPass
    : mlir::mml::impl::ConvertMMLContractToVectorPassBase<
          ConvertMMLContractToVectorPass> {
  using ConvertMMLContractToVectorPassBase::ConvertMMLContractToVectorPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (tokenTile < 1 || tokenTile > 64)
      return emitError(UnknownLoc::get(context))
             << "expected a token tile from 1 to 64 but got "
             << tokenTile.getValue();
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512)
      return emitError(UnknownLoc::get(context))
             << "expected vectors of 128, 256 or 512 bits but got "
             << vectorBits.getValue();
    return success();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertContract>(
        &getContext(),
        ConvertMMLContractToVectorPassOptions{tokenTile, vectorBits, dot});
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
