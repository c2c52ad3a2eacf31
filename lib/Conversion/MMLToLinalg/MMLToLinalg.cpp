//===- MMLToLinalg.cpp - Lowering of the mml dialect to linalg ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/Passes.h"

#include "Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTMMLTOLINALGPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Tensors and memrefs of trits become those of the integers that hold them.
class TritTypeConverter : public TypeConverter {
public:
  TritTypeConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](RankedTensorType type) -> std::optional<Type> {
      if (isa<TritType>(type.getElementType()))
        return getStorageType(type);
      return std::nullopt;
    });
    addConversion([](MemRefType type) -> std::optional<Type> {
      if (isa<TritType>(type.getElementType()))
        return MemRefType::Builder(type).setElementType(
            IntegerType::get(type.getContext(), 8));
      return std::nullopt;
    });
    // The declared type of a layer may say more or less about a size than the
    // tensor that it is lowered to.
    auto castTensor = [](OpBuilder &builder, RankedTensorType type,
                         ValueRange inputs, Location loc) -> Value {
      if (inputs.size() != 1 || !tensor::CastOp::areCastCompatible(
                                    inputs.getTypes(), TypeRange(type)))
        return Value();
      return tensor::CastOp::create(builder, loc, type, inputs.front());
    };
    addSourceMaterialization(castTensor);
    addTargetMaterialization(castTensor);
  }
};

struct ConvertMMLToLinalgPass
    : mlir::mml::impl::ConvertMMLToLinalgPassBase<ConvertMMLToLinalgPass> {
  void runOnOperation() override {
    MLIRContext &context = getContext();
    TritTypeConverter converter;
    RewritePatternSet patterns(&context);
    populateCoreToLinalgPatterns(converter, patterns);
    populateNormToLinalgPatterns(converter, patterns);
    populateActivationToLinalgPatterns(converter, patterns);
    populateGlueToLinalgPatterns(converter, patterns);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);

    ConversionTarget target(context);
    target.addIllegalDialect<MMLDialect>();
    // These are built of vectors, now or once there are memrefs.
    target
        .addLegalOp<ByteDotOp, LookupOp, ContractPackedOp, PackActivationsOp>();
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto function = dyn_cast<func::FuncOp>(op))
        return converter.isSignatureLegal(function.getFunctionType());
      return converter.isLegal(op);
    });
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
