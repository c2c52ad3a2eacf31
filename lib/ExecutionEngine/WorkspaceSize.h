//===- WorkspaceSize.h - What functions allocate ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_WORKSPACESIZE_H
#define MML_LIB_EXECUTIONENGINE_WORKSPACESIZE_H

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mml::engine {

/// Allocations of a workspace start at multiples of this.
constexpr int64_t workspaceAlignment = 64;

/// Makes functions that tell how many bytes others allocate. Each is a copy
/// that does nothing, and returns a structure: the bytes of all allocations
/// together, each rounded up to `workspaceAlignment`, and what the function
/// returns, with the sizes in it that are known. The optimizer leaves of it
/// what leads to the bytes.
class WorkspaceSizes {
public:
  /// The one for `function`, which is not one of these itself. What parallel
  /// loops allocate does not count.
  llvm::Function *get(llvm::Function *function);

  /// The functions whose allocations count.
  llvm::SmallVector<llvm::Function *> getCounted() const;

  /// An error if bytes in `module`, which is optimized, would follow from data.
  static llvm::Error checkKnown(const llvm::Module &module);

private:
  llvm::MapVector<llvm::Function *, llvm::Function *> made;
};

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_WORKSPACESIZE_H
