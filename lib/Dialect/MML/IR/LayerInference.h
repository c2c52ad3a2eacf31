//===- LayerInference.h - What the layer form infers and checks -*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_LAYERINFERENCE_H
#define MML_LIB_DIALECT_MML_IR_LAYERINFERENCE_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace mlir::mml {

/// Reports the violated constraints of one operation, where there is a location
/// to report them at.
class Checker {
public:
  Checker(std::optional<Location> loc, StringRef opName)
      : loc(loc), opName(opName) {}

  /// Emits `'op' op parts...` and fails.
  template <typename... Parts> LogicalResult fail(Parts &&...parts) const {
    if (loc) {
      InFlightDiagnostic diag = emitError(*loc) << "'" << opName << "' op ";
      (void)(diag << ... << parts);
    }
    return failure();
  }

  /// Checks that an optional vector has `size` elements.
  LogicalResult checkVector(Value vector, StringRef what, int64_t size) const {
    if (!vector)
      return success();
    auto type = cast<RankedTensorType>(vector.getType());
    if (type.getRank() == 1 &&
        (type.isDynamicDim(0) || ShapedType::isDynamic(size) ||
         type.getDimSize(0) == size))
      return success();
    return fail("expected ", what, " of shape [", size, "] but got ", type);
  }

  /// Checks that an optional tensor has the shape of the last axes of `input`,
  /// fewer than all of them.
  LogicalResult checkSuffix(Value tensor, StringRef what,
                            RankedTensorType input) const {
    if (!tensor)
      return success();
    auto type = cast<RankedTensorType>(tensor.getType());
    ArrayRef<int64_t> suffix = input.getShape().take_back(
        std::min<int64_t>(type.getRank(), input.getRank()));
    if (type.getRank() >= 1 && type.getRank() < input.getRank() &&
        succeeded(verifyCompatibleShape(type.getShape(), suffix)))
      return success();
    return fail("expected ", what, " with the shape of the last axes of ",
                input, " but got ", type);
  }

  /// Checks an axis of `input`.
  LogicalResult checkAxis(int64_t axis, RankedTensorType input) const {
    if (axis >= 0 && axis < input.getRank())
      return success();
    return fail("expected an axis from 0 to ", input.getRank() - 1, " of ",
                input, " but got ", axis);
  }

  /// Checks a small positive number that keeps a division finite.
  LogicalResult checkEpsilon(APFloat epsilon, bool zeroAllowed) const {
    if (epsilon.isFinite() && !epsilon.isNegative() &&
        (zeroAllowed || !epsilon.isZero()))
      return success();
    return fail("expected a finite and ",
                zeroAllowed ? "not negative" : "positive", " epsilon but got ",
                epsilon.convertToDouble());
  }

  /// Checks an axis that `glu` halves and gives its half.
  FailureOr<int64_t> checkHalved(RankedTensorType input, int64_t axis) const {
    int64_t size = input.getDimSize(axis);
    if (ShapedType::isDynamic(size) || size % 2)
      return fail("expected an even dimension to split into halves but got ",
                  input);
    return size / 2;
  }

  /// Checks what makes a kernel and the activations before it ternary: a scale
  /// stands with trits, a kernel_quantizer with floats, a quantizer with either
  /// of them.
  LogicalResult checkKernel(Value kernel, Value scale,
                            ScaleDirectionAttr direction,
                            QuantizerAttrInterface quantizer,
                            QuantizerAttrInterface kernelQuantizer) const {
    bool isTrits = isa<TritType>(getElementTypeOrSelf(kernel));
    if (isTrits && kernelQuantizer)
      return fail("expected no kernel_quantizer for a kernel of trits");
    if (!isTrits && scale)
      return fail("expected no scale for a kernel of floats");
    if (static_cast<bool>(scale) != static_cast<bool>(direction))
      return fail("expected a direction with a scale, and only there");
    if (quantizer && !quantizer.getQuantizedType().isInteger(8))
      return fail("expected a quantizer to integers but got ", quantizer);
    if (quantizer && !isTrits && !kernelQuantizer)
      return fail("expected a ternary kernel with a quantizer");
    if (kernelQuantizer && !isa<TritType>(kernelQuantizer.getQuantizedType()))
      return fail("expected a kernel_quantizer to trits but got ",
                  kernelQuantizer);
    return success();
  }

  /// Checks that a sum of `depth` integers of an optional quantizer fits an
  /// i32.
  LogicalResult checkSumFits(QuantizerAttrInterface quantizer,
                             int64_t depth) const {
    if (!quantizer)
      return success();
    auto [low, high] = quantizer.getRange();
    int64_t bound = std::max(-low, high);
    constexpr int64_t kMaxSum = std::numeric_limits<int32_t>::max();
    if (!ShapedType::isDynamic(depth) && depth <= kMaxSum / bound)
      return success();
    return fail("expected a sum of at most ", kMaxSum / bound,
                " products, which fits an i32, but got ", depth);
  }

private:
  std::optional<Location> loc;
  StringRef opName;
};

/// The tensor type of `shape` with the elements of `type`.
RankedTensorType withShape(RankedTensorType type, ArrayRef<int64_t> shape);

/// The type behind `activation`, which may be null, along `axis`.
FailureOr<RankedTensorType> inferActivationType(const Checker &check,
                                                ActivationAttr activation,
                                                RankedTensorType input,
                                                int64_t axis);

/// Gives the size of each result axis: a constant, which the declared or the
/// inferred type has, or the size of the axis of the operand that `source`
/// names.
LogicalResult reify(Operation *op, OpBuilder &builder,
                    ReifiedRankedShapedTypeDims &shapes,
                    function_ref<std::pair<Value, int64_t>(int64_t)> source);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_LAYERINFERENCE_H
