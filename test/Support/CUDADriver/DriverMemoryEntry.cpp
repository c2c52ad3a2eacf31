//===- DriverMemoryEntry.cpp - Entry points: memory -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DriverEntry.h"

#include <cstdlib>
#include <vector>

using namespace mml::cuda;

// NOLINTBEGIN(readability-identifier-naming)

static Driver &driver() { return Driver::get(); }

MML_DRIVER_ENTRY cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().allocate(size, address); });
}

MML_DRIVER_ENTRY cuMemFree_v2(CUdeviceptr address) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().release(address); });
}

MML_DRIVER_ENTRY cuMemGetInfo_v2(size_t *free, size_t *total) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    if (!free || !total)
      return CUDA_ERROR_INVALID_VALUE;
    *total = driver().getMemory().getCapacity();
    *free = *total - driver().getMemory().getUsed();
    return CUDA_SUCCESS;
  });
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// A copy between any two places. The device may read pinned host memory until
/// the stream has come there; pageable memory it reads and writes before the
/// call ends.
static CUresult copy(CUdeviceptr target, CUdeviceptr source, size_t size,
                     CUstream stream, bool isAsync) {
  bool toDevice = driver().isDeviceAddress(target);
  bool fromDevice = driver().isDeviceAddress(source);
  auto *hostTarget = reinterpret_cast<void *>(target);
  const auto *hostSource = reinterpret_cast<const void *>(source);
  if (!toDevice && !fromDevice)
    return CUDA_ERROR_NOT_SUPPORTED;
  auto work = [=]() -> CUresult {
    if (toDevice && fromDevice)
      return driver().copyOnDevice(target, source, size);
    return toDevice ? driver().copyToDevice(target, hostSource, size)
                    : driver().copyToHost(hostTarget, source, size);
  };
  if (!isAsync)
    return driver().synchronously(work);
  stream = driver().findStream(stream);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  CUcontext context = stream->context;
  auto submit = [&](const std::function<CUresult()> &later) {
    driver().submit(stream, [=] {
      if (CUresult error = later())
        driver().setFault(context, error);
    });
  };
  if (toDevice && !fromDevice && !driver().isRegistered(hostSource)) {
    const auto *bytes = static_cast<const uint8_t *>(hostSource);
    auto copied = std::make_shared<std::vector<uint8_t>>(bytes, bytes + size);
    submit([=] { return driver().copyToDevice(target, copied->data(), size); });
    return CUDA_SUCCESS;
  }
  submit(work);
  if (!toDevice && !driver().isRegistered(hostTarget))
    driver().drain(stream);
  return CUDA_SUCCESS;
}

static CUdeviceptr asAddress(const void *pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

static CUresult callCopy(const char *name, CUdeviceptr target,
                         CUdeviceptr source, size_t size, CUstream stream,
                         bool isAsync) {
  return driver().call(name, Needs::Context, [&] {
    return copy(target, source, size, stream, isAsync);
  });
}

MML_DRIVER_ENTRY cuMemcpy(CUdeviceptr target, CUdeviceptr source, size_t size) {
  return callCopy(__func__, target, source, size, nullptr, false);
}

MML_DRIVER_ENTRY cuMemcpyAsync(CUdeviceptr target, CUdeviceptr source,
                               size_t size, CUstream stream) {
  return callCopy(__func__, target, source, size, stream, true);
}

MML_DRIVER_ENTRY cuMemcpyHtoD_v2(CUdeviceptr target, const void *source,
                                 size_t size) {
  return callCopy(__func__, target, asAddress(source), size, nullptr, false);
}

MML_DRIVER_ENTRY cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source,
                                      size_t size, CUstream stream) {
  return callCopy(__func__, target, asAddress(source), size, stream, true);
}

MML_DRIVER_ENTRY cuMemcpyDtoH_v2(void *target, CUdeviceptr source,
                                 size_t size) {
  return callCopy(__func__, asAddress(target), source, size, nullptr, false);
}

MML_DRIVER_ENTRY cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source,
                                      size_t size, CUstream stream) {
  return callCopy(__func__, asAddress(target), source, size, stream, true);
}

MML_DRIVER_ENTRY cuMemcpyDtoD_v2(CUdeviceptr target, CUdeviceptr source,
                                 size_t size) {
  return callCopy(__func__, target, source, size, nullptr, false);
}

MML_DRIVER_ENTRY cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source,
                                      size_t size, CUstream stream) {
  return callCopy(__func__, target, source, size, stream, true);
}

//===----------------------------------------------------------------------===//
// Filling
//===----------------------------------------------------------------------===//

static CUresult fill(const char *name, CUdeviceptr target, uint32_t value,
                     unsigned width, size_t count, CUstream stream,
                     bool isAsync) {
  return driver().call(name, Needs::Context, [&]() -> CUresult {
    if (!isAsync)
      return driver().synchronously(
          [&] { return driver().fill(target, value, width, count); });
    stream = driver().findStream(stream);
    if (!stream)
      return CUDA_ERROR_INVALID_HANDLE;
    CUcontext context = stream->context;
    driver().submit(stream, [=] {
      if (CUresult error = driver().fill(target, value, width, count))
        driver().setFault(context, error);
    });
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuMemsetD8_v2(CUdeviceptr target, unsigned char value,
                               size_t count) {
  return fill(__func__, target, value, 1, count, nullptr, false);
}

MML_DRIVER_ENTRY cuMemsetD16_v2(CUdeviceptr target, unsigned short value,
                                size_t count) {
  return fill(__func__, target, value, 2, count, nullptr, false);
}

MML_DRIVER_ENTRY cuMemsetD32_v2(CUdeviceptr target, unsigned value,
                                size_t count) {
  return fill(__func__, target, value, 4, count, nullptr, false);
}

MML_DRIVER_ENTRY cuMemsetD8Async(CUdeviceptr target, unsigned char value,
                                 size_t count, CUstream stream) {
  return fill(__func__, target, value, 1, count, stream, true);
}

MML_DRIVER_ENTRY cuMemsetD16Async(CUdeviceptr target, unsigned short value,
                                  size_t count, CUstream stream) {
  return fill(__func__, target, value, 2, count, stream, true);
}

MML_DRIVER_ENTRY cuMemsetD32Async(CUdeviceptr target, unsigned value,
                                  size_t count, CUstream stream) {
  return fill(__func__, target, value, 4, count, stream, true);
}

//===----------------------------------------------------------------------===//
// Host memory
//===----------------------------------------------------------------------===//

MML_DRIVER_ENTRY cuMemHostRegister_v2(void *pointer, size_t size,
                                      unsigned flags) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().registerHost(pointer, size); });
}

MML_DRIVER_ENTRY cuMemHostUnregister(void *pointer) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().unregisterHost(pointer); });
}

MML_DRIVER_ENTRY cuMemAllocHost_v2(void **pointer, size_t size) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    if (!pointer || !size)
      return CUDA_ERROR_INVALID_VALUE;
    *pointer = std::malloc(size);
    return *pointer ? driver().registerHost(*pointer, size)
                    : CUresult(CUDA_ERROR_OUT_OF_MEMORY);
  });
}

MML_DRIVER_ENTRY cuMemFreeHost(void *pointer) {
  return driver().call(__func__, Needs::ContextRelease, [&]() -> CUresult {
    CUresult result = driver().unregisterHost(pointer);
    if (result == CUDA_SUCCESS)
      std::free(pointer);
    return result;
  });
}

// NOLINTEND(readability-identifier-naming)
