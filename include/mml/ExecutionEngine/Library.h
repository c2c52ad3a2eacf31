//===- Library.h - Models as libraries of C ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_LIBRARY_H
#define MML_EXECUTIONENGINE_LIBRARY_H

#include "mml/ExecutionEngine/CodeGenerator.h"

#include "llvm/ADT/SmallString.h"

#include <optional>
#include <vector>

namespace mml::engine {

/// What a file beside a library has, which refers to the memory of the module
/// that the library was made of.
struct LibraryWeights {
  /// Bytes, and where they are in the file, in ascending order.
  struct Piece {
    uint64_t offset;
    llvm::ArrayRef<char> bytes;
  };

  void write(llvm::raw_ostream &os) const;

  std::vector<Piece> pieces;
  /// Bytes of the file.
  uint64_t size = 0;
  /// Of all pieces.
  uint64_t hash = 0;
};

/// What a program of C or C++ builds a model in with.
struct Library {
  llvm::SmallString<0> object;
  /// A header with two functions for each entry of the model: one that calls
  /// it, and one that says how many bytes of workspace a call needs, besides
  /// macros for its shapes.
  std::string header;
  /// A file that defines the object as a target of CMake.
  std::string cmake;
  /// What is not in the object, where weights are to be beside it.
  std::optional<LibraryWeights> weights;
};

/// Where a library has the weights.
enum class WeightsPlace { Inside, Beside };

/// Compiles a module of the LLVM dialect, whose entries become functions
/// `<name>_<entry>` with C's pointers for tensors; weights are in the object,
/// or in a file that `<name>_open_weights` opens. They allocate nothing where
/// the caller gives a workspace, parallel loops aside, and calls may overlap.
/// `name` is an identifier of C, and the stem of the files that name one
/// another.
///
/// An error as those of `CodeGenerator::emitStandAlone`, where there is no
/// entry, where a size of an input is not known, other than that of the batch,
/// and where the size of the workspace would depend on data.
llvm::Expected<Library> emitLibrary(mlir::ModuleOp module,
                                    const CodeGenerator &generator,
                                    llvm::StringRef name,
                                    WeightsPlace place = WeightsPlace::Inside);

/// `text` as an identifier of C: what cannot be in one becomes `_`.
std::string makeIdentifier(llvm::StringRef text);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_LIBRARY_H
