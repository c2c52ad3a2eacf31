//===- edge-opt.cpp - An optimizer with both dialects ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"

#include "mml/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  registry.insert<edge::EdgeDialect>();
  mlir::mml::registerAllPasses();
  mlir::registerPass(edge::createConvertEdgeToMMLPass);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Optimizer of the edge dialect\n", registry));
}
