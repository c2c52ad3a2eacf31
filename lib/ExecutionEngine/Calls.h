//===- Calls.h - What instructions call -------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_CALLS_H
#define MML_LIB_EXECUTIONENGINE_CALLS_H

#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

namespace mml::engine {

/// The function that `instruction` calls by name, or null.
inline llvm::Function *getCalled(const llvm::Instruction &instruction) {
  const auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  return call ? call->getCalledFunction() : nullptr;
}

/// The name of that function; empty where there is none.
inline llvm::StringRef getCalledName(const llvm::Instruction &instruction) {
  const llvm::Function *called = getCalled(instruction);
  return called ? called->getName() : llvm::StringRef();
}

/// That function if its code is in this module, or null.
inline llvm::Function *getCallee(const llvm::Instruction &instruction) {
  llvm::Function *called = getCalled(instruction);
  return called && !called->isDeclaration() ? called : nullptr;
}

/// Whether `instruction` calls the function of that name.
inline bool isCallOf(const llvm::Instruction &instruction,
                     llvm::StringRef name) {
  const llvm::Function *called = getCalled(instruction);
  return called && called->getName() == name;
}

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_CALLS_H
