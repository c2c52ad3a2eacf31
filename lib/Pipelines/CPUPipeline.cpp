//===- CPUPipeline.cpp - The CPU pipeline ---------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"

#include "mml/Conversion/LookupKernel.h"
#include "mml/Conversion/Passes.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <unistd.h>

using namespace mlir;
using namespace mlir::mml;

static void addContractionStage(OpPassManager &pm,
                                const CPUPipelineOptions &options) {
  PackWeightsPassOptions pack;
  pack.kernel = options.kernel;
  pack.vectorBits = options.vectorBits;
  pack.dot = options.dot;
  pack.dotBits = options.dotBits;
  pack.lookup = options.lookup;
  pack.floatLookup = options.floatLookup;
  pack.core = options.core;
  pack.releaseSources = options.releaseSources;
  pack.coreCacheBytes = options.coreCacheBytes;
  pack.lastCacheBytes = options.lastCacheBytes;
  pm.addPass(createPackWeightsPass(pack));
}

static void addLinalgStage(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createPackActivationsPass());
  pm.addNestedPass<func::FuncOp>(createConvertMMLContractToVectorPass());
  pm.addPass(createConvertMMLToLinalgPass());
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  addTensorCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createFuseContractionsPass());
  pm.addNestedPass<func::FuncOp>(createFuseActivationsPass());
  addTensorCleanup(pm);
  pm.addPass(createGeneralizeTransposesPass());
  pm.addPass(createFuseElementwisePass());
  addTensorCleanup(pm);
}

static void addVectorStage(OpPassManager &pm,
                           const CPUPipelineOptions &options) {
  BlockContractionsPassOptions block;
  block.vectorBits = options.vectorBits;
  pm.addNestedPass<func::FuncOp>(createBlockContractionsPass(block));
  VectorizeLinalgPassOptions vectorize;
  vectorize.vectorBits = options.vectorBits;
  pm.addNestedPass<func::FuncOp>(createVectorizeLinalgPass(vectorize));
  addTensorCleanup(pm);
}

static void addBufferStage(OpPassManager &pm,
                           const CPUPipelineOptions &options) {
  addBufferization(pm);
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  addDeallocation(pm, /*hoist=*/true);
  // Of loops that are shared, each call is a layer.
  if (options.profile)
    pm.addPass(createProfileLayersPass());
  // Before the kernels become code, which takes most of the time.
  if (options.shareCode)
    pm.addPass(createShareCodePass());
  ConvertMMLKernelsToVectorPassOptions kernels;
  kernels.dot = options.dot;
  kernels.dotBits = options.dotBits;
  kernels.lookup = options.lookup;
  kernels.floatLookup = options.floatLookup;
  pm.addNestedPass<func::FuncOp>(createConvertMMLKernelsToVectorPass(kernels));
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addPass(createExternalizeConstantsPass());
  addBufferCleanup(pm);
  if (options.streamStores) {
    StreamStoresPassOptions stream;
    if (options.coreCacheBytes > 0)
      stream.leastBytes = options.coreCacheBytes;
    pm.addNestedPass<func::FuncOp>(createStreamStoresPass(stream));
  }
}

static void addLLVMStage(OpPassManager &pm, const CPUPipelineOptions &options) {
  pm.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
  pm.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass());
  // Otherwise parallel loops become plain ones with the others.
  if (options.parallel) {
    pm.addPass(createConvertSCFToOpenMPPass());
    pm.addPass(createPrivatizeBuffersPass());
    pm.addPass(createElideBarriersPass());
  }
  // Takes away the allocation scopes of parallel regions, of which control flow
  // could not become blocks.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createResolveExpandShapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  LowerMathPassOptions math;
  math.expandRoundEven = options.expandRoundEven;
  pm.addPass(createLowerMathPass(math));
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  addBufferCleanup(pm);
  if (options.debugInfo) {
    pm.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
    pm.addPass(createDebugLayersPass());
  }
}

DotTarget
mlir::mml::chooseDotTarget(llvm::function_ref<bool(StringRef)> hasFeature) {
  if (hasFeature("avx512bw")) {
    if (hasFeature("amx-int8") && hasFeature("avx512vnni"))
      return {DotKind::TilesI32, 512};
    return {hasFeature("avx512vnni") ? DotKind::QuadsI32 : DotKind::PairsI16,
            512};
  }
  if (hasFeature("avx2"))
    return {hasFeature("avxvnni") ? DotKind::QuadsI32 : DotKind::PairsI16, 256};
  if (hasFeature("neon")) {
    if (!hasFeature("dotprod"))
      return {DotKind::NeonPairsI16, 128};
    return {hasFeature("i8mm") ? DotKind::NeonMatricesI32
                               : DotKind::NeonQuadsI32,
            128};
  }
  return {hasFeature("ssse3") ? DotKind::PairsI16 : DotKind::None, 128};
}

CoreKind mlir::mml::chooseCore(llvm::function_ref<bool(StringRef)> hasFeature) {
  // SSE4a is of AMD's processors alone; the first of them with AVX-512 is Zen
  // 4, and that with VP2INTERSECT is Zen 5.
  if (!hasFeature("sse4a") || !hasFeature("avx512vnni"))
    return CoreKind::Common;
  return hasFeature("avx512vp2intersect") ? CoreKind::Zen5 : CoreKind::Zen4;
}

void mlir::mml::setTarget(CPUPipelineOptions &options, unsigned vectorBits,
                          llvm::function_ref<bool(StringRef)> hasFeature) {
  options.vectorBits = vectorBits;
  DotTarget dot = chooseDotTarget(hasFeature);
  options.dot = dot.kind;
  options.dotBits = dot.bits;
  options.lookup = chooseLookupKind(dot.bits, hasFeature);
  options.floatLookup =
      hasFeature("avx512f") ? LookupKind::Vpermi2ps : LookupKind::Portable;
  options.core = chooseCore(hasFeature);
  options.expandRoundEven = !hasFeature("sse4.1") && !hasFeature("neon");
  // A vector is a line, so that no other store comes between its parts.
  options.streamStores = dot.bits == 512;
}

void mlir::mml::setHostCaches(CPUPipelineOptions &options) {
#ifdef _SC_LEVEL2_CACHE_SIZE
  options.coreCacheBytes = std::max(0L, sysconf(_SC_LEVEL2_CACHE_SIZE));
  options.lastCacheBytes = std::max(0L, sysconf(_SC_LEVEL3_CACHE_SIZE));
#endif
}

void mlir::mml::buildCPUPipeline(OpPassManager &pm,
                                 const CPUPipelineOptions &options) {
  auto reached = [&](Stage stage) { return options.stopAfter == stage; };
  addLayerStage(pm, options.profile);
  if (reached(Stage::Layer))
    return;
  addCoreStage(pm);
  if (reached(Stage::Core))
    return;
  addContractionStage(pm, options);
  if (reached(Stage::Contraction))
    return;
  addLinalgStage(pm);
  if (reached(Stage::Linalg))
    return;
  addVectorStage(pm, options);
  if (reached(Stage::Vector))
    return;
  addBufferStage(pm, options);
  if (reached(Stage::Buffer))
    return;
  addLLVMStage(pm, options);
}
