//===- WordLookupLayoutTest.cpp - Tests of the word lookup layout ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/WordLookupLayout.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

using WordLookupLayoutTest = RandomTest;

/// The trits of a kernel, by the definition of the layout.
std::vector<int8_t> unpackSlowly(int64_t rows, ArrayRef<uint32_t> words,
                                 int64_t k, int64_t m) {
  int64_t outputWords = (k + 17) / 18;
  std::vector<int8_t> trits(k * m);
  for (int64_t output = 0; output < m; ++output)
    for (int64_t row = 0; row < k; ++row) {
      int64_t line = output / rows * outputWords + row / 18;
      uint32_t word = words[line * rows + output % rows];
      unsigned index = word >> (5 * (row % 18 / 3)) & 31;
      int value = index & 15;
      if (index & 16)
        value = -value;
      // Balanced digits to the base of 3, the lowest one first.
      for (int64_t j = 0;; ++j) {
        int digit = ((value % 3) + 4) % 3 - 1;
        if (j == row % 3) {
          trits[row * m + output] = int8_t(digit);
          break;
        }
        value = (value - digit) / 3;
      }
    }
  return trits;
}

TEST_F(WordLookupLayoutTest, VerifiesParameters) {
  for (int64_t rows : {16, 32, 48, 64, 1024})
    EXPECT_EQ(getMessage(WordLookupLayout::verify(rows)), "");
  for (int64_t rows : {INT64_MIN, INT64_C(-16), INT64_C(0), INT64_C(8),
                       INT64_C(40), INT64_C(1040), INT64_MAX})
    EXPECT_EQ(getMessage(WordLookupLayout::verify(rows)),
              "expected the rows of a word lookup layout to be a multiple of "
              "16 up to 1024 but got " +
                  std::to_string(rows));
}

TEST_F(WordLookupLayoutTest, IndicesAreSignsAndMagnitudes) {
  for (int t0 = -1; t0 <= 1; ++t0)
    for (int t1 = -1; t1 <= 1; ++t1)
      for (int t2 = -1; t2 <= 1; ++t2) {
        int value = t0 + 3 * t1 + 9 * t2;
        EXPECT_EQ(WordLookupLayout::getTrit(value, 0), t0);
        EXPECT_EQ(WordLookupLayout::getTrit(value, 1), t1);
        EXPECT_EQ(WordLookupLayout::getTrit(value, 2), t2);
        EXPECT_EQ(WordLookupLayout::getIndex(value) & 15,
                  unsigned(std::abs(value)));
        EXPECT_EQ(WordLookupLayout::getIndex(value) >> 4, value < 0 ? 1u : 0u);
      }
}

TEST_F(WordLookupLayoutTest, PacksByTheDefinition) {
  for (int round = 0; round < 80; ++round) {
    WordLookupLayout layout(16 * uniform(1, 6));
    int64_t k = uniform(0, 80), m = uniform(0, 200);
    TritArray trits = makeArray(makeTrits(k * m));
    std::vector<uint32_t> words(cantFail(layout.getNumWords(k, m)), ~0u);
    ASSERT_EQ(getMessage(layout.pack(trits, k, m, words)), "");
    EXPECT_EQ(unpackSlowly(layout.getRows(), words, k, m), trits.unpack());
    EXPECT_EQ(cantFail(layout.unpack(words, k, m)), trits);

    // Block by block, over memory that is not zero.
    std::vector<uint32_t> blocks(words.size(), ~0u);
    for (int64_t block = layout.getRowBlocks(m); block-- > 0;)
      layout.packBlocks(trits, k, m, block, block + 1, blocks);
    EXPECT_EQ(blocks, words);
  }
}

TEST_F(WordLookupLayoutTest, Prices) {
  WordLookupLayout layout(64);
  EXPECT_EQ(cantFail(layout.getNumWords(2560, 6912)), 143 * 6912);
  EXPECT_EQ(layout.getBytesPerWeight(2560, 6912), 143.0 * 4 / 2560);
  EXPECT_EQ(layout.getBytesPerWeight(18, 64), 2.0 / 9);
  EXPECT_EQ(layout.getBytesPerWeight(1, 1), 256.0);
  EXPECT_EQ(layout.getBytesPerWeight(0, 5), 0.0);
  EXPECT_EQ(layout.getBytesPerWeight(INT64_MAX, INT64_MAX), 0.0);
  for (auto [k, words] : {std::pair{0, 0}, {1, 1}, {18, 1}, {19, 2}, {37, 3}})
    EXPECT_EQ(WordLookupLayout::getWordsPerOutput(k), words);
}

TEST_F(WordLookupLayoutTest, RefusesWrongSizes) {
  WordLookupLayout layout(16);
  for (auto [k, m] : {std::pair<int64_t, int64_t>{-1, 1},
                      {1, -1},
                      {INT64_MAX, INT64_MAX},
                      {INT64_MAX, 16},
                      {18, INT64_MAX / 4},
                      {18, INT64_MAX}})
    EXPECT_EQ(getMessage(layout.getNumWords(k, m)),
              "expected the sizes of a kernel but got [" + std::to_string(k) +
                  ", " + std::to_string(m) + "]");
  TritArray trits(40);
  std::vector<uint32_t> words(16);
  EXPECT_EQ(getMessage(layout.pack(trits, 8, 5, words)), "");
  EXPECT_NE(getMessage(layout.pack(trits, 8, 4, words)), "");
  EXPECT_EQ(getMessage(layout.pack(trits, 20, 2, words)),
            "expected 32 words for a kernel [20, 2] but got 16");
  EXPECT_EQ(getMessage(layout.unpack(words, 24, 5)),
            "expected 32 words for a kernel [24, 5] but got 16");
  EXPECT_EQ(getMessage(layout.unpack({}, INT64_MAX, 0)), "");
  EXPECT_EQ(getMessage(layout.pack(TritView(), INT64_MAX, 0, {})), "");
}

TEST_F(WordLookupLayoutTest, RefusesBadWords) {
  // A kernel [11, 6]: four indices, the last of two trits.
  WordLookupLayout layout(16);
  TritArray trits(66);
  std::vector<uint32_t> good(cantFail(layout.getNumWords(11, 6)), ~0u);
  ASSERT_EQ(good.size(), 16u);
  ASSERT_EQ(getMessage(layout.pack(trits, 11, 6, good)), "");
  EXPECT_TRUE(all_of(good, [](uint32_t word) { return word == 0; }));
  auto unpackWith = [&](size_t at, uint32_t word) {
    std::vector<uint32_t> words = good;
    words[at] = word;
    return getMessage(layout.unpack(words, 11, 6));
  };
  EXPECT_EQ(unpackWith(0, 13 | 29 << 5), "");
  for (uint32_t index : {14, 15, 16, 30, 31})
    EXPECT_NE(unpackWith(3, index << 5).find("expected indices of three trits"),
              std::string::npos);
  EXPECT_EQ(unpackWith(5, 1u << 30),
            "expected padding of zero bits but got word 0x40000000 at 5");
  // The third trit of the last index is beyond k; 9 has it 1, and 4 has not.
  EXPECT_EQ(unpackWith(5, 4u << 15), "");
  EXPECT_EQ(unpackWith(5, 9u << 15),
            "expected padding of zeros but got word 0x00048000 at 5");
  // An index beyond k, and an output beyond m.
  EXPECT_NE(unpackWith(5, 1u << 20).find("padding of zeros"),
            std::string::npos);
  EXPECT_NE(unpackWith(6, 1).find("padding of zeros"), std::string::npos);
}

} // namespace
