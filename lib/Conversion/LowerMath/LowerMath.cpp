//===- LowerMath.cpp - The math dialect as arithmetic ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "F32Functions.h"

#include "mml/Conversion/Passes.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::mml {
#define GEN_PASS_DEF_LOWERMATHPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

static bool isF32OrVectorOfIt(Type type) {
  return isa<Float32Type, VectorType>(type) &&
         getElementTypeOrSelf(type).isF32();
}

namespace {

/// Replaces a function of f32 by the arithmetic that `build` makes.
template <typename OpTy, Value (*build)(F32Builder, Value)>
struct ExpandFunction : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrVectorOfIt(op.getType()))
      return rewriter.notifyMatchFailure(
          op, "only f32 and vectors of it are expanded");
    F32Builder builder(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, build(builder, op.getOperand()));
    return success();
  }
};

class LowerMath : public mlir::mml::impl::LowerMathPassBase<LowerMath> {
public:
  using LowerMathPassBase::LowerMathPassBase;

  // Declarations of library functions are added to the operation, which other
  // threads must not do at the same time.
  bool canScheduleOn(RegisteredOperationName name) const override {
    return name.hasTrait<OpTrait::SymbolTable>();
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populatePatterns(patterns);
    ConversionTarget target(getContext());
    setLegality(target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }

private:
  template <typename OpTy, Value (*build)(F32Builder, Value)>
  static void addFunction(RewritePatternSet &patterns) {
    constexpr int benefit = 2; // more than that of a call
    patterns.add<ExpandFunction<OpTy, build>>(patterns.getContext(), benefit);
    // Computes f16 and bf16 in f32.
    populateMathF32ExpansionPatterns(
        patterns,
        [](StringRef name) { return name == OpTy::getOperationName(); },
        benefit);
  }

  void populatePatterns(RewritePatternSet &patterns) const {
    addFunction<math::ErfOp, buildErf>(patterns);
    addFunction<math::ErfcOp, buildErfc>(patterns);
    addFunction<math::ExpOp, buildExp>(patterns);
    addFunction<math::ExpM1Op, buildExpM1>(patterns);
    addFunction<math::Log1pOp, buildLog1p>(patterns);
    addFunction<math::LogOp, buildLog>(patterns);
    addFunction<math::TanhOp, buildTanh>(patterns);
    patterns.add<ExpandFunction<math::RoundEvenOp, buildRoundEven>>(
        patterns.getContext(), 2);
    if (callLibm)
      populateMathToLibmConversionPatterns(patterns);
  }

  void setLegality(ConversionTarget &target) const {
    target.addLegalDialect<arith::ArithDialect, func::FuncDialect,
                           vector::VectorDialect>();
    // Those that become instructions, or intrinsics that LLVM expands well.
    // The rest of the dialect may stay if nothing lowers it.
    target.addLegalOp<math::AbsFOp, math::AbsIOp, math::CeilOp, math::ClampFOp,
                      math::CopySignOp, math::CountLeadingZerosOp,
                      math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp,
                      math::FmaOp, math::RoundOp, math::RsqrtOp, math::SqrtOp,
                      math::TruncOp>();
    target.addDynamicallyLegalOp<math::RoundEvenOp>(
        [this](math::RoundEvenOp op) {
          return !expandRoundEven || !isF32OrVectorOfIt(op.getType());
        });
  }
};

} // namespace
