//===- LookupLayoutTest.cpp - Tests of the lookup layout ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/LookupLayout.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

using LookupLayoutTest = RandomTest;

/// The trits of a kernel, by the definition of the layout.
std::vector<int8_t> unpackSlowly(int64_t rows, ArrayRef<uint8_t> bytes,
                                 int64_t k, int64_t m) {
  int64_t lines = (5 * ((k + 2) / 3) + 7) / 8;
  std::vector<int8_t> trits(k * m);
  for (int64_t block = 0; block * rows < m; ++block)
    for (int64_t p = 0; p < rows; ++p) {
      int64_t output =
          block * rows + p / 16 * 8 + p % 8 + (p % 16 >= 8 ? rows / 2 : 0);
      for (int64_t row = 0; row < k && output < m; ++row) {
        auto shift = [&](int64_t byte, unsigned distance) {
          int64_t line = block * lines + row / 24 * 5 + byte;
          const uint8_t *word = &bytes[line * rows + p / 2 * 2];
          unsigned shifted = (word[0] | word[1] << 8) >> distance;
          return p % 2 == 0 ? shifted : shifted >> 8;
        };
        unsigned index;
        switch (row / 3 % 8) {
        case 0:
          index = shift(0, 0);
          break;
        case 1:
          index = shift(1, 0);
          break;
        case 2:
          index = shift(0, 5) ^ shift(1, 2);
          break;
        case 3:
          index = shift(2, 0);
          break;
        case 4:
          index = shift(3, 0);
          break;
        case 5:
          index = shift(2, 5) ^ shift(3, 2);
          break;
        case 6:
          index = shift(4, 0);
          break;
        default:
          index = shift(4, 5) ^ shift(1, 4) ^ shift(3, 3);
          break;
        }
        int power = row % 3 == 0 ? 1 : row % 3 == 1 ? 3 : 9;
        trits[row * m + output] = int8_t((index & 31) / power % 3) - 1;
      }
    }
  return trits;
}

TEST_F(LookupLayoutTest, VerifiesParameters) {
  for (int64_t rows : {16, 32, 48, 64, 1024})
    EXPECT_EQ(getMessage(LookupLayout::verify(rows)), "");
  for (int64_t rows : {INT64_MIN, INT64_C(-16), INT64_C(0), INT64_C(8),
                       INT64_C(40), INT64_C(1040), INT64_MAX})
    EXPECT_EQ(getMessage(LookupLayout::verify(rows)),
              "expected the rows of a lookup layout to be a multiple of 16 up "
              "to 1024 but got " +
                  std::to_string(rows));
}

TEST_F(LookupLayoutTest, PartsCoverTheBytes) {
  unsigned used[LookupLayout::groupBytes] = {};
  for (int64_t i = 0; i < LookupLayout::groupIndices; ++i) {
    unsigned next = 0;
    for (const LookupLayout::Part &part : LookupLayout::getParts(i)) {
      EXPECT_EQ(part.firstBit - part.shift, next);
      unsigned bits = ((1u << part.numBits) - 1) << part.firstBit;
      EXPECT_EQ(used[part.byte] & bits, 0u);
      used[part.byte] |= bits;
      next += part.numBits;
    }
    EXPECT_EQ(next, 5u);
  }
  for (unsigned bits : used)
    EXPECT_EQ(bits, 0xffu);
}

TEST_F(LookupLayoutTest, LanesAreAPermutation) {
  for (int64_t rows : {16, 48, 64, 1024}) {
    LookupLayout layout(rows);
    std::vector<bool> seen(rows);
    for (int64_t position = 0; position < rows; ++position)
      seen[layout.getLane(position)] = true;
    EXPECT_TRUE(llvm::all_of(seen, [](bool lane) { return lane; }));
  }
}

TEST_F(LookupLayoutTest, PacksByTheDefinition) {
  for (int round = 0; round < 80; ++round) {
    LookupLayout layout(16 * uniform(1, 6));
    int64_t k = uniform(0, 80), m = uniform(0, 200);
    TritArray trits = makeArray(makeTrits(k * m));
    std::vector<uint8_t> bytes(cantFail(layout.getNumBytes(k, m)), 0xff);
    ASSERT_EQ(getMessage(layout.pack(trits, k, m, bytes)), "");
    EXPECT_EQ(unpackSlowly(layout.getRows(), bytes, k, m), trits.unpack());
    EXPECT_EQ(cantFail(layout.unpack(bytes, k, m)), trits);

    // Block by block, over memory that is not zero.
    std::vector<uint8_t> blocks(bytes.size(), 0xff);
    for (int64_t block = layout.getRowBlocks(m); block-- > 0;)
      layout.packBlocks(trits, k, m, block, block + 1, blocks);
    EXPECT_EQ(blocks, bytes);
  }
}

TEST_F(LookupLayoutTest, Prices) {
  LookupLayout layout(64);
  // 854 indices in 534 bytes.
  EXPECT_EQ(cantFail(layout.getNumBytes(2560, 6912)), 534 * 6912);
  EXPECT_EQ(layout.getBytesPerWeight(2560, 6912), 534.0 / 2560);
  EXPECT_EQ(layout.getBytesPerWeight(24, 64), 5.0 / 24);
  EXPECT_EQ(layout.getBytesPerWeight(1, 1), 64.0);
  EXPECT_EQ(layout.getBytesPerWeight(0, 5), 0.0);
  EXPECT_EQ(layout.getBytesPerWeight(INT64_MAX, INT64_MAX), 0.0);
  for (auto [indices, bytes] : {std::pair{0, 0},
                                {1, 1},
                                {2, 2},
                                {3, 2},
                                {4, 3},
                                {5, 4},
                                {6, 4},
                                {7, 5},
                                {8, 5},
                                {9, 6}})
    EXPECT_EQ(LookupLayout::getBytesPerOutput(3 * indices), bytes);
}

TEST_F(LookupLayoutTest, RefusesWrongSizes) {
  LookupLayout layout(16);
  for (auto [k, m] : {std::pair<int64_t, int64_t>{-1, 1},
                      {1, -1},
                      {INT64_MAX, INT64_MAX},
                      {INT64_MAX, 16},
                      {8, INT64_MAX}})
    EXPECT_EQ(getMessage(layout.getNumBytes(k, m)),
              "expected the sizes of a kernel but got [" + std::to_string(k) +
                  ", " + std::to_string(m) + "]");
  TritArray trits(40);
  std::vector<uint8_t> bytes(32);
  EXPECT_EQ(getMessage(layout.pack(trits, 8, 5, bytes)), "");
  EXPECT_NE(getMessage(layout.pack(trits, 8, 4, bytes)), "");
  EXPECT_EQ(getMessage(layout.pack(trits, 20, 2, bytes)),
            "expected 80 bytes for a kernel [20, 2] but got 32");
  EXPECT_EQ(getMessage(layout.unpack(bytes, 24, 5)),
            "expected 80 bytes for a kernel [24, 5] but got 32");
  EXPECT_EQ(getMessage(layout.unpack({}, INT64_MAX, 0)), "");
  EXPECT_EQ(getMessage(layout.pack(TritView(), INT64_MAX, 0, {})), "");
}

TEST_F(LookupLayoutTest, RefusesBadBytes) {
  // A kernel [11, 6]: four indices, the last of two trits, in three bytes.
  LookupLayout layout(16);
  TritArray trits(66);
  std::vector<uint8_t> good(cantFail(layout.getNumBytes(11, 6)));
  ASSERT_EQ(good.size(), 48u);
  ASSERT_EQ(getMessage(layout.pack(trits, 11, 6, good)), "");
  auto unpackWith = [&](size_t at, uint8_t byte) {
    std::vector<uint8_t> bytes = good;
    bytes[at] = byte;
    return getMessage(layout.unpack(bytes, 11, 6));
  };
  EXPECT_EQ(unpackWith(0, good[0]), "");
  // 13 in the low bits of the first byte, and what makes up for neighbours
  // above them.
  ASSERT_EQ(good[0], 0xcd);
  EXPECT_EQ(unpackWith(0, 0xbb),
            "expected indices of three trits but got byte 0xbb at 0");
  // The upper bits of the third index: 29.
  ASSERT_EQ(good[16], 0x0d);
  EXPECT_EQ(unpackWith(16, 0x4d),
            "expected indices of three trits but got byte 0xcd at 0");
  // A bit of the eighth index, which is not there.
  EXPECT_EQ(unpackWith(16, 0x8d),
            "expected padding of zero bits but got byte 0x8d at 16");
  // The third trit of the last index is beyond k; 22 has it 1.
  ASSERT_EQ(good[32], 13);
  EXPECT_EQ(unpackWith(32, 22),
            "expected padding of zeros but got byte 0x16 at 32");
  EXPECT_EQ(unpackWith(32, 0x2d),
            "expected padding of zero bits but got byte 0x2d at 32");
  // Positions 6 and 7 are beyond m, position 8 is lane 8.
  for (size_t at : {6, 7, 8, 15})
    EXPECT_NE(unpackWith(at, 0xae).find("padding of zeros"), std::string::npos);
}

} // namespace
