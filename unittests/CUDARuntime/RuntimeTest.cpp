//===- RuntimeTest.cpp - Tests of the runtime on the stand-in driver ------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDARuntimeTest.h"

#include <thread>

using namespace mml::cuda;
using llvm::ArrayRef;

namespace {

constexpr size_t count = 1000;

/// Doubles numbers on the device, twice, with all that the runtime has. The
/// results, or nothing after an error.
std::vector<uint32_t> doubleNumbers(Runtime &runtime) {
  CUmodule module = runtime.loadModule(doublePTX, 2);
  CUfunction function = runtime.getFunction(module, "twice");
  std::vector<uint32_t> numbers(count), results(count);
  for (size_t i = 0; i < count; ++i)
    numbers[i] = uint32_t(i);
  runtime.registerHost(numbers.data(), count * 4);
  void *first = runtime.upload(numbers.data(), count * 4);
  for (unsigned round = 0; round < 2; ++round) {
    CUstream stream = runtime.createStream(), other = runtime.createStream();
    CUevent start = runtime.createEvent(true), end = runtime.createEvent(true);
    void *middle = runtime.allocate(count * 4, stream);
    void *last = runtime.allocate(count * 4, stream);
    runtime.fill(middle, 0xff, 1, count * 4, stream);
    runtime.fill(middle, 0xffff, 2, count * 2, stream);
    runtime.fill(middle, 7, 4, count, stream);
    runtime.recordEvent(start, stream);
    uint32_t n = count;
    void *params[] = {&first, &middle, &n};
    runtime.launch(function, {(count + 63) / 64, 1, 1}, {64, 1, 1}, 0, stream,
                   params);
    runtime.recordEvent(end, stream);
    // The second half of the work is in another stream.
    runtime.waitForEvent(other, end);
    void *more[] = {&middle, &last, &n};
    runtime.launch(function, {(count + 63) / 64, 1, 1}, {64, 1, 1}, 60000,
                   other, more);
    runtime.copy(results.data(), last, count * 4, other);
    runtime.synchronize(other);
    runtime.synchronizeEvent(end);
    EXPECT_GE(runtime.getElapsed(start, end), 0.0f);
    runtime.release(middle, other);
    runtime.release(last, other);
    runtime.destroyEvent(start);
    runtime.destroyEvent(end);
    runtime.destroyStream(stream);
    runtime.destroyStream(other);
  }
  runtime.release(first, nullptr);
  runtime.unregisterHost(numbers.data());
  runtime.unloadModule(module);
  return runtime.getError().empty() ? results : std::vector<uint32_t>();
}

/// Prints what the runtime says of its failure.
void useRuntime() {
  std::vector<uint32_t> results;
  std::string error;
  auto print = [](const std::string &message) {
    std::fprintf(stderr, "handled: %s\n", message.c_str());
  };
  std::unique_ptr<Runtime> runtime =
      Runtime::create(error, print, MML_STANDIN_LIBRARY);
  if (!runtime)
    return print(error);
  results = doubleNumbers(*runtime);
  bool isRight = results.size() == count;
  for (size_t i = 0; i < results.size(); ++i)
    isRight &= results[i] == 4 * i;
  if (runtime->getError().empty() != isRight)
    std::fprintf(stderr, "wrong results\n");
}

TEST(CUDARuntimeTest, Works) {
  Outcome outcome = runProcess({}, useRuntime);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
  // The second round has the memory and the streams of the first.
  EXPECT_EQ(outcome.getCalls("cuMemAlloc_v2"), 3u);
  EXPECT_EQ(outcome.getCalls("cuMemFree_v2"), 3u);
  EXPECT_EQ(outcome.getCalls("cuStreamCreate"), 2u);
  EXPECT_EQ(outcome.getCalls("cuFuncSetAttribute"), 1u);
  EXPECT_EQ(outcome.getCalls("cuLaunchKernel"), 4u);
}

TEST(CUDARuntimeTest, EachCallMayFail) {
  Outcome whole = runProcess({}, useRuntime);
  int64_t calls = whole.report.getInteger("callCount").value_or(0);
  ASSERT_GT(calls, 50);
  for (int64_t i = 1; i <= calls; ++i) {
    SCOPED_TRACE("call " + std::to_string(i));
    Outcome outcome = runProcess(
        {{"MML_STANDIN_FAIL", std::to_string(i) + "=999"}}, useRuntime);
    EXPECT_EQ(outcome.status, 0);
    // One line that names the call and the error.
    llvm::StringRef errors(outcome.errors);
    EXPECT_TRUE(errors.starts_with("handled: cu")) << outcome.errors;
    EXPECT_TRUE(
        errors.ends_with("failed: unknown error (CUDA_ERROR_UNKNOWN)\n"))
        << outcome.errors;
    EXPECT_EQ(errors.count('\n'), 1u) << outcome.errors;
    EXPECT_EQ(outcome.getSum("leaked"), 0u);
    EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
  }
}

TEST(CUDARuntimeTest, OutOfMemory) {
  Outcome outcome = runProcess({{"MML_STANDIN_MEMORY", "9000"}}, useRuntime);
  EXPECT_EQ(outcome.errors,
            "handled: cuMemAlloc of 4000 bytes failed: out of memory "
            "(CUDA_ERROR_OUT_OF_MEMORY)\n");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
}

std::unique_ptr<Runtime> open(std::string &error) {
  std::unique_ptr<Runtime> runtime =
      Runtime::create(error, {}, MML_STANDIN_LIBRARY);
  if (!runtime)
    std::fprintf(stderr, "%s\n", error.c_str());
  return runtime;
}

TEST(CUDARuntimeTest, MemoryKeptIsGivenBack) {
  // Memory of another size is asked for where what is kept takes all.
  Outcome outcome = runProcess({{"MML_STANDIN_MEMORY", "9000"}}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    for (size_t bytes : {8000, 8001, 8000, 8000})
      runtime->release(runtime->allocate(bytes, nullptr), nullptr);
    std::fprintf(stderr, "%s", runtime->getError().c_str());
  });
  EXPECT_EQ(outcome.errors, "");
  // Three were asked for; two of these twice.
  EXPECT_EQ(outcome.getCalls("cuMemAlloc_v2"), 5u);
  EXPECT_EQ(outcome.getCalls("cuMemFree_v2"), 3u);
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

TEST(CUDARuntimeTest, MemoryWaitsForItsStream) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    CUstream a = runtime->createStream(), b = runtime->createStream();
    void *first = runtime->allocate(100, a);
    runtime->release(first, a);
    // Another stream's work might come before that of the first.
    void *second = runtime->allocate(100, b);
    if (second == first)
      std::fprintf(stderr, "taken too early\n");
    void *third = runtime->allocate(100, a);
    if (third != first)
      std::fprintf(stderr, "not taken\n");
    runtime->release(third, a);
    runtime->synchronize(a);
    if (runtime->allocate(100, b) != first)
      std::fprintf(stderr, "not taken after the stream's end\n");
    runtime->release(first, b);
    runtime->release(first, b);
    std::fprintf(stderr, "%s", runtime->getError().c_str());
  });
  EXPECT_EQ(outcome.errors, "memory is released that was not allocated");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

TEST(CUDARuntimeTest, WhatIsNotReleased) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    static char memory[64];
    runtime->loadModule(doublePTX);
    runtime->upload("text", 4);
    runtime->createStream();
    runtime->createEvent(false);
    runtime->registerHost(memory, sizeof(memory));
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
}

TEST(CUDARuntimeTest, KernelFaults) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    CUfunction function =
        runtime->getFunction(runtime->loadModule(doublePTX), "beyond");
    CUstream stream = runtime->createStream();
    void *memory = runtime->allocate(16, stream);
    void *params[] = {&memory};
    runtime->launch(function, {1, 1, 1}, {1, 1, 1}, 0, stream, params);
    // Only who waits is told.
    std::fprintf(stderr, "[%s]\n", runtime->getError().c_str());
    runtime->synchronize(stream);
    std::fprintf(stderr, "%s\n", runtime->getError().c_str());
  });
  EXPECT_NE(outcome.errors.find("[]\ncuda stand-in: kernel 'beyond', line"),
            std::string::npos)
      << outcome.errors;
  EXPECT_NE(outcome.errors.find(
                "cuStreamSynchronize failed: an illegal memory access was "
                "encountered (CUDA_ERROR_ILLEGAL_ADDRESS)\n"),
            std::string::npos)
      << outcome.errors;
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
}

TEST(CUDARuntimeTest, WhatIsMissing) {
  std::string error;
  EXPECT_EQ(Runtime::create(error, {}, "libnone.so.1"), nullptr);
  EXPECT_EQ(error, "there is no CUDA driver: libnone.so.1: cannot open shared "
                   "object file: No such file or directory");
  EXPECT_EQ(Runtime::create(error, {}, "libc.so.6"), nullptr);
  EXPECT_TRUE(llvm::StringRef(error).starts_with(
      "the CUDA driver 'libc.so.6' has no function 'cu"))
      << error;

  Outcome outcome = runProcess({{"MML_STANDIN_FAIL", "cuInit=100"}}, [] {
    std::string error;
    open(error);
  });
  EXPECT_EQ(outcome.errors, "cuInit failed: no CUDA-capable device is detected "
                            "(CUDA_ERROR_NO_DEVICE)\n");
  outcome = runProcess({}, [] {
    std::string error;
    Runtime::create(error, {}, MML_STANDIN_LIBRARY, 3);
    std::fprintf(stderr, "%s", error.c_str());
  });
  EXPECT_EQ(outcome.errors, "cuDeviceGet of device 3 failed: invalid device "
                            "ordinal (CUDA_ERROR_INVALID_DEVICE)");
}

TEST(CUDARuntimeTest, Device) {
  Outcome outcome = runProcess({{"MML_STANDIN_CHIP", "8.9"}}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    std::fprintf(stderr, "%s, %d", runtime->getDeviceName().c_str(),
                 runtime->getChip());
  });
  EXPECT_EQ(outcome.errors, "stand-in for sm_89, 89");
}

TEST(CUDARuntimeTest, ModulesRefused) {
  auto load = [](const char *text, const char *name) {
    Outcome outcome = runProcess({{"MML_STANDIN_CHIP", "7.5"}}, [=] {
      std::string error;
      std::unique_ptr<Runtime> runtime = open(error);
      runtime->getFunction(runtime->loadModule(text), name);
      std::fprintf(stderr, "%s", runtime->getError().c_str());
    });
    EXPECT_EQ(outcome.getSum("leaked"), 0u);
    return outcome.errors.substr(outcome.errors.find("cuModule"));
  };
  EXPECT_EQ(load(".version 7.0\n.target sm_80\n.address_size 64\n", "none"),
            "cuModuleLoadDataEx failed: a PTX JIT compilation failed "
            "(CUDA_ERROR_INVALID_PTX): the target sm_80 does not run on a "
            "device of sm_75");
  EXPECT_EQ(load("\177ELF", "none"),
            "cuModuleLoadDataEx failed: no kernel image is available for "
            "execution on the device (CUDA_ERROR_NO_BINARY_FOR_GPU): this "
            "driver executes PTX text only");
  EXPECT_EQ(load(doublePTX, "none"),
            "cuModuleGetFunction of 'none' failed: named symbol not found "
            "(CUDA_ERROR_NOT_FOUND)");
}

TEST(CUDARuntimeTest, LaunchesRefused) {
  auto launch = [](size_t blocks, size_t threads, size_t shared) {
    Outcome outcome = runProcess({}, [=] {
      std::string error;
      std::unique_ptr<Runtime> runtime = open(error);
      CUfunction function =
          runtime->getFunction(runtime->loadModule(doublePTX), "beyond");
      void *memory = nullptr;
      void *params[] = {&memory};
      runtime->launch(function, {blocks, 1, 1}, {threads, 1, 1}, shared,
                      nullptr, params);
      runtime->synchronize(nullptr);
      std::fprintf(stderr, "%s", runtime->getError().c_str());
    });
    return outcome.errors;
  };
  EXPECT_EQ(launch(0, 1, 0), "");
  EXPECT_NE(launch(1, 1025, 0).find("cuLaunchKernel failed: invalid argument"),
            std::string::npos);
  EXPECT_EQ(launch(size_t(1) << 32, 1, 0),
            "cuLaunchKernel: 4294967296 blocks, threads or bytes are too many");
  EXPECT_NE(launch(1, 1, 200000)
                .find("cuFuncSetAttribute for 200000 bytes of shared memory "
                      "failed: invalid argument (CUDA_ERROR_INVALID_VALUE)"),
            std::string::npos);
}

/// What a model does that is called again and again: in each round `depth`
/// launches that wait for one another. Prints what is wrong.
void launchRounds(ArrayRef<unsigned> depths) {
  std::string error;
  std::unique_ptr<Runtime> runtime = open(error);
  if (!runtime)
    return;
  CUfunction function =
      runtime->getFunction(runtime->loadModule(doublePTX), "twice");
  std::vector<uint32_t> numbers(count), results(count);
  for (size_t i = 0; i < count; ++i)
    numbers[i] = uint32_t(i);
  void *input = runtime->upload(numbers.data(), count * 4);
  for (unsigned depth : depths) {
    CUstream stream = runtime->createStream();
    std::vector<void *> buffers = {input};
    runtime->beginLaunchTime();
    for (unsigned i = 0; i < depth; ++i) {
      buffers.push_back(runtime->allocate(count * 4, stream));
      uint32_t n = count;
      void *params[] = {&buffers[i], &buffers[i + 1], &n};
      runtime->launch(function, {(count + 63) / 64, 1, 1}, {64, 1, 1}, 0,
                      stream, params);
    }
    runtime->copy(results.data(), buffers.back(), count * 4, stream);
    // Given back in another order than they were taken in.
    for (size_t i = buffers.size() - 1; i > 0; --i)
      runtime->release(buffers[i], stream);
    runtime->synchronize(stream);
    float time = runtime->getLaunchTime();
    runtime->destroyStream(stream);
    if (!runtime->getError().empty())
      break;
    if (time <= 0)
      std::fprintf(stderr, "no time\n");
    for (size_t i = 0; i < count; ++i)
      if (results[i] != i << depth)
        return (void)std::fprintf(stderr, "wrong results\n");
  }
  std::fprintf(stderr, "%s", runtime->getError().c_str());
}

TEST(CUDARuntimeTest, RepeatedLaunchesAreGraphs) {
  Outcome outcome = runProcess({}, [] { launchRounds({3, 3, 3, 3, 1, 1}); });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
  // The first round and the short ones are launched one by one.
  EXPECT_EQ(outcome.getCalls("cuLaunchKernel"), 5u);
  EXPECT_EQ(outcome.getCalls("cuGraphInstantiateWithFlags"), 1u);
  EXPECT_EQ(outcome.getCalls("cuGraphLaunch"), 3u);
}

TEST(CUDARuntimeTest, GraphsAreForgotten) {
  // More sequences than are kept, so that the first one is new once more.
  std::vector<unsigned> depths;
  for (unsigned round = 0; round < 3; ++round)
    for (unsigned depth = 2; depth < 19; ++depth)
      depths.push_back(depth);
  depths.insert(depths.end(), {18, 17, 16});
  Outcome outcome = runProcess({}, [&] { launchRounds(depths); });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getCalls("cuGraphLaunch"), 3u);
}

TEST(CUDARuntimeTest, GraphsEndWhereTheyRun) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    CUmodule other = runtime->loadModule(doublePTX);
    CUfunction function =
        runtime->getFunction(runtime->loadModule(doublePTX), "twice");
    std::vector<uint32_t> numbers(64, 1);
    void *input = runtime->upload(numbers.data(), 64 * 4);
    CUstream streams[] = {runtime->createStream(), runtime->createStream()};
    void *output = runtime->allocate(64 * 4, streams[0]);
    CUevent event = runtime->createEvent(false);
    uint32_t n = 64;
    void *params[] = {&input, &output, &n};
    // The same launches in both streams, the last of which nobody waits for.
    for (unsigned round = 0; round < 3; ++round)
      for (CUstream stream : streams) {
        for (unsigned i = 0; i < 2; ++i)
          runtime->launch(function, {1, 1, 1}, {64, 1, 1}, 0, stream, params);
        runtime->recordEvent(event, stream);
      }
    // All graphs are destroyed.
    runtime->unloadModule(other);
    for (CUstream stream : streams)
      runtime->synchronize(stream);
    std::fprintf(stderr, "%s", runtime->getError().c_str());
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getCalls("cuGraphLaunch"), 4u);
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

TEST(CUDARuntimeTest, EachCallWithGraphsMayFail) {
  auto run = [] { launchRounds({2, 2, 2}); };
  int64_t calls =
      runProcess({}, run).report.getInteger("callCount").value_or(0);
  ASSERT_GT(calls, 30);
  for (int64_t i = 1; i <= calls; ++i) {
    SCOPED_TRACE("call " + std::to_string(i));
    Outcome outcome =
        runProcess({{"MML_STANDIN_FAIL", std::to_string(i) + "=999"}}, run);
    EXPECT_EQ(outcome.status, 0);
    // What fails at the end has no one to tell.
    if (!outcome.errors.empty())
      EXPECT_TRUE(llvm::StringRef(outcome.errors)
                      .trim()
                      .ends_with("failed: unknown error (CUDA_ERROR_UNKNOWN)"))
          << outcome.errors;
    EXPECT_EQ(outcome.getSum("leaked"), 0u);
    EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
  }
}

TEST(CUDARuntimeTest, Threads) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime = open(error);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (unsigned i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        if (doubleNumbers(*runtime).size() != count)
          std::fprintf(stderr, "%s\n", runtime->getError().c_str());
      });
    for (std::thread &thread : threads)
      thread.join();
    // And where another thread has made everything.
    std::thread([&] { runtime.reset(); }).join();
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

} // namespace
