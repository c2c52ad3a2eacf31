//===- Entry.h - The function of a module that is called -------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model is a module with a function that can be called from outside.
// What its pointers mean is in attributes that survive the lowering:
//   mml.signature     the type that the function had, over ranked tensors
//   mml.input_names   one string an input; "input0", "input1", ... without it
//   mml.output_names  one string a result; "output0", ... without it
//   mml.macs          multiply-accumulates with weights that one row of the
//                     batch costs (an index of axis 0 of the first input);
//                     optional, for benchmarks
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_ENTRY_H
#define MML_EXECUTIONENGINE_ENTRY_H

#include "mml/ExecutionEngine/HostTensor.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>

namespace mml::engine {

constexpr llvm::StringLiteral signatureAttrName = "mml.signature";
constexpr llvm::StringLiteral inputNamesAttrName = "mml.input_names";
constexpr llvm::StringLiteral outputNamesAttrName = "mml.output_names";
constexpr llvm::StringLiteral macsAttrName = "mml.macs";
constexpr llvm::StringLiteral batchedAttrName = "mml.batched";
constexpr llvm::StringLiteral layersAttrName = "mml.layers";

/// A size in a `TensorSpec` that every call chooses.
constexpr int64_t dynamicSize = -1;

/// An input or a result of a model.
struct TensorSpec {
  std::string name;
  DType dtype;
  /// Sizes, `dynamicSize` where the model takes any.
  llvm::SmallVector<int64_t> shape;
  /// The type as MLIR writes it: "tensor<?x10xf32>".
  std::string type;

  /// An error "expected tensor<?x10xf32> but got f64 [3, 10]" if element type,
  /// rank or a fixed size differ.
  llvm::Error check(DType actualDType,
                    llvm::ArrayRef<int64_t> actualShape) const;
};

/// A layer that a profile tells apart.
struct LayerSpec {
  std::string name;
  /// Multiply-accumulates for one row of the batch, and bytes of constants;
  /// 0 where they are not known.
  int64_t macsPerRow = 0, weightBytes = 0;
};

/// What a caller needs to know of a model.
struct EntrySignature {
  std::string name;
  llvm::SmallVector<TensorSpec> inputs;
  llvm::SmallVector<TensorSpec> outputs;
  /// `mml.macs`, where the function has it.
  std::optional<int64_t> macsPerRow;
  /// `mml.layers`, where the function has it.
  llvm::SmallVector<LayerSpec> layers;
  /// `mml.batched`: inputs have the same size along axis 0.
  bool isBatched = false;
};

/// True if there is nothing in `module` left to lower: it is in the LLVM
/// dialect, with the machine code of kernels for a GPU, if it has any.
bool isLowered(mlir::ModuleOp module);

/// The names of the entries of a module in the LLVM dialect, in its order.
llvm::SmallVector<std::string> getEntryNames(mlir::ModuleOp module);

/// Finds the entry `name` of a module in the LLVM dialect, or the only one if
/// `name` is empty. Checks its attributes, and its parameters against them: the
/// function takes an expanded memref descriptor an input and returns one a
/// result, and has a C interface. Errors list the candidates.
llvm::Expected<EntrySignature> findEntry(mlir::ModuleOp module,
                                         llvm::StringRef name);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_ENTRY_H
