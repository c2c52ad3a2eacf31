//===- LayerReader.h - Options and variables of one layer -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_LAYERREADER_H
#define MML_LIB_IMPORT_LAYERREADER_H

#include "mml/Import/Hdf5File.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <optional>

namespace mml::import {

/// How a layer computes, as far as this project knows it.
enum class DTypePolicy {
  Float32,
  /// Keras' packed trits with float activations.
  Ternary,
};

/// Reads the options (`config`) and variables of one layer.
///
/// The first fault is kept and everything after it returns some value, so that
/// the code that reads a layer is a list of what the layer has; `finish` tells
/// the fault. It also finds options and variables that nobody asked for:
/// nothing in a file is ignored unless it is known to mean nothing at
/// inference.
class LayerReader {
public:
  /// `group` is the path of the layer's group in `weights`. `inputs`, at least
  /// one, are those of the layer's first call.
  LayerReader(const llvm::json::Object &config, llvm::StringRef group,
              Hdf5File &weights, llvm::ArrayRef<TensorType> inputs)
      : config(config), group(group), weights(weights), inputs(inputs) {}

  const Shape &inputShape() const { return inputs.front().shape; }
  int64_t inputRank() const {
    return static_cast<int64_t>(inputShape().size());
  }

  /// The last dimension of the first input; a fault if it is not known or the
  /// rank is below 2.
  int64_t inputDepth();

  void fail(const llvm::Twine &message);
  bool failed() const { return !fault.empty(); }

  /// The first fault. Call it once, after the last read.
  llvm::Error finish();

  //===--- Options --------------------------------------------------------===//

  /// An option that means nothing at inference.
  void ignore(llvm::StringRef key) { known.insert(key); }

  /// The option as it is, or null if it is absent or null.
  const llvm::json::Value *get(llvm::StringRef key);

  /// A fault unless the option is absent, null, false, zero or empty: one that
  /// would change the numbers.
  void refuse(llvm::StringRef key);

  bool getBool(llvm::StringRef key, bool absent);
  /// An integer of at least 1 and at most `kMaxElements`.
  int64_t getPositive(llvm::StringRef key);
  /// A finite number. Absent or null: `absent`, or a fault if that is none.
  double getNumber(llvm::StringRef key, std::optional<double> absent);
  /// Integers in a list, or one integer alone; null in a list is `kDynamic`.
  llvm::SmallVector<int64_t, 4> getInts(llvm::StringRef key);
  llvm::StringRef getString(llvm::StringRef key);
  /// `data_format`: whether the channels come first.
  bool getChannelsFirst();
  /// A number, or a list of numbers as long as the input is deep (or 1).
  FloatTensor getNumbers(llvm::StringRef key, std::optional<double> absent);
  ActivationSpec getActivation(llvm::StringRef key);
  DTypePolicy getPolicy();

  /// `axis` counted from 0, checked to be an axis of the first input and not
  /// the batch.
  int64_t normalizeAxis(int64_t axis);

  //===--- Variables ------------------------------------------------------===//

  /// The float variable at `path` below the layer's group. Its shape must be
  /// `shape`, where `kDynamic` stands for anything.
  FloatTensor takeFloats(llvm::StringRef path, llvm::ArrayRef<int64_t> shape);
  /// The same with any shape.
  FloatTensor takeFloats(llvm::StringRef path);
  /// A scale: a scalar, finite and positive.
  float takeScale(llvm::StringRef path);
  /// A variable of bytes or integers of any shape.
  llvm::SmallVector<int64_t, 4> takeInts(llvm::StringRef path);
  std::vector<uint8_t> takeBytes(llvm::StringRef path, Shape &shape);

  /// A fault from another library, about the variable at `path`.
  void failAt(llvm::StringRef path, const llvm::Twine &message);

private:
  template <typename T>
  std::vector<T> takeValues(llvm::StringRef path, Shape &shape);
  ActivationSpec parseActivation(llvm::StringRef key,
                                 const llvm::json::Value &value);
  ActivationSpec parseActivationLayer(llvm::StringRef key,
                                      const llvm::json::Object &layer);
  std::string variableName(llvm::StringRef path) const;

  const llvm::json::Object &config;
  llvm::StringRef group;
  Hdf5File &weights;
  llvm::ArrayRef<TensorType> inputs;
  std::string fault;
  llvm::StringSet<> known;
  bool hasVariables = false;
};

/// The policy that `value`, a name or an object, stands for; none if it is not
/// one that this project computes.
std::optional<DTypePolicy> parsePolicy(const llvm::json::Value &value);

/// Name of a dtype or of a dtype policy as messages show it.
std::string describePolicy(const llvm::json::Value &value);

} // namespace mml::import

#endif // MML_LIB_IMPORT_LAYERREADER_H
