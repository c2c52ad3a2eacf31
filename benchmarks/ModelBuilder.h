//===- ModelBuilder.h - The IR of what is measured --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_MODELBUILDER_H
#define MML_BENCHMARKS_MODELBUILDER_H

#include "Models.h"

#include "mml/Ternary/Quantize.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mml::bench {

/// What a layer has beside its kernel, the same in every layer of a shape.
struct LayerNumbers {
  explicit LayerNumbers(Shape shape);

  static constexpr float epsilon = 1e-14f;
  ternary::Scale scale{0.02f, ternary::ScaleDirection::Divides};
  /// `depth` and `outputs` elements.
  std::vector<float> gain, bias;
};

/// A function of one tensor of activations for each layer, as layers that share
/// one would share what they make of it, too. Returns each layer's result. All
/// dialects are loaded in `context`.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(mlir::MLIRContext &context,
                                              const Variant &variant);

} // namespace mml::bench

#endif // MML_BENCHMARKS_MODELBUILDER_H
