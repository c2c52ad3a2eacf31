//===- IntegerTest.cpp - Tests of integer instructions --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

using namespace mml::ptx;

namespace {

constexpr unsigned count = 64;

/// Runs \p text on random operands and compares with \p expected of each.
template <typename Result, typename A, typename B, typename Expected>
void checkBinary(const std::string &text, Expected expected) {
  SCOPED_TRACE(text);
  std::vector<A> a = randomValues<A>(count, 1);
  std::vector<B> b = randomValues<B>(count, 2);
  std::vector<Result> results = evaluate<Result>(text + " %d, %a, %b;", a, b);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(results[i], Result(expected(a[i], b[i])))
        << +a[i] << " and " << +b[i];
}

TEST(CUDADriverIntegerTest, Sums) {
  auto add = [](auto a, auto b) { return uint64_t(a) + uint64_t(b); };
  checkBinary<uint16_t, uint16_t, uint16_t>("add.s16", add);
  checkBinary<uint32_t, uint32_t, uint32_t>("add.u32", add);
  checkBinary<uint64_t, uint64_t, uint64_t>("add.s64", add);
  auto subtract = [](auto a, auto b) { return uint64_t(a) - uint64_t(b); };
  checkBinary<uint32_t, uint32_t, uint32_t>("sub.s32", subtract);
  checkBinary<uint16_t, uint16_t, uint16_t>("sub.u16", subtract);
  auto saturate = [](int64_t value) {
    return std::min<int64_t>(std::max<int64_t>(value, INT32_MIN), INT32_MAX);
  };
  checkBinary<int32_t, int32_t, int32_t>(
      "add.sat.s32", [&](int64_t a, int64_t b) { return saturate(a + b); });
  checkBinary<int32_t, int32_t, int32_t>(
      "sub.sat.s32", [&](int64_t a, int64_t b) { return saturate(a - b); });
}

TEST(CUDADriverIntegerTest, Products) {
  checkBinary<uint32_t, uint32_t, uint32_t>(
      "mul.lo.s32", [](uint64_t a, uint64_t b) { return a * b; });
  checkBinary<uint16_t, uint16_t, uint16_t>(
      "mul.lo.s16", [](uint64_t a, uint64_t b) { return a * b; });
  checkBinary<uint64_t, uint64_t, uint64_t>(
      "mul.lo.s64", [](uint64_t a, uint64_t b) { return a * b; });
  checkBinary<int32_t, int32_t, int32_t>(
      "mul.hi.s32", [](int64_t a, int64_t b) { return (a * b) >> 32; });
  checkBinary<uint32_t, uint32_t, uint32_t>(
      "mul.hi.u32", [](uint64_t a, uint64_t b) { return (a * b) >> 32; });
  checkBinary<uint64_t, uint64_t, uint64_t>(
      "mul.hi.u64",
      [](__uint128_t a, __uint128_t b) { return uint64_t((a * b) >> 64); });
  checkBinary<int64_t, int32_t, int32_t>(
      "mul.wide.s32", [](int64_t a, int64_t b) { return a * b; });
  checkBinary<uint64_t, uint32_t, uint32_t>(
      "mul.wide.u32", [](uint64_t a, uint64_t b) { return a * b; });
  checkBinary<int32_t, int16_t, int16_t>(
      "mul.wide.s16", [](int32_t a, int32_t b) { return a * b; });
  checkBinary<uint32_t, uint16_t, uint16_t>(
      "mul.wide.u16", [](uint32_t a, uint32_t b) { return a * b; });
}

TEST(CUDADriverIntegerTest, ProductsWithSums) {
  std::vector<uint32_t> a = randomValues<uint32_t>(count, 1);
  std::vector<uint32_t> b = randomValues<uint32_t>(count, 2);
  std::vector<uint32_t> c = randomValues<uint32_t>(count, 3);
  std::vector<uint64_t> wide = randomValues<uint64_t>(count, 4);
  auto low = evaluate<uint32_t>("mad.lo.s32 %d, %a, %b, %c;", a, b, c);
  auto high = evaluate<uint32_t>("mad.hi.u32 %d, %a, %b, %c;", a, b, c);
  auto full = evaluate<uint64_t>("mad.wide.s32 %d, %a, %b, %c;", a, b, wide);
  auto fullUnsigned =
      evaluate<uint64_t>("mad.wide.u32 %d, %a, %b, %c;", a, b, wide);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(low[i], a[i] * b[i] + c[i]);
    EXPECT_EQ(high[i], uint32_t((uint64_t(a[i]) * b[i]) >> 32) + c[i]);
    EXPECT_EQ(full[i],
              uint64_t(int64_t(int32_t(a[i])) * int32_t(b[i])) + wide[i]);
    EXPECT_EQ(fullUnsigned[i], uint64_t(a[i]) * b[i] + wide[i]);
  }
}

TEST(CUDADriverIntegerTest, Extrema) {
  auto least = [](auto a, auto b) { return std::min(a, b); };
  auto most = [](auto a, auto b) { return std::max(a, b); };
  checkBinary<int32_t, int32_t, int32_t>("min.s32", least);
  checkBinary<uint32_t, uint32_t, uint32_t>("min.u32", least);
  checkBinary<int16_t, int16_t, int16_t>("max.s16", most);
  checkBinary<uint64_t, uint64_t, uint64_t>("max.u64", most);
  checkBinary<int64_t, int64_t, int64_t>("max.s64", most);
  checkBinary<uint32_t, uint32_t, uint32_t>(
      "max.s16x2", [](uint32_t a, uint32_t b) {
        uint16_t low = std::max(int16_t(a), int16_t(b));
        uint16_t high = std::max(int16_t(a >> 16), int16_t(b >> 16));
        return low | uint32_t(high) << 16;
      });
  checkBinary<uint32_t, uint32_t, uint32_t>(
      "add.u16x2", [](uint32_t a, uint32_t b) {
        return ((a + b) & 0xffff) | (((a >> 16) + (b >> 16)) << 16);
      });
}

TEST(CUDADriverIntegerTest, Quotients) {
  std::vector<int32_t> a = randomValues<int32_t>(count, 1);
  std::vector<int32_t> b = randomValues<int32_t>(count, 2);
  for (int32_t &value : b)
    value = value ? value : 7;
  a[0] = INT32_MIN;
  b[0] = -1;
  auto quotients = evaluate<int32_t>("div.s32 %d, %a, %b;", a, b);
  auto remainders = evaluate<int32_t>("rem.s32 %d, %a, %b;", a, b);
  auto unsignedQuotients = evaluate<uint32_t>("div.u32 %d, %a, %b;", a, b);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(quotients[i], int32_t(int64_t(a[i]) / b[i]));
    EXPECT_EQ(remainders[i], int32_t(int64_t(a[i]) % b[i]));
    EXPECT_EQ(unsignedQuotients[i], uint32_t(a[i]) / uint32_t(b[i]));
  }
}

TEST(CUDADriverIntegerTest, Signs) {
  std::vector<int32_t> a = randomValues<int32_t>(count, 1);
  std::vector<int16_t> h = randomValues<int16_t>(count, 1);
  auto negated = evaluate<int32_t>("neg.s32 %d, %a;", a);
  auto absolute = evaluate<int16_t>("abs.s16 %d, %a;", h);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(negated[i], int32_t(-int64_t(a[i])));
    EXPECT_EQ(absolute[i], int16_t(h[i] < 0 ? -h[i] : h[i]));
  }
}

template <typename A, typename B> void checkDot(const std::string &types) {
  SCOPED_TRACE(types);
  std::vector<uint32_t> a = randomValues<uint32_t>(count, 1);
  std::vector<uint32_t> b = randomValues<uint32_t>(count, 2);
  std::vector<uint32_t> c = randomValues<uint32_t>(count, 3);
  a[0] = b[0] = 0x80808080;
  auto dots = evaluate<uint32_t>("dp4a." + types + " %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < count; ++i) {
    int64_t sum = int32_t(c[i]);
    for (unsigned byte = 0; byte < 4; ++byte)
      sum += int64_t(A(a[i] >> (8 * byte))) * B(b[i] >> (8 * byte));
    EXPECT_EQ(dots[i], uint32_t(sum));
  }
}

TEST(CUDADriverIntegerTest, DotProducts) {
  checkDot<int8_t, int8_t>("s32.s32");
  checkDot<uint8_t, int8_t>("u32.s32");
  checkDot<int8_t, uint8_t>("s32.u32");
  checkDot<uint8_t, uint8_t>("u32.u32");

  std::vector<uint32_t> a = randomValues<uint32_t>(count, 1);
  std::vector<uint32_t> b = randomValues<uint32_t>(count, 2);
  std::vector<uint32_t> c = randomValues<uint32_t>(count, 3);
  auto low = evaluate<uint32_t>("dp2a.lo.s32.s32 %d, %a, %b, %c;", a, b, c);
  auto high = evaluate<uint32_t>("dp2a.hi.u32.s32 %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(low[i], c[i] + uint32_t(int16_t(a[i]) * int8_t(b[i])) +
                          uint32_t(int16_t(a[i] >> 16) * int8_t(b[i] >> 8)));
    EXPECT_EQ(high[i],
              c[i] + uint32_t(int32_t(uint16_t(a[i])) * int8_t(b[i] >> 16)) +
                  uint32_t(int32_t(uint16_t(a[i] >> 16)) * int8_t(b[i] >> 24)));
  }
}

TEST(CUDADriverIntegerTest, Carries) {
  // Numbers of 128 bits in pieces of 32 and of 64.
  std::vector<uint64_t> a = randomValues<uint64_t>(count, 1);
  std::vector<uint64_t> b = randomValues<uint64_t>(count, 2);
  a[0] = b[0] = ~uint64_t(0);
  std::string split = "mov.b64 {%k0, %k1}, %a;\nmov.b64 {%k2, %k3}, %b;\n";
  std::string join = "mov.b64 %d, {%k0, %k1};";
  auto sums = evaluate<uint64_t>(split +
                                     "add.cc.u32 %k0, %k0, %k2;\n"
                                     "addc.u32 %k1, %k1, %k3;\n" +
                                     join,
                                 a, b);
  auto differences = evaluate<uint64_t>(split +
                                            "sub.cc.s32 %k0, %k0, %k2;\n"
                                            "subc.s32 %k1, %k1, %k3;\n" +
                                            join,
                                        a, b);
  auto high = evaluate<uint64_t>("add.cc.u64 %l0, %a, %b;\n"
                                 "addc.cc.u64 %l1, %a, %a;\n"
                                 "addc.u64 %d, 0, 0;",
                                 a, b);
  auto borrow = evaluate<uint64_t>("sub.cc.u64 %l0, %a, %b;\n"
                                   "subc.cc.u64 %l1, %a, %a;\n"
                                   "subc.u64 %d, 0, 0;",
                                   a, b);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(sums[i], a[i] + b[i]);
    EXPECT_EQ(differences[i], a[i] - b[i]);
    bool carry = a[i] + b[i] < a[i];
    EXPECT_EQ(high[i], uint64_t((__uint128_t(a[i]) * 2 + carry) >> 64));
    EXPECT_EQ(borrow[i], a[i] < b[i] ? ~uint64_t(0) : 0);
  }
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(0, "addc.u32 %r0, %t, %t;")), "");
  EXPECT_NE(device.run({}).find("reads the uninitialized register 'CC.CF'"),
            std::string::npos);
}

TEST(CUDADriverIntegerTest, Refused) {
  EXPECT_EQ(decodeError("add.s8 %r0, %r1, %r2;"),
            "'add.s8': expected a result of 8 bits but got 32 bits");
  EXPECT_EQ(decodeError("mul.s32 %r0, %r1, %r2;"),
            "'mul.s32': expected '.lo', '.hi' or '.wide'");
  EXPECT_EQ(decodeError("add.sat.u32 %r0, %r1, %r2;"),
            "'add.sat.u32': expected '.sat' with 's32'");
  EXPECT_EQ(decodeError("add.s32 %r0, %r1, %x2;"),
            "'add.s32': expected an operand of 32 bits but got 64 "
            "bits");
  EXPECT_EQ(decodeError("dp4a.s32.s32 %r0, %r1, %r2;"),
            "'dp4a.s32.s32': expected more than 3 operands");
  EXPECT_EQ(decodeError("add.u16x2 %r0, %r1, %r2;", 80),
            "'add.u16x2': expected a target of at least sm_90 but "
            "got sm_80");
  EXPECT_EQ(decodeError("add.wrap.s32 %r0, %r1, %r2;"),
            "'add.wrap.s32': unsupported modifier '.wrap'");
  EXPECT_EQ(decodeError("vadd4.s32.s32.s32 %r0, %r1, %r2, %r3;"),
            "unknown instruction 'vadd4.s32.s32.s32'");

  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(0, "mov.b32 %r0, 0;\n"
                                      "div.s32 %r1, %t, %r0;")),
            "");
  EXPECT_EQ(device.run({}),
            "kernel 'test', line 16 'div.s32': thread (0, 0, 0) of block (0, "
            "0, 0) divides by zero");
}

} // namespace
