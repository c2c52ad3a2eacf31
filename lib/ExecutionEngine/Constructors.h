//===- Constructors.h - What runs before and after a module -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_CONSTRUCTORS_H
#define MML_LIB_EXECUTIONENGINE_CONSTRUCTORS_H

#include "llvm/IR/Module.h"

#include <string>

namespace mml::engine {

/// The names of functions without arguments.
struct Constructors {
  llvm::SmallVector<std::string> first, last;
};

/// Takes the functions of `llvm.global_ctors` and `llvm.global_dtors` out of
/// these lists and gives them names that a loader can look up: it calls them
/// itself, in their order. Those that load and unload kernels are among them.
Constructors takeConstructors(llvm::Module &module);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_CONSTRUCTORS_H
