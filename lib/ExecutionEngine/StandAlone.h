//===- StandAlone.h - Code that needs nothing of ours -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_STANDALONE_H
#define MML_LIB_EXECUTIONENGINE_STANDALONE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mml::engine {

/// Adds the functions of `source`, LLVM IR, to `module`.
llvm::Error linkSource(llvm::Module &module, llvm::StringRef source);

/// The function that `defineCopy` adds: `void(ptr source, ptr target, ptr
/// sizes, ptr source strides, ptr target strides, i64 rank, i64 bytes of an
/// element)`.
constexpr llvm::StringLiteral copyElementsName = "mml.copy";

/// Defines the function that copies memrefs, and what it calls.
llvm::Error defineCopy(llvm::Module &module);

/// Asks for matrix registers where `module` has code for them.
llvm::Error askForMatrixRegisters(llvm::Module &module);

/// Gives the globals of resources of `source` their bytes in `module`, its
/// translation; globals of the same constant bytes become one.
llvm::Error defineResources(mlir::ModuleOp source, llvm::Module &module);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_STANDALONE_H
