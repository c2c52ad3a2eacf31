//===- Main.cpp - mml-bench: contraction against a library ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"

#include "llvm/Support/WithColor.h"

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  mml::bench::registerOpenBlas();
  if (llvm::Error error = mml::bench::registerTernary()) {
    llvm::WithColor::error(llvm::errs(), "mml-bench")
        << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  // Compiled code goes before what loaded it does.
  benchmark::ClearRegisteredBenchmarks();
  benchmark::Shutdown();
  return 0;
}
