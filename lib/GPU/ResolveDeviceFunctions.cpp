//===- ResolveDeviceFunctions.cpp - Without a device library --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/GPU/Passes.h"

#include "llvm/ADT/StringSwitch.h"

namespace mlir::mml {
#define GEN_PASS_DEF_RESOLVEDEVICEFUNCTIONSPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Replaces a call by an intrinsic of the same operands.
template <typename OpTy>
static Value replaceBy(OpBuilder &b, LLVM::CallOp call) {
  return OpTy::create(b, call.getLoc(), call.getResultTypes(),
                      call.getArgOperands())
      ->getResult(0);
}

/// 1 / sqrt(x), rounded twice: the instruction is less exact.
static Value replaceRsqrt(OpBuilder &b, LLVM::CallOp call) {
  Location loc = call.getLoc();
  Type type = call.getResult().getType();
  Value root = replaceBy<LLVM::SqrtOp>(b, call);
  Value one = LLVM::ConstantOp::create(b, loc, type, b.getFloatAttr(type, 1.0));
  return LLVM::FDivOp::create(b, loc, one, root);
}

using Replacement = Value (*)(OpBuilder &, LLVM::CallOp);

/// What computes the same as a function of the device library, or null.
static Replacement getReplacement(StringRef name) {
  if (!name.consume_front("__nv_"))
    return nullptr;
  return llvm::StringSwitch<Replacement>(name)
      .Cases({"sqrtf", "sqrt"}, replaceBy<LLVM::SqrtOp>)
      .Cases({"rsqrtf", "rsqrt"}, replaceRsqrt)
      .Cases({"fabsf", "fabs"}, replaceBy<LLVM::FAbsOp>)
      .Cases({"floorf", "floor"}, replaceBy<LLVM::FFloorOp>)
      .Cases({"ceilf", "ceil"}, replaceBy<LLVM::FCeilOp>)
      .Cases({"truncf", "trunc"}, replaceBy<LLVM::FTruncOp>)
      .Cases({"rintf", "rint"}, replaceBy<LLVM::RoundEvenOp>)
      .Cases({"copysignf", "copysign"}, replaceBy<LLVM::CopySignOp>)
      .Cases({"fmaf", "fma"}, replaceBy<LLVM::FMAOp>)
      .Default(nullptr);
}

namespace {

struct ResolveDeviceFunctionsPass
    : mlir::mml::impl::ResolveDeviceFunctionsPassBase<
          ResolveDeviceFunctionsPass> {
  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    WalkResult result = module.walk([&](LLVM::CallOp call) {
      auto name = call.getCalleeAttr();
      auto callee = name ? module.lookupSymbol<LLVM::LLVMFuncOp>(name)
                         : LLVM::LLVMFuncOp();
      if (callee && !callee.isExternal())
        return WalkResult::advance();
      Replacement replacement =
          name ? getReplacement(name.getValue()) : nullptr;
      if (!replacement) {
        call.emitError() << "a GPU has no function '"
                         << (name ? name.getValue() : StringRef("?")) << "'";
        return WalkResult::interrupt();
      }
      OpBuilder b(call);
      call->replaceAllUsesWith(ValueRange(replacement(b, call)));
      call.erase();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (auto function :
         llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>()))
      if (function.isExternal() &&
          SymbolTable::symbolKnownUseEmpty(function, module))
        function.erase();
  }
};

} // namespace
