//===- ContractKernel.h - Loops around a ternary kernel ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_CONTRACTTOVECTOR_CONTRACTKERNEL_H
#define MML_LIB_CONVERSION_CONTRACTTOVECTOR_CONTRACTKERNEL_H

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::mml {

/// Builds the loops of one contraction with packed trits: over its batch, over
/// blocks of outputs, on threads where that pays, and over tiles of tokens.
/// What computes the sums of a tile is a kernel's.
class ContractKernel {
public:
  virtual ~ContractKernel() = default;

  /// The result of the contraction.
  Value build();

protected:
  /// `rows` outputs are a block; `tokenTiles` are the numbers of tokens whose
  /// sums are computed at once, descending, the last one 1.
  ContractKernel(RewriterBase &rewriter, ContractOp op, int64_t rows,
                 ArrayRef<int64_t> tokenTiles);

  /// The tensors that the kernel reads, each with the batch in front if there
  /// is one.
  virtual SmallVector<Value> prepare() = 0;

  /// The sums of a tile: to `init`, a vector of `rows` outputs for each token
  /// from `token` on, the products of block `block` are added. `operands` are
  /// what `prepare` gave, without the batch.
  virtual SmallVector<Value> buildSums(ValueRange operands, Value block,
                                       Value token, ValueRange init) = 0;

  bool isInteger() const { return outType.isInteger(); }

  Value index(int64_t value);
  Value affine(AffineExpr expr, ValueRange operands);
  Value zeros(VectorType type);
  /// A vector of `type` from `source`, all of which lies inside.
  Value read(VectorType type, Value source, ValueRange indices);

  RewriterBase &b;
  ContractOp op;
  Location loc;
  int64_t rows, depth, outputs;
  SmallVector<int64_t> tokenTiles;
  Type outType;

private:
  /// Computes each product of a batch into its place in `result`.
  Value buildBatch(ValueRange operands, Value result);

  /// Computes one product into `result`, of rank 2. Blocks of outputs are on
  /// threads where `isParallel`.
  Value buildMatrix(ValueRange operands, Value result, bool isParallel);

  /// Computes one block of outputs, `width` of them, for all tokens. `slice` is
  /// the block of the destination.
  Value buildBlock(ValueRange operands, Value block, int64_t width,
                   Value slice);

  /// Computes the outputs of a block for `tokens` tokens from `token` on.
  Value buildTile(ValueRange operands, Value block, int64_t width, Value slice,
                  Value token, int64_t tokens);

  bool startsAtZero;
};

/// The add/subtract kernel of a contraction with trits in the tiled layout.
Value buildAddSubKernel(RewriterBase &rewriter, ContractOp op,
                        TiledLayoutAttr layout, int64_t tokenTile);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_CONTRACTTOVECTOR_CONTRACTKERNEL_H
