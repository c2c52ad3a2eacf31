//===- MatrixTest.cpp - Tests of mma and ldmatrix -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDADriverTest.h"

#include "CUDADriver/Floats.h"

#include <array>
#include <functional>

using namespace mml::ptx;

namespace {

/// Row and column of element \p i of a fragment in thread \p lane; the tables
/// of the PTX ISA, as it writes them.
using Place =
    std::function<std::pair<unsigned, unsigned>(unsigned lane, unsigned i)>;

struct Shape {
  std::string name;
  unsigned rows, depth;
  /// Elements a thread holds of A, B, and C.
  unsigned aCount, bCount, cCount;
  Place a, b, c;
};

std::pair<unsigned, unsigned> placeC16(unsigned lane, unsigned i) {
  unsigned group = lane >> 2;
  return {i < 2 ? group : group + 8, (lane % 4) * 2 + (i & 1)};
}

Shape getBytes32() {
  auto a = [](unsigned lane, unsigned i) {
    unsigned group = lane >> 2;
    bool isUpper = i < 4 || (i >= 8 && i < 12);
    return std::make_pair(isUpper ? group : group + 8,
                          (lane % 4) * 4 + (i & 3) + (i < 8 ? 0 : 16));
  };
  auto b = [](unsigned lane, unsigned i) {
    return std::make_pair((lane % 4) * 4 + (i & 3) + (i < 4 ? 0 : 16),
                          lane >> 2);
  };
  return {"m16n8k32", 16, 32, 16, 8, 4, a, b, placeC16};
}

Shape getBytes16() {
  auto a = [](unsigned lane, unsigned i) {
    unsigned group = lane >> 2;
    return std::make_pair(i < 4 ? group : group + 8, (lane % 4) * 4 + (i & 3));
  };
  auto b = [](unsigned lane, unsigned i) {
    return std::make_pair((lane % 4) * 4 + i, lane >> 2);
  };
  return {"m16n8k16", 16, 16, 8, 4, 4, a, b, placeC16};
}

Shape getSmall() {
  auto a = [](unsigned lane, unsigned i) {
    return std::make_pair(lane >> 2, (lane % 4) * 4 + i);
  };
  auto b = [](unsigned lane, unsigned i) {
    return std::make_pair((lane % 4) * 4 + i, lane >> 2);
  };
  auto c = [](unsigned lane, unsigned i) {
    return std::make_pair(lane >> 2, (lane % 4) * 2 + i);
  };
  return {"m8n8k16", 8, 16, 4, 4, 2, a, b, c};
}

Shape getHalves16() {
  auto a = [](unsigned lane, unsigned i) {
    unsigned group = lane >> 2;
    bool isUpper = i < 2 || (i >= 4 && i < 6);
    return std::make_pair(isUpper ? group : group + 8,
                          (lane % 4) * 2 + (i & 1) + (i < 4 ? 0 : 8));
  };
  auto b = [](unsigned lane, unsigned i) {
    return std::make_pair((lane % 4) * 2 + (i & 1) + (i < 2 ? 0 : 8),
                          lane >> 2);
  };
  return {"m16n8k16", 16, 16, 8, 4, 4, a, b, placeC16};
}

Shape getHalves8() {
  auto a = [](unsigned lane, unsigned i) {
    unsigned group = lane >> 2;
    return std::make_pair(i < 2 ? group : group + 8, (lane % 4) * 2 + (i & 1));
  };
  auto b = [](unsigned lane, unsigned i) {
    return std::make_pair((lane % 4) * 2 + i, lane >> 2);
  };
  return {"m16n8k8", 16, 8, 4, 2, 4, a, b, placeC16};
}

/// Fragments in memory, thread by thread.
template <typename T>
std::vector<T> makeFragments(const std::vector<T> &matrix, unsigned columns,
                             unsigned count, const Place &place) {
  std::vector<T> fragments(32 * count);
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < count; ++i) {
      auto [row, column] = place(lane, i);
      fragments[lane * count + i] = matrix[row * columns + column];
    }
  return fragments;
}

/// `ld` or `st` of \p count registers of a thread, and their list.
std::string makeList(char name, unsigned count) {
  std::string list = "{";
  for (unsigned i = 0; i < count; ++i)
    list += (i ? ", %" : "%") + std::string(1, name) + std::to_string(i);
  return list + "}";
}

std::string makeProduct(const std::string &instruction, unsigned aRegisters,
                        unsigned bRegisters, unsigned cRegisters) {
  std::string body = ".reg .b32 %a<4>, %b<4>, %c<4>, %d<4>;\n";
  auto access = [&](char name, unsigned pointer, unsigned count, bool isLoad) {
    std::string base = "%x" + std::to_string(pointer);
    body += "mad.wide.u32 " + base + ", %t, " + std::to_string(4 * count) +
            ", %p" + std::to_string(pointer) + ";\n";
    for (unsigned i = 0; i < count; ++i) {
      std::string address = "[" + base + "+" + std::to_string(4 * i) + "]";
      std::string value = "%" + std::string(1, name) + std::to_string(i);
      body += isLoad ? "ld.global.b32 " + value + ", " + address + ";\n"
                     : "st.global.b32 " + address + ", " + value + ";\n";
    }
  };
  access('a', 0, aRegisters, true);
  access('b', 1, bRegisters, true);
  access('c', 2, cRegisters, true);
  body += instruction + " " + makeList('d', cRegisters) + ", " +
          makeList('a', aRegisters) + ", " + makeList('b', bRegisters) + ", " +
          makeList('c', cRegisters) + ";\n";
  access('d', 3, cRegisters, false);
  return makeKernel(4, body);
}

template <typename A, typename B>
void checkBytes(const Shape &shape, const std::string &types, bool saturates) {
  std::string instruction = "mma.sync.aligned." + shape.name + ".row.col." +
                            (saturates ? "satfinite." : "") + "s32." + types +
                            ".s32";
  SCOPED_TRACE(instruction);
  std::vector<A> a = randomValues<A>(shape.rows * shape.depth, 1);
  std::vector<B> b = randomValues<B>(shape.depth * 8, 2);
  std::vector<int32_t> c = randomValues<int32_t>(shape.rows * 8, 3);
  TestDevice device;
  ASSERT_EQ(device.load(makeProduct(instruction, shape.aCount / 4,
                                    shape.bCount / 4, shape.cCount)),
            "");
  Allocation *result = device.allocate<int32_t>(32 * shape.cCount);
  ASSERT_EQ(
      device.run(
          {device.upload(makeFragments(a, shape.depth, shape.aCount, shape.a))
               ->base,
           device.upload(makeFragments(b, 8, shape.bCount, shape.b))->base,
           device.upload(makeFragments(c, 8, shape.cCount, shape.c))->base,
           result->base}),
      "");
  std::vector<int32_t> expected(shape.rows * 8);
  for (unsigned row = 0; row < shape.rows; ++row)
    for (unsigned column = 0; column < 8; ++column) {
      int64_t sum = c[row * 8 + column];
      for (unsigned k = 0; k < shape.depth; ++k)
        sum += int64_t(a[row * shape.depth + k]) * b[k * 8 + column];
      if (saturates)
        sum = std::min<int64_t>(std::max<int64_t>(sum, INT32_MIN), INT32_MAX);
      expected[row * 8 + column] = int32_t(sum);
    }
  EXPECT_EQ(device.download<int32_t>(result),
            makeFragments(expected, 8, shape.cCount, shape.c));
}

TEST(CUDADriverMatrixTest, Bytes) {
  for (const Shape &shape : {getBytes32(), getBytes16(), getSmall()})
    for (bool saturates : {false, true}) {
      checkBytes<int8_t, int8_t>(shape, "s8.s8", saturates);
      checkBytes<uint8_t, int8_t>(shape, "u8.s8", saturates);
      checkBytes<int8_t, uint8_t>(shape, "s8.u8", saturates);
      checkBytes<uint8_t, uint8_t>(shape, "u8.u8", saturates);
    }
}

/// Small integers, whose products and sums are exact in every format.
template <typename Encode>
void checkHalves(const Shape &shape, const std::string &types, Encode encode,
                 bool isNarrow) {
  std::string instruction =
      "mma.sync.aligned." + shape.name + ".row.col." + types;
  SCOPED_TRACE(instruction);
  std::mt19937 random(1);
  auto draw = [&](unsigned count) {
    std::vector<int> values(count);
    for (int &value : values)
      value = int(random() % 17) - 8;
    return values;
  };
  std::vector<int> a = draw(shape.rows * shape.depth);
  std::vector<int> b = draw(shape.depth * 8), c = draw(shape.rows * 8);
  std::vector<int> expected = c;
  for (unsigned row = 0; row < shape.rows; ++row)
    for (unsigned column = 0; column < 8; ++column)
      for (unsigned k = 0; k < shape.depth; ++k)
        expected[row * 8 + column] +=
            a[row * shape.depth + k] * b[k * 8 + column];
  auto narrow = [&](const std::vector<int> &values) {
    std::vector<uint16_t> result;
    for (int value : values)
      result.push_back(encode(value));
    return result;
  };
  auto upload = [&](TestDevice &device, const std::vector<int> &fragments) {
    if (isNarrow)
      return device.upload(narrow(fragments));
    return device.upload(
        std::vector<float>(fragments.begin(), fragments.end()));
  };
  TestDevice device;
  unsigned cRegisters = isNarrow ? shape.cCount / 2 : shape.cCount;
  ASSERT_EQ(device.load(makeProduct(instruction, shape.aCount / 2,
                                    shape.bCount / 2, cRegisters)),
            "");
  Allocation *result = device.allocate<uint32_t>(32 * cRegisters);
  ASSERT_EQ(
      device.run(
          {device
               .upload(
                   narrow(makeFragments(a, shape.depth, shape.aCount, shape.a)))
               ->base,
           device.upload(narrow(makeFragments(b, 8, shape.bCount, shape.b)))
               ->base,
           upload(device, makeFragments(c, 8, shape.cCount, shape.c))->base,
           result->base}),
      "");
  EXPECT_EQ(device.download<uint32_t>(result),
            device.download<uint32_t>(upload(
                device, makeFragments(expected, 8, shape.cCount, shape.c))));
}

TEST(CUDADriverMatrixTest, Halves) {
  auto half = [](double value) { return toHalf(value); };
  auto bfloat = [](double value) { return toBFloat(value); };
  for (const Shape &shape : {getHalves16(), getHalves8()}) {
    checkHalves(shape, "f32.f16.f16.f32", half, false);
    checkHalves(shape, "f32.bf16.bf16.f32", bfloat, false);
    checkHalves(shape, "f16.f16.f16.f16", half, true);
  }
}

TEST(CUDADriverMatrixTest, ProductsRefused) {
  std::string operands = " {%r0, %r1, %r2, %r3}, {%r4, %r5, %r6, %r7}, {%r8, "
                         "%r9}, {%r0, %r1, %r2, %r3};";
  EXPECT_EQ(
      decodeError("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32" + operands,
                  75),
      "'mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32': expected a "
      "target of at least sm_80 but got sm_75");
  EXPECT_EQ(
      decodeError("mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32" + operands),
      "'mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32': unsupported shape");
  EXPECT_EQ(
      decodeError("mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32" + operands),
      "'mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32': expected 2 registers "
      "as operand 1");
  EXPECT_EQ(
      decodeError("mma.sync.aligned.m16n8k32.row.col.f32.s8.s8.f32" + operands),
      "'mma.sync.aligned.m16n8k32.row.col.f32.s8.s8.f32': unsupported types of "
      "this shape");
  EXPECT_EQ(
      decodeError("mma.sync.aligned.m16n8k32.col.row.s32.s8.s8.s16" + operands),
      "'mma.sync.aligned.m16n8k32.col.row.s32.s8.s8.s16': unsupported types of "
      "this shape");

  // Half of the warp.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                0, "mov.b32 %r0, 0;\nsetp.lt.u32 %q0, %t, 16;\n"
                   "@%q0 mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%r1, "
                   "%r2}, {%r0}, {%r0}, {%r0, %r0};")),
            "");
  EXPECT_NE(device.run({}).find("thread (16, 0, 0) of block (0, 0, 0) is not "
                                "here for an instruction of the whole warp"),
            std::string::npos);
}

/// Loads \p count matrices of 8 x 8 halves that begin at multiples of 128 bytes
/// of shared memory, with \p skew bytes between rows.
std::string makeLoadMatrix(unsigned count, bool isTransposed, unsigned skew,
                           unsigned rowBytes = 16) {
  std::string list = makeList('r', count);
  std::string body =
      // 32 rows of 16 bytes, one from each thread.
      "add.s64 %x0, %p0, %t16;\n"
      "ld.global.v4.b32 {%r4, %r5, %r6, %r7}, [%x0];\n"
      "mov.b32 %r8, tile;\n"
      "mad.lo.s32 %r9, %t, " +
      std::to_string(rowBytes + skew) +
      ", %r8;\n"
      "st.shared.v4.b32 [%r9], {%r4, %r5, %r6, %r7};\n"
      "bar.sync 0;\n"
      "ldmatrix.sync.aligned.m8n8.x" +
      std::to_string(count) + (isTransposed ? ".trans" : "") + ".shared.b16 " +
      list + ", [%r9];\n";
  for (unsigned i = 0; i < count; ++i)
    body += "add.s64 %x1, %p1, %t4;\nst.global.b32 [%x1+" +
            std::to_string(128 * i) + "], %r" + std::to_string(i) + ";\n";
  return makeKernel(2, body, ".shared .align 16 .b8 tile[2048];");
}

TEST(CUDADriverMatrixTest, LoadMatrix) {
  std::vector<uint16_t> halves(32 * 8);
  for (unsigned i = 0; i < halves.size(); ++i)
    halves[i] = uint16_t(i);
  for (unsigned count : {1, 2, 4})
    for (bool isTransposed : {false, true}) {
      TestDevice device;
      ASSERT_EQ(device.load(makeLoadMatrix(count, isTransposed, 0)), "");
      Allocation *result = device.allocate<uint16_t>(count * 64);
      ASSERT_EQ(device.run({device.upload(halves)->base, result->base}), "");
      std::vector<uint16_t> loaded = device.download<uint16_t>(result);
      for (unsigned matrix = 0; matrix < count; ++matrix)
        for (unsigned lane = 0; lane < 32; ++lane)
          for (unsigned i = 0; i < 2; ++i) {
            unsigned row = lane / 4, column = 2 * (lane % 4) + i;
            if (isTransposed)
              std::swap(row, column);
            EXPECT_EQ(loaded[matrix * 64 + lane * 2 + i],
                      matrix * 64 + row * 8 + column);
          }
      // Rows that follow each other lie in different banks.
      EXPECT_EQ(device.counters.sharedReads.accesses, 1u);
      EXPECT_EQ(device.counters.sharedReads.conflicts, 0u);
    }
}

TEST(CUDADriverMatrixTest, LoadMatrixConflicts) {
  std::vector<uint16_t> halves(32 * 8, 1);
  // Rows of 64 bytes: every other one begins in the same bank.
  TestDevice device;
  ASSERT_EQ(device.load(makeLoadMatrix(4, false, 48)), "");
  ASSERT_EQ(device.run({device.upload(halves)->base,
                        device.allocate<uint16_t>(256)->base}),
            "");
  EXPECT_EQ(device.counters.sharedReads.conflicts, 4u * 3u);
}

TEST(CUDADriverMatrixTest, LoadMatrixRefused) {
  EXPECT_EQ(decodeError("ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r0, %r1, "
                        "%r2}, [%r4];"),
            "'ldmatrix.sync.aligned.m8n8.x3.shared.b16': expected '.x1', '.x2' "
            "or '.x4'");
  EXPECT_EQ(decodeError("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r0}, "
                        "[%r4];"),
            "'ldmatrix.sync.aligned.m8n8.x2.shared.b16': expected 2 registers "
            "as operand 0");
  EXPECT_EQ(decodeError("ldmatrix.sync.aligned.m8n8.x1.global.b16 {%r0}, "
                        "[%x4];"),
            "'ldmatrix.sync.aligned.m8n8.x1.global.b16': expected '.shared'");
  // A row that is not aligned.
  TestDevice device;
  ASSERT_EQ(device.load(makeKernel(
                0,
                "mov.b32 %r0, tile;\n"
                "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r0+8];\n",
                ".shared .align 16 .b8 tile[2048];")),
            "");
  EXPECT_NE(device.run({}).find("accesses 16 bytes at the misaligned address"),
            std::string::npos);
  EXPECT_EQ(device.fault->kind, Fault::Kind::MisalignedAddress);
}

} // namespace
