//===- F32Builder.h - Operations on f32 and its bits ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A builder of arith operations on f32 or vectors of it, of one type, and on
/// the i32 (or vectors of it) of the same shape.
///
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_LOWERMATH_F32BUILDER_H
#define MML_LIB_CONVERSION_LOWERMATH_F32BUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::mml {

class F32Builder {
public:
  /// `type` is f32 or a vector of f32.
  F32Builder(OpBuilder &builder, Location loc, Type type)
      : builder(builder), loc(loc), floatType(type),
        intType(withElementType(type, builder.getI32Type())) {}

  /// The float nearest to `c`.
  Value constant(double c) {
    return constant(floatType, builder.getF32FloatAttr(c));
  }
  Value integer(int32_t c) {
    return constant(intType, builder.getI32IntegerAttr(c));
  }

  Value add(Value a, Value b) { return make<arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return make<arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return make<arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return make<arith::DivFOp>(a, b); }
  Value neg(Value x) { return make<arith::NegFOp>(x); }
  Value abs(Value x) { return make<math::AbsFOp>(x); }
  Value copySign(Value magnitude, Value sign) {
    return make<math::CopySignOp>(magnitude, sign);
  }
  /// False if an operand is NaN.
  Value less(Value a, Value b) {
    return make<arith::CmpFOp>(arith::CmpFPredicate::OLT, a, b);
  }
  Value equal(Value a, Value b) {
    return make<arith::CmpFOp>(arith::CmpFPredicate::OEQ, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return make<arith::SelectOp>(condition, a, b);
  }
  /// The smaller of x and `bound`, NaN where x is NaN. One instruction on x86,
  /// unlike arith.minimumf.
  Value atMost(Value x, double bound) {
    Value limit = constant(bound);
    return select(less(limit, x), limit, x);
  }
  /// As atMost, for the larger one.
  Value atLeast(Value x, double bound) {
    Value limit = constant(bound);
    return select(less(x, limit), limit, x);
  }

  Value addInt(Value a, Value b) { return make<arith::AddIOp>(a, b); }
  Value subInt(Value a, Value b) { return make<arith::SubIOp>(a, b); }
  Value andInt(Value a, Value b) { return make<arith::AndIOp>(a, b); }
  Value equalInt(Value a, Value b) {
    return make<arith::CmpIOp>(arith::CmpIPredicate::eq, a, b);
  }
  Value shiftLeft(Value x, int32_t bits) {
    return make<arith::ShLIOp>(x, integer(bits));
  }
  Value shiftRight(Value x, int32_t bits) {
    return make<arith::ShRSIOp>(x, integer(bits));
  }

  Value toBits(Value x) { return make<arith::BitcastOp>(intType, x); }
  Value fromBits(Value x) { return make<arith::BitcastOp>(floatType, x); }
  /// The float of the value of an integer below 2^24.
  Value toFloat(Value x) { return make<arith::SIToFPOp>(floatType, x); }

private:
  static Type withElementType(Type type, Type element) {
    if (auto vector = dyn_cast<VectorType>(type))
      return vector.cloneWith(std::nullopt, element);
    return element;
  }
  Value constant(Type type, TypedAttr scalar) {
    if (auto vector = dyn_cast<VectorType>(type))
      return make<arith::ConstantOp>(DenseElementsAttr::get(vector, scalar));
    return make<arith::ConstantOp>(scalar);
  }
  template <typename OpTy, typename... Args> Value make(Args &&...args) {
    return OpTy::create(builder, loc, std::forward<Args>(args)...);
  }

  OpBuilder &builder;
  Location loc;
  Type floatType, intType;
};

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_LOWERMATH_F32BUILDER_H
