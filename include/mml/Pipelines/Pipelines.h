//===- Pipelines.h - Pipelines and registration -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_PIPELINES_PIPELINES_H
#define MML_PIPELINES_PIPELINES_H

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/Pass/PassOptions.h"
#include "llvm/Support/CommandLine.h"

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace mlir::mml {

/// The forms that the CPU pipeline leads through, in order. Each can be printed
/// and entered again.
enum class Stage { Layer, Core, Contraction, Linalg, Vector, Buffer, LLVM };

/// Options of the CPU pipeline.
struct CPUPipelineOptions : PassPipelineOptions<CPUPipelineOptions> {
  PassOptions::Option<KernelKind> kernel{
      *this, "kernel",
      llvm::cl::desc("The kernel of contractions with constant trits"),
      llvm::cl::init(KernelKind::Auto),
      llvm::cl::values(clEnumValN(KernelKind::Auto, "auto",
                                  "the one that is expected to be the fastest"),
                       clEnumValN(KernelKind::AddSub, "addsub",
                                  "additions and subtractions under masks"),
                       clEnumValN(KernelKind::Dot, "dot",
                                  "dot product instructions, where the target "
                                  "has them"),
                       clEnumValN(KernelKind::Lookup, "lookup",
                                  "tables of the sums of three activations"),
                       clEnumValN(KernelKind::Mixed, "mixed",
                                  "both of these on ports of their own"),
                       clEnumValN(KernelKind::Reference, "reference",
                                  "one byte a trit, as linalg loops"))};
  PassOptions::Option<unsigned> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc("The width of the target's vectors: 128, 256 or 512"),
      llvm::cl::init(256)};
  PassOptions::Option<DotKind> dot{
      *this, "dot",
      llvm::cl::desc("The dot product instruction that the target has"),
      llvm::cl::init(DotKind::None),
      llvm::cl::values(
          clEnumValN(DotKind::None, "none", "none"),
          clEnumValN(DotKind::PairsI16, "vpmaddubsw",
                     "pairs of products in i16 (SSSE3, AVX2, AVX-512BW)"),
          clEnumValN(DotKind::QuadsI32, "vpdpbusd",
                     "four products in i32 (AVX-VNNI, AVX-512VNNI)"),
          clEnumValN(DotKind::TilesI32, "tdpbsud",
                     "tiles of 16 x 16 sums in i32 (AMX-INT8)"),
          clEnumValN(DotKind::NeonPairsI16, "smull",
                     "pairs of products in i16 (NEON)"),
          clEnumValN(DotKind::NeonQuadsI32, "sdot",
                     "four products in i32 (NEON, dotprod)"),
          clEnumValN(DotKind::NeonMatricesI32, "smmla",
                     "2 x 2 sums in i32 (NEON, i8mm)"))};
  PassOptions::Option<unsigned> dotBits{
      *this, "dot-bits",
      llvm::cl::desc("The width of the vectors of kernels: 128, 256 or 512"),
      llvm::cl::init(256)};
  PassOptions::Option<LookupKind> lookup{
      *this, "lookup",
      llvm::cl::desc("The instruction of the target that looks bytes up"),
      llvm::cl::init(LookupKind::Portable),
      llvm::cl::values(
          clEnumValN(LookupKind::Portable, "portable", "none"),
          clEnumValN(LookupKind::Pshufb, "pshufb",
                     "16 entries (SSSE3, AVX2, AVX-512BW)"),
          clEnumValN(LookupKind::Vpermb, "vpermb", "64 entries (AVX-512VBMI)"),
          clEnumValN(LookupKind::Tbl, "tbl", "32 entries (NEON)"))};
  PassOptions::Option<LookupKind> floatLookup{
      *this, "float-lookup",
      llvm::cl::desc("The instruction of the target that looks floats up"),
      llvm::cl::init(LookupKind::Portable),
      llvm::cl::values(clEnumValN(LookupKind::Portable, "portable", "none"),
                       clEnumValN(LookupKind::Vpermi2ps, "vpermi2ps",
                                  "32 entries (AVX-512F)"))};
  PassOptions::Option<CoreKind> core{
      *this, "core",
      llvm::cl::desc("The processors whose ports kernels are chosen for"),
      llvm::cl::init(CoreKind::Common),
      llvm::cl::values(
          clEnumValN(CoreKind::Common, "common",
                     "what is common with the target's instructions"),
          clEnumValN(CoreKind::Zen4, "zen4", "AMD's with halves of 512 bits"),
          clEnumValN(CoreKind::Zen5, "zen5", "AMD's with 512 bits"))};
  PassOptions::Option<int64_t> coreCacheBytes{
      *this, "core-cache-bytes",
      llvm::cl::desc("The size of the cache of a core; 0 for what is common"),
      llvm::cl::init(0)};
  PassOptions::Option<int64_t> lastCacheBytes{
      *this, "last-cache-bytes",
      llvm::cl::desc("The size of the largest cache; 0 for what is common"),
      llvm::cl::init(0)};
  PassOptions::Option<bool> expandRoundEven{
      *this, "expand-roundeven",
      llvm::cl::desc("Expand the rounding of vectors to integers, for targets "
                     "without an instruction for it"),
      llvm::cl::init(false)};
  PassOptions::Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc(
          "Run large loops on threads, by calls of OpenMP's library"),
      llvm::cl::init(true)};
  PassOptions::Option<bool> streamStores{
      *this, "stream-stores",
      llvm::cl::desc("Write results that are larger than the cache of a core "
                     "past it"),
      llvm::cl::init(false)};
  PassOptions::Option<bool> profile{
      *this, "profile", llvm::cl::desc("Tell the runtime which layer begins"),
      llvm::cl::init(false)};
  PassOptions::Option<bool> debugInfo{
      *this, "debug-info",
      llvm::cl::desc("Keep the names and lines of layers as debug information"),
      llvm::cl::init(false)};
  PassOptions::Option<bool> shareCode{
      *this, "share-code",
      llvm::cl::desc("Make code that repeats one function"),
      llvm::cl::init(true)};
  PassOptions::Option<bool> releaseSources{
      *this, "release-sources",
      llvm::cl::desc("Free the memory of trits that were packed; no other "
                     "module of the context may refer to it"),
      llvm::cl::init(false)};
  PassOptions::Option<Stage> stopAfter{
      *this, "stop-after", llvm::cl::desc("The last form to produce"),
      llvm::cl::init(Stage::LLVM),
      llvm::cl::values(
          clEnumValN(Stage::Layer, "layer", "layers, canonicalized"),
          clEnumValN(Stage::Core, "core", "one idea an operation"),
          clEnumValN(Stage::Contraction, "contraction",
                     "kernels chosen, weights packed"),
          clEnumValN(Stage::Linalg, "linalg",
                     "linalg on tensors, kernels as vector loops"),
          clEnumValN(Stage::Vector, "vector", "vectorized loops on tensors"),
          clEnumValN(Stage::Buffer, "buffer", "loops on memrefs"),
          clEnumValN(Stage::LLVM, "llvm", "the LLVM dialect"))};
};

/// Sets those of `options` that follow from the processor, which suits vectors
/// of `vectorBits` bits; `hasFeature` tells its features by LLVM's names.
void setTarget(CPUPipelineOptions &options, unsigned vectorBits,
               llvm::function_ref<bool(llvm::StringRef)> hasFeature);

/// Sets the sizes of caches to those of this machine, as far as the system
/// tells them.
void setHostCaches(CPUPipelineOptions &options);

/// Sets all of these from what generates the code: `generator` has the
/// functions of `::mml::engine::CodeGenerator`. Caches are set where the code
/// is for this machine's processor.
template <typename Generator>
void setTarget(CPUPipelineOptions &options, const Generator &generator) {
  setTarget(options, generator.getVectorBits(), [&](llvm::StringRef feature) {
    return generator.hasFeature(feature);
  });
  if (generator.isForHost())
    setHostCaches(options);
}

/// The dot product instruction of a processor and its widest vectors;
/// `hasFeature` tells its features by LLVM's names.
DotTarget chooseDotTarget(llvm::function_ref<bool(llvm::StringRef)> hasFeature);

/// The processors that one is among, for the model of costs; `hasFeature` tells
/// its features by LLVM's names.
CoreKind chooseCore(llvm::function_ref<bool(llvm::StringRef)> hasFeature);

/// Adds the passes that compile a model for the CPU, from whichever form the
/// module is in to the form that the options name.
void buildCPUPipeline(OpPassManager &pm, const CPUPipelineOptions &options);

/// Registers the mml dialect, with the interfaces that upstream's passes ask of
/// its operations.
void registerDialect(DialectRegistry &registry);

/// Registers the dialects that a module may hold at any stage: upstream's with
/// their extensions, and ours.
void registerAllDialects(DialectRegistry &registry);

/// Registers the project's passes and pipelines by name, in the process; again
/// has no effect.
void registerAllPasses();

} // namespace mlir::mml

#endif // MML_PIPELINES_PIPELINES_H
