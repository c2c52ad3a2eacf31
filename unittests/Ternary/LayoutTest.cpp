//===- LayoutTest.cpp - Tests of packed layouts ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/Layout.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

using LayoutTest = RandomTest;
using Word = TiledLayout::Word;

/// The words of a kernel, by the definition of the layout.
std::vector<Word> packSlowly(const TiledLayout &layout, TritView trits,
                             int64_t k, int64_t m) {
  int64_t rows = layout.getRows(), kw = (k + 7) / 8;
  std::vector<Word> words((m + rows - 1) / rows * rows * kw);
  for (int64_t i = 0; i < k; ++i)
    for (int64_t o = 0; o < m; ++o) {
      Word &word = words[(o / rows * kw + i / 8) * rows + o % rows];
      int8_t trit = trits.get(i * m + o);
      if (trit == 1)
        word |= 1 << (2 * (i % 8));
      if (trit == -1)
        word |= 2 << (2 * (i % 8));
    }
  return words;
}

TEST_F(LayoutTest, VerifiesParameters) {
  for (int64_t rows : {4, 8, 32, 36, 1024})
    EXPECT_EQ(getMessage(TiledLayout::verify(rows, 8)), "");
  for (int64_t rows : {INT64_MIN, INT64_C(-4), INT64_C(0), INT64_C(3),
                       INT64_C(33), INT64_C(1028), INT64_MAX})
    EXPECT_EQ(getMessage(TiledLayout::verify(rows, 8)),
              "expected the rows of a tiled layout to be a multiple of 4 up "
              "to 1024 but got " +
                  std::to_string(rows));
  for (int64_t depth : {-8, 0, 7, 16})
    EXPECT_EQ(getMessage(TiledLayout::verify(32, depth)),
              "expected the depth of a tiled layout to be 8 but got " +
                  std::to_string(depth));
}

TEST_F(LayoutTest, PacksByTheDefinition) {
  for (int round = 0; round < 60; ++round) {
    TiledLayout layout(4 * uniform(1, 12));
    int64_t k = uniform(0, 40), m = uniform(0, 90);
    TritArray trits = makeArray(makeTrits(k * m));
    std::vector<Word> words = cantFail(layout.pack(trits, k, m));
    EXPECT_EQ(words, packSlowly(layout, trits, k, m));
    EXPECT_EQ(int64_t(words.size()), cantFail(layout.getNumWords(k, m)));
    EXPECT_EQ(cantFail(layout.unpack(words, k, m)), trits);

    // Block by block, over memory that is not zero.
    std::vector<Word> blocks(words.size(), 0xffff);
    for (int64_t block = layout.getRowBlocks(m); block-- > 0;)
      layout.packBlocks(trits, k, m, block, block + 1, blocks);
    EXPECT_EQ(blocks, words);
  }
}

TEST_F(LayoutTest, Prices) {
  TiledLayout layout;
  EXPECT_EQ(cantFail(layout.getNumWords(2560, 6912)), 2560 / 8 * 6912);
  EXPECT_EQ(layout.getBytesPerWeight(2560, 6912), 0.25);
  EXPECT_EQ(layout.getBytesPerWeight(1, 1), 64.0);
  EXPECT_EQ(layout.getBytesPerWeight(0, 5), 0.0);
  EXPECT_EQ(layout.getBytesPerWeight(INT64_MAX, INT64_MAX), 0.0);
}

TEST_F(LayoutTest, RefusesWrongSizes) {
  TiledLayout layout;
  for (auto [k, m] : {std::pair<int64_t, int64_t>{-1, 1},
                      {1, -1},
                      {INT64_MAX, INT64_MAX},
                      {INT64_MAX, 1},
                      {8, INT64_MAX}})
    EXPECT_EQ(getMessage(layout.getNumWords(k, m)),
              "expected the sizes of a kernel but got [" + std::to_string(k) +
                  ", " + std::to_string(m) + "]");
  TritArray trits(40);
  std::vector<Word> words(32);
  EXPECT_EQ(getMessage(layout.pack(trits, 8, 5, words)), "");
  EXPECT_NE(getMessage(layout.pack(trits, 8, 4, words)), "");
  EXPECT_EQ(getMessage(layout.pack(trits, 20, 2, words)),
            "expected 96 words for a kernel [20, 2] but got 32");
  EXPECT_NE(getMessage(layout.pack(trits, 8, 4)), "");
  EXPECT_EQ(getMessage(layout.unpack(words, 9, 5)),
            "expected 64 words for a kernel [9, 5] but got 32");
  EXPECT_EQ(getMessage(layout.unpack({}, INT64_MAX, 0)), "");
  EXPECT_EQ(getMessage(layout.pack(TritView(), INT64_MAX, 0)), "");
}

TEST_F(LayoutTest, RefusesBadWords) {
  // A kernel [11, 6] of one block with two words an output.
  TiledLayout layout(8);
  std::vector<Word> good =
      cantFail(layout.pack(makeArray(makeTrits(66)), 11, 6));
  ASSERT_EQ(good.size(), 16u);
  auto unpackWith = [&](size_t index, Word bits) {
    std::vector<Word> words = good;
    words[index] |= bits;
    return getMessage(layout.unpack(words, 11, 6));
  };
  EXPECT_EQ(unpackWith(0, 0), "");
  EXPECT_NE(unpackWith(3, 0x000c).find("not both +1 and -1"),
            std::string::npos);
  // The last depth of the second word is 2, the last lane 5.
  EXPECT_NE(unpackWith(8, 1 << 6).find("padding of zero bits"),
            std::string::npos);
  EXPECT_NE(unpackWith(6, 1).find("padding of zero bits"), std::string::npos);
}

} // namespace
