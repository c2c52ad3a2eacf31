//===- Execution.cpp - Compile models and run them, in C ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml-c/Execution.h"

#include "Guard.h"

#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Npy.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Wrap.h"
#include "mlir/Pass/PassManager.h"

#include <thread>

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::capi::attempt;
using ::mml::capi::checkNotNull;
using ::mml::capi::guard;
using mml::engine::CodeGenerator;
using mml::engine::Engine;
using mml::engine::HostTensor;

namespace {
struct Options {
  mml::engine::TargetSpec target;
  std::string entry;
  MmlKernel kernel = MmlKernelAuto;
  bool parallel = true;
};
} // namespace

DEFINE_C_API_PTR_METHODS(MmlTensor, HostTensor)
DEFINE_C_API_PTR_METHODS(MmlOptions, Options)
DEFINE_C_API_PTR_METHODS(MmlModel, Engine)

// The numbers of the C API are those of the library.
static_assert(int(mml::engine::DType::I1) == MmlI1 &&
              int(mml::engine::DType::U8) == MmlU8 &&
              int(mml::engine::DType::F64) == MmlF64);
static_assert(int(mml::engine::OutputKind::LLVMIR) == MmlOutputLLVMIR &&
              int(mml::engine::OutputKind::Object) == MmlOutputObject);
static_assert(int(mlir::mml::KernelKind::Auto) == MmlKernelAuto &&
              int(mlir::mml::KernelKind::AddSub) == MmlKernelAddSub &&
              int(mlir::mml::KernelKind::Dot) == MmlKernelDot &&
              int(mlir::mml::KernelKind::Lookup) == MmlKernelLookup &&
              int(mlir::mml::KernelKind::Reference) == MmlKernelReference &&
              int(mlir::mml::KernelKind::Mixed) == MmlKernelMixed);

/// An error unless `value` is one of an enumeration's, 0 to `last`.
static Error checkEnum(int value, int last, llvm::StringRef what) {
  if (value >= 0 && value <= last)
    return Error::success();
  return createStringError("expected " + what + " from 0 to " +
                           llvm::Twine(last) + " but got " +
                           llvm::Twine(value));
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// `tensor` as a handle of its own.
static MmlTensor release(HostTensor tensor) {
  return wrap(new HostTensor(std::move(tensor)));
}

MmlTensor mmlTensorCreate(MmlDType dtype, intptr_t rank, const int64_t *shape,
                          MmlErrorHandler onError) {
  return guard<MmlTensor>(onError, [&]() -> Expected<MmlTensor> {
    if (Error error = checkEnum(dtype, MmlF64, "an element type"))
      return std::move(error);
    if (rank < 0)
      return createStringError("expected a rank of 0 or more but got " +
                               llvm::Twine(rank));
    Expected<HostTensor> tensor =
        HostTensor::create(static_cast<mml::engine::DType>(dtype),
                           {shape, static_cast<size_t>(rank)});
    if (!tensor)
      return tensor.takeError();
    return release(std::move(*tensor));
  });
}

void mmlTensorDestroy(MmlTensor tensor) { delete unwrap(tensor); }

MmlDType mmlTensorGetDType(MmlTensor tensor) {
  return static_cast<MmlDType>(unwrap(tensor)->getDType());
}

intptr_t mmlTensorGetRank(MmlTensor tensor) {
  return unwrap(tensor)->getShape().size();
}

const int64_t *mmlTensorGetShape(MmlTensor tensor) {
  return unwrap(tensor)->getShape().data();
}

int64_t mmlTensorGetNumElements(MmlTensor tensor) {
  return unwrap(tensor)->getNumElements();
}

void *mmlTensorGetData(MmlTensor tensor) { return unwrap(tensor)->data(); }

int64_t mmlTensorGetByteSize(MmlTensor tensor) {
  return unwrap(tensor)->getByteSize();
}

MmlTensor mmlTensorReadNpy(MlirStringRef path, MmlErrorHandler onError) {
  return guard<MmlTensor>(onError, [&]() -> Expected<MmlTensor> {
    Expected<HostTensor> tensor = mml::engine::readNpyFile(unwrap(path));
    if (!tensor)
      return tensor.takeError();
    return release(std::move(*tensor));
  });
}

MlirLogicalResult mmlTensorWriteNpy(MmlTensor tensor, MlirStringRef path,
                                    MmlErrorHandler onError) {
  return wrap(llvm::success(guard(onError, [&]() -> Error {
    if (Error error = checkNotNull(tensor, "a tensor"))
      return error;
    std::error_code code;
    llvm::raw_fd_ostream os(unwrap(path), code);
    if (!code) {
      mml::engine::writeNpy(os, *unwrap(tensor));
      os.close();
      code = os.error();
      // Or it ends the program.
      os.clear_error();
    }
    if (code)
      return createStringError(unwrap(path) + ": " + code.message());
    return Error::success();
  })));
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

MmlOptions mmlOptionsCreate(MmlErrorHandler onError) {
  return guard<MmlOptions>(onError, [] { return wrap(new Options); });
}

void mmlOptionsDestroy(MmlOptions options) { delete unwrap(options); }

void mmlOptionsSetKernel(MmlOptions options, MmlKernel kernel) {
  unwrap(options)->kernel = kernel;
}

void mmlOptionsSetParallel(MmlOptions options, bool parallel) {
  unwrap(options)->parallel = parallel;
}

void mmlOptionsSetEntry(MmlOptions options, MlirStringRef entry) {
  unwrap(options)->entry = unwrap(entry).str();
}

void mmlOptionsSetTarget(MmlOptions options, MlirStringRef triple,
                         MlirStringRef cpu, MlirStringRef features) {
  mml::engine::TargetSpec &target = unwrap(options)->target;
  target.triple = unwrap(triple).str();
  target.cpu = unwrap(cpu).str();
  target.features = unwrap(features).str();
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// A copy of `module` in the LLVM dialect, for the processor of `generator`.
static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
lower(mlir::ModuleOp module, const Options &options,
      const CodeGenerator &generator) {
  if (Error error = checkEnum(options.kernel, MmlKernelMixed, "a kernel"))
    return std::move(error);
  mlir::OwningOpRef<mlir::ModuleOp> lowered = module.clone();
  if (mml::engine::isLowered(*lowered))
    return lowered;
  mlir::mml::CPUPipelineOptions pipeline;
  pipeline.kernel = static_cast<mlir::mml::KernelKind>(options.kernel);
  pipeline.parallel = options.parallel;
  mlir::mml::setTarget(pipeline, generator);
  mlir::PassManager passes(module.getContext());
  mlir::mml::buildCPUPipeline(passes, pipeline);
  if (Error error = attempt(module.getContext(), "cannot compile this module",
                            [&] { return passes.run(*lowered); }))
    return std::move(error);
  return lowered;
}

/// What both kinds of compilation begin with.
static Expected<CodeGenerator> prepare(MlirModule module, MmlOptions options) {
  if (Error error = checkNotNull(module, "a module"))
    return std::move(error);
  if (Error error = checkNotNull(options, "options"))
    return std::move(error);
  return CodeGenerator::create(unwrap(options)->target);
}

MmlModel mmlModelCompile(MlirModule module, MmlOptions options,
                         MmlErrorHandler onError) {
  return guard<MmlModel>(onError, [&]() -> Expected<MmlModel> {
    Expected<CodeGenerator> generator = prepare(module, options);
    if (!generator)
      return generator.takeError();
    if (Error error = generator->checkRunsHere())
      return std::move(error);
    auto lowered = lower(unwrap(module), *unwrap(options), *generator);
    if (!lowered)
      return lowered.takeError();
    auto engine = Engine::create(
        lowered->get(), {unwrap(options)->target, unwrap(options)->entry});
    if (!engine)
      return engine.takeError();
    return wrap(engine->release());
  });
}

MlirLogicalResult mmlEmit(MlirModule module, MmlOptions options,
                          MmlOutputKind kind, MlirStringCallback write,
                          void *userData, MmlErrorHandler onError) {
  return wrap(llvm::success(guard(onError, [&]() -> Error {
    if (Error error = checkEnum(kind, MmlOutputObject, "an output"))
      return error;
    Expected<CodeGenerator> generator = prepare(module, options);
    if (!generator)
      return generator.takeError();
    auto lowered = lower(unwrap(module), *unwrap(options), *generator);
    if (!lowered)
      return lowered.takeError();
    llvm::SmallString<0> output;
    llvm::raw_svector_ostream os(output);
    if (Error error = generator->emitStandAlone(
            lowered->get(), static_cast<mml::engine::OutputKind>(kind), os))
      return error;
    write(wrap(output.str()), userData);
    return Error::success();
  })));
}

//===----------------------------------------------------------------------===//
// Compiled models
//===----------------------------------------------------------------------===//

void mmlModelDestroy(MmlModel model) { delete unwrap(model); }

intptr_t mmlModelGetNumInputs(MmlModel model) {
  return unwrap(model)->getSignature().inputs.size();
}

intptr_t mmlModelGetNumOutputs(MmlModel model) {
  return unwrap(model)->getSignature().outputs.size();
}

static MmlTensorSpec convert(const mml::engine::TensorSpec &spec) {
  return {wrap(llvm::StringRef(spec.name)), static_cast<MmlDType>(spec.dtype),
          static_cast<intptr_t>(spec.shape.size()), spec.shape.data()};
}

MmlTensorSpec mmlModelGetInput(MmlModel model, intptr_t position) {
  return convert(unwrap(model)->getSignature().inputs[position]);
}

MmlTensorSpec mmlModelGetOutput(MmlModel model, intptr_t position) {
  return convert(unwrap(model)->getSignature().outputs[position]);
}

void mmlModelSetNumThreads(MmlModel model, unsigned count) {
  if (count == 0)
    count = std::max(1u, std::thread::hardware_concurrency());
  unwrap(model)->setNumThreads(count);
}

MlirLogicalResult mmlModelRun(MmlModel model, intptr_t numInputs,
                              const MmlTensor *inputs, intptr_t numOutputs,
                              MmlTensor *outputs, MmlErrorHandler onError) {
  return wrap(llvm::success(guard(onError, [&]() -> Error {
    if (Error error = checkNotNull(model, "a model"))
      return error;
    const mml::engine::EntrySignature &signature =
        unwrap(model)->getSignature();
    if (numOutputs != static_cast<intptr_t>(signature.outputs.size()))
      return createStringError("expected room for " +
                               llvm::Twine(signature.outputs.size()) +
                               " outputs but got " + llvm::Twine(numOutputs));
    llvm::SmallVector<const HostTensor *> tensors;
    for (intptr_t i = 0; i < numInputs; ++i) {
      if (Error error = checkNotNull(inputs[i], "a tensor"))
        return error;
      tensors.push_back(unwrap(inputs[i]));
    }
    auto results = unwrap(model)->invokeOn(tensors);
    if (!results)
      return results.takeError();
    llvm::SmallVector<std::unique_ptr<HostTensor>> handles;
    for (HostTensor &result : *results)
      handles.push_back(std::make_unique<HostTensor>(std::move(result)));
    for (auto [index, handle] : llvm::enumerate(handles))
      outputs[index] = wrap(handle.release());
    return Error::success();
  })));
}
