//===- Runtime.h - Runs kernels by the CUDA driver --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain C++ without LLVM, so that programs made of compiled models can link it.
//
//===----------------------------------------------------------------------===//

#ifndef MML_CUDARUNTIME_RUNTIME_H
#define MML_CUDARUNTIME_RUNTIME_H

#include "mml/CUDARuntime/DriverTypes.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace mml::cuda {

struct DriverFunctions;
class LaunchQueue;

/// A device with what was made on it. Nothing here throws or aborts: the first
/// driver call that fails is kept as a line of text and given to the handler;
/// after it, nothing is done any more, so that a program may go on to its end,
/// look at the error and release everything. Functions that make something give
/// null then. What has not been released is, with the runtime.
///
/// Functions may be called from several threads.
class Runtime {
public:
  /// Takes the first error: lower case, without a full stop.
  using ErrorHandler = std::function<void(const std::string &)>;

  /// Opens the driver's library, and device \p ordinal. Where either is not
  /// there, gives null and says in \p error what is missing. \p handler may be
  /// empty.
  static std::unique_ptr<Runtime> create(std::string &error,
                                         ErrorHandler handler = {},
                                         const char *library = "libcuda.so.1",
                                         int ordinal = 0);
  /// Releases everything, the device last. What fails here is an error as
  /// before.
  ~Runtime();

  Runtime(const Runtime &) = delete;
  Runtime &operator=(const Runtime &) = delete;

  /// The first error, or nothing.
  std::string getError();

  const std::string &getDeviceName() const { return deviceName; }
  /// The compute capability: 80 for sm_80.
  int getChip() const { return chip; }

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  /// Device memory of \p bytes, uninitialized, for work in \p stream and for
  /// what waits for it. Memory released before is taken again where its size is
  /// the same. Null for 0 bytes.
  void *allocate(size_t bytes, CUstream stream);
  /// Gives memory back once the work in \p stream until now is done. Null is
  /// nothing.
  void release(void *memory, CUstream stream);
  /// Device memory with a copy of \p data, there before this returns.
  void *upload(const void *data, size_t bytes);
  /// Between the device and the host, or on the device.
  void copy(void *target, const void *source, size_t bytes, CUstream stream);
  /// \p count values of \p width bytes: 1, 2 or 4.
  void fill(void *target, uint32_t value, unsigned width, size_t count,
            CUstream stream);
  /// Keeps host memory where the device can copy it while the host goes on.
  void registerHost(void *memory, size_t bytes);
  void unregisterHost(void *memory);

  //===--------------------------------------------------------------------===//
  // Kernels
  //===--------------------------------------------------------------------===//

  /// \p image is PTX text that ends in a zero, or machine code.
  CUmodule loadModule(const void *image, int optimizationLevel = -1);
  void unloadModule(CUmodule module);
  CUfunction getFunction(CUmodule module, const char *name);
  /// Extents of the grid in blocks and of a block in threads. A grid without
  /// blocks is nothing. Launches wait for the next call that is none: where
  /// they are then the same as once before, with the same parameters, the
  /// driver gets them as one graph, which takes a fraction of the time.
  void launch(CUfunction function, const size_t (&grid)[3],
              const size_t (&block)[3], size_t sharedBytes, CUstream stream,
              void **params);

  //===--------------------------------------------------------------------===//
  // Order
  //===--------------------------------------------------------------------===//

  /// Streams do not wait for work without a stream. Those given back are used
  /// again.
  CUstream createStream();
  void destroyStream(CUstream stream);
  void synchronize(CUstream stream);
  void waitForEvent(CUstream stream, CUevent event);
  CUevent createEvent(bool hasTime);
  void destroyEvent(CUevent event);
  void recordEvent(CUevent event, CUstream stream);
  void synchronizeEvent(CUevent event);
  /// Milliseconds between two events that have passed; 0 after an error.
  float getElapsed(CUevent first, CUevent second);
  /// Starts to time launches anew.
  void beginLaunchTime();
  /// Milliseconds from the first launch since then to the end of the last one,
  /// which has to have passed; 0 where there was none and after an error.
  float getLaunchTime();

  /// Keeps an error that is none of the driver's.
  void fail(const std::string &message);

private:
  explicit Runtime(ErrorHandler handler);

  /// Whether to go on: nothing has failed, and the device is this thread's.
  bool enter();
  /// Whether a call succeeded; keeps the error otherwise.
  bool check(CUresult result, const std::string &what);
  std::string describe(CUresult result) const;
  void releaseAll();
  void releaseIdle();
  CUdeviceptr takeIdle(size_t bytes, CUstream stream);
  void forgetStream(CUstream stream);
  /// Gives launches that wait to the driver, before what comes after them.
  void flush();
  /// Has the device note the time of an event, if there is one.
  void mark(CUevent event, CUstream stream);

  std::unique_ptr<DriverFunctions> driver;
  ErrorHandler handler;
  std::recursive_mutex mutex;
  std::string error;
  std::string deviceName;
  int device = 0;
  int chip = 0;
  CUcontext context = nullptr;
  /// Tells this runtime from one that was at its address before.
  uint64_t identity;

  std::map<CUdeviceptr, size_t> used;
  /// Memory to be taken again by its size and address, with the stream whose
  /// work may still use it; null when none does. The lowest address is taken
  /// first, so that a call of a model gets the memory of the call before.
  std::map<std::pair<size_t, CUdeviceptr>, CUstream> idle;
  std::set<CUmodule> modules;
  std::map<std::pair<CUmodule, std::string>, CUfunction> functions;
  std::set<CUstream> streams;
  std::vector<CUstream> idleStreams;
  std::set<CUevent> events;
  std::set<void *> hostMemory;
  /// Dynamic shared memory that was asked for, where it is more than usual.
  std::map<CUfunction, size_t> sharedBytes;
  std::unique_ptr<LaunchQueue> queue;
  /// Before the first launch and after the last one; null until someone asks.
  CUevent firstLaunch = nullptr, lastLaunch = nullptr;
  bool hasLaunched = false;
};

} // namespace mml::cuda

#endif // MML_CUDARUNTIME_RUNTIME_H
