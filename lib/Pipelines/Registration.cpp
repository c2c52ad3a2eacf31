//===- Registration.cpp - Dialects, passes and pipelines by name ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/MMLToLLVM.h"
#include "mml/Conversion/Passes.h"
#include "mml/Dialect/MML/TransformOps/MMLTransformOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"
#include "mml/GPU/Passes.h"
#include "mml/Pipelines/GPUPipeline.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace mlir;

void mlir::mml::registerDialect(DialectRegistry &registry) {
  registry.insert<MMLDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  registerConvertMMLToLLVMInterface(registry);
  registerTransformDialectExtension(registry);
}

void mlir::mml::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerAllGPUToLLVMIRTranslations(registry);
  registerDialect(registry);
}

void mlir::mml::registerAllPasses() {
  // MLIR's registry is one a process, and a tool that links us may load the
  // plug-in besides.
  static const bool once = [] {
    registerMMLTransformsPasses();
    registerMMLConversionPasses();
    registerMMLGPUPasses();
    PassPipelineRegistration<CPUPipelineOptions>(
        "mml-cpu",
        "Compile a model for the CPU, from any form to the LLVM "
        "dialect",
        buildCPUPipeline);
    PassPipelineRegistration<GPUPipelineOptions>(
        "mml-gpu",
        "Compile a model for a GPU of NVIDIA, from any form on tensors to PTX "
        "and the LLVM dialect",
        buildGPUPipeline);
    return true;
  }();
  (void)once;
}
