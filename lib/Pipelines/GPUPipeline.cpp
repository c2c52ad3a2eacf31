//===- GPUPipeline.cpp - The pipeline for GPUs ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"

#include "mml/Conversion/Passes.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/GPU/Passes.h"
#include "mml/Pipelines/GPUPipeline.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::mml;

static void addContractionStage(OpPassManager &pm,
                                const GPUPipelineOptions &options) {
  PackWeightsPassOptions pack;
  pack.kernel = options.kernel;
  // Four products in i32 are what `dp4a` computes; a block of 32 outputs has a
  // word a thread of a warp.
  pack.dot = DotKind::QuadsI32;
  pack.dotBits = 512;
  pack.addSub = false;
  pm.addPass(createPackWeightsPass(pack));
}

static void addLinalgStage(OpPassManager &pm,
                           const GPUPipelineOptions &options) {
  pm.addNestedPass<func::FuncOp>(createPackActivationsPass());
  pm.addPass(createConvertMMLToLinalgPass());
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  addTensorCleanup(pm);
  TileContractionsForGPUPassOptions tiles;
  tiles.chip = options.chip;
  pm.addNestedPass<func::FuncOp>(createTileContractionsForGPUPass(tiles));
  addTensorCleanup(pm);
  pm.addPass(createGeneralizeTransposesPass());
  pm.addPass(createFuseElementwisePass());
  addTensorCleanup(pm);
}

static void addBufferStage(OpPassManager &pm,
                           const GPUPipelineOptions &options) {
  addBufferization(pm);
  addDeallocation(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
  addBufferCleanup(pm);
  ConvertKernelsToGPUPassOptions kernels;
  kernels.chip = options.chip;
  pm.addPass(createConvertKernelsToGPUPass(kernels));
  pm.addNestedPass<func::FuncOp>(createForallToForLoopPass());
  addBufferCleanup(pm);
  pm.addNestedPass<func::FuncOp>(
      bufferization::createOptimizeAllocationLivenessPass());
  // Every constant is uploaded once, by the loader.
  ExternalizeConstantsPassOptions constants;
  constants.threshold = 0;
  pm.addPass(createExternalizeConstantsPass(constants));
  pm.addPass(createMoveToDevicePass());
  addBufferCleanup(pm);
}

static void addKernelStage(OpPassManager &pm,
                           const GPUPipelineOptions &options) {
  ConvertLinalgToGPUPassOptions convert;
  convert.blockThreads = options.blockThreads;
  pm.addPass(createConvertLinalgToGPUPass(convert));
  addBufferCleanup(pm);
  // Constants become part of the kernels, as do sizes.
  pm.addPass(createGpuLaunchSinkIndexComputationsPass());
  pm.addPass(createGpuKernelOutliningPass());
  addBufferCleanup(pm);
  pm.addPass(createMergeKernelsPass());
  pm.addNestedPass<func::FuncOp>(createPredicateLaunchesPass());
  addBufferCleanup(pm);
}

/// The steps that lead from structured code to blocks and plain addresses, for
/// host and kernels alike.
static void addControlFlow(OpPassManager &pm) {
  pm.addPass(createResolveExpandShapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(affine::createAffineExpandIndexOpsPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
}

static void addNVVMStage(OpPassManager &pm, const GPUPipelineOptions &options) {
  AttachGPUTargetPassOptions target;
  target.chip = options.chip;
  target.features = options.features;
  target.optLevel = options.optLevel;
  pm.addPass(createAttachGPUTargetPass(target));

  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  addControlFlow(kernels);
  LowerMathPassOptions math;
  math.callLibm = false;
  kernels.addPass(createLowerMathPass(math));
  kernels.addPass(createConvertNVGPUToNVVMPass());
  kernels.addPass(createConvertGpuOpsToNVVMOps());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  kernels.addPass(createResolveDeviceFunctionsPass());
  addBufferCleanup(kernels);

  pm.addNestedPass<func::FuncOp>(createGpuAsyncRegionPass());
  addControlFlow(pm);
  pm.addPass(createGpuToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  addBufferCleanup(pm);
}

static StringRef getName(GPUFormat format) {
  switch (format) {
  case GPUFormat::ISA:
    return "isa";
  case GPUFormat::Binary:
    return "bin";
  case GPUFormat::Fatbin:
    return "fatbin";
  }
  llvm_unreachable("all formats are listed");
}

void mlir::mml::buildGPUPipeline(OpPassManager &pm,
                                 const GPUPipelineOptions &options) {
  auto reached = [&](GPUStage stage) { return options.stopAfter == stage; };
  addLayerStage(pm);
  // What a loader calls is on the host; calls of it are not.
  pm.addPass(createInlinerPass());
  if (reached(GPUStage::Layer))
    return;
  addCoreStage(pm);
  if (reached(GPUStage::Core))
    return;
  addContractionStage(pm, options);
  if (reached(GPUStage::Contraction))
    return;
  addLinalgStage(pm, options);
  if (reached(GPUStage::Linalg))
    return;
  addBufferStage(pm, options);
  if (reached(GPUStage::Buffer))
    return;
  addKernelStage(pm, options);
  if (reached(GPUStage::Kernels))
    return;
  addNVVMStage(pm, options);
  if (reached(GPUStage::NVVM))
    return;
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = getName(options.format).str();
  pm.addPass(createGpuModuleToBinaryPass(binary));
}
