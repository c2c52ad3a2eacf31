//===- WarpOpsTest.cpp - Tests of exchange and of atomic operations -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

#include <cmath>
#include <functional>
#include <numeric>

using namespace mml::ptx;

namespace {

void expectFault(const std::string &body, const std::string &part,
                 unsigned threads = 32) {
  TestDevice device;
  EXPECT_EQ(device.load(makeKernel(0, body)), "");
  std::string message = device.run({}, {threads, 1, 1});
  EXPECT_NE(message.find(part), std::string::npos)
      << "expected '" << part << "' but got '" << message << "'";
}

/// The ISA's algorithm: the source lane and whether it is in range.
std::pair<unsigned, bool> getSource(const std::string &mode, int lane, int b,
                                    int c) {
  int clamp = c & 31, segment = c >> 8 & 31;
  int last = (lane & segment) | (clamp & ~segment);
  int j = 0;
  bool isInside = false;
  if (mode == "up") {
    j = lane - b;
    isInside = j >= last;
  } else if (mode == "down") {
    j = lane + b;
    isInside = j <= last;
  } else if (mode == "bfly") {
    j = lane ^ b;
    isInside = j <= last;
  } else {
    j = (lane & segment) | (b & ~segment);
    isInside = j <= last;
  }
  return {isInside ? j : lane, isInside};
}

TEST(CUDADriverWarpTest, Shuffles) {
  auto values = randomValues<uint32_t>(32, 1);
  for (std::string mode : {"up", "down", "bfly", "idx"})
    // Whole warps, and segments of 8.
    for (int c : mode == "up" ? std::vector<int>{0, 0x1800}
                              : std::vector<int>{31, 0x181f})
      for (int b : {0, 1, 5, 16, 31}) {
        auto results = evaluate<uint64_t>(
            "shfl.sync." + mode + ".b32 %k0|%m0, %a, " + std::to_string(b) +
                ", " + std::to_string(c) +
                ", -1;\nselp.b32 %k1, 1, 0, %m0;\n"
                "mov.b64 %d, {%k0, %k1};",
            values);
        for (unsigned lane = 0; lane < 32; ++lane) {
          auto [source, isInside] = getSource(mode, lane, b, c);
          EXPECT_EQ(uint32_t(results[lane]), values[source])
              << mode << " " << b << " " << c << " " << lane;
          EXPECT_EQ(results[lane] >> 32, isInside);
        }
      }
  // Each thread from another one.
  std::vector<uint32_t> sources(32);
  for (unsigned i = 0; i < 32; ++i)
    sources[i] = (i * 7) % 32;
  auto permuted = evaluate<uint32_t>("shfl.sync.idx.b32 %d, %a, %b, 31, -1;",
                                     values, sources);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(permuted[i], values[sources[i]]);
}

TEST(CUDADriverWarpTest, MembersRefused) {
  std::string shuffle = "shfl.sync.bfly.b32 %r0, %t, 1, 31, -1;\n";
  expectFault("setp.lt.u32 %q0, %t, 16;\n@%q0 " + shuffle,
              "thread (16, 0, 0) of block (0, 0, 0) is a member but is not "
              "here");
  expectFault("shfl.sync.bfly.b32 %r0, %t, 1, 31, 65534;",
              "thread (0, 0, 0) of block (0, 0, 0) is no member itself");
  expectFault("add.s32 %r1, %t, 1;\nand.b32 %r1, %r1, 31;\n"
              "shl.b32 %r2, 1, %r1;\nnot.b32 %r2, %r2;\n"
              "shfl.sync.bfly.b32 %r0, %t, 1, 31, %r2;",
              "names other members than another thread");
  expectFault("setp.lt.u32 %q0, %t, 16;\n"
              "@%q0 shfl.sync.idx.b32 %r0, %t, 20, 31, 65535;",
              "reads from thread 20 of the warp, which is not a member");
  // A block that does not fill its warp.
  expectFault("shfl.sync.idx.b32 %r0, %t, 30, 31, -1;",
              "reads from thread 30 of the warp", 16);
  expectFault("setp.lt.u32 %q0, %t, 16;\n@%q0 bar.warp.sync -1;",
              "is a member but is not here");
  EXPECT_EQ(decodeError("shfl.bfly.b32 %r0, %r1, 1, 31;"),
            "'shfl.bfly.b32': expected '.sync'");
}

TEST(CUDADriverWarpTest, Votes) {
  auto check = [](const std::string &vote, unsigned limit, uint32_t expected) {
    std::vector<uint32_t> limits(32, limit);
    EXPECT_EQ(evaluate<uint32_t>("mov.u32 %k0, %laneid;\n"
                                 "setp.lt.u32 %m0, %k0, %a;\n" +
                                     vote,
                                 limits),
              std::vector<uint32_t>(32, expected))
        << vote << limit;
  };
  std::string select = "\nselp.b32 %d, 1, 0, %m1;";
  check("vote.sync.all.pred %m1, %m0, -1;" + select, 32, 1);
  check("vote.sync.all.pred %m1, %m0, -1;" + select, 31, 0);
  check("vote.sync.any.pred %m1, %m0, -1;" + select, 1, 1);
  check("vote.sync.any.pred %m1, %m0, -1;" + select, 0, 0);
  check("vote.sync.any.pred %m1, !%m0, -1;" + select, 31, 1);
  check("vote.sync.uni.pred %m1, %m0, -1;" + select, 0, 1);
  check("vote.sync.uni.pred %m1, %m0, -1;" + select, 5, 0);
  check("vote.sync.ballot.b32 %d, %m0, -1;", 7, 0x7f);
  check("vote.sync.ballot.b32 %d, !%m0, -1;", 7, ~0x7fu);
}

TEST(CUDADriverWarpTest, ActiveMask) {
  std::vector<uint32_t> lanes(32);
  std::iota(lanes.begin(), lanes.end(), 0);
  auto masks = evaluate<uint32_t>("setp.lt.u32 %m0, %a, 5;\n@%m0 bra LOW;\n"
                                  "activemask.b32 %d;\nbra END;\nLOW:\n"
                                  "activemask.b32 %d;\nEND:\nmov.b32 %k0, 0;",
                                  lanes);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(masks[i], i < 5 ? 0x1fu : ~0x1fu);
}

TEST(CUDADriverWarpTest, Reductions) {
  auto a = randomValues<int32_t>(32, 1);
  auto check = [&](const std::string &operation, auto combine) {
    int32_t total = a[0];
    for (unsigned i = 1; i < 32; ++i)
      total = combine(total, a[i]);
    EXPECT_EQ(evaluate<int32_t>("redux.sync." + operation + " %d, %a, -1;", a),
              std::vector<int32_t>(32, total))
        << operation;
  };
  check("add.s32", [](uint32_t a, uint32_t b) { return int32_t(a + b); });
  check("min.s32", [](int32_t a, int32_t b) { return std::min(a, b); });
  check("max.u32", [](uint32_t a, uint32_t b) { return std::max(a, b); });
  check("and.b32", [](int32_t a, int32_t b) { return a & b; });
  check("or.b32", [](int32_t a, int32_t b) { return a | b; });
  check("xor.b32", [](int32_t a, int32_t b) { return a ^ b; });
  EXPECT_EQ(decodeError("redux.sync.add.s32 %r0, %r1, -1;", 75),
            "'redux.sync.add.s32': expected a target of at least sm_80 but got "
            "sm_75");
}

//===----------------------------------------------------------------------===//
// Atomic operations
//===----------------------------------------------------------------------===//

/// All threads update a cell of global and one of shared memory; the old values
/// of the first come in the threads' order.
template <typename T, typename Combine>
void checkUpdate(const std::string &operation, T start, Combine combine,
                 bool hasRed = true) {
  SCOPED_TRACE(operation);
  std::vector<T> operands = randomValues<T>(32, 5);
  if constexpr (std::is_floating_point_v<T>)
    for (unsigned i = 0; i < 32; ++i)
      operands[i] = T(i) + T(0.5);
  std::string bits = ".b" + std::to_string(8 * sizeof(T));
  std::string offset = "%t" + std::to_string(sizeof(T));
  std::string a = sizeof(T) == 4 ? "%r0" : "%x8";
  std::string b = sizeof(T) == 4 ? "%r1" : "%x9";
  std::string c = sizeof(T) == 4 ? "%r2" : "%x10";
  std::string body =
      "add.s64 %x0, %p1, " + offset + ";\nld.global" + bits + " " + a +
      ", [%x0];\nld.global" + bits + " " + c + ", [%p0];\nbar.sync 0;\n" +
      "atom.global." + operation + " " + b + ", [%p0], " + a +
      ";\nadd.s64 %x1, %p2, " + offset + ";\nst.global" + bits + " [%x1], " +
      b + ";\nsetp.eq.u32 %q0, %t, 0;\n@%q0 st.shared" + bits + " [cell], " +
      c + ";\nbar.sync 0;\n" +
      (hasRed ? "red.shared." + operation + " [cell], " + a
              : "atom.shared." + operation + " _, [cell], " + a) +
      ";\nbar.sync 0;\n@%q0 ld.shared" + bits + " " + b +
      ", [cell];\n@%q0 st.global" + bits + " [%p0+8], " + b + ";";
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(3, body, ".shared .align 8 .b8 cell[8];\n")),
            "");
  std::vector<T> cells(16 / sizeof(T), start);
  Allocation *cell = device.upload(cells);
  Allocation *result = device.allocate<T>(32);
  ASSERT_EQ(
      device.run({cell->base, device.upload(operands)->base, result->base}),
      "");
  T value = start;
  std::vector<T> olds = device.download<T>(result);
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(olds[i], value);
    value = T(combine(value, operands[i]));
  }
  cells = device.download<T>(cell);
  EXPECT_EQ(cells[0], value);
  EXPECT_EQ(cells[8 / sizeof(T)], value);
}

TEST(CUDADriverAtomicTest, Updates) {
  checkUpdate<uint32_t>("add.u32", 5, std::plus<uint32_t>());
  checkUpdate<uint32_t>("add.s32", 5, std::plus<uint32_t>());
  checkUpdate<uint64_t>("add.u64", 5, std::plus<uint64_t>());
  checkUpdate<float>("add.f32", 5, std::plus<float>());
  checkUpdate<double>("add.f64", 5, std::plus<double>());
  auto least = [](auto a, auto b) { return std::min(a, b); };
  auto most = [](auto a, auto b) { return std::max(a, b); };
  checkUpdate<int32_t>("min.s32", 5, least);
  checkUpdate<uint32_t>("min.u32", 5, least);
  checkUpdate<int64_t>("max.s64", 5, most);
  checkUpdate<uint64_t>("max.u64", 5, most);
  checkUpdate<uint32_t>("and.b32", 0xff00ff00, std::bit_and<uint32_t>());
  checkUpdate<uint64_t>("or.b64", 5, std::bit_or<uint64_t>());
  checkUpdate<uint32_t>("xor.b32", 5, std::bit_xor<uint32_t>());
  checkUpdate<uint32_t>(
      "exch.b32", 5, [](uint32_t, uint32_t b) { return b; }, false);
  checkUpdate<uint32_t>(
      "inc.u32", 5, [](uint32_t a, uint32_t b) { return a >= b ? 0 : a + 1; });
  checkUpdate<uint32_t>("dec.u32", 5, [](uint32_t a, uint32_t b) {
    return a == 0 || a > b ? b : a - 1;
  });
}

TEST(CUDADriverAtomicTest, CompareAndSwap) {
  // Each thread raises the cell from its own number to the next.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                2, "add.s32 %r0, %t, 1;\n"
                   "atom.global.cas.b32 %r1, [%p0], %t, %r0;\n"
                   "add.s64 %x0, %p1, %t4;\nst.global.b32 [%x0], %r1;")),
            "");
  Allocation *cell = device.upload(std::vector<uint32_t>(1));
  Allocation *result = device.allocate<uint32_t>(32);
  ASSERT_EQ(device.run({cell->base, result->base}), "");
  EXPECT_EQ(device.download<uint32_t>(cell)[0], 32u);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(device.download<uint32_t>(result)[i], i);
  EXPECT_EQ(device.counters.globalReads.bytes, 128u);
  EXPECT_EQ(device.counters.globalReads.sectors, 1u);
}

TEST(CUDADriverAtomicTest, Refused) {
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(1, "red.global.add.u32 [%p0], 1;")), "");
  EXPECT_NE(device.run({device.allocate<uint32_t>(1)->base})
                .find("reads uninitialized memory"),
            std::string::npos);
  Allocation *cell = device.upload(std::vector<uint32_t>(1));
  EXPECT_NE(device.run({cell->base + 4}).find("writes 4 bytes at"),
            std::string::npos);
  EXPECT_NE(device.run({cell->base + 2}).find("misaligned"), std::string::npos);
  // Atomic and plain accesses do race.
  ASSERT_EQ(device.load(makeKernel(
                0,
                "setp.eq.u32 %q0, %t, 0;\n@%q0 st.shared.b32 [cell], %t;\n"
                "bar.sync 0;\nred.shared.add.u32 [cell], 1;\n"
                "ld.shared.b32 %r0, [cell];",
                ".shared .align 8 .b8 cell[8];\n")),
            "");
  EXPECT_NE(device.run({}).find("race: reads a byte"), std::string::npos);
  EXPECT_EQ(decodeError("atom.global.add.b32 %r0, [%x0], %r1;"),
            "'atom.global.add.b32': unsupported combination of modifiers");
  EXPECT_EQ(decodeError("red.global.exch.b32 [%x0], %r1;"),
            "'red.global.exch.b32': expected an atomic operation");
  EXPECT_EQ(decodeError("atom.local.add.u32 %r0, [%x0], %r1;"),
            "'atom.local.add.u32': unsupported state space");
  EXPECT_EQ(decodeError("atom.global.add.noftz.f16 %h0, [%x0], %h1;"),
            "'atom.global.add.noftz.f16': unsupported modifier '.noftz'");
}

} // namespace
