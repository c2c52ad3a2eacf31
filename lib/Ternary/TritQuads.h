//===- TritQuads.h - Indices of three trits for four outputs ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TERNARY_TRITQUADS_H
#define MML_LIB_TERNARY_TRITQUADS_H

#include "mml/Ternary/Trit.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>

namespace mml::ternary {

/// The outputs whose codes are one byte, and which are packed side by side in
/// the bytes of a 32-bit word.
constexpr int64_t quad = 4;
/// A byte of codes in which all four trits are 0.
constexpr uint8_t zeroQuad = 0x55;

/// A byte of four codes as the bytes of a word.
using SpreadTable = std::array<uint32_t, 256>;

constexpr SpreadTable makeSpreadTable() {
  SpreadTable table{};
  for (unsigned codes = 0; codes < 256; ++codes)
    for (unsigned lane = 0; lane < quad; ++lane)
      table[codes] |= (codes >> (2 * lane) & 3) << (8 * lane);
  return table;
}

inline constexpr SpreadTable spreadTable = makeSpreadTable();

/// Reads three consecutive trits of four outputs of a kernel [k, m].
struct QuadReader {
  TritView trits;
  int64_t k, m;
  /// The first output, and how many of the four are inside the kernel.
  int64_t output, inside;

  /// The codes at `row`, trits plus one, a byte each; of zeros beyond k or m.
  uint32_t readRow(int64_t row) const {
    // Outputs beyond the last have the codes of the next row.
    const uint8_t mask = llvm::maskTrailingOnes<uint8_t>(
        unsigned(2 * std::max<int64_t>(inside, 0)));
    uint8_t codes = zeroQuad;
    if (row < k && mask != 0)
      codes =
          (trits.getQuad(size_t(row) * m + output) & mask) | (zeroQuad & ~mask);
    return spreadTable[codes];
  }

  /// The codes of the rows 3 * index and after as digits to the base of 3, the
  /// first one lowest: a byte from 0 to 26 each.
  uint32_t readIndex(int64_t index) const {
    const int64_t row = index * 3;
    return readRow(row) + 3 * readRow(row + 1) + 9 * readRow(row + 2);
  }
};

} // namespace mml::ternary

#endif // MML_LIB_TERNARY_TRITQUADS_H
