//===- Team.cpp - Threads that begin together -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Team.h"

#include "mml/ExecutionEngine/Timing.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

/// The second number of a file of the kernel's: nanoseconds in a queue.
static double readWaitedSeconds(const std::filesystem::path &path) {
  std::ifstream file(path);
  double running = 0.0, waiting = 0.0;
  return file >> running >> waiting ? 1e-9 * waiting : 0.0;
}

double mml::bench::getWaitedSeconds() {
  double seconds = 0.0;
  std::error_code ec;
  for (const auto &task :
       std::filesystem::directory_iterator("/proc/self/task", ec))
    seconds += readWaitedSeconds(task.path() / "schedstat");
  return seconds;
}

mml::bench::Span
mml::bench::runTogether(unsigned threads,
                        llvm::function_ref<void(unsigned)> work) {
  const char *ownWaiting = "/proc/thread-self/schedstat";
  std::atomic<unsigned> missing{threads};
  std::vector<Span> spans(threads);
  auto run = [&](unsigned thread) {
    double waited = readWaitedSeconds(ownWaiting);
    --missing;
    while (missing != 0)
      std::this_thread::yield();
    engine::Stopwatch watch;
    work(thread);
    spans[thread].seconds = watch.getSeconds();
    spans[thread].waited = readWaitedSeconds(ownWaiting) - waited;
  };
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads; ++thread)
    others.emplace_back(run, thread);
  run(0);
  for (std::thread &other : others)
    other.join();
  Span total;
  for (const Span &span : spans) {
    total.seconds = std::max(total.seconds, span.seconds);
    total.waited += span.waited;
  }
  return total;
}
