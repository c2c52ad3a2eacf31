//===- CoreBuilder.h - Builds the parts of layers ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_COREBUILDER_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_COREBUILDER_H

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/IR/Builders.h"

namespace mlir::mml {

/// A scale and what it does; null where there is none.
struct DirectedScale {
  Value value;
  ScaleDirectionAttr direction;
};

/// Quantized numbers with their scales.
struct Quantized {
  Value values;
  DirectedScale scale;
};

/// Builds core operations on tensors at one location, with destinations of
/// their own.
class CoreBuilder {
public:
  CoreBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  /// `mml.rms_norm`, or `input` without an epsilon.
  Value normalize(Value input, Value gain, Value bias, FloatAttr epsilon);

  /// Integers of `input`; a scale is shared along `axes`, or along the last
  /// axis where none are given.
  Quantized quantize(Value input, QuantizerAttrInterface quantizer,
                     std::optional<ArrayRef<int64_t>> axes = std::nullopt);

  /// Trits of `kernel`.
  Quantized ternarize(Value kernel, QuantizerAttrInterface quantizer);

  /// `sums` in floats; either scale may be null.
  Value rescale(Value sums, DirectedScale row, DirectedScale column);

  /// The sum of `input` and `bias`, which broadcasts; `input` without a bias.
  Value addBias(Value input, Value bias);

  /// An activation of each element or along the last axis; `input` without one.
  Value activate(Value input, std::optional<ActivationAttr> activation);

  /// A tensor of zeros.
  Value createZeros(ArrayRef<OpFoldResult> shape, Type elementType);

private:
  OpBuilder &b;
  Location loc;
};

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_COREBUILDER_H
