//===- Layout.cpp - Packed layouts of ternary kernels ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Layout.h"

#include "KernelWords.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>
#include <cassert>

using namespace llvm;
using namespace mml::ternary;

namespace {

/// The lanes that a byte of dense2 codes fills.
constexpr int64_t quad = TiledLayout::minRows;
/// A byte of codes in which all four trits are 0.
constexpr uint8_t zeroQuad = 0x55;

/// A byte of four codes as the lowest pair of bits of four words.
using SpreadTable = std::array<std::array<uint16_t, quad>, 256>;

constexpr SpreadTable makeSpreadTable() {
  constexpr uint16_t pairs[4] = {/*-1=*/2, /*0=*/0, /*+1=*/1, /*invalid=*/0};
  SpreadTable table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    for (unsigned lane = 0; lane < quad; ++lane)
      table[byte][lane] = pairs[(byte >> (2 * lane)) & 3];
  return table;
}

constexpr SpreadTable spreadTable = makeSpreadTable();

} // namespace

Error TiledLayout::verify(int64_t rows, int64_t depth) {
  if (rows < minRows || rows > maxRows || rows % minRows != 0)
    return createStringError("expected the rows of a tiled layout to be a "
                             "multiple of %lld up to %lld but got %lld",
                             (long long)minRows, (long long)maxRows,
                             (long long)rows);
  if (depth != wordDepth)
    return createStringError("expected the depth of a tiled layout to be %lld "
                             "but got %lld",
                             (long long)wordDepth, (long long)depth);
  return Error::success();
}

TiledLayout::TiledLayout(int64_t rows, int64_t depth)
    : rows(rows), depth(depth) {
  assert(!errorToBool(verify(rows, depth)) && "parameters of the layout");
}

Expected<int64_t> TiledLayout::getNumWords(int64_t k, int64_t m) const {
  return countKernelWords(*this, k, m);
}

double TiledLayout::getBytesPerWeight(int64_t k, int64_t m) const {
  return getKernelBytesPerWeight(getNumWords(k, m), sizeof(Word), k, m);
}

Error TiledLayout::pack(TritView trits, int64_t k, int64_t m,
                        MutableArrayRef<Word> words) const {
  return packKernelWords(*this, trits, k, m, words);
}

Expected<std::vector<TiledLayout::Word>>
TiledLayout::pack(TritView trits, int64_t k, int64_t m) const {
  if (Error error = verifyKernelShape(trits.size(), k, m))
    return std::move(error);
  Expected<int64_t> numWords = getNumWords(k, m);
  if (!numWords)
    return numWords.takeError();
  std::vector<Word> words(*numWords);
  packBlocks(trits, k, m, 0, getRowBlocks(m), words);
  return words;
}

void TiledLayout::packBlocks(TritView trits, int64_t k, int64_t m,
                             int64_t firstBlock, int64_t lastBlock,
                             MutableArrayRef<Word> words) const {
  if (words.empty())
    return;
  const int64_t wordsPerOutput = getWordsPerOutput(k);
  // The kernel is read along its rows, `depth` of them at a time. Four codes,
  // one byte, become the same two bits of four words by one look-up.
  for (int64_t w = 0; w < wordsPerOutput; ++w) {
    const int64_t firstRow = w * depth;
    const int64_t numRows = std::min(depth, k - firstRow);
    for (int64_t block = firstBlock; block < lastBlock; ++block) {
      Word *tile = words.data() + (block * wordsPerOutput + w) * rows;
      const int64_t firstOutput = block * rows;
      const int64_t numOutputs = std::min(rows, m - firstOutput);
      for (int64_t lane = 0; lane < rows; lane += quad) {
        std::array<Word, quad> four{};
        const int64_t inside = std::min(quad, numOutputs - lane);
        if (inside > 0) {
          // Lanes beyond the last output have the codes of the next row.
          const uint8_t mask = maskTrailingOnes<uint8_t>(unsigned(2 * inside));
          size_t index = size_t(firstRow) * m + firstOutput + lane;
          for (int64_t j = 0; j < numRows; ++j, index += m) {
            uint8_t codes = (trits.getQuad(index) & mask) | (zeroQuad & ~mask);
            for (int64_t i = 0; i < quad; ++i)
              four[i] |= Word(spreadTable[codes][i] << (2 * j));
          }
        }
        std::copy(four.begin(), four.end(), tile + lane);
      }
    }
  }
}

Expected<TritArray> TiledLayout::unpack(ArrayRef<Word> words, int64_t k,
                                        int64_t m) const {
  if (Error error =
          verifyKernelSize(getNumWords(k, m), words.size(), "words", k, m))
    return std::move(error);
  // At least one of the sizes is 0 where there are no words, so that the
  // memory of the trits is bounded by that of the words.
  TritArray trits(size_t(k) * size_t(m));
  const int64_t wordsPerOutput = getWordsPerOutput(k);
  for (size_t index = 0; index < words.size(); ++index) {
    const Word word = words[index];
    if (word & (word >> 1) & 0x5555)
      return createStringError(
          "expected trits that are not both +1 and -1 but got word 0x%04x at "
          "%zu",
          unsigned(word), index);
    const int64_t tile = index / rows, lane = index % rows;
    const int64_t output = tile / wordsPerOutput * rows + lane;
    const int64_t firstRow = tile % wordsPerOutput * depth;
    const int64_t used =
        output < m ? std::min(depth, k - firstRow) : int64_t(0);
    if (uint32_t(word) >> (2 * used) != 0)
      return createStringError(
          "expected padding of zero bits but got word 0x%04x at %zu",
          unsigned(word), index);
    for (int64_t j = 0; j < used; ++j) {
      const unsigned pair = (word >> (2 * j)) & 3;
      trits.set(size_t(firstRow + j) * m + output,
                int(pair & 1) - int(pair >> 1));
    }
  }
  return trits;
}
