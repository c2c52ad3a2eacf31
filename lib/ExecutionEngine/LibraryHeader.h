//===- LibraryHeader.h - The header of a library ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_LIBRARYHEADER_H
#define MML_LIB_EXECUTIONENGINE_LIBRARYHEADER_H

#include "mml/ExecutionEngine/Entry.h"

namespace mml::engine {

/// What the functions of a library return.
enum LibraryStatus {
  LibraryOk = 0,
  LibraryWorkspaceTooSmall = 1,
  LibraryNoMemory = 2,
  LibraryBadBatch = 3,
  LibraryBadShape = 4,
  LibraryNoWeights = 5,
  LibraryNoFile = 6,
  LibraryBadWeights = 7,
  LibraryStopped = 8
};

/// Whether an entry takes a batch of any size.
bool takesBatch(const EntrySignature &signature);

/// What the files of a library say of it.
struct LibraryDescription {
  /// An identifier, and what the code is for.
  std::string name, target;
  /// Whether it has parallel loops, and weights in a file beside it.
  bool usesOpenMP = false, hasWeightsBeside = false;
  /// Whether a call may find that the model's own conditions do not hold.
  bool mayStop = false;
};

/// The text of a header for `entries`.
std::string printLibraryHeader(const LibraryDescription &library,
                               llvm::ArrayRef<EntrySignature> entries);

/// The text of a file for CMake.
std::string printLibraryCMake(const LibraryDescription &library);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_LIBRARYHEADER_H
