//===- ConvertTest.cpp - Tests of moves, comparisons, conversions ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

#include "CUDADriver/Floats.h"

#include <cmath>
#include <limits>

using namespace mml::ptx;

namespace {

constexpr unsigned count = 64;

std::vector<float> getFloats() {
  return {0.0f,           -0.0f,         0.5f,
          1.5f,           2.5f,          -0.5f,
          -1.5f,          -2.5f,         0.49999f,
          127.5f,         128.0f,        -128.5f,
          -129.0f,        255.5f,        256.0f,
          65535.9f,       1e9f,          2147483648.0f,
          -2147483648.0f, 4294967296.0f, 1e20f,
          -1e20f,         std::nanf(""), std::numeric_limits<float>::infinity(),
          1e-40f};
}

template <typename To> int64_t clampTo(double value) {
  if (std::isnan(value))
    return 0;
  value = std::max(value, double(std::numeric_limits<To>::min()));
  if (value >= double(std::numeric_limits<To>::max()))
    return int64_t(std::numeric_limits<To>::max());
  return int64_t(value);
}

TEST(CUDADriverConvertTest, FloatsToIntegers) {
  std::vector<float> a = getFloats();
  const std::pair<const char *, double (*)(double)> roundings[] = {
      {"rni", std::nearbyint},
      {"rzi", std::trunc},
      {"rmi", std::floor},
      {"rpi", std::ceil}};
  for (auto [name, round] : roundings) {
    std::string prefix = std::string("cvt.") + name;
    auto words = evaluate<int32_t>(prefix + ".s32.f32 %d, %a;", a);
    auto unsignedWords = evaluate<uint32_t>(prefix + ".u32.f32 %d, %a;", a);
    auto bytes = evaluate<int32_t>(prefix + ".s8.f32 %d, %a;", a);
    auto halfWords = evaluate<uint16_t>(prefix + ".u16.f32 %d, %a;", a);
    auto wide = evaluate<int64_t>(prefix + ".s64.f32 %d, %a;", a);
    auto floats = evaluate<float>(prefix + ".f32.f32 %d, %a;", a);
    for (unsigned i = 0; i < a.size(); ++i) {
      double exact = round(a[i]);
      EXPECT_EQ(words[i], clampTo<int32_t>(exact)) << a[i];
      EXPECT_EQ(unsignedWords[i], clampTo<uint32_t>(exact)) << a[i];
      EXPECT_EQ(bytes[i], clampTo<int8_t>(exact)) << a[i];
      EXPECT_EQ(halfWords[i], clampTo<uint16_t>(exact)) << a[i];
      EXPECT_EQ(wide[i], clampTo<int64_t>(exact)) << a[i];
      if (!std::isnan(exact)) {
        EXPECT_EQ(floats[i], float(exact));
        EXPECT_EQ(std::signbit(floats[i]), std::signbit(exact));
      }
    }
  }
}

TEST(CUDADriverConvertTest, IntegersToFloats) {
  auto a = randomValues<int32_t>(count, 1);
  auto wide = randomValues<int64_t>(count, 2);
  a[0] = 16777217;
  a[1] = 33554433;
  auto floats = evaluate<float>("cvt.rn.f32.s32 %d, %a;", a);
  auto unsignedFloats = evaluate<float>("cvt.rn.f32.u32 %d, %a;", a);
  auto doubles = evaluate<double>("cvt.rn.f64.s32 %d, %a;", a);
  auto wideFloats = evaluate<float>("cvt.rn.f32.s64 %d, %a;", wide);
  auto wideDoubles = evaluate<double>("cvt.rn.f64.s64 %d, %a;", wide);
  auto unsignedDoubles = evaluate<double>("cvt.rn.f64.u64 %d, %a;", wide);
  auto down = evaluate<float>("cvt.rz.f32.s32 %d, %a;", a);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(floats[i], float(a[i]));
    EXPECT_EQ(unsignedFloats[i], float(uint32_t(a[i])));
    EXPECT_EQ(doubles[i], double(a[i]));
    EXPECT_EQ(wideFloats[i], float(wide[i]));
    EXPECT_EQ(wideDoubles[i], double(wide[i]));
    EXPECT_EQ(unsignedDoubles[i], double(uint64_t(wide[i])));
    EXPECT_LE(std::fabs(double(down[i])), std::fabs(double(a[i])));
    EXPECT_GT(std::nextafter(std::fabs(down[i]), 1e30f),
              std::fabs(double(a[i])));
  }
  auto bytes = randomValues<uint32_t>(count, 3);
  auto fromBytes = evaluate<float>("cvt.rn.f32.s8 %d, %a;", bytes);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(fromBytes[i], float(int8_t(bytes[i])));
}

TEST(CUDADriverConvertTest, Integers) {
  auto a = randomValues<uint32_t>(count, 1);
  auto wide = randomValues<int64_t>(count, 2);
  auto narrow = randomValues<uint16_t>(count, 3);
  auto extended = evaluate<int64_t>("cvt.s64.s32 %d, %a;", a);
  auto zeroExtended = evaluate<uint64_t>("cvt.u64.u32 %d, %a;", a);
  auto truncated = evaluate<uint32_t>("cvt.u32.u64 %d, %a;", wide);
  auto fromByte = evaluate<int32_t>("cvt.s32.s8 %d, %a;", a);
  auto inPlace = evaluate<int16_t>("cvt.s16.s8 %d, %a;", narrow);
  auto toHalfWord = evaluate<uint16_t>("cvt.u16.u32 %d, %a;", a);
  auto saturated = evaluate<int32_t>("cvt.sat.s8.s32 %d, %a;", a);
  auto saturatedUnsigned = evaluate<uint32_t>("cvt.sat.u8.s64 %d, %a;", wide);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(extended[i], int64_t(int32_t(a[i])));
    EXPECT_EQ(zeroExtended[i], a[i]);
    EXPECT_EQ(truncated[i], uint32_t(wide[i]));
    EXPECT_EQ(fromByte[i], int32_t(int8_t(a[i])));
    EXPECT_EQ(inPlace[i], int8_t(narrow[i]));
    EXPECT_EQ(toHalfWord[i], uint16_t(a[i]));
    EXPECT_EQ(saturated[i], std::min(std::max(int32_t(a[i]), -128), 127));
    EXPECT_EQ(saturatedUnsigned[i],
              std::min<int64_t>(std::max<int64_t>(wide[i], 0), 255));
  }
}

TEST(CUDADriverConvertTest, Floats) {
  std::vector<float> a = getFloats();
  auto halves = evaluate<uint16_t>("cvt.rn.f16.f32 %d, %a;", a);
  auto bfloats = evaluate<uint16_t>("cvt.rn.bf16.f32 %d, %a;", a);
  auto reluHalves = evaluate<uint16_t>("cvt.rn.relu.f16.f32 %d, %a;", a);
  auto doubles = evaluate<double>("cvt.f64.f32 %d, %a;", a);
  auto clamped = evaluate<float>("cvt.sat.f32.f32 %d, %a;", a);
  auto pairs = evaluate<uint32_t>("cvt.rn.f16x2.f32 %d, %a, 0f3F800000;", a);
  auto back = evaluate<float>("cvt.f32.f16 %d, %a;", halves);
  auto bfloatBack = evaluate<float>("cvt.f32.bf16 %d, %a;", bfloats);
  for (unsigned i = 0; i < a.size(); ++i) {
    EXPECT_EQ(halves[i], toHalf(a[i]));
    EXPECT_EQ(bfloats[i], toBFloat(a[i]));
    EXPECT_EQ(reluHalves[i],
              std::isnan(a[i]) ? 0x7fff : toHalf(a[i] > 0 ? a[i] : 0));
    EXPECT_EQ(pairs[i], uint32_t(toHalf(a[i])) << 16 | 0x3c00);
    EXPECT_EQ(clamped[i], a[i] > 0 ? std::min(a[i], 1.0f) : 0.0f);
    if (std::isnan(a[i]))
      continue;
    EXPECT_EQ(doubles[i], double(a[i]));
    EXPECT_EQ(back[i], fromHalf(halves[i]));
    EXPECT_EQ(bfloatBack[i], fromBFloat(bfloats[i]));
  }
}

TEST(CUDADriverConvertTest, ConversionsRefused) {
  EXPECT_EQ(decodeError("cvt.s32.f32 %r0, %r1;"),
            "'cvt.s32.f32': expected '.rni', '.rzi', '.rmi' or '.rpi'");
  EXPECT_EQ(decodeError("cvt.f16.f32 %h0, %r1;"),
            "'cvt.f16.f32': expected '.rn', '.rz', '.rm' or '.rp'");
  EXPECT_EQ(decodeError("cvt.rna.tf32.f32 %r0, %r1;"),
            "'cvt.rna.tf32.f32': expected a type");
  EXPECT_EQ(decodeError("cvt.rn.bf16.f32 %h0, %r1;", 75),
            "'cvt.rn.bf16.f32': expected a target of at least sm_80 but got "
            "sm_75");
  EXPECT_EQ(decodeError("cvt.s64.s32 %r0, %r1;"),
            "'cvt.s64.s32': expected a result of at least 64 bits but got 32 "
            "bits");
}

TEST(CUDADriverConvertTest, Comparisons) {
  auto check = [](const std::string &text, auto a, auto b, auto expected) {
    auto results = evaluate<uint32_t>(
        text + " %m0, %a, %b;\nselp.u32 %d, 1, 0, %m0;", a, b);
    for (unsigned i = 0; i < a.size(); ++i)
      EXPECT_EQ(results[i], uint32_t(expected(a[i], b[i])))
          << text << " " << +a[i] << " " << +b[i];
  };
  auto a = randomValues<int32_t>(count, 1), b = randomValues<int32_t>(count, 2);
  a[0] = b[0];
  a[1] = b[1];
  check("setp.eq.s32", a, b, [](int a, int b) { return a == b; });
  check("setp.ne.b32", a, b, [](int a, int b) { return a != b; });
  check("setp.lt.s32", a, b, [](int a, int b) { return a < b; });
  check("setp.le.s32", a, b, [](int a, int b) { return a <= b; });
  check("setp.gt.u32", a, b, [](uint32_t a, uint32_t b) { return a > b; });
  check("setp.hs.u32", a, b, [](uint32_t a, uint32_t b) { return a >= b; });
  check("setp.lo.u32", a, b, [](uint32_t a, uint32_t b) { return a < b; });
  auto h = randomValues<int16_t>(count, 1), g = randomValues<int16_t>(count, 2);
  check("setp.ge.s16", h, g, [](int a, int b) { return a >= b; });
  auto x = randomValues<int64_t>(count, 1), y = randomValues<int64_t>(count, 2);
  check("setp.lt.u64", x, y, [](uint64_t a, uint64_t b) { return a < b; });

  std::vector<float> f = getFloats(), g2 = getFloats();
  std::rotate(g2.begin(), g2.begin() + 3, g2.end());
  f[0] = g2[0];
  check("setp.lt.f32", f, g2, [](float a, float b) { return a < b; });
  check("setp.ge.f32", f, g2, [](float a, float b) { return a >= b; });
  check("setp.eq.f32", f, g2, [](float a, float b) { return a == b; });
  check("setp.ne.f32", f, g2, [](float a, float b) { return a < b || a > b; });
  check("setp.neu.f32", f, g2, [](float a, float b) { return !(a == b); });
  check("setp.ltu.f32", f, g2, [](float a, float b) { return !(a >= b); });
  check("setp.geu.f32", f, g2, [](float a, float b) { return !(a < b); });
  check("setp.num.f32", f, g2,
        [](float a, float b) { return !std::isnan(a) && !std::isnan(b); });
  check("setp.nan.f32", f, g2,
        [](float a, float b) { return std::isnan(a) || std::isnan(b); });
  std::vector<float> tiny = {1e-40f, -1e-40f}, zeros = {0, 0};
  check("setp.eq.ftz.f32", tiny, zeros, [](float, float) { return true; });
  std::vector<uint16_t> halves = {0x3c00, 0x7e00, 0x8000, 0xc000};
  std::vector<uint16_t> others = {0x4000, 0x3c00, 0x0000, 0xbc00};
  check("setp.lt.f16", halves, others,
        [](uint16_t a, uint16_t b) { return fromHalf(a) < fromHalf(b); });
  check("setp.equ.bf16", halves, others, [](uint16_t a, uint16_t b) {
    return !(fromBFloat(a) < fromBFloat(b)) && !(fromBFloat(a) > fromBFloat(b));
  });
}

TEST(CUDADriverConvertTest, ComparisonsOfTwoResults) {
  std::vector<uint32_t> a = {0, 1, 2, 3}, b = {1, 1, 1, 1}, c = {0, 1, 0, 1};
  auto joined = [&](const std::string &operation) {
    return evaluate<uint32_t>(
        "setp.ne.u32 %m2, %c, 0;\n" + operation +
            "\nselp.b32 %k0, 1, 0, %m0;\nselp.b32 %k1, 2, 0, %m1;\n"
            "or.b32 %d, %k0, %k1;",
        a, b, c);
  };
  EXPECT_EQ(joined("setp.lt.u32 %m0|%m1, %a, %b;"),
            (std::vector<uint32_t>{1, 2, 2, 2}));
  EXPECT_EQ(joined("setp.le.and.u32 %m0|%m1, %a, %b, %m2;"),
            (std::vector<uint32_t>{0, 1, 0, 2}));
  EXPECT_EQ(joined("setp.le.or.u32 %m0|%m1, %a, %b, !%m2;"),
            (std::vector<uint32_t>{3, 1, 3, 2}));
  EXPECT_EQ(joined("setp.le.xor.u32 %m0|%m1, %a, %b, %m2;"),
            (std::vector<uint32_t>{1, 2, 2, 1}));
  // Pairs: one result for each half.
  std::vector<uint32_t> x = {0x3c004000}, y = {0x40003c00};
  EXPECT_EQ(evaluate<uint32_t>("setp.lt.f16x2 %m0|%m1, %a, %b;\n"
                               "selp.b32 %k0, 1, 0, %m0;\n"
                               "selp.b32 %k1, 2, 0, %m1;\n"
                               "or.b32 %d, %k0, %k1;",
                               x, y),
            (std::vector<uint32_t>{2}));
}

TEST(CUDADriverConvertTest, ComparisonsRefused) {
  EXPECT_EQ(decodeError("setp.lt.b32 %q0, %r0, %r1;"),
            "'setp.lt.b32': unsupported comparison 'lt' of type 'b32'");
  EXPECT_EQ(decodeError("setp.ltu.s32 %q0, %r0, %r1;"),
            "'setp.ltu.s32': unsupported comparison 'ltu' of type 's32'");
  EXPECT_EQ(decodeError("setp.lt.s32 %r0, %r0, %r1;"),
            "'setp.lt.s32': expected a result of a predicate but got 32 bits");
  EXPECT_EQ(decodeError("add.s32 %r0, !%r0, %r1;"),
            "'add.s32': unexpected '!'");
}

TEST(CUDADriverConvertTest, Tests) {
  std::vector<float> a = getFloats();
  auto check = [&](const std::string &property, auto expected) {
    auto results = evaluate<uint32_t>(
        "testp." + property + ".f32 %m0, %a;\nselp.b32 %d, 1, 0, %m0;", a);
    for (unsigned i = 0; i < a.size(); ++i)
      EXPECT_EQ(results[i], uint32_t(expected(a[i]))) << property << a[i];
  };
  check("finite", [](float a) { return std::isfinite(a); });
  check("infinite", [](float a) { return std::isinf(a); });
  check("notanumber", [](float a) { return std::isnan(a); });
  check("number", [](float a) { return !std::isnan(a); });
  check("normal", [](float a) { return std::isnormal(a); });
  check("subnormal",
        [](float a) { return std::fpclassify(a) == FP_SUBNORMAL; });
}

TEST(CUDADriverConvertTest, Moves) {
  auto a = randomValues<uint32_t>(count, 1);
  auto wide = randomValues<uint64_t>(count, 2);
  EXPECT_EQ(evaluate<uint32_t>("mov.b32 %d, %a;", a), a);
  EXPECT_EQ(evaluate<uint64_t>("mov.b64 {%k0, %k1}, %a;\n"
                               "mov.b64 %d, {%k0, %k1};",
                               wide),
            wide);
  auto swapped =
      evaluate<uint32_t>("{ .reg .b16 low, high;\nmov.b32 {low, high}, %a;\n"
                         "mov.b32 %d, {high, low}; }",
                         a);
  auto part = evaluate<uint16_t>("mov.b64 {_, _, %d, _}, %a;", wide);
  auto selected = evaluate<uint32_t>(
      "setp.gt.s32 %m0, %a, 0;\nselp.b32 %d, %a, 7, %m0;", a);
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(swapped[i], a[i] << 16 | a[i] >> 16);
    EXPECT_EQ(part[i], uint16_t(wide[i] >> 32));
    EXPECT_EQ(selected[i], int32_t(a[i]) > 0 ? a[i] : 7);
  }
}

TEST(CUDADriverConvertTest, SpecialRegisters) {
  TestDevice device;
  std::string body;
  const char *const names[] = {
      "%tid.x",       "%tid.y",       "%tid.z",       "%ntid.x",
      "%ntid.y",      "%ntid.z",      "%ctaid.x",     "%ctaid.y",
      "%ctaid.z",     "%nctaid.x",    "%nctaid.y",    "%nctaid.z",
      "%laneid",      "%warpid",      "%lanemask_eq", "%lanemask_lt",
      "%lanemask_le", "%lanemask_gt", "%lanemask_ge", "%dynamic_smem_size"};
  constexpr unsigned registers = std::size(names);
  // The number of the thread in the grid.
  body = "mov.u32 %r0, %tid.y;\nmov.u32 %r1, %tid.z;\n"
         "mad.lo.u32 %r0, %r1, 3, %r0;\nmad.lo.u32 %r0, %r0, 5, %t;\n"
         "mov.u32 %r1, %ctaid.x;\nmad.lo.u32 %r0, %r1, 60, %r0;\n"
         "mul.wide.u32 %x0, %r0, " +
         std::to_string(4 * registers) + ";\nadd.s64 %x0, %x0, %p0;\n";
  for (unsigned i = 0; i < registers; ++i)
    body += "mov.u32 %r2, " + std::string(names[i]) + ";\nst.global.b32 [%x0+" +
            std::to_string(4 * i) + "], %r2;\n";
  ASSERT_EQ(device.load(makeKernel(1, body)), "");
  Allocation *result = device.allocate<uint32_t>(120 * registers);
  ASSERT_EQ(device.run({result->base}, {5, 3, 4}, {2, 1, 1}, 64), "");
  std::vector<uint32_t> values = device.download<uint32_t>(result);
  for (unsigned thread = 0; thread < 120; ++thread) {
    unsigned number = thread % 60, lane = number % 32;
    uint32_t bit = 1u << lane;
    std::vector<uint32_t> expected = {number % 5,
                                      number / 5 % 3,
                                      number / 15,
                                      5,
                                      3,
                                      4,
                                      thread / 60,
                                      0,
                                      0,
                                      2,
                                      1,
                                      1,
                                      lane,
                                      number / 32,
                                      bit,
                                      bit - 1,
                                      bit | (bit - 1),
                                      ~(bit | (bit - 1)),
                                      ~(bit - 1),
                                      64};
    EXPECT_EQ(std::vector<uint32_t>(values.begin() + thread * registers,
                                    values.begin() + (thread + 1) * registers),
              expected);
  }
  EXPECT_EQ(decodeError("mov.u32 %r0, %envreg0;"),
            "'mov.u32': unknown special register '%envreg0'");
  EXPECT_EQ(decodeError("mov.u32 %r0, %clock64;"),
            "'mov.u32': expected 64 bits for '%clock64'");
}

TEST(CUDADriverConvertTest, UninitializedRegisters) {
  auto run = [](const std::string &body) {
    TestDevice device;
    EXPECT_EQ(device.load(makeKernel(0, body)), "");
    return device.run({});
  };
  EXPECT_NE(run("add.s32 %r0, %r1, 1;")
                .find("reads the uninitialized register '%r1'"),
            std::string::npos);
  // A copy does not read, what uses it does.
  EXPECT_EQ(run("mov.b32 %r0, %r1;"), "");
  EXPECT_NE(run("mov.b32 %r0, %r1;\nadd.s32 %r2, %r0, 1;")
                .find("reads the uninitialized register '%r0'"),
            std::string::npos);
  EXPECT_EQ(run("setp.lt.u32 %q0, %t, 40;\nselp.b32 %r0, 1, %r1, %q0;\n"
                "add.s32 %r2, %r0, 1;"),
            "");
  EXPECT_NE(run("setp.lt.u32 %q0, %t, 30;\nselp.b32 %r0, 1, %r1, %q0;\n"
                "add.s32 %r2, %r0, 1;")
                .find("thread (30, 0, 0) of block (0, 0, 0) reads the "
                      "uninitialized register '%r0'"),
            std::string::npos);
  // Written by some threads only.
  EXPECT_NE(run("setp.lt.u32 %q0, %t, 7;\n@%q0 mov.b32 %r0, 1;\n"
                "add.s32 %r2, %r0, 1;")
                .find("thread (7, 0, 0)"),
            std::string::npos);
  EXPECT_NE(run("@%q0 mov.b32 %r0, 1;")
                .find("is guarded by the uninitialized register '%q0'"),
            std::string::npos);
  EXPECT_NE(run("mov.b32 %r0, {%h0, %h1};\nadd.s32 %r1, %r0, 1;")
                .find("uninitialized register '%r0'"),
            std::string::npos);
}

} // namespace
