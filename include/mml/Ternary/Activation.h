//===- Activation.h - The activations -------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One enum and one table (Activations.def) of all activations, and their
/// reference on rows of f32. The formulas of the elementwise ones are in
/// ActivationFormulas.h, written once for this reference and for the IR.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_ACTIVATION_H
#define MML_TERNARY_ACTIVATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>

namespace mml::ternary {

enum class Activation : uint32_t {
#define MML_ACTIVATION(ENUM, NAME, EXTENT) ENUM,
#include "mml/Ternary/Activations.def"
};

/// What one element of the result depends on.
enum class ActivationExtent {
  /// The element at the same place.
  Elementwise,
  /// All elements along the last axis.
  Row,
  /// Elements along the last axis, which the result has half as long.
  HalvedRow,
};

struct ActivationParam {
  llvm::StringLiteral name;
  /// Absent where the parameter must be given.
  std::optional<double> defaultValue;
};

struct ActivationInfo {
  Activation kind;
  llvm::StringLiteral name;
  ActivationExtent extent;
  /// The parameters, in the order in which their values are listed.
  llvm::ArrayRef<ActivationParam> params;
};

/// The rows of the table, in the order of the enum.
llvm::ArrayRef<ActivationInfo> getActivations();
const ActivationInfo &getInfo(Activation kind);
inline llvm::StringRef getName(Activation kind) { return getInfo(kind).name; }

/// The activation of that name or alias.
std::optional<Activation> parseActivation(llvm::StringRef name);

/// Up to three known names that are nearest to the unknown `name` by edit
/// distance, the nearest first, for a diagnostic. Names that have nothing in
/// common with it are left out.
llvm::SmallVector<llvm::StringRef, 3> getNearestNames(llvm::StringRef name);

/// The error for a name that parseActivation does not know, with the nearest
/// known ones.
llvm::Error makeUnknownActivationError(llvm::StringRef name);

/// The values of the parameters where `given` names some and the others have
/// their defaults. It is an error if a name is unknown or a required one is
/// missing, or if the values fail verifyParams.
llvm::Expected<llvm::SmallVector<double, 3>>
resolveParams(Activation kind,
              llvm::ArrayRef<std::pair<llvm::StringRef, double>> given = {});

/// Checks values given in the order of the table: one for each parameter,
/// finite (relu's max_value may be +infinity: no limit), celu's alpha not 0.
llvm::Error verifyParams(Activation kind, llvm::ArrayRef<double> params);

/// The length of the result's last axis for an input's of `length`. An odd
/// length of glu is an error.
llvm::Expected<int64_t> getOutputLength(Activation kind, int64_t length);

/// The reference: the activation of `row`, which is one line along the last
/// axis, in f32. `out` has getOutputLength elements and may be `row` itself;
/// `params` pass verifyParams.
///
/// NaN and infinity give what Keras 3 with the JAX backend gives. So does
/// sparsemax: with z sorted downwards, S_i the sum of the first i values, and
/// the support the i with z_i > (S_i - 1) / i, Keras uses the threshold
/// (sum of S_i over the support - 1) / |support|, where the literature has the
/// last S_i instead of their sum. A model trained with it expects just that.
void applyActivation(Activation kind, llvm::ArrayRef<double> params,
                     llvm::ArrayRef<float> row,
                     llvm::MutableArrayRef<float> out);

} // namespace mml::ternary

#endif // MML_TERNARY_ACTIVATION_H
