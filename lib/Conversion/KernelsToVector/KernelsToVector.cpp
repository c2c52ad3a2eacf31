//===- KernelsToVector.cpp - Kernels of packed contractions ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "TileRegisters.h"

#include "mml/Conversion/FloatLookupKernel.h"
#include "mml/Conversion/LookupKernel.h"
#include "mml/Conversion/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
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
  ConvertPackActivations(MLIRContext *context, const DotTarget &dot,
                         const LookupKernelOptions &lookup)
      : OpRewritePattern(context), dot(dot), lookup(lookup) {}

  LogicalResult matchAndRewrite(PackActivationsOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureBufferSemantics())
      return rewriter.notifyMatchFailure(op, "expected memrefs");
    if (auto layout = dyn_cast<DotLayoutAttr>(op.getLayout())) {
      buildPackDotActivations(rewriter, op);
      if (layout.getMixed() && dot.canMix())
        buildPackMixedActivations(rewriter, op);
    } else if (isa<LookupLayoutAttr>(op.getLayout())) {
      buildLookupTables(rewriter, op.getLoc(), op.getInput(), op.getOuts()[0],
                        lookup);
    } else {
      return rewriter.notifyMatchFailure(op, "expected a layout of ours");
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  DotTarget dot;
  LookupKernelOptions lookup;
};

/// Says that a kernel was asked for by a layout, and is built without the
/// instruction that makes it fast.
void explainPortable(ContractPackedOp op, StringRef kernel) {
  remark::missed(op.getLoc(), remark::RemarkOpts::name("KernelIsPortable")
                                  .category("convert-mml-kernels-to-vector"))
      << ("kernel " + kernel +
          ": by vector operations that every target has, as it is said to "
          "have no instruction for it")
             .str();
}

/// Says that the kernel of lookups beside products is built of products alone.
void explainProducts(ContractPackedOp op) {
  remark::missed(op.getLoc(), remark::RemarkOpts::name("KernelReplaced")
                                  .category("convert-mml-kernels-to-vector"))
      << "kernel dot: the target is said to have no instruction for mixed";
}

struct ConvertContractPacked : OpRewritePattern<ContractPackedOp> {
  ConvertContractPacked(MLIRContext *context, const DotTarget &dot,
                        bool hasWholeTiles, const LookupKernelOptions &lookup,
                        LookupKind floatLookup)
      : OpRewritePattern(context), dot(dot), hasWholeTiles(hasWholeTiles),
        lookup(lookup), floatLookup(floatLookup) {}

  LogicalResult matchAndRewrite(ContractPackedOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureBufferSemantics())
      return rewriter.notifyMatchFailure(op, "expected memrefs");
    if (auto layout = dyn_cast<DotLayoutAttr>(op.getLayout())) {
      if (dot.kind == DotKind::None)
        explainPortable(op, "dot");
      else if (layout.getMixed() && !dot.canMix())
        explainProducts(op);
      buildDotKernel(rewriter, op, dot, hasWholeTiles);
    } else if (isa<LookupLayoutAttr>(op.getLayout())) {
      if (lookup.kind == LookupKind::Portable)
        explainPortable(op, "lookup");
      buildLookupSums(rewriter, op.getLoc(), op.getActivations()[0],
                      op.getKernel(), op.getOut(), lookup);
    } else if (isa<WordLookupLayoutAttr>(op.getLayout())) {
      if (floatLookup == LookupKind::Portable)
        explainPortable(op, "lookup");
      buildFloatLookupSums(rewriter, op.getLoc(), op.getActivations()[0],
                           op.getKernel(), op.getOut(), floatLookup);
    } else {
      return rewriter.notifyMatchFailure(op, "expected a layout of ours");
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  DotTarget dot;
  bool hasWholeTiles;
  LookupKernelOptions lookup;
  LookupKind floatLookup;
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
    // Tables are made for the largest bound, as their arrangement does not know
    // that of the contractions.
    LookupKernelOptions tables;
    tables.kind = lookup;
    tables.vectorBits = dotBits;
    DotTarget target{dot, dotBits};
    patterns.add<ConvertPackActivations>(&getContext(), target, tables);
    std::optional<int64_t> tileRegisters =
        countTileRegisters(getOperation(), target);
    // What fits here may not fit together with another function's.
    if (auto function = dyn_cast<func::FuncOp>(getOperation().getOperation());
        function && tileRegisters)
      function.setNoInline(true);
    patterns.add<ConvertContractPacked>(
        &getContext(), target,
        /*hasWholeTiles=*/tileRegisters.value_or(0) > kTileRegisters, tables,
        floatLookup);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
