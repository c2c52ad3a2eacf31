//===- DepthShare.h - The depth of a contraction among warps ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_DEPTHSHARE_H
#define MML_LIB_GPU_DEPTHSHARE_H

#include "BlockBuilder.h"

namespace mlir::mml {

/// The part of the depth of a warp: every so many tiles one, some of them read
/// before those read last are used.
class DepthShare {
public:
  /// Of `tiles` tiles those from `slice` on, every `slices`th one; up to
  /// `ahead` of them are read at a time.
  DepthShare(BlockBuilder &builder, int64_t tiles, int64_t slices, Value slice,
             int64_t ahead);

  /// Reads a tile, if it may be the last one with care.
  using Read =
      llvm::function_ref<SmallVector<Value>(Value tile, bool mayBeLast)>;
  /// Adds what was read of some tiles, one after another, to the sums.
  using Add = llvm::function_ref<SmallVector<Value>(
      ArrayRef<Value> tiles, ValueRange words, ValueRange sums)>;
  /// The sums of this warp's tiles, from `sums` on. A tile is `words` values;
  /// zeros add nothing.
  SmallVector<Value> build(ValueRange sums, int64_t words, Read read, Add add);

private:
  /// The tiles from step `step` of `ahead` tiles on.
  SmallVector<Value> getTiles(Value step, int64_t count);

  BlockBuilder &k;
  int64_t tiles, slices;
  Value slice;
  /// The tiles of a step, and how many steps all warps have.
  int64_t ahead, steps;
};

} // namespace mlir::mml

#endif // MML_LIB_GPU_DEPTHSHARE_H
