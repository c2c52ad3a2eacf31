//===- Model.h - From a file to a module -----------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_MODEL_H
#define MML_TOOLS_MML_RUNNER_MODEL_H

#include "mml/ExecutionEngine/CodeGenerator.h"
#include "mml/Pipelines/GPUPipeline.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"

#include <memory>

namespace mml::runner {

/// A model on its way from a file to the LLVM dialect.
class Model {
public:
  /// Reads the file `path`; "-" is the standard input. Where the file is MLIR
  /// text, what is wrong with it is shown in the text, on the standard error.
  /// `loraPath` is a file of adapters for a model of Keras, or empty.
  static llvm::Expected<Model> load(llvm::StringRef path,
                                    llvm::StringRef loraPath);

  /// The module that `build` makes; `name` stands for it in messages. An error
  /// where it does not verify.
  static llvm::Expected<Model>
  create(llvm::StringRef name,
         llvm::function_ref<mlir::ModuleOp(mlir::MLIRContext &)> build);

  Model(Model &&) = default;

  /// Runs the pipeline. A module in the LLVM dialect is left as it is, and an
  /// error if the last stage comes before it.
  llvm::Error lower(const mlir::mml::CPUPipelineOptions &options);

  /// The same with the pipeline for GPUs.
  llvm::Error lower(const mlir::mml::GPUPipelineOptions &options);

  /// The PTX of the kernels of a model that has been lowered for a GPU. An
  /// error where it has none.
  llvm::Expected<llvm::StringRef> getPTX();

  mlir::ModuleOp getModule() { return *module; }

private:
  explicit Model(llvm::StringRef path);

  llvm::Error parse(std::unique_ptr<llvm::MemoryBuffer> buffer);
  /// Runs the pipeline that `build` makes, unless there is nothing to lower;
  /// `isWhole` says whether it leads to the end.
  llvm::Error lower(bool isWhole,
                    llvm::function_ref<void(mlir::OpPassManager &)> build);
  /// Calls `step`, and if it fails, makes an error of `what` and of the first
  /// diagnostic, with the name of the layer that it is about.
  llvm::Error attempt(const char *what,
                      llvm::function_ref<mlir::LogicalResult()> step);

  std::string path;
  /// Null for files that are not text.
  std::shared_ptr<llvm::SourceMgr> text;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_MODEL_H
