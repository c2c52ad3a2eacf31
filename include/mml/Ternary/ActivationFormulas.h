//===- ActivationFormulas.h - Elementwise activations -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The formula of each elementwise activation, once, over a builder: with
/// ScalarOps it computes, with a builder of operations it becomes IR.
///
/// A builder B has the types `Value` (a float) and `Bool`, and the functions
///
///   constant(double)                 the nearest float of the value's type
///   add sub mul div (a, b)   neg abs sqrt (x)
///   exp expm1 log1p tanh erfc (x)
///   min max (a, b)      NaN if an operand is NaN; -0 is less than +0
///   lt le gt ge (a, b)  ordered comparisons: false if an operand is NaN
///   select(Bool, a, b)
///
/// of IEEE semantics. None of them may be replaced by one that assumes finite
/// operands; the formulas lean on exp(-inf) = 0 and the like to be right for
/// every input. Each is the one of Keras' JAX backend (or equal to it), so
/// that infinities and NaN come out in the same places: silu(-inf) is NaN,
/// and hard_shrink(NaN) is 0.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_ACTIVATIONFORMULAS_H
#define MML_TERNARY_ACTIVATIONFORMULAS_H

#include "mml/Ternary/Activation.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <limits>

namespace mml::ternary {

/// The pieces that several formulas share.
template <class B> class ActivationFormulas {
public:
  using Value = typename B::Value;

  explicit ActivationFormulas(B &b) : b(b) {}

  /// max(x, 0)
  Value relu(Value x) { return b.max(x, b.constant(0.0)); }

  /// min(max(x, 0), 6)
  Value relu6(Value x) { return b.min(relu(x), b.constant(6.0)); }

  /// 1 / (1 + exp(-x)); where exp overflows, the quotient is 0 as it should.
  Value sigmoid(Value x) {
    Value one = b.constant(1.0);
    return b.div(one, b.add(one, b.exp(b.neg(x))));
  }

  /// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which cannot overflow.
  Value softplus(Value x) { return b.add(relu(x), log1pExpNegAbs(x)); }

  /// log(sigmoid(x)) = -softplus(-x)
  Value logSigmoid(Value x) {
    return b.sub(b.min(x, b.constant(0.0)), log1pExpNegAbs(x));
  }

  /// relu6(x + 3) / 6
  Value hardSigmoid(Value x) {
    return b.div(relu6(b.add(x, b.constant(3.0))), b.constant(6.0));
  }

  /// x where x > 0, else alpha * expm1(x)
  Value elu(Value x, double alpha) {
    Value negative = b.mul(b.constant(alpha), b.expm1(x));
    return b.select(b.gt(x, b.constant(0.0)), x, negative);
  }

  /// max(x, 0) + alpha * expm1(min(x, 0) / alpha)
  Value celu(Value x, double alpha) {
    Value a = b.constant(alpha);
    Value scaled = b.div(b.min(x, b.constant(0.0)), a);
    return b.add(relu(x), b.mul(a, b.expm1(scaled)));
  }

  /// x where x >= 0, else slope * x
  Value leakyRelu(Value x, double slope) {
    return b.select(b.ge(x, b.constant(0.0)), x, b.mul(b.constant(slope), x));
  }

  /// Keras' relu with all of its parameters. A threshold other than 0 selects
  /// x > threshold, else 0 (NaN gives 0); the limit is applied next, and last
  /// slope * max(threshold - x, 0) is subtracted.
  Value relu(Value x, double slope, double maxValue, double threshold) {
    bool limited = maxValue != std::numeric_limits<double>::infinity();
    if (slope != 0.0 && threshold == 0.0 && !limited)
      return leakyRelu(x, slope);
    Value y = threshold == 0.0 ? relu(x) : keepAbove(x, threshold, 0.0);
    if (limited)
      y = b.min(relu(y), b.constant(maxValue));
    if (slope == 0.0)
      return y;
    Value below = relu(b.sub(b.constant(threshold), x));
    return b.sub(y, b.mul(b.constant(slope), below));
  }

  /// x where x > threshold, else `otherwise`
  Value keepAbove(Value x, double threshold, double otherwise) {
    return b.select(b.gt(x, b.constant(threshold)), x, b.constant(otherwise));
  }

  /// x * erfc(-x / sqrt(2)) / 2; erfc keeps the digits that 1 + erf loses for
  /// negative x.
  Value gelu(Value x) {
    Value tail = b.erfc(b.mul(b.constant(-0.70710678118654752440), x));
    return b.mul(b.mul(b.constant(0.5), x), tail);
  }

  /// x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
  Value geluTanh(Value x) {
    Value cube = b.mul(x, b.mul(x, x));
    Value inner = b.add(x, b.mul(b.constant(0.044715), cube));
    Value t = b.tanh(b.mul(b.constant(0.79788456080286535588), inner));
    Value cdf = b.mul(b.constant(0.5), b.add(b.constant(1.0), t));
    return b.mul(x, cdf);
  }

  /// 1 where x > 1, -1 where x < -1, else x
  Value hardTanh(Value x) {
    Value one = b.constant(1.0), minusOne = b.constant(-1.0);
    return b.select(b.gt(x, one), one,
                    b.select(b.lt(x, minusOne), minusOne, x));
  }

  /// x where |x| > threshold, else 0
  Value hardShrink(Value x, double threshold) {
    return b.select(b.gt(b.abs(x), b.constant(threshold)), x, b.constant(0.0));
  }

  /// x - threshold where x > threshold, x + threshold where x < -threshold,
  /// else 0
  Value softShrink(Value x, double threshold) {
    Value t = b.constant(threshold), minusT = b.constant(-threshold);
    Value negative = b.select(b.lt(x, minusT), b.add(x, t), b.constant(0.0));
    return b.select(b.gt(x, t), b.sub(x, t), negative);
  }

  /// 0 where x <= -1, x where x >= 1, else (x + 1)^2 / 4
  Value sparsePlus(Value x) {
    Value shifted = b.add(x, b.constant(1.0));
    Value middle = b.mul(b.mul(shifted, shifted), b.constant(0.25));
    return b.select(b.le(x, b.constant(-1.0)), b.constant(0.0),
                    b.select(b.ge(x, b.constant(1.0)), x, middle));
  }

  /// min(max(x + 1, 0), 2) / 2
  Value sparseSigmoid(Value x) {
    Value shifted = relu(b.add(x, b.constant(1.0)));
    return b.mul(b.constant(0.5), b.min(shifted, b.constant(2.0)));
  }

  /// (x + sqrt(x^2 + c)) / 2; as in Keras, x^2 overflows from 1.8e19 on.
  Value squareplus(Value x, double c) {
    Value root = b.sqrt(b.add(b.mul(x, x), b.constant(c)));
    return b.mul(b.add(x, root), b.constant(0.5));
  }

  /// x / (|x| + 1)
  Value softsign(Value x) { return b.div(x, b.add(b.abs(x), b.constant(1.0))); }

private:
  /// log1p(exp(-|x|))
  Value log1pExpNegAbs(Value x) { return b.log1p(b.exp(b.neg(b.abs(x)))); }

  B &b;
};

/// The elementwise activation `kind` of `x`. `params` pass verifyParams.
template <class B>
typename B::Value buildActivation(B &b, Activation kind,
                                  llvm::ArrayRef<double> params,
                                  typename B::Value x) {
  ActivationFormulas<B> f(b);
  switch (kind) {
  case Activation::Celu:
    return f.celu(x, params[0]);
  case Activation::Elu:
    return f.elu(x, params[0]);
  case Activation::Exponential:
    return b.exp(x);
  case Activation::Gelu:
    return f.gelu(x);
  case Activation::GeluTanh:
    return f.geluTanh(x);
  case Activation::HardShrink:
    return f.hardShrink(x, params[0]);
  case Activation::HardSigmoid:
    return f.hardSigmoid(x);
  case Activation::HardSilu:
    return b.mul(x, f.hardSigmoid(x));
  case Activation::HardTanh:
    return f.hardTanh(x);
  case Activation::LeakyRelu:
    return f.leakyRelu(x, params[0]);
  case Activation::Linear:
    return x;
  case Activation::LogSigmoid:
    return f.logSigmoid(x);
  case Activation::Mish:
    return b.mul(x, b.tanh(f.softplus(x)));
  case Activation::Relu:
    return f.relu(x, params[0], params[1], params[2]);
  case Activation::Relu2: {
    typename B::Value positive = f.relu(x);
    return b.mul(positive, positive);
  }
  case Activation::Relu6:
    return f.relu6(x);
  case Activation::Selu:
    return b.mul(b.constant(1.0507009873554804934193349852946),
                 f.elu(x, 1.6732632423543772848170429916717));
  case Activation::Sigmoid:
    return f.sigmoid(x);
  case Activation::Silu:
    return b.mul(x, f.sigmoid(x));
  case Activation::SoftShrink:
    return f.softShrink(x, params[0]);
  case Activation::Softplus:
    return f.softplus(x);
  case Activation::Softsign:
    return f.softsign(x);
  case Activation::SparsePlus:
    return f.sparsePlus(x);
  case Activation::SparseSigmoid:
    return f.sparseSigmoid(x);
  case Activation::Squareplus:
    return f.squareplus(x, params[0]);
  case Activation::Tanh:
    return b.tanh(x);
  case Activation::TanhShrink:
    return b.sub(x, b.tanh(x));
  case Activation::Threshold:
    return f.keepAbove(x, params[0], params[1]);
  case Activation::Glu:
  case Activation::LogSoftmax:
  case Activation::Softmax:
  case Activation::Sparsemax:
    break;
  }
  llvm_unreachable("an activation of whole rows has no elementwise formula");
}

/// The builder that computes in f32.
struct ScalarOps {
  using Value = float;
  using Bool = bool;

  float constant(double c) { return float(c); }
  float add(float a, float b) { return a + b; }
  float sub(float a, float b) { return a - b; }
  float mul(float a, float b) { return a * b; }
  float div(float a, float b) { return a / b; }
  float neg(float x) { return -x; }
  float abs(float x) { return std::fabs(x); }
  float sqrt(float x) { return std::sqrt(x); }
  float exp(float x) { return std::exp(x); }
  float expm1(float x) { return std::expm1(x); }
  float log1p(float x) { return std::log1p(x); }
  float tanh(float x) { return std::tanh(x); }
  float erfc(float x) { return std::erfc(x); }
  float max(float a, float b) {
    if (std::isnan(a) || std::isnan(b))
      return a + b;
    if (a == b)
      return std::signbit(a) ? b : a;
    return a > b ? a : b;
  }
  float min(float a, float b) { return -max(-a, -b); }
  bool lt(float a, float b) { return a < b; }
  bool le(float a, float b) { return a <= b; }
  bool gt(float a, float b) { return a > b; }
  bool ge(float a, float b) { return a >= b; }
  float select(bool condition, float a, float b) { return condition ? a : b; }
};

} // namespace mml::ternary

#endif // MML_TERNARY_ACTIVATIONFORMULAS_H
