//===- KernelSize.h - The size of a packed kernel ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TERNARY_KERNELSIZE_H
#define MML_LIB_TERNARY_KERNELSIZE_H

#include "llvm/Support/Error.h"

namespace mml::ternary {

/// Checks that `actual` units, bytes or words, are those of a kernel [k, m],
/// which has `expected`, if that is not an error of its own.
inline llvm::Error verifyKernelSize(llvm::Expected<int64_t> expected,
                                    size_t actual, const char *units, int64_t k,
                                    int64_t m) {
  if (!expected)
    return expected.takeError();
  if (uint64_t(*expected) != actual)
    return llvm::createStringError(
        "expected %lld %s for a kernel [%lld, %lld] but got %zu",
        (long long)*expected, units, (long long)k, (long long)m, actual);
  return llvm::Error::success();
}

/// The bytes of a weight of a kernel [k, m] that has `units` of `unitBytes`
/// each; 0 where it has none or is an error.
inline double getKernelBytesPerWeight(llvm::Expected<int64_t> units,
                                      size_t unitBytes, int64_t k, int64_t m) {
  if (!units) {
    llvm::consumeError(units.takeError());
    return 0.0;
  }
  if (*units == 0)
    return 0.0;
  return double(*units) * unitBytes / (double(k) * double(m));
}

} // namespace mml::ternary

#endif // MML_LIB_TERNARY_KERNELSIZE_H
