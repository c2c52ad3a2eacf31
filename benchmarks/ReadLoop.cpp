//===- ReadLoop.cpp - How fast memory can be read -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadLoop.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <atomic>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace mml::bench;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The text of a file of the kernel's; empty if it cannot be read.
static std::string readText(const Twine &path) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path);
  return file ? (*file)->getBuffer().trim().str() : std::string();
}

int64_t mml::bench::getLastLevelCacheBytes() {
  int64_t largest = 0;
  for (int index = 0;; ++index) {
    // "32768K"
    std::string text = readText("/sys/devices/system/cpu/cpu0/cache/index" +
                                Twine(index) + "/size");
    StringRef size = text;
    int64_t kilobytes;
    if (size.empty())
      return largest;
    size.consume_back("K");
    if (!size.getAsInteger(10, kilobytes))
      largest = std::max(largest, kilobytes << 10);
  }
}

int64_t mml::bench::getAvailableBytes() {
  std::string text = readText("/proc/meminfo");
  StringRef rest = StringRef(text).split("MemAvailable:").second.ltrim();
  int64_t kilobytes;
  return rest.consumeInteger(10, kilobytes) ? 0 : kilobytes << 10;
}

int64_t mml::bench::getStreamedBytes() {
  int64_t wanted =
      std::max<int64_t>(getLastLevelCacheBytes() * 3 / 2, 256 << 20);
  return llvm::alignTo(std::min(wanted, getAvailableBytes() / 8), readGranule);
}

ReadLoops::~ReadLoops() {
  for (llvm::MutableArrayRef<char> buffer : buffers)
    munmap(buffer.data(), buffer.size());
}

Expected<ArrayRef<char>> ReadLoops::getMemory(int64_t bytes) {
  size_t size = bytes;
  for (ArrayRef<char> buffer : buffers)
    if (buffer.size() >= size)
      return buffer.take_front(size);
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return createStringError("cannot allocate " + Twine(bytes) + " bytes");
  // Where there are no huge pages, others do.
  madvise(memory, size, MADV_HUGEPAGE);
  // Pages that nothing was written to are all the same one.
  std::memset(memory, 1, size);
  buffers.emplace_back(static_cast<char *>(memory), size);
  return buffers.back();
}

//===----------------------------------------------------------------------===//
// Contestants
//===----------------------------------------------------------------------===//

/// Reads the data `calls` times, each thread its part. Returns the time.
static Span readTogether(const ReadVariant &variant, ArrayRef<char> data,
                         unsigned threads, int64_t calls) {
  // Otherwise the compiler could leave the loops out.
  static std::atomic<uint64_t> sink;
  return runTogether(threads, [&](unsigned thread) {
    int64_t granules = data.size() / readGranule;
    int64_t begin = granules * thread / threads;
    int64_t end = granules * (thread + 1) / threads;
    ArrayRef<char> part =
        data.slice(begin * readGranule, (end - begin) * readGranule);
    uint64_t sum = 0;
    for (int64_t i = 0; i < calls; ++i)
      sum ^= variant.loop(part);
    sink ^= sum;
  });
}

/// The variant that takes least time for `data`.
static const ReadVariant *findBest(ArrayRef<char> data, unsigned threads) {
  const ReadVariant *best = nullptr;
  double bestSeconds = 0.0;
  // Two milliseconds at 20 GB/s.
  int64_t calls = std::max<int64_t>(40'000'000 / data.size(), 1);
  for (int round = 0; round < 3; ++round)
    for (const ReadVariant &variant : getReadVariants()) {
      readTogether(variant, data, threads, 1);
      double seconds = readTogether(variant, data, threads, calls).seconds;
      if (!best || seconds < bestSeconds) {
        best = &variant;
        bestSeconds = seconds;
      }
    }
  return best;
}

namespace {
class ReadLoop : public Contestant {
public:
  ReadLoop(const ReadVariant &variant, ArrayRef<char> data, unsigned threads)
      : Contestant(Role::ReadLoop, "read loop"), variant(variant), data(data),
        threads(threads) {
    detail = variant.name.str();
    bytes = data.size();
  }

  Expected<Sample> run(int64_t warmups, int64_t calls) override {
    return takeSample(threads, calls, [&]() -> Expected<Span> {
      readTogether(variant, data, threads, warmups);
      return readTogether(variant, data, threads, calls);
    });
  }

private:
  const ReadVariant &variant;
  ArrayRef<char> data;
  unsigned threads;
};
} // namespace

Expected<std::unique_ptr<Contestant>> ReadLoops::create(int64_t bytes,
                                                        unsigned threads) {
  bytes = llvm::alignTo(bytes, readGranule * threads);
  Expected<ArrayRef<char>> data = getMemory(bytes);
  if (!data)
    return data.takeError();
  const ReadVariant *&variant = best[{bytes, threads}];
  if (!variant)
    variant = findBest(*data, threads);
  return std::make_unique<ReadLoop>(*variant, *data, threads);
}
