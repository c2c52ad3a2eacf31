//===- FormatsTest.cpp - Tests of the formats of trits --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryTest.h"

#include "mml/Ternary/Formats.h"

#include "llvm/Support/CRC.h"

using namespace llvm;
using namespace mml::ternary;

namespace {

class FormatsTest : public RandomTest {
protected:
  /// Trits of which some kinds are rare, or do not occur.
  std::vector<int8_t> makeSkewedTrits(size_t count) {
    const int rarity = int(uniform(0, 20));
    const int8_t common = int8_t(uniform(-1, 1));
    const int8_t rare = int8_t(uniform(-1, 1));
    std::vector<int8_t> trits(count);
    for (int8_t &trit : trits)
      trit = uniform(0, rarity) == 0 ? rare : common;
    return trits;
  }
};

TEST_F(FormatsTest, PublishedVectors) {
  TritArray trits = makeVectorTrits();
  std::vector<uint8_t> packed = encodeKerasPacked(trits, 256, 1);
  EXPECT_EQ(packed.size(), 52u);
  EXPECT_EQ(crc32(packed), 0x16aee97bu);
  EXPECT_EQ(cantFail(decodeKerasPacked(packed, 256, 1)), trits);

  std::vector<uint8_t> encoded = encodeKerasMML(trits);
  EXPECT_EQ(encoded.size(), 54u);
  EXPECT_EQ(crc32(encoded), 0xa5abb500u);
  EXPECT_EQ(cantFail(decodeKerasMML(encoded, 256)), trits);
}

TEST_F(FormatsTest, DocumentedExamplesOfKerasMML) {
  using Trits = std::vector<int8_t>;
  using Bytes = std::vector<uint8_t>;
  const std::pair<Trits, Bytes> examples[] = {
      {{1, -1, 1, 0, -1, 1}, {0xb4, 0xe0}},
      {{0, 1, -1, -1, 0, 0}, {0x6e, 0x80}},
      {{0, 1, -1, -1, 1, 0, 1, 0, 0, 0, -1, 1}, {0x4b, 0xe4, 0x38}},
      {{0, 1, -1, -1, 1, 0, 1, -1, 0, 0, -1, 1}, {0x4b, 0xe5, 0x9c}},
  };
  for (const auto &[trits, bytes] : examples) {
    EXPECT_EQ(encodeKerasMML(makeArray(trits)), bytes);
    EXPECT_EQ(cantFail(decodeKerasMML(bytes, trits.size())).unpack(), trits);
  }
}

TEST_F(FormatsTest, KerasPackedIsAlongTheFirstAxis) {
  // Seven rows of two columns: a byte has five rows of one column.
  TritArray trits = makeArray({-1, 1, 0, 1, 1, 0, 1, -1, -1, 0, 0, 1, 1, -1});
  EXPECT_EQ(encodeKerasPacked(trits, 7, 2),
            (std::vector<uint8_t>{0 + 3 + 18 + 54 + 0, 2 + 6 + 9 + 0 + 81,
                                  1 + 6 + 9 + 27 + 81, 2 + 0 + 9 + 27 + 81}));
}

TEST_F(FormatsTest, KerasPackedRoundTrips) {
  for (int round = 0; round < 60; ++round) {
    int64_t k = uniform(0, 23), m = uniform(0, 23);
    TritArray trits = makeArray(makeTrits(k * m));
    std::vector<uint8_t> bytes = encodeKerasPacked(trits, k, m);
    EXPECT_EQ(bytes.size(), size_t((k + 4) / 5 * m));
    EXPECT_EQ(cantFail(decodeKerasPacked(bytes, k, m)), trits);
  }
}

TEST_F(FormatsTest, KerasPackedRefusesWrongSizes) {
  std::vector<uint8_t> bytes(6, 121);
  for (auto [k, m] : {std::pair<int64_t, int64_t>{10, 2},
                      {11, 3},
                      {15, 3},
                      {0, 6},
                      {-10, 3},
                      {-1, -1},
                      {INT64_MAX, INT64_MAX}})
    EXPECT_EQ(getMessage(decodeKerasPacked(bytes, k, m)),
              "expected the bytes [ceil(" + std::to_string(k) + " / 5), " +
                  std::to_string(m) + "] of packed trits but got 6 bytes");
  EXPECT_EQ(getMessage(decodeKerasPacked({}, INT64_MAX, 0)), "");
}

TEST_F(FormatsTest, KerasPackedRefusesBadBytes) {
  for (unsigned bad = 0; bad < 256; ++bad) {
    std::vector<uint8_t> bytes(6, 121);
    bytes[4] = uint8_t(bad);
    std::string message = getMessage(decodeKerasPacked(bytes, 10, 3));
    EXPECT_EQ(message, bad < 243 ? ""
                                 : "expected packed trits below 243 but got " +
                                       std::to_string(bad) + " at byte 4");
    // Of this shape the byte has two trits and padding.
    message = getMessage(decodeKerasPacked(bytes, 7, 3));
    bool zeros = bad < 243 && bad / 9 == 1 + 3 + 9;
    EXPECT_EQ(message.empty(), zeros) << bad << ": " << message;
  }
  EXPECT_EQ(getMessage(decodeKerasPacked({0}, 4, 1)),
            "expected trits of 0 after row 3 but got -1 at byte 0");
}

TEST_F(FormatsTest, KerasMMLRoundTrips) {
  for (int round = 0; round < 300; ++round) {
    size_t count = size_t(uniform(0, round < 250 ? 40 : 1000));
    std::vector<int8_t> trits =
        round % 2 ? makeTrits(count) : makeSkewedTrits(count);
    std::vector<uint8_t> bytes = encodeKerasMML(makeArray(trits));
    EXPECT_EQ(cantFail(decodeKerasMML(bytes, count)).unpack(), trits);

    // One byte less or more is an error, and so is a bit of the padding.
    EXPECT_NE(getMessage(decodeKerasMML(ArrayRef(bytes).drop_back(), count)),
              "");
    bytes.push_back(0);
    EXPECT_NE(getMessage(decodeKerasMML(bytes, count)), "");
  }
}

TEST_F(FormatsTest, KerasMMLHeaderOfRareTrits) {
  // Trits that do not occur rank as 0, +1, -1.
  EXPECT_EQ(encodeKerasMML(makeArray({})), (std::vector<uint8_t>{0b01000000}));
  EXPECT_EQ(encodeKerasMML(makeArray({-1})),
            (std::vector<uint8_t>{0b11000000}));
  EXPECT_EQ(encodeKerasMML(makeArray({1})), (std::vector<uint8_t>{0b10000000}));
  EXPECT_EQ(encodeKerasMML(makeArray({1, -1, 0})),
            (std::vector<uint8_t>{0b10110101, 0b10000000}));
}

TEST_F(FormatsTest, KerasMMLRefusesBadData) {
  EXPECT_EQ(getMessage(decodeKerasMML({}, 0)),
            "expected the header of encoded trits but got no bytes");
  EXPECT_EQ(getMessage(decodeKerasMML({0x00}, 1)),
            "expected two different trits in the header of encoded trits but "
            "got 0 twice");
  EXPECT_EQ(getMessage(decodeKerasMML({0b10100000}, 1)),
            "expected two different trits in the header of encoded trits but "
            "got 1 twice");
  EXPECT_EQ(getMessage(decodeKerasMML({0b11110000}, 1)),
            "expected two different trits in the header of encoded trits but "
            "got -1 twice");
  EXPECT_EQ(getMessage(decodeKerasMML({0b01000000}, 6)),
            "expected 6 encoded trits but got 1 bytes, which end early");
  EXPECT_EQ(getMessage(decodeKerasMML({0b01000000}, SIZE_MAX)),
            "expected 18446744073709551615 encoded trits but got 1 bytes, "
            "which end early");
  // A symbol of two bits whose second bit is missing.
  EXPECT_NE(getMessage(decodeKerasMML({0b01000001}, 5)), "");
  EXPECT_EQ(getMessage(decodeKerasMML({0b01000000}, 5)), "");
  EXPECT_EQ(getMessage(decodeKerasMML({0b01000001}, 2)),
            "expected zero bits after 2 encoded trits but got byte 0x41");
  EXPECT_EQ(getMessage(decodeKerasMML({0b01000000, 0}, 2)),
            "expected 2 encoded trits to end after 1 bytes but got 2 bytes");
}

TEST_F(FormatsTest, KerasMMLNeverReadsBeyondRandomBytes) {
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> bytes(uniform(0, 24));
    for (uint8_t &byte : bytes)
      byte = uint8_t(uniform(0, 255));
    size_t count = size_t(uniform(0, 100));
    Expected<TritArray> trits = decodeKerasMML(bytes, count);
    if (trits)
      EXPECT_EQ(trits->size(), count);
    else
      consumeError(trits.takeError());
  }
}

} // namespace
