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
  ConvertContract(MLIRContext *context, int64_t tokenTile)
      : OpRewritePattern(context), tokenTile(tokenTile) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    auto layout = rhs ? dyn_cast_or_null<TiledLayoutAttr>(rhs.getEncoding())
                      : TiledLayoutAttr();
    if (!layout)
      return rewriter.notifyMatchFailure(
          op, "expected a tensor of trits in the tiled layout");
    if (isEmpty(op.getLhs()) || isEmpty(op.getRhs()) || isEmpty(op.getOut()))
      rewriter.replaceOp(op, op.getOut());
    else
      rewriter.replaceOp(op,
                         buildAddSubKernel(rewriter, op, layout, tokenTile));
    return success();
  }

private:
  int64_t tokenTile;
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
    return success();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertContract>(&getContext(), tokenTile);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
