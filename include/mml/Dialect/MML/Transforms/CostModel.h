//===- CostModel.h - What kernels take on a processor -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Predicts how long a kernel takes for a contraction. A kernel is some phases,
/// each with instructions that the ports of a core execute; the port with the
/// most of them is what a phase takes. Beside that, weights come from the
/// nearest cache that holds all of a model's, or from memory. The numbers of a
/// processor are those of a class of them (MachineModel.h), so that seconds are
/// an estimate, and what is meant is which of some kernels is the fastest.
///
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_COSTMODEL_H
#define MML_DIALECT_MML_TRANSFORMS_COSTMODEL_H

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

#include <optional>

namespace mlir::mml {

/// What kernels are built for.
struct KernelTarget {
  DotTarget dot;
  LookupKind lookup = LookupKind::Portable;
  /// The width of the target's vectors in bits.
  unsigned vectorBits = 256;
  CoreKind core = CoreKind::Common;
  /// Bytes of the cache that a core has for itself and of the largest one; 0
  /// for those of the class of processors.
  int64_t coreCacheBytes = 0, lastCacheBytes = 0;
  /// What looks floats up.
  LookupKind floatLookup = LookupKind::Portable;

  /// The outputs of a block in the layout of `kernel` for so many outputs, of
  /// floats or integers.
  int64_t getLayoutRows(KernelKind kernel, int64_t outputs,
                        bool isFloat = false) const;
  /// Whether there are instructions for `kernel` of floats or integers.
  bool has(KernelKind kernel, bool isFloat = false) const;
  /// Whether `kernel` may be chosen where none is asked for: it is there, and
  /// the processor is known to have the ports that it pays by.
  bool mayChoose(KernelKind kernel, bool isFloat = false) const;
  /// `kernel`, or what takes its place where there are none for it: the dot
  /// kernel for lookups and for both, the add/subtract kernel for that. For
  /// floats that is the only other one.
  KernelKind getAvailable(KernelKind kernel, bool isFloat = false) const;
};

/// A contraction with constant trits.
struct ContractionSize {
  int64_t tokens, outputs, depth;
  /// Whether the number of tokens is known when the kernel is built.
  bool isBatchKnown = true;
  /// The weights of all contractions that run in turn, this one included; 0 if
  /// it is the only one.
  int64_t allWeights = 0;
  /// Whether activations and sums are f32, and not integers.
  bool isFloat = false;
};

struct KernelPrediction {
  /// The seconds of one call.
  double seconds;
  /// A multiplication and an addition are two operations, in 1e9 a second.
  double gigaops;
  /// Of packed weights, in 1e9 bytes a second.
  double gigabytes;
  /// What it waits for: a kind of instruction, a cache or memory.
  StringRef limit;
};

/// What `kernel` takes for a contraction on so many threads; none for a kernel
/// that the target has no instructions for.
std::optional<KernelPrediction> predictKernel(KernelKind kernel,
                                              const KernelTarget &target,
                                              const ContractionSize &size,
                                              unsigned threads = 1);

/// Of the kernels for constant trits that the target has, the one that is
/// predicted to be the fastest on one thread; for several sizes, at one of
/// which there is at least a token, the one that is the least behind the
/// fastest at any of them.
KernelKind findFastestKernel(const KernelTarget &target,
                             ArrayRef<ContractionSize> sizes);

/// The numbers of tokens that kernels are compared for where the number is not
/// known.
ArrayRef<int64_t> getTypicalTokens();

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_COSTMODEL_H
