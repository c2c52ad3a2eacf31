//===- MemRefBuilder.h - Loops of vectors on memrefs ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H

#include "mml/Conversion/LoopBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::mml {

/// Builds what kernels of the CPU consist of, vectors that are read from memory
/// and written to it among them.
class MemRefBuilder : public LoopBuilder {
public:
  using LoopBuilder::LoopBuilder;

  //===--------------------------------------------------------------------===//
  // Indices
  //===--------------------------------------------------------------------===//

  Value apply(AffineExpr expr, ValueRange operands) {
    return LoopBuilder::apply(
        expr, SmallVector<OpFoldResult>(operands.begin(), operands.end()));
  }
  Value add(Value value, int64_t constant) {
    return constant == 0 ? value : apply(d(0) + constant, value);
  }
  Value min(AffineExpr first, AffineExpr second, ValueRange operands) {
    SmallVector<OpFoldResult> mixed(operands.begin(), operands.end());
    auto map =
        AffineMap::get(operands.size(), 0, {first, second}, b.getContext());
    return toValue(affine::makeComposedFoldedAffineMin(b, loc, map, mixed));
  }
  /// The size of `memref` along `axis`.
  Value size(Value memref, int64_t axis) {
    return toValue(memref::getMixedSize(b, loc, memref, axis));
  }

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  using LoopBuilder::loop;
  void loop(int64_t first, int64_t last, int64_t step,
            llvm::function_ref<void(Value)> body) {
    loop(index(first), index(last), step, body);
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
  /// Four bytes that lie in `memref`, in every lane of 32 bits of a vector of
  /// `lanes` bytes.
  Value broadcastQuad(int64_t lanes, Value memref, ValueRange indices) {
    Value four = load(vector(4, 8), memref, indices);
    Value word = vector::ExtractOp::create(b, loc, bitcast(four, vector(1, 32)),
                                           ArrayRef<int64_t>{0});
    return bitcast(broadcast(word, vector(lanes / 4, 32)), vector(lanes, 8));
  }
  /// A vector of `lanes` bytes of which the first `count` lie in `memref` and
  /// the others are zeros, read by instructions for powers of two.
  Value loadBytes(int64_t lanes, int64_t count, Value memref,
                  ArrayRef<Value> indices) {
    if (count >= lanes)
      return load(vector(lanes, 8), memref, indices);
    Value bytes = zeros(vector(lanes, 8));
    int64_t offset = 0;
    for (int64_t width = lanes / 2; width > 0; width /= 2) {
      if (count - offset < width)
        continue;
      SmallVector<Value> place(indices);
      place.back() = add(place.back(), offset);
      Value part = load(vector(width, 8), memref, place);
      bytes = vector::InsertStridedSliceOp::create(
          b, loc, part, bytes, ArrayRef<int64_t>{offset}, ArrayRef<int64_t>{1});
      offset += width;
    }
    return bytes;
  }
  void store(Value value, Value memref, ValueRange indices) {
    vector::StoreOp::create(b, loc, value, memref, indices);
  }
};

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_MEMREFBUILDER_H
