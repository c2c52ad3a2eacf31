//===- Trit.h - Arrays of ternary digits ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A trit is one of -1, 0, +1. Arrays of trits that have not been given a
/// layout are stored as "dense2": element i lies in byte i / 4 at the bits
/// 2 * (i % 4), as the code t + 1 (0, 1 or 2; 3 is invalid); the bits after
/// the last element are zero. Matrices are flattened in row-major order.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_TRIT_H
#define MML_TERNARY_TRIT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mml::ternary {

/// The number of bytes that `count` trits take in dense2 storage.
constexpr size_t dense2Bytes(size_t count) {
  return count / 4 + (count % 4 != 0);
}

/// Checks that a kernel of the shape [k, m] has `count` elements: neither size
/// is negative, and the product is `count` (and fits 64 bits).
llvm::Error verifyKernelShape(size_t count, int64_t k, int64_t m);

/// Trits in dense2 storage that someone else owns: what llvm::ArrayRef is to
/// a vector.
class TritView {
public:
  TritView() = default;

  /// A view of `count` trits in `bytes`. It is an error if `bytes` has not
  /// exactly dense2Bytes(count) bytes, if an element has code 3 (the message
  /// gives the index of the first one), or if a padding bit is set.
  static llvm::Expected<TritView> fromBytes(size_t count,
                                            llvm::ArrayRef<uint8_t> bytes);

  size_t size() const { return count; }
  bool empty() const { return count == 0; }

  /// The dense2 bytes.
  llvm::ArrayRef<uint8_t> data() const { return bytes; }

  /// The trit at `index`, which is less than size().
  int8_t get(size_t index) const {
    return int8_t((bytes[index / 4] >> (2 * (index % 4))) & 3) - 1;
  }
  int8_t operator[](size_t index) const { return get(index); }

  /// The codes of the elements index .. index + 3, the first in the lowest two
  /// bits. `index` is less than size(); the codes of elements from size() on
  /// are 0.
  uint8_t getQuad(size_t index) const {
    size_t byte = index / 4;
    unsigned shift = 2 * (index % 4);
    unsigned bits = bytes[byte];
    if (shift != 0 && byte + 1 < bytes.size())
      bits |= unsigned(bytes[byte + 1]) << 8;
    return uint8_t(bits >> shift);
  }

  /// Writes the trits first .. first + out.size() - 1, each as one of -1, 0
  /// and 1. The range lies inside the array.
  void unpack(llvm::MutableArrayRef<int8_t> out, size_t first = 0) const;

  /// All trits, each as one of -1, 0 and 1.
  std::vector<int8_t> unpack() const;

  bool operator==(const TritView &other) const {
    return count == other.count && bytes == other.bytes;
  }
  bool operator!=(const TritView &other) const { return !(*this == other); }

private:
  friend class TritArray;
  TritView(size_t count, llvm::ArrayRef<uint8_t> bytes)
      : count(count), bytes(bytes) {}

  size_t count = 0;
  llvm::ArrayRef<uint8_t> bytes;
};

/// Trits in dense2 storage of their own.
class TritArray {
public:
  TritArray() = default;

  /// `count` trits, all 0.
  explicit TritArray(size_t count);

  /// The trits `values`. A value other than -1, 0 and 1 is an error that gives
  /// its index.
  static llvm::Expected<TritArray> fromTrits(llvm::ArrayRef<int8_t> values);

  /// A copy of `count` trits in `bytes`, checked as TritView::fromBytes does.
  static llvm::Expected<TritArray> fromBytes(size_t count,
                                             llvm::ArrayRef<uint8_t> bytes);

  size_t size() const { return count; }
  bool empty() const { return count == 0; }
  llvm::ArrayRef<uint8_t> data() const { return bytes; }

  TritView view() const { return TritView(count, bytes); }
  operator TritView() const { return view(); }

  int8_t get(size_t index) const { return view().get(index); }
  int8_t operator[](size_t index) const { return get(index); }

  /// Sets the trit at `index`, which is less than size(), to `trit`, which is
  /// -1, 0 or 1.
  void set(size_t index, int8_t trit) {
    uint8_t &byte = bytes[index / 4];
    unsigned shift = 2 * (index % 4);
    byte = uint8_t((byte & ~(3u << shift)) | (unsigned(trit + 1) << shift));
  }

  void unpack(llvm::MutableArrayRef<int8_t> out, size_t first = 0) const {
    view().unpack(out, first);
  }
  std::vector<int8_t> unpack() const { return view().unpack(); }

  bool operator==(const TritArray &other) const {
    return view() == other.view();
  }
  bool operator!=(const TritArray &other) const { return !(*this == other); }

private:
  friend class TritWriter;

  size_t count = 0;
  std::vector<uint8_t> bytes;
};

/// Builds a TritArray from codes (t + 1, in 0 .. 2) that come one by one, or
/// several at a time.
class TritWriter {
public:
  /// A writer of `count` trits.
  explicit TritWriter(size_t count) { array.bytes.reserve(dense2Bytes(count)); }

  /// Appends `number` (at most 16) codes, the first in the lowest two bits of
  /// `codes`; the bits above them are zero.
  void append(uint32_t codes, unsigned number) {
    pending |= uint64_t(codes) << (2 * pendingCount);
    pendingCount += number;
    array.count += number;
    for (; pendingCount >= 4; pendingCount -= 4, pending >>= 8)
      array.bytes.push_back(uint8_t(pending));
  }

  /// How many codes have been appended.
  size_t size() const { return array.count; }

  /// The array of all that was appended.
  TritArray take() {
    if (pendingCount != 0)
      array.bytes.push_back(uint8_t(pending));
    pending = pendingCount = 0;
    return std::move(array);
  }

private:
  TritArray array;
  uint64_t pending = 0;
  unsigned pendingCount = 0;
};

} // namespace mml::ternary

#endif // MML_TERNARY_TRIT_H
