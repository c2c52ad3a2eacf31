//===- Formats.cpp - Trits as model files store them ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Formats.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>
#include <cassert>

using namespace llvm;
using namespace mml::ternary;

//===----------------------------------------------------------------------===//
// Keras pack_ternary: base 3, five trits a byte
//===----------------------------------------------------------------------===//

static constexpr unsigned tritsPerByte = 5;
/// 3^5: bytes from here on encode nothing.
static constexpr unsigned numFives = 243;
/// Five trits of 0.
static constexpr unsigned zeroFive = 121;

/// The five codes of a byte, the first one least significant.
using FiveTable = std::array<std::array<uint8_t, tritsPerByte>, numFives>;

static constexpr FiveTable makeFiveTable() {
  FiveTable table{};
  for (unsigned byte = 0; byte < numFives; ++byte) {
    unsigned rest = byte;
    for (unsigned i = 0; i < tritsPerByte; ++i, rest /= 3)
      table[byte][i] = uint8_t(rest % 3);
  }
  return table;
}

static constexpr FiveTable fiveTable = makeFiveTable();

Expected<TritArray> mml::ternary::decodeKerasPacked(ArrayRef<uint8_t> bytes,
                                                    int64_t k, int64_t m) {
  int64_t groups = k / tritsPerByte + (k % tritsPerByte != 0), numBytes;
  if (k < 0 || m < 0 || MulOverflow(groups, m, numBytes) ||
      uint64_t(numBytes) != bytes.size())
    return createStringError("expected the bytes [ceil(%lld / 5), %lld] of "
                             "packed trits but got %zu bytes",
                             (long long)k, (long long)m, bytes.size());
  TritWriter writer(size_t(k) * size_t(m));
  if (bytes.empty())
    return writer.take();
  for (int64_t group = 0; group < groups; ++group) {
    ArrayRef<uint8_t> row = bytes.slice(group * m, m);
    unsigned used = std::min<int64_t>(tritsPerByte, k - group * tritsPerByte);
    for (auto [column, byte] : enumerate(row)) {
      if (byte >= numFives)
        return createStringError("expected packed trits below 243 but got %u "
                                 "at byte %zu",
                                 unsigned(byte), size_t(group * m) + column);
      for (unsigned i = used; i < tritsPerByte; ++i)
        if (fiveTable[byte][i] != 1)
          return createStringError("expected trits of 0 after row %lld but got "
                                   "%d at byte %zu",
                                   (long long)k - 1,
                                   int(fiveTable[byte][i]) - 1,
                                   size_t(group * m) + column);
    }
    for (unsigned i = 0; i < used; ++i)
      for (uint8_t byte : row)
        writer.append(fiveTable[byte][i], 1);
  }
  return writer.take();
}

std::vector<uint8_t> mml::ternary::encodeKerasPacked(TritView trits, int64_t k,
                                                     int64_t m) {
  assert(size_t(k) * size_t(m) == trits.size() && "shape of the kernel");
  int64_t groups = k / tritsPerByte + (k % tritsPerByte != 0);
  std::vector<uint8_t> bytes(groups * m, zeroFive);
  static constexpr unsigned powers[tritsPerByte] = {1, 3, 9, 27, 81};
  for (int64_t row = 0; row < k; ++row)
    for (int64_t column = 0; column < m; ++column)
      bytes[row / tritsPerByte * m + column] +=
          int(powers[row % tritsPerByte]) * trits.get(row * m + column);
  return bytes;
}

//===----------------------------------------------------------------------===//
// keras_mml encode_ternary_array: a prefix code by frequency
//===----------------------------------------------------------------------===//

namespace {

/// The codes (t + 1) of the three trits, the most frequent first.
using RankedCodes = std::array<uint8_t, 3>;

/// The code of the trit that stands at each place in the header's own list,
/// which is 0, +1, -1.
constexpr RankedCodes headerOrder = {1, 2, 0};

/// What a byte of the stream holds, where a symbol may have begun in the byte
/// before, or may end in the next one.
struct StreamByte {
  uint16_t codes = 0;
  uint8_t count = 0;
  /// The last bit is the first bit of a symbol of two.
  bool open = false;
};

/// Reads the symbols of a stream bit by bit.
class SymbolDecoder {
public:
  explicit SymbolDecoder(const RankedCodes &ranked) : ranked(ranked) {}

  bool isOpen() const { return open; }
  void setOpen(bool value) { open = value; }

  /// Takes a bit; returns the code of the symbol that it ends, or -1.
  int feed(bool bit) {
    if (open) {
      open = false;
      return ranked[bit ? 2 : 1];
    }
    if (bit) {
      open = true;
      return -1;
    }
    return ranked[0];
  }

private:
  RankedCodes ranked;
  bool open = false;
};

/// All bytes by whether a symbol is open before them.
using StreamTable = std::array<std::array<StreamByte, 256>, 2>;

StreamTable makeStreamTable(const RankedCodes &ranked) {
  StreamTable table;
  for (unsigned open = 0; open < 2; ++open)
    for (unsigned byte = 0; byte < 256; ++byte) {
      StreamByte &entry = table[open][byte];
      SymbolDecoder decoder(ranked);
      decoder.setOpen(open);
      for (unsigned bit = 0; bit < 8; ++bit)
        if (int code = decoder.feed((byte >> (7 - bit)) & 1); code >= 0)
          entry.codes |= unsigned(code) << (2 * entry.count++);
      entry.open = decoder.isOpen();
    }
  return table;
}

/// Writes bits, the most significant of a byte first.
class BitWriter {
public:
  void append(uint32_t bits, unsigned count) {
    pending = pending << count | bits;
    for (pendingCount += count; pendingCount >= 8; pendingCount -= 8)
      bytes.push_back(uint8_t(pending >> (pendingCount - 8)));
  }

  /// The bytes, the last one filled with zero bits.
  std::vector<uint8_t> take() {
    if (pendingCount != 0)
      append(0, 8 - pendingCount);
    return std::move(bytes);
  }

private:
  std::vector<uint8_t> bytes;
  uint64_t pending = 0;
  unsigned pendingCount = 0;
};

/// The codes of a stream's symbols by rank: `0`, `10`, `11`.
constexpr struct {
  uint8_t bits, count;
} rankBits[3] = {{0, 1}, {2, 2}, {3, 2}};

} // namespace

/// Reads the header, which takes three or four bits. Returns the ranks and the
/// number of bits.
static Expected<std::pair<RankedCodes, unsigned>> readHeader(uint8_t byte) {
  SymbolDecoder decoder(headerOrder);
  RankedCodes ranked{};
  unsigned found = 0, bits = 0;
  while (found < 2)
    if (int code = decoder.feed((byte >> (7 - bits++)) & 1); code >= 0)
      ranked[found++] = uint8_t(code);
  if (ranked[0] == ranked[1])
    return createStringError("expected two different trits in the header of "
                             "encoded trits but got %d twice",
                             int(ranked[0]) - 1);
  ranked[2] = 3 - ranked[0] - ranked[1];
  return std::make_pair(ranked, bits);
}

Expected<TritArray> mml::ternary::decodeKerasMML(ArrayRef<uint8_t> bytes,
                                                 size_t count) {
  if (bytes.empty())
    return createStringError("expected the header of encoded trits but got no "
                             "bytes");
  Expected<std::pair<RankedCodes, unsigned>> header = readHeader(bytes[0]);
  if (!header)
    return header.takeError();
  auto [ranked, headerBits] = *header;

  auto makeTooShort = [&]() {
    return createStringError("expected %zu encoded trits but got %zu bytes, "
                             "which end early",
                             count, bytes.size());
  };
  // A symbol has at least one bit, so that memory is bounded by the data.
  if (count / 8 > bytes.size())
    return makeTooShort();

  TritWriter writer(count);
  SymbolDecoder decoder(ranked);
  size_t index = 0;
  unsigned bit = headerBits;
  auto decodeBits = [&]() {
    for (; bit < 8 && writer.size() < count; ++bit)
      if (int code = decoder.feed((bytes[index] >> (7 - bit)) & 1); code >= 0)
        writer.append(unsigned(code), 1);
  };

  // The rest of the header's byte, whole bytes by table while the symbols
  // cannot pass the end, and the last symbols bit by bit.
  decodeBits();
  if (bit == 8 && count - writer.size() >= 8) {
    StreamTable table = makeStreamTable(ranked);
    unsigned open = decoder.isOpen();
    while (index + 1 < bytes.size() && count - writer.size() >= 8) {
      const StreamByte &entry = table[open][bytes[++index]];
      writer.append(entry.codes, entry.count);
      open = entry.open;
    }
    decoder.setOpen(open);
  }
  while (writer.size() < count) {
    if (++index >= bytes.size())
      return makeTooShort();
    bit = 0;
    decodeBits();
  }

  if (uint8_t(bytes[index] << bit) != 0)
    return createStringError("expected zero bits after %zu encoded trits but "
                             "got byte 0x%02x",
                             count, unsigned(bytes[index]));
  if (index + 1 != bytes.size())
    return createStringError("expected %zu encoded trits to end after %zu "
                             "bytes but got %zu bytes",
                             count, index + 1, bytes.size());
  return writer.take();
}

std::vector<uint8_t> mml::ternary::encodeKerasMML(TritView trits) {
  // A trit that does not occur is first seen after the end.
  std::array<size_t, 3> frequency{}, firstSeen;
  for (unsigned place = 0; place < 3; ++place)
    firstSeen[headerOrder[place]] = trits.size() + place;
  for (size_t i = 0; i < trits.size(); ++i) {
    unsigned code = trits.get(i) + 1;
    if (frequency[code]++ == 0)
      firstSeen[code] = i;
  }
  RankedCodes ranked = headerOrder;
  llvm::sort(ranked, [&](uint8_t a, uint8_t b) {
    return std::make_pair(frequency[b], firstSeen[a]) <
           std::make_pair(frequency[a], firstSeen[b]);
  });

  BitWriter writer;
  for (unsigned rank = 0; rank < 2; ++rank) {
    auto place =
        std::find(headerOrder.begin(), headerOrder.end(), ranked[rank]);
    auto [bits, count] = rankBits[place - headerOrder.begin()];
    writer.append(bits, count);
  }
  std::array<uint8_t, 3> rankOf;
  for (unsigned rank = 0; rank < 3; ++rank)
    rankOf[ranked[rank]] = uint8_t(rank);
  for (size_t i = 0; i < trits.size(); ++i) {
    auto [bits, count] = rankBits[rankOf[trits.get(i) + 1]];
    writer.append(bits, count);
  }
  return writer.take();
}
