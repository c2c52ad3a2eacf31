//===- LibraryErrors.h - How calls of a library fail ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_LIBRARYERRORS_H
#define MML_LIB_EXECUTIONENGINE_LIBRARYERRORS_H

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mml::engine {

/// Defines what `callOrStop` and `stopInsteadOfEnding` make calls of, in the
/// library `name`, whose caller gets a function that says why a call stopped.
llvm::Error defineStops(llvm::Module &module, llvm::StringRef name);

/// A call of a library's model that may stop.
struct StoppableCall {
  /// What it returned.
  llvm::Value *results;
  /// Where the code goes on if it stopped instead, and the status then, i32.
  llvm::BasicBlock *stopped;
  llvm::Value *status;
};

/// Calls `function`; `builder` is then where it has returned.
StoppableCall callOrStop(llvm::IRBuilder<> &builder, llvm::Function *function,
                         llvm::ArrayRef<llvm::Value *> arguments);

/// Makes the code of the model stop where an assertion fails, and where there
/// is no memory, in parallel loops, too; otherwise it would end the process.
void stopInsteadOfEnding(llvm::Module &module);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_LIBRARYERRORS_H
