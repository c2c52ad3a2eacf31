//===- Quantize.cpp - Quantizers of activations and kernels ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Quantize.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace llvm;
using namespace mml::ternary;

/// Checks the bounds of a magnitude that a scale is the reciprocal of.
static Error verifyBounds(float eps, float maxAbs) {
  const bool ordered = eps > 0.0f && eps <= maxAbs;
  if (!ordered || !std::isfinite(maxAbs))
    return createStringError(
        "expected bounds 0 < eps <= max of a quantizer but got %g and %g",
        double(eps), double(maxAbs));
  return Error::success();
}

Error AbsmaxQuantizer::verify() const {
  if (lo < INT8_MIN || lo > 0 || hi < 1 || hi > INT8_MAX)
    return createStringError("expected a range of a quantizer in [-128, 127] "
                             "around 0 but got [%d, %d]",
                             lo, hi);
  return verifyBounds(eps, maxAbs);
}

Error AbsmeanQuantizer::verify() const { return verifyBounds(eps, maxAbs); }

Error ThresholdQuantizer::verify() const {
  float value = fixed.value_or(factor);
  if (!std::isfinite(value) || value < 0.0f)
    return createStringError("expected a finite %s of a quantizer that is not "
                             "negative but got %g",
                             fixed ? "threshold" : "factor", double(value));
  return Error::success();
}

/// clip(x, lo, hi), where NaN stays.
static float clip(float x, float lo, float hi) {
  return x < lo ? lo : x > hi ? hi : x;
}

/// The integer nearest to x in lo .. hi, ties to even; 0 for NaN. The clip
/// comes first: the conversion of what does not fit is undefined.
static int roundAndClip(float x, int lo, int hi) {
  if (std::isnan(x))
    return 0;
  return int(clip(std::nearbyint(x), float(lo), float(hi)));
}

float mml::ternary::quantizeRow(const AbsmaxQuantizer &quantizer,
                                ArrayRef<float> row,
                                MutableArrayRef<int8_t> q) {
  assert(q.size() == row.size() && "size of the quantized row");
  float largest = 0.0f;
  for (float x : row)
    if (std::isnan(x) || std::fabs(x) > largest) {
      largest = std::fabs(x);
      if (std::isnan(x))
        break;
    }
  float scale =
      float(quantizer.hi) / clip(largest, quantizer.eps, quantizer.maxAbs);
  for (size_t i = 0; i < row.size(); ++i)
    q[i] = int8_t(roundAndClip(row[i] * scale, quantizer.lo, quantizer.hi));
  return scale;
}

float mml::ternary::meanAbs(ArrayRef<float> values) {
  if (values.empty())
    return 0.0f;
  double sum = 0.0;
  for (float value : values)
    sum += std::fabs(double(value));
  return float(sum / double(values.size()));
}

TernaryKernel mml::ternary::ternarize(const AbsmeanQuantizer &quantizer,
                                      ArrayRef<float> kernel) {
  float scale = 1.0f / clip(meanAbs(kernel), quantizer.eps, quantizer.maxAbs);
  TernaryKernel result{TritArray(kernel.size()),
                       {scale, ScaleDirection::Divides}};
  for (size_t i = 0; i < kernel.size(); ++i)
    result.trits.set(i, int8_t(roundAndClip(kernel[i] * scale, -1, 1)));
  return result;
}

TernaryKernel mml::ternary::ternarize(const ThresholdQuantizer &quantizer,
                                      ArrayRef<float> kernel) {
  TernaryKernel result{TritArray(kernel.size()), Scale()};
  float threshold;
  if (quantizer.fixed) {
    threshold = *quantizer.fixed;
  } else {
    result.scale.value = meanAbs(kernel);
    threshold = quantizer.factor * result.scale.value;
  }
  for (size_t i = 0; i < kernel.size(); ++i)
    if (std::fabs(kernel[i]) > threshold)
      result.trits.set(i, kernel[i] > 0.0f ? 1 : -1);
  return result;
}
