//===- MemoryTest.cpp - Tests of loads and stores -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

using namespace mml::ptx;

namespace {

/// Whether a launch was refused with this text.
void expectFault(const std::string &message, const std::string &part) {
  EXPECT_NE(message.find(part), std::string::npos)
      << "expected '" << part << "' but got '" << message << "'";
}

TEST(CUDADriverMemoryTest, Widths) {
  // Bytes of all values, read as each type by 32 threads and stored back.
  std::vector<uint8_t> bytes(512);
  for (unsigned i = 0; i < 512; ++i)
    bytes[i] = uint8_t(i * 37 + i / 256);
  auto copy = [&](const std::string &type, unsigned size, unsigned vector,
                  const std::string &prefix) {
    std::string list;
    for (unsigned i = 0; i < vector; ++i)
      list += (i ? ", %" : "%") + prefix + std::to_string(i);
    if (vector > 1)
      list = "{" + list + "}";
    std::string form =
        ".global" + (vector > 1 ? ".v" + std::to_string(vector) : "") + type;
    std::string stride = std::to_string(size * vector);
    TestDevice device;
    EXPECT_EQ(device.load(makeKernel(
                  2, "mad.wide.u32 %x14, %t, " + stride + ", %p0;\n" +
                         "mad.wide.u32 %x15, %t, " + stride + ", %p1;\n" +
                         "ld" + form + " " + list + ", [%x14];\nst" + form +
                         " [%x15], " + list + ";\n")),
              "");
    Allocation *result = device.allocate<uint8_t>(32 * size * vector);
    EXPECT_EQ(device.run({device.upload(bytes)->base, result->base}), "");
    std::vector<uint8_t> copied = device.download<uint8_t>(result);
    EXPECT_EQ(copied, std::vector<uint8_t>(bytes.begin(),
                                           bytes.begin() + copied.size()))
        << type << vector;
    EXPECT_EQ(device.counters.globalReads.bytes, 32 * size * vector);
    EXPECT_EQ(device.counters.globalReads.widths,
              (std::map<unsigned, uint64_t>{{size * vector, 1}}));
  };
  copy(".b8", 1, 1, "h");
  copy(".s8", 1, 2, "r");
  copy(".u8", 1, 4, "r");
  copy(".b16", 2, 1, "h");
  copy(".b16", 2, 2, "h");
  copy(".b16", 2, 4, "h");
  copy(".b32", 4, 1, "r");
  copy(".f32", 4, 2, "r");
  copy(".b32", 4, 4, "r");
  copy(".b64", 8, 1, "x");
  copy(".f64", 8, 2, "x");
}

TEST(CUDADriverMemoryTest, Extension) {
  std::vector<uint8_t> a = {0x7f, 0x80, 0xff, 0x01};
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                2, "ld.global.s8 %r0, [%p0+1];\nld.global.u8 %r1, [%p0+1];\n"
                   "ld.global.s16 %r2, [%p0+2];\nld.global.s8 %x0, [%p0+2];\n"
                   "st.global.v2.b32 [%p1], {%r0, %r1};\n"
                   "st.global.b32 [%p1+8], %r2;\n"
                   "st.global.b32 [%p1+12], %x0;\n"
                   "shr.u64 %x0, %x0, 32;\nst.global.b32 [%p1+16], %x0;")),
            "");
  Allocation *result = device.allocate<int32_t>(5);
  ASSERT_EQ(device.run({device.upload(a)->base, result->base}, {1, 1, 1}), "");
  EXPECT_EQ(device.download<int32_t>(result),
            (std::vector<int32_t>{-128, 128, 0x1ff, -1, -1}));
}

TEST(CUDADriverMemoryTest, Bounds) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(2, "add.s64 %x0, %p0, %p1;\n"
                                      "ld.global.b32 %r0, [%x0];")),
            "");
  Allocation *memory = device.upload(std::vector<uint32_t>(4));
  EXPECT_EQ(device.run({memory->base, 12}), "");
  expectFault(device.run({memory->base, 16}),
              "thread (0, 0, 0) of block (0, 0, 0) reads 4 bytes at 0x");
  expectFault(device.fault->message, "at byte 16 of an allocation of 16 bytes");
  EXPECT_EQ(device.fault->kind, Fault::Kind::IllegalAddress);
  expectFault(device.run({memory->base, uint64_t(-4)}),
              "4 bytes before an allocation of 16 bytes");
  expectFault(device.run({0, 0}), "reads 4 bytes at 0x0, in no allocation");
  expectFault(device.run({memory->base, 2}),
              "accesses 4 bytes at the misaligned address");
  EXPECT_EQ(device.fault->kind, Fault::Kind::MisalignedAddress);
  uint64_t old = memory->base;
  ASSERT_TRUE(device.memory.release(old));
  expectFault(device.run({old, 4}),
              "in memory of 16 bytes that has been freed, at byte 4");
}

TEST(CUDADriverMemoryTest, WriteBounds) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(1, "add.s64 %x0, %p0, %t8;\n"
                                      "st.global.b64 [%x0], %t8;")),
            "");
  EXPECT_EQ(device.run({device.allocate<uint64_t>(32)->base}), "");
  expectFault(device.run({device.allocate<uint64_t>(31)->base}),
              "thread (31, 0, 0) of block (0, 0, 0) writes 8 bytes at");
}

TEST(CUDADriverMemoryTest, Uninitialized) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                1, "add.s64 %x0, %p0, %t4;\nsetp.ne.u32 %q0, %t, 9;\n"
                   "@%q0 st.global.b32 [%x0], %t;\nld.global.b32 %r0, [%x0];")),
            "");
  expectFault(device.run({device.allocate<uint32_t>(32)->base}),
              "thread (9, 0, 0) of block (0, 0, 0) reads uninitialized memory, "
              "at byte 36 of an allocation of 128 bytes");
}

TEST(CUDADriverMemoryTest, NonCoherent) {
  TestDevice device;
  ASSERT_EQ(device.load(
                makeKernel(2, "st.global.b32 [%p0], 1;\n"
                              "ld.global.nc.L1::no_allocate.b32 %r0, [%p1];")),
            "");
  Allocation *memory = device.upload(std::vector<uint32_t>(4));
  EXPECT_EQ(device.run({memory->base, memory->base + 4}, {1, 1, 1}), "");
  expectFault(device.run({memory->base, memory->base}, {1, 1, 1}),
              "reads by ld.global.nc what this launch has written");
}

TEST(CUDADriverMemoryTest, RacesBetweenBlocks) {
  // Each block writes its number to a place, and reads what lies behind.
  auto run = [](unsigned stride, bool reads, bool isReversed,
                const std::string &more = "") {
    TestDevice device;
    device.isReversed = isReversed;
    EXPECT_EQ(device.load(makeKernel(
                  1, "mov.u32 %r0, %ctaid.x;\nmul.wide.u32 %x0, %r0, " +
                         std::to_string(stride) + ";\n" + more +
                         "add.s64 %x0, %x0, %p0;\nst.global.b32 [%x0], %r0;\n" +
                         (reads ? "ld.global.b32 %r1, [%x0+4];" : ""))),
              "");
    return device.run({device.upload(std::vector<uint32_t>(4))->base},
                      {1, 1, 1}, {3, 1, 1});
  };
  EXPECT_EQ(run(4, false, false), "");
  expectFault(run(0, false, false),
              "thread (0, 0, 0) of block (1, 0, 0) race: writes what block 0 "
              "has written, at byte 0 of an allocation of 16 bytes");
  expectFault(run(0, false, true),
              "block (1, 0, 0) race: writes what block 2 has written");
  // What a block reads before another writes it shows in the other order.
  EXPECT_EQ(run(4, true, false), "");
  expectFault(run(4, true, true),
              "block (1, 0, 0) race: reads what block 2 has written, at byte 8 "
              "of an allocation of 16 bytes");
  // Blocks may wait for each other by these.
  EXPECT_EQ(run(0, true, false, "membar.gl;\n"), "");
  EXPECT_EQ(run(4, true, true, "atom.global.add.u32 %r2, [%p0+12], 1;\n"), "");
  EXPECT_EQ(run(4, true, true, "ld.acquire.gpu.global.b32 %r2, [%p0+12];\n"),
            "");
}

TEST(CUDADriverMemoryTest, Coalescing) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(2, "cvt.u32.u64 %r1, %p1;\n"
                                      "mad.wide.u32 %x0, %t, %r1, %p0;\n"
                                      "ld.global.b32 %r0, [%x0];")),
            "");
  Allocation *memory = device.upload(std::vector<uint32_t>(4096));
  auto run = [&](uint64_t offset, uint64_t stride) {
    EXPECT_EQ(device.run({memory->base + offset, stride}), "");
    const TrafficCounters &reads = device.counters.globalReads;
    EXPECT_EQ(reads.accesses, 1u);
    EXPECT_EQ(reads.bytes, 128u);
    return std::make_pair(reads.sectors, reads.lines);
  };
  using Counts = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(run(0, 4), Counts(4, 1));
  EXPECT_EQ(run(4, 4), Counts(5, 2));
  EXPECT_EQ(run(0, 0), Counts(1, 1));
  EXPECT_EQ(run(0, 32), Counts(32, 8));
  EXPECT_EQ(run(0, 128), Counts(32, 32));
  ASSERT_EQ(device.counters.allocations.size(), 1u);
  EXPECT_EQ(device.counters.allocations[0].distinctBytesRead, 128u);
  EXPECT_EQ(run(0, 0), Counts(1, 1));
  EXPECT_EQ(device.counters.allocations[0].distinctBytesRead, 4u);
  EXPECT_EQ(device.counters.allocations[0].reads.bytes, 128u);
}

TEST(CUDADriverMemoryTest, Local) {
  TestDevice device;
  // Each thread's own array, by a pointer of the local and of the generic
  // space.
  ASSERT_EQ(device.load(makeKernel(
                1, ".local .align 8 .b8 depot[16];\n"
                   "mov.b64 %x0, depot;\nst.local.b32 [%x0+4], %t;\n"
                   "st.local.b32 [depot+8], %t;\ncvta.local.u64 %x1, %x0;\n"
                   "ld.b32 %r0, [%x1+4];\nld.local.b32 %r1, [%x0+8];\n"
                   "add.s32 %r0, %r0, %r1;\nadd.s64 %x2, %p0, %t4;\n"
                   "st.global.b32 [%x2], %r0;")),
            "");
  Allocation *result = device.allocate<uint32_t>(32);
  ASSERT_EQ(device.run({result->base}), "");
  std::vector<uint32_t> values = device.download<uint32_t>(result);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(values[i], 2 * i);

  auto refuse = [](const std::string &body, const std::string &part) {
    TestDevice device;
    EXPECT_EQ(device.load(makeKernel(0, ".local .align 8 .b8 depot[16];\n"
                                        "mov.b64 %x0, depot;\n" +
                                            body)),
              "");
    expectFault(device.run({}), part);
  };
  refuse("ld.local.b32 %r0, [%x0+4];",
         "reads uninitialized local memory at byte 4");
  refuse("st.local.b32 [%x0+16], %t;",
         "writes 4 bytes at byte 16 of 16 bytes of local memory");
  refuse("st.local.b32 [%x0+2], %t;", "misaligned");
}

TEST(CUDADriverMemoryTest, ModuleVariables) {
  TestDevice device;
  ASSERT_EQ(
      device.load(makeKernel(
          1,
          "mov.b64 %x0, table;\nadd.s64 %x0, %x0, %t4;\n"
          "ld.const.b32 %r0, [%x0];\nld.global.b32 %r1, [counter];\n"
          "ld.global.b64 %x1, [pointer];\nld.b32 %r2, [%x1];\n"
          "ld.global.f32 %r3, [floats+4];\n"
          "add.s64 %x2, %p0, %t16;\n"
          "st.global.v4.b32 [%x2], {%r0, %r1, %r2, %r3};",
          ".visible .const .align 4 .b32 table[4] = {1, 2, -3};\n"
          ".visible .global .align 4 .u32 counter;\n"
          ".global .align 8 .u64 pointer[1] = {generic(table)+4};\n"
          ".global .align 4 .f32 floats[2] = {0f3F800000, 0f40000000};\n")),
      "");
  Allocation *result = device.allocate<uint32_t>(16);
  ASSERT_EQ(device.run({result->base}, {4, 1, 1}), "");
  EXPECT_EQ(device.download<uint32_t>(result),
            (std::vector<uint32_t>{1, 0, 2, 0x40000000, 2, 0, 2, 0x40000000,
                                   uint32_t(-3), 0, 2, 0x40000000, 0, 0, 2,
                                   0x40000000}));
  EXPECT_EQ(device.module->getVariable("table")->size, 16u);
  EXPECT_EQ(device.module->getVariable("none"), nullptr);

  ASSERT_EQ(device.load(makeKernel(
                0, "mov.b64 %x0, table;\nst.global.b32 [%x0], %t;",
                ".visible .const .align 4 .b32 table[4] = {1, 2, 3, 4};\n")),
            "");
  expectFault(device.run({}), "writes to the constant 'table'");
}

TEST(CUDADriverMemoryTest, Parameters) {
  TestDevice device;
  std::string header = ".visible .entry test(.param .u64 p, .param .u8 b, "
                       ".param .align 8 .b8 s[12]) {\n";
  std::string body =
      ".reg .b64 %x<4>; .reg .b32 %r<4>;\nld.param.b64 %x0, [p];\n"
      "ld.param.u8 %r0, [b];\nmov.b64 %x1, s;\nld.param.b32 %r1, [%x1+8];\n"
      "cvta.param.u64 %x2, %x1;\nld.b32 %r2, [%x2+4];\n"
      "st.global.v4.b32 [%x0], {%r0, %r1, %r2, %r2};\nret; }";
  ASSERT_EQ(device.load(header + body), "");
  const Kernel *kernel = device.module->getKernel("test");
  ASSERT_EQ(kernel->entry->params.size(), 3u);
  EXPECT_EQ(kernel->entry->params[1].offset, 8u);
  EXPECT_EQ(kernel->entry->params[2].offset, 16u);
  EXPECT_EQ(kernel->entry->params[2].size, 12u);
  Allocation *result = device.allocate<uint32_t>(4);
  // The byte at 8, and the structure's words at 16.
  EXPECT_EQ(device.run({result->base, 200, uint64_t(7) << 32, 9}, {1, 1, 1}),
            "");
  EXPECT_EQ(device.download<uint32_t>(result),
            (std::vector<uint32_t>{200, 9, 7, 7}));
  ASSERT_EQ(device.load(header + ".reg .b32 %r<4>;\n"
                                 "ld.param.b32 %r1, [s+64];\nret; }"),
            "");
  expectFault(device.run({0, 0, 0, 0}), "bytes of parameters");
}

TEST(CUDADriverMemoryTest, Generic) {
  TestDevice device;
  // Half of the threads in shared and half in global memory.
  ASSERT_EQ(device.load(makeKernel(
                1,
                "mov.b64 %x0, tile;\ncvta.shared.u64 %x0, %x0;\n"
                "setp.lt.u32 %q0, %t, 16;\nselp.b64 %x1, %x0, %p0, %q0;\n"
                "add.s64 %x1, %x1, %t4;\nst.b32 [%x1], %t;\n"
                "ld.b32 %r0, [%x1];\nisspacep.shared %q1, %x1;\n"
                "selp.b32 %r1, 1, 0, %q1;\n@%q0 st.b32 [%x1], %r1;\n"
                "@%q0 ld.b32 %r2, [%x1];\nadd.s64 %x2, %p0, %t4;\n"
                "@%q0 st.global.b32 [%x2], %r2;",
                ".shared .align 4 .b8 tile[128];")),
            "");
  Allocation *result = device.allocate<uint32_t>(32);
  ASSERT_EQ(device.run({result->base}), "");
  std::vector<uint32_t> values = device.download<uint32_t>(result);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(values[i], i < 16 ? 1 : i);
}

TEST(CUDADriverMemoryTest, Refused) {
  EXPECT_EQ(decodeError("ld.global.v4.b64 {%x0, %x1, %x2, %x3}, [%x4];"),
            "'ld.global.v4.b64': expected at most 16 bytes");
  EXPECT_EQ(decodeError("ld.global.b32 %r0, [%r1];"),
            "'ld.global.b32': expected an address of 64 bits but got 32 bits");
  EXPECT_EQ(decodeError("ld.global.b64 %r0, [%x1];"),
            "'ld.global.b64': expected a result of at least 64 bits but got 32 "
            "bits");
  EXPECT_EQ(decodeError("ld.global.v2.b32 {%r0}, [%x1];"),
            "'ld.global.v2.b32': expected 2 registers but got 1");
  EXPECT_EQ(decodeError("ld.global.v2.b32 {%r0, %x0}, [%x1];"),
            "'ld.global.v2.b32': expected registers of 32 bits but got one of "
            "64 bits");
  EXPECT_EQ(decodeError("ld.shared.nc.b32 %r0, [%x1];"),
            "'ld.shared.nc.b32': expected '.nc' with '.global'");
  EXPECT_EQ(decodeError("st.const.b32 [%x1], %r0;"),
            "'st.const.b32': constants are not written");
  EXPECT_EQ(decodeError("ld.global.b32 %r0, [nowhere];"),
            "'ld.global.b32': 'nowhere' is not declared");
  EXPECT_EQ(decodeError("ld.global.b32 %r0, %x0;"),
            "'ld.global.b32': expected an address in brackets");
  EXPECT_EQ(decodeError("ld.global.L2::cache_hint.b32 %r0, [%x0], %x1;"),
            "'ld.global.L2::cache_hint.b32': unsupported modifier "
            "'.L2::cache_hint'");
}

} // namespace
