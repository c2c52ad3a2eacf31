//===- Side.cpp - A pipeline that a trace runs ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Side.h"

#include "mml/ExecutionEngine/CodeGenerator.h"
#include "mml/GPU/Chip.h"
#include "mml/Pipelines/GPUPipeline.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::mml;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::engine::CodeGenerator;
using ::mml::engine::Engine;

/// The passes that `text` names.
static Side getSide(StringRef text) {
  return {text.str(), [text = text.str()](OpPassManager &passes) -> Error {
            std::string message;
            llvm::raw_string_ostream os(message);
            if (succeeded(parsePassPipeline(text, passes, os)))
              return Error::success();
            // What the parser says ends in lines.
            llvm::replace(message, '\n', ' ');
            return createStringError("cannot read the pipeline '" + text +
                                     "': " + StringRef(message).trim());
          }};
}

static Side getCPUSide(std::string name, const CPUPipelineOptions &options) {
  // Options cannot be copied into a function but by their values.
  auto copy = std::make_shared<CPUPipelineOptions>();
  copy->copyOptionValuesFrom(options);
  return {std::move(name), [copy](OpPassManager &passes) {
            buildCPUPipeline(passes, *copy);
            return Error::success();
          }};
}

static Error open(std::unique_ptr<::mml::cuda::Runtime> &gpu) {
  if (gpu)
    return Error::success();
  std::string message;
  gpu = ::mml::cuda::Runtime::create(message);
  return gpu ? Error::success() : createStringError(message);
}

static Expected<Side> getGPUSide(std::unique_ptr<::mml::cuda::Runtime> &gpu) {
  if (Error error = open(gpu))
    return std::move(error);
  Expected<std::string> chip = Chip::getNameFor(gpu->getChip());
  if (!chip)
    return chip.takeError();
  return getSide("mml-gpu{chip=" + *chip + "}");
}

Expected<Side>
mlir::mml::getTracedSide(const TracePassOptions &options,
                         std::unique_ptr<::mml::cuda::Runtime> &gpu) {
  if (!options.pipeline.empty())
    return getSide(options.pipeline);
  if (options.target == TraceTarget::CUDA)
    return getGPUSide(gpu);
  Expected<CodeGenerator> generator = CodeGenerator::create({});
  if (!generator)
    return generator.takeError();
  CPUPipelineOptions pipeline;
  pipeline.kernel = options.kernel;
  setTarget(pipeline, *generator);
  return getCPUSide("mml-cpu, for this machine", pipeline);
}

Side mlir::mml::getOtherSide(const TracePassOptions &options) {
  if (!options.against.empty())
    return getSide(options.against);
  CPUPipelineOptions pipeline;
  pipeline.kernel = KernelKind::Reference;
  pipeline.vectorBits = 128;
  pipeline.parallel = false;
  return getCPUSide("the portable reference", pipeline);
}

void mlir::mml::getSideDialects(const TracePassOptions &options,
                                DialectRegistry &registry) {
  OpPassManager passes(ModuleOp::getOperationName());
  buildCPUPipeline(passes, CPUPipelineOptions());
  if (options.target == TraceTarget::CUDA)
    buildGPUPipeline(passes, GPUPipelineOptions());
  for (StringRef text :
       {StringRef(options.pipeline), StringRef(options.against)})
    // What is wrong with it is said when it is run.
    if (!text.empty())
      (void)parsePassPipeline(text, passes, llvm::nulls());
  passes.getDependentDialects(registry);
  ::mml::engine::registerTranslations(registry);
}

Expected<std::unique_ptr<Engine>>
mlir::mml::compile(ModuleOp module, StringRef entry, const Side &side,
                   std::unique_ptr<::mml::cuda::Runtime> &gpu) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager passes(module.getContext());
  if (Error error = side.build(passes))
    return std::move(error);
  if (failed(passes.run(*copy)))
    return createStringError("cannot compile by " + side.name);
  bool isForGPU = !copy->getOps<gpu::BinaryOp>().empty();
  if (isForGPU)
    if (Error error = open(gpu))
      return std::move(error);
  Expected<std::unique_ptr<Engine>> engine =
      Engine::create(*copy, {{}, entry.str(), isForGPU ? gpu.get() : nullptr});
  if (!engine)
    return createStringError("cannot run what " + side.name +
                             " makes: " + llvm::toString(engine.takeError()));
  return engine;
}
