//===- HostFunctions.cpp - What upstream's host code calls ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names and parameters are those of the calls that upstream's conversion of the
// gpu dialect to LLVM generates.
//
//===----------------------------------------------------------------------===//

#include "mml/CUDARuntime/HostFunctions.h"

#include <cstdio>

namespace mml::cuda {

static Runtime *current = nullptr;

void setRuntime(Runtime *runtime) { current = runtime; }

static void printError(const std::string &message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
}

namespace {

/// The runtime of a program that has set none.
struct OwnRuntime {
  OwnRuntime() {
    std::string error;
    runtime = Runtime::create(error, printError);
    if (!runtime)
      printError(error);
    current = runtime.get();
  }
  // Modules are unloaded after this.
  ~OwnRuntime() {
    if (current == runtime.get())
      current = nullptr;
  }

  std::unique_ptr<Runtime> runtime;
};

} // namespace

/// The runtime to work on, or null where there is no device.
static Runtime *getRuntime() {
  if (!current)
    static const OwnRuntime own;
  return current;
}

/// Strides count elements; a descriptor has pointers, offset, sizes, strides.
struct HostRange {
  char *begin;
  size_t bytes;
};

/// The bytes that a memref of \p rank dimensions covers, if it has elements.
static HostRange getRange(int64_t rank, const int64_t *descriptor,
                          int64_t elementSize) {
  const int64_t *sizes = descriptor + 3;
  const int64_t *strides = sizes + rank;
  int64_t last = 0;
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] == 0)
      return {nullptr, 0};
    last += (sizes[i] - 1) * strides[i];
  }
  char *aligned = reinterpret_cast<char *>(descriptor[1]);
  return {aligned + descriptor[2] * elementSize,
          size_t((last + 1) * elementSize)};
}

} // namespace mml::cuda

using namespace mml::cuda;

extern "C" {

CUmodule mgpuModuleLoad(void *image, size_t) {
  Runtime *runtime = getRuntime();
  return runtime ? runtime->loadModule(image) : nullptr;
}

CUmodule mgpuModuleLoadJIT(void *image, int optimizationLevel) {
  Runtime *runtime = getRuntime();
  return runtime ? runtime->loadModule(image, optimizationLevel) : nullptr;
}

void mgpuModuleUnload(CUmodule module) {
  if (current)
    current->unloadModule(module);
}

CUfunction mgpuModuleGetFunction(CUmodule module, const char *name) {
  Runtime *runtime = getRuntime();
  return runtime ? runtime->getFunction(module, name) : nullptr;
}

void mgpuLaunchKernel(CUfunction function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, CUstream stream,
                      void **params, void **, size_t) {
  if (Runtime *runtime = getRuntime())
    runtime->launch(function, {size_t(gridX), size_t(gridY), size_t(gridZ)},
                    {size_t(blockX), size_t(blockY), size_t(blockZ)},
                    size_t(sharedBytes), stream, params);
}

void mgpuLaunchClusterKernel(CUfunction, intptr_t, intptr_t, intptr_t, intptr_t,
                             intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                             int32_t, CUstream, void **, void **, size_t) {
  if (Runtime *runtime = getRuntime())
    runtime->fail("clusters of blocks are not supported");
}

CUstream mgpuStreamCreate() {
  Runtime *runtime = getRuntime();
  return runtime ? runtime->createStream() : nullptr;
}

void mgpuStreamDestroy(CUstream stream) {
  if (current)
    current->destroyStream(stream);
}

void mgpuStreamSynchronize(CUstream stream) {
  if (Runtime *runtime = getRuntime())
    runtime->synchronize(stream);
}

void mgpuStreamWaitEvent(CUstream stream, CUevent event) {
  if (Runtime *runtime = getRuntime())
    runtime->waitForEvent(stream, event);
}

CUevent mgpuEventCreate() {
  Runtime *runtime = getRuntime();
  return runtime ? runtime->createEvent(/*hasTime=*/false) : nullptr;
}

void mgpuEventDestroy(CUevent event) {
  if (current)
    current->destroyEvent(event);
}

void mgpuEventSynchronize(CUevent event) {
  if (Runtime *runtime = getRuntime())
    runtime->synchronizeEvent(event);
}

void mgpuEventRecord(CUevent event, CUstream stream) {
  if (Runtime *runtime = getRuntime())
    runtime->recordEvent(event, stream);
}

void *mgpuMemAlloc(uint64_t bytes, CUstream stream, bool isHostShared) {
  Runtime *runtime = getRuntime();
  if (!runtime)
    return nullptr;
  if (isHostShared) {
    runtime->fail("memory shared with the host is not supported");
    return nullptr;
  }
  return runtime->allocate(bytes, stream);
}

void mgpuMemFree(void *memory, CUstream stream) {
  if (current)
    current->release(memory, stream);
}

void mgpuMemcpy(void *target, void *source, size_t bytes, CUstream stream) {
  if (Runtime *runtime = getRuntime())
    runtime->copy(target, source, bytes, stream);
}

void mgpuMemset16(void *target, unsigned short value, size_t count,
                  CUstream stream) {
  if (Runtime *runtime = getRuntime())
    runtime->fill(target, value, 2, count, stream);
}

void mgpuMemset32(void *target, unsigned value, size_t count, CUstream stream) {
  if (Runtime *runtime = getRuntime())
    runtime->fill(target, value, 4, count, stream);
}

void mgpuMemHostRegisterMemRef(int64_t rank, int64_t *descriptor,
                               int64_t elementSize) {
  HostRange range = getRange(rank, descriptor, elementSize);
  if (Runtime *runtime = getRuntime())
    runtime->registerHost(range.begin, range.bytes);
}

void mgpuMemHostUnregisterMemRef(int64_t rank, int64_t *descriptor,
                                 int64_t elementSize) {
  HostRange range = getRange(rank, descriptor, elementSize);
  if (current)
    current->unregisterHost(range.begin);
}

} // extern "C"

const std::vector<HostFunction> &mml::cuda::getHostFunctions() {
#define MML_HOST_FUNCTION(NAME)                                                \
  {                                                                            \
    #NAME, reinterpret_cast<void *>(NAME)                                      \
  }
  static const std::vector<HostFunction> functions = {
      MML_HOST_FUNCTION(mgpuModuleLoad),
      MML_HOST_FUNCTION(mgpuModuleLoadJIT),
      MML_HOST_FUNCTION(mgpuModuleUnload),
      MML_HOST_FUNCTION(mgpuModuleGetFunction),
      MML_HOST_FUNCTION(mgpuLaunchKernel),
      MML_HOST_FUNCTION(mgpuLaunchClusterKernel),
      MML_HOST_FUNCTION(mgpuStreamCreate),
      MML_HOST_FUNCTION(mgpuStreamDestroy),
      MML_HOST_FUNCTION(mgpuStreamSynchronize),
      MML_HOST_FUNCTION(mgpuStreamWaitEvent),
      MML_HOST_FUNCTION(mgpuEventCreate),
      MML_HOST_FUNCTION(mgpuEventDestroy),
      MML_HOST_FUNCTION(mgpuEventSynchronize),
      MML_HOST_FUNCTION(mgpuEventRecord),
      MML_HOST_FUNCTION(mgpuMemAlloc),
      MML_HOST_FUNCTION(mgpuMemFree),
      MML_HOST_FUNCTION(mgpuMemcpy),
      MML_HOST_FUNCTION(mgpuMemset16),
      MML_HOST_FUNCTION(mgpuMemset32),
      MML_HOST_FUNCTION(mgpuMemHostRegisterMemRef),
      MML_HOST_FUNCTION(mgpuMemHostUnregisterMemRef),
  };
#undef MML_HOST_FUNCTION
  return functions;
}
