//===- GPUPipeline.h - The pipeline for GPUs --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_PIPELINES_GPUPIPELINE_H
#define MML_PIPELINES_GPUPIPELINE_H

#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/Pass/PassOptions.h"
#include "llvm/Support/CommandLine.h"

#include <string>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::mml {

/// The forms that the GPU pipeline leads through, in order. Up to `Linalg` they
/// are those of the CPU pipeline.
enum class GPUStage {
  Layer,
  Core,
  Contraction,
  Linalg,
  Buffer,
  Kernels,
  NVVM,
  Binary
};

/// What kernels are in at the end.
enum class GPUFormat {
  /// PTX, which the driver compiles when it loads it.
  ISA,
  /// Machine code of one chip, by `ptxas` of CUDA.
  Binary,
  /// Both, by `ptxas` and `fatbinary` of CUDA.
  Fatbin
};

/// Options of the GPU pipeline.
struct GPUPipelineOptions : PassPipelineOptions<GPUPipelineOptions> {
  PassOptions::Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("The GPU to compile for: sm_75, sm_80, sm_86, sm_89, "
                     "sm_90, ..."),
      llvm::cl::init("sm_80")};
  PassOptions::Option<std::string> features{
      *this, "features",
      llvm::cl::desc("The version of PTX: +ptx78, ... (default: the first that "
                     "the chip can have)"),
      llvm::cl::init("")};
  PassOptions::Option<KernelKind> kernel{
      *this, "kernel",
      llvm::cl::desc("The kernel of contractions with constant trits"),
      llvm::cl::init(KernelKind::Auto),
      llvm::cl::values(clEnumValN(KernelKind::Auto, "auto",
                                  "packed trits by dp4a and mma.sync"),
                       clEnumValN(KernelKind::Reference, "reference",
                                  "one byte a trit, as linalg loops"))};
  PassOptions::Option<GPUFormat> format{
      *this, "format", llvm::cl::desc("What kernels are in at the end"),
      llvm::cl::init(GPUFormat::ISA),
      llvm::cl::values(
          clEnumValN(GPUFormat::ISA, "isa", "PTX"),
          clEnumValN(GPUFormat::Binary, "bin", "machine code, by CUDA's ptxas"),
          clEnumValN(GPUFormat::Fatbin, "fatbin",
                     "both, by CUDA's ptxas and fatbinary"))};
  PassOptions::Option<unsigned> blockThreads{
      *this, "block-threads",
      llvm::cl::desc("The most threads of a block in kernels that have no size "
                     "of their own, a multiple of 32 up to 1024"),
      llvm::cl::init(256)};
  PassOptions::Option<unsigned> optLevel{
      *this, "opt-level",
      llvm::cl::desc("LLVM's optimization level for kernels, up to 3"),
      llvm::cl::init(3)};
  PassOptions::Option<GPUStage> stopAfter{
      *this, "stop-after", llvm::cl::desc("The last form to produce"),
      llvm::cl::init(GPUStage::Binary),
      llvm::cl::values(
          clEnumValN(GPUStage::Layer, "layer", "layers, canonicalized"),
          clEnumValN(GPUStage::Core, "core", "one idea an operation"),
          clEnumValN(GPUStage::Contraction, "contraction",
                     "kernels chosen, weights packed"),
          clEnumValN(GPUStage::Linalg, "linalg", "linalg on tensors"),
          clEnumValN(GPUStage::Buffer, "buffer",
                     "linalg on memrefs in the memory of the device"),
          clEnumValN(GPUStage::Kernels, "kernels",
                     "kernels as functions of the gpu dialect"),
          clEnumValN(GPUStage::NVVM, "nvvm", "kernels in the nvvm dialect"),
          clEnumValN(GPUStage::Binary, "binary",
                     "kernels as PTX or machine code, the rest in the LLVM "
                     "dialect"))};
};

/// Adds the passes that compile a model for a GPU of NVIDIA, from whichever
/// form on tensors the module is in to the form that the options name. The chip
/// is checked before any of them runs.
void buildGPUPipeline(OpPassManager &pm, const GPUPipelineOptions &options);

} // namespace mlir::mml

#endif // MML_PIPELINES_GPUPIPELINE_H
