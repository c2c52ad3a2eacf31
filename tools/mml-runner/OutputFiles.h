//===- OutputFiles.h - Files that appear together --------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_OUTPUTFILES_H
#define MML_TOOLS_MML_RUNNER_OUTPUTFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <optional>
#include <string>

namespace mml::runner {

/// Files that get their names only when all of them are complete: after an
/// error there are none, and what had their names before is as it was.
class OutputFiles {
public:
  using Writer = std::function<void(llvm::raw_ostream &)>;

  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Writes what is to become `path`, beside it; a device or a pipe is written
  /// by `commit`. An error names the file; it does if `path` was added before.
  llvm::Error add(llvm::StringRef path, Writer writer);

  /// Gives all files their names.
  llvm::Error commit();

private:
  struct File {
    std::string path;
    /// Where the data are until `commit`; none for devices and pipes.
    std::optional<llvm::sys::fs::TempFile> temporary;
    Writer writer;
  };

  llvm::SmallVector<File> files;
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_OUTPUTFILES_H
