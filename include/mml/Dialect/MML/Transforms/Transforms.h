//===- Transforms.h - Transformations of the mml dialect --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_TRANSFORMS_H
#define MML_DIALECT_MML_TRANSFORMS_TRANSFORMS_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::mml {

/// Takes a dense layer apart into core operations. `op` is a valid operation;
/// returns the value that replaces it.
Value decomposeDense(RewriterBase &rewriter, DenseOp op);

/// Takes a layer of any equation apart into core operations and einsums. `op`
/// is a valid operation; returns the value that replaces it.
Value decomposeEinsumDense(RewriterBase &rewriter, EinsumDenseOp op);

/// Leads an einsum of one or two operands to linalg and `mml.contract`, one of
/// more to einsums of two. `op` is a valid operation; returns the value that
/// replaces it.
Value lowerEinsum(RewriterBase &rewriter, EinsumOp op);

/// Patterns that lead einsums to linalg and `mml.contract`.
void populateLowerEinsumPatterns(RewritePatternSet &patterns);

/// Patterns that lead contractions of linalg to einsums, and make constants of
/// -s, 0 and s in einsums trits. With `reassociate` also where sums of floats
/// may then be rounded otherwise.
void populateRaiseToEinsumPatterns(RewritePatternSet &patterns,
                                   bool reassociate = false);

/// Patterns that replace products with a ternary constant, of linalg and TOSA,
/// by einsums of trits, and what quantizes their activations. With
/// `reassociate` also where sums of floats may then be rounded otherwise; with
/// `integersOnly` not where activations are floats that are no integers.
void populateRaiseTernaryPatterns(RewritePatternSet &patterns,
                                  bool reassociate = false,
                                  bool integersOnly = false);

/// Patterns that lead from the layer form to the core form.
void populateDecomposeLayersPatterns(RewritePatternSet &patterns);

/// Replaces `op`, whose trits are in the layout of a kernel, by the arrangement
/// of its activations and the product in that layout, and returns the latter.
/// Fails with a `reason`.
FailureOr<ContractPackedOp> packContraction(RewriterBase &rewriter,
                                            ContractOp op, std::string &reason);

/// The tiles of a packed contraction: how many tokens and outputs they have, or
/// 0 where that is chosen.
struct ContractionTiles {
  int64_t tokens = 0, outputs = 0;
  /// Whether they run on threads however small the contraction is.
  bool alwaysParallel = false;
};

/// Whether tiles may have so many tokens, or as many as are chosen for 0.
bool isTokenTile(int64_t tokens);

/// Makes a loop over tiles of `op`, on tensors, and of the elementwise
/// operations behind it, in which they run one after another. Returns the loop,
/// or null where one tile is everything. It is an error, which is reported at
/// `op`, if the outputs are no multiple of the rows of the layout.
FailureOr<Operation *> fuseContraction(RewriterBase &rewriter,
                                       ContractPackedOp op,
                                       const ContractionTiles &tiles);

/// Registers how core operations bufferize.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_TRANSFORMS_H
