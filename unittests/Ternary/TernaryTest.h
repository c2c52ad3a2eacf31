//===- TernaryTest.h - Helpers of the tests of trits ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_TERNARY_TERNARYTEST_H
#define MML_UNITTESTS_TERNARY_TERNARYTEST_H

#include "mml/Ternary/Trit.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace mml::ternary {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// A fixture with a seeded source of random values. The seed is printed with
/// every failure.
class RandomTest : public testing::Test {
protected:
  static constexpr unsigned seed = 20240517;

  int64_t uniform(int64_t first, int64_t last) {
    return std::uniform_int_distribution<int64_t>(first, last)(engine);
  }
  float normal() { return std::normal_distribution<float>()(engine); }

  std::vector<int8_t> makeTrits(size_t count) {
    std::vector<int8_t> trits(count);
    for (int8_t &trit : trits)
      trit = int8_t(uniform(-1, 1));
    return trits;
  }
  std::vector<float> makeFloats(size_t count) {
    std::vector<float> values(count);
    for (float &value : values)
      value = normal();
    return values;
  }

private:
  std::mt19937 engine{seed};
  testing::ScopedTrace trace{__FILE__, __LINE__,
                             "seed " + std::to_string(seed)};
};

/// The message of the error that `expected` holds; empty if it holds none.
template <class T> std::string getMessage(llvm::Expected<T> expected) {
  return expected ? "" : toString(expected.takeError());
}
inline std::string getMessage(llvm::Error error) {
  return error ? toString(std::move(error)) : "";
}

/// The trits, which must be trits.
inline TritArray makeArray(llvm::ArrayRef<int8_t> trits) {
  return llvm::cantFail(TritArray::fromTrits(trits));
}

/// The sequence of the published test vectors of the formats.
inline TritArray makeVectorTrits() {
  std::vector<int8_t> trits(256);
  for (int i = 0; i < 256; ++i)
    trits[i] = int8_t((i * i + i / 3) % 3 - 1);
  return makeArray(trits);
}

/// Expects NaN where `expected` is NaN, the same infinity, or a value within
/// `tolerance`.
inline void expectNear(float expected, float actual, float tolerance) {
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(actual)) << "got " << actual;
  else if (std::isinf(expected))
    EXPECT_EQ(expected, actual);
  else
    EXPECT_NEAR(expected, actual, tolerance);
}

} // namespace mml::ternary

#endif // MML_UNITTESTS_TERNARY_TERNARYTEST_H
