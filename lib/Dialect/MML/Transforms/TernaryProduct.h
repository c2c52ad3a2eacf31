//===- TernaryProduct.h - Einsums with ternary constants --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYPRODUCT_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYPRODUCT_H

#include "TernaryConstant.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

namespace mlir::mml {

/// The operand of a contraction that is a ternary constant.
struct TernaryOperand {
  unsigned index;
  TernaryConstant constant;
};

/// Finds the first of `inputs`, the operands of `contraction`, that is a
/// ternary constant, with scales of `type`. Calls `refuse` with a reason for
/// each constant that is none, or that no einsum of trits takes.
FailureOr<TernaryOperand>
findTernaryOperand(const ::mml::einsum::Contraction &contraction,
                   ValueRange inputs, Type type,
                   function_ref<void(const Twine &)> refuse);

/// Why the f32 sums of `contraction`, in the order of its loops, may be rounded
/// otherwise by trits; nothing where each sum is the same to the bit.
std::optional<std::string>
whyRounded(const ::mml::einsum::Contraction &contraction,
           const TernaryOperand &operand, Type type);

/// Builds the einsum of `inputs` with the trits of `operand`, whose input is of
/// no matter, and multiplies its scales. The sums are of `sumType`, an i32 or
/// `resultType`, with the `bound` of `mml.einsum`. `addend`, where it is not
/// null, is added to each sum, after it was converted: it has `resultType` and
/// the kept axes of the other operand, of two. Returns the result, of the
/// contraction's output axes and elements of `resultType`.
Value buildTernaryProduct(OpBuilder &builder, Location loc,
                          const ::mml::einsum::Contraction &contraction,
                          ValueRange inputs, const TernaryOperand &operand,
                          Type sumType, Type resultType, IntegerAttr bound = {},
                          Value addend = {});

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_TERNARYPRODUCT_H
