//===- LookupLayout.h - Three trits as an index of a table ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_LOOKUPLAYOUT_H
#define MML_TERNARY_LOOKUPLAYOUT_H

#include "mml/Ternary/Trit.h"

namespace mml::ternary {

/// The layout of the lookup kernel: five bits for three consecutive trits of
/// one output, so that a vector of bytes holds the indices of a table of sums
/// of three activations, for as many outputs as it has bytes.
///
/// An output of a kernel [K, M] has I = ceil(K / 3) indices. The index i is
/// (t0 + 1) + 3 * (t1 + 1) + 9 * (t2 + 1), from 0 to 26, with the trits tj at
/// k = 3 * i + j. Eight indices are a group and take five bytes of eight bits,
/// so that an output has B = ceil(5 * I / 8) bytes. Of the bytes b0 .. b4 of a
/// group, the index
///
///   0 is the low five bits of b0,        1 those of b1,
///   2 those of (b0 >> 5) ^ (b1 >> 2),
///   3 those of b2,                       4 those of b3,
///   5 those of (b2 >> 5) ^ (b3 >> 2),
///   6 those of b4,
///   7 those of (b4 >> 5) ^ (b1 >> 4) ^ (b3 >> 3),
///
/// where the shifts are of little endian words of two bytes, at the positions p
/// (see below) 2q and 2q + 1: the bits that come from the neighbour are part of
/// what the packer makes up for, so that no shift needs a mask. Five of eight
/// indices are the low bits of a byte as it is.
///
/// The byte (rb * B + j) * rows + p, with rb < ceil(M / rows), j < B and
/// p < rows, is the byte j of the output m = rb * rows + getLane(p): outputs of
/// the first and of the second half of a block alternate by eights, as
/// instructions that interleave two vectors within 16 bytes have it. Trits
/// beyond K or M are 0; bits of no index are 0.
class LookupLayout {
public:
  /// The limits of `rows`, the outputs of one block, which are a multiple of
  /// the least.
  static constexpr int64_t minRows = 16, maxRows = 1024;
  /// The trits of an index; the indices and the bytes of a group.
  static constexpr int64_t indexTrits = 3, groupIndices = 8, groupBytes = 5;
  /// The k of one group.
  static constexpr int64_t groupDepth = groupIndices * indexTrits;
  /// The index of three trits of 0.
  static constexpr unsigned zeroIndex = 13;

  /// What an index takes from a byte of its group: it is the low five bits of
  /// the exclusive or of all of its parts, each the byte (in its word) shifted.
  struct Part {
    /// The byte, below groupBytes, and the distance of its shift to the right.
    unsigned byte, shift;
    /// The bits of that byte that only this index depends on.
    unsigned firstBit, numBits;
  };
  /// The parts of the index `index` of a group. Their bits make up its five,
  /// from the lowest one on.
  static llvm::ArrayRef<Part> getParts(int64_t index);

  /// Checks that `rows` is a multiple of minRows up to maxRows.
  static llvm::Error verify(int64_t rows);

  /// A layout of `rows`, which pass verify().
  explicit LookupLayout(int64_t rows);

  int64_t getRows() const { return rows; }
  /// The number of blocks of rows of a kernel with `m` outputs.
  int64_t getRowBlocks(int64_t m) const { return m / rows + (m % rows != 0); }
  /// The output within a block that the byte `position` of a line belongs to.
  int64_t getLane(int64_t position) const {
    return position / 16 * 8 + position % 8 +
           (position % 16 < 8 ? 0 : rows / 2);
  }
  /// The number of indices of an output of a kernel with `k` inputs.
  static int64_t getNumIndices(int64_t k) {
    return k / indexTrits + (k % indexTrits != 0);
  }
  /// The number of bytes of an output of a kernel with `k` inputs.
  static int64_t getBytesPerOutput(int64_t k) {
    int64_t indices = getNumIndices(k), rest = indices % groupIndices;
    return indices / groupIndices * groupBytes +
           (groupBytes * rest + groupIndices - 1) / groupIndices;
  }
  /// The number of bytes of a kernel [k, m], padding included. It is an error
  /// if k or m is negative, or if the number does not fit a 64-bit integer.
  llvm::Expected<int64_t> getNumBytes(int64_t k, int64_t m) const;
  /// The bytes read for each weight of a kernel [k, m], padding included; 0
  /// for an empty kernel, or for one that getNumBytes refuses.
  double getBytesPerWeight(int64_t k, int64_t m) const;

  /// Packs the kernel `trits` of shape [k, m] into `bytes`. It is an error if
  /// the sizes do not fit each other.
  llvm::Error pack(TritView trits, int64_t k, int64_t m,
                   llvm::MutableArrayRef<uint8_t> bytes) const;

  /// Packs only the blocks of rows firstBlock .. lastBlock - 1, into their
  /// place in `bytes`, which is the memory of the whole kernel. Calls for
  /// disjoint ranges may run at the same time. The sizes have been checked.
  void packBlocks(TritView trits, int64_t k, int64_t m, int64_t firstBlock,
                  int64_t lastBlock,
                  llvm::MutableArrayRef<uint8_t> bytes) const;

  /// The kernel [k, m] that `bytes` holds. It is an error if the sizes do not
  /// fit each other, if an index is not of three trits, or if padding is not
  /// 0; the message gives the byte.
  llvm::Expected<TritArray> unpack(llvm::ArrayRef<uint8_t> bytes, int64_t k,
                                   int64_t m) const;

private:
  int64_t rows;
};

} // namespace mml::ternary

#endif // MML_TERNARY_LOOKUPLAYOUT_H
