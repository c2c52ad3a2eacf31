//===- DriverMemory.cpp - Memory behind the driver's entry points ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstring>

using namespace llvm;

namespace mml::cuda {

CUresult Driver::allocate(uint64_t size, CUdeviceptr *address) {
  if (!address || !size)
    return CUDA_ERROR_INVALID_VALUE;
  ptx::Allocation *allocation = memory.allocate(size);
  if (!allocation)
    return CUDA_ERROR_OUT_OF_MEMORY;
  allocations[allocation->base] = getCurrent();
  *address = allocation->base;
  return CUDA_SUCCESS;
}

CUresult Driver::release(CUdeviceptr address) {
  if (!address)
    return CUDA_SUCCESS;
  // Memory may be in use until here.
  drainAll();
  if (!allocations.erase(address)) {
    say("frees " + memory.describe(address));
    return CUDA_ERROR_INVALID_VALUE;
  }
  memory.release(address);
  return CUDA_SUCCESS;
}

bool Driver::isDeviceAddress(CUdeviceptr address) {
  return address >= ptx::globalStart &&
         address < ptx::globalStart + (uint64_t(1) << 44);
}

CUresult Driver::copyToDevice(CUdeviceptr target, const void *source,
                              size_t size) {
  if (!size)
    return CUDA_SUCCESS;
  ptx::Allocation *allocation = memory.find(target, size);
  if (!allocation) {
    say("copies " + Twine(size) + " bytes to the device " +
        memory.describe(target));
    return CUDA_ERROR_INVALID_VALUE;
  }
  uint64_t offset = target - allocation->base;
  std::memcpy(&allocation->data[offset], source, size);
  std::memset(&allocation->shadow[offset], ptx::Initialized, size);
  return CUDA_SUCCESS;
}

CUresult Driver::copyToHost(void *target, CUdeviceptr source, size_t size) {
  if (!size)
    return CUDA_SUCCESS;
  ptx::Allocation *allocation = memory.find(source, size);
  if (!allocation) {
    say("copies " + Twine(size) + " bytes to the host from " +
        memory.describe(source));
    return CUDA_ERROR_INVALID_VALUE;
  }
  uint64_t offset = source - allocation->base;
  for (size_t i = 0; i < size; ++i)
    if (!(allocation->shadow[offset + i] & ptx::Initialized)) {
      say("copies to the host what nothing has written, " +
          memory.describe(source + i));
      return CUDA_ERROR_INVALID_VALUE;
    }
  std::memcpy(target, &allocation->data[offset], size);
  return CUDA_SUCCESS;
}

CUresult Driver::copyOnDevice(CUdeviceptr target, CUdeviceptr source,
                              size_t size) {
  if (!size)
    return CUDA_SUCCESS;
  ptx::Allocation *to = memory.find(target, size);
  ptx::Allocation *from = memory.find(source, size);
  if (!to || !from) {
    say("copies " + Twine(size) + " bytes on the device from " +
        memory.describe(source) + " to " + memory.describe(target));
    return CUDA_ERROR_INVALID_VALUE;
  }
  // What is uninitialized stays so.
  std::memmove(&to->data[target - to->base], &from->data[source - from->base],
               size);
  std::memmove(&to->shadow[target - to->base],
               &from->shadow[source - from->base], size);
  return CUDA_SUCCESS;
}

CUresult Driver::fill(CUdeviceptr target, uint32_t value, unsigned width,
                      size_t count) {
  if (!count)
    return CUDA_SUCCESS;
  ptx::Allocation *allocation = memory.find(target, width * count);
  if (target % width || !allocation) {
    say("fills " + Twine(width * count) + " bytes " + memory.describe(target));
    return CUDA_ERROR_INVALID_VALUE;
  }
  uint64_t offset = target - allocation->base;
  for (size_t i = 0; i < count; ++i)
    std::memcpy(&allocation->data[offset + i * width], &value, width);
  std::memset(&allocation->shadow[offset], ptx::Initialized, width * count);
  return CUDA_SUCCESS;
}

bool Driver::isRegistered(const void *pointer) const {
  const auto *byte = static_cast<const uint8_t *>(pointer);
  auto it = hostMemory.upper_bound(byte);
  if (it == hostMemory.begin())
    return false;
  --it;
  return size_t(byte - it->first) < it->second;
}

CUresult Driver::registerHost(void *pointer, size_t size) {
  if (!pointer || !size)
    return CUDA_ERROR_INVALID_VALUE;
  if (isRegistered(pointer))
    return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  hostMemory[static_cast<const uint8_t *>(pointer)] = size;
  return CUDA_SUCCESS;
}

CUresult Driver::unregisterHost(void *pointer) {
  drainAll();
  return hostMemory.erase(static_cast<const uint8_t *>(pointer))
             ? CUDA_SUCCESS
             : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}

} // namespace mml::cuda
