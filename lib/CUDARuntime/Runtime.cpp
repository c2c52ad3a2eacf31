//===- Runtime.cpp - Runs kernels of generated code by the driver ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/CUDARuntime/Runtime.h"
#include "DriverFunctions.h"
#include "LaunchQueue.h"

#include <algorithm>
#include <atomic>

namespace mml::cuda {

static std::atomic<uint64_t> runtimeCount{0};

Runtime::Runtime(ErrorHandler handler)
    : driver(std::make_unique<DriverFunctions>()), handler(std::move(handler)),
      identity(++runtimeCount),
      queue(std::make_unique<LaunchQueue>(
          *driver, [this](CUresult result, const char *what) {
            return check(result, what);
          })) {}

std::unique_ptr<Runtime> Runtime::create(std::string &error,
                                         ErrorHandler handler,
                                         const char *library, int ordinal) {
  std::unique_ptr<Runtime> runtime(new Runtime({}));
  DriverFunctions &driver = *runtime->driver;
  if (!driver.open(library, error))
    return nullptr;
  char name[256] = "";
  int major = 0, minor = 0;
  bool isOpen =
      runtime->check(driver.cuInit(0), "cuInit") &&
      runtime->check(driver.cuDeviceGet(&runtime->device, ordinal),
                     "cuDeviceGet of device " + std::to_string(ordinal)) &&
      runtime->check(
          driver.cuDeviceGetName(name, sizeof(name), runtime->device),
          "cuDeviceGetName") &&
      runtime->check(driver.cuDeviceGetAttribute(
                         &major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
                         runtime->device),
                     "cuDeviceGetAttribute") &&
      runtime->check(driver.cuDeviceGetAttribute(
                         &minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,
                         runtime->device),
                     "cuDeviceGetAttribute") &&
      runtime->check(
          driver.cuDevicePrimaryCtxRetain(&runtime->context, runtime->device),
          "cuDevicePrimaryCtxRetain") &&
      runtime->enter();
  if (!isOpen) {
    error = runtime->getError();
    return nullptr;
  }
  runtime->deviceName = name;
  runtime->chip = 10 * major + minor;
  runtime->handler = std::move(handler);
  return runtime;
}

Runtime::~Runtime() {
  releaseAll();
  if (context)
    check(driver->cuDevicePrimaryCtxRelease(device),
          "cuDevicePrimaryCtxRelease");
  // The library stays: drivers are not made to be unloaded.
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

std::string Runtime::getError() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  return error;
}

void Runtime::fail(const std::string &message) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!error.empty())
    return;
  error = message;
  if (handler)
    handler(error);
}

std::string Runtime::describe(CUresult result) const {
  const char *name = nullptr, *text = nullptr;
  if (driver->cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return "error " + std::to_string(result);
  if (driver->cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    return name;
  return std::string(text) + " (" + name + ")";
}

bool Runtime::check(CUresult result, const std::string &what) {
  if (result == CUDA_SUCCESS)
    return true;
  fail(what + " failed: " + describe(result));
  return false;
}

bool Runtime::enter() {
  if (!error.empty())
    return false;
  static thread_local uint64_t entered = 0;
  if (entered == identity)
    return true;
  if (!check(driver->cuCtxSetCurrent(context), "cuCtxSetCurrent"))
    return false;
  entered = identity;
  return true;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static CUdeviceptr toAddress(const void *pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

static std::string ofBytes(const char *name, size_t bytes) {
  return std::string(name) + " of " + std::to_string(bytes) + " bytes";
}

CUdeviceptr Runtime::takeIdle(size_t bytes, CUstream stream) {
  for (auto it = idle.lower_bound({bytes, 0});
       it != idle.end() && it->first.first == bytes; ++it) {
    auto [key, user] = *it;
    // In one stream, the next work comes after the last.
    if (user && user != stream)
      continue;
    idle.erase(it);
    return key.second;
  }
  return 0;
}

void *Runtime::allocate(size_t bytes, CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!bytes || !enter())
    return nullptr;
  CUdeviceptr address = takeIdle(bytes, stream);
  if (!address) {
    CUresult result = driver->cuMemAlloc(&address, bytes);
    // Memory that is kept for sizes of before may be what is missing.
    if (result == CUDA_ERROR_OUT_OF_MEMORY && !idle.empty()) {
      releaseIdle();
      if (!enter())
        return nullptr;
      result = driver->cuMemAlloc(&address, bytes);
    }
    if (!check(result, ofBytes("cuMemAlloc", bytes)))
      return nullptr;
  }
  used[address] = bytes;
  return reinterpret_cast<void *>(address);
}

void Runtime::release(void *memory, CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  auto it = used.find(toAddress(memory));
  if (it == used.end()) {
    if (memory)
      fail("memory is released that was not allocated");
    return;
  }
  idle[{it->second, it->first}] = stream;
  used.erase(it);
}

void Runtime::releaseIdle() {
  // cuMemFree waits for the work that uses the memory.
  flush();
  for (const auto &[key, stream] : idle)
    check(driver->cuMemFree(key.second), "cuMemFree");
  idle.clear();
}

void *Runtime::upload(const void *data, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  flush();
  void *memory = allocate(bytes, nullptr);
  // The copy may end after the call does, and streams do not wait for it.
  if (memory && check(driver->cuMemcpyHtoD(toAddress(memory), data, bytes),
                      ofBytes("cuMemcpyHtoD", bytes)))
    check(driver->cuStreamSynchronize(nullptr), "cuStreamSynchronize");
  return memory;
}

void Runtime::copy(void *target, const void *source, size_t bytes,
                   CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!bytes || !enter())
    return;
  flush();
  if (error.empty())
    check(driver->cuMemcpyAsync(toAddress(target), toAddress(source), bytes,
                                stream),
          ofBytes("cuMemcpyAsync", bytes));
}

void Runtime::fill(void *target, uint32_t value, unsigned width, size_t count,
                   CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!count || !enter())
    return;
  flush();
  if (!error.empty())
    return;
  CUdeviceptr address = toAddress(target);
  if (width == 1)
    check(driver->cuMemsetD8Async(address, value, count, stream),
          "cuMemsetD8Async");
  else if (width == 2)
    check(driver->cuMemsetD16Async(address, value, count, stream),
          "cuMemsetD16Async");
  else
    check(driver->cuMemsetD32Async(address, value, count, stream),
          "cuMemsetD32Async");
}

void Runtime::registerHost(void *memory, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (bytes && enter() &&
      check(driver->cuMemHostRegister(memory, bytes, 0),
            ofBytes("cuMemHostRegister", bytes)))
    hostMemory.insert(memory);
}

void Runtime::unregisterHost(void *memory) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (hostMemory.erase(memory))
    check(driver->cuMemHostUnregister(memory), "cuMemHostUnregister");
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

CUmodule Runtime::loadModule(const void *image, int optimizationLevel) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return nullptr;
  char log[4096] = "";
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                   CU_JIT_OPTIMIZATION_LEVEL};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)),
                    reinterpret_cast<void *>(intptr_t(optimizationLevel))};
  // A negative level is the driver's choice.
  unsigned count = optimizationLevel < 0 ? 2 : 3;
  CUmodule module = nullptr;
  CUresult result =
      driver->cuModuleLoadDataEx(&module, image, count, options, values);
  if (result != CUDA_SUCCESS) {
    log[sizeof(log) - 1] = '\0';
    // The error is one line.
    std::string message(
        log, std::find_if(log, log + sizeof(log) - 1,
                          [](char c) { return c == '\0' || c == '\n'; }));
    fail("cuModuleLoadDataEx failed: " + describe(result) +
         (message.empty() ? "" : ": " + message));
    return nullptr;
  }
  modules.insert(module);
  return module;
}

void Runtime::unloadModule(CUmodule module) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!modules.erase(module))
    return;
  flush();
  queue->forget();
  functions.clear();
  sharedBytes.clear();
  check(driver->cuModuleUnload(module), "cuModuleUnload");
}

CUfunction Runtime::getFunction(CUmodule module, const char *name) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return nullptr;
  // Generated code asks before each launch.
  CUfunction &function = functions[{module, name}];
  if (!function)
    check(driver->cuModuleGetFunction(&function, module, name),
          "cuModuleGetFunction of '" + std::string(name) + "'");
  return error.empty() ? function : nullptr;
}

void Runtime::launch(CUfunction function, const size_t (&grid)[3],
                     const size_t (&block)[3], size_t shared, CUstream stream,
                     void **params) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter() || !grid[0] || !grid[1] || !grid[2])
    return;
  for (size_t extent :
       {grid[0], grid[1], grid[2], block[0], block[1], block[2], shared})
    if (extent > INT32_MAX)
      return fail("cuLaunchKernel: " + std::to_string(extent) +
                  " blocks, threads or bytes are too many");
  // What is beyond this has to be asked for, once for a kernel.
  constexpr size_t usualShared = 48 * 1024;
  if (shared > usualShared && sharedBytes[function] < shared) {
    if (!check(driver->cuFuncSetAttribute(
                   function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                   int(shared)),
               "cuFuncSetAttribute for " + std::to_string(shared) +
                   " bytes of shared memory"))
      return;
    sharedBytes[function] = shared;
  }
  // Launches that wait are all for one stream.
  if (queue->getStream() != stream)
    flush();
  if (error.empty())
    queue->add(function, grid, block, shared, stream, params);
  if (error.empty() && !driver->hasGraphs)
    flush();
}

void Runtime::flush() {
  if (queue->isEmpty())
    return;
  CUstream stream = queue->getStream();
  if (!hasLaunched)
    mark(firstLaunch, stream);
  hasLaunched = true;
  if (!error.empty())
    return queue->clear();
  queue->flush();
  mark(lastLaunch, stream);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

CUstream Runtime::createStream() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return nullptr;
  CUstream stream = nullptr;
  if (!idleStreams.empty()) {
    stream = idleStreams.back();
    idleStreams.pop_back();
    return stream;
  }
  if (!check(driver->cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING),
             "cuStreamCreate"))
    return nullptr;
  streams.insert(stream);
  return stream;
}

void Runtime::forgetStream(CUstream stream) {
  for (auto &[key, user] : idle)
    if (user == stream)
      user = nullptr;
}

void Runtime::destroyStream(CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!stream)
    return;
  // Who takes it next does not wait for what is in it.
  synchronize(stream);
  idleStreams.push_back(stream);
}

void Runtime::synchronize(CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return;
  flush();
  if (error.empty() &&
      check(driver->cuStreamSynchronize(stream), "cuStreamSynchronize"))
    forgetStream(stream);
}

void Runtime::waitForEvent(CUstream stream, CUevent event) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return;
  flush();
  if (error.empty())
    check(driver->cuStreamWaitEvent(stream, event, 0), "cuStreamWaitEvent");
}

CUevent Runtime::createEvent(bool hasTime) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  CUevent event = nullptr;
  if (!enter() || !check(driver->cuEventCreate(
                             &event, hasTime ? 0 : CU_EVENT_DISABLE_TIMING),
                         "cuEventCreate"))
    return nullptr;
  events.insert(event);
  return event;
}

void Runtime::destroyEvent(CUevent event) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (events.erase(event))
    check(driver->cuEventDestroy(event), "cuEventDestroy");
}

void Runtime::recordEvent(CUevent event, CUstream stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!enter())
    return;
  flush();
  if (error.empty())
    check(driver->cuEventRecord(event, stream), "cuEventRecord");
}

void Runtime::synchronizeEvent(CUevent event) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (enter())
    check(driver->cuEventSynchronize(event), "cuEventSynchronize");
}

float Runtime::getElapsed(CUevent first, CUevent second) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  float milliseconds = 0;
  if (enter())
    check(driver->cuEventElapsedTime(&milliseconds, first, second),
          "cuEventElapsedTime");
  return error.empty() ? milliseconds : 0;
}

void Runtime::beginLaunchTime() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (enter())
    flush();
  if (!firstLaunch)
    firstLaunch = createEvent(/*hasTime=*/true);
  if (!lastLaunch)
    lastLaunch = createEvent(/*hasTime=*/true);
  hasLaunched = false;
}

void Runtime::mark(CUevent event, CUstream stream) {
  if (event && error.empty())
    check(driver->cuEventRecord(event, stream), "cuEventRecord");
}

float Runtime::getLaunchTime() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  return hasLaunched && lastLaunch ? getElapsed(firstLaunch, lastLaunch) : 0;
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

void Runtime::releaseAll() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (!context)
    return;
  // Another thread may have made everything.
  check(driver->cuCtxSetCurrent(context), "cuCtxSetCurrent");
  flush();
  queue->forget();
  for (CUevent event : events)
    check(driver->cuEventDestroy(event), "cuEventDestroy");
  for (CUstream stream : streams)
    check(driver->cuStreamDestroy(stream), "cuStreamDestroy");
  for (auto [address, bytes] : used)
    check(driver->cuMemFree(address), "cuMemFree");
  releaseIdle();
  for (CUmodule module : modules)
    check(driver->cuModuleUnload(module), "cuModuleUnload");
  for (void *memory : hostMemory)
    check(driver->cuMemHostUnregister(memory), "cuMemHostUnregister");
}

} // namespace mml::cuda
