//===- Model.cpp - From a file to a module --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "KernelNotes.h"
#include "mml/ExecutionEngine/Entry.h"
#include "mml/Import/ImportIR.h"
#include "mml/Pipelines/Source.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mml::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// Keras files are zip archives.
static bool isKeras(StringRef path, StringRef data) {
  return path.ends_with(".keras") || data.starts_with("PK");
}

Model::Model(StringRef path) : path(path) {
  mlir::DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  context = std::make_unique<mlir::MLIRContext>(registry);
}

Expected<Model> Model::load(StringRef path, StringRef loraPath) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFileOrSTDIN(path);
  Model model(path == "-" ? "<stdin>" : path);
  if (!buffer)
    return createStringError(model.path + ": " + buffer.getError().message());
  if (!isKeras(path, (*buffer)->getBuffer())) {
    if (!loraPath.empty())
      return createStringError(model.path + ": --lora is for models of Keras");
    if (Error error = model.parse(std::move(*buffer)))
      return std::move(error);
    return model;
  }

  llvm::MemoryBufferRef bytes((*buffer)->getBuffer(), model.path);
  std::unique_ptr<llvm::MemoryBuffer> lora;
  std::optional<llvm::MemoryBufferRef> loraBytes;
  if (!loraPath.empty()) {
    auto loraBuffer = llvm::MemoryBuffer::getFile(loraPath);
    if (!loraBuffer)
      return createStringError(loraPath + ": " +
                               loraBuffer.getError().message());
    lora = std::move(*loraBuffer);
    loraBytes = lora->getMemBufferRef();
  }
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module =
      mlir::mml::importKeras(bytes, *model.context, loraBytes);
  if (!module)
    return module.takeError();
  model.module = std::move(*module);
  return model;
}

Expected<Model>
Model::create(StringRef name,
              llvm::function_ref<mlir::ModuleOp(mlir::MLIRContext &)> build) {
  Model model(name);
  model.context->loadAllAvailableDialects();
  model.module = build(*model.context);
  if (Error error = model.attempt("cannot build this model",
                                  [&] { return mlir::verify(*model.module); }))
    return std::move(error);
  return model;
}

/// Whether `data` are none of the forms of MLIR. To show the place of an error
/// in it would be to print bytes.
static bool isForeign(const llvm::MemoryBuffer &data) {
  constexpr size_t looked = 4096;
  return !mlir::isBytecode(data) &&
         data.getBuffer().take_front(looked).contains('\0');
}

Error Model::parse(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  if (isForeign(*buffer))
    return createStringError(path + ": expected a model of Keras, or MLIR as "
                                    "text or bytecode, but got another file");
  buffer = mlir::mml::alignBytecode(std::move(buffer));
  text = std::make_shared<llvm::SourceMgr>();
  text->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  // Resources of bytecode are used where the file is mapped.
  return attempt("cannot parse this model", [&] {
    module = mlir::parseSourceFile<mlir::ModuleOp>(
        text, mlir::ParserConfig(context.get()));
    return mlir::success(static_cast<bool>(module));
  });
}

/// The name of the layer that `location` stands for, or nothing.
static StringRef getLayerName(mlir::Location location) {
  auto name = location->findInstanceOf<mlir::NameLoc>();
  return name ? name.getName().getValue() : StringRef();
}

Error Model::attempt(const char *what,
                     llvm::function_ref<mlir::LogicalResult()> step) {
  std::string reason;
  mlir::ScopedDiagnosticHandler first(
      context.get(), [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error ||
            !reason.empty())
          return mlir::success();
        StringRef layer = getLayerName(diagnostic.getLocation());
        if (!layer.empty())
          reason = ("layer '" + layer + "': ").str();
        reason += StringRef(diagnostic.str()).split('\n').first;
        return mlir::success();
      });
  // Of a text that somebody wrote, show the place.
  std::optional<mlir::SourceMgrDiagnosticHandler> shown;
  if (text)
    shown.emplace(*text, context.get());
  if (mlir::succeeded(step()))
    return Error::success();
  if (reason.empty() || text)
    return createStringError(path + ": " + what);
  return createStringError(path + ": " + what + ": " + reason);
}

Error Model::lower(bool isWhole,
                   llvm::function_ref<void(mlir::OpPassManager &)> build) {
  if (mml::engine::isLowered(*module)) {
    if (isWhole)
      return Error::success();
    return createStringError(path +
                             ": this model is in the LLVM dialect, which "
                             "comes after what --emit asks for");
  }
  mlir::PassManager passes(context.get());
  build(passes);
  return attempt("cannot compile this model",
                 [&] { return passes.run(*module); });
}

Error Model::lower(const mlir::mml::CPUPipelineOptions &options) {
  KernelNotes notes(*context);
  return lower(options.stopAfter == mlir::mml::Stage::LLVM,
               [&](mlir::OpPassManager &passes) {
                 mlir::mml::buildCPUPipeline(passes, options);
               });
}

Error Model::lower(const mlir::mml::GPUPipelineOptions &options) {
  return lower(options.stopAfter == mlir::mml::GPUStage::Binary,
               [&](mlir::OpPassManager &passes) {
                 mlir::mml::buildGPUPipeline(passes, options);
               });
}

Expected<StringRef> Model::getPTX() {
  for (auto binary : module->getOps<mlir::gpu::BinaryOp>())
    for (mlir::Attribute attr : binary.getObjects()) {
      auto object = mlir::cast<mlir::gpu::ObjectAttr>(attr);
      // The text ends in the zero that drivers read up to.
      if (object.getFormat() == mlir::gpu::CompilationTarget::Assembly)
        return object.getObject().getValue().rtrim('\0');
    }
  return createStringError(path + ": this model has no kernels in PTX");
}
