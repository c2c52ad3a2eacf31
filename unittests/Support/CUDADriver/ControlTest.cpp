//===- ControlTest.cpp - Tests of jumps, calls and barriers ---------------===//
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

std::vector<uint32_t> iota(unsigned size) {
  std::vector<uint32_t> values(size);
  for (unsigned i = 0; i < size; ++i)
    values[i] = i;
  return values;
}

void expectFault(const std::string &body, const std::string &part,
                 Dim3 block = {64, 1, 1}) {
  TestDevice device;
  EXPECT_EQ(device.load(makeKernel(0, body)), "");
  std::string message = device.run({}, block);
  EXPECT_NE(message.find(part), std::string::npos)
      << "expected '" << part << "' but got '" << message << "'";
}

TEST(CUDADriverControlTest, Branches) {
  auto results = evaluate<uint32_t>("setp.lt.u32 %m0, %a, 10;\n"
                                    "@%m0 bra SMALL;\n"
                                    "and.b32 %k0, %a, 1;\n"
                                    "setp.eq.u32 %m1, %k0, 0;\n"
                                    "@!%m1 bra ODD;\n"
                                    "mov.b32 %d, 2;\nbra JOIN;\n"
                                    "ODD:\nmov.b32 %d, 3;\n"
                                    "JOIN:\nadd.s32 %d, %d, 100;\nbra END;\n"
                                    "SMALL:\nmov.b32 %d, 1;\n"
                                    "END:\nadd.s32 %d, %d, 1000;",
                                    iota(count));
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(results[i], 1000 + (i < 10 ? 1 : 102 + i % 2));
}

TEST(CUDADriverControlTest, Loops) {
  // Threads leave at different times, and meet again: the shuffle after the
  // loop needs all of them.
  auto results = evaluate<uint32_t>("mov.b32 %d, 0;\nmov.b32 %k0, 0;\n"
                                    "LOOP:\nsetp.ge.u32 %m0, %k0, %a;\n"
                                    "@%m0 bra DONE;\nadd.s32 %d, %d, %k0;\n"
                                    "add.s32 %k0, %k0, 1;\nbra LOOP;\n"
                                    "DONE:\nshfl.sync.bfly.b32 %d, %d, 1, 31, "
                                    "-1;",
                                    iota(count));
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(results[i], ((i ^ 1) * ((i ^ 1) - 1)) / 2);
}

TEST(CUDADriverControlTest, NestedLoops) {
  auto results = evaluate<uint32_t>(
      "mov.b32 %d, 0;\nmov.b32 %k0, 0;\n"
      "OUTER:\nand.b32 %k2, %k0, 3;\nmov.b32 %k1, 0;\n"
      "INNER:\nsetp.ge.u32 %m1, %k1, %k2;\n@%m1 bra NEXT;\n"
      "add.s32 %d, %d, 1;\nadd.s32 %k1, %k1, 1;\n"
      // Some leave both loops at once.
      "setp.gt.u32 %m2, %d, 20;\n@%m2 bra DONE;\nbra INNER;\n"
      "NEXT:\nadd.s32 %k0, %k0, 1;\nsetp.lt.u32 %m0, %k0, %a;\n"
      "@%m0 bra OUTER;\n"
      "DONE:\nbar.sync 0;",
      iota(count));
  for (unsigned i = 0; i < count; ++i) {
    unsigned expected = 0;
    for (unsigned outer = 0; outer == 0 || outer < i; ++outer)
      expected += outer & 3;
    EXPECT_EQ(results[i], std::min(expected, 21u)) << i;
  }
}

TEST(CUDADriverControlTest, Tables) {
  auto results = evaluate<uint32_t>(
      "and.b32 %k0, %a, 3;\nTABLE: .branchtargets ZERO, ONE, TWO, ONE;\n"
      "brx.idx %k0, TABLE;\n"
      "ZERO:\nmov.b32 %d, 10;\nbra END;\nONE:\nmov.b32 %d, 11;\nbra END;\n"
      "TWO:\nmov.b32 %d, 12;\nEND:\nbar.warp.sync -1;",
      iota(count));
  const unsigned expected[] = {10, 11, 12, 11};
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(results[i], expected[i % 4]);
  expectFault("TABLE: .branchtargets ZERO, ONE;\nbrx.idx %t, TABLE;\n"
              "ZERO:\nbar.sync 0;\nONE:\nbar.sync 0;",
              "jumps to entry 2 of 2");
}

TEST(CUDADriverControlTest, Exits) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                1, "setp.lt.u32 %q0, %t, 5;\n@%q0 exit;\n"
                   "setp.gt.u32 %q1, %t, 60;\n@%q1 ret;\n"
                   "add.s64 %x0, %p0, %t4;\nst.global.b32 [%x0], %t;")),
            "");
  Allocation *result = device.upload(std::vector<uint32_t>(count, 99));
  ASSERT_EQ(device.run({result->base}, {count, 1, 1}), "");
  std::vector<uint32_t> values = device.download<uint32_t>(result);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(values[i], i < 5 || i > 60 ? 99 : i);
}

const char *const functions =
    ".func (.param .b32 result) twice(.param .b32 a)\n{ .reg .b32 %r<4>;\n"
    "ld.param.b32 %r0, [a];\nadd.s32 %r1, %r0, %r0;\n"
    "st.param.b32 [result], %r1;\nret; }\n"
    // The sum of 0 to a, by recursion, with memory of its own.
    ".func (.param .b32 result) total(.param .b32 a)\n"
    "{ .local .align 4 .b8 depot[4];\n.reg .b32 %r<8>; .reg .pred %p;\n"
    "ld.param.b32 %r0, [a];\nst.local.b32 [depot], %r0;\n"
    "setp.eq.s32 %p, %r0, 0;\n@%p bra ZERO;\nsub.s32 %r1, %r0, 1;\n"
    "{ .param .b32 in; .param .b32 out;\nst.param.b32 [in], %r1;\n"
    "call.uni (out), total, (in);\nld.param.b32 %r2, [out]; }\n"
    "ld.local.b32 %r3, [depot];\nadd.s32 %r4, %r2, %r3;\n"
    "st.param.b32 [result], %r4;\nret;\n"
    "ZERO:\nst.param.b32 [result], 0;\nret; }\n";

TEST(CUDADriverControlTest, Calls) {
  TestDevice device;
  std::string call =
      "{ .param .b32 in; .param .b32 out;\n"
      "st.param.b32 [in], %r1;\ncall.uni (out), FUNCTION, (in);\n"
      "ld.param.b32 %r2, [out]; }\n";
  auto make = [&](const std::string &function, const std::string &guard) {
    std::string text = call;
    text.replace(text.find("FUNCTION"), 8, function);
    text.replace(text.find("call"), 0, guard);
    return text;
  };
  std::string store = "add.s64 %x0, %p0, %t4;\nst.global.b32 [%x0], %r2;";
  ASSERT_EQ(device.load(makeKernel(1,
                                   "mov.b32 %r1, %t;\n" + make("total", "") +
                                       "mov.b32 %r1, %r2;\n" +
                                       make("twice", "") + store,
                                   functions)),
            "");
  Allocation *result = device.allocate<uint32_t>(count);
  ASSERT_EQ(device.run({result->base}, {count, 1, 1}), "");
  std::vector<uint32_t> values = device.download<uint32_t>(result);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(values[i], i * (i + 1));

  // Without a result; by some threads only.
  ASSERT_EQ(device.load(makeKernel(
                1,
                "setp.gt.u32 %q0, %t, 40;\n@%q0 bra SKIP;\n"
                "{ .param .b64 first; .param .b32 second;\n"
                "st.param.b64 [first], %p0;\nst.param.b32 [second], %t;\n"
                "call.uni keep, (first, second); }\nSKIP:\nbar.sync 0;",
                ".func keep(.param .b64 a, .param .b32 b)\n"
                "{ .reg .b64 %x<3>; .reg .b32 %r;\nld.param.b64 %x0, [a];\n"
                "ld.param.b32 %r, [b];\nmul.wide.u32 %x1, %r, 4;\n"
                "add.s64 %x2, %x0, %x1;\nst.b32 [%x2], %r;\nret; }\n")),
            "");
  result = device.upload(std::vector<uint32_t>(count, 7));
  ASSERT_EQ(device.run({result->base}, {count, 1, 1}), "");
  values = device.download<uint32_t>(result);
  for (unsigned i = 0; i < count; ++i)
    EXPECT_EQ(values[i], i > 40 ? 7 : i);
}

TEST(CUDADriverControlTest, CallsRefused) {
  EXPECT_EQ(decodeError("call.uni nowhere;"),
            "'call.uni': function 'nowhere' is defined nowhere");
  EXPECT_EQ(decodeError("call %x0;"),
            "'call': expected the name of a function");
  TestDevice device;
  EXPECT_NE(device
                .load(makeKernel(0,
                                 ".param .b64 in; .param .b32 out;\n"
                                 "call.uni (out), twice, (in);",
                                 functions))
                .find("arguments and parameters differ"),
            std::string::npos);
  // A parameter that nothing has written, and recursion without an end.
  ASSERT_EQ(device.load(makeKernel(0,
                                   ".param .b32 in; .param .b32 out;\n"
                                   "call.uni (out), twice, (in);",
                                   functions)),
            "");
  EXPECT_NE(device.run({}).find("kernel 'test', function 'twice'"),
            std::string::npos);
  EXPECT_NE(device.fault->message.find("reads an uninitialized parameter"),
            std::string::npos);
  ASSERT_EQ(device.load(makeKernel(0,
                                   ".param .b32 in; .param .b32 out;\n"
                                   "st.param.b32 [in], 1000;\n"
                                   "call.uni (out), total, (in);",
                                   functions)),
            "");
  EXPECT_NE(device.run({}).find("calls nest too deeply"), std::string::npos);
}

TEST(CUDADriverControlTest, BarrierDivergence) {
  expectFault("setp.lt.u32 %q0, %t, 16;\n@%q0 bra SKIP;\nbar.sync 0;\nSKIP:\n"
              "add.s32 %r0, %t, 1;",
              "thread (0, 0, 0) of block (0, 0, 0) has parted from its warp, "
              "which is at the barrier");
  expectFault("setp.lt.u32 %q0, %t, 16;\n@%q0 bar.sync 0;",
              "has parted from its warp");
  expectFault("setp.lt.u32 %q0, %t, 16;\n@%q0 exit;\nbar.sync 0;",
              "has ended while others of its warp are at the barrier");
  // A whole warp that never comes.
  expectFault("setp.lt.u32 %q0, %t, 32;\n@%q0 exit;\nbar.sync 0;",
              "waits at a barrier that another warp, which has ended, never "
              "comes to");
  expectFault("setp.lt.u32 %q0, %t, 32;\n@%q0 bra FIRST;\nbar.sync 1;\n"
              "bra END;\nFIRST:\nbar.sync 2;\nEND:\nadd.s32 %r0, %t, 1;",
              "waits at barrier 1 while another waits at barrier 2");
  expectFault("bar.sync 0, 32;",
              "waits for 32 threads of 64, and barriers of a part are not "
              "supported");
  expectFault("bar.sync 16;", "waits at barrier 16 of 16");
  TestDevice device;
  EXPECT_EQ(device.load(makeKernel(0, "bar.sync 0, 64;\nbarrier.sync.aligned "
                                      "3;\nbarrier.cta.sync 0;")),
            "");
  EXPECT_EQ(device.run({}, {64, 1, 1}), "");
  EXPECT_EQ(decodeError("bar.arrive 0, 64;"), "'bar.arrive': expected '.sync'");
}

TEST(CUDADriverControlTest, OtherFaults) {
  expectFault("setp.eq.u32 %q0, %t, 3;\n@%q0 trap;",
              "thread (3, 0, 0) of block (0, 0, 0) traps");
  expectFault("setp.eq.u32 %q0, %t, 3;\n@%q0 bra.uni END;\n"
              "add.s32 %r0, %t, 1;\nEND:\nadd.s32 %r0, %t, 1;",
              "jumps without others by a uniform branch");
  expectFault("LOOP:\nbra LOOP;", "does not end within");
  EXPECT_EQ(decodeError("bra NOWHERE;"),
            "'bra': expected a label of the function");
}

TEST(CUDADriverControlTest, Order) {
  // Blocks and warps that note when they came, in both orders.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                2, "mov.u32 %r0, %ctaid.x;\nmov.u32 %r1, %warpid;\n"
                   "mad.lo.u32 %r2, %r0, 2, %r1;\nmov.u32 %r3, %laneid;\n"
                   "setp.eq.u32 %q0, %r3, 0;\n"
                   "@%q0 atom.global.add.u32 %r4, [%p0], 1;\n"
                   "mul.wide.u32 %x0, %r2, 4;\nadd.s64 %x0, %x0, %p1;\n"
                   "@%q0 st.global.b32 [%x0], %r4;")),
            "");
  auto run = [&](bool isReversed) {
    device.isReversed = isReversed;
    Allocation *result = device.allocate<uint32_t>(6);
    EXPECT_EQ(device.run(
                  {device.upload(std::vector<uint32_t>(1))->base, result->base},
                  {64, 1, 1}, {3, 1, 1}),
              "");
    return device.download<uint32_t>(result);
  };
  EXPECT_EQ(run(false), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(run(true), (std::vector<uint32_t>{5, 4, 3, 2, 1, 0}));
}

TEST(CUDADriverControlTest, Counters) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(0, "setp.lt.u32 %q0, %t, 3;\n"
                                      "@%q0 add.s32 %r0, %t, 1;\n"
                                      "add.s32 %r1, %t, 1;")),
            "");
  ASSERT_EQ(device.run({}, {40, 1, 1}), "");
  EXPECT_EQ(device.counters.instructions.at("add.s32"), 4u);
  EXPECT_EQ(device.counters.instructions.at("setp.lt.u32"), 2u);
  EXPECT_EQ(device.counters.instructions.at("mul.wide.u32"), 8u);
  // The tid, four products, the comparison, two sums and ret, in two warps.
  EXPECT_EQ(device.counters.warpInstructions, 18u);
  EXPECT_EQ(device.counters.threadInstructions, 8u * 40u + 3u);
}

} // namespace
