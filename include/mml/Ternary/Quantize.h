//===- Quantize.h - Quantizers of activations and kernels -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The parameters of the quantizers and their reference in f32. Rounding is
/// half to even. A sum that a mean needs is accumulated in double precision
/// and rounded to f32 once, so that the result is the f32 nearest to the exact
/// mean of the f32 magnitudes, whatever order another implementation takes.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_QUANTIZE_H
#define MML_TERNARY_QUANTIZE_H

#include "mml/Ternary/Trit.h"

#include <optional>

namespace mml::ternary {

/// How a scale s makes a value of an integer t: t * s or t / s.
enum class ScaleDirection { Multiplies, Divides };

/// A scale is nothing without its direction.
struct Scale {
  float value = 1.0f;
  ScaleDirection direction = ScaleDirection::Multiplies;
};

/// Integers per token: s = hi / clip(max|x|, eps, maxAbs) over the row,
/// q = clip(round(x * s), lo, hi); the row is represented by q / s.
struct AbsmaxQuantizer {
  int32_t lo = -128;
  int32_t hi = 127;
  float eps = 1e-5f;
  float maxAbs = 1e9f;

  /// Checks that -128 <= lo <= 0 < hi <= 127 and 0 < eps <= maxAbs, finite.
  llvm::Error verify() const;
};

/// Trits of a whole kernel: s = 1 / clip(mean|W|, eps, maxAbs),
/// t = clip(round(W * s), -1, 1); W is represented by t / s.
struct AbsmeanQuantizer {
  float eps = 1e-5f;
  float maxAbs = 1e9f;

  /// Checks that 0 < eps <= maxAbs, finite.
  llvm::Error verify() const;
};

/// Trits of a whole kernel: t = sign(W) where |W| > T, else 0. Without a fixed
/// threshold T = factor * mean|W|, and W is represented by t * mean|W|; with
/// one, W is represented by t * 1.
struct ThresholdQuantizer {
  float factor = 0.5f;
  std::optional<float> fixed;

  /// Checks that the factor, or the fixed threshold, is finite and not
  /// negative.
  llvm::Error verify() const;
};

/// Quantizes one token. `q` has the size of `row`. Returns the scale, which
/// divides. A row with a NaN has the scale NaN and zeros for integers, so that
/// all that is computed from it is NaN, as in the reference; infinities come
/// out as the ends of the range.
float quantizeRow(const AbsmaxQuantizer &quantizer, llvm::ArrayRef<float> row,
                  llvm::MutableArrayRef<int8_t> q);

/// A kernel as trits and a scale.
struct TernaryKernel {
  TritArray trits;
  Scale scale;
};

/// Makes a kernel ternary. An element that is NaN gives the trit 0, and a
/// scale that is NaN unless the threshold is fixed. An empty kernel has the
/// scale of a kernel of zeros.
TernaryKernel ternarize(const AbsmeanQuantizer &quantizer,
                        llvm::ArrayRef<float> kernel);
TernaryKernel ternarize(const ThresholdQuantizer &quantizer,
                        llvm::ArrayRef<float> kernel);

/// The mean of the magnitudes, rounded once; 0 for an empty array.
float meanAbs(llvm::ArrayRef<float> values);

} // namespace mml::ternary

#endif // MML_TERNARY_QUANTIZE_H
