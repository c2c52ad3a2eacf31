//===- Stages.cpp - What the pipelines have in common ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::mml;

void mlir::mml::addTensorCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
}

void mlir::mml::addBufferCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

namespace {

/// Frees buffers where they are used last, having moved what allocates them out
/// of loops if asked to. A module of the buffer form, which has been through
/// this, stays as it is: ownership of what is freed by hand could not be
/// followed, and what frees would stay in the loop.
struct DeallocateBuffersPass
    : PassWrapper<DeallocateBuffersPass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DeallocateBuffersPass)

  explicit DeallocateBuffersPass(bool hoist) : hoist(hoist) {}

  StringRef getArgument() const override { return "mml-deallocate-buffers"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager pm;
    build(pm);
    pm.getDependentDialects(registry);
  }
  void runOnOperation() override {
    auto hasFree = getOperation()->walk(
        [](memref::DeallocOp) { return WalkResult::interrupt(); });
    if (hasFree.wasInterrupted())
      return;
    OpPassManager pm(getOperation()->getName());
    build(pm);
    if (failed(runPipeline(pm, getOperation())))
      signalPassFailure();
  }

private:
  void build(OpPassManager &pm) const {
    if (hoist) {
      pm.addNestedPass<func::FuncOp>(bufferization::createBufferHoistingPass());
      pm.addNestedPass<func::FuncOp>(
          bufferization::createBufferLoopHoistingPass());
    }
    bufferization::buildBufferDeallocationPipeline(
        pm, bufferization::BufferDeallocationPipelineOptions());
  }

  bool hoist;
};

} // namespace

void mlir::mml::addLayerStage(OpPassManager &pm, bool nameLayers) {
  AnnotateEntriesPassOptions annotate;
  annotate.layers = nameLayers;
  pm.addPass(createAnnotateEntriesPass(annotate));
  addTensorCleanup(pm);
}

void mlir::mml::addCoreStage(OpPassManager &pm) {
  pm.addPass(createDecomposeLayersPass());
  addTensorCleanup(pm);
  pm.addPass(createLowerEinsumPass());
  addTensorCleanup(pm);
}

void mlir::mml::addBufferization(OpPassManager &pm) {
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.allowReturnAllocsFromLoops = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  addBufferCleanup(pm);
}

void mlir::mml::addDeallocation(OpPassManager &pm, bool hoist) {
  pm.addPass(std::make_unique<DeallocateBuffersPass>(hoist));
}
