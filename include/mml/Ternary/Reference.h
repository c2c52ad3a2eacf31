//===- Reference.h - Layers as plain loops ----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the compiled code must answer, computed by loops that follow the
/// formulas and nothing else. All arrays are in row-major order. Floats are
/// f32; sums of floats are accumulated in double precision and rounded once.
/// Sizes that disagree are errors.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_REFERENCE_H
#define MML_TERNARY_REFERENCE_H

#include "mml/Ternary/Activation.h"
#include "mml/Ternary/Quantize.h"

namespace mml::ternary {

/// The parameters of a root mean square normalization. An empty gain is 1, an
/// empty bias 0; else their shape is that of some trailing axes of the input,
/// the first axis (the batch) excluded and the last included.
struct RMSNorm {
  llvm::ArrayRef<float> gain;
  llvm::ArrayRef<float> bias;
  /// The least sum of squares.
  float eps = 1e-14f;
};

/// x * rsqrt(max(sum(x^2), eps)) * sqrt(D) * gain + bias over the last axis of
/// `shape`, which has the size D and is at least the second. `out` may be `x`.
llvm::Error rmsNorm(const RMSNorm &norm, llvm::ArrayRef<float> x,
                    llvm::ArrayRef<int64_t> shape,
                    llvm::MutableArrayRef<float> out);

/// The integer product: x [n, k] times trits [k, m] gives out [n, m], exactly.
/// A sum that does not fit 32 bits is an error.
llvm::Error contract(llvm::ArrayRef<int8_t> x, TritView trits, int64_t n,
                     int64_t k, int64_t m, llvm::MutableArrayRef<int32_t> out);

/// The float product: x [n, k] times trits [k, m], with the trits as the
/// floats -1, 0 and +1 (so that infinity times the trit 0 is NaN), gives out
/// [n, m].
llvm::Error contractFloat(llvm::ArrayRef<float> x, TritView trits, int64_t n,
                          int64_t k, int64_t m,
                          llvm::MutableArrayRef<float> out);

/// The float that the sum `acc` stands for, where `inputScale` divides:
/// acc / (inputScale * kernelScale) if the kernel's scale divides, and
/// acc / inputScale * kernelScale if it multiplies.
float rescale(int32_t acc, float inputScale, Scale kernelScale);

/// A layer's kernel of the shape [k, m], and what follows the product.
struct DenseLayer {
  TritView kernel;
  int64_t k = 0;
  int64_t m = 0;
  Scale kernelScale;
  /// Empty or of m elements.
  llvm::ArrayRef<float> bias;
  Activation activation = Activation::Linear;
  /// One value for each parameter of the activation.
  llvm::ArrayRef<double> activationParams;
};

/// DenseMML: normalizes x (if there is a `norm`), quantizes each token to
/// integers, contracts them with the kernel, rescales, adds the bias and
/// applies the activation. `shape` is x's, with k as its last size. The
/// result has the same shape but for its last axis.
llvm::Expected<std::vector<float>> denseMML(const DenseLayer &layer,
                                            const std::optional<RMSNorm> &norm,
                                            const AbsmaxQuantizer &quantizer,
                                            llvm::ArrayRef<float> x,
                                            llvm::ArrayRef<int64_t> shape);

/// Keras' TernaryDense: act((x . t) scaled + bias), on float activations.
llvm::Expected<std::vector<float>> ternaryDense(const DenseLayer &layer,
                                                llvm::ArrayRef<float> x,
                                                llvm::ArrayRef<int64_t> shape);

} // namespace mml::ternary

#endif // MML_TERNARY_REFERENCE_H
