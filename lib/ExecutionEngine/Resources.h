//===- Resources.h - Memory of a module's weights --------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_RESOURCES_H
#define MML_LIB_EXECUTIONENGINE_RESOURCES_H

#include "mml/ExecutionEngine/HostTensor.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace mml::engine {

/// The bytes of the resource that `global` names; `translated` is the LLVM IR
/// of its module. An error where the resource has no data, or not as many bytes
/// as the global declares.
llvm::Expected<llvm::ArrayRef<char>>
getResourceData(mlir::LLVM::GlobalOp global, const llvm::Module &translated);

/// Where the symbols of a module's resources are.
class ResourceMap {
public:
  struct Binding {
    std::string symbol;
    const char *data;
  };

  /// Finds the resource of every global with `mml.resource` of `module`, of
  /// which `translated` is the LLVM IR. A blob is used where it is unless it is
  /// not aligned as code expects; then it is copied, once. An error where a
  /// resource has no data or another size than its global.
  static llvm::Expected<ResourceMap> create(mlir::ModuleOp module,
                                            const llvm::Module &translated);

  llvm::ArrayRef<Binding> getBindings() const { return bindings; }

  /// The memory of all resources, each once.
  llvm::ArrayRef<llvm::ArrayRef<char>> getRanges() const { return ranges; }

  /// Bytes of all resources together; what two globals share counts once.
  int64_t getTotalBytes() const { return totalBytes; }

  /// True if `pointer` is in the memory of a resource.
  bool contains(const void *pointer) const;

private:
  llvm::SmallVector<Binding> bindings;
  /// Disjoint ranges of memory.
  llvm::SmallVector<llvm::ArrayRef<char>> ranges;
  llvm::SmallVector<HostTensor> copies;
  int64_t totalBytes = 0;
};

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_RESOURCES_H
