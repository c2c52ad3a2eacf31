//===- Layout.h - Packed layouts of ternary kernels -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How a kernel of trits is arranged in memory for the loops that read it. A
/// kernel has the shape [K, M]: K is contracted, M outputs come out.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_LAYOUT_H
#define MML_TERNARY_LAYOUT_H

#include "mml/Ternary/Trit.h"

namespace mml::ternary {

/// The layout of the add/subtract kernel: words of 16 bits, each with `depth`
/// consecutive trits of one output.
///
/// The word (rb * KW + w) * rows + lane, with rb < ceil(M / rows) and
/// w < KW = ceil(K / depth), belongs to the output m = rb * rows + lane. Its
/// bit 2j is set iff the trit at k = depth * w + j is +1, its bit 2j + 1 iff
/// that trit is -1. Trits beyond K or M are 0. Words are little endian.
class TiledLayout {
public:
  using Word = uint16_t;

  /// The limits of `rows`, the outputs of one block.
  static constexpr int64_t minRows = 4, maxRows = 1024;
  /// Two bits a trit fill a word.
  static constexpr int64_t wordDepth = 8;

  /// Checks the parameters: `rows` is a multiple of minRows up to maxRows,
  /// `depth` is wordDepth.
  static llvm::Error verify(int64_t rows, int64_t depth);

  /// A layout of these parameters, which pass verify().
  explicit TiledLayout(int64_t rows = 32, int64_t depth = wordDepth);

  int64_t getRows() const { return rows; }
  int64_t getDepth() const { return depth; }

  /// The number of blocks of rows of a kernel with `m` outputs.
  int64_t getRowBlocks(int64_t m) const { return m / rows + (m % rows != 0); }
  /// The number of words of one output of a kernel with `k` inputs.
  int64_t getWordsPerOutput(int64_t k) const {
    return k / depth + (k % depth != 0);
  }
  /// The number of words of one block of rows.
  int64_t getWordsPerBlock(int64_t k) const {
    return getWordsPerOutput(k) * rows;
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
  /// The same into memory of its own.
  llvm::Expected<std::vector<Word>> pack(TritView trits, int64_t k,
                                         int64_t m) const;

  /// Packs only the blocks of rows firstBlock .. lastBlock - 1, into their
  /// place in `words`, which is the memory of the whole kernel. Calls for
  /// disjoint ranges may run at the same time. The sizes have been checked.
  void packBlocks(TritView trits, int64_t k, int64_t m, int64_t firstBlock,
                  int64_t lastBlock, llvm::MutableArrayRef<Word> words) const;

  /// The kernel [k, m] that `words` holds. It is an error if the sizes do not
  /// fit each other, if a trit is both +1 and -1, or if padding is not 0; the
  /// message gives the word.
  llvm::Expected<TritArray> unpack(llvm::ArrayRef<Word> words, int64_t k,
                                   int64_t m) const;

private:
  int64_t rows;
  int64_t depth;
};

/// The layout of the dot product kernels: bytes of four trits, of four groups
/// of four consecutive k each, so that a shift and a mask make of a vector of
/// bytes the operand of an instruction that multiplies and adds four bytes a
/// lane.
///
/// The byte ((rb * G + g) * rows + lane) * 4 + j, with rb < ceil(M / rows), g <
/// G = ceil(K / depth) and j < 4, belongs to the output m = rb * rows + lane.
/// Its bits 2f and 2f + 1 are the trit at k = depth * g + 4 * f + j, plus one.
/// Trits beyond K or M are 0.
class DotLayout {
public:
  /// The limits of `rows`, the outputs of one block.
  static constexpr int64_t minRows = 4, maxRows = 1024;
  /// The k of one group, of which a lane has four bytes.
  static constexpr int64_t depth = 16;

  /// Checks that `rows` is a multiple of minRows up to maxRows.
  static llvm::Error verify(int64_t rows);

  /// A layout of `rows`, which pass verify().
  explicit DotLayout(int64_t rows);

  int64_t getRows() const { return rows; }
  /// The number of blocks of rows of a kernel with `m` outputs.
  int64_t getRowBlocks(int64_t m) const { return m / rows + (m % rows != 0); }
  /// The number of groups of a kernel with `k` inputs.
  static int64_t getGroups(int64_t k) { return k / depth + (k % depth != 0); }
  /// The number of bytes of a kernel [k, m], padding included. It is an error
  /// if k or m is negative, or if the number does not fit a 64-bit integer.
  llvm::Expected<int64_t> getNumBytes(int64_t k, int64_t m) const;

  /// Packs the kernel `trits` of shape [k, m] into `bytes`. It is an error if
  /// the sizes do not fit each other.
  llvm::Error pack(TritView trits, int64_t k, int64_t m,
                   llvm::MutableArrayRef<uint8_t> bytes) const;

  /// The kernel [k, m] that `bytes` holds. It is an error if the sizes do not
  /// fit each other, if a code is no trit, or if padding is not 0; the message
  /// gives the byte.
  llvm::Expected<TritArray> unpack(llvm::ArrayRef<uint8_t> bytes, int64_t k,
                                   int64_t m) const;

private:
  int64_t rows;
};

} // namespace mml::ternary

#endif // MML_TERNARY_LAYOUT_H
