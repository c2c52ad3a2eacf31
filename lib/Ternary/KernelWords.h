//===- KernelWords.h - The words of a kernel --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_TERNARY_KERNELWORDS_H
#define MML_LIB_TERNARY_KERNELWORDS_H

#include "KernelSize.h"

#include "mml/Ternary/Trit.h"

#include "llvm/Support/MathExtras.h"

namespace mml::ternary {

/// What `getNumWords` of a layout is: blocks of rows, each with as many words
/// for an output as the depth takes.
template <typename Layout>
llvm::Expected<int64_t> countKernelWords(const Layout &layout, int64_t k,
                                         int64_t m) {
  int64_t rows = layout.getRows(), words, bytes;
  if (k < 0 || m < 0 || m > INT64_MAX - rows ||
      llvm::MulOverflow(layout.getRowBlocks(m) * rows,
                        layout.getWordsPerOutput(k), words) ||
      llvm::MulOverflow(words, int64_t(sizeof(typename Layout::Word)), bytes))
    return llvm::createStringError("expected the sizes of a kernel but got "
                                   "[%lld, %lld]",
                                   (long long)k, (long long)m);
  return words;
}

/// What `pack` of a layout is: `packBlocks` of all blocks, where sizes fit.
template <typename Layout>
llvm::Error
packKernelWords(const Layout &layout, TritView trits, int64_t k, int64_t m,
                llvm::MutableArrayRef<typename Layout::Word> words) {
  if (llvm::Error error = verifyKernelShape(trits.size(), k, m))
    return error;
  if (llvm::Error error = verifyKernelSize(layout.getNumWords(k, m),
                                           words.size(), "words", k, m))
    return error;
  layout.packBlocks(trits, k, m, 0, layout.getRowBlocks(m), words);
  return llvm::Error::success();
}

} // namespace mml::ternary

#endif // MML_LIB_TERNARY_KERNELWORDS_H
