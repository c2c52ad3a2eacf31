//===- ReadVariants.cpp - Loops that read ---------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadLoop.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mml::bench;
using llvm::ArrayRef;

/// Bytes that a prefetch fetches.
static constexpr int lineBytes = 64;

/// `Bytes` bytes. Where the processor has no such registers, the compiler takes
/// several.
template <int Bytes>
using Vector __attribute__((vector_size(Bytes), may_alias)) = uint64_t;

/// Walks through `Streams` parts of the data side by side, `Lines` lines of
/// each a step. Where `Ahead` is not 0, it prefetches what is so many bytes
/// further: for the first line of each step, or for every one. `Locality` is
/// that of __builtin_prefetch, 3 for the nearest cache.
template <int Bytes, int Streams, int Lines, int Ahead, bool EveryLine,
          int Locality>
__attribute__((always_inline)) static inline uint64_t
readAll(ArrayRef<char> data) {
  static_assert(readGranule % (Streams * Lines * lineBytes) == 0);
  constexpr int perLine = lineBytes / Bytes;
  int64_t part = int64_t(data.size()) / Streams;
  Vector<Bytes> sums[4] = {};
  for (int64_t at = 0; at < part; at += Lines * lineBytes) {
#pragma clang loop unroll(full)
    for (int i = 0; i < Streams * Lines * perLine; ++i) {
      int stream = i / (Lines * perLine), vector = i % (Lines * perLine);
      const char *address = data.data() + stream * part + at + vector * Bytes;
      if (Ahead != 0 && vector % perLine == 0 && (EveryLine || vector == 0))
        __builtin_prefetch(address + Ahead, 0, Locality);
      sums[i % 4] ^= *reinterpret_cast<const Vector<Bytes> *>(address);
    }
  }
  Vector<Bytes> sum = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  return sum[0] ^ sum[1];
}

/// Defines `NAME<...>::variants`, the loops with vectors of `BYTES` bytes for
/// processors that have the feature `TARGET`.
#define READ_VARIANTS(NAME, BYTES, TARGET)                                     \
  namespace {                                                                  \
  struct NAME {                                                                \
    template <int Streams, int Lines, int Ahead, bool EveryLine, int Locality> \
    TARGET static uint64_t read(ArrayRef<char> data) {                         \
      return readAll<BYTES, Streams, Lines, Ahead, EveryLine, Locality>(data); \
    }                                                                          \
    static constexpr ReadVariant variants[] = {                                \
        {"4 lines a step", read<1, 4, 0, false, 0>},                           \
        {"8 lines a step", read<1, 8, 0, false, 0>},                           \
        {"2 streams", read<2, 4, 0, false, 0>},                                \
        {"4 streams", read<4, 4, 0, false, 0>},                                \
        {"every line 1 KiB ahead into L1", read<1, 4, 1024, true, 3>},         \
        {"every line 4 KiB ahead into L1", read<1, 4, 4096, true, 3>},         \
        {"every line 4 KiB ahead into L2", read<1, 4, 4096, true, 2>},         \
        {"every line 4 KiB ahead, not kept", read<1, 4, 4096, true, 0>},       \
        {"one line in 4, 2 KiB ahead into L2", read<1, 4, 2048, false, 2>},    \
        {"one line in 8, 8 KiB ahead into L2", read<1, 8, 8192, false, 2>},    \
        {"2 streams, every line 2 KiB ahead into L1",                          \
         read<2, 4, 2048, true, 3>},                                           \
        {"4 streams, every line 2 KiB ahead into L2",                          \
         read<4, 4, 2048, true, 2>},                                           \
    };                                                                         \
  };                                                                           \
  }

READ_VARIANTS(Baseline, 16, )
#if defined(__x86_64__)
READ_VARIANTS(Avx2, 32, __attribute__((target("avx2"))))
READ_VARIANTS(Avx512, 64, __attribute__((target("avx512f"))))
#endif

ArrayRef<ReadVariant> mml::bench::getReadVariants() {
#if defined(__x86_64__)
  llvm::StringMap<bool, llvm::MallocAllocator> host =
      llvm::sys::getHostCPUFeatures();
  if (host.lookup("avx512f"))
    return Avx512::variants;
  if (host.lookup("avx2"))
    return Avx2::variants;
#endif
  return Baseline::variants;
}
