//===- F32Functions.cpp - Elementary functions of f32 ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are reduced as in W. J. Cody and W. Waite, "Software Manual for the
// Elementary Functions" (1980). The polynomials are minimax fits of our own to
// the function and the interval beside them: weighted so that the relative
// error of the function is what is small (2^-29 or less, but 2^-28 for
// erfcScaled), with coefficients rounded to floats one after another, the
// following ones fitted anew each time.
//
//===----------------------------------------------------------------------===//

#include "F32Functions.h"

#include "llvm/ADT/bit.h"

#include <limits>

using namespace mlir;
using namespace mlir::mml;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// ln(2) in two parts. The first has 12 bits, so that its product with an
/// integer of up to 12 bits is exact; both are positive, so that -0 less their
/// products with 0 stays -0.
static constexpr double ln2High = 0x1.62ep-1;
static constexpr double ln2Low = 0.693147180559945309417 - ln2High;

/// The bits of the float nearest to sqrt(1/2).
static constexpr int32_t sqrtHalfBits = 0x3f3504f3;

/// c[0] + c[1] x + c[2] x^2 + ...
static Value polynomial(F32Builder &b, Value x, ArrayRef<float> coefficients) {
  Value sum = b.constant(coefficients.back());
  for (float c : llvm::reverse(coefficients.drop_back()))
    sum = b.add(b.mul(sum, x), b.constant(c));
  return sum;
}

//===----------------------------------------------------------------------===//
// Powers of e
//===----------------------------------------------------------------------===//

namespace {
/// x = exponent * ln(2) + rest, |rest| <= ln(2) / 2 and a bit.
struct Reduced {
  Value rest;
  Value exponent; ///< An integer.
};
} // namespace

/// Reduces `x` + `low` of less than 2^20; `low`, far smaller than x, may be
/// null. NaN makes the rest NaN and the exponent anything.
static Reduced reduce(F32Builder &b, Value x, Value low = nullptr) {
  // The sum with 3 * 2^22 has an ulp of 1: it is rounded to an integer, which
  // then is the low bits of its encoding.
  constexpr float magic = 0x3p22;
  Value log2e = b.constant(1.44269504088896340736);
  Value whole = low ? b.add(x, low) : x;
  Value shifted = b.add(b.mul(whole, log2e), b.constant(magic));
  Value n = b.sub(shifted, b.constant(magic));
  Value rest = b.sub(b.sub(x, b.mul(n, b.constant(ln2High))),
                     b.mul(n, b.constant(ln2Low)));
  if (low)
    rest = b.add(rest, low);
  return {rest, b.subInt(b.toBits(shifted),
                         b.integer(llvm::bit_cast<int32_t>(magic)))};
}

/// exp(r) - 1 of a reduced r.
static Value expM1OfRest(F32Builder &b, Value r) {
  // (exp(r) - 1 - r) / r^2
  static constexpr float coefficients[] = {0.5f,           0.166666657f,
                                           0.0416664928f,  0.00833354425f,
                                           0.00139323412f, 0.000197634145f};
  return b.add(r, b.mul(b.mul(r, r), polynomial(b, r, coefficients)));
}

/// 2^n for -127 < n < 128.
static Value powerOfTwo(F32Builder &b, Value n) {
  return b.fromBits(b.shiftLeft(b.addInt(n, b.integer(127)), 23));
}

/// y * 2^n, also where 2^n is no normal float; rounded once.
static Value scale(F32Builder &b, Value y, Value n) {
  Value half = b.shiftRight(n, 1);
  return b.mul(b.mul(y, powerOfTwo(b, half)), powerOfTwo(b, b.subInt(n, half)));
}

Value mlir::mml::buildExp(F32Builder b, Value x) {
  // Beyond the bounds the result is infinite, or 0.
  Reduced reduced = reduce(b, b.atLeast(b.atMost(x, 89), -105));
  Value power = b.add(b.constant(1), expM1OfRest(b, reduced.rest));
  return scale(b, power, reduced.exponent);
}

Value mlir::mml::buildExpM1(F32Builder b, Value x) {
  // Below -20 the result is -1.
  Reduced reduced = reduce(b, b.atLeast(b.atMost(x, 89), -20));
  Value n = reduced.exponent;
  Value small = expM1OfRest(b, reduced.rest);
  // 2^n * small + (2^n - 1), all of it halved as n may be 128. For n = 0 this
  // would lose the last bit of denormals.
  Value power = powerOfTwo(b, b.subInt(n, b.integer(1)));
  Value half = b.add(b.mul(power, small), b.sub(power, b.constant(0.5)));
  Value result =
      b.select(b.equalInt(n, b.integer(0)), small, b.add(half, half));
  // For the sake of -0.
  return b.copySign(result, x);
}

Value mlir::mml::buildTanh(F32Builder b, Value x) {
  // (tanh(z) / z - 1) / z^2 in z^2, z <= 0.625
  static constexpr float coefficients[] = {-0.333332807f, 0.133314058f,
                                           -0.0537365153f, 0.0206281673f,
                                           -0.0056922962f};
  Value z = b.abs(x);
  Value square = b.mul(z, z);
  Value odd = b.mul(square, polynomial(b, square, coefficients));
  Value small = b.add(z, b.mul(z, odd));
  // 1 - 2 / (exp(2z) + 1), which is 1 from 10 on.
  Reduced reduced = reduce(b, b.atMost(b.add(z, z), 20));
  Value one = b.constant(1);
  Value power = b.mul(b.add(one, expM1OfRest(b, reduced.rest)),
                      powerOfTwo(b, reduced.exponent));
  Value large = b.sub(one, b.div(b.constant(2), b.add(power, one)));
  return b.copySign(b.select(b.less(z, b.constant(0.625)), small, large), x);
}

//===----------------------------------------------------------------------===//
// Logarithms
//===----------------------------------------------------------------------===//

namespace {
/// x = mantissa * 2^exponent, sqrt(1/2) <= mantissa < sqrt(2).
struct Decomposed {
  Value mantissa;
  Value exponent; ///< An integer.
};
} // namespace

/// Decomposes a normal x > 0. Others make values of no meaning.
static Decomposed decompose(F32Builder &b, Value x) {
  Value offset = b.subInt(b.toBits(x), b.integer(sqrtHalfBits));
  Value mantissa =
      b.addInt(b.andInt(offset, b.integer(0x7fffff)), b.integer(sqrtHalfBits));
  return {b.fromBits(mantissa), b.shiftRight(offset, 23)};
}

/// ln((1 + f) * 2^exponent), sqrt(1/2) <= 1 + f < sqrt(2); but what the
/// logarithm of `x` is if x is not a positive number.
static Value logOfParts(F32Builder &b, Value f, Value exponent, Value x) {
  // (ln(1 + f) - f + f^2 / 2) / f^3
  static constexpr float coefficients[] = {
      0.333333135f,  -0.250000089f, 0.200020716f,  -0.166679889f, 0.142203584f,
      -0.124062337f, 0.118835486f,  -0.116700977f, 0.0674926788f};
  Value n = b.toFloat(exponent);
  Value square = b.mul(f, f);
  // Added up from the small terms to the large ones.
  Value low = b.add(b.mul(b.mul(f, square), polynomial(b, f, coefficients)),
                    b.mul(n, b.constant(ln2Low)));
  Value middle = b.sub(f, b.sub(b.mul(b.constant(0.5), square), low));
  Value result = b.add(b.mul(n, b.constant(ln2High)), middle);

  Value zero = b.constant(0), inf = b.constant(infinity);
  result = b.select(b.less(x, inf), result, x);
  Value nan = b.constant(std::numeric_limits<double>::quiet_NaN());
  Value outside = b.select(b.equal(x, zero), b.constant(-infinity), nan);
  return b.select(b.less(zero, x), result, outside);
}

Value mlir::mml::buildLog(F32Builder b, Value x) {
  Value isDenormal = b.less(x, b.constant(0x1p-126));
  Value normal = b.select(isDenormal, b.mul(x, b.constant(0x1p23)), x);
  Decomposed parts = decompose(b, normal);
  Value exponent = b.select(isDenormal, b.subInt(parts.exponent, b.integer(23)),
                            parts.exponent);
  return logOfParts(b, b.sub(parts.mantissa, b.constant(1)), exponent, x);
}

Value mlir::mml::buildLog1p(F32Builder b, Value x) {
  // x = (u - 1) + lost: both differences are exact up to 2^24, beyond which
  // they do not matter.
  Value one = b.constant(1);
  Value u = b.add(one, x);
  Value lost = b.sub(x, b.sub(u, one));
  Decomposed parts = decompose(b, u);
  // lost * 2^-exponent. The exponent may be 128, so the power is that of one
  // more; halving comes last, to keep the last bit of denormals. Near 0, where
  // the exponent is 0, f is x.
  Value power = b.fromBits(
      b.subInt(b.integer(0x40000000), b.shiftLeft(parts.exponent, 23)));
  Value f = b.add(b.sub(parts.mantissa, one),
                  b.mul(b.mul(lost, power), b.constant(0.5)));
  // For the sake of -0.
  return b.select(b.equal(x, b.constant(0)), x,
                  logOfParts(b, f, parts.exponent, u));
}

//===----------------------------------------------------------------------===//
// The error function
//===----------------------------------------------------------------------===//

/// Up to here erf is a polynomial; erfc is 1 less it, and loses no digits.
static constexpr double erfBound = 0.75;

/// erf(z) for 0 <= z < erfBound.
static Value erfNearZero(F32Builder &b, Value z) {
  // erf(z) / z - 1 in z^2
  static constexpr float coefficients[] = {0.128379166f,   -0.3761262f,
                                           0.11283379f,    -0.0268343352f,
                                           0.00511315698f, -0.00067375839f};
  return b.add(z, b.mul(z, polynomial(b, b.mul(z, z), coefficients)));
}

/// erfc(z) for z >= erfBound, or NaN.
///
/// erfc(z) exp(z^2) falls as 1 / z does, and so is q P(q) for q = 1 / (z + k)
/// and a polynomial P: the idea of M. Shepherd and J. Laframboise, "Chebyshev
/// Approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < inf" (1981). The k is
/// one for which P varies little and takes few terms.
static Value erfcFarFromZero(F32Builder &b, Value z) {
  static constexpr double k = 1.25;
  static constexpr float coefficients[] = {
      0.564200521f, 0.704710186f, 0.610307038f, -0.0813591927f, 0.0477611125f,
      -5.13755035f, 11.5126543f,  -10.4677982f, 3.67888761f};
  // From here on the result is 0.
  z = b.atMost(z, 10.5);
  Value offset = b.constant(k);
  Value sum = b.add(z, offset);
  Value q = b.div(b.constant(1), sum);
  Value erfcScaled = b.mul(q, polynomial(b, q, coefficients));
  // What the sum lost makes q too large by this part of it.
  Value excess = b.mul(q, b.sub(z, b.sub(sum, offset)));
  // -z^2 = -h^2 + (h - z) (h + z), where h is z with 12 bits and h^2 exact.
  Value h = b.fromBits(b.andInt(b.toBits(z), b.integer(~0xfff)));
  Value low = b.mul(b.sub(h, z), b.add(h, z));
  Reduced reduced = reduce(b, b.neg(b.mul(h, h)), b.sub(low, excess));
  Value product =
      b.add(erfcScaled, b.mul(erfcScaled, expM1OfRest(b, reduced.rest)));
  return scale(b, product, reduced.exponent);
}

Value mlir::mml::buildErf(F32Builder b, Value x) {
  Value z = b.abs(x);
  Value result = b.select(b.less(z, b.constant(erfBound)), erfNearZero(b, z),
                          b.sub(b.constant(1), erfcFarFromZero(b, z)));
  return b.copySign(result, x);
}

Value mlir::mml::buildErfc(F32Builder b, Value x) {
  Value z = b.abs(x);
  Value one = b.constant(1), zero = b.constant(0), two = b.constant(2);
  Value isNegative = b.less(x, zero);
  Value near = b.sub(one, b.copySign(erfNearZero(b, z), x));
  Value far = erfcFarFromZero(b, z);
  far = b.select(isNegative, b.sub(two, far), far);
  return b.select(b.less(z, b.constant(erfBound)), near, far);
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

Value mlir::mml::buildRoundEven(F32Builder b, Value x) {
  // From 2^23 on, where there are no fractions, floats have an ulp of 1.
  Value magic = b.constant(0x1p23);
  Value z = b.abs(x);
  Value rounded = b.copySign(b.sub(b.add(z, magic), magic), x);
  return b.select(b.less(z, magic), rounded, x);
}
