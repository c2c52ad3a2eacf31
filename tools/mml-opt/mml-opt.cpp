//===- mml-opt.cpp - The optimizer driver ---------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Pipelines/Pipelines.h"
#include "mml/Pipelines/Source.h"
#include "mml/Trace/Passes.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/ToolOutputFile.h"

/// What upstream's driver does, with the input where bytecode can be read.
static mlir::LogicalResult run(llvm::StringRef inputName,
                               llvm::StringRef outputName,
                               mlir::DialectRegistry &registry) {
  if (inputName == "-" && llvm::sys::Process::StandardInIsUserInput())
    llvm::errs() << "(reading the standard input, ctrl-c or ctrl-d to end)\n";
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> input =
      mlir::openInputFile(inputName, &message);
  std::unique_ptr<llvm::ToolOutputFile> output;
  if (input)
    output = mlir::openOutputFile(outputName, &message);
  if (!input || !output) {
    llvm::errs() << message << '\n';
    return mlir::failure();
  }
  if (failed(mlir::MlirOptMain(
          output->os(), mlir::mml::alignBytecode(std::move(input)), registry,
          mlir::MlirOptMainConfig::createFromCLOptions())))
    return mlir::failure();
  output->keep();
  return mlir::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  mlir::registerAllPasses();
  mlir::mml::registerAllPasses();
  mlir::mml::registerMMLTracePasses();
  auto [inputName, outputName] = mlir::registerAndParseCLIOptions(
      argc, argv, "MML optimizer: compiles ternary neural networks\n",
      registry);
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return mlir::asMainReturnCode(
        mlir::MlirOptMain(argc, argv, inputName, outputName, registry));
  return mlir::asMainReturnCode(run(inputName, outputName, registry));
}
