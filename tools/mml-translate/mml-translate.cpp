//===- mml-translate.cpp - Translation of model files ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/ImportIR.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static llvm::cl::opt<std::string>
    loraPath("lora",
             llvm::cl::desc("Low-rank adapters (.h5) for --import-keras"),
             llvm::cl::value_desc("file"));

static OwningOpRef<Operation *> importKeras(llvm::SourceMgr &source,
                                            MLIRContext *context) {
  const llvm::MemoryBuffer *file =
      source.getMemoryBuffer(source.getMainFileID());
  std::unique_ptr<llvm::MemoryBuffer> lora;
  std::optional<llvm::MemoryBufferRef> loraBytes;
  if (!loraPath.empty()) {
    auto buffer = llvm::MemoryBuffer::getFile(loraPath);
    if (!buffer) {
      llvm::WithColor::error(llvm::errs(), "mml-translate")
          << loraPath << ": " << buffer.getError().message() << '\n';
      return nullptr;
    }
    lora = std::move(*buffer);
    loraBytes = lora->getMemBufferRef();
  }
  llvm::Expected<OwningOpRef<ModuleOp>> module =
      mlir::mml::importKeras(file->getMemBufferRef(), *context, loraBytes);
  if (module)
    return OwningOpRef<Operation *>(module->release());
  // A model file has no lines and columns for a diagnostic to point at.
  llvm::WithColor::error(llvm::errs(), "mml-translate")
      << llvm::toString(module.takeError()) << '\n';
  return nullptr;
}

int main(int argc, char **argv) {
  TranslateToMLIRRegistration keras(
      "import-keras", "Import a Keras model (.keras) as layers", importKeras,
      mlir::mml::registerAllDialects);
  return failed(mlirTranslateMain(
      argc, argv, "MML translation between model files and IR\n"));
}
