//===- LibraryWeights.h - Weights beside a library --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_LIBRARYWEIGHTS_H
#define MML_LIB_EXECUTIONENGINE_LIBRARYWEIGHTS_H

#include "mml/ExecutionEngine/Library.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace mml::engine {

/// The global that points to the weights in memory; null before they are there.
constexpr llvm::StringLiteral weightsName = "mml.weights";

/// Lets `module`, the translation of `source`, read its constant resources
/// behind the pointer `weightsName`, and adds the functions of the library
/// `name` that give it a value. Returns what belongs there, which refers to the
/// bytes of `source`.
llvm::Expected<LibraryWeights> moveWeightsBeside(mlir::ModuleOp source,
                                                 llvm::Module &module,
                                                 llvm::StringRef name);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_LIBRARYWEIGHTS_H
