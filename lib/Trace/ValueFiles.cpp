//===- ValueFiles.cpp - Values by name in a folder ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ValueFiles.h"

#include "mml/ExecutionEngine/Npy.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using ::mml::engine::HostTensor;

std::string mlir::mml::getValuePath(StringRef folder, StringRef name) {
  llvm::SmallString<128> path(folder);
  // Names come from model files: none may lead out of the folder.
  for (StringRef part : llvm::split(name, '/')) {
    std::string safe = part.str();
    for (char &c : safe)
      if (!llvm::isAlnum(c) && !StringRef("._-#").contains(c))
        c = '_';
    if (safe.empty() || safe == "." || safe == "..")
      safe = "_";
    llvm::sys::path::append(path, safe);
  }
  return (path + ".npy").str();
}

Expected<std::optional<HostTensor>> mlir::mml::readValue(StringRef folder,
                                                         StringRef name) {
  std::string path = getValuePath(folder, name);
  if (!llvm::sys::fs::is_regular_file(path))
    return std::nullopt;
  Expected<HostTensor> value = ::mml::engine::readNpyFile(path);
  if (!value)
    return value.takeError();
  return std::optional<HostTensor>(std::move(*value));
}

Error mlir::mml::writeValue(StringRef folder, StringRef name,
                            const HostTensor &value) {
  std::string path = getValuePath(folder, name);
  std::error_code code =
      llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path));
  if (code)
    return createStringError(path + ": " + code.message());
  llvm::raw_fd_ostream os(path, code);
  if (code)
    return createStringError(path + ": " + code.message());
  ::mml::engine::writeNpy(os, value);
  os.close();
  if (!os.has_error())
    return Error::success();
  std::string message = os.error().message();
  os.clear_error();
  return createStringError(path + ": " + message);
}
