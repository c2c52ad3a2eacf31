//===- ReadLoop.h - How fast memory can be read -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_READLOOP_H
#define MML_BENCHMARKS_READLOOP_H

#include "Contestant.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"

namespace mml::bench {

/// Bytes of the largest cache that a core has access to; 0 if the system does
/// not tell.
int64_t getLastLevelCacheBytes();

/// Bytes of memory that are free for use; 0 if the system does not tell.
int64_t getAvailableBytes();

/// Bytes of a set of layers that no cache keeps from one run over it to the
/// next: one and a half times the last-level cache and at least 256 MiB, but no
/// more than an eighth of the memory that is available.
int64_t getStreamedBytes();

/// One way to write a loop that reads.
struct ReadVariant {
  /// "4 lines, prefetch 2 KiB ahead"
  llvm::StringLiteral name;
  /// Reads all of `data`, whose size is a multiple of `readGranule`. Returns
  /// something of all of it.
  uint64_t (*loop)(llvm::ArrayRef<char> data);
};

/// Bytes that the parts of threads are multiples of.
constexpr int64_t readGranule = 4096;

/// The variants for the widest vectors of this machine.
llvm::ArrayRef<ReadVariant> getReadVariants();

/// Makes contestants that read. Each is the fastest variant for so many bytes
/// on so many threads, which is found once.
class ReadLoops {
public:
  ~ReadLoops();

  /// A contestant whose calls read `bytes` bytes, each thread a part of its
  /// own. The memory is this object's, in huge pages where the system gives
  /// them.
  llvm::Expected<std::unique_ptr<Contestant>> create(int64_t bytes,
                                                     unsigned threads);

private:
  llvm::Expected<llvm::ArrayRef<char>> getMemory(int64_t bytes);

  llvm::SmallVector<llvm::MutableArrayRef<char>> buffers;
  llvm::DenseMap<std::pair<int64_t, unsigned>, const ReadVariant *> best;
};

} // namespace mml::bench

#endif // MML_BENCHMARKS_READLOOP_H
