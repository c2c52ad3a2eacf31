//===- BreakKernel.cpp - Make a mistake in the kernel of one layer --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

namespace {

/// Turns signs: in the code of the layer `layer`, additions of vectors of
/// integers become subtractions, and the products of GPUs get operands of each
/// other's places.
struct BreakKernelPass : PassWrapper<BreakKernelPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BreakKernelPass)

  BreakKernelPass() = default;
  BreakKernelPass(const BreakKernelPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "test-break-kernel"; }
  StringRef getDescription() const override {
    return "Subtract where the kernel of a layer adds, and exchange operands "
           "of its products";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect>();
  }

  bool isInLayer(Operation *op) {
    auto name = op->getLoc()->findInstanceOf<NameLoc>();
    return name && name.getName() == layer;
  }

  /// Exchanges two registers of the left-hand side of products of matrices,
  /// and the sides of products of bytes, of which one has signs. False if there
  /// are none.
  bool exchangeOperands() {
    bool isFound = false;
    getOperation()->walk([&](Operation *op) {
      if (!isa<NVVM::MmaOp, NVVM::DotAccumulate4WayOp>(op) || !isInLayer(op))
        return;
      Value first = op->getOperand(0);
      op->setOperand(0, op->getOperand(1));
      op->setOperand(1, first);
      isFound = true;
    });
    return isFound;
  }

  void runOnOperation() override {
    bool isExchanged = exchangeOperands();
    SmallVector<arith::AddIOp> sums;
    bool isSpared = false;
    getOperation()->walk([&](arith::AddIOp op) {
      if (!isa<VectorType>(op.getType()) || !isInLayer(op))
        return;
      auto function = op->getParentOfType<FunctionOpInterface>();
      if (function && function.getNumResults() > maxResults)
        isSpared = true;
      else
        sums.push_back(op);
    });
    for (arith::AddIOp op : sums) {
      OpBuilder builder(op);
      op.replaceAllUsesWith(
          arith::SubIOp::create(builder, op.getLoc(), op.getLhs(), op.getRhs())
              .getResult());
      op.erase();
    }
    if (sums.empty() && !isSpared && !isExchanged) {
      emitError(getOperation().getLoc(),
                "no sum or product of integers in layer '")
          << layer << "'";
      signalPassFailure();
    }
  }

  Option<std::string> layer{*this, "layer",
                            llvm::cl::desc("The name of the layer")};
  Option<unsigned> maxResults{
      *this, "max-results",
      llvm::cl::desc("Spare functions that have more results"),
      llvm::cl::init(~0u)};
};

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "BreakKernel", "1",
          [] { PassRegistration<BreakKernelPass>(); }};
}
