//===- DriverContextEntry.cpp - Entry points: devices and contexts --------===//
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

MML_DRIVER_ENTRY cuInit(unsigned flags) {
  return Driver::get().call(__func__, Needs::Nothing, [&] {
    if (flags)
      return CUresult(CUDA_ERROR_INVALID_VALUE);
    Driver::get().initialize();
    return CUresult(CUDA_SUCCESS);
  });
}

MML_DRIVER_ENTRY cuDriverGetVersion(int *version) {
  return Driver::get().call(__func__, Needs::Nothing, [&]() -> CUresult {
    if (!version)
      return CUDA_ERROR_INVALID_VALUE;
    *version = 13000;
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuGetErrorName(CUresult error, const char **name) {
  // Not counted: programs ask for names where something has failed already.
  switch (error) {
#define MML_CUDA_NAME(NAME, CODE, TEXT)                                        \
  case CODE:                                                                   \
    *name = #NAME;                                                             \
    return CUDA_SUCCESS;
    MML_CUDA_RESULTS(MML_CUDA_NAME)
#undef MML_CUDA_NAME
  default:
    break;
  }
  *name = nullptr;
  return CUDA_ERROR_INVALID_VALUE;
}

MML_DRIVER_ENTRY cuGetErrorString(CUresult error, const char **text) {
  switch (error) {
#define MML_CUDA_TEXT(NAME, CODE, TEXT)                                        \
  case CODE:                                                                   \
    *text = TEXT;                                                              \
    return CUDA_SUCCESS;
    MML_CUDA_RESULTS(MML_CUDA_TEXT)
#undef MML_CUDA_TEXT
  default:
    break;
  }
  *text = nullptr;
  return CUDA_ERROR_INVALID_VALUE;
}

MML_DRIVER_ENTRY cuDeviceGetCount(int *count) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (!count)
      return CUDA_ERROR_INVALID_VALUE;
    *count = 1;
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuDeviceGet(CUdevice *device, int ordinal) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (ordinal)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    *device = 0;
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuDeviceGetName(char *name, int length, CUdevice device) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!name || length <= 0)
      return CUDA_ERROR_INVALID_VALUE;
    std::string text =
        "stand-in for sm_" + std::to_string(Driver::get().getOptions().chip);
    std::strncpy(name, text.c_str(), length - 1);
    name[length - 1] = '\0';
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!bytes)
      return CUDA_ERROR_INVALID_VALUE;
    *bytes = Driver::get().getMemory().getCapacity();
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuDeviceGetAttribute(int *value, int attribute,
                                      CUdevice device) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!value)
      return CUDA_ERROR_INVALID_VALUE;
    unsigned chip = Driver::get().getOptions().chip;
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
      *value = 1024;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
      *value = 64;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
      *value = INT32_MAX;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
      *value = 65535;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
      *value = mml::ptx::maxShared;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
      *value = int(Driver::get().getMaxSharedOptIn());
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
      *value = 32;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      // Blocks run one after the other.
      *value = 1;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = int(chip / 10);
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = int(chip % 10);
      return CUDA_SUCCESS;
    default:
      // Clocks and the like, which this device has none of.
      return CUDA_ERROR_INVALID_VALUE;
    }
  });
}

MML_DRIVER_ENTRY cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    *context = Driver::get().retainPrimary();
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return Driver::get().call(__func__, Needs::DriverRelease, [&]() -> CUresult {
    return device ? CUresult(CUDA_ERROR_INVALID_DEVICE)
                  : Driver::get().releasePrimary();
  });
}

MML_DRIVER_ENTRY cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags,
                                            int *active) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!flags || !active)
      return CUDA_ERROR_INVALID_VALUE;
    *flags = 0;
    *active = Driver::get().isPrimaryActive();
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxCreate_v2(CUcontext *context, unsigned flags,
                                CUdevice device) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (device)
      return CUDA_ERROR_INVALID_DEVICE;
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    *context = Driver::get().createContext();
    Driver::get().setCurrent(*context);
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxDestroy_v2(CUcontext context) {
  return Driver::get().call(__func__, Needs::DriverRelease, [&]() -> CUresult {
    if (Driver::get().isContext(context) && context->isPrimary)
      return CUDA_ERROR_INVALID_CONTEXT;
    return Driver::get().destroyContext(context);
  });
}

MML_DRIVER_ENTRY cuCtxSetCurrent(CUcontext context) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (context && !Driver::get().isContext(context))
      return CUDA_ERROR_INVALID_CONTEXT;
    Driver::get().setCurrent(context);
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxGetCurrent(CUcontext *context) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (!context)
      return CUDA_ERROR_INVALID_VALUE;
    *context = Driver::get().getCurrent();
    return CUDA_SUCCESS;
  });
}

/// Contexts pushed under the current one, of this thread.
static thread_local std::vector<CUcontext> pushedContexts;

MML_DRIVER_ENTRY cuCtxPushCurrent_v2(CUcontext context) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (!Driver::get().isContext(context))
      return CUDA_ERROR_INVALID_CONTEXT;
    pushedContexts.push_back(Driver::get().getCurrent());
    Driver::get().setCurrent(context);
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxPopCurrent_v2(CUcontext *context) {
  return Driver::get().call(__func__, Needs::Driver, [&]() -> CUresult {
    if (pushedContexts.empty())
      return CUDA_ERROR_INVALID_CONTEXT;
    if (context)
      *context = Driver::get().getCurrent();
    Driver::get().setCurrent(pushedContexts.back());
    pushedContexts.pop_back();
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxGetDevice(CUdevice *device) {
  return Driver::get().call(__func__, Needs::Context, [&]() -> CUresult {
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    *device = 0;
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuCtxSynchronize() {
  return Driver::get().call(__func__, Needs::Context, [&]() -> CUresult {
    Driver::get().drainAll();
    return CUDA_SUCCESS;
  });
}

// NOLINTEND(readability-identifier-naming)
