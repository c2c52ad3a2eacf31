//===- CodeGenerator.h - From the LLVM dialect to machine code -*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_CODEGENERATOR_H
#define MML_EXECUTIONENGINE_CODEGENERATOR_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>

namespace mml::engine {

/// The attribute of an `llvm.mlir.global` whose memory is that of a resource:
/// `mml.resource = dense_resource<name> : tensor<...>`.
constexpr llvm::StringLiteral resourceAttrName = "mml.resource";

/// Bytes that the memory of every resource is aligned to; generated code counts
/// on it.
constexpr uint64_t resourceAlignment = 64;

/// Adds what `CodeGenerator::translate` asks of dialects to `registry`; it does
/// so itself, unless a context has it already.
void registerTranslations(mlir::DialectRegistry &registry);

/// What to compile for, in LLVM's names.
struct TargetSpec {
  /// "skylake-avx512", "neoverse-v2", ...; "native" is this machine's. Empty is
  /// this machine's too where the triple is of its architecture, else what
  /// every processor of the triple's is.
  std::string cpu;
  /// "+avx2,-fma", "+dotprod", ...: added to the processor's own features.
  std::string features;
  /// "aarch64-linux-gnu", ...: x86-64 or AArch64; empty is this machine's.
  std::string triple = {};
};

enum class OutputKind { LLVMIR, Assembly, Object };

/// Compiles modules for one processor, which need not be of this machine's
/// architecture. Code is position independent. Resources that a loader binds
/// are reached through the global offset table, as they can be further away
/// than a 32-bit displacement goes.
class CodeGenerator {
public:
  /// An error where the architecture is not one of ours, or LLVM does not know
  /// the processor or a feature.
  static llvm::Expected<CodeGenerator> create(const TargetSpec &spec);

  /// Translates a module of the LLVM dialect (OpenMP is allowed in it) to LLVM
  /// IR in `context`. Adds translations to the context of `module`. Names of
  /// operations that cannot be translated are in the error.
  llvm::Expected<std::unique_ptr<llvm::Module>>
  translate(mlir::ModuleOp module, llvm::LLVMContext &context) const;

  /// Runs LLVM's optimizations of level O3.
  llvm::Error optimize(llvm::Module &module) const;

  /// Generates code from now on as fast as it can be generated, and no better:
  /// for functions that do little but launch kernels, one after another for
  /// each layer, which are too long for a good order of their instructions to
  /// be looked for.
  void generateQuickly();

  /// Writes `module`. Code generation changes it: emit once.
  llvm::Error emit(llvm::Module &module, OutputKind kind,
                   llvm::raw_pwrite_stream &os) const;

  /// Writes `module`, of the LLVM dialect, as code that stands alone,
  /// optimized: resources are constants in it, and where it has functions of
  /// MLIR's C interface (`_mlir_ciface_<entry>`), only those can be seen from
  /// outside. The code calls the C library, and OpenMP's where the module has
  /// parallel regions. An error as those of `translate` and `emit`, and where a
  /// resource has no data or another size than its global.
  llvm::Error emitStandAlone(mlir::ModuleOp module, OutputKind kind,
                             llvm::raw_pwrite_stream &os) const;

  /// An error if this machine is of another architecture or system, or lacks
  /// what the code may use: such code can be emitted but not run.
  llvm::Error checkRunsHere() const;

  /// Bits of the vectors that suit the processor best: 512, 256 or 128.
  unsigned getVectorBits() const;

  /// Whether code is for this machine's own processor, as nobody asked for
  /// another one.
  bool isForHost() const { return isHost; }

  /// Whether the processor has `feature`, by LLVM's name: "avx2", "sse4.2".
  /// Of another architecture's features it has none.
  bool hasFeature(llvm::StringRef feature) const;

  const llvm::TargetMachine &getTargetMachine() const { return *machine; }

private:
  CodeGenerator(std::unique_ptr<llvm::TargetMachine> machine, bool isHost)
      : machine(std::move(machine)), isHost(isHost) {}

  std::unique_ptr<llvm::TargetMachine> machine;
  bool isHost;
};

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_CODEGENERATOR_H
