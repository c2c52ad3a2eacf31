//===- DriverFunctions.h - The functions of a driver ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CUDARUNTIME_DRIVERFUNCTIONS_H
#define MML_LIB_CUDARUNTIME_DRIVERFUNCTIONS_H

#include "mml/CUDARuntime/DriverTypes.h"

#include <string>

namespace mml::cuda {

/// `MML_CUDA_FUNCTION(NAME, SYMBOL, PARAMETERS)` for each: the documented name,
/// that of the symbol, and the parameters' types.
#define MML_CUDA_FUNCTIONS(MML_CUDA_FUNCTION)                                  \
  MML_CUDA_FUNCTION(cuInit, cuInit, (unsigned))                                \
  MML_CUDA_FUNCTION(cuGetErrorName, cuGetErrorName, (CUresult, const char **)) \
  MML_CUDA_FUNCTION(cuGetErrorString, cuGetErrorString,                        \
                    (CUresult, const char **))                                 \
  MML_CUDA_FUNCTION(cuDeviceGet, cuDeviceGet, (CUdevice *, int))               \
  MML_CUDA_FUNCTION(cuDeviceGetName, cuDeviceGetName, (char *, int, CUdevice)) \
  MML_CUDA_FUNCTION(cuDeviceGetAttribute, cuDeviceGetAttribute,                \
                    (int *, int, CUdevice))                                    \
  MML_CUDA_FUNCTION(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain,        \
                    (CUcontext *, CUdevice))                                   \
  MML_CUDA_FUNCTION(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2,   \
                    (CUdevice))                                                \
  MML_CUDA_FUNCTION(cuCtxSetCurrent, cuCtxSetCurrent, (CUcontext))             \
  MML_CUDA_FUNCTION(cuMemAlloc, cuMemAlloc_v2, (CUdeviceptr *, size_t))        \
  MML_CUDA_FUNCTION(cuMemFree, cuMemFree_v2, (CUdeviceptr))                    \
  MML_CUDA_FUNCTION(cuMemcpyHtoD, cuMemcpyHtoD_v2,                             \
                    (CUdeviceptr, const void *, size_t))                       \
  MML_CUDA_FUNCTION(cuMemcpyAsync, cuMemcpyAsync,                              \
                    (CUdeviceptr, CUdeviceptr, size_t, CUstream))              \
  MML_CUDA_FUNCTION(cuMemsetD8Async, cuMemsetD8Async,                          \
                    (CUdeviceptr, unsigned char, size_t, CUstream))            \
  MML_CUDA_FUNCTION(cuMemsetD16Async, cuMemsetD16Async,                        \
                    (CUdeviceptr, unsigned short, size_t, CUstream))           \
  MML_CUDA_FUNCTION(cuMemsetD32Async, cuMemsetD32Async,                        \
                    (CUdeviceptr, unsigned, size_t, CUstream))                 \
  MML_CUDA_FUNCTION(cuMemHostRegister, cuMemHostRegister_v2,                   \
                    (void *, size_t, unsigned))                                \
  MML_CUDA_FUNCTION(cuMemHostUnregister, cuMemHostUnregister, (void *))        \
  MML_CUDA_FUNCTION(cuModuleLoadDataEx, cuModuleLoadDataEx,                    \
                    (CUmodule *, const void *, unsigned, int *, void **))      \
  MML_CUDA_FUNCTION(cuModuleUnload, cuModuleUnload, (CUmodule))                \
  MML_CUDA_FUNCTION(cuModuleGetFunction, cuModuleGetFunction,                  \
                    (CUfunction *, CUmodule, const char *))                    \
  MML_CUDA_FUNCTION(cuFuncSetAttribute, cuFuncSetAttribute,                    \
                    (CUfunction, int, int))                                    \
  MML_CUDA_FUNCTION(cuLaunchKernel, cuLaunchKernel,                            \
                    (CUfunction, unsigned, unsigned, unsigned, unsigned,       \
                     unsigned, unsigned, unsigned, CUstream, void **,          \
                     void **))                                                 \
  MML_CUDA_FUNCTION(cuStreamCreate, cuStreamCreate, (CUstream *, unsigned))    \
  MML_CUDA_FUNCTION(cuStreamDestroy, cuStreamDestroy_v2, (CUstream))           \
  MML_CUDA_FUNCTION(cuStreamSynchronize, cuStreamSynchronize, (CUstream))      \
  MML_CUDA_FUNCTION(cuStreamWaitEvent, cuStreamWaitEvent,                      \
                    (CUstream, CUevent, unsigned))                             \
  MML_CUDA_FUNCTION(cuEventCreate, cuEventCreate, (CUevent *, unsigned))       \
  MML_CUDA_FUNCTION(cuEventDestroy, cuEventDestroy_v2, (CUevent))              \
  MML_CUDA_FUNCTION(cuEventRecord, cuEventRecord, (CUevent, CUstream))         \
  MML_CUDA_FUNCTION(cuEventSynchronize, cuEventSynchronize, (CUevent))         \
  MML_CUDA_FUNCTION(cuEventElapsedTime, cuEventElapsedTime,                    \
                    (float *, CUevent, CUevent))

/// Those for graphs of launches; drivers before CUDA 12.4 do not have all.
#define MML_CUDA_GRAPH_FUNCTIONS(MML_CUDA_FUNCTION)                            \
  MML_CUDA_FUNCTION(cuFuncGetParamInfo, cuFuncGetParamInfo,                    \
                    (CUfunction, size_t, size_t *, size_t *))                  \
  MML_CUDA_FUNCTION(cuGraphCreate, cuGraphCreate, (CUgraph *, unsigned))       \
  MML_CUDA_FUNCTION(cuGraphAddKernelNode, cuGraphAddKernelNode_v2,             \
                    (CUgraphNode *, CUgraph, const CUgraphNode *, size_t,      \
                     const CUDA_KERNEL_NODE_PARAMS *))                         \
  MML_CUDA_FUNCTION(cuGraphDestroy, cuGraphDestroy, (CUgraph))                 \
  MML_CUDA_FUNCTION(cuGraphInstantiate, cuGraphInstantiateWithFlags,           \
                    (CUgraphExec *, CUgraph, unsigned long long))              \
  MML_CUDA_FUNCTION(cuGraphLaunch, cuGraphLaunch, (CUgraphExec, CUstream))     \
  MML_CUDA_FUNCTION(cuGraphExecDestroy, cuGraphExecDestroy, (CUgraphExec))

struct DriverFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration has none.
#define MML_CUDA_DECLARE(NAME, SYMBOL, PARAMETERS)                             \
  CUresult(*NAME) PARAMETERS = nullptr;
  MML_CUDA_FUNCTIONS(MML_CUDA_DECLARE)
  MML_CUDA_GRAPH_FUNCTIONS(MML_CUDA_DECLARE)
#undef MML_CUDA_DECLARE
  /// Whether the driver has those for graphs.
  bool hasGraphs = false;

  /// Opens the library, and finds all functions in it; those for graphs may be
  /// missing. False where that fails; \p error says what is missing.
  bool open(const char *library, std::string &error);
};

} // namespace mml::cuda

#endif // MML_LIB_CUDARUNTIME_DRIVERFUNCTIONS_H
