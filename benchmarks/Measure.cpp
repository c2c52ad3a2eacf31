//===- Measure.cpp - Measure contestants side by side ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "mml/ExecutionEngine/Timing.h"

#include <chrono>
#include <cmath>
#include <thread>

using namespace mml::bench;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

/// Threads that have finished look for more work for about a millisecond, which
/// must not be while others are measured.
static void waitForIdleThreads() {
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
}

/// The calls that take `seconds` where one takes `each`.
static int64_t countCalls(double seconds, double each) {
  return std::clamp<double>(std::ceil(seconds / each), 1.0, 1e6);
}

namespace {
class Measurement {
public:
  Measurement(unsigned threads, const MeasureOptions &options, QuietCore &quiet)
      : threads(threads), options(options), quiet(quiet) {}

  Error add(std::unique_ptr<Contestant> contestant);
  /// One repetition of each, beginning with another one each time.
  Error repeat();
  bool isEnough() const;
  std::vector<Series> take() { return std::move(series); }

private:
  Expected<Sample> run(Series &one, int64_t calls);

  unsigned threads;
  const MeasureOptions &options;
  QuietCore &quiet;
  std::vector<Series> series;
  mml::engine::Stopwatch watch;
  unsigned rounds = 0;
};
} // namespace

Expected<Sample> Measurement::run(Series &one, int64_t calls) {
  if (threads > 1)
    waitForIdleThreads();
  // Long calls warm themselves up.
  constexpr double longCall = 0.1, warmupSeconds = 5e-4;
  int64_t warmups = 1;
  if (!one.samples.empty()) {
    double seconds = one.samples.front().seconds;
    warmups = seconds > longCall ? 0 : countCalls(warmupSeconds, seconds);
  }
  Expected<Sample> sample = one.contestant->run(warmups, calls);
  if (!sample)
    return createStringError(one.contestant->name + ": " +
                             llvm::toString(sample.takeError()));
  quiet.see(*sample);
  return sample;
}

Error Measurement::add(std::unique_ptr<Contestant> contestant) {
  Series one;
  one.contestant = std::move(contestant);
  // The first guess is of a single call, whose time may be all overhead.
  for (int round = 0; round < 2; ++round) {
    Expected<Sample> sample = run(one, one.calls);
    if (!sample)
      return sample.takeError();
    one.calls = countCalls(options.leastSeconds, sample->seconds);
  }
  series.push_back(std::move(one));
  return Error::success();
}

Error Measurement::repeat() {
  for (size_t i = 0; i < series.size(); ++i) {
    Series &one = series[(rounds + i) % series.size()];
    Expected<Sample> sample = run(one, one.calls);
    if (!sample)
      return sample.takeError();
    one.samples.push_back(*sample);
  }
  ++rounds;
  return Error::success();
}

bool Measurement::isEnough() const {
  if (rounds < options.repetitions)
    return false;
  if (rounds >= 3 * options.repetitions ||
      watch.getSeconds() >= options.budgetSeconds)
    return true;
  return llvm::all_of(series, [&](const Series &one) {
    return llvm::count_if(one.samples, [&](const Sample &sample) {
             return quiet.isUndisturbed(sample);
           }) >= options.undisturbed;
  });
}

Expected<std::vector<Series>> mml::bench::measure(Contestants contestants,
                                                  unsigned threads,
                                                  const MeasureOptions &options,
                                                  QuietCore &quiet) {
  waitForIdleThreads();
  Measurement measurement(threads, options, quiet);
  for (std::unique_ptr<Contestant> &contestant : contestants)
    if (Error error = measurement.add(std::move(contestant)))
      return std::move(error);
  while (!measurement.isEnough())
    if (Error error = measurement.repeat())
      return std::move(error);
  return measurement.take();
}
