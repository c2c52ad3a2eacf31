//===- Launch.cpp - Kernels where they are launched -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Launch.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::mml;

gpu::LaunchOp Launcher::create(OpBuilder &builder, Location loc, StringRef what,
                               ArrayRef<Value> blocks,
                               ArrayRef<Value> threads) {
  auto size = [&](ArrayRef<Value> sizes, size_t axis) -> Value {
    if (axis < sizes.size())
      return sizes[axis];
    return arith::ConstantIndexOp::create(builder, loc, 1);
  };
  SmallVector<Value, 6> sizes;
  for (ArrayRef<Value> dims : {blocks, threads})
    for (size_t axis = 0; axis < 3; ++axis)
      sizes.push_back(size(dims, axis));
  auto function =
      builder.getBlock()->getParentOp()->getParentOfType<func::FuncOp>();
  if (!function)
    function = cast<func::FuncOp>(builder.getBlock()->getParentOp());
  // PTX has letters, digits and underscores in its names.
  std::string name;
  for (char c : function.getName())
    name += llvm::isAlnum(c) ? c : '_';
  name = (name + "_" + what + "_" + Twine(count++)).str();
  auto launch = gpu::LaunchOp::create(
      builder, loc, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5],
      /*dynamicSharedMemorySize=*/nullptr, /*asyncTokenType=*/nullptr,
      /*asyncDependencies=*/{}, /*workgroupAttributions=*/{},
      /*privateAttributions=*/{}, /*clusterSizeX=*/nullptr,
      /*clusterSizeY=*/nullptr, /*clusterSizeZ=*/nullptr,
      FlatSymbolRefAttr::get(builder.getContext(), moduleName),
      FlatSymbolRefAttr::get(builder.getContext(), name));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&launch.getBody().front());
  gpu::TerminatorOp::create(builder, loc);
  return launch;
}
