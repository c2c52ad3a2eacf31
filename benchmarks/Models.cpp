//===- Models.cpp - Our side: compiled contractions and layers ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

#include "ModelBuilder.h"

#include "mml/CUDARuntime/Runtime.h"
#include "mml/ExecutionEngine/Compare.h"
#include "mml/GPU/Chip.h"
#include "mml/Pipelines/GPUPipeline.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/Reference.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/xxhash.h"

#include <cstring>
#include <set>

using namespace mml::bench;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using mlir::mml::CPUPipelineOptions;
using mlir::mml::KernelKind;
using mml::engine::CodeGenerator;
using mml::engine::DType;
using mml::engine::Engine;
using mml::engine::HostTensor;

/// How far a layer may be from the plain loop, relative to the largest output.
/// Where the last bit of a norm decides how a tie rounds, an activation is one
/// more or one less, which is about a fifth of this.
static constexpr double layerTolerance = 1e-3;

StringRef mml::bench::getName(Form form) {
  return form == Form::Contraction ? "contraction" : "layer";
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

std::vector<KernelName> mml::bench::getKernelNames() {
  CPUPipelineOptions options;
  const auto &parser = options.kernel.getParser();
  std::vector<KernelName> names;
  for (unsigned i = 0; i < parser.getNumOptions(); ++i) {
    std::string name = parser.getOption(i).str();
    (void)options.parseFromString("kernel=" + name);
    names.push_back({name, options.kernel == KernelKind::Reference});
  }
  return names;
}

/// Everything that a variant says of the options of a pipeline.
template <typename Options>
static Error setOptions(Options &options, const Variant &variant) {
  std::string text = "kernel=" + variant.kernel + " " + variant.options;
  std::string message;
  llvm::raw_string_ostream os(message);
  if (failed(options.parseFromString(text, os)))
    return createStringError("cannot parse the options '" + text +
                             "': " + StringRef(message).trim());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

Error Model::addPassesForCPU(mlir::PassManager &passes) {
  Expected<CodeGenerator> target = CodeGenerator::create({variant.cpu, ""});
  if (!target)
    return target.takeError();
  if (Error error = target->checkRunsHere())
    return error;
  CPUPipelineOptions options;
  mlir::mml::setTarget(options, *target);
  // Whichever processor the code is for, it runs here.
  mlir::mml::setHostCaches(options);
  if (Error error = setOptions(options, variant))
    return error;
  kernel = options.kernel;
  kernelTarget = {{options.dot, options.dotBits},
                  options.lookup,
                  options.vectorBits,
                  options.core,
                  options.coreCacheBytes,
                  options.lastCacheBytes};
  mlir::mml::buildCPUPipeline(passes, options);
  return Error::success();
}

Error Model::addPassesForGPU(mlir::PassManager &passes) {
  Expected<std::string> chip =
      mlir::mml::Chip::getNameFor(variant.gpu->getChip());
  if (!chip)
    return chip.takeError();
  mlir::mml::GPUPipelineOptions options;
  options.chip = *chip;
  if (Error error = setOptions(options, variant))
    return error;
  mlir::mml::buildGPUPipeline(passes, options);
  return Error::success();
}

Error Model::lower() {
  mlir::DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  module = buildModule(context, variant);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        if (message.empty() &&
            diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
          message = diagnostic.str();
        return mlir::success();
      });
  mlir::PassManager passes(&context);
  if (Error error =
          variant.gpu ? addPassesForGPU(passes) : addPassesForCPU(passes))
    return error;
  if (failed(passes.run(*module)))
    return createStringError("cannot compile: " + message);
  return Error::success();
}

Expected<std::unique_ptr<Model>> Model::create(const Variant &variant) {
  std::unique_ptr<Model> model(new Model(variant));
  mml::engine::Stopwatch watch;
  if (Error error = model->lower())
    return std::move(error);
  model->compileSeconds = watch.getSeconds();

  std::string text;
  llvm::raw_string_ostream os(text);
  mlir::OpPrintingFlags flags;
  flags.elideLargeResourceString(/*largeResourceLimit=*/0);
  model->module->print(os, flags);
  model->codeHash = llvm::xxh3_64bits(text);
  return std::move(model);
}

Error Model::finish() {
  mml::engine::Stopwatch watch;
  mml::engine::EngineOptions options;
  options.target.cpu = variant.cpu;
  options.runtime = variant.gpu;
  auto created = Engine::create(*module, options);
  if (!created)
    return created.takeError();
  engine = std::move(*created);
  module = nullptr;
  compileSeconds += watch.getSeconds();
  return Error::success();
}

double Model::predict(unsigned threads) const {
  if (variant.form != Form::Contraction)
    return 0.0;
  using mlir::mml::ContractionSize;
  bool isKnown = variant.batch != 0;
  auto getSize = [&](int64_t tokens) {
    return ContractionSize{tokens, variant.shape.outputs, variant.shape.depth,
                           isKnown,
                           variant.shape.getWeights() * variant.layers};
  };
  // As the compiler chooses.
  std::vector<ContractionSize> sizes;
  if (isKnown)
    sizes.push_back(getSize(variant.batch));
  else
    for (int64_t tokens : mlir::mml::getTypicalTokens())
      sizes.push_back(getSize(tokens));
  KernelKind chosen = kernel == KernelKind::Auto
                          ? mlir::mml::findFastestKernel(kernelTarget, sizes)
                          : kernelTarget.getAvailable(kernel);
  auto prediction =
      mlir::mml::predictKernel(chosen, kernelTarget, getSize(batch), threads);
  return prediction ? prediction->gigaops : 0.0;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

template <typename T>
static Expected<HostTensor> makeInput(DType dtype, int64_t batch, int64_t depth,
                                      ArrayRef<T> values) {
  auto input = HostTensor::createUninitialized(dtype, {batch, depth});
  if (input)
    std::memcpy(input->data(), values.data(), input->getByteSize());
  return input;
}

Error Model::setBatch(int64_t newBatch) {
  batch = newBatch;
  int64_t depth = variant.shape.depth;
  inputs.clear();
  for (int64_t layer = 0; layer < variant.layers; ++layer) {
    Expected<HostTensor> input =
        variant.form == Form::Contraction
            ? makeInput<int8_t>(DType::I8, batch, depth,
                                makeIntegers(batch, depth))
            : makeInput<float>(DType::F32, batch, depth,
                               makeFloats(batch, depth));
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  return Error::success();
}

Error Model::call() {
  auto results = engine->invoke(inputs);
  return results ? Error::success() : results.takeError();
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

Error Model::check(unsigned threads) {
  engine->setNumThreads(threads);
  auto results = engine->invoke(inputs);
  if (!results)
    return results.takeError();
  return variant.form == Form::Contraction ? checkIntegers(*results)
                                           : checkFloats(*results);
}

/// The layers or rows out of `count` that are looked at: all would take
/// minutes.
static std::set<int64_t> sampleIndices(int64_t count) {
  return {0, count / 2, count - 1};
}

Error Model::checkIntegers(ArrayRef<HostTensor> results) {
  ArrayRef<int8_t> x = inputs.front().as<int8_t>();
  for (int64_t layer : sampleIndices(variant.layers))
    if (Error error =
            checkProduct(variant.shape, makeTrits(variant.shape, layer), x,
                         results[layer].as<int32_t>()))
      return error;
  return Error::success();
}

Error Model::checkFloats(ArrayRef<HostTensor> results) {
  int64_t k = variant.shape.depth, m = variant.shape.outputs;
  LayerNumbers numbers(variant.shape);
  ternary::RMSNorm norm;
  norm.gain = numbers.gain;
  norm.eps = LayerNumbers::epsilon;
  for (int64_t index : sampleIndices(variant.layers)) {
    ternary::TritArray trits = makeTrits(variant.shape, index);
    ternary::DenseLayer layer;
    layer.kernel = trits;
    layer.k = k;
    layer.m = m;
    layer.kernelScale = numbers.scale;
    layer.bias = numbers.bias;
    for (int64_t row : sampleIndices(batch)) {
      auto expected = ternary::denseMML(
          layer, norm, ternary::AbsmaxQuantizer(),
          inputs.front().as<float>().slice(row * k, k), {1, k});
      if (!expected)
        return expected.takeError();
      auto makeRow = [&](ArrayRef<float> values) {
        return makeInput<float>(DType::F32, 1, m, values);
      };
      auto expectedRow = makeRow(*expected);
      if (!expectedRow)
        return expectedRow.takeError();
      auto actualRow = makeRow(results[index].as<float>().slice(row * m, m));
      if (!actualRow)
        return actualRow.takeError();
      auto comparison =
          mml::engine::compare(*actualRow, *expectedRow, layerTolerance);
      if (!comparison.matches)
        return createStringError("row " + Twine(row) + " of a batch of " +
                                 Twine(batch) + ": " + comparison.reason);
    }
  }
  return Error::success();
}
