//===- LoweredModule.h - Modules in the LLVM dialect, for tests -*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_EXECUTIONENGINE_LOWEREDMODULE_H
#define MML_UNITTESTS_EXECUTIONENGINE_LOWEREDMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

/// A context that knows upstream's dialects.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// Parses `text`, functions over memrefs, and lowers it to the LLVM dialect.
/// Null if that fails.
mlir::OwningOpRef<mlir::ModuleOp> lower(mlir::MLIRContext &context,
                                        llvm::StringRef text);

/// Makes `data` the memory of the global `name`, in place.
void bindResource(mlir::ModuleOp module, llvm::StringRef name,
                  llvm::ArrayRef<char> data);

#endif // MML_UNITTESTS_EXECUTIONENGINE_LOWEREDMODULE_H
