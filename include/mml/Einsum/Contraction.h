//===- Contraction.h - Equations with shapes --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_CONTRACTION_H
#define MML_EINSUM_CONTRACTION_H

#include "mml/Einsum/Equation.h"

#include <limits>

namespace mml::einsum {

/// The size of a dimension that is not known; the one that MLIR has too.
constexpr int64_t kDynamic = std::numeric_limits<int64_t>::min();

/// The most axes that an equation in letters has.
constexpr size_t kMaxAxes = 52;

/// The most operands that NumPy takes; what plans and builds does not take
/// more.
constexpr size_t kMaxOperands = 64;

/// One loop of the sum: a label, or a dimension that ellipses cover.
struct Axis {
  /// `kDynamic` where no operand says it.
  int64_t size = kDynamic;
  /// 0 for a dimension of ellipses.
  char label = 0;
  /// For a dimension of ellipses: its distance from the last one.
  unsigned fromEnd = 0;

  /// The label, or `...0` for the last dimension of ellipses, `...1` for the
  /// one before it.
  std::string str() const;
};

/// The dimensions of a tensor as axes. An axis that occurs twice is a diagonal.
struct Operand {
  llvm::SmallVector<unsigned, 4> axes;
  /// For each dimension whether it has size 1 and its axis has another size:
  /// its one element is used along the whole axis. Only under ellipses.
  llvm::SmallVector<bool, 4> stretches;

  /// Whether the elements differ along `axis`.
  bool runsAlong(unsigned axis) const;

  /// Whether no size stretches.
  bool isPlain() const;

  /// Whether each axis stands here once, and no size stretches.
  bool hasDistinctAxes() const;
};

/// What an axis does in the contraction of two tensors.
enum class AxisRole {
  /// In both tensors and in the result.
  Batch,
  /// In the left one and in the result.
  M,
  /// In the right one and in the result.
  N,
  /// Summed, in both.
  K,
  /// Summed, in the left one or in the right one alone.
  LhsSum,
  RhsSum,
  /// In neither tensor: of no concern here.
  None,
};

/// The name of a role for people: `batch`, `M`, `N`, `K`, `sum of lhs`, `sum of
/// rhs`, `-`.
llvm::StringRef getName(AxisRole role);

/// An equation of operands with known ranks: the sum over all axes that the
/// output lacks of the product of the operands.
class Contraction {
public:
  /// Finds the axes of `equation` for operands of `shapes`, in which any size
  /// may be `kDynamic`. A dynamic size is taken to agree with the others of its
  /// axis; under ellipses only a static 1 stretches.
  ///
  /// Fails with an `EquationError` where the number of operands, a rank, or two
  /// sizes of an axis disagree (both sizes and operands are named), and where
  /// ellipses cover dimensions that the output has no ellipsis for. Sizes that
  /// are negative and not `kDynamic` are an error too.
  static llvm::Expected<Contraction>
  bind(const Equation &equation,
       llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

  /// The sum over what `output` lacks of the product of `operands`, as it is
  /// said by the caller: a step of a larger contraction.
  Contraction(llvm::ArrayRef<Axis> axes, llvm::ArrayRef<Operand> operands,
              llvm::ArrayRef<unsigned> output);

  llvm::ArrayRef<Axis> getAxes() const { return axes; }
  llvm::ArrayRef<Operand> getOperands() const { return operands; }
  /// The axes of the result, each once.
  llvm::ArrayRef<unsigned> getOutput() const { return output; }

  llvm::SmallVector<int64_t> getOutputShape() const;

  /// For each axis its role between operands `lhs` and `rhs` where the result
  /// keeps what the other operands and the output need.
  llvm::SmallVector<AxisRole> classify(unsigned lhs, unsigned rhs) const;

  /// The equation of these axes, in letters: labels keep theirs, dimensions of
  /// ellipses get free ones. Nothing where 52 letters do not suffice.
  std::optional<std::string> getEquation() const;

private:
  llvm::SmallVector<Axis> axes;
  llvm::SmallVector<Operand, 2> operands;
  llvm::SmallVector<unsigned> output;
};

} // namespace mml::einsum

#endif // MML_EINSUM_CONTRACTION_H
