//===- KernelBytes.h - The size of a packed kernel --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TERNARY_KERNELBYTES_H
#define MML_LIB_TERNARY_KERNELBYTES_H

#include "llvm/Support/Error.h"

namespace mml::ternary {

/// Checks that `numBytes` bytes are those of a kernel [k, m] in `layout`, whose
/// number of them may be an error of its own.
template <typename Layout>
llvm::Error verifyKernelBytes(const Layout &layout, size_t numBytes, int64_t k,
                              int64_t m) {
  llvm::Expected<int64_t> bytes = layout.getNumBytes(k, m);
  if (!bytes)
    return bytes.takeError();
  if (uint64_t(*bytes) != numBytes)
    return llvm::createStringError(
        "expected %lld bytes for a kernel [%lld, %lld] but got %zu",
        (long long)*bytes, (long long)k, (long long)m, numBytes);
  return llvm::Error::success();
}

} // namespace mml::ternary

#endif // MML_LIB_TERNARY_KERNELBYTES_H
