//===- Engine.h - Load a compiled model and call it ------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_ENGINE_H
#define MML_EXECUTIONENGINE_ENGINE_H

#include "mml/ExecutionEngine/CodeGenerator.h"
#include "mml/ExecutionEngine/Entry.h"
#include "mml/ExecutionEngine/HostTensor.h"
#include "mml/ExecutionEngine/Timing.h"

#include <memory>
#include <optional>

namespace mml::cuda {
class Runtime;
} // namespace mml::cuda

namespace mml::engine {

class Profile;

struct EngineOptions {
  TargetSpec target;
  /// The function to call; empty: the only one that there is.
  std::string entry;
  /// The GPU of a model whose kernels are for one; null for one that runs on
  /// this machine's cores. It has to outlive the engine.
  cuda::Runtime *runtime = nullptr;
};

/// A model in this process' memory, ready to be called.
class Engine {
public:
  /// Compiles and loads `module`, which is in the LLVM dialect. The memory of
  /// resources is used where it is, so the module's context must outlive the
  /// engine; the module itself need not. With a GPU, it is brought there, once.
  static llvm::Expected<std::unique_ptr<Engine>>
  create(mlir::ModuleOp module, const EngineOptions &options = {});

  ~Engine();

  const EntrySignature &getSignature() const;

  /// Calls the model with one tensor an input, in the signature's order, and
  /// returns one a result. An error names the input whose element type, rank or
  /// fixed size is not the signature's, and of a batched model the input whose
  /// batch is not that of the first. That other dynamic sizes agree with one
  /// another is up to the model's code, and so is not to write to its inputs:
  /// an assertion in it that fails is an error, and so is a lack of memory, in
  /// parallel loops, too; only where threads of OpenMP wait for each other
  /// within a loop, which no pass of ours makes, they are LLVM's fatal errors.
  /// Calls must not overlap. With a GPU, what the driver fails in is an error
  /// too, after which no call succeeds.
  llvm::Expected<llvm::SmallVector<HostTensor>>
  invoke(llvm::ArrayRef<HostTensor> inputs);

  /// The same with inputs that are not side by side.
  llvm::Expected<llvm::SmallVector<HostTensor>>
  invokeOn(llvm::ArrayRef<const HostTensor *> inputs);

  /// Seconds that the last call took on the GPU, by its own clock and with the
  /// copies of inputs and results; nothing where the model runs on cores.
  std::optional<double> getDeviceSeconds() const;

  /// Seconds of these from the begin of its first kernel to the end of its last
  /// one.
  std::optional<double> getKernelSeconds() const;

  /// How many threads parallel loops use from now on, at least 1. No effect on
  /// a model that was compiled without parallel loops.
  void setNumThreads(unsigned count);

  /// Calls add the times of layers to `profile` from now on, which has to live
  /// as long as they do and has as many layers as the signature; null: no more.
  void setProfile(Profile *profile);

  /// True if the model has parallel loops.
  bool usesThreads() const;

  /// Bytes of all resources that the model reads.
  int64_t getResourceBytes() const;

  /// Seconds that the stages of `create` took.
  llvm::ArrayRef<StageTime> getStageTimes() const;

private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl;
};

/// Lets this process keep the memory that it frees, up to 32 MiB at once, for
/// its next use: a program that calls models again and again would otherwise
/// ask the system for the pages of each result anew. No effect but with glibc.
void keepFreedMemory();

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_ENGINE_H
