//===- Launch.h - Kernels where they are launched ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_LAUNCH_H
#define MML_LIB_GPU_LAUNCH_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::mml {

/// Makes launches whose kernels all become functions of one `gpu.module`, which
/// upstream's outlining makes.
class Launcher {
public:
  explicit Launcher(ModuleOp module) : symbols(module) {
    for (unsigned i = 0; symbols.lookup(moduleName); ++i)
      moduleName = ("kernels_" + Twine(i)).str();
  }

  /// A launch of `blocks` blocks of `threads` threads, whose body is empty. The
  /// kernel gets a name from the function it is launched in and from `what` it
  /// does. The builder stays where it is.
  gpu::LaunchOp create(OpBuilder &builder, Location loc, StringRef what,
                       ArrayRef<Value> blocks, ArrayRef<Value> threads);

private:
  SymbolTable symbols;
  std::string moduleName = "kernels";
  unsigned count = 0;
};

} // namespace mlir::mml

#endif // MML_LIB_GPU_LAUNCH_H
