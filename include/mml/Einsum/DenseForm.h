//===- DenseForm.h - Equations of dense layers ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_DENSEFORM_H
#define MML_EINSUM_DENSEFORM_H

#include "mml/Einsum/Equation.h"

namespace mml::einsum {

/// Where the input of a dense layer has dimensions that its equation leaves
/// out.
enum class EllipsisSide { None, Left, Right };

/// Checks that `equation` is that of a layer: an input and a kernel, in one of
/// the forms `ab,bc->ac`, `...ab,bc->...ac` and `ab...,bc->ac...` of Keras'
/// EinsumDense. In the last the input has two labels or more, of which the
/// first is the batch. Each label of the kernel is one of the input or of the
/// output. The error is an `EquationError` at the place.
llvm::Expected<EllipsisSide> checkDenseForm(const Equation &equation);

} // namespace mml::einsum

#endif // MML_EINSUM_DENSEFORM_H
