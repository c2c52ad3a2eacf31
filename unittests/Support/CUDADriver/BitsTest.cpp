//===- BitsTest.cpp - Tests of instructions on bits -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

#include <array>

using namespace mml::ptx;

namespace {

constexpr unsigned count = 64;

template <typename Result, typename A, typename B, typename Expected>
void checkBinary(const std::string &text, const std::vector<A> &a,
                 const std::vector<B> &b, Expected expected) {
  SCOPED_TRACE(text);
  std::vector<Result> results = evaluate<Result>(text + " %d, %a, %b;", a, b);
  for (unsigned i = 0; i < a.size(); ++i)
    EXPECT_EQ(results[i], Result(expected(a[i], b[i])))
        << +a[i] << " and " << +b[i];
}

TEST(CUDADriverBitsTest, Logic) {
  auto a = randomValues<uint32_t>(count, 1),
       b = randomValues<uint32_t>(count, 2);
  auto x = randomValues<uint64_t>(count, 1),
       y = randomValues<uint64_t>(count, 2);
  auto bitAnd = [](auto a, auto b) { return a & b; };
  auto bitOr = [](auto a, auto b) { return a | b; };
  auto bitXor = [](auto a, auto b) { return a ^ b; };
  checkBinary<uint32_t>("and.b32", a, b, bitAnd);
  checkBinary<uint32_t>("or.b32", a, b, bitOr);
  checkBinary<uint32_t>("xor.b32", a, b, bitXor);
  checkBinary<uint64_t>("and.b64", x, y, bitAnd);
  checkBinary<uint64_t>("or.b64", x, y, bitOr);
  auto inverted = evaluate<uint32_t>("not.b32 %d, %a;", a);
  auto isZero = evaluate<uint32_t>("cnot.b32 %d, %a;", a);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(inverted[i], ~a[i]);
    EXPECT_EQ(isZero[i], a[i] == 0);
  }
}

TEST(CUDADriverBitsTest, PredicateLogic) {
  std::vector<uint32_t> a = {0, 0, 1, 1}, b = {0, 1, 0, 1};
  auto check = [&](const std::string &operation,
                   const std::vector<uint32_t> &expected) {
    EXPECT_EQ(evaluate<uint32_t>(
                  "setp.ne.u32 %m0, %a, 0;\nsetp.ne.u32 %m1, %b, 0;\n" +
                      operation + "\nselp.b32 %d, 1, 0, %m2;",
                  a, b),
              expected);
  };
  check("and.pred %m2, %m0, %m1;", {0, 0, 0, 1});
  check("or.pred %m2, %m0, %m1;", {0, 1, 1, 1});
  check("xor.pred %m2, %m0, %m1;", {0, 1, 1, 0});
  check("not.pred %m2, %m0;", {1, 1, 0, 0});
  check("mov.pred %m2, %m0;", {0, 0, 1, 1});
  check("mov.pred %m2, -1;", {1, 1, 1, 1});
}

TEST(CUDADriverBitsTest, Shifts) {
  auto a = randomValues<uint32_t>(count, 1);
  std::vector<uint32_t> amounts(count);
  for (unsigned i = 0; i < count; ++i)
    amounts[i] = i;
  checkBinary<uint32_t>("shl.b32", a, amounts, [](uint64_t a, uint32_t n) {
    return n < 32 ? a << n : 0;
  });
  checkBinary<uint32_t>("shr.u32", a, amounts, [](uint64_t a, uint32_t n) {
    return n < 32 ? a >> n : 0;
  });
  checkBinary<int32_t>("shr.s32", a, amounts, [](uint32_t a, uint32_t n) {
    return int64_t(int32_t(a)) >> std::min(n, 32u);
  });
  auto wide = randomValues<uint64_t>(count, 1);
  checkBinary<uint64_t>("shl.b64", wide, amounts,
                        [](uint64_t a, uint32_t n) { return a << n; });
  checkBinary<int64_t>("shr.s64", wide, amounts,
                       [](uint64_t a, uint32_t n) { return int64_t(a) >> n; });
  auto narrow = randomValues<uint16_t>(count, 1);
  checkBinary<uint16_t>("shl.b16", narrow, amounts, [](uint64_t a, uint32_t n) {
    return n < 16 ? a << n : 0;
  });
  checkBinary<int16_t>("shr.s16", narrow, amounts, [](uint16_t a, uint32_t n) {
    return int64_t(int16_t(a)) >> std::min(n, 16u);
  });
}

TEST(CUDADriverBitsTest, FunnelShifts) {
  auto a = randomValues<uint32_t>(count, 1),
       b = randomValues<uint32_t>(count, 2);
  std::vector<uint32_t> c(count);
  for (unsigned i = 0; i < count; ++i)
    c[i] = i;
  auto left = evaluate<uint32_t>("shf.l.wrap.b32 %d, %a, %b, %c;", a, b, c);
  auto right = evaluate<uint32_t>("shf.r.wrap.b32 %d, %a, %b, %c;", a, b, c);
  auto clamped = evaluate<uint32_t>("shf.r.clamp.b32 %d, %a, %b, %c;", a, b, c);
  auto clampedLeft =
      evaluate<uint32_t>("shf.l.clamp.b32 %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < count; ++i) {
    uint64_t pair = (uint64_t(b[i]) << 32) | a[i];
    unsigned n = i % 32;
    EXPECT_EQ(left[i], uint32_t((pair << n) >> 32));
    EXPECT_EQ(right[i], uint32_t(pair >> n));
    EXPECT_EQ(clamped[i], i < 32 ? uint32_t(pair >> i) : b[i]);
    EXPECT_EQ(clampedLeft[i], i < 32 ? uint32_t((pair << i) >> 32) : a[i]);
  }
}

TEST(CUDADriverBitsTest, Counts) {
  auto a = randomValues<uint32_t>(count, 1);
  auto wide = randomValues<uint64_t>(count, 1);
  a[0] = 0;
  wide[0] = 0;
  auto bits = evaluate<uint32_t>("popc.b32 %d, %a;", a);
  auto zeros = evaluate<uint32_t>("clz.b32 %d, %a;", a);
  auto wideZeros = evaluate<uint32_t>("clz.b64 %d, %a;", wide);
  auto highest = evaluate<uint32_t>("bfind.u32 %d, %a;", a);
  auto highestSigned = evaluate<uint32_t>("bfind.s32 %d, %a;", a);
  auto shift = evaluate<uint32_t>("bfind.shiftamt.u32 %d, %a;", a);
  auto reversed = evaluate<uint32_t>("brev.b32 %d, %a;", a);
  for (unsigned i = 0; i < count; ++i) {
    unsigned ones = 0, first = ~0u, firstSigned = ~0u, firstWide = ~0u;
    uint32_t mirrored = 0;
    uint32_t differs = int32_t(a[i]) < 0 ? ~a[i] : a[i];
    for (unsigned bit = 0; bit < 32; ++bit) {
      ones += a[i] >> bit & 1;
      first = a[i] >> bit & 1 ? bit : first;
      firstSigned = differs >> bit & 1 ? bit : firstSigned;
      mirrored |= (a[i] >> bit & 1) << (31 - bit);
    }
    for (unsigned bit = 0; bit < 64; ++bit)
      firstWide = wide[i] >> bit & 1 ? bit : firstWide;
    EXPECT_EQ(bits[i], ones);
    EXPECT_EQ(zeros[i], 31 - first);
    EXPECT_EQ(wideZeros[i], 63 - firstWide);
    EXPECT_EQ(highest[i], first);
    EXPECT_EQ(highestSigned[i], firstSigned);
    EXPECT_EQ(shift[i], first == ~0u ? ~0u : 31 - first);
    EXPECT_EQ(reversed[i], mirrored);
  }
}

/// Bit by bit, as the ISA has it.
uint32_t extract(uint32_t a, uint32_t position, uint32_t length,
                 bool isSigned) {
  bool sign =
      isSigned && length && (a >> std::min(position + length - 1, 31u) & 1);
  uint32_t result = 0;
  for (unsigned i = 0; i < 32; ++i) {
    bool bit =
        i < length && position + i <= 31 ? a >> (position + i) & 1 : sign;
    result |= uint32_t(bit) << i;
  }
  return result;
}

uint32_t insert(uint32_t a, uint32_t b, uint32_t position, uint32_t length) {
  for (unsigned i = 0; i < length && position + i <= 31; ++i) {
    b &= ~(1u << (position + i));
    b |= (a >> i & 1) << (position + i);
  }
  return b;
}

TEST(CUDADriverBitsTest, Fields) {
  std::vector<uint32_t> a, b, positions, lengths;
  auto values = randomValues<uint32_t>(1024, 1);
  for (uint32_t position : {0, 1, 5, 16, 30, 31, 32, 40, 255})
    for (uint32_t length : {0, 1, 4, 16, 31, 32, 33, 255}) {
      a.push_back(values[a.size()]);
      b.push_back(values[512 + b.size()]);
      positions.push_back(position);
      lengths.push_back(length);
    }
  auto plain =
      evaluate<uint32_t>("bfe.u32 %d, %a, %b, %c;", a, positions, lengths);
  auto extended =
      evaluate<uint32_t>("bfe.s32 %d, %a, %b, %c;", a, positions, lengths);
  auto inserted = evaluate<uint32_t>("bfi.b32 %d, %a, %b, %c, %e;", a, b,
                                     positions, lengths);
  for (unsigned i = 0; i < a.size(); ++i) {
    EXPECT_EQ(plain[i], extract(a[i], positions[i], lengths[i], false)) << i;
    EXPECT_EQ(extended[i], extract(a[i], positions[i], lengths[i], true)) << i;
    EXPECT_EQ(inserted[i], insert(a[i], b[i], positions[i], lengths[i])) << i;
  }
}

TEST(CUDADriverBitsTest, Tables) {
  auto a = randomValues<uint32_t>(count, 1),
       b = randomValues<uint32_t>(count, 2),
       c = randomValues<uint32_t>(count, 3);
  auto check = [&](unsigned table, auto function) {
    auto results = evaluate<uint32_t>(
        "lop3.b32 %d, %a, %b, %c, " + std::to_string(table) + ";", a, b, c);
    for (unsigned i = 0; i < count; ++i)
      EXPECT_EQ(results[i], uint32_t(function(a[i], b[i], c[i])));
  };
  // The table of a function is the function of these constants.
  auto mixed = [](uint32_t a, uint32_t b, uint32_t c) { return (a & b) ^ ~c; };
  check(mixed(0xf0, 0xcc, 0xaa) & 0xff, mixed);
  auto choice = [](uint32_t a, uint32_t b, uint32_t c) {
    return (a & b) | (~a & c);
  };
  check(choice(0xf0, 0xcc, 0xaa) & 0xff, choice);
  EXPECT_EQ(decodeError("lop3.b32 %r0, %r1, %r2, %r3, 256;"),
            "'lop3.b32': expected a table of 8 bits");
}

uint8_t getByte(uint32_t a, uint32_t b, unsigned i) {
  return uint8_t(i < 4 ? a >> (8 * i) : b >> (8 * (i - 4)));
}

TEST(CUDADriverBitsTest, Permutations) {
  auto a = randomValues<uint32_t>(count, 1),
       b = randomValues<uint32_t>(count, 2),
       c = randomValues<uint32_t>(count, 3);
  auto results = evaluate<uint32_t>("prmt.b32 %d, %a, %b, %c;", a, b, c);
  for (unsigned i = 0; i < count; ++i)
    for (unsigned j = 0; j < 4; ++j) {
      unsigned selector = c[i] >> (4 * j) & 0xf;
      uint8_t byte = getByte(a[i], b[i], selector & 7);
      if (selector & 8)
        byte = byte >> 7 ? 0xff : 0;
      EXPECT_EQ(uint8_t(results[i] >> (8 * j)), byte);
    }
  // The bytes of the modes for controls 0 to 3, highest first.
  const std::pair<const char *, std::array<const char *, 4>> modes[] = {
      {"f4e", {"3210", "4321", "5432", "6543"}},
      {"b4e", {"5670", "6701", "7012", "0123"}},
      {"rc8", {"0000", "1111", "2222", "3333"}},
      {"ecl", {"3210", "3211", "3222", "3333"}},
      {"ecr", {"0000", "1110", "2210", "3210"}},
      {"rc16", {"1010", "3232", "1010", "3232"}}};
  for (const auto &[mode, choices] : modes) {
    auto results = evaluate<uint32_t>(
        std::string("prmt.b32.") + mode + " %d, %a, %b, %c;", a, b, c);
    for (unsigned i = 0; i < count; ++i)
      for (unsigned j = 0; j < 4; ++j)
        EXPECT_EQ(uint8_t(results[i] >> (8 * j)),
                  getByte(a[i], b[i], choices[c[i] & 3][3 - j] - '0'))
            << mode;
  }
}

TEST(CUDADriverBitsTest, Refused) {
  EXPECT_EQ(decodeError("and.u32 %r0, %r1, %r2;"),
            "'and.u32': unsupported combination of modifiers");
  EXPECT_EQ(decodeError("shf.l.b32 %r0, %r1, %r2, %r3;"),
            "'shf.l.b32': expected '.clamp' or '.wrap'");
  EXPECT_EQ(decodeError("bfe.b32 %r0, %r1, %r2, %r3;"),
            "'bfe.b32': unsupported type 'b32'");
  EXPECT_EQ(decodeError("fns.b32 %r0, %r1, %r2, %r3;"),
            "unknown instruction 'fns.b32'");
}

} // namespace
