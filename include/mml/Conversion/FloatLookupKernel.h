//===- FloatLookupKernel.h - Sums of floats from tables ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The lookup kernel of floats: the sums of three activations with every three
/// trits are computed once, in tables of 32 floats, and then looked up by the
/// indices that the word lookup layout consists of
/// (mml/Ternary/WordLookupLayout.h).
///
/// An output is computed as
///
///     s = 0;  s = s + ((t0 * x[k] + t1 * x[k + 1]) + t2 * x[k + 2])
///
/// for k = 0, 3, 6 and so on, with activations and trits of 0 from K on up to a
/// multiple of 18. That is one order for any number of tokens and of outputs. A
/// trit of 0 multiplies, so that infinity and NaN come through.
///
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_FLOATLOOKUPKERNEL_H
#define MML_CONVERSION_FLOATLOOKUPKERNEL_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/IR/Builders.h"

namespace mlir::mml {

/// Computes the products of `activations`, a memref<N x K x f32>, and the
/// outputs of `storage`, a memref<blocks x W x rows x i32> in the word lookup
/// layout or a part of one along its blocks, into `out`, a memref<N x M x f32>:
/// blocks = ceil(M / rows). K, W and rows are static; the other sizes may be
/// dynamic. Neighbouring elements of the last dimension of each operand lie
/// beside each other. `kind` is the instruction to look up with, `vpermi2ps` or
/// `portable`.
void buildFloatLookupSums(OpBuilder &builder, Location loc, Value activations,
                          Value storage, Value out, LookupKind kind);

} // namespace mlir::mml

#endif // MML_CONVERSION_FLOATLOOKUPKERNEL_H
