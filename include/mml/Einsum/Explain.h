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

/// Prints tables of the labels (size, role, operands) and of the steps of
/// `plan` (equation, shapes, operations, elements).
void explain(llvm::raw_ostream &os, const Equation &equation,
             const Contraction &contraction, const Plan &plan);

} // namespace mml::einsum

#endif // MML_EINSUM_EXPLAIN_H
