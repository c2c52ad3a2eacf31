//===- Explain.h - What an equation does, for people ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_EXPLAIN_H
#define MML_EINSUM_EXPLAIN_H

#include "mml/Einsum/Plan.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mml::einsum {

/// Prints what `equation` of the operands of `contraction` does, in tables: its
/// canonical text and shapes; the labels with their sizes, the operands that
/// have them, whether the output does, and, for one or two operands, their
/// roles; the steps of `plan`, each as an equation with its shapes and roles,
/// operations and elements; the operations of all, beside those of one loop
/// over all labels.
///
/// Operands are `#1`, `#2`, and so on; dimensions of ellipses `...0` for the
/// last one, `...1` for the one before it. Sizes that are unknown show as `?`.
void explain(llvm::raw_ostream &os, const Equation &equation,
             const Contraction &contraction, const Plan &plan);

} // namespace mml::einsum

#endif // MML_EINSUM_EXPLAIN_H
