//===- ImportIR.h - Models as modules ---------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where models that were read from files become IR.
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_IMPORTIR_H
#define MML_IMPORT_IMPORTIR_H

#include "mml/Import/ModelGraph.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::mml {

/// A module with a function `main` in the layer form that computes `model`: its
/// inputs and results are the model's, in order, with the names in
/// `mml.input_names` and `mml.output_names`. Locations are the names of the
/// layers, with those of the models around them (`encoder/dense_3`). Weights
/// are resources named after their layer, except for single numbers and splats.
/// Models in the model are inlined, and shared layers share their weights.
///
/// `fileName` begins the messages of errors: a layer that has no IR, and one
/// that the dialect's verifiers refuse.
llvm::Expected<OwningOpRef<ModuleOp>> importModel(::mml::import::Model model,
                                                  llvm::StringRef fileName,
                                                  MLIRContext &context);

/// Reads a `.keras` file and imports its model; see `readKeras`. `lora` is a
/// file of low-rank adapters for it; see `readLora`.
llvm::Expected<OwningOpRef<ModuleOp>>
importKeras(llvm::MemoryBufferRef file, MLIRContext &context,
            std::optional<llvm::MemoryBufferRef> lora = std::nullopt);

} // namespace mlir::mml

#endif // MML_IMPORT_IMPORTIR_H
