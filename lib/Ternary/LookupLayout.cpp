//===- LookupLayout.cpp - Three trits as an index of a table --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelSize.h"
#include "TritQuads.h"

#include "mml/Ternary/LookupLayout.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

using namespace llvm;
using namespace mml::ternary;

using Part = LookupLayout::Part;

namespace {

constexpr Part index0[] = {{0, 0, 0, 5}};
constexpr Part index1[] = {{1, 0, 0, 5}};
constexpr Part index2[] = {{0, 5, 5, 3}, {1, 2, 5, 2}};
constexpr Part index3[] = {{2, 0, 0, 5}};
constexpr Part index4[] = {{3, 0, 0, 5}};
constexpr Part index5[] = {{2, 5, 5, 3}, {3, 2, 5, 2}};
constexpr Part index6[] = {{4, 0, 0, 5}};
constexpr Part index7[] = {{4, 5, 5, 3}, {1, 4, 7, 1}, {3, 3, 7, 1}};

constexpr std::array<ArrayRef<Part>, LookupLayout::groupIndices> allParts = {
    index0, index1, index2, index3, index4, index5, index6, index7};

/// Indices before those that depend on bits of theirs.
using PackingOrder = std::integer_sequence<int64_t, 0, 1, 3, 4, 6, 2, 5, 7>;

/// A byte in each byte of a word.
constexpr uint32_t everyByte = 0x01010101;

/// The bits of its byte that a part has to itself.
uint8_t getOwnBits(const Part &part) {
  return uint8_t(maskTrailingOnes<uint8_t>(part.numBits) << part.firstBit);
}

/// Shifts both words of two bytes.
uint32_t shiftWords(uint32_t words, unsigned distance) {
  return words >> distance & (0xffffu >> distance) * 0x00010001u;
}

/// The indices of the four outputs that `words`, a word for each byte of the
/// group, hold.
uint32_t extractIndex(ArrayRef<uint32_t> words, ArrayRef<Part> parts) {
  uint32_t index = 0;
  for (const Part &part : parts)
    index ^= shiftWords(words[part.byte], part.shift);
  return index & 0x1f * everyByte;
}

/// Makes `index` the one that `words` hold, whose own bits are 0 before.
void insertIndex(uint32_t index, MutableArrayRef<uint32_t> words,
                 ArrayRef<Part> parts) {
  const uint32_t difference = index ^ extractIndex(words, parts);
  for (const Part &part : parts)
    words[part.byte] |= difference << part.shift & everyByte * getOwnBits(part);
}

/// Packs the first `count` indices of a group, from `first` on, into `words`.
/// The loop is one over constants, as everything about an index is one.
template <int64_t... order>
void packGroup(const QuadReader &reader, int64_t first, int64_t count,
               MutableArrayRef<uint32_t> words,
               std::integer_sequence<int64_t, order...>) {
  auto pack = [&](int64_t index) {
    if (index < count)
      insertIndex(reader.readIndex(first + index), words, allParts[index]);
  };
  (pack(order), ...);
}

} // namespace

ArrayRef<Part> LookupLayout::getParts(int64_t index) { return allParts[index]; }

Error LookupLayout::verify(int64_t rows) {
  if (rows < minRows || rows > maxRows || rows % minRows != 0)
    return createStringError("expected the rows of a lookup layout to be a "
                             "multiple of %lld up to %lld but got %lld",
                             (long long)minRows, (long long)maxRows,
                             (long long)rows);
  return Error::success();
}

LookupLayout::LookupLayout(int64_t rows) : rows(rows) {
  assert(!errorToBool(verify(rows)) && "parameters of the layout");
}

Expected<int64_t> LookupLayout::getNumBytes(int64_t k, int64_t m) const {
  int64_t bytes;
  if (k < 0 || m < 0 || m > INT64_MAX - rows ||
      MulOverflow(getRowBlocks(m) * rows, getBytesPerOutput(k), bytes))
    return createStringError("expected the sizes of a kernel but got "
                             "[%lld, %lld]",
                             (long long)k, (long long)m);
  return bytes;
}

double LookupLayout::getBytesPerWeight(int64_t k, int64_t m) const {
  return getKernelBytesPerWeight(getNumBytes(k, m), sizeof(uint8_t), k, m);
}

Error LookupLayout::pack(TritView trits, int64_t k, int64_t m,
                         MutableArrayRef<uint8_t> bytes) const {
  if (Error error = verifyKernelShape(trits.size(), k, m))
    return error;
  if (Error error =
          verifyKernelSize(getNumBytes(k, m), bytes.size(), "bytes", k, m))
    return error;
  packBlocks(trits, k, m, 0, getRowBlocks(m), bytes);
  return Error::success();
}

void LookupLayout::packBlocks(TritView trits, int64_t k, int64_t m,
                              int64_t firstBlock, int64_t lastBlock,
                              MutableArrayRef<uint8_t> bytes) const {
  if (bytes.empty())
    return;
  const int64_t indices = getNumIndices(k), outputBytes = getBytesPerOutput(k);
  // The kernel is read along its rows, a group of them at a time.
  for (int64_t first = 0, line = 0; first < indices;
       first += groupIndices, line += groupBytes) {
    const int64_t count = std::min(groupIndices, indices - first);
    const int64_t lines = std::min(groupBytes, outputBytes - line);
    for (int64_t block = firstBlock; block < lastBlock; ++block) {
      uint8_t *group = bytes.data() + (block * outputBytes + line) * rows;
      for (int64_t position = 0; position < rows; position += quad) {
        const int64_t output = block * rows + getLane(position);
        const QuadReader reader{trits, k, m, output,
                                std::min(quad, m - output)};
        std::array<uint32_t, groupBytes> words{};
        packGroup(reader, first, count, words, PackingOrder());
        for (int64_t j = 0; j < lines; ++j)
          support::endian::write32le(group + j * rows + position, words[j]);
      }
    }
  }
}

Expected<TritArray> LookupLayout::unpack(ArrayRef<uint8_t> bytes, int64_t k,
                                         int64_t m) const {
  if (Error error =
          verifyKernelSize(getNumBytes(k, m), bytes.size(), "bytes", k, m))
    return std::move(error);
  // At least one of the sizes is 0 where there are no bytes, so that the
  // memory of the trits is bounded by that of the bytes.
  TritArray trits(size_t(k) * size_t(m));
  const int64_t indices = getNumIndices(k), outputBytes = getBytesPerOutput(k);
  auto refuse = [&](const char *expected, size_t at) {
    return createStringError("expected %s but got byte 0x%02x at %zu", expected,
                             unsigned(bytes[at]), at);
  };
  // Four positions of a group, in the order of the memory.
  for (size_t start = 0; start < bytes.size(); start += quad) {
    const int64_t line = start / rows, position = start % rows;
    const int64_t block = line / outputBytes, first = line % outputBytes;
    if (first % groupBytes != 0)
      continue;
    const int64_t firstIndex = first / groupBytes * groupIndices;
    const int64_t count = std::min(groupIndices, indices - firstIndex);
    const int64_t lines = std::min(groupBytes, outputBytes - first);
    std::array<uint32_t, groupBytes> words{};
    for (int64_t j = 0; j < lines; ++j)
      words[j] = support::endian::read32le(bytes.data() + start + j * rows);
    std::array<uint8_t, groupBytes> used{};
    for (int64_t i = 0; i < count; ++i) {
      const uint32_t four = extractIndex(words, getParts(i));
      for (const Part &part : getParts(i))
        used[part.byte] |= getOwnBits(part);
      for (int64_t lane = 0; lane < quad; ++lane) {
        // The first byte that an index depends on stands for it.
        const size_t at =
            start + getParts(i).front().byte * rows + size_t(lane);
        const int64_t output = block * rows + getLane(position + lane);
        unsigned index = four >> (8 * lane) & 0x1f;
        if (index >= 27)
          return refuse("indices of three trits", at);
        for (int64_t j = 0; j < indexTrits; ++j, index /= 3) {
          const int64_t row = (firstIndex + i) * indexTrits + j;
          const int trit = int(index % 3) - 1;
          if (row < k && output < m)
            trits.set(size_t(row) * m + output, int8_t(trit));
          else if (trit != 0)
            return refuse("padding of zeros", at);
        }
      }
    }
    for (int64_t j = 0; j < lines; ++j)
      for (int64_t lane = 0; lane < quad; ++lane)
        if (bytes[start + j * rows + lane] & uint8_t(~used[j]))
          return refuse("padding of zero bits", start + j * rows + lane);
  }
  return trits;
}
