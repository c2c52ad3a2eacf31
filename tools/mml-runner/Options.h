//===- Options.h - What the command line asks for --------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_OPTIONS_H
#define MML_TOOLS_MML_RUNNER_OPTIONS_H

#include "mml/Dialect/MML/Transforms/Kernel.h"
#include "mml/ExecutionEngine/CodeGenerator.h"
#include "mml/ExecutionEngine/Library.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace mml::runner {

/// How the process ends; `--help` says the same.
enum ExitCode {
  Success = 0,
  /// The model, an input or the machine is at fault.
  Failure = 1,
  /// The command line is.
  UsageError = 2,
  /// An output is not the expected one.
  Mismatch = 3,
  /// There is no driver or no GPU to run on, or they are too old.
  NoDevice = 4,
};

/// What `--emit` writes instead of running the model.
enum class EmitKind { Linalg, LLVMIR, Assembly, Object, Library, PTX };

/// Where a model runs.
enum class Device { CPU, CUDA };

struct Options {
  /// The path of a model, or what stands for it in messages.
  std::string model;
  /// A file of low-rank adapters for the model, or empty.
  std::string lora;
  /// What to run in place of a model; its grammar has been checked.
  std::optional<std::string> equation;
  /// For each operand of the equation its sizes and its element type.
  std::vector<std::string> shapes;
  /// Say what the equation does instead of running it.
  bool explain;
  std::string entry;
  /// Each is a path, or a name, '=' and a path.
  std::vector<std::string> inputs, outputs, expected;
  double tolerance;
  /// How often to run for a measurement; 0: do not measure.
  unsigned benchmark;
  /// 0: as many as OpenMP finds right. 1: code without threads.
  unsigned threads;
  uint64_t seed;
  int64_t batch;
  bool json, stats;
  /// Measure each layer.
  bool profile;
  /// Where the layers of the last run are drawn, or empty.
  std::string tracePath;
  /// Keep the names of layers in what is emitted.
  bool debugInfo;
  std::optional<EmitKind> emit;
  /// Where `emit` goes; "-" is the standard output. Of a library the path of
  /// its files without their extensions.
  std::string emitPath;
  /// Of a library.
  engine::WeightsPlace weights;
  mlir::mml::KernelKind kernel;
  engine::TargetSpec target;
  Device device;
  /// The GPU to compile for, by LLVM's name; empty: not said.
  std::string gpuChip;
};

/// Reads the command line. `--help` and `--version` print and end the process
/// with success.
llvm::Expected<Options> parseOptions(int argc, char **argv);

/// Prints "mml-runner: error: " and `message` on the standard error.
void printError(llvm::StringRef message);

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_OPTIONS_H
