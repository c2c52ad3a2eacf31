//===- MemRefBuilder.h - Loops of vectors on memrefs ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::mml {

/// Builds what kernels consist of: index arithmetic, loops, and vectors that
/// are read from memory and written to it.
class MemRefBuilder {
public:
  MemRefBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  //===--------------------------------------------------------------------===//
  // Indices
  //===--------------------------------------------------------------------===//

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  AffineExpr d(unsigned position) { return b.getAffineDimExpr(position); }
  Value apply(AffineExpr expr, ValueRange operands) {
    SmallVector<OpFoldResult> mixed(operands.begin(), operands.end());
    return getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineApply(b, loc, expr, mixed));
  }
  Value add(Value value, int64_t constant) {
    return constant == 0 ? value : apply(d(0) + constant, value);
  }
  Value min(AffineExpr first, AffineExpr second, ValueRange operands) {
    SmallVector<OpFoldResult> mixed(operands.begin(), operands.end());
    auto map =
        AffineMap::get(operands.size(), 0, {first, second}, b.getContext());
    return getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineMin(b, loc, map, mixed));
  }
  /// The size of `memref` along `axis`.
  Value size(Value memref, int64_t axis) {
    return getValueOrCreateConstantIndexOp(
        b, loc, memref::getMixedSize(b, loc, memref, axis));
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  using Body = llvm::function_ref<void(Value)>;
  using CarryingBody =
      llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;

  /// A loop from `first` to before `last`.
  void loop(Value first, Value last, int64_t step, Body body) {
    scf::ForOp::create(b, loc, first, last, index(step), ValueRange(),
                       [&](OpBuilder &, Location, Value i, ValueRange) {
                         body(i);
                         scf::YieldOp::create(b, loc);
                       });
  }
  void loop(int64_t first, int64_t last, int64_t step, Body body) {
    loop(index(first), index(last), step, body);
  }
  /// The same with values that go from one iteration to the next.
  SmallVector<Value> loop(Value first, Value last, int64_t step,
                          ValueRange init, CarryingBody body) {
    auto op = scf::ForOp::create(
        b, loc, first, last, index(step), init,
        [&](OpBuilder &, Location, Value i, ValueRange args) {
          scf::YieldOp::create(b, loc, body(i, args));
        });
    return SmallVector<Value>(op.getResults());
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

  //===--------------------------------------------------------------------===//
  // Vectors
  //===--------------------------------------------------------------------===//

  VectorType vector(int64_t lanes, unsigned bits) {
    return VectorType::get(lanes, b.getIntegerType(bits));
  }
  Value splat(VectorType type, int64_t value) {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(type,
                               b.getIntegerAttr(type.getElementType(), value)));
  }
  Value zeros(VectorType type) { return splat(type, 0); }
  Value bitcast(Value value, VectorType type) {
    if (value.getType() == type)
      return value;
    return vector::BitCastOp::create(b, loc, type, value);
  }
  Value broadcast(Value scalar, VectorType type) {
    return vector::BroadcastOp::create(b, loc, type, scalar);
  }
  /// A vector that lies in `memref`.
  Value load(VectorType type, Value memref, ValueRange indices) {
    return vector::LoadOp::create(b, loc, type, memref, indices);
  }
  void store(Value value, Value memref, ValueRange indices) {
    vector::StoreOp::create(b, loc, value, memref, indices);
  }

  OpBuilder &b;
  Location loc;
};

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H
