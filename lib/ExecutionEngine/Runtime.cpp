//===- Runtime.cpp - What generated code calls ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"

#include <atomic>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <utility>

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace mml::engine;
using llvm::StringRef;

void mml::engine::copyStrided(int64_t elementSize, UnrankedDescriptor *source,
                              UnrankedDescriptor *target) {
  size_t rank = source->rank;
  llvm::ArrayRef<int64_t> sizes(source->words + 3, rank);
  const int64_t *sourceStrides = source->words + 3 + rank;
  const int64_t *targetStrides = target->words + 3 + rank;
  if (llvm::is_contained(sizes, 0))
    return;
  auto *from = reinterpret_cast<const char *>(source->words[1]) +
               source->words[2] * elementSize;
  auto *to = reinterpret_cast<char *>(target->words[1]) +
             target->words[2] * elementSize;

  // The trailing dimensions that are contiguous on both sides are one run.
  int64_t run = 1;
  while (rank > 0 && (sizes[rank - 1] == 1 || (sourceStrides[rank - 1] == run &&
                                               targetStrides[rank - 1] == run)))
    run *= sizes[--rank];
  llvm::SmallVector<int64_t, 8> position(rank, 0);
  while (true) {
    std::memcpy(to, from, run * elementSize);
    size_t d = rank;
    for (; d > 0; --d) {
      from += sourceStrides[d - 1] * elementSize;
      to += targetStrides[d - 1] * elementSize;
      if (++position[d - 1] < sizes[d - 1])
        break;
      from -= sourceStrides[d - 1] * sizes[d - 1] * elementSize;
      to -= targetStrides[d - 1] * sizes[d - 1] * elementSize;
      position[d - 1] = 0;
    }
    if (d == 0)
      return;
  }
}

namespace {
/// Where `callGenerated` or `runRegion` goes on when the code stops, and why it
/// did.
struct Frame {
  std::jmp_buf place;
  const char *message;
};
} // namespace

struct mml::engine::Region {
  void (*code)(int32_t *, int32_t *, Region *);
  std::atomic<const char *> message;
};

/// That of the innermost call of this thread; null where code cannot be left.
static thread_local Frame *currentFrame = nullptr;

/// Leaves generated code, which has nothing to clean up, if it can be left.
static void leave(const char *message) {
  if (!currentFrame)
    return;
  currentFrame->message = message;
  std::longjmp(currentFrame->place, 1);
}

void mml::engine::runRegion(int32_t *thread, int32_t *bound, Region *region) {
  Frame frame;
  Frame *outer = currentFrame;
  currentFrame = &frame;
  if (setjmp(frame.place) == 0) {
    region->code(thread, bound, region);
  } else {
    // The first says why.
    const char *none = nullptr;
    region->message.compare_exchange_strong(none, frame.message);
  }
  currentFrame = outer;
}

void mml::engine::finishRegion(Region *region) {
  const char *message = region->message;
  if (!message)
    return;
  report(message);
  stop();
}

void *mml::engine::suspendFrame() {
  return std::exchange(currentFrame, nullptr);
}

void mml::engine::resumeFrame(void *frame) {
  currentFrame = static_cast<Frame *>(frame);
}

llvm::Error mml::engine::callGenerated(void (*function)(void **),
                                       void **arguments) {
  Frame frame;
  Frame *outer = currentFrame;
  currentFrame = &frame;
  if (setjmp(frame.place) == 0) {
    function(arguments);
    currentFrame = outer;
    return llvm::Error::success();
  }
  currentFrame = outer;
  // Not as a format, which it would be as it is.
  return llvm::createStringError(llvm::Twine(frame.message));
}

void *mml::engine::allocate(size_t bytes) {
  void *memory = std::malloc(bytes);
  if (!memory && bytes > 0) {
    constexpr const char *message = "out of memory while the model ran";
    leave(message);
    llvm::report_bad_alloc_error(message);
  }
  return memory;
}

static thread_local const char *lastMessage = nullptr;

int mml::engine::report(const char *message) {
  lastMessage = message;
  return 0;
}

void mml::engine::stop() {
  const char *message = lastMessage ? lastMessage : "the model stopped";
  leave(message);
  llvm::report_fatal_error(message, /*gen_crash_diag=*/false);
}

/// That of the innermost call of this thread.
static thread_local Profile *currentProfile = nullptr;

void mml::engine::enterLayer(int64_t layer) {
  if (currentProfile)
    currentProfile->enter(layer);
}

ProfileScope::ProfileScope(Profile *profile) : outer(currentProfile) {
  currentProfile = profile;
  if (profile)
    profile->beginCall();
}

ProfileScope::~ProfileScope() {
  if (currentProfile)
    currentProfile->endCall();
  currentProfile = outer;
}

bool mml::engine::allowMatrixRegisters() {
#if defined(__linux__) && defined(__x86_64__)
  // Documentation/arch/x86/xstate.rst of Linux gives both numbers.
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  static const bool isAllowed =
      syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return isAllowed;
#else
  return false;
#endif
}

bool mml::engine::isOpenMPName(StringRef name) {
  return name.starts_with("__kmpc_") || name.starts_with("omp_");
}

bool mml::engine::needsOpenMP(const llvm::Module &module) {
  return llvm::any_of(module, [](const llvm::Function &function) {
    return function.isDeclaration() && isOpenMPName(function.getName());
  });
}

llvm::Expected<llvm::sys::DynamicLibrary> mml::engine::loadOpenMP() {
  // Where it was at build time, then wherever the system keeps libraries.
  static constexpr const char *buildPath = MML_LIBOMP_PATH;
  const char *path =
      llvm::sys::fs::exists(buildPath) ? buildPath : MML_LIBOMP_SONAME;
  std::string message;
  llvm::sys::DynamicLibrary library =
      llvm::sys::DynamicLibrary::getPermanentLibrary(path, &message);
  if (!library.isValid())
    return llvm::createStringError("cannot load OpenMP's library: " + message);
  return library;
}
