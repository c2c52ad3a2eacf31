//===- Progress.h - Signs of life while a step takes long ------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TOOLS_MML_RUNNER_PROGRESS_H
#define MML_TOOLS_MML_RUNNER_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace mml::runner {

/// While it lives, the step `step` (a literal) goes on. Says which on the
/// standard error if that is a terminal and the step takes over two seconds.
class Progress {
public:
  explicit Progress(llvm::StringRef step);
  ~Progress();

private:
  std::mutex mutex;
  std::condition_variable condition;
  bool isDone = false;
  std::thread thread;
};

} // namespace mml::runner

#endif // MML_TOOLS_MML_RUNNER_PROGRESS_H
