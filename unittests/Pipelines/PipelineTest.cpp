//===- PipelineTest.cpp - Modules that tests compile and run --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PipelineTest.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::mml;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;

PipelineTest::PipelineTest() {
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

OwningOpRef<ModuleOp> PipelineTest::createModule(OpBuilder &builder) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(builder.getUnknownLoc()));
  builder.setInsertionPointToStart(module->getBody());
  return module;
}

std::unique_ptr<Engine>
PipelineTest::compile(ModuleOp module, KernelKind kernel, unsigned vectorBits) {
  CPUPipelineOptions options;
  options.kernel = kernel;
  options.vectorBits = vectorBits;
  PassManager passes(&context);
  buildCPUPipeline(passes, options);
  if (failed(passes.run(module))) {
    ADD_FAILURE() << "the pipeline failed";
    return nullptr;
  }
  auto engine = Engine::create(module);
  if (!engine) {
    ADD_FAILURE() << llvm::toString(engine.takeError());
    return nullptr;
  }
  return std::move(*engine);
}

SmallVector<HostTensor> PipelineTest::run(Engine &engine,
                                          ArrayRef<HostTensor> inputs) {
  auto results = engine.invoke(inputs);
  if (results)
    return std::move(*results);
  ADD_FAILURE() << llvm::toString(results.takeError());
  return {};
}
