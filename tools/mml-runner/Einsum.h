//===- Einsum.h - An equation in place of a model --------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_EINSUM_H
#define MML_TOOLS_MML_RUNNER_EINSUM_H

#include "Model.h"
#include "Options.h"

#include "mml/Einsum/Plan.h"
#include "mml/ExecutionEngine/HostTensor.h"

#include "llvm/Support/raw_ostream.h"

namespace mml::runner {

/// An equation with the operands that the command line gives it.
class Einsum {
public:
  /// Reads the operands of `--input`, or takes the shapes of `--shape`. An
  /// error has the column of the equation where they do not fit it.
  static llvm::Expected<Einsum> load(const Options &options);

  Einsum(Einsum &&) = default;

  /// A model whose one function computes the equation.
  llvm::Expected<Model> build() const;

  /// Prints what the equation does and what it becomes, as tables.
  llvm::Error explain(llvm::raw_ostream &os) const;

  /// What `--input` says; empty where `--shape` was given.
  llvm::SmallVector<engine::HostTensor> takeInputs() {
    return std::move(inputs);
  }

private:
  explicit Einsum(einsum::Equation equation) : equation(std::move(equation)) {}

  llvm::Error readInputs(llvm::ArrayRef<std::string> arguments);
  llvm::Error parseShapes(llvm::ArrayRef<std::string> arguments);
  llvm::Error checkTypes(bool isRun) const;

  einsum::Equation equation;
  llvm::SmallVector<engine::HostTensor> inputs;
  /// The sizes of each operand, and the name of its element type.
  llvm::SmallVector<llvm::SmallVector<int64_t>> shapes;
  llvm::SmallVector<std::string> types;
  std::optional<einsum::Contraction> contraction;
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_EINSUM_H
