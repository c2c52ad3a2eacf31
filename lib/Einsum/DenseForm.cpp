//===- DenseForm.cpp - Equations of dense layers --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/DenseForm.h"

#include "llvm/ADT/STLExtras.h"

using namespace mml::einsum;
using llvm::Twine;

/// The side of the ellipsis of a term, or nothing where it is in the middle.
static std::optional<EllipsisSide> getSide(const Term &term) {
  if (!term.ellipsis)
    return EllipsisSide::None;
  if (*term.ellipsis == 0)
    return EllipsisSide::Left;
  if (*term.ellipsis == term.labels.size())
    return EllipsisSide::Right;
  return std::nullopt;
}

static std::optional<EllipsisSide> matchForm(const Equation &equation) {
  if (equation.getOperands().size() != 2)
    return std::nullopt;
  const Term &input = equation.getOperands()[0],
             &kernel = equation.getOperands()[1],
             &output = equation.getOutput();
  if (kernel.ellipsis || input.labels.empty() || kernel.labels.empty() ||
      output.labels.empty())
    return std::nullopt;
  std::optional<EllipsisSide> side = getSide(input);
  if (!side || getSide(output) != side)
    return std::nullopt;
  if (side == EllipsisSide::Right && input.labels.size() < 2)
    return std::nullopt;
  return side;
}

llvm::Expected<EllipsisSide>
mml::einsum::checkDenseForm(const Equation &equation) {
  std::optional<EllipsisSide> side = matchForm(equation);
  if (!side)
    return llvm::make_error<EquationError>(
        0, "expected an equation of the form 'ab,bc->ac', '...ab,bc->...ac' "
           "or 'ab...,bc->ac...' but got '" +
               equation.str() + "'");
  const Term &input = equation.getOperands()[0],
             &kernel = equation.getOperands()[1],
             &output = equation.getOutput();
  for (auto [label, column] :
       llvm::zip_equal(kernel.labels, kernel.labelColumns))
    if (!llvm::is_contained(input.labels, label) &&
        !llvm::is_contained(output.labels, label))
      return llvm::make_error<EquationError>(
          column, "expected label '" + Twine(label) +
                      "' of the kernel in the input or the output of '" +
                      equation.str() + "'");
  return *side;
}
