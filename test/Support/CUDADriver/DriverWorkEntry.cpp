//===- DriverWorkEntry.cpp - Entry points: modules, streams, launches -----===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DriverEntry.h"

#include <algorithm>
#include <cstring>

using namespace mml::cuda;

// NOLINTBEGIN(readability-identifier-naming)

static Driver &driver() { return Driver::get(); }

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// Writes a message to the buffer that the options name, if they do.
static void writeLog(const std::string &message, unsigned count,
                     const int *options, void **values) {
  char *buffer = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      buffer = static_cast<char *>(values[i]);
    else if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      size = reinterpret_cast<size_t>(values[i]);
  }
  if (!buffer || !size)
    return;
  size_t length = std::min(message.size(), size - 1);
  std::memcpy(buffer, message.data(), length);
  buffer[length] = '\0';
}

MML_DRIVER_ENTRY cuModuleLoadDataEx(CUmodule *module, const void *image,
                                    unsigned count, int *options,
                                    void **values) {
  return driver().call(__func__, Needs::Context, [&] {
    std::string message;
    CUresult result = driver().loadModule(module, image, message);
    writeLog(message, count, options, values);
    return result;
  });
}

MML_DRIVER_ENTRY cuModuleLoadData(CUmodule *module, const void *image) {
  return driver().call(__func__, Needs::Context, [&] {
    std::string message;
    return driver().loadModule(module, image, message);
  });
}

MML_DRIVER_ENTRY cuModuleUnload(CUmodule module) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().unloadModule(module); });
}

MML_DRIVER_ENTRY cuModuleGetFunction(CUfunction *function, CUmodule module,
                                     const char *name) {
  return driver().call(__func__, Needs::Context, [&] {
    return driver().getFunction(function, module, name);
  });
}

MML_DRIVER_ENTRY cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *size,
                                      CUmodule module, const char *name) {
  return driver().call(__func__, Needs::Context, [&] {
    return driver().getGlobal(address, size, module, name);
  });
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

MML_DRIVER_ENTRY cuFuncSetAttribute(CUfunction function, int attribute,
                                    int value) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    if (!driver().isFunction(function))
      return CUDA_ERROR_INVALID_HANDLE;
    if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
      return CUDA_ERROR_INVALID_VALUE;
    unsigned limit = driver().getMaxSharedOptIn();
    if (value < 0 || function->kernel->sharedBytes + unsigned(value) > limit)
      return CUDA_ERROR_INVALID_VALUE;
    function->maxDynamicShared = unsigned(value);
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuLaunchKernel(CUfunction function, unsigned gridX,
                                unsigned gridY, unsigned gridZ, unsigned blockX,
                                unsigned blockY, unsigned blockZ,
                                unsigned sharedBytes, CUstream stream,
                                void **params, void **extra) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    if (extra)
      return CUDA_ERROR_NOT_SUPPORTED;
    return driver().launch(function, {gridX, gridY, gridZ},
                           {blockX, blockY, blockZ}, sharedBytes, stream,
                           params);
  });
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

MML_DRIVER_ENTRY cuStreamCreate(CUstream *stream, unsigned flags) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().createStream(stream, flags); });
}

MML_DRIVER_ENTRY cuStreamDestroy_v2(CUstream stream) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().destroyStream(stream); });
}

static CUresult finishStream(CUstream stream) {
  stream = driver().findStream(stream);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  driver().drain(stream);
  return CUDA_SUCCESS;
}

MML_DRIVER_ENTRY cuStreamSynchronize(CUstream stream) {
  return driver().call(__func__, Needs::Context,
                       [&] { return finishStream(stream); });
}

MML_DRIVER_ENTRY cuStreamQuery(CUstream stream) {
  // Work is done where someone waits; who polls waits.
  return driver().call(__func__, Needs::Context,
                       [&] { return finishStream(stream); });
}

MML_DRIVER_ENTRY cuStreamWaitEvent(CUstream stream, CUevent event,
                                   unsigned flags) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().waitForEvent(stream, event); });
}

MML_DRIVER_ENTRY cuEventCreate(CUevent *event, unsigned flags) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().createEvent(event, flags); });
}

MML_DRIVER_ENTRY cuEventDestroy_v2(CUevent event) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().destroyEvent(event); });
}

MML_DRIVER_ENTRY cuEventRecord(CUevent event, CUstream stream) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().recordEvent(event, stream); });
}

MML_DRIVER_ENTRY cuEventSynchronize(CUevent event) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().synchronizeEvent(event); });
}

MML_DRIVER_ENTRY cuEventQuery(CUevent event) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().synchronizeEvent(event); });
}

MML_DRIVER_ENTRY cuEventElapsedTime(float *milliseconds, CUevent first,
                                    CUevent second) {
  return driver().call(__func__, Needs::Context, [&] {
    return driver().getElapsed(milliseconds, first, second);
  });
}

// NOLINTEND(readability-identifier-naming)
