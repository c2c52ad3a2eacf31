//===- Trit.cpp - Arrays of ternary digits --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Trit.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <cassert>
#include <cstring>

using namespace llvm;
using namespace mml::ternary;

namespace {

/// A byte of four codes as four trits.
using QuadTable = std::array<std::array<int8_t, 4>, 256>;

constexpr QuadTable makeQuadTable() {
  QuadTable table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    for (unsigned i = 0; i < 4; ++i)
      table[byte][i] = int8_t((byte >> (2 * i)) & 3) - 1;
  return table;
}

constexpr QuadTable quadTable = makeQuadTable();

/// The bits of a word of codes that tell of code 3: both bits of a pair set.
constexpr uint64_t lowBits = 0x5555555555555555;
template <class Word> Word findInvalid(Word codes) {
  return codes & (codes >> 1) & Word(lowBits);
}

/// The index of the first code 3, or bytes.size() * 4 if there is none.
size_t findFirstInvalid(ArrayRef<uint8_t> bytes) {
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8)
    if (findInvalid(support::endian::read64le(bytes.data() + i)))
      break;
  for (; i < bytes.size(); ++i)
    if (unsigned invalid = findInvalid(unsigned(bytes[i])))
      return i * 4 + countr_zero(invalid) / 2;
  return i * 4;
}

} // namespace

Error mml::ternary::verifyKernelShape(size_t count, int64_t k, int64_t m) {
  int64_t product;
  if (k < 0 || m < 0 || MulOverflow(k, m, product) ||
      uint64_t(product) != count)
    return createStringError("expected the trits of a kernel [%lld, %lld] but "
                             "got %zu trits",
                             (long long)k, (long long)m, count);
  return Error::success();
}

Expected<TritView> TritView::fromBytes(size_t count, ArrayRef<uint8_t> bytes) {
  if (bytes.size() != dense2Bytes(count))
    return createStringError("expected %zu bytes for %zu trits but got %zu",
                             dense2Bytes(count), count, bytes.size());
  // A code 3 in the padding is padding that is not zero.
  size_t invalid = findFirstInvalid(bytes);
  if (invalid < count)
    return createStringError(
        "expected codes of trits 0, 1 and 2 but got 3 at trit %zu", invalid);
  if (count % 4 != 0 && bytes.back() >> (2 * (count % 4)) != 0)
    return createStringError(
        "expected zero bits after the last of %zu trits but got byte 0x%02x",
        count, unsigned(bytes.back()));
  return TritView(count, bytes);
}

void TritView::unpack(MutableArrayRef<int8_t> out, size_t first) const {
  assert(first <= count && out.size() <= count - first && "range of trits");
  size_t i = 0;
  for (; i < out.size() && (first + i) % 4 != 0; ++i)
    out[i] = get(first + i);
  const uint8_t *source = bytes.data() + (first + i) / 4;
  for (; i + 4 <= out.size(); i += 4)
    std::memcpy(&out[i], quadTable[*source++].data(), 4);
  for (; i < out.size(); ++i)
    out[i] = get(first + i);
}

std::vector<int8_t> TritView::unpack() const {
  std::vector<int8_t> out(count);
  unpack(out);
  return out;
}

TritArray::TritArray(size_t count)
    : count(count), bytes(dense2Bytes(count), uint8_t(lowBits)) {
  if (count % 4 != 0)
    bytes.back() &= uint8_t(maskTrailingOnes<unsigned>(2 * (count % 4)));
}

Expected<TritArray> TritArray::fromTrits(ArrayRef<int8_t> values) {
  TritWriter writer(values.size());
  for (auto [index, value] : enumerate(values)) {
    if (value < -1 || value > 1)
      return createStringError(
          "expected a trit of -1, 0 or 1 but got %d at trit %zu", int(value),
          index);
    writer.append(uint32_t(value + 1), 1);
  }
  return writer.take();
}

Expected<TritArray> TritArray::fromBytes(size_t count,
                                         ArrayRef<uint8_t> bytes) {
  Expected<TritView> checked = TritView::fromBytes(count, bytes);
  if (!checked)
    return checked.takeError();
  TritArray array;
  array.count = count;
  array.bytes = bytes.vec();
  return array;
}
