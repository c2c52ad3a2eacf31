//===- F32Functions.h - Elementary functions of f32 -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elementary functions as arithmetic on f32 without branches, so that vectors
/// stay vectors, and without fused multiply-adds, which not every processor
/// has and which would make results depend on the processor.
///
/// Each is right to the ulps that docs/Numerics.md lists, for every float:
/// denormal operands and results, overflow, infinities and NaN included.
///
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_LOWERMATH_F32FUNCTIONS_H
#define MML_LIB_CONVERSION_LOWERMATH_F32FUNCTIONS_H

#include "F32Builder.h"

namespace mlir::mml {

// `x` is of the type that the builder was made for.
Value buildExp(F32Builder b, Value x);
Value buildExpM1(F32Builder b, Value x);
Value buildLog(F32Builder b, Value x);
Value buildLog1p(F32Builder b, Value x);
Value buildTanh(F32Builder b, Value x);
Value buildErf(F32Builder b, Value x);
Value buildErfc(F32Builder b, Value x);
/// Exact.
Value buildRoundEven(F32Builder b, Value x);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_LOWERMATH_F32FUNCTIONS_H
