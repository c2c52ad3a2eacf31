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
#include "llvm/Support/MemAlloc.h"

#include <array>
#include <memory>
#include <mutex>

#ifdef __linux__
#include <sys/mman.h>
#endif

using namespace mlir;
using namespace mlir::mml;

/// The alignment of a cache line and of the widest vector loads.
static constexpr size_t kAlignment = 64;
/// A page that a processor finds the address of at once.
static constexpr size_t kHugePage = size_t(1) << 21;
/// What blobs are taken from, of which nothing is there that was not written
/// to, and the largest of them: larger ones have memory of their own.
static constexpr size_t kSlabBytes = size_t(1) << 26,
                        kMostBytes = kSlabBytes / 2;
/// Smaller blobs are not worth a page.
static constexpr size_t kLeastBytes = size_t(1) << 16;

/// Memory for `numBytes` bytes, of which whole huge pages are such pages where
/// there are any.
static char *allocatePages(size_t numBytes) {
  auto *data = static_cast<char *>(llvm::allocate_buffer(numBytes, kHugePage));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  (void)madvise(data, llvm::alignDown(numBytes, kHugePage), MADV_HUGEPAGE);
#endif
  return data;
}

namespace {

/// Huge pages that blobs follow one another in.
class Slab {
public:
  Slab() : data(allocatePages(kSlabBytes)) {}
  ~Slab() { llvm::deallocate_buffer(data, kSlabBytes, kHugePage); }
  Slab(const Slab &) = delete;
  Slab &operator=(const Slab &) = delete;

  /// Memory behind what was taken before; null if that is no longer enough.
  char *take(size_t numBytes) {
    std::lock_guard<std::mutex> lock(mutex);
    if (kSlabBytes - used < numBytes)
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

/// The slab that the next blob is taken from, and the memory of a blob.
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
  if (numBytes > kMostBytes)
    return makeBlob(allocatePages(numBytes),
                    [](void *data, size_t size, size_t) {
                      llvm::deallocate_buffer(data, size, kHugePage);
                    });
  static Pool pool;
  auto [slab, data] = pool.take(numBytes);
  return makeBlob(data, [slab = slab](void *data, size_t size, size_t) {
    slab->release(static_cast<char *>(data), size);
  });
}
