//===- Grouping.h - Things that are alike -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_GROUPING_H
#define MML_DIALECT_MML_TRANSFORMS_GROUPING_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::mml {

/// The groups of `items` that are alike, in the order of the first of each, and
/// as pointers. Items have a `hash`, which is equal where `areAlike` holds of
/// two of them.
template <typename Range, typename Predicate>
auto groupAlike(Range &&items, Predicate areAlike) {
  using Item = std::remove_reference_t<decltype(*std::begin(items))>;
  SmallVector<SmallVector<Item *>> groups;
  DenseMap<size_t, SmallVector<unsigned>> groupsByHash;
  for (Item &item : items) {
    SmallVector<unsigned> &candidates = groupsByHash[size_t(item.hash)];
    auto *found = llvm::find_if(candidates, [&](unsigned index) {
      return areAlike(*groups[index].front(), item);
    });
    if (found != candidates.end()) {
      groups[*found].push_back(&item);
      continue;
    }
    candidates.push_back(groups.size());
    groups.push_back({&item});
  }
  return groups;
}

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_GROUPING_H
