//===- edge-run.cpp - Compiles a model of both dialects and runs it -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// edge-run FILE calls the one function of the model with 1, 2, 3, ... and
// prints what it returns.
//
//===----------------------------------------------------------------------===//

#include "Edge.h"

#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using ::mml::engine::HostTensor;

/// A tensor of `spec`, whose free sizes are 1, with 1, 2, 3, ... in it.
static llvm::Expected<HostTensor>
makeInput(const ::mml::engine::TensorSpec &spec) {
  SmallVector<int64_t> shape = spec.shape;
  for (int64_t &size : shape)
    if (size == ::mml::engine::dynamicSize)
      size = 1;
  llvm::Expected<HostTensor> tensor = HostTensor::create(spec.dtype, shape);
  if (!tensor)
    return tensor;
  for (int64_t i = 0, e = tensor->getNumElements(); i < e; ++i)
    if (isFloat(spec.dtype))
      tensor->setFloat(i, i + 1);
    else
      tensor->setInteger(i, i + 1);
  return tensor;
}

/// Compiles for this machine: our lowering first, then MML's pipeline.
static llvm::Expected<std::unique_ptr<::mml::engine::Engine>>
compile(ModuleOp module) {
  auto generator = ::mml::engine::CodeGenerator::create({});
  if (!generator)
    return generator.takeError();
  mlir::mml::CPUPipelineOptions options;
  mlir::mml::setTarget(options, *generator);
  PassManager passes(module.getContext());
  passes.addPass(edge::createConvertEdgeToMMLPass());
  mlir::mml::buildCPUPipeline(passes, options);
  if (failed(passes.run(module)))
    return llvm::createStringError("cannot compile this model");
  return ::mml::engine::Engine::create(module);
}

static llvm::Error run(ModuleOp module) {
  auto engine = compile(module);
  if (!engine)
    return engine.takeError();
  SmallVector<HostTensor> inputs;
  for (const ::mml::engine::TensorSpec &spec :
       (*engine)->getSignature().inputs) {
    llvm::Expected<HostTensor> input = makeInput(spec);
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  auto outputs = (*engine)->invoke(inputs);
  if (!outputs)
    return outputs.takeError();
  for (const HostTensor &output : *outputs) {
    for (int64_t i = 0, e = output.getNumElements(); i < e; ++i)
      if (isFloat(output.getDType()))
        llvm::outs() << llvm::format("%s%.2f", i ? " " : "",
                                     output.getFloat(i));
      else
        llvm::outs() << (i ? " " : "") << output.getInteger(i);
    llvm::outs() << '\n';
  }
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: edge-run FILE\n";
    return 2;
  }
  DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  registry.insert<edge::EdgeDialect>();
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(argv[1], ParserConfig(&context));
  if (!module)
    return 1;
  if (llvm::Error error = run(*module)) {
    llvm::errs() << "edge-run: " << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
