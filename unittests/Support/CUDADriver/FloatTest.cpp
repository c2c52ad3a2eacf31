//===- FloatTest.cpp - Tests of float instructions ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

#include "CUDADriver/Floats.h"

#include <cfenv>
#include <cmath>
#include <limits>

using namespace mml::ptx;

namespace {

const float infinity = std::numeric_limits<float>::infinity();
const float notANumber = std::nanf("");

/// Numbers of all magnitudes, subnormal ones, zeros, infinities, NaN.
std::vector<float> randomFloats(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float &value : values) {
    uint32_t bits = random();
    // Half of them about 1, so that sums and products stay finite.
    if (random() % 2)
      bits = (bits & 0x807fffff) | ((120 + random() % 16) << 23);
    value = bitCast<float>(bits);
  }
  const float special[] = {0.0f,   -0.0f,   infinity, -infinity, notANumber,
                           1e-40f, -1e-44f, 1.0f,     65504.0f};
  for (float value : special)
    values[random() % count] = value;
  return values;
}

/// Equal bits, or both NaN, where the expected bits are the canonical ones.
void expectSame(float actual, float expected, const std::string &what) {
  if (std::isnan(expected))
    EXPECT_EQ(bitCast<uint32_t>(actual), 0x7fffffffu) << what;
  else
    EXPECT_EQ(bitCast<uint32_t>(actual), bitCast<uint32_t>(expected))
        << what << ": " << actual << " and " << expected;
}

constexpr unsigned count = 512;

template <typename Expected>
void checkBinary(const std::string &text, Expected expected) {
  std::vector<float> a = randomFloats(count, 1), b = randomFloats(count, 2);
  std::vector<float> results = evaluate<float>(text + " %d, %a, %b;", a, b);
  for (unsigned i = 0; i < count; ++i)
    expectSame(results[i], expected(a[i], b[i]),
               text + " of " + std::to_string(a[i]) + " and " +
                   std::to_string(b[i]));
}

float flush(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value)
                                                : value;
}

TEST(CUDADriverFloatTest, Arithmetic) {
  checkBinary("add.f32", [](float a, float b) { return a + b; });
  checkBinary("add.rn.f32", [](float a, float b) { return a + b; });
  checkBinary("sub.f32", [](float a, float b) { return a - b; });
  checkBinary("mul.rn.f32", [](float a, float b) { return a * b; });
  checkBinary("div.rn.f32", [](float a, float b) { return a / b; });
  checkBinary("div.full.f32", [](float a, float b) { return a / b; });
  checkBinary("add.ftz.f32",
              [](float a, float b) { return flush(flush(a) + flush(b)); });
  checkBinary("mul.ftz.f32",
              [](float a, float b) { return flush(flush(a) * flush(b)); });
  checkBinary("mul.sat.f32", [](float a, float b) {
    float product = a * b;
    return product > 0 ? std::min(product, 1.0f) : 0.0f;
  });
  std::vector<double> x(count), y(count);
  std::vector<float> a = randomFloats(count, 1), b = randomFloats(count, 2);
  std::copy(a.begin(), a.end(), x.begin());
  std::copy(b.begin(), b.end(), y.begin());
  auto sums = evaluate<double>("add.rn.f64 %d, %a, %b;", x, y);
  auto quotients = evaluate<double>("div.rn.f64 %d, %a, %b;", x, y);
  for (unsigned i = 0; i < count; ++i) {
    if (!std::isnan(x[i] + y[i]))
      EXPECT_EQ(sums[i], x[i] + y[i]);
    if (!std::isnan(x[i] / y[i]))
      EXPECT_EQ(quotients[i], x[i] / y[i]);
  }
}

/// What the host gives with its rounding set.
template <typename Operation> float rounded(int mode, Operation operation) {
  std::fesetround(mode);
  volatile float result = operation();
  std::fesetround(FE_TONEAREST);
  return result;
}

TEST(CUDADriverFloatTest, Roundings) {
  const std::pair<const char *, int> modes[] = {
      {"rz", FE_TOWARDZERO}, {"rm", FE_DOWNWARD}, {"rp", FE_UPWARD}};
  for (auto [name, mode] : modes) {
    std::string suffix = std::string(".") + name + ".f32";
    checkBinary("add" + suffix, [mode = mode](float a, float b) {
      return rounded(mode, [&] {
        volatile float x = a, y = b;
        return x + y;
      });
    });
    checkBinary("mul" + suffix, [mode = mode](float a, float b) {
      return rounded(mode, [&] {
        volatile float x = a, y = b;
        return x * y;
      });
    });
    checkBinary("div" + suffix, [mode = mode](float a, float b) {
      return rounded(mode, [&] {
        volatile float x = a, y = b;
        return x / y;
      });
    });
  }
}

TEST(CUDADriverFloatTest, Extrema) {
  checkBinary("min.f32", [](float a, float b) {
    if (a == 0 && b == 0)
      return std::signbit(a) ? a : b;
    return std::fmin(a, b);
  });
  checkBinary("max.f32", [](float a, float b) {
    if (a == 0 && b == 0)
      return std::signbit(a) ? b : a;
    return std::fmax(a, b);
  });
  checkBinary("max.NaN.f32", [](float a, float b) {
    if (std::isnan(a) || std::isnan(b))
      return notANumber;
    if (a == 0 && b == 0)
      return std::signbit(a) ? b : a;
    return std::max(a, b);
  });
}

TEST(CUDADriverFloatTest, FusedMultiplyAdd) {
  std::vector<float> a = randomFloats(count, 1), b = randomFloats(count, 2),
                     c = randomFloats(count, 3);
  // Sums that cancel to what a rounded product loses.
  for (unsigned i = 0; i < count; i += 4)
    c[i] = -(a[i] * b[i]);
  auto results = evaluate<float>("fma.rn.f32 %d, %a, %b, %c;", a, b, c);
  auto flushed = evaluate<float>("fma.rn.ftz.f32 %d, %a, %b, %c;", a, b, c);
  auto towardsZero = evaluate<float>("fma.rz.f32 %d, %a, %b, %c;", a, b, c);
  std::vector<double> x(a.begin(), a.end()), y(b.begin(), b.end()),
      z(c.begin(), c.end());
  auto doubles = evaluate<double>("fma.rn.f64 %d, %a, %b, %c;", x, y, z);
  for (unsigned i = 0; i < count; ++i) {
    expectSame(results[i], std::fma(a[i], b[i], c[i]), "fma");
    expectSame(flushed[i],
               flush(std::fma(flush(a[i]), flush(b[i]), flush(c[i]))),
               "fma.ftz");
    expectSame(towardsZero[i],
               rounded(FE_TOWARDZERO,
                       [&] {
                         volatile float x = a[i], y = b[i], z = c[i];
                         return std::fma(x, y, z);
                       }),
               "fma.rz");
    double expected = std::fma(x[i], y[i], z[i]);
    if (!std::isnan(expected))
      EXPECT_EQ(doubles[i], expected);
  }
}

TEST(CUDADriverFloatTest, SignsAndFunctions) {
  std::vector<float> a = randomFloats(count, 1), b = randomFloats(count, 2);
  auto negated = evaluate<uint32_t>("neg.f32 %d, %a;", a);
  auto absolute = evaluate<uint32_t>("abs.f32 %d, %a;", a);
  auto flushed = evaluate<float>("abs.ftz.f32 %d, %a;", a);
  auto copied = evaluate<uint32_t>("copysign.f32 %d, %a, %b;", a, b);
  auto roots = evaluate<float>("sqrt.rn.f32 %d, %a;", a);
  auto reciprocals = evaluate<float>("rcp.rn.f32 %d, %a;", a);
  auto powers = evaluate<float>("ex2.approx.f32 %d, %a;", a);
  auto logarithms = evaluate<float>("lg2.approx.f32 %d, %a;", a);
  auto reciprocalRoots = evaluate<float>("rsqrt.approx.ftz.f32 %d, %a;", a);
  auto sines = evaluate<float>("sin.approx.f32 %d, %a;", a);
  auto cosines = evaluate<float>("cos.approx.f32 %d, %a;", a);
  auto tangents = evaluate<float>("tanh.approx.f32 %d, %a;", a);
  for (unsigned i = 0; i < count; ++i) {
    uint32_t bits = bitCast<uint32_t>(a[i]);
    EXPECT_EQ(negated[i], bits ^ 0x80000000);
    EXPECT_EQ(absolute[i], bits & 0x7fffffff);
    expectSame(flushed[i], flush(std::fabs(a[i])), "abs.ftz");
    EXPECT_EQ(copied[i],
              (bitCast<uint32_t>(b[i]) & 0x7fffffff) | (bits & 0x80000000));
    expectSame(roots[i], std::sqrt(a[i]), "sqrt");
    expectSame(reciprocals[i], 1 / a[i], "rcp");
    double x = a[i];
    expectSame(powers[i], float(std::exp2(x)), "ex2");
    expectSame(logarithms[i], float(std::log2(x)), "lg2");
    expectSame(reciprocalRoots[i],
               flush(float(1 / std::sqrt(double(flush(a[i]))))), "rsqrt");
    expectSame(sines[i], float(std::sin(x)), "sin");
    expectSame(cosines[i], float(std::cos(x)), "cos");
    expectSame(tangents[i], float(std::tanh(x)), "tanh");
  }
}

/// A sum in two doubles: its rounded value and what that leaves out.
struct Exact {
  double value;
  double rest = 0;
};

Exact addExactly(double a, double b) {
  double sum = a + b, bPart = sum - a;
  double rest = (a - (sum - bPart)) + (b - bPart);
  return {sum, std::isfinite(sum) ? rest : 0};
}

/// The nearest of all values of a format, ties to the one with even bits.
template <typename Decode>
void checkNearest(Decode decode, Exact exact, uint16_t bits) {
  double value = decode(bits);
  if (std::isinf(value))
    return;
  for (int step : {-1, 1}) {
    double other = decode(uint16_t(bits + step));
    if (std::isnan(other) || std::isinf(other) ||
        std::signbit(other) != std::signbit(value))
      continue;
    double distance = std::fabs(value - exact.value);
    double otherDistance = std::fabs(other - exact.value);
    EXPECT_LE(distance, otherDistance) << exact.value;
    if (distance != otherDistance)
      continue;
    if (exact.rest == 0)
      EXPECT_EQ(bits & 1, 0) << exact.value;
    else
      EXPECT_EQ(value > other, exact.rest > 0) << exact.value;
  }
}

std::vector<uint16_t> randomHalves(size_t count, unsigned seed,
                                   uint16_t (*encode)(double, Rounding)) {
  std::mt19937 random(seed);
  std::vector<uint16_t> values(count);
  for (uint16_t &value : values)
    value = random() % 4 ? encode(double(int(random() % 4096) - 2048) /
                                      (1 << (random() % 16)),
                                  Rounding::Nearest)
                         : uint16_t(random());
  return values;
}

template <uint16_t (*encode)(double, Rounding), float (*decode)(uint16_t)>
void checkHalves(const std::string &type) {
  auto a = randomHalves(count, 1, encode), b = randomHalves(count, 2, encode),
       c = randomHalves(count, 3, encode);
  constexpr uint16_t canonical = 0x7fff;
  auto check = [&](const std::vector<uint16_t> &results, auto expected) {
    for (unsigned i = 0; i < count; ++i) {
      Exact exact = expected(i);
      if (std::isnan(exact.value))
        EXPECT_EQ(results[i], canonical);
      else
        checkNearest(decode, exact, results[i]);
    }
  };
  auto at = [&](const std::vector<uint16_t> &values, unsigned i) {
    return double(decode(values[i]));
  };
  check(evaluate<uint16_t>("add.rn." + type + " %d, %a, %b;", a, b),
        [&](unsigned i) { return addExactly(at(a, i), at(b, i)); });
  check(evaluate<uint16_t>("sub.rn." + type + " %d, %a, %b;", a, b),
        [&](unsigned i) { return addExactly(at(a, i), -at(b, i)); });
  check(evaluate<uint16_t>("mul.rn." + type + " %d, %a, %b;", a, b),
        [&](unsigned i) { return Exact{at(a, i) * at(b, i)}; });
  check(evaluate<uint16_t>("fma.rn." + type + " %d, %a, %b, %c;", a, b, c),
        [&](unsigned i) { return addExactly(at(a, i) * at(b, i), at(c, i)); });
  auto relu =
      evaluate<uint16_t>("fma.rn.relu." + type + " %d, %a, %b, %c;", a, b, c);
  auto plain =
      evaluate<uint16_t>("fma.rn." + type + " %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(relu[i], plain[i] == canonical ? canonical
                       : plain[i] & 0x8000   ? 0
                                             : plain[i]);
  auto least = evaluate<uint16_t>("min." + type + " %d, %a, %b;", a, b);
  for (unsigned i = 0; i < count; ++i)
    if (!std::isnan(at(a, i)) && !std::isnan(at(b, i)))
      EXPECT_EQ(at(least, i), std::min(at(a, i), at(b, i)));
  auto negated = evaluate<uint16_t>("neg." + type + " %d, %a;", a);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(negated[i], a[i] ^ 0x8000);

  // Pairs do the same on both halves.
  std::vector<uint32_t> pairs[3];
  for (unsigned i = 0; i + 1 < count; i += 2)
    for (unsigned j = 0; j < 3; ++j) {
      const auto &values = j == 0 ? a : j == 1 ? b : c;
      pairs[j].push_back(values[i] | uint32_t(values[i + 1]) << 16);
    }
  auto both = evaluate<uint32_t>("fma.rn." + type + "x2 %d, %a, %b, %c;",
                                 pairs[0], pairs[1], pairs[2]);
  for (unsigned i = 0; i < both.size(); ++i)
    EXPECT_EQ(both[i], plain[2 * i] | uint32_t(plain[2 * i + 1]) << 16);
}

TEST(CUDADriverFloatTest, Halves) { checkHalves<toHalf, fromHalf>("f16"); }

TEST(CUDADriverFloatTest, BFloats) {
  checkHalves<toBFloat, fromBFloat>("bf16");
}

TEST(CUDADriverFloatTest, HalfFormat) {
  // All values there and back, and what lies between two of them.
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = fromHalf(uint16_t(bits));
    if (std::isnan(value))
      continue;
    EXPECT_EQ(toHalf(value), bits);
  }
  EXPECT_EQ(fromHalf(0x0001), 0x1p-24f);
  EXPECT_EQ(fromHalf(0x3c00), 1.0f);
  EXPECT_EQ(fromHalf(0x7bff), 65504.0f);
  EXPECT_EQ(toHalf(65519.9), 0x7bff);
  EXPECT_EQ(toHalf(65520), 0x7c00);
  EXPECT_EQ(toHalf(65520, Rounding::Zero), 0x7bff);
  EXPECT_EQ(toHalf(-65520, Rounding::Up), 0xfbff);
  EXPECT_EQ(toHalf(0x1p-25), 0x0000);
  EXPECT_EQ(toHalf(0x1.8p-25), 0x0001);
  EXPECT_EQ(toHalf(0x1p-30, Rounding::Up), 0x0001);
  EXPECT_EQ(toBFloat(1.00390625), 0x3f80);
  EXPECT_EQ(toBFloat(1.01171875), 0x3f82);
}

TEST(CUDADriverFloatTest, Constants) {
  std::vector<float> a = {1.0f, 2.0f};
  EXPECT_EQ(evaluate<float>("add.f32 %d, %a, 0f40000000;", a),
            (std::vector<float>{3.0f, 4.0f}));
  EXPECT_EQ(evaluate<float>("add.f32 %d, %a, 1.5;", a),
            (std::vector<float>{2.5f, 3.5f}));
  std::vector<double> b = {1.0, 2.0};
  EXPECT_EQ(evaluate<double>("mul.f64 %d, %a, 0d4000000000000000;", b),
            (std::vector<double>{2.0, 4.0}));
}

TEST(CUDADriverFloatTest, Refused) {
  EXPECT_EQ(decodeError("add.rz.f16 %h0, %h1, %h2;"),
            "'add.rz.f16': unsupported rounding of type 'f16'");
  EXPECT_EQ(decodeError("add.rn.bf16 %h0, %h1, %h2;", 80),
            "'add.rn.bf16': expected a target of at least sm_90 but got sm_80");
  EXPECT_EQ(decodeError("fma.rn.bf16 %h0, %h1, %h2, %h3;", 75),
            "'fma.rn.bf16': expected a target of at least sm_80 but got sm_75");
  EXPECT_EQ(decodeError("sin.f32 %r0, %r1;"), "'sin.f32': expected '.approx'");
  EXPECT_EQ(decodeError("min.xorsign.abs.f32 %r0, %r1, %r2;"),
            "'min.xorsign.abs.f32': unsupported modifier '.xorsign'");
  EXPECT_EQ(decodeError("add.ftz.f64 %x0, %x1, %x2;"),
            "'add.ftz.f64': unsupported modifier for type 'f64'");
}

} // namespace
