//===- Progress.cpp - Signs of life while a step takes long ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mml::runner;

Progress::Progress(llvm::StringRef step) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return;
  thread = std::thread([this, step] {
    std::unique_lock<std::mutex> lock(mutex);
    if (!condition.wait_for(lock, std::chrono::seconds(2),
                            [this] { return isDone; }))
      llvm::errs() << "mml-runner: " << step << " ...\n";
  });
}

Progress::~Progress() {
  if (!thread.joinable())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    isDone = true;
  }
  condition.notify_one();
  thread.join();
}
