//===- SharedTest.cpp - Tests of shared memory and its races --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

using namespace mml::ptx;

namespace {

const char *const tile = ".shared .align 16 .b8 tile[4096];";

/// Runs instructions with `%r15` the address of `tile[4 * thread]`, `%r14` that
/// of the next thread's, and `%r13` that of the tile. 64 threads.
std::string run(const std::string &body, unsigned threads = 64) {
  TestDevice device;
  EXPECT_EQ(device.load(makeKernel(0,
                                   "mov.b32 %r13, tile;\n"
                                   "mad.lo.s32 %r15, %t, 4, %r13;\n"
                                   "add.s32 %r14, %r15, 4;\n" +
                                       body,
                                   tile)),
            "");
  return device.run({}, {threads, 1, 1});
}

void expectFault(const std::string &body, const std::string &part,
                 unsigned threads = 64) {
  std::string message = run(body, threads);
  EXPECT_NE(message.find(part), std::string::npos)
      << "expected '" << part << "' but got '" << message << "'";
}

TEST(CUDADriverSharedTest, Ordered) {
  EXPECT_EQ(run("st.shared.b32 [%r15], %t;\nld.shared.b32 %r0, [%r15];"), "");
  EXPECT_EQ(run("st.shared.b32 [%r15], %t;\nst.shared.b32 [tile+256], 1;\n", 1),
            "");
  EXPECT_EQ(run("st.shared.b32 [%r15], %t;\nsetp.eq.u32 %q0, %t, 0;\n"
                "@%q0 st.shared.b32 [tile+256], 1;\nbar.sync 0;\n"
                "ld.shared.b32 %r0, [%r14];\nbar.sync 0;\n"
                "st.shared.b32 [%r15], %t;"),
            "");
  // Many readers, then a barrier, then one writer.
  EXPECT_EQ(run("setp.eq.u32 %q0, %t, 40;\n@%q0 st.shared.b32 [tile], %t;\n"
                "bar.sync 0;\nld.shared.b32 %r0, [tile];\nbar.sync 0;\n"
                "@%q0 st.shared.b32 [tile], %t;"),
            "");
  // Neighbouring bytes are different memory.
  EXPECT_EQ(run("add.s32 %r0, %r13, %t;\nst.shared.b8 [%r0], %t;"), "");
}

TEST(CUDADriverSharedTest, RacesBetweenWarps) {
  expectFault("st.shared.b32 [%r15], %t;\nsetp.ne.u32 %q0, %t, 63;\n"
              "@%q0 ld.shared.b32 %r0, [%r14];",
              "reads a byte that no barrier separates from a write", 64);
  expectFault("st.shared.b32 [tile], %t;",
              "thread (1, 0, 0) of block (0, 0, 0) race: writes a byte that no "
              "barrier separates from a write, at byte 0 of shared memory, "
              "last written by thread 0");
  // A barrier too few: the tile is written again while others may read it.
  expectFault("st.shared.b32 [%r15], %t;\nbar.sync 0;\nxor.b32 %r1, %t, 63;\n"
              "mad.lo.s32 %r1, %r1, 4, %r13;\nld.shared.b32 %r0, [%r1];\n"
              "st.shared.b32 [%r15], %t;",
              "race: reads a byte that no barrier separates from a write");
  expectFault("setp.eq.u32 %q0, %t, 40;\n@%q0 st.shared.b32 [tile], %t;\n"
              "bar.sync 0;\nld.shared.b32 %r0, [tile];\n"
              "@%q0 st.shared.b32 [tile], %t;",
              "race: writes a byte that no barrier separates from a read");
}

TEST(CUDADriverSharedTest, RacesWithinWarp) {
  std::string write = "st.shared.b32 [%r15], %t;\n";
  std::string read = "xor.b32 %r1, %t, 1;\nmad.lo.s32 %r1, %r1, 4, %r13;\n"
                     "ld.shared.b32 %r0, [%r1];\n";
  expectFault(write + read,
              "race: reads a byte that no barrier separates from a write", 32);
  EXPECT_EQ(run(write + "bar.warp.sync -1;\n" + read, 32), "");
  expectFault(write + "bar.warp.sync -1;\n" + read + write,
              "race: writes a byte that no barrier separates from a read", 32);
  EXPECT_EQ(
      run(write + "bar.warp.sync -1;\n" + read + "bar.warp.sync -1;\n" + write,
          32),
      "");
  // The barrier of a warp does not order another warp's accesses.
  expectFault(write + "bar.warp.sync -1;\n" +
                  "xor.b32 %r1, %t, 32;\nmad.lo.s32 %r1, %r1, 4, %r13;\n"
                  "setp.gt.u32 %q0, %t, 31;\n@%q0 ld.shared.b32 %r0, [%r1];",
              "race: reads a byte that no barrier separates from a write");
}

TEST(CUDADriverSharedTest, Refused) {
  expectFault("ld.shared.b32 %r0, [%r15];", "reads an uninitialized byte");
  expectFault("st.shared.b32 [%r15+4092], %t;",
              "writes 4 bytes at byte 4096 of 4096 bytes of shared memory");
  expectFault("st.shared.b32 [%r15+2], %t;", "misaligned");
  expectFault("mov.b32 %r0, 0;\nst.shared.b32 [%r0], %t;",
              "writes 4 bytes at byte -1024 of 4096 bytes of shared memory");
}

TEST(CUDADriverSharedTest, DynamicMemory) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                1,
                "mov.b32 %r0, dynamic;\nmov.b32 %r1, small;\n"
                "sub.s32 %r2, %r0, %r1;\nst.shared.b32 [dynamic+60], %t;\n"
                "st.global.b32 [%p0], %r2;",
                ".shared .align 4 .b8 small[20];\n"
                ".shared .align 4 .b8 unused[30000];\n"
                ".extern .shared .align 16 .b8 dynamic[];")),
            "");
  Allocation *result = device.allocate<uint32_t>(1);
  EXPECT_EQ(device.run({result->base}, {1, 1, 1}, {1, 1, 1}, 64), "");
  // What the kernel does not name takes no room.
  EXPECT_EQ(device.counters.sharedBytes, 32u + 64u);
  EXPECT_EQ(device.download<uint32_t>(result)[0], 32u);
  EXPECT_NE(device.run({result->base}, {1, 1, 1}, {1, 1, 1}, 60)
                .find("writes 4 bytes at byte 92 of 92 bytes"),
            std::string::npos);
}

TEST(CUDADriverSharedTest, EachBlockHasItsOwn) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                0,
                "mov.u32 %r0, %ctaid.x;\nsetp.eq.u32 %q0, %r0, 0;\n"
                "@%q0 st.shared.b32 [tile], %t;\nld.shared.b32 %r1, [tile];",
                tile)),
            "");
  EXPECT_NE(device.run({}, {1, 1, 1}, {2, 1, 1})
                .find("thread (0, 0, 0) of block (1, 0, 0) reads an "
                      "uninitialized byte"),
            std::string::npos);
}

/// Conflicts of one access of 32 threads, each `stride` bytes further.
uint64_t getConflicts(const std::string &type, const std::string &value,
                      unsigned stride) {
  TestDevice device;
  EXPECT_EQ(
      device.load(makeKernel(0,
                             "mov.b32 %r13, tile;\nmov.b32 %r2, 0;\n"
                             "mad.lo.s32 %r0, %t, " +
                                 std::to_string(stride) + ", %r13;\nst.shared" +
                                 type + " [%r0], " + value + ";",
                             ".shared .align 16 .b8 tile[16384];")),
      "");
  EXPECT_EQ(device.run({}), "");
  EXPECT_EQ(device.counters.sharedWrites.accesses, 1u);
  uint64_t conflicts = device.counters.sharedWrites.conflicts;
  EXPECT_EQ(device.counters.conflictLines.size(), conflicts ? 1u : 0u);
  return conflicts;
}

TEST(CUDADriverSharedTest, BankConflicts) {
  EXPECT_EQ(getConflicts(".b32", "%t", 4), 0u);
  EXPECT_EQ(getConflicts(".b32", "%t", 8), 1u);
  EXPECT_EQ(getConflicts(".b32", "%t", 128), 31u);
  EXPECT_EQ(getConflicts(".b32", "%t", 132), 0u);
  EXPECT_EQ(getConflicts(".b8", "%t", 1), 0u);
  EXPECT_EQ(getConflicts(".b64", "%t4", 8), 0u);
  EXPECT_EQ(getConflicts(".b64", "%t4", 16), 2u);
  std::string four = "{%r2, %r2, %r2, %r2}";
  EXPECT_EQ(getConflicts(".v4.b32", four, 16), 0u);
  EXPECT_EQ(getConflicts(".v4.b32", four, 128), 4u * 7u);
  EXPECT_EQ(getConflicts(".v4.b32", four, 144), 0u);
}

TEST(CUDADriverSharedTest, BroadcastsDoNotConflict) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                0,
                "setp.eq.u32 %q0, %t, 0;\n@%q0 st.shared.b32 [tile], %t;\n"
                "bar.sync 0;\nld.shared.b32 %r0, [tile];",
                tile)),
            "");
  ASSERT_EQ(device.run({}), "");
  EXPECT_EQ(device.counters.sharedReads.conflicts, 0u);
}

//===----------------------------------------------------------------------===//
// cp.async
//===----------------------------------------------------------------------===//

/// Each thread copies 16 bytes of its own, then does what \p body says; after
/// that it stores what it finds at its neighbour's place.
std::string runCopy(const std::string &body, TestDevice &device,
                    unsigned threads = 64,
                    const std::string &copy =
                        "cp.async.cg.shared.global [%r15], [%x0], 16;\n") {
  std::string store = "add.s64 %x1, %p1, %t4;\nst.global.b32 [%x1], %r0;\n";
  EXPECT_EQ(device.load(makeKernel(2,
                                   "mov.b32 %r13, tile;\n"
                                   "mad.lo.s32 %r15, %t, 16, %r13;\n"
                                   "xor.b32 %r1, %t, 33;\n"
                                   "mad.lo.s32 %r14, %r1, 16, %r13;\n"
                                   "add.s64 %x0, %p0, %t16;\n" +
                                       copy + body + store,
                                   tile)),
            "");
  std::vector<uint32_t> values(4 * threads);
  for (unsigned i = 0; i < values.size(); ++i)
    values[i] = 100 + i;
  Allocation *result = device.allocate<uint32_t>(threads);
  std::string message =
      device.run({device.upload(values)->base, result->base}, {threads, 1, 1});
  if (message.empty())
    for (unsigned i = 0; i < threads; ++i)
      EXPECT_EQ(device.download<uint32_t>(result)[i], 100 + 4 * (i ^ 33));
  return message;
}

TEST(CUDADriverAsyncTest, Copies) {
  TestDevice device;
  std::string read = "bar.sync 0;\nld.shared.b32 %r0, [%r14];\n";
  EXPECT_EQ(runCopy("cp.async.commit_group;\ncp.async.wait_group 0;\n" + read,
                    device),
            "");
  EXPECT_EQ(device.counters.sharedWrites.accesses, 2u);
  EXPECT_EQ(device.counters.sharedWrites.conflicts, 0u);
  EXPECT_EQ(device.counters.globalReads.widths,
            (std::map<unsigned, uint64_t>{{16, 2}}));
  EXPECT_EQ(runCopy("cp.async.wait_all;\n" + read, device), "");
}

void expectCopyFault(const std::string &body, const std::string &part) {
  TestDevice device;
  std::string message = runCopy(body, device);
  EXPECT_NE(message.find(part), std::string::npos)
      << "expected '" << part << "' but got '" << message << "'";
}

TEST(CUDADriverAsyncTest, Races) {
  std::string read = "ld.shared.b32 %r0, [%r14];\n";
  std::string pending = "reads a byte that cp.async may still be writing";
  expectCopyFault("ld.shared.b32 %r0, [%r15];\n", pending);
  // A barrier is not a wait.
  expectCopyFault("cp.async.commit_group;\nbar.sync 0;\n" + read, pending);
  // Nor is a wait for older groups, or one without a group.
  expectCopyFault("cp.async.commit_group;\ncp.async.wait_group 1;\n"
                  "bar.sync 0;\n" +
                      read,
                  pending);
  expectCopyFault("cp.async.wait_group 0;\nbar.sync 0;\n" + read, pending);
  // A wait is not a barrier: the other warp has not even begun, and has not
  // waited.
  expectCopyFault("cp.async.wait_all;\n" + read, "reads an uninitialized byte");
  expectCopyFault("mov.b32 %r0, 0;\nsetp.gt.u32 %q0, %t, 31;\n"
                  "cp.async.wait_all;\n@%q0 " +
                      read,
                  "race: reads a byte that no barrier separates from a write");
  // The next copy into a buffer that others still read, one of them before
  // and one of them after it.
  std::string next = "cp.async.cg.shared.global [%r15], [%x0], 16;\n";
  std::string ready = "cp.async.wait_all;\nbar.sync 0;\n";
  expectCopyFault(ready + read + next, pending);
  expectCopyFault(ready + read + "setp.gt.u32 %q0, %t, 31;\n@%q0 " + next,
                  "race: writes a byte that no barrier separates from a read");
  expectCopyFault("st.shared.b32 [%r15], %t;\n",
                  "writes a byte that cp.async may still be writing");
}

TEST(CUDADriverAsyncTest, Groups) {
  // Two buffers: waiting for all but one group finishes the first.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                2,
                "mov.b32 %r13, tile;\nmad.lo.s32 %r15, %t, 8, %r13;\n"
                "add.s64 %x0, %p0, %t8;\n"
                "cp.async.ca.shared.global [%r15], [%x0], 4;\n"
                "cp.async.commit_group;\n"
                "cp.async.ca.shared.global [%r15+4], [%x0+4], 4;\n"
                "cp.async.commit_group;\ncp.async.wait_group 1;\n"
                "ld.shared.b32 %r0, [%r15];\ncp.async.wait_group 0;\n"
                "ld.shared.b32 %r1, [%r15+4];\nadd.s64 %x1, %p1, %t8;\n"
                "st.global.v2.b32 [%x1], {%r0, %r1};",
                tile)),
            "");
  std::vector<uint32_t> values = randomValues<uint32_t>(64, 1);
  Allocation *result = device.allocate<uint32_t>(64);
  ASSERT_EQ(device.run({device.upload(values)->base, result->base}), "");
  EXPECT_EQ(device.download<uint32_t>(result), values);
}

TEST(CUDADriverAsyncTest, Remainders) {
  // Threads copy 0 to 16 bytes of 16; the rest is zero, and not read.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                2,
                "mov.b32 %r13, tile;\nmad.lo.s32 %r15, %t, 16, %r13;\n"
                "add.s64 %x0, %p0, %t16;\nmin.u32 %r0, %t, 16;\n"
                "cp.async.cg.shared.global [%r15], [%x0], 16, %r0;\n"
                "cp.async.wait_all;\nld.shared.v4.b32 {%r0, %r1, %r2, %r3}, "
                "[%r15];\nadd.s64 %x1, %p1, %t16;\n"
                "st.global.v4.b32 [%x1], {%r0, %r1, %r2, %r3};",
                tile)),
            "");
  std::vector<uint8_t> bytes(16 * 17 - 1, 0xab);
  bytes.resize(16 * 15 + 15, 0xab);
  Allocation *result = device.allocate<uint8_t>(16 * 16);
  ASSERT_EQ(device.run({device.upload(bytes)->base, result->base}, {16, 1, 1}),
            "");
  std::vector<uint8_t> copied = device.download<uint8_t>(result);
  for (unsigned i = 0; i < copied.size(); ++i)
    EXPECT_EQ(copied[i], i % 16 < i / 16 ? 0xab : 0);
  EXPECT_EQ(device.counters.globalReads.bytes, 120u);
}

TEST(CUDADriverAsyncTest, Refused) {
  EXPECT_EQ(decodeError("cp.async.cg.shared.global [%r0], [%x0], 16;", 75),
            "'cp.async.cg.shared.global': expected a target of at least sm_80 "
            "but got sm_75");
  EXPECT_EQ(decodeError("cp.async.cg.shared.global [%r0], [%x0], 8;"),
            "'cp.async.cg.shared.global': unsupported size 8");
  EXPECT_EQ(decodeError("cp.async.bulk.shared.global [%r0], [%x0], 16, [%r1];"),
            "'cp.async.bulk.shared.global': expected '.ca' or '.cg'");
  TestDevice device;
  EXPECT_NE(runCopy("", device, 32,
                    "cp.async.cg.shared.global [%r15+4], [%x0], 16;\n")
                .find("misaligned"),
            std::string::npos);
  EXPECT_NE(runCopy("", device, 32,
                    "cp.async.cg.shared.global [%r15], [%x0+8], 16;\n")
                .find("misaligned"),
            std::string::npos);
  EXPECT_NE(runCopy("", device, 32,
                    "cp.async.cg.shared.global [%r15+4096], [%x0], 16;\n")
                .find("writes 16 bytes at byte 4096 of 4096 bytes"),
            std::string::npos);
  EXPECT_NE(runCopy("", device, 32,
                    "cp.async.cg.shared.global [%r15], [%x0+16], 16;\n")
                .find("reads 16 bytes at"),
            std::string::npos);
}

} // namespace
