//===- Invocation.h - One call of a compiled function ----------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_INVOCATION_H
#define MML_LIB_EXECUTIONENGINE_INVOCATION_H

#include "mml/ExecutionEngine/Entry.h"
#include "mml/ExecutionEngine/HostTensor.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mml::engine {

/// The memref descriptors of one call: words of 64 bits, laid out as MLIR's
/// lowering does it: pointer to free, pointer to data, offset, then sizes and
/// strides, all in elements. The descriptors of all results follow one another.
class Invocation {
public:
  /// Fills in the descriptors of `inputs`, which fit `signature`.
  Invocation(const EntrySignature &signature,
             llvm::ArrayRef<const HostTensor *> inputs);

  /// What the C interface takes: one pointer to the results' descriptors, if
  /// there are results, and one to each input's.
  void **getArguments() { return arguments.data(); }

  /// Copies what the function returned. Frees each buffer of it, once, unless
  /// it belongs to an input or `isForeign` says that the function does not own
  /// it. An error where a result is not what the signature says.
  llvm::Expected<llvm::SmallVector<HostTensor>>
  takeResults(llvm::function_ref<bool(const void *)> isForeign);

private:
  const EntrySignature &signature;
  llvm::ArrayRef<const HostTensor *> inputs;
  llvm::SmallVector<int64_t, 64> words;
  llvm::SmallVector<void *> arguments;
};

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_INVOCATION_H
