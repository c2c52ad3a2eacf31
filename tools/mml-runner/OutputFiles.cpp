//===- OutputFiles.cpp - Files that appear together -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputFiles.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace mml::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

static Error makeError(StringRef path, std::error_code code) {
  return createStringError(path + ": " + code.message());
}

/// Writes to an open file.
static Error writeAll(StringRef path, llvm::raw_fd_ostream &os,
                      const OutputFiles::Writer &writer) {
  writer(os);
  os.flush();
  std::error_code code = os.error();
  os.clear_error();
  return code ? makeError(path, code) : Error::success();
}

OutputFiles::~OutputFiles() {
  for (File &file : files)
    if (file.temporary)
      llvm::consumeError(file.temporary->discard());
}

Error OutputFiles::add(StringRef path, Writer writer) {
  // Follow links, so that the file that they lead to is replaced, not they.
  llvm::SmallString<128> target;
  if (fs::real_path(path, target))
    target = path;
  for (const File &file : files)
    if (file.path == target)
      return createStringError(path + ": two outputs have this name");
  fs::file_status status;
  bool exists = !fs::status(target, status) && fs::exists(status);
  if (exists && fs::is_directory(status))
    return makeError(path, std::make_error_code(std::errc::is_a_directory));
  if (exists && !fs::is_regular_file(status)) {
    files.push_back({target.str().str(), std::nullopt, std::move(writer)});
    return Error::success();
  }

  llvm::Expected<fs::TempFile> temporary =
      fs::TempFile::create(target + ".%%%%%%.tmp");
  if (!temporary) {
    std::error_code code = llvm::errorToErrorCode(temporary.takeError());
    return makeError(path, code);
  }
  llvm::raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
  Error error = writeAll(path, os, writer);
  files.push_back({target.str().str(), std::move(*temporary), {}});
  return error;
}

Error OutputFiles::commit() {
  // Devices first: these can still fail.
  for (const File &file : files) {
    if (file.temporary)
      continue;
    std::error_code code;
    llvm::raw_fd_ostream os(file.path, code);
    if (code)
      return makeError(file.path, code);
    if (Error error = writeAll(file.path, os, file.writer))
      return error;
  }
  for (File &file : files) {
    if (!file.temporary)
      continue;
    Error error = file.temporary->keep(file.path);
    file.temporary.reset();
    if (error)
      return makeError(file.path, llvm::errorToErrorCode(std::move(error)));
  }
  files.clear();
  return Error::success();
}
