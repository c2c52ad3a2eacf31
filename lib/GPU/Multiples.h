//===- Multiples.h - Sizes and places that are even -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_MULTIPLES_H
#define MML_LIB_GPU_MULTIPLES_H

#include "mlir/IR/OpDefinition.h"

namespace mlir::mml {

/// Whether `size` is known to be a multiple of `factor`: a number, a variable
/// of a `scf.forall` that has such steps, or what affine maps make of these.
bool isMultiple(OpFoldResult size, int64_t factor);

/// Whether each element of `array` whose last index is a multiple of `count`
/// is known to lie a multiple of `count` elements behind the begin of an
/// allocation. Elements along the last axis have to be neighbours.
bool isMultipleApart(Value array, int64_t count);

} // namespace mlir::mml

#endif // MML_LIB_GPU_MULTIPLES_H
