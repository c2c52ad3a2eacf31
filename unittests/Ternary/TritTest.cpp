//===- TritTest.cpp - Tests of arrays of trits ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

using namespace mml::ternary;

namespace {

using TritTest = RandomTest;

TEST_F(TritTest, ZerosHaveZeroPadding) {
  for (size_t count : {0, 1, 2, 3, 4, 5, 31, 32}) {
    TritArray array(count);
    EXPECT_EQ(array.size(), count);
    EXPECT_EQ(array.data().size(), (count + 3) / 4);
    for (size_t i = 0; i < count; ++i)
      EXPECT_EQ(array.get(i), 0);
    EXPECT_EQ(getMessage(TritView::fromBytes(count, array.data())), "");
  }
}

TEST_F(TritTest, BytesOfDense2) {
  TritArray array = makeArray({-1, 0, 1, 1, 1});
  EXPECT_EQ(array.data().vec(), (std::vector<uint8_t>{0b10100100, 0b10}));
}

TEST_F(TritTest, RoundTrips) {
  for (int round = 0; round < 50; ++round) {
    std::vector<int8_t> trits = makeTrits(uniform(0, 300));
    TritArray array = makeArray(trits);
    EXPECT_EQ(array.unpack(), trits);
    TritArray set(trits.size());
    for (size_t i = 0; i < trits.size(); ++i)
      set.set(i, trits[i]);
    EXPECT_EQ(set, array);
    auto copy = TritArray::fromBytes(array.size(), array.data());
    ASSERT_EQ(getMessage(copy ? llvm::Error::success() : copy.takeError()), "");
    EXPECT_EQ(*copy, array);
    for (size_t i = 0; i < trits.size(); ++i) {
      EXPECT_EQ(array[i], trits[i]);
      for (size_t j = 0; j < 4; ++j) {
        int code = (array.view().getQuad(i) >> (2 * j)) & 3;
        EXPECT_EQ(code, i + j < trits.size() ? trits[i + j] + 1 : 0);
      }
    }
  }
}

TEST_F(TritTest, UnpacksRanges) {
  std::vector<int8_t> trits = makeTrits(61);
  TritArray array = makeArray(trits);
  for (size_t first = 0; first <= trits.size(); ++first)
    for (size_t count = 0; first + count <= trits.size(); ++count) {
      std::vector<int8_t> out(count, 7);
      array.unpack(out, first);
      EXPECT_TRUE(std::equal(out.begin(), out.end(), trits.begin() + first));
    }
}

TEST_F(TritTest, WriterTakesManyCodes) {
  TritWriter writer(21);
  for (unsigned number : {1, 16, 0, 3, 1})
    writer.append(0xaaaaaaaa & ((uint64_t(1) << (2 * number)) - 1), number);
  TritArray array = writer.take();
  EXPECT_EQ(array.unpack(), std::vector<int8_t>(21, 1));
}

TEST_F(TritTest, RefusesBadTrits) {
  EXPECT_EQ(getMessage(TritArray::fromTrits({0, 1, 2})),
            "expected a trit of -1, 0 or 1 but got 2 at trit 2");
  EXPECT_EQ(getMessage(TritArray::fromTrits({0, -128})),
            "expected a trit of -1, 0 or 1 but got -128 at trit 1");
}

TEST_F(TritTest, RefusesBadBytes) {
  EXPECT_EQ(getMessage(TritArray::fromBytes(5, {0})),
            "expected 2 bytes for 5 trits but got 1");
  EXPECT_EQ(getMessage(TritArray::fromBytes(SIZE_MAX, {0})),
            "expected 4611686018427387904 bytes for 18446744073709551615 "
            "trits but got 1");
  EXPECT_EQ(getMessage(TritArray::fromBytes(1, {4})),
            "expected zero bits after the last of 1 trits but got byte 0x04");
  EXPECT_EQ(getMessage(TritArray::fromBytes(1, {0xc0})),
            "expected zero bits after the last of 1 trits but got byte 0xc0");
  // The first bad code is found wherever it is, and none where there is none.
  constexpr size_t count = 103;
  std::vector<uint8_t> good(makeArray(makeTrits(count)).data());
  for (size_t bad = 0; bad < count; ++bad) {
    std::vector<uint8_t> bytes = good;
    bytes[bad / 4] |= 3 << (2 * (bad % 4));
    bytes[(count - 1) / 4] |= 3 << (2 * ((count - 1) % 4));
    EXPECT_EQ(getMessage(TritView::fromBytes(count, bytes)),
              "expected codes of trits 0, 1 and 2 but got 3 at trit " +
                  std::to_string(bad));
  }
}

TEST_F(TritTest, ChecksShapesOfKernels) {
  EXPECT_EQ(getMessage(verifyKernelShape(6, 2, 3)), "");
  EXPECT_EQ(getMessage(verifyKernelShape(0, INT64_MAX, 0)), "");
  for (auto [k, m] : {std::pair<int64_t, int64_t>{2, 4},
                      {-2, -3},
                      {INT64_MAX, 2},
                      {INT64_C(1) << 62, 4}})
    EXPECT_NE(getMessage(verifyKernelShape(6, k, m)), "");
}

} // namespace
