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
  LibraryBadShape = 4
};

/// Whether an entry takes a batch of any size.
bool takesBatch(const EntrySignature &signature);

/// The text of a header for `entries`; `target` says what the code is for, and
/// `usesOpenMP` whether it has parallel loops.
std::string printLibraryHeader(llvm::StringRef name, llvm::StringRef target,
                               bool usesOpenMP,
                               llvm::ArrayRef<EntrySignature> entries);

/// The text of a file for CMake.
std::string printLibraryCMake(llvm::StringRef name, bool usesOpenMP);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_LIBRARYHEADER_H
