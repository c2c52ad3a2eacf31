//===- Passes.cpp - Passes, pipelines and model files in C ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml-c/Passes.h"

#include "Guard.h"

#include "mml/Import/ImportIR.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/CAPI/IR.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::capi::attempt;
using ::mml::capi::checkNotNull;
using ::mml::capi::guard;

void mmlRegisterAllPasses(void) {
  static const bool once = [] {
    mlir::registerAllPasses();
    mlir::mml::registerAllPasses();
    return true;
  }();
  (void)once;
}

MlirLogicalResult mmlRunPipeline(MlirModule module, MlirStringRef pipeline,
                                 MmlErrorHandler onError) {
  return wrap(success(guard(onError, [&]() -> Error {
    if (Error error = checkNotNull(module, "a module"))
      return error;
    std::string message;
    llvm::raw_string_ostream os(message);
    FailureOr<OpPassManager> parsed = parsePassPipeline(unwrap(pipeline), os);
    if (failed(parsed))
      return createStringError(StringRef(message).rtrim());
    ModuleOp op = unwrap(module);
    PassManager passes(op.getContext(), parsed->getOpAnchorName());
    static_cast<OpPassManager &>(passes) = std::move(*parsed);
    return attempt(op.getContext(), "a pass failed",
                   [&] { return passes.run(op); });
  })));
}

MlirModule mmlParseModule(MlirContext context, MlirStringRef source,
                          MlirStringRef name, MmlErrorHandler onError) {
  return guard<MlirModule>(onError, [&]() -> Expected<MlirModule> {
    if (Error error = checkNotNull(context, "a context"))
      return std::move(error);
    // Bytecode asks for the alignment of the resources in it, and text for a
    // zero at its end.
    auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
        source.length, unwrap(name), llvm::Align(4096));
    if (!buffer)
      return createStringError("out of memory");
    llvm::copy(unwrap(source), buffer->getBufferStart());
    auto text = std::make_shared<llvm::SourceMgr>();
    text->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
    OwningOpRef<ModuleOp> module;
    Error error = attempt(unwrap(context), "cannot parse this module", [&] {
      module = parseSourceFile<ModuleOp>(text, ParserConfig(unwrap(context)));
      return success(static_cast<bool>(module));
    });
    if (error)
      return std::move(error);
    return wrap(module.release());
  });
}

/// `importKeras`, with an error for a context that is null.
static Expected<MlirModule>
importKeras(MlirContext context, llvm::MemoryBufferRef file,
            std::optional<llvm::MemoryBufferRef> lora) {
  Expected<OwningOpRef<ModuleOp>> module =
      mlir::mml::importKeras(file, *unwrap(context), lora);
  if (!module)
    return module.takeError();
  return wrap(module->release());
}

MlirModule mmlImportKeras(MlirContext context, MlirStringRef bytes,
                          MlirStringRef lora, MlirStringRef name,
                          MmlErrorHandler onError) {
  return guard<MlirModule>(onError, [&]() -> Expected<MlirModule> {
    if (Error error = checkNotNull(context, "a context"))
      return std::move(error);
    std::optional<llvm::MemoryBufferRef> loraBytes;
    if (lora.length != 0)
      loraBytes.emplace(unwrap(lora), unwrap(name));
    return importKeras(context, {unwrap(bytes), unwrap(name)}, loraBytes);
  });
}

/// The bytes of the file `path`.
static Expected<std::unique_ptr<llvm::MemoryBuffer>> readFile(StringRef path) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  return std::move(*buffer);
}

MlirModule mmlImportKerasFile(MlirContext context, MlirStringRef path,
                              MlirStringRef loraPath, MmlErrorHandler onError) {
  return guard<MlirModule>(onError, [&]() -> Expected<MlirModule> {
    if (Error error = checkNotNull(context, "a context"))
      return std::move(error);
    auto file = readFile(unwrap(path));
    if (!file)
      return file.takeError();
    std::unique_ptr<llvm::MemoryBuffer> lora;
    std::optional<llvm::MemoryBufferRef> loraBytes;
    if (loraPath.length != 0) {
      auto read = readFile(unwrap(loraPath));
      if (!read)
        return read.takeError();
      lora = std::move(*read);
      loraBytes = lora->getMemBufferRef();
    }
    return importKeras(context, (*file)->getMemBufferRef(), loraBytes);
  });
}
