//===- mml-runner.cpp - Compile a model and run it ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Einsum.h"
#include "GPU.h"
#include "Model.h"
#include "Options.h"
#include "OutputFiles.h"
#include "Progress.h"
#include "Run.h"

#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Library.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <new>
#include <unistd.h>

using namespace mml::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// For what LLVM cannot go on after: says so, removes unfinished files, ends.
static void handleFatalError(void *, const char *reason, bool) {
  printError(StringRef(reason).split('\n').first);
  llvm::sys::RunInterruptHandlers();
  _exit(Failure);
}

static void installFatalErrorHandlers() {
  llvm::install_fatal_error_handler(handleFatalError);
  llvm::install_bad_alloc_error_handler(handleFatalError);
  std::set_new_handler(
      [] { handleFatalError(nullptr, "out of memory", false); });
}

/// The text or the bytes that `--emit` asks for.
static Expected<llvm::SmallString<0>>
generate(EmitKind kind, Model &model,
         const mml::engine::CodeGenerator &generator) {
  llvm::SmallString<0> result;
  llvm::raw_svector_ostream os(result);
  mlir::ModuleOp module = model.getModule();
  if (kind == EmitKind::Linalg) {
    // With the weights, so that the text can be compiled.
    module->print(os);
    return result;
  }
  if (kind == EmitKind::PTX) {
    Expected<StringRef> text = model.getPTX();
    if (!text)
      return text.takeError();
    return llvm::SmallString<0>(*text);
  }
  auto output = kind == EmitKind::LLVMIR     ? mml::engine::OutputKind::LLVMIR
                : kind == EmitKind::Assembly ? mml::engine::OutputKind::Assembly
                                             : mml::engine::OutputKind::Object;
  if (Error error = generator.emitStandAlone(module, output, os))
    return std::move(error);
  return result;
}

/// Writes the files of a library, which begin with the path of `-o`.
static Error emitLibrary(const Options &options, mlir::ModuleOp module,
                         const mml::engine::CodeGenerator &generator) {
  StringRef path = options.emitPath;
  StringRef stem = llvm::sys::path::filename(path);
  if (stem.empty() || mml::engine::makeIdentifier(stem) != stem)
    return createStringError(
        "-o " + path + ": expected a name that C takes but got '" + stem + "'");
  Progress progress("generating code");
  Expected<mml::engine::Library> library =
      mml::engine::emitLibrary(module, generator, stem, options.weights);
  if (!library)
    return createStringError(options.model + ": " +
                             llvm::toString(library.takeError()));
  OutputFiles files;
  for (auto [extension, text] :
       std::initializer_list<std::pair<StringRef, StringRef>>{
           {".o", library->object},
           {".h", library->header},
           {".cmake", library->cmake}})
    if (Error error =
            files.add((path + extension).str(),
                      [text = text](llvm::raw_ostream &os) { os << text; }))
      return error;
  if (const auto &weights = library->weights)
    if (Error error =
            files.add((path + ".weights").str(),
                      [&](llvm::raw_ostream &os) { weights->write(os); }))
      return error;
  return files.commit();
}

/// Compiles no further than `--emit` says, and writes the result.
static Error emit(const Options &options, Model &model,
                  const mml::engine::CodeGenerator &generator) {
  if (options.emit == EmitKind::Library)
    return emitLibrary(options, model.getModule(), generator);
  Progress progress("generating code");
  Expected<llvm::SmallString<0>> text =
      generate(*options.emit, model, generator);
  if (!text)
    return createStringError(options.model + ": " +
                             llvm::toString(text.takeError()));
  if (options.emitPath == "-") {
    llvm::outs() << *text;
    return Error::success();
  }
  OutputFiles files;
  if (Error error = files.add(options.emitPath,
                              [&](llvm::raw_ostream &os) { os << *text; }))
    return error;
  return files.commit();
}

/// Reads the model, or makes one of an equation, whose files say its shapes and
/// so are read here.
static Expected<Model>
loadModel(const Options &options,
          std::optional<llvm::SmallVector<mml::engine::HostTensor>> &inputs) {
  if (!options.equation)
    return Model::load(options.model, options.lora);
  Expected<Einsum> einsum = Einsum::load(options);
  if (!einsum)
    return einsum.takeError();
  if (options.shapes.empty())
    inputs = einsum->takeInputs();
  return einsum->build();
}

/// Prints what an equation does.
static Error explain(const Options &options) {
  Expected<Einsum> einsum = Einsum::load(options);
  if (!einsum)
    return einsum.takeError();
  return einsum->explain(llvm::outs());
}

static Error lowerForCPU(const Options &options, Model &model,
                         const mml::engine::CodeGenerator &generator) {
  mlir::mml::CPUPipelineOptions pipeline;
  pipeline.kernel = options.kernel;
  pipeline.parallel = options.threads != 1;
  pipeline.profile = options.profile || !options.tracePath.empty();
  pipeline.debugInfo = options.debugInfo;
  // The module is the only one of its context.
  pipeline.releaseSources = true;
  mlir::mml::setTarget(pipeline, generator);
  if (options.emit == EmitKind::Linalg)
    pipeline.stopAfter = mlir::mml::Stage::Linalg;
  return model.lower(pipeline);
}

static Error lowerForGPU(const Options &options, Model &model,
                         const std::optional<GPU> &gpu) {
  mlir::mml::GPUPipelineOptions pipeline;
  if (!options.gpuChip.empty())
    pipeline.chip = options.gpuChip;
  else if (gpu)
    pipeline.chip = gpu->chip;
  if (options.emit == EmitKind::Linalg)
    pipeline.stopAfter = mlir::mml::GPUStage::Linalg;
  return model.lower(pipeline);
}

static Expected<ExitCode> compileAndRun(const Options &options) {
  if (options.explain) {
    if (Error error = explain(options))
      return std::move(error);
    return Success;
  }
  Expected<mml::engine::CodeGenerator> generator =
      mml::engine::CodeGenerator::create(options.target);
  if (!generator)
    return generator.takeError();
  if (!options.emit)
    if (Error error = generator->checkRunsHere())
      return std::move(error);

  std::optional<GPU> gpu;
  if (options.device == Device::CUDA && !options.emit) {
    Expected<GPU> opened = GPU::open();
    if (!opened) {
      printError(llvm::toString(opened.takeError()));
      return NoDevice;
    }
    gpu = std::move(*opened);
  }

  llvm::SmallVector<mml::engine::StageTime> times;
  mml::engine::Stopwatch watch;
  std::optional<Progress> progress("reading the model");
  std::optional<llvm::SmallVector<mml::engine::HostTensor>> inputs;
  Expected<Model> model = loadModel(options, inputs);
  if (!model)
    return model.takeError();
  times.push_back({"import", watch.getSeconds()});

  watch = mml::engine::Stopwatch();
  progress.emplace("compiling");
  if (Error error = options.device == Device::CUDA
                        ? lowerForGPU(options, *model, gpu)
                        : lowerForCPU(options, *model, *generator))
    return std::move(error);
  times.push_back({"pipeline", watch.getSeconds()});
  progress.reset();
  if (!options.emit)
    return run(options, *model, generator->getTargetMachine().getTargetCPU(),
               std::move(times), std::move(inputs),
               gpu ? gpu->runtime.get() : nullptr);

  if (Error error = emit(options, *model, *generator))
    return std::move(error);
  return Success;
}

int main(int argc, char **argv) {
  llvm::InitLLVM initialize(argc, argv);
  installFatalErrorHandlers();
  mml::engine::keepFreedMemory();
  Expected<Options> options = parseOptions(argc, argv);
  if (!options) {
    printError(llvm::toString(options.takeError()));
    return UsageError;
  }
  Expected<ExitCode> code = compileAndRun(*options);
  if (!code) {
    printError(llvm::toString(code.takeError()));
    return Failure;
  }
  llvm::outs().flush();
  if (std::error_code error = llvm::outs().error()) {
    llvm::outs().clear_error();
    printError("standard output: " + error.message());
    return Failure;
  }
  return *code;
}
