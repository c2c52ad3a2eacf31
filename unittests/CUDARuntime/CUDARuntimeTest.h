//===- CUDARuntimeTest.h - Processes with the stand-in ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_CUDARUNTIME_CUDARUNTIMETEST_H
#define MML_UNITTESTS_CUDARUNTIME_CUDARUNTIMETEST_H

#include "mml/CUDARuntime/HostFunctions.h"
#include "mml/CUDARuntime/Runtime.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace mml::cuda {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// What a process left behind.
struct Outcome {
  int status = -1;
  /// What it wrote to its standard error.
  std::string errors;
  /// The stand-in's report.
  llvm::json::Object report;

  uint64_t getCalls(llvm::StringRef function) const {
    const llvm::json::Object *calls = report.getObject("calls");
    return calls ? uint64_t(calls->getInteger(function).value_or(0)) : 0;
  }
  /// Objects of all kinds in an object of counts.
  uint64_t getSum(llvm::StringRef name) const {
    uint64_t sum = 0;
    const llvm::json::Object *counts = report.getObject(name);
    EXPECT_TRUE(counts) << name.str();
    if (counts)
      for (const auto &[key, value] : *counts)
        sum += uint64_t(value.getAsInteger().value_or(0));
    return sum;
  }
};

/// Runs \p body in a process of its own, as the stand-in reads its environment
/// once and reports when the process ends.
template <typename Body>
Outcome runProcess(const Environment &environment, Body body) {
  llvm::SmallString<128> report, errors;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("report", "json", report));
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("errors", "txt", errors));
  std::fflush(nullptr);
  pid_t child = fork();
  if (child == 0) {
    if (!std::freopen(errors.c_str(), "w", stderr))
      std::_Exit(EXIT_FAILURE);
    setenv("MML_STANDIN_REPORT", report.c_str(), 1);
    for (const auto &[name, value] : environment)
      setenv(name.c_str(), value.c_str(), 1);
    body();
    std::exit(EXIT_SUCCESS);
  }
  Outcome outcome;
  EXPECT_EQ(waitpid(child, &outcome.status, 0), child);
  auto read = [](llvm::StringRef path) {
    llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
        llvm::MemoryBuffer::getFile(path);
    llvm::sys::fs::remove(path);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  };
  outcome.errors = read(errors);
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(read(report));
  if (!value)
    llvm::consumeError(value.takeError());
  else if (llvm::json::Object *object = value->getAsObject())
    outcome.report = std::move(*object);
  return outcome;
}

/// Doubles the elements of an array of 32-bit numbers; blocks of 64 threads.
inline const char *const doublePTX = R"(
.version 7.0
.target sm_75
.address_size 64
.extern .shared .align 4 .b8 dynamic[];
.visible .entry twice(.param .u64 source, .param .u64 target, .param .u32 n) {
  .reg .b64 %x<5>;
  .reg .b32 %r<8>;
  .reg .pred %p;
  ld.param.b64 %x0, [source];
  ld.param.b64 %x1, [target];
  ld.param.b32 %r0, [n];
  mov.u32 %r1, %tid.x;
  mov.u32 %r2, %ctaid.x;
  mad.lo.s32 %r3, %r2, 64, %r1;
  setp.ge.u32 %p, %r3, %r0;
  @%p bra DONE;
  mul.wide.u32 %x2, %r3, 4;
  add.s64 %x3, %x0, %x2;
  add.s64 %x4, %x1, %x2;
  ld.global.b32 %r4, [%x3];
  add.s32 %r5, %r4, %r4;
  st.global.b32 [%x4], %r5;
DONE:
  ret;
}
.visible .entry beyond(.param .u64 target) {
  .reg .b64 %x;
  ld.param.b64 %x, [target];
  st.global.b32 [%x+1048576], 1;
  ret;
}
)";

} // namespace mml::cuda

#endif // MML_UNITTESTS_CUDARUNTIME_CUDARUNTIMETEST_H
