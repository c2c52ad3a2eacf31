//===- StandInTest.cpp - Tests of the stand-in driver's entry points ------===//
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

/// Entry points of the stand-in, by their symbols.
template <typename... Arguments>
CUresult call(const char *name, Arguments... arguments) {
  static void *library = dlopen(MML_STANDIN_LIBRARY, RTLD_NOW);
  auto function =
      reinterpret_cast<CUresult (*)(Arguments...)>(dlsym(library, name));
  if (!function) {
    std::fprintf(stderr, "no function %s\n", name);
    return -1;
  }
  return function(arguments...);
}

/// Notes on standard error what is not as expected.
void expect(CUresult result, CUresult expected, const char *what) {
  if (result != expected)
    std::fprintf(stderr, "%s: %d\n", what, result);
}
#define MML_EXPECT(EXPECTED, ...)                                              \
  expect(call(__VA_ARGS__), EXPECTED, #__VA_ARGS__)

void openContext() {
  CUcontext context = nullptr;
  MML_EXPECT(CUDA_SUCCESS, "cuInit", 0u);
  MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRetain", &context, 0);
  MML_EXPECT(CUDA_SUCCESS, "cuCtxSetCurrent", context);
}

CUdeviceptr allocate(size_t bytes) {
  CUdeviceptr address = 0;
  MML_EXPECT(CUDA_SUCCESS, "cuMemAlloc_v2", &address, bytes);
  return address;
}

TEST(CUDAStandInTest, Leaks) {
  Outcome outcome = runProcess({}, [] {
    openContext();
    allocate(8);
    allocate(8);
    CUstream stream = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuStreamCreate", &stream, 0u);
    CUmodule module = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuModuleLoadData", &module, doublePTX);
  });
  EXPECT_EQ(outcome.errors, "cuda stand-in: not released: 2 allocations, 1 "
                            "module, 1 stream, 1 context\n");
  const llvm::json::Object *leaked = outcome.report.getObject("leaked");
  ASSERT_TRUE(leaked);
  EXPECT_EQ(leaked->getInteger("allocations"), 2);
  EXPECT_EQ(leaked->getInteger("events"), 0);

  // A context takes what is in it along; that is counted apart.
  outcome = runProcess({}, [] {
    openContext();
    allocate(8);
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 1u);
}

TEST(CUDAStandInTest, Contexts) {
  Outcome outcome = runProcess({}, [] {
    openContext();
    auto expectCurrent = [](CUcontext expected) {
      CUcontext current = nullptr;
      MML_EXPECT(CUDA_SUCCESS, "cuCtxGetCurrent", &current);
      if (current != expected)
        std::fprintf(stderr, "another context is current\n");
    };
    CUcontext primary = nullptr, own = nullptr, popped = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRetain", &primary, 0);
    expectCurrent(primary);
    MML_EXPECT(CUDA_SUCCESS, "cuCtxCreate_v2", &own, 0u, 0);
    expectCurrent(own);
    CUdeviceptr kept = allocate(16);
    MML_EXPECT(CUDA_SUCCESS, "cuCtxPushCurrent_v2", primary);
    expectCurrent(primary);
    CUdeviceptr freed = allocate(32);
    size_t free = 0, total = 0, all = 0;
    MML_EXPECT(CUDA_SUCCESS, "cuMemGetInfo_v2", &free, &total);
    MML_EXPECT(CUDA_SUCCESS, "cuDeviceTotalMem_v2", &all, 0);
    if (total != all || total - free != 48)
      std::fprintf(stderr, "%zu bytes free of %zu\n", free, total);
    MML_EXPECT(CUDA_SUCCESS, "cuMemFree_v2", freed);
    MML_EXPECT(CUDA_SUCCESS, "cuCtxPopCurrent_v2", &popped);
    if (popped != primary)
      std::fprintf(stderr, "another context was popped\n");
    expectCurrent(own);
    MML_EXPECT(CUDA_ERROR_INVALID_CONTEXT, "cuCtxPopCurrent_v2", &popped);
    // A primary context is released, not destroyed.
    MML_EXPECT(CUDA_ERROR_INVALID_CONTEXT, "cuCtxDestroy_v2", primary);
    MML_EXPECT(CUDA_SUCCESS, "cuMemFree_v2", kept);
    MML_EXPECT(CUDA_SUCCESS, "cuCtxDestroy_v2", own);
    expectCurrent(nullptr);
    // Retained twice.
    for (int active : {1, 0}) {
      int actual = 2;
      unsigned flags = 0;
      MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
      MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxGetState", 0, &flags,
                 &actual);
      if (actual != active)
        std::fprintf(stderr, "the primary context is in the wrong state\n");
    }
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
  EXPECT_EQ(outcome.getSum("releasedWithContext"), 0u);
}

TEST(CUDAStandInTest, Limits) {
  auto getLimit = [](const char *chip, int attribute) {
    Outcome outcome = runProcess({{"MML_STANDIN_CHIP", chip}}, [=] {
      MML_EXPECT(CUDA_SUCCESS, "cuInit", 0u);
      int value = 0;
      MML_EXPECT(CUDA_SUCCESS, "cuDeviceGetAttribute", &value, attribute, 0);
      std::fprintf(stderr, "%d", value);
    });
    return outcome.errors;
  };
  int optIn = CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
  EXPECT_EQ(getLimit("7.5", optIn), "65536");
  EXPECT_EQ(getLimit("8.0", optIn), "166912");
  EXPECT_EQ(getLimit("8.6", optIn), "101376");
  EXPECT_EQ(getLimit("8.9", optIn), "101376");
  EXPECT_EQ(getLimit("9.0", optIn), "232448");
  EXPECT_EQ(getLimit("9.0", CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK),
            "49152");
  EXPECT_EQ(getLimit("9.0", CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK), "1024");
  EXPECT_EQ(getLimit("8.6", CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR), "6");
}

TEST(CUDAStandInTest, Refused) {
  Outcome outcome = runProcess({}, [] {
    CUdeviceptr address = 0;
    CUcontext context = nullptr;
    MML_EXPECT(CUDA_ERROR_NOT_INITIALIZED, "cuDevicePrimaryCtxRetain", &context,
               0);
    MML_EXPECT(CUDA_SUCCESS, "cuInit", 0u);
    MML_EXPECT(CUDA_ERROR_INVALID_CONTEXT, "cuMemAlloc_v2", &address,
               size_t(8));
    openContext();
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemAlloc_v2", &address, size_t(0));
    MML_EXPECT(CUDA_ERROR_INVALID_HANDLE, "cuStreamDestroy_v2",
               reinterpret_cast<CUstream>(&address));
    MML_EXPECT(CUDA_ERROR_INVALID_HANDLE, "cuModuleUnload",
               reinterpret_cast<CUmodule>(&address));
    MML_EXPECT(CUDA_ERROR_INVALID_HANDLE, "cuEventSynchronize",
               reinterpret_cast<CUevent>(&address));
    MML_EXPECT(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "cuMemHostUnregister",
               static_cast<void *>(&address));
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
    MML_EXPECT(CUDA_ERROR_INVALID_CONTEXT, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors, "");
}

TEST(CUDAStandInTest, MemoryRefused) {
  Outcome outcome = runProcess({}, [] {
    openContext();
    CUdeviceptr address = allocate(8);
    char bytes[16] = "";
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemcpyHtoD_v2", address, bytes,
               size_t(9));
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemcpyDtoH_v2", bytes, address,
               size_t(8));
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD8_v2", address,
               static_cast<unsigned char>(1), size_t(4));
    MML_EXPECT(CUDA_SUCCESS, "cuMemcpyDtoH_v2", bytes, address, size_t(4));
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemcpyDtoH_v2", bytes, address,
               size_t(5));
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemsetD32_v2", address + 2, 1u,
               size_t(1));
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemFree_v2", address + 2);
    MML_EXPECT(CUDA_SUCCESS, "cuMemFree_v2", address);
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuMemFree_v2", address);
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors,
            "cuda stand-in: copies 9 bytes to the device at byte 0 of an "
            "allocation of 8 bytes\n"
            "cuda stand-in: copies to the host what nothing has written, at "
            "byte 0 of an allocation of 8 bytes\n"
            "cuda stand-in: copies to the host what nothing has written, at "
            "byte 4 of an allocation of 8 bytes\n"
            "cuda stand-in: fills 4 bytes at byte 2 of an allocation of 8 "
            "bytes\n"
            "cuda stand-in: frees at byte 2 of an allocation of 8 bytes\n"
            "cuda stand-in: frees in memory of 8 bytes that has been freed, at "
            "byte 0\n");
}

TEST(CUDAStandInTest, LaunchesRefused) {
  Outcome outcome = runProcess({{"MML_STANDIN_CHIP", "7.5"}}, [] {
    openContext();
    CUmodule module = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuModuleLoadData", &module,
               ".version 7.0\n.target sm_75\n.address_size 64\n"
               ".entry most() .maxntid 64 { ret; }\n"
               ".entry exactly() .reqntid 8, 4 { ret; }\n"
               ".entry takes(.param .u32 n) { ret; }\n");
    auto launch = [&](const char *name, unsigned blocks, unsigned threads,
                      unsigned shared) {
      CUfunction function = nullptr;
      MML_EXPECT(CUDA_SUCCESS, "cuModuleGetFunction", &function, module, name);
      return call("cuLaunchKernel", function, 1u, blocks, 1u, threads, 1u, 1u,
                  shared, CUstream(), static_cast<void **>(nullptr),
                  static_cast<void **>(nullptr));
    };
    expect(launch("most", 1, 64, 0), CUDA_SUCCESS, "most");
    expect(launch("exactly", 1, 32, 49152), CUDA_SUCCESS, "exactly");
    expect(launch("most", 1, 65, 0), CUDA_ERROR_INVALID_VALUE, "threads");
    expect(launch("exactly", 1, 31, 0), CUDA_ERROR_INVALID_VALUE, "threads");
    expect(launch("most", 0, 1, 0), CUDA_ERROR_INVALID_VALUE, "no blocks");
    expect(launch("most", 65536, 1, 0), CUDA_ERROR_INVALID_VALUE, "blocks");
    expect(launch("most", 1, 1, 49153), CUDA_ERROR_INVALID_VALUE, "shared");
    expect(launch("takes", 1, 1, 0), CUDA_ERROR_INVALID_VALUE, "parameters");
    // A chip that has 64 KiB.
    CUfunction function = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuModuleGetFunction", &function, module, "most");
    MML_EXPECT(CUDA_SUCCESS, "cuFuncSetAttribute", function, 8, 65536);
    MML_EXPECT(CUDA_ERROR_INVALID_VALUE, "cuFuncSetAttribute", function, 8,
               65537);
    expect(launch("most", 1, 1, 65536), CUDA_SUCCESS, "shared");
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  llvm::StringRef errors(outcome.errors);
  EXPECT_EQ(errors.count('\n'), errors.count("cuda stand-in: kernel '"))
      << outcome.errors;
  EXPECT_NE(outcome.errors.find("kernel 'most': expected at most 64 threads a "
                                "block, as it declares, but got 65\n"),
            std::string::npos)
      << outcome.errors;
  EXPECT_NE(
      outcome.errors.find("kernel 'exactly': expected 32 threads a block, "
                          "as it declares, but got 31\n"),
      std::string::npos)
      << outcome.errors;
  EXPECT_NE(outcome.errors.find("kernel 'takes': expected 1 parameters\n"),
            std::string::npos)
      << outcome.errors;
}

TEST(CUDAStandInTest, WorkIsLate) {
  // What does not wait sees old memory; a stream that does not block is not
  // waited for by the null stream.
  Outcome outcome = runProcess({}, [] {
    openContext();
    CUdeviceptr address = allocate(4);
    CUstream blocking = nullptr, free = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuStreamCreate", &blocking, 0u);
    MML_EXPECT(CUDA_SUCCESS, "cuStreamCreate", &free, CU_STREAM_NON_BLOCKING);
    uint32_t value = 0;
    auto read = [&](uint32_t expected) {
      MML_EXPECT(CUDA_SUCCESS, "cuMemcpyDtoH_v2", static_cast<void *>(&value),
                 address, size_t(4));
      if (value != expected)
        std::fprintf(stderr, "expected %u but got %u\n", expected, value);
    };
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD32_v2", address, 1u, size_t(1));
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD32Async", address, 2u, size_t(1), free);
    read(1);
    MML_EXPECT(CUDA_SUCCESS, "cuStreamSynchronize", free);
    read(2);
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD32Async", address, 3u, size_t(1),
               blocking);
    read(3);
    // An event carries the order from one stream to another.
    CUevent event = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuEventCreate", &event, 0u);
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD32Async", address, 4u, size_t(1), free);
    MML_EXPECT(CUDA_SUCCESS, "cuEventRecord", event, free);
    float elapsed = 0;
    MML_EXPECT(CUDA_ERROR_NOT_READY, "cuEventElapsedTime", &elapsed, event,
               event);
    MML_EXPECT(CUDA_SUCCESS, "cuStreamWaitEvent", blocking, event, 0u);
    read(4);
    MML_EXPECT(CUDA_SUCCESS, "cuEventElapsedTime", &elapsed, event, event);
    MML_EXPECT(CUDA_SUCCESS, "cuEventDestroy_v2", event);
    MML_EXPECT(CUDA_SUCCESS, "cuStreamDestroy_v2", blocking);
    MML_EXPECT(CUDA_SUCCESS, "cuStreamDestroy_v2", free);
    MML_EXPECT(CUDA_SUCCESS, "cuMemFree_v2", address);
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getSum("leaked"), 0u);
}

TEST(CUDAStandInTest, PinnedMemoryIsReadLate) {
  Outcome outcome = runProcess({}, [] {
    openContext();
    CUdeviceptr address = allocate(8);
    CUstream stream = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuStreamCreate", &stream, CU_STREAM_NON_BLOCKING);
    static uint32_t pageable = 1, pinned = 1;
    MML_EXPECT(CUDA_SUCCESS, "cuMemHostRegister_v2",
               static_cast<void *>(&pinned), size_t(4), 0u);
    for (auto [offset, source] : {std::make_pair(0, &pageable), {4, &pinned}}) {
      MML_EXPECT(CUDA_SUCCESS, "cuMemcpyHtoDAsync_v2", address + offset,
                 static_cast<const void *>(source), size_t(4), stream);
      *source = 2;
    }
    MML_EXPECT(CUDA_SUCCESS, "cuStreamSynchronize", stream);
    uint32_t values[2] = {};
    MML_EXPECT(CUDA_SUCCESS, "cuMemcpyDtoH_v2", static_cast<void *>(values),
               address, size_t(8));
    if (values[0] != 1 || values[1] != 2)
      std::fprintf(stderr, "%u %u\n", values[0], values[1]);
    std::exit(0);
  });
  EXPECT_EQ(outcome.errors.find("cuda stand-in: not released"), 0u)
      << outcome.errors;
}

TEST(CUDAStandInTest, Options) {
  auto refuse = [](const char *name, const char *value) {
    Outcome outcome = runProcess({{name, value}}, openContext);
    EXPECT_NE(outcome.status, 0);
    EXPECT_EQ(outcome.errors, std::string("cuda stand-in: cannot read ") +
                                  name + "='" + value + "'\n");
  };
  refuse("MML_STANDIN_CHIP", "sm_80");
  refuse("MML_STANDIN_MEMORY", "4G");
  refuse("MML_STANDIN_FAIL", "cuInit");
  refuse("MML_STANDIN_FAIL", "cuInit#x=2");
  refuse("MML_STANDIN_ORDER", "random");

  // The second call of a function.
  Outcome outcome = runProcess({{"MML_STANDIN_FAIL", "cuMemAlloc_v2#2=2"}}, [] {
    openContext();
    allocate(8);
    CUdeviceptr address = 0;
    MML_EXPECT(CUDA_ERROR_OUT_OF_MEMORY, "cuMemAlloc_v2", &address, size_t(8));
    allocate(8);
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.getCalls("cuMemAlloc_v2"), 3u);
}

TEST(CUDAStandInTest, Report) {
  Outcome outcome = runProcess({{"MML_STANDIN_CHIP", "9.0"}}, [] {
    openContext();
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    MML_EXPECT(CUDA_SUCCESS, "cuModuleLoadData", &module, doublePTX);
    MML_EXPECT(CUDA_SUCCESS, "cuModuleGetFunction", &function, module, "twice");
    CUdeviceptr source = allocate(400), target = allocate(400);
    MML_EXPECT(CUDA_SUCCESS, "cuMemsetD32_v2", source, 1u, size_t(100));
    uint32_t n = 100;
    void *params[] = {&source, &target, &n};
    MML_EXPECT(CUDA_SUCCESS, "cuLaunchKernel", function, 2u, 1u, 1u, 64u, 1u,
               1u, 0u, CUstream(), static_cast<void **>(params),
               static_cast<void **>(nullptr));
    MML_EXPECT(CUDA_SUCCESS, "cuDevicePrimaryCtxRelease_v2", 0);
  });
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.report.getString("chip"), "sm_90");
  const llvm::json::Array *launches = outcome.report.getArray("launches");
  ASSERT_TRUE(launches);
  ASSERT_EQ(launches->size(), 1u);
  const llvm::json::Object &launch = *launches->front().getAsObject();
  EXPECT_EQ(launch.getString("kernel"), "twice");
  const llvm::json::Object *reads = launch.getObject("globalReads");
  ASSERT_TRUE(reads);
  EXPECT_EQ(reads->getInteger("bytes"), 400);
  EXPECT_EQ(reads->getInteger("lines"), 4);
  EXPECT_EQ(reads->getInteger("sectors"), 13);
  EXPECT_EQ(launch.getArray("allocations")->size(), 2u);
  EXPECT_EQ(launch.getObject("instructions")->getInteger("st.global.b32"), 4);
}

} // namespace
