//===- Peaks.cpp - What the arithmetic units do at best -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Peaks.h"

#include "PeaksX86.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Host.h"

using namespace mml::bench;
using llvm::Expected;
using llvm::StringRef;

/// The peaks of `candidates` whose features this machine has.
[[maybe_unused]] static std::vector<Peak>
selectPeaks(llvm::ArrayRef<Peak> candidates,
            llvm::function_ref<bool(const Peak &)> isUsable) {
  llvm::StringMap<bool, llvm::MallocAllocator> host =
      llvm::sys::getHostCPUFeatures();
  std::vector<Peak> selected;
  for (const Peak &peak : candidates) {
    llvm::SmallVector<StringRef> features;
    peak.features.split(features, ',');
    bool isKnown = llvm::any_of(
        selected, [&](const Peak &other) { return other.name == peak.name; });
    if (!isKnown &&
        llvm::all_of(features,
                     [&](StringRef name) { return host.lookup(name); }) &&
        isUsable(peak))
      selected.push_back(peak);
  }
  return selected;
}

llvm::ArrayRef<Peak> mml::bench::getPeaks() {
#if defined(__x86_64__)
  static const std::vector<Peak> peaks =
      selectPeaks(getX86Peaks(), [](const Peak &peak) {
        return !peak.features.contains("amx") || requestTiles();
      });
  return peaks;
#else
  return {};
#endif
}

static unsigned getVectorBits(const Peak &peak) {
  return llvm::StringSwitch<unsigned>(StringRef(peak.name).rsplit(' ').second)
      .Case("zmm", 512)
      .Case("ymm", 256)
      .Default(0);
}

const Peak *mml::bench::findPeak(StringRef instruction, unsigned vectorBits) {
  for (const Peak &peak : getPeaks())
    if (StringRef(peak.name).split(' ').first == instruction &&
        getVectorBits(peak) <= vectorBits)
      return &peak;
  return nullptr;
}

namespace {
class PeakLoop : public Contestant {
public:
  PeakLoop(const Peak &peak, unsigned threads)
      : Contestant(Role::Peak, peak.name.str()), peak(peak), threads(threads) {
    operations = peak.operations * iterations * threads;
  }

  Expected<Sample> run(int64_t warmups, int64_t calls) override {
    auto loop = [&](int64_t count) {
      return runTogether(threads,
                         [&](unsigned) { peak.loop(count * iterations); });
    };
    return takeSample(threads, calls, [&]() -> Expected<Span> {
      loop(warmups);
      return loop(calls);
    });
  }

private:
  /// Of one call, which takes some microseconds.
  static constexpr int64_t iterations = 1000;

  const Peak &peak;
  unsigned threads;
};
} // namespace

std::unique_ptr<Contestant> mml::bench::createPeak(const Peak &peak,
                                                   unsigned threads) {
  return std::make_unique<PeakLoop>(peak, threads);
}
