//===- DriverTypes.h - Types of the CUDA driver's interface -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few declarations of the CUDA driver's binary interface that are needed
// here, so that no CUDA toolkit has to be installed to build. The names are
// those of NVIDIA's documentation, the functions' suffixes (`_v2`) those of the
// library's symbols.
//
//===----------------------------------------------------------------------===//

#ifndef MML_CUDARUNTIME_DRIVERTYPES_H
#define MML_CUDARUNTIME_DRIVERTYPES_H

#include <cstddef>
#include <cstdint>

namespace mml::cuda {

// NOLINTBEGIN(readability-identifier-naming): the names are NVIDIA's.

/// A driver's answer; 0 is success.
using CUresult = int;
using CUdevice = int;
/// An address in device memory.
using CUdeviceptr = uint64_t;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUkernel = struct CUkern_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphNode = struct CUgraphNode_st *;
using CUgraphExec = struct CUgraphExec_st *;

/// `MML_CUDA_RESULT(NAME, CODE, TEXT)` for each result that is known by name.
#define MML_CUDA_RESULTS(MML_CUDA_RESULT)                                      \
  MML_CUDA_RESULT(CUDA_SUCCESS, 0, "no error")                                 \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_VALUE, 1, "invalid argument")             \
  MML_CUDA_RESULT(CUDA_ERROR_OUT_OF_MEMORY, 2, "out of memory")                \
  MML_CUDA_RESULT(CUDA_ERROR_NOT_INITIALIZED, 3, "initialization error")       \
  MML_CUDA_RESULT(CUDA_ERROR_NO_DEVICE, 100,                                   \
                  "no CUDA-capable device is detected")                        \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_DEVICE, 101, "invalid device ordinal")    \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_IMAGE, 200,                               \
                  "device kernel image is invalid")                            \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_CONTEXT, 201, "invalid device context")   \
  MML_CUDA_RESULT(CUDA_ERROR_NO_BINARY_FOR_GPU, 209,                           \
                  "no kernel image is available for execution on the device")  \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_PTX, 218, "a PTX JIT compilation failed") \
  MML_CUDA_RESULT(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222,                     \
                  "the provided PTX was compiled with an unsupported "         \
                  "toolchain")                                                 \
  MML_CUDA_RESULT(CUDA_ERROR_INVALID_HANDLE, 400, "invalid resource handle")   \
  MML_CUDA_RESULT(CUDA_ERROR_NOT_FOUND, 500, "named symbol not found")         \
  MML_CUDA_RESULT(CUDA_ERROR_NOT_READY, 600, "device not ready")               \
  MML_CUDA_RESULT(CUDA_ERROR_ILLEGAL_ADDRESS, 700,                             \
                  "an illegal memory access was encountered")                  \
  MML_CUDA_RESULT(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, 701,                     \
                  "too many resources requested for launch")                   \
  MML_CUDA_RESULT(CUDA_ERROR_LAUNCH_TIMEOUT, 702,                              \
                  "the launch timed out and was terminated")                   \
  MML_CUDA_RESULT(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, 712,              \
                  "part or all of the requested memory range is already "      \
                  "mapped")                                                    \
  MML_CUDA_RESULT(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, 713,                  \
                  "pointer does not correspond to a registered memory region") \
  MML_CUDA_RESULT(CUDA_ERROR_ILLEGAL_INSTRUCTION, 715,                         \
                  "an illegal instruction was encountered")                    \
  MML_CUDA_RESULT(CUDA_ERROR_MISALIGNED_ADDRESS, 716, "misaligned address")    \
  MML_CUDA_RESULT(CUDA_ERROR_LAUNCH_FAILED, 719, "unspecified launch failure") \
  MML_CUDA_RESULT(CUDA_ERROR_NOT_SUPPORTED, 801, "operation not supported")    \
  MML_CUDA_RESULT(CUDA_ERROR_UNKNOWN, 999, "unknown error")

#define MML_CUDA_ENUMERATOR(NAME, CODE, TEXT) NAME = (CODE),
enum : CUresult { MML_CUDA_RESULTS(MML_CUDA_ENUMERATOR) };
#undef MML_CUDA_ENUMERATOR

/// What cuDeviceGetAttribute is asked for.
enum CUdevice_attribute : int {
  CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X = 2,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y = 3,
  CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z = 4,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X = 5,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK = 8,
  CU_DEVICE_ATTRIBUTE_WARP_SIZE = 10,
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97
};

/// Of cuFuncSetAttribute: the dynamic shared memory that launches may ask for.
constexpr int CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

/// Of cuModuleLoadDataEx.
enum CUjit_option : int {
  CU_JIT_ERROR_LOG_BUFFER = 5,
  CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
  CU_JIT_OPTIMIZATION_LEVEL = 7
};

/// A launch as a node of a graph.
struct CUDA_KERNEL_NODE_PARAMS {
  CUfunction func;
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  void **kernelParams;
  void **extra;
  CUkernel kern;
  CUcontext ctx;
};

/// Of cuStreamCreate: does not wait for work without a stream.
constexpr unsigned CU_STREAM_NON_BLOCKING = 1;
/// Of cuEventCreate.
constexpr unsigned CU_EVENT_DISABLE_TIMING = 2;

// NOLINTEND(readability-identifier-naming)

} // namespace mml::cuda

#endif // MML_CUDARUNTIME_DRIVERTYPES_H
