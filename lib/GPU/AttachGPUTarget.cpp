//===- AttachGPUTarget.cpp - The GPU that kernels are for -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/GPU/Chip.h"
#include "mml/GPU/Passes.h"

namespace mlir::mml {
#define GEN_PASS_DEF_ATTACHGPUTARGETPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

struct AttachGPUTargetPass
    : mlir::mml::impl::AttachGPUTargetPassBase<AttachGPUTargetPass> {
  using AttachGPUTargetPassBase::AttachGPUTargetPassBase;

  // What LLVM would end the process for is said before any pass runs.
  LogicalResult initialize(MLIRContext *context) override {
    auto refuse = [&](llvm::Error error) {
      return emitError(UnknownLoc::get(context))
             << llvm::toString(std::move(error));
    };
    llvm::Expected<Chip> parsed = Chip::parse(chip);
    if (!parsed)
      return refuse(parsed.takeError());
    llvm::Expected<std::string> checked = parsed->getFeatures(features);
    if (!checked)
      return refuse(checked.takeError());
    constexpr unsigned kMostOptLevel = 3;
    if (optLevel > kMostOptLevel)
      return emitError(UnknownLoc::get(context))
             << "expected an optimization level up to " << kMostOptLevel
             << " but got " << optLevel.getValue();
    targetFeatures = *checked;
    return success();
  }

  void runOnOperation() override {
    auto target = NVVM::NVVMTargetAttr::get(
        &getContext(), optLevel, "nvptx64-nvidia-cuda", chip, targetFeatures);
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>()) {
      module.setTargetsAttr(ArrayAttr::get(&getContext(), target));
      // Kernels read and write 16 bytes of shared memory at once.
      Builder b(&getContext());
      for (auto function : module.getOps<gpu::GPUFuncOp>()) {
        // Without it ptxas saves registers for more blocks a processor: it
        // reads memory late, so that a thread waits for one read after another.
        function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                          b.getI32IntegerAttr(1));
        for (unsigned i = 0, e = function.getNumWorkgroupAttributions(); i < e;
             ++i)
          function.setWorkgroupAttributionAttr(
              i, LLVM::LLVMDialect::getAlignAttrName(),
              b.getI64IntegerAttr(kSharedAlignment));
      }
    }
  }

private:
  static constexpr int64_t kSharedAlignment = 16;
  std::string targetFeatures;
};

} // namespace
