//===- Evaluate.h - Einsum in plain loops -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_EVALUATE_H
#define MML_EINSUM_EVALUATE_H

#include "mml/Einsum/Plan.h"

#include <vector>

namespace mml::einsum {

/// The result of a contraction of static sizes, row-major, computed step by
/// step of `plan`. `operands` are row-major and have the sizes of the
/// contraction's operands. Integers wrap around at 64 bits, so that the low
/// bits are those of any narrower type.
std::vector<int64_t> evaluate(const Contraction &contraction, const Plan &plan,
                              llvm::ArrayRef<llvm::ArrayRef<int64_t>> operands);
std::vector<double> evaluate(const Contraction &contraction, const Plan &plan,
                             llvm::ArrayRef<llvm::ArrayRef<double>> operands);

} // namespace mml::einsum

#endif // MML_EINSUM_EVALUATE_H
