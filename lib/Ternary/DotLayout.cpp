//===- DotLayout.cpp - Trits for dot product instructions -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelSize.h"

#include "mml/Ternary/Layout.h"

#include "llvm/Support/MathExtras.h"

#include <cassert>

using namespace llvm;
using namespace mml::ternary;

/// The bytes that a lane has in a group, and the trits of a byte.
static constexpr int64_t laneBytes = 4, byteTrits = 4;
/// A byte in which all four trits are 0.
static constexpr uint8_t zeroByte = 0x55;

Error DotLayout::verify(int64_t rows) {
  if (rows < minRows || rows > maxRows || rows % minRows != 0)
    return createStringError("expected the rows of a dot layout to be a "
                             "multiple of %lld up to %lld but got %lld",
                             (long long)minRows, (long long)maxRows,
                             (long long)rows);
  return Error::success();
}

DotLayout::DotLayout(int64_t rows) : rows(rows) {
  assert(!errorToBool(verify(rows)) && "parameters of the layout");
}

Expected<int64_t> DotLayout::getNumBytes(int64_t k, int64_t m) const {
  int64_t lanes, bytes;
  if (k < 0 || m < 0 || m > INT64_MAX - rows ||
      MulOverflow(getRowBlocks(m) * rows, getGroups(k), lanes) ||
      MulOverflow(lanes, laneBytes, bytes))
    return createStringError("expected the sizes of a kernel but got "
                             "[%lld, %lld]",
                             (long long)k, (long long)m);
  return bytes;
}

Error DotLayout::pack(TritView trits, int64_t k, int64_t m,
                      MutableArrayRef<uint8_t> bytes) const {
  if (Error error = verifyKernelShape(trits.size(), k, m))
    return error;
  if (Error error =
          verifyKernelSize(getNumBytes(k, m), bytes.size(), "bytes", k, m))
    return error;
  std::fill(bytes.begin(), bytes.end(), zeroByte);
  if (bytes.empty())
    return Error::success();
  // The kernel is read along its rows, four codes at a time; a code is the
  // trit plus one here too. Zeros are there already, and a code differs from
  // theirs by an exclusive or.
  const int64_t groups = getGroups(k);
  for (int64_t i = 0; i < k; ++i) {
    const int64_t group = i / depth, field = i % depth / laneBytes,
                  j = i % laneBytes;
    for (int64_t output = 0; output < m; output += byteTrits) {
      unsigned codes =
          trits.getQuad(size_t(i) * m + output) ^ unsigned(zeroByte);
      const int64_t count = std::min(byteTrits, m - output);
      const int64_t block = output / rows, lane = output % rows;
      uint8_t *lanes =
          bytes.data() + ((block * groups + group) * rows + lane) * laneBytes;
      for (int64_t n = 0; n < count; ++n, codes >>= 2)
        lanes[n * laneBytes + j] ^= uint8_t((codes & 3) << (2 * field));
    }
  }
  return Error::success();
}

Expected<TritArray> DotLayout::unpack(ArrayRef<uint8_t> bytes, int64_t k,
                                      int64_t m) const {
  if (Error error =
          verifyKernelSize(getNumBytes(k, m), bytes.size(), "bytes", k, m))
    return std::move(error);
  TritArray trits(size_t(k) * size_t(m));
  const int64_t groups = getGroups(k);
  for (size_t index = 0; index < bytes.size(); ++index) {
    const int64_t j = index % laneBytes, lane = index / laneBytes % rows,
                  tile = index / (laneBytes * rows);
    const int64_t output = tile / groups * rows + lane;
    for (int64_t field = 0; field < byteTrits; ++field) {
      const int64_t row = tile % groups * depth + field * laneBytes + j;
      const int trit = int(bytes[index] >> (2 * field) & 3) - 1;
      if (trit > 1)
        return createStringError(
            "expected codes of trits but got byte 0x%02x at %zu",
            unsigned(bytes[index]), index);
      if (row < k && output < m)
        trits.set(size_t(row) * m + output, int8_t(trit));
      else if (trit != 0)
        return createStringError(
            "expected padding of zeros but got byte 0x%02x at %zu",
            unsigned(bytes[index]), index);
    }
  }
  return trits;
}
