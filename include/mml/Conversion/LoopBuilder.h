//===- LoopBuilder.h - Indices, loops and branches --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_LOOPBUILDER_H
#define MML_CONVERSION_LOOPBUILDER_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::mml {

/// Builds what kernels for any machine consist of: index arithmetic, loops and
/// branches.
class LoopBuilder {
public:
  LoopBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value toValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, loc, size);
  }
  /// An operand of `apply`, by its position.
  AffineExpr d(unsigned position) { return b.getAffineDimExpr(position); }
  Value apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return toValue(
        affine::makeComposedFoldedAffineApply(b, loc, expr, operands));
  }

  /// A loop from `first` to before `last`, with values that go from one
  /// iteration to the next.
  SmallVector<Value>
  loop(OpFoldResult first, OpFoldResult last, int64_t step, ValueRange init,
       llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto op = scf::ForOp::create(
        b, loc, toValue(first), toValue(last), index(step), init,
        [&](OpBuilder &, Location, Value i, ValueRange args) {
          scf::YieldOp::create(b, loc, body(i, args));
        });
    return SmallVector<Value>(op.getResults());
  }
  void loop(OpFoldResult first, OpFoldResult last, int64_t step,
            llvm::function_ref<void(Value)> body) {
    loop(first, last, step, ValueRange(), [&](Value i, ValueRange) {
      body(i);
      return SmallVector<Value>();
    });
  }
  /// Runs `then` where `condition` holds, `otherwise` elsewhere.
  void branch(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise) {
    scf::IfOp::create(
        b, loc, condition,
        [&](OpBuilder &, Location) {
          then();
          scf::YieldOp::create(b, loc);
        },
        [&](OpBuilder &, Location) {
          otherwise();
          scf::YieldOp::create(b, loc);
        });
  }

  OpBuilder &b;
  Location loc;
};

} // namespace mlir::mml

#endif // MML_CONVERSION_LOOPBUILDER_H
