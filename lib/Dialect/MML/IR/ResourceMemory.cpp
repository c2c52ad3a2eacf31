//===- ResourceMemory.cpp - Memory of constants ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResourceMemory.h"

#include "llvm/Support/Compiler.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

using namespace mlir;
using namespace mlir::mml;

/// The alignment of a cache line and of the widest vector loads.
static constexpr size_t kAlignment = 64;
/// A page that a processor finds the address of at once.
static constexpr size_t kHugePage = size_t(1) << 21;
/// The memory that blobs are taken from, which is not there before it is
/// written to, and the largest of them: larger ones have memory of their own.
static constexpr size_t kSlabBytes = size_t(1) << 26,
                        kMostBytes = kSlabBytes / 2;
/// Smaller blobs are not worth a page.
static constexpr size_t kLeastBytes = size_t(1) << 16;

/// Memory for `numBytes` bytes, of which whole huge pages are such pages where
/// there are any; null if there is not as much.
static char *allocatePages(size_t numBytes) {
  auto *data = static_cast<char *>(
      ::operator new(numBytes, std::align_val_t(kHugePage), std::nothrow));
  if (!data)
    return nullptr;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  (void)madvise(data, llvm::alignDown(numBytes, kHugePage), MADV_HUGEPAGE);
#endif
  return data;
}

static void freePages(void *data) {
  ::operator delete(data, std::align_val_t(kHugePage));
}

namespace {

/// Huge pages that blobs follow one another in.
class Slab {
public:
  Slab() : data(allocatePages(kSlabBytes)) {}
  ~Slab() { freePages(data); }
  Slab(const Slab &) = delete;
  Slab &operator=(const Slab &) = delete;

  /// Memory behind what was taken before; null if there is not enough.
  char *take(size_t numBytes) {
    std::lock_guard<std::mutex> lock(mutex);
    if (!data || kSlabBytes - used < numBytes)
      return nullptr;
    char *taken = data + used;
    forEachPage(taken, numBytes, [&](size_t page) { ++users[page]; });
    used = llvm::alignTo(used + numBytes, kAlignment);
    return taken;
  }

  /// Gives back what was taken.
  void release(char *taken, size_t numBytes) {
    std::lock_guard<std::mutex> lock(mutex);
    forEachPage(taken, numBytes, [&](size_t page) {
      if (--users[page] > 0)
        return;
#ifdef __linux__
      (void)madvise(data + page * kHugePage, kHugePage, MADV_DONTNEED);
#endif
    });
  }

private:
  template <typename Body>
  void forEachPage(const char *taken, size_t numBytes, Body body) {
    size_t begin = taken - data;
    for (size_t page = begin / kHugePage,
                end = llvm::divideCeil(begin + numBytes, kHugePage);
         page < end; ++page)
      body(page);
  }

  std::mutex mutex;
  char *data;
  size_t used = 0;
  /// How many blobs lie in each page.
  std::array<uint32_t, kSlabBytes / kHugePage> users = {};
};

/// Takes memory for blobs from a slab, and from a new one where that is full.
class Pool {
public:
  std::pair<std::shared_ptr<Slab>, char *> take(size_t numBytes) {
    std::lock_guard<std::mutex> lock(mutex);
    char *taken = slab ? slab->take(numBytes) : nullptr;
    if (!taken) {
      slab = std::make_shared<Slab>();
      taken = slab->take(numBytes);
    }
    return {slab, taken};
  }

private:
  std::mutex mutex;
  std::shared_ptr<Slab> slab;
};

} // namespace

AsmResourceBlob mlir::mml::allocateBlob(size_t numBytes) {
  // With a heap that is watched, each blob is for itself.
#if LLVM_ADDRESS_SANITIZER_BUILD
  constexpr bool isWatched = true;
#else
  constexpr bool isWatched = false;
#endif
  if (isWatched || numBytes < kLeastBytes)
    return HeapAsmResourceBlob::allocate(numBytes, kAlignment);
  // Files that the bytes are written to need not be aligned like a page.
  auto makeBlob = [&](char *data, AsmResourceBlob::DeleterFn release) {
    return AsmResourceBlob(ArrayRef(data, numBytes), kAlignment,
                           std::move(release), /*dataIsMutable=*/true);
  };
  if (numBytes > kMostBytes) {
    if (char *data = allocatePages(numBytes))
      return makeBlob(data,
                      [](void *data, size_t, size_t) { freePages(data); });
  } else {
    static Pool pool;
    auto [slab, data] = pool.take(numBytes);
    if (data)
      return makeBlob(data, [slab = slab](void *data, size_t size, size_t) {
        slab->release(static_cast<char *>(data), size);
      });
  }
  // What memory there is may do for the blob alone.
  return HeapAsmResourceBlob::allocate(numBytes, kAlignment);
}
