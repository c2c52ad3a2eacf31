//===- MMLToLLVM.cpp - External weights in the LLVM dialect ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/MMLToLLVM.h"

#include "LookupToLLVM.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Conversion/ConvertToLLVM/ToLLVMInterface.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Upstream's lowering of a global drops discardable attributes; an external
/// weight without its resource could not be bound.
struct ConvertExternalWeight : ConvertOpToLLVMPattern<memref::GlobalOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(memref::GlobalOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Attribute resource = op->getAttr(kResourceAttrName);
    if (!resource || !op.isExternal())
      return rewriter.notifyMatchFailure(op, "not an external weight");
    Type type = getTypeConverter()->convertType(op.getType().getElementType());
    for (int64_t size : llvm::reverse(op.getType().getShape()))
      type = LLVM::LLVMArrayType::get(type, size);
    auto global = LLVM::GlobalOp::create(
        rewriter, op.getLoc(), type, op.getConstant(), LLVM::Linkage::External,
        op.getSymName(), /*value=*/Attribute(), op.getAlignment().value_or(0));
    global->setAttr(kResourceAttrName, resource);
    rewriter.replaceOp(op, global);
    return success();
  }
};

/// Products of bytes as the instructions of x86-64.
struct ConvertByteDot : ConvertOpToLLVMPattern<ByteDotOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(ByteDotOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<VectorType>(op.getType());
    int64_t bits = 8 * cast<VectorType>(op.getCodes().getType()).getDimSize(0);
    auto call = [&](const Twine &name, ValueRange operands) -> Value {
      return LLVM::CallIntrinsicOp::create(
                 rewriter, op.getLoc(), type,
                 rewriter.getStringAttr("llvm.x86." + name), operands)
          .getResult(0);
    };
    Value sum = adaptor.getSum(), codes = adaptor.getCodes(),
          values = adaptor.getValues();
    if (type.getElementType().isInteger(32)) {
      rewriter.replaceOp(
          op, call("avx512.vpdpbusd." + Twine(bits), {sum, codes, values}));
      return success();
    }
    StringRef name = bits == 512   ? "avx512.pmaddubs.w.512"
                     : bits == 256 ? "avx2.pmadd.ub.sw"
                                   : "ssse3.pmadd.ub.sw.128";
    Value pairs = call(name, {codes, values});
    rewriter.replaceOpWithNewOp<LLVM::AddOp>(op, sum, pairs);
    return success();
  }
};

/// Products of words as the instruction of x86-64.
struct ConvertWordDot : ConvertOpToLLVMPattern<WordDotOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(WordDotOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<VectorType>(op.getType());
    auto words = cast<VectorType>(op.getWords().getType());
    int64_t bits = 16 * words.getDimSize(0);
    auto name =
        rewriter.getStringAttr("llvm.x86.avx512.vpdpwssd." + Twine(bits));
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
        op, type, name,
        ValueRange{adaptor.getSum(), adaptor.getWords(), adaptor.getValues()});
    return success();
  }
};

struct MMLToLLVMInterface : ConvertToLLVMPatternInterface {
  using ConvertToLLVMPatternInterface::ConvertToLLVMPatternInterface;

  void populateConvertToLLVMConversionPatterns(
      ConversionTarget &, LLVMTypeConverter &converter,
      RewritePatternSet &patterns) const override {
    patterns.add<ConvertExternalWeight>(converter, /*benefit=*/2);
    patterns.add<ConvertByteDot, ConvertWordDot>(converter);
    populateLookupToLLVMPatterns(converter, patterns);
  }
};

} // namespace

void mlir::mml::registerConvertMMLToLLVMInterface(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, MMLDialect *dialect) {
    dialect->addInterfaces<MMLToLLVMInterface>();
  });
}
