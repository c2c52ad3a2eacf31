//===- Probe.cpp - Whether a core is all ours -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Probe.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace mml::bench;
using llvm::Error;
using llvm::Expected;
using mml::engine::Stopwatch;

//===----------------------------------------------------------------------===//
// Cores
//===----------------------------------------------------------------------===//

// The loops below are of instructions that no compiler may merge, nor the
// processor: it may drop additions of constants, so `step` is in a register.
#define KEEP(VALUE) __asm__ volatile("" : "+r"(VALUE))

/// 48 instructions an iteration, none of which waits for its neighbours.
static void runIndependent(int64_t iterations) {
  int64_t a = 0, b = 0, c = 0, d = 0, step = 1;
  volatile int64_t memory[2] = {0, 0};
  KEEP(step);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; ++j) {
      a += step;
      KEEP(a);
      b += step;
      KEEP(b);
      (void)memory[0];
      c += step;
      KEEP(c);
      d += step;
      KEEP(d);
      (void)memory[1];
    }
  }
}

/// 48 additions an iteration, each of which waits for the one before.
static void runDependent(int64_t iterations) {
  int64_t a = 0, step = 1;
  KEEP(step);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma clang loop unroll(full)
    for (int j = 0; j < 48; ++j) {
      a += step;
      KEEP(a);
    }
  }
}

static Probe probeCore() {
  constexpr int64_t iterations = 2000;
  double independent = 0.0, dependent = 0.0;
  // The least of some, as an interrupt would spoil one.
  for (int i = 0; i < 4; ++i) {
    Stopwatch first;
    runIndependent(iterations);
    double seconds = first.getSeconds();
    independent = i == 0 ? seconds : std::min(independent, seconds);
    Stopwatch second;
    runDependent(iterations);
    seconds = second.getSeconds();
    dependent = i == 0 ? seconds : std::min(dependent, seconds);
  }
  return {dependent / independent, 48e-9 * iterations / dependent};
}

Probe mml::bench::probeCores(unsigned threads) {
  llvm::SmallVector<Probe> probes(threads);
  runTogether(threads, [&](unsigned thread) { probes[thread] = probeCore(); });
  Probe worst = probes.front();
  for (const Probe &probe : probes) {
    worst.width = std::min(worst.width, probe.width);
    worst.gigahertz = std::min(worst.gigahertz, probe.gigahertz);
  }
  return worst;
}

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

QuietCore::QuietCore(unsigned maxThreads) {
  for (int i = 0; i < 20; ++i)
    for (unsigned threads = 1; threads <= maxThreads; ++threads)
      width = std::max(width, probeCores(threads).width);
}

void QuietCore::see(const Sample &sample) {
  width = std::max(width, sample.width);
}

bool QuietCore::isUndisturbed(const Sample &sample) const {
  return sample.width >= leastWidth * width && sample.waited <= longestWait;
}

Expected<Sample>
mml::bench::takeSample(unsigned threads, int64_t calls,
                       llvm::function_ref<Expected<Span>()> measure) {
  Probe before = probeCores(threads);
  Expected<Span> span = measure();
  if (!span)
    return span.takeError();
  Probe after = probeCores(threads);
  Sample sample;
  sample.seconds = span->seconds / calls;
  sample.width = std::min(before.width, after.width);
  sample.gigahertz = std::min(before.gigahertz, after.gigahertz);
  sample.waited = span->waited / (threads * span->seconds);
  return sample;
}

Expected<Sample> mml::bench::timeCalls(unsigned threads, int64_t warmups,
                                       int64_t calls,
                                       llvm::function_ref<Error()> call) {
  auto callTimes = [&](int64_t count) {
    Error error = Error::success();
    for (int64_t i = 0; i < count && !error; ++i)
      error = call();
    return error;
  };
  return takeSample(threads, calls, [&]() -> Expected<Span> {
    if (Error error = callTimes(warmups))
      return std::move(error);
    Span span;
    double waited = getWaitedSeconds();
    Stopwatch watch;
    if (Error error = callTimes(calls))
      return std::move(error);
    span.seconds = watch.getSeconds();
    span.waited = getWaitedSeconds() - waited;
    return span;
  });
}
