//===- WordLookupLayout.cpp - Six indices of trits in a word --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/WordLookupLayout.h"

#include "KernelWords.h"
#include "TritQuads.h"

#include "llvm/Support/Endian.h"

#include <cassert>
#include <cstdlib>

using namespace llvm;
using namespace mml::ternary;

using Word = WordLookupLayout::Word;

namespace {

/// The index of each number of three digits, of codes, to the base of 3.
using IndexTable = std::array<uint8_t, 27>;

constexpr IndexTable makeIndexTable() {
  IndexTable table{};
  for (int64_t digits = 0; digits < int64_t(table.size()); ++digits)
    table[digits] = uint8_t(
        WordLookupLayout::getIndex(digits - WordLookupLayout::maxValue));
  return table;
}

constexpr IndexTable indexTable = makeIndexTable();

} // namespace

int8_t WordLookupLayout::getTrit(int64_t value, int64_t j) {
  int64_t digits = value + maxValue;
  for (; j > 0; --j)
    digits /= 3;
  return int8_t(digits % 3 - 1);
}

Error WordLookupLayout::verify(int64_t rows) {
  if (rows < minRows || rows > maxRows || rows % minRows != 0)
    return createStringError("expected the rows of a word lookup layout to be "
                             "a multiple of %lld up to %lld but got %lld",
                             (long long)minRows, (long long)maxRows,
                             (long long)rows);
  return Error::success();
}

WordLookupLayout::WordLookupLayout(int64_t rows) : rows(rows) {
  assert(!errorToBool(verify(rows)) && "parameters of the layout");
}

Expected<int64_t> WordLookupLayout::getNumWords(int64_t k, int64_t m) const {
  return countKernelWords(*this, k, m);
}

double WordLookupLayout::getBytesPerWeight(int64_t k, int64_t m) const {
  return getKernelBytesPerWeight(getNumWords(k, m), sizeof(Word), k, m);
}

Error WordLookupLayout::pack(TritView trits, int64_t k, int64_t m,
                             MutableArrayRef<Word> words) const {
  return packKernelWords(*this, trits, k, m, words);
}

void WordLookupLayout::packBlocks(TritView trits, int64_t k, int64_t m,
                                  int64_t firstBlock, int64_t lastBlock,
                                  MutableArrayRef<Word> words) const {
  if (words.empty())
    return;
  const int64_t outputWords = getWordsPerOutput(k);
  // The kernel is read along its rows, those of a word at a time.
  for (int64_t w = 0; w < outputWords; ++w)
    for (int64_t block = firstBlock; block < lastBlock; ++block) {
      Word *line = words.data() + (block * outputWords + w) * rows;
      for (int64_t position = 0; position < rows; position += quad) {
        const int64_t output = block * rows + position;
        const QuadReader reader{trits, k, m, output,
                                std::min(quad, m - output)};
        std::array<Word, quad> four{};
        for (int64_t i = 0; i < wordIndices; ++i) {
          const uint32_t digits = reader.readIndex(w * wordIndices + i);
          for (int64_t lane = 0; lane < quad; ++lane)
            four[lane] |= Word(indexTable[digits >> (8 * lane) & 0xff])
                          << (indexBits * i);
        }
        for (int64_t lane = 0; lane < quad; ++lane)
          support::endian::write32le(line + position + lane, four[lane]);
      }
    }
}

Expected<TritArray> WordLookupLayout::unpack(ArrayRef<Word> words, int64_t k,
                                             int64_t m) const {
  if (Error error =
          verifyKernelSize(getNumWords(k, m), words.size(), "words", k, m))
    return std::move(error);
  // At least one of the sizes is 0 where there are no words, so that the
  // memory of the trits is bounded by that of the words.
  TritArray trits(size_t(k) * size_t(m));
  const int64_t outputWords = getWordsPerOutput(k);
  for (size_t at = 0; at < words.size(); ++at) {
    const Word word = support::endian::read32le(&words[at]);
    auto refuse = [&](const char *expected) {
      return createStringError("expected %s but got word 0x%08x at %zu",
                               expected, unsigned(word), at);
    };
    const int64_t line = at / rows;
    const int64_t output = line / outputWords * rows + at % rows;
    const int64_t first = line % outputWords * wordDepth;
    if (word >> (wordIndices * indexBits) != 0)
      return refuse("padding of zero bits");
    for (int64_t i = 0; i < wordIndices; ++i) {
      const int64_t index = word >> (indexBits * i) & ((1u << indexBits) - 1);
      const int64_t magnitude = index % signBit;
      if (magnitude > maxValue || index == signBit)
        return refuse("indices of three trits");
      const int64_t value = index < signBit ? magnitude : -magnitude;
      for (int64_t j = 0; j < indexTrits; ++j) {
        const int64_t row = first + indexTrits * i + j;
        const int8_t trit = getTrit(value, j);
        if (row < k && output < m)
          trits.set(size_t(row) * m + output, trit);
        else if (trit != 0)
          return refuse("padding of zeros");
      }
    }
  }
  return trits;
}
