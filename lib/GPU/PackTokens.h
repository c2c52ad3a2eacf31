//===- PackTokens.h - Activations as kernels read them ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_PACKTOKENS_H
#define MML_LIB_GPU_PACKTOKENS_H

#include "BlockBuilder.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

namespace mlir::mml {

/// Whether `buildPackTokens` has all that `op` arranges: it is for the
/// `#mml.dot` layout, and not mixed.
bool hasPlainDotLayout(PackActivationsOp op);

/// Threads of a block of `buildPackTokens`: one for each word of a token.
int64_t getPackThreads(PackActivationsOp op);

/// Blocks of threads of a kernel that arranges `tokens` tokens: whole tiles.
Value getPackBlocks(OpBuilder &builder, Location loc, OpFoldResult tokens);

/// Builds the activation of a token at a depth; both are inside of the input.
using GetActivation = llvm::function_ref<Value(Value token, Value depth)>;

/// Arranges the activations of one token in the `#mml.dot` layout and sums
/// them; the block of threads has the token's number. Blocks behind the last
/// token, up to the end of its tile, write zeros. Activations are what `get`
/// returns, or, without it, what is in memory.
void buildPackTokens(BlockBuilder &builder, SharedMemory &shared,
                     PackActivationsOp op, GetActivation get = nullptr);

} // namespace mlir::mml

#endif // MML_LIB_GPU_PACKTOKENS_H
