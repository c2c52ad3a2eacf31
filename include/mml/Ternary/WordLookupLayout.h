//===- WordLookupLayout.h - Six indices of trits in a word ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_WORDLOOKUPLAYOUT_H
#define MML_TERNARY_WORDLOOKUPLAYOUT_H

#include "mml/Ternary/Trit.h"

namespace mml::ternary {

/// The layout of the lookup kernel of floats: five bits for three consecutive
/// trits of one output, six times in a word, so that a vector of words holds
/// the indices of tables of 32 floats, for as many outputs as it has words.
///
/// The word (rb * W + w) * rows + p, with rb < ceil(M / rows), p < rows and
/// w < W = ceil(K / 18), is of the output m = rb * rows + p. Its bits 5i to
/// 5i + 4, for i < 6, are an index: with the trits tj at k = 18 * w + 3 * i + j
/// and v = t0 + 3 * t1 + 9 * t2, the lower four bits are |v|, from 0 to 13, and
/// the highest is set iff v is negative. So the sums of one half of a table are
/// those of the other, negated, and a word of zeros is one of zero trits. Trits
/// beyond K or M are 0, and so are bits 30 and 31. Words are little endian.
class WordLookupLayout {
public:
  using Word = uint32_t;

  /// The limits of `rows`, the outputs of one block, which are a multiple of
  /// the least.
  static constexpr int64_t minRows = 16, maxRows = 1024;
  /// The trits and the bits of an index; the indices and the k of a word.
  static constexpr int64_t indexTrits = 3, indexBits = 5, wordIndices = 6,
                           wordDepth = wordIndices * indexTrits;
  /// The largest v, and the bit of an index that makes it negative.
  static constexpr int64_t maxValue = 13, signBit = 16;

  /// The index of the trits whose v is `value`, from -maxValue to maxValue.
  static constexpr Word getIndex(int64_t value) {
    return value < 0 ? Word(signBit - value) : Word(value);
  }
  /// The trit j, below indexTrits, of those whose v is `value`.
  static int8_t getTrit(int64_t value, int64_t j);

  /// Checks that `rows` is a multiple of minRows up to maxRows.
  static llvm::Error verify(int64_t rows);

  /// A layout of `rows`, which pass verify().
  explicit WordLookupLayout(int64_t rows);

  int64_t getRows() const { return rows; }
  /// The number of blocks of rows of a kernel with `m` outputs.
  int64_t getRowBlocks(int64_t m) const { return m / rows + (m % rows != 0); }
  /// The number of words of an output of a kernel with `k` inputs.
  static int64_t getWordsPerOutput(int64_t k) {
    return k / wordDepth + (k % wordDepth != 0);
  }
  /// The number of words of a kernel [k, m], padding included. It is an error
  /// if k or m is negative, or if the bytes do not fit a 64-bit integer.
  llvm::Expected<int64_t> getNumWords(int64_t k, int64_t m) const;
  /// The bytes read for each weight of a kernel [k, m], padding included; 0
  /// for an empty kernel, or for one that getNumWords refuses.
  double getBytesPerWeight(int64_t k, int64_t m) const;

  /// Packs the kernel `trits` of shape [k, m] into `words`. It is an error if
  /// the sizes do not fit each other.
  llvm::Error pack(TritView trits, int64_t k, int64_t m,
                   llvm::MutableArrayRef<Word> words) const;

  /// Packs only the blocks of rows firstBlock .. lastBlock - 1, into their
  /// place in `words`, which is the memory of the whole kernel. Calls for
  /// disjoint ranges may run at the same time. The sizes have been checked.
  void packBlocks(TritView trits, int64_t k, int64_t m, int64_t firstBlock,
                  int64_t lastBlock, llvm::MutableArrayRef<Word> words) const;

  /// The kernel [k, m] that `words` holds. It is an error if the sizes do not
  /// fit each other, if an index is not of three trits, or if padding is not
  /// 0; the message gives the word.
  llvm::Expected<TritArray> unpack(llvm::ArrayRef<Word> words, int64_t k,
                                   int64_t m) const;

private:
  int64_t rows;
};

} // namespace mml::ternary

#endif // MML_TERNARY_WORDLOOKUPLAYOUT_H
