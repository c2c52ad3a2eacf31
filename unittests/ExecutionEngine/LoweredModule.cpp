//===- LoweredModule.cpp - Modules in the LLVM dialect, for tests ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweredModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

std::unique_ptr<mlir::MLIRContext> makeContext() {
  static const bool once = [] {
    mlir::registerAllPasses();
    return true;
  }();
  (void)once;
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  auto context = std::make_unique<mlir::MLIRContext>(registry);
  context->allowUnregisteredDialects();
  return context;
}

mlir::OwningOpRef<mlir::ModuleOp> lower(mlir::MLIRContext &context,
                                        llvm::StringRef text) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return nullptr;
  mlir::PassManager passes(&context);
  if (mlir::failed(mlir::parsePassPipeline(
          "convert-linalg-to-loops,convert-scf-to-openmp,convert-scf-to-cf,"
          "expand-strided-metadata,lower-affine,finalize-memref-to-llvm,"
          "convert-arith-to-llvm,convert-func-to-llvm,convert-cf-to-llvm,"
          "convert-openmp-to-llvm,reconcile-unrealized-casts",
          passes)) ||
      mlir::failed(passes.run(*module)))
    return nullptr;
  return module;
}

void bindResource(mlir::ModuleOp module, llvm::StringRef name,
                  llvm::ArrayRef<char> data) {
  mlir::Builder builder(module.getContext());
  auto type = mlir::RankedTensorType::get({static_cast<int64_t>(data.size())},
                                          builder.getI8Type());
  auto attr = mlir::DenseResourceElementsAttr::get(
      type, name, mlir::UnmanagedAsmResourceBlob::allocateWithAlign(data, 1));
  module.lookupSymbol<mlir::LLVM::GlobalOp>(name)->setAttr("mml.resource",
                                                           attr);
}
