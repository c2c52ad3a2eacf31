//===- Models.h - Our side: compiled contractions and layers ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_MODELS_H
#define MML_BENCHMARKS_MODELS_H

#include "Contestant.h"
#include "Problem.h"

#include "mml/Dialect/MML/Transforms/CostModel.h"
#include "mml/ExecutionEngine/Engine.h"

#include "mlir/IR/MLIRContext.h"

namespace mlir {
class PassManager;
} // namespace mlir

namespace mml::bench {

/// What a model computes of each of its kernels.
enum class Form {
  /// Activations i8 [N, K] to sums i32 [N, M].
  Contraction,
  /// f32 [N, K] to f32 [N, M]: a norm with a gain, the absmax quantizer, the
  /// contraction, a rescale and a bias.
  Layer,
};

llvm::StringRef getName(Form form);

/// A kernel's name, as the option `kernel` of the pipeline knows it.
struct KernelName {
  std::string name;
  /// The plain loops, which are slow by intention.
  bool isReference = false;
};

/// Every kernel that the pipeline has an option for.
std::vector<KernelName> getKernelNames();

/// What to compile.
struct Variant {
  Form form = Form::Contraction;
  Shape shape;
  /// 0: the model takes any.
  int64_t batch = 0;
  /// Layers, each with a kernel of its own; all get the same activations.
  int64_t layers = 1;
  /// One of `getKernelNames`.
  std::string kernel = "auto";
  /// The processor, "native" or one of LLVM's names.
  std::string cpu = "native";
  /// Further options of the pipeline, as text.
  std::string options;
  /// The GPU to run on, with the GPU pipeline; null: this machine's cores.
  mml::cuda::Runtime *gpu = nullptr;
};

/// A compiled variant.
class Model {
public:
  /// Compiles down to the LLVM dialect. `finish` has to follow.
  static llvm::Expected<std::unique_ptr<Model>> create(const Variant &variant);

  /// The same number for the same code.
  uint64_t getCodeHash() const { return codeHash; }

  /// Makes machine code and loads it.
  llvm::Error finish();

  /// Makes activations of `batch` rows the inputs of calls.
  llvm::Error setBatch(int64_t batch);

  /// Compares the answer to the current batch on so many threads with the right
  /// one: integers of the first and the last layers in full; floats of some
  /// rows, with a tolerance.
  llvm::Error check(unsigned threads);

  llvm::Error call();

  const Variant &getVariant() const { return variant; }
  int64_t getBatch() const { return batch; }
  /// What the model of costs, by which kernels are chosen, expects of a
  /// contraction on so many threads, in 1e9 operations a second; 0 for layers.
  double predict(unsigned threads) const;
  int64_t getWeightBytes() const { return engine->getResourceBytes(); }
  /// The seconds that everything from the first pass to the loaded code took.
  double getCompileSeconds() const { return compileSeconds; }
  mml::engine::Engine &getEngine() { return *engine; }

private:
  explicit Model(const Variant &variant) : variant(variant) {}
  llvm::Error lower();
  /// Add the passes of the pipeline for this machine's cores, or for the GPU.
  llvm::Error addPassesForCPU(mlir::PassManager &passes);
  llvm::Error addPassesForGPU(mlir::PassManager &passes);
  llvm::Error checkIntegers(llvm::ArrayRef<mml::engine::HostTensor> results);
  llvm::Error checkFloats(llvm::ArrayRef<mml::engine::HostTensor> results);

  Variant variant;
  mlir::mml::KernelTarget kernelTarget;
  mlir::mml::KernelKind kernel = mlir::mml::KernelKind::Auto;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<mml::engine::Engine> engine;
  std::vector<mml::engine::HostTensor> inputs;
  int64_t batch = 0;
  uint64_t codeHash = 0;
  double compileSeconds = 0.0;
};

/// A contestant that calls the model with its current batch on so many threads.
std::unique_ptr<Contestant> createOurs(std::shared_ptr<Model> model,
                                       std::string name, unsigned threads);

} // namespace mml::bench

#endif // MML_BENCHMARKS_MODELS_H
