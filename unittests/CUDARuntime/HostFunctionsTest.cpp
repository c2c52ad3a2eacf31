//===- HostFunctionsTest.cpp - Tests of what generated code calls ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDARuntimeTest.h"

#include <dlfcn.h>

using namespace mml::cuda;

namespace {

/// The functions by name, as a loader finds them.
template <typename Function> Function *find(llvm::StringRef name) {
  for (const auto &[known, address] : getHostFunctions())
    if (name == known)
      return reinterpret_cast<Function *>(address);
  ADD_FAILURE() << "no function " << name.str();
  return nullptr;
}

/// What upstream generates for a kernel with its copies.
void runGenerated(const std::vector<uint32_t> &numbers,
                  std::vector<uint32_t> &results) {
  size_t bytes = 4 * numbers.size();
  void *module =
      find<void *(const void *, int)>("mgpuModuleLoadJIT")(doublePTX, 2);
  void *stream = find<void *()>("mgpuStreamCreate")();
  auto allocate = find<void *(uint64_t, void *, bool)>("mgpuMemAlloc");
  auto copy = find<void(void *, const void *, size_t, void *)>("mgpuMemcpy");
  void *source = allocate(bytes, stream, false);
  void *target = allocate(bytes, stream, false);
  copy(source, numbers.data(), bytes, stream);
  find<void(void *, unsigned, size_t, void *)>("mgpuMemset32")(
      target, 9, numbers.size(), stream);
  find<void(void *, unsigned short, size_t, void *)>("mgpuMemset16")(target, 9,
                                                                     2, stream);
  void *function = find<void *(void *, const char *)>("mgpuModuleGetFunction")(
      module, "twice");
  // All but the last number.
  auto n = uint32_t(numbers.size() - 1);
  void *params[] = {&source, &target, &n};
  find<void(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
            int32_t, void *, void **, void **, size_t)>("mgpuLaunchKernel")(
      function, (n + 63) / 64, 1, 1, 64, 1, 1, 0, stream, params, nullptr, 3);
  void *event = find<void *()>("mgpuEventCreate")();
  void *other = find<void *()>("mgpuStreamCreate")();
  find<void(void *, void *)>("mgpuEventRecord")(event, stream);
  find<void(void *, void *)>("mgpuStreamWaitEvent")(other, event);
  copy(results.data(), target, bytes, other);
  find<void(void *)>("mgpuStreamSynchronize")(other);
  find<void(void *)>("mgpuEventSynchronize")(event);
  auto release = find<void(void *, void *)>("mgpuMemFree");
  release(source, stream);
  release(target, other);
  find<void(void *)>("mgpuEventDestroy")(event);
  find<void(void *)>("mgpuStreamDestroy")(other);
  find<void(void *)>("mgpuStreamDestroy")(stream);
  find<void(void *)>("mgpuModuleUnload")(module);
}

void checkResults(const std::vector<uint32_t> &results) {
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i] != (i + 1 < results.size() ? 2 * i : 9))
      std::fprintf(stderr, "wrong result %u at %zu\n", results[i], i);
}

std::vector<uint32_t> getNumbers() {
  std::vector<uint32_t> numbers(100);
  for (uint32_t i = 0; i < numbers.size(); ++i)
    numbers[i] = i;
  return numbers;
}

TEST(CUDAHostFunctionsTest, Runtime) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime =
        Runtime::create(error, {}, MML_STANDIN_LIBRARY);
    setRuntime(runtime.get());
    std::vector<uint32_t> numbers = getNumbers(), results(numbers.size());
    runGenerated(numbers, results);
    checkResults(results);
    std::fprintf(stderr, "%s", runtime->getError().c_str());
    setRuntime(nullptr);
  });
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

/// A program that sets no runtime uses the driver that the loader finds.
TEST(CUDAHostFunctionsTest, OwnRuntime) {
  auto run = [] {
    std::vector<uint32_t> numbers = getNumbers(), results(numbers.size());
    runGenerated(numbers, results);
    checkResults(results);
  };
  Outcome outcome = runProcess({}, [&] {
    // A library that is there already is found by its name.
    dlopen(MML_STANDIN_LIBRARY, RTLD_NOW);
    run();
  });
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getCalls("cuLaunchKernel"), 1u);
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

TEST(CUDAHostFunctionsTest, HostMemory) {
  Outcome outcome = runProcess({}, [] {
    std::string error;
    std::unique_ptr<Runtime> runtime =
        Runtime::create(error, {}, MML_STANDIN_LIBRARY);
    setRuntime(runtime.get());
    // Rows of 4 of a matrix of 8 columns, from its column 2 on; and an empty
    // one.
    static int64_t memory[8 * 3];
    auto address = reinterpret_cast<int64_t>(memory);
    int64_t matrix[] = {address, address, 2, 3, 4, 8, 1};
    int64_t empty[] = {address, address, 0, 0, 4, 4, 1};
    auto enter =
        find<void(int64_t, int64_t *, int64_t)>("mgpuMemHostRegisterMemRef");
    auto leave =
        find<void(int64_t, int64_t *, int64_t)>("mgpuMemHostUnregisterMemRef");
    enter(2, matrix, 8);
    enter(2, empty, 8);
    leave(2, empty, 8);
    // A copy into it is done when someone waits, and one beside it at once.
    void *stream = find<void *()>("mgpuStreamCreate")();
    void *device = runtime->upload("\1\2\3\4\5\6\7", 8);
    auto copy = find<void(void *, const void *, size_t, void *)>("mgpuMemcpy");
    for (unsigned i : {2, 21}) {
      copy(memory + i, device, 8, stream);
      if (memory[i])
        std::fprintf(stderr, "%u is not in the range\n", i);
      find<void(void *)>("mgpuStreamSynchronize")(stream);
    }
    for (unsigned i : {1, 22}) {
      copy(memory + i, device, 8, stream);
      if (!memory[i])
        std::fprintf(stderr, "%u is in the range\n", i);
    }
    leave(2, matrix, 8);
    std::fprintf(stderr, "%s", runtime->getError().c_str());
    setRuntime(nullptr);
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getCalls("cuMemHostRegister_v2"), 1u);
  EXPECT_EQ(outcome.getCalls("cuMemHostUnregister"), 1u);
}

TEST(CUDAHostFunctionsTest, Refused) {
  auto run = [](void (*body)()) {
    return runProcess({},
                      [=] {
                        std::string error;
                        std::unique_ptr<Runtime> runtime =
                            Runtime::create(error, {}, MML_STANDIN_LIBRARY);
                        setRuntime(runtime.get());
                        body();
                        std::fprintf(stderr, "%s", runtime->getError().c_str());
                        setRuntime(nullptr);
                      })
        .errors;
  };
  EXPECT_EQ(run([] {
              find<void *(uint64_t, void *, bool)>("mgpuMemAlloc")(8, nullptr,
                                                                   true);
            }),
            "memory shared with the host is not supported");
  EXPECT_EQ(run([] {
              using Launch =
                  void(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                       intptr_t, intptr_t, intptr_t, intptr_t, int32_t, void *,
                       void **, void **, size_t);
              find<Launch>("mgpuLaunchClusterKernel")(nullptr, 1, 1, 1, 1, 1, 1,
                                                      1, 1, 1, 0, nullptr,
                                                      nullptr, nullptr, 0);
            }),
            "clusters of blocks are not supported");
}

} // namespace
