//===- Module.h - A loaded module of PTX ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_MODULE_H
#define MML_TEST_SUPPORT_CUDADRIVER_MODULE_H

#include "Code.h"
#include "Memory.h"

namespace mml::ptx {

/// The newest PTX that is known, as 10 * major + minor.
constexpr unsigned newestVersion = 90;

/// Shared memory that a block may have without asking for more.
constexpr unsigned maxShared = 48 * 1024;

/// What a device does not load.
class ModuleError : public llvm::ErrorInfo<ModuleError> {
public:
  enum class Kind { Invalid, Version, Target, Memory };
  static char ID;

  ModuleError(Kind kind, const llvm::Twine &message)
      : kind(kind), text(message.str()) {}

  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }
  Kind getKind() const { return kind; }

private:
  Kind kind;
  std::string text;
};

/// Decoded kernels, and the module's variables in device memory.
class Module {
public:
  /// Parses and decodes \p text for a device of compute capability \p chip
  /// (80 for sm_80). All that is wrong is said here, and not at a launch.
  static llvm::Expected<std::unique_ptr<Module>>
  load(llvm::StringRef text, DeviceMemory &memory, unsigned chip);
  ~Module();

  /// Null where there is none of that name.
  const Kernel *getKernel(llvm::StringRef name) const;
  const Allocation *getVariable(llvm::StringRef name) const;

private:
  explicit Module(llvm::StringRef text, DeviceMemory &memory)
      : text(text.str()), memory(memory) {}
  llvm::Error placeVariables();

  /// Decoded instructions point into the text.
  std::string text;
  DeviceMemory &memory;
  SyntaxModule syntax;
  llvm::StringMap<Allocation *> variables;
  llvm::StringMap<std::unique_ptr<Kernel>> kernels;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_MODULE_H
