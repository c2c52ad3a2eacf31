//===- ValueFiles.h - Values by name in a folder ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TRACE_VALUEFILES_H
#define MML_LIB_TRACE_VALUEFILES_H

#include "mml/ExecutionEngine/HostTensor.h"

#include <optional>

namespace mlir::mml {

/// Where the value `name` is in `folder`: slashes lead into folders below it,
/// and what no file should have in its name becomes '_'.
std::string getValuePath(llvm::StringRef folder, llvm::StringRef name);

/// Reads the value `name`; nothing where there is no such file.
llvm::Expected<std::optional<::mml::engine::HostTensor>>
readValue(llvm::StringRef folder, llvm::StringRef name);

/// Writes a value, and the folders that it is in.
llvm::Error writeValue(llvm::StringRef folder, llvm::StringRef name,
                       const ::mml::engine::HostTensor &value);

} // namespace mlir::mml

#endif // MML_LIB_TRACE_VALUEFILES_H
