//===- Patterns.h - Patterns of the lowering to linalg ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_MMLTOLINALG_PATTERNS_H
#define MML_LIB_CONVERSION_MMLTOLINALG_PATTERNS_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::mml {

/// Constants, quantizers, contractions and rescaling.
void populateCoreToLinalgPatterns(const TypeConverter &converter,
                                  RewritePatternSet &patterns);
/// Norms.
void populateNormToLinalgPatterns(const TypeConverter &converter,
                                  RewritePatternSet &patterns);
/// Activations and gates.
void populateActivationToLinalgPatterns(const TypeConverter &converter,
                                        RewritePatternSet &patterns);
/// What stands between layers.
void populateGlueToLinalgPatterns(const TypeConverter &converter,
                                  RewritePatternSet &patterns);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_MMLTOLINALG_PATTERNS_H
