//===- KerasLayers.h - The layers that Keras files have ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_KERASLAYERS_H
#define MML_LIB_IMPORT_KERASLAYERS_H

#include "LayerReader.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <limits>
#include <optional>

namespace mml::import {

/// What becomes of Keras' masks (of an Embedding with `mask_zero`) in a layer.
/// The compiler has no masks; it refuses a model where one changes a number.
enum class MaskUse {
  /// Ignored for the numbers, and handed on.
  Passes,
  /// Ignored for the numbers, and dropped.
  Drops,
  /// Changes the numbers.
  Consumes,
};

/// A class of layers.
struct LayerClass {
  llvm::StringLiteral name;
  /// Reads the layer's options and variables; faults are the reader's.
  LayerOp (*read)(LayerReader &reader);
  /// Number of tensors that a call takes.
  unsigned minInputs = 1;
  unsigned maxInputs = 1;
  /// Takes integers as well as floats.
  bool takesIntegers = false;
  /// All calls have inputs of the rank of the first.
  bool fixesRank = false;
  MaskUse maskUse = MaskUse::Passes;
  /// Can have Keras' packed trits as its kernel.
  bool takesTernary = false;
};

inline constexpr unsigned kManyInputs = std::numeric_limits<unsigned>::max();

/// The table of all classes except models and `InputLayer`, by name.
llvm::ArrayRef<LayerClass> getLayerClasses();

/// The class `name`, or null.
const LayerClass *findLayerClass(llvm::StringRef name);

/// Reads the options of an activation layer; none if the class is not one that
/// can stand for an activation function.
std::optional<ActivationLayer> readActivationOptions(llvm::StringRef className,
                                                     LayerReader &reader);

/// Marks the options that every layer has and that mean nothing at inference.
void ignoreTrainingOptions(LayerReader &reader,
                           const llvm::json::Object &config);

/// Whether `options` ask for an `Embedding` to mark index 0 as padding.
bool producesMask(llvm::StringRef className, const llvm::json::Object &options);

} // namespace mml::import

#endif // MML_LIB_IMPORT_KERASLAYERS_H
