//===- Driver.h - State behind the driver's entry points --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_DRIVER_H
#define MML_TEST_SUPPORT_CUDADRIVER_DRIVER_H

#include "Launch.h"
#include "Module.h"

#include "mml/CUDARuntime/DriverTypes.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace mml::cuda {

/// A context: while it is there, so may be what belongs to it. After a fault it
/// answers everything with that fault's error.
struct CUctx_st {
  bool isPrimary = false;
  CUresult fault = CUDA_SUCCESS;
};

/// Work in the order it was given. It is done as late as possible, when someone
/// waits for it, so that what forgets to wait sees old memory.
struct CUstream_st {
  CUcontext context = nullptr;
  bool isBlocking = true;
  std::deque<std::function<void()>> work;
  uint64_t submitted = 0;
  uint64_t finished = 0;
};

struct CUevent_st {
  CUcontext context = nullptr;
  bool hasTime = true;
  /// Where it was recorded last: the stream, and its work up to there.
  CUstream stream = nullptr;
  uint64_t position = 0;
  bool isDone = false;
  std::chrono::steady_clock::time_point time;
};

struct CUfunc_st {
  CUmodule module = nullptr;
  const ptx::Kernel *kernel = nullptr;
  uint32_t maxDynamicShared = 0;
};

/// A launch whose parameters have been looked at and copied.
struct PreparedLaunch {
  const ptx::Kernel *kernel = nullptr;
  std::shared_ptr<const ptx::LaunchConfig> config;
};

/// A node knows what has to be done before it.
struct CUgraphNode_st {
  PreparedLaunch launch;
  std::set<CUgraphNode> before;
};

struct CUgraph_st {
  CUcontext context = nullptr;
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;
};

/// The launches of a graph in an order that its nodes allow.
struct CUgraphExec_st {
  CUcontext context = nullptr;
  std::vector<PreparedLaunch> launches;
};

struct CUmod_st {
  CUcontext context = nullptr;
  std::unique_ptr<ptx::Module> module;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

/// What the environment asks for.
struct DriverOptions {
  /// MML_STANDIN_CHIP, as in `8.0`: 80.
  unsigned chip = 80;
  /// MML_STANDIN_MEMORY: bytes of device memory.
  uint64_t memory = uint64_t(4) << 30;
  /// MML_STANDIN_FAIL, `N=ERROR` or `FUNCTION=ERROR` or `FUNCTION#N=ERROR`: the
  /// N-th call of all, or of that function, answers with this number of an
  /// error.
  std::string failingFunction;
  uint64_t failingCall = 0;
  CUresult failure = CUDA_SUCCESS;
  /// MML_STANDIN_REPORT: the file that the counters go to at the end.
  std::string report;
  /// MML_STANDIN_ORDER=reversed: blocks and warps run from the last.
  bool isReversed = false;
};

/// What is there at one time.
struct ObjectCounts {
  uint64_t allocations = 0, modules = 0, streams = 0, events = 0, contexts = 0,
           hostMemory = 0, graphs = 0;

  bool any() const {
    return allocations || modules || streams || events || contexts ||
           hostMemory || graphs;
  }
  void add(const ObjectCounts &other);
  llvm::json::Object toJSON() const;
  /// `2 allocations, 1 stream`.
  std::string toString() const;
};

/// What an entry point needs to be there, and whether it gives something back.
enum class Needs { Nothing, Driver, Context, ContextRelease, DriverRelease };

class Driver {
public:
  static Driver &get();

  /// Counts a call, answers what cannot be done or is to fail, and otherwise
  /// what \p function does, which runs under the driver's lock. What gives
  /// something back does so even where it answers with an error.
  CUresult call(const char *name, Needs needs,
                llvm::function_ref<CUresult()> function);

  /// Contexts.
  void initialize() { isInitialized = true; }
  CUcontext getCurrent() const;
  void setCurrent(CUcontext context);
  CUcontext retainPrimary();
  CUresult releasePrimary();
  CUcontext createContext();
  CUresult destroyContext(CUcontext context);
  bool isContext(CUcontext context) const { return contexts.count(context); }
  bool isPrimaryActive() const { return primaryUses != 0; }

  /// Memory. Allocations belong to contexts.
  CUresult allocate(uint64_t size, CUdeviceptr *address);
  CUresult release(CUdeviceptr address);
  CUresult copyToDevice(CUdeviceptr target, const void *source, size_t size);
  CUresult copyToHost(void *target, CUdeviceptr source, size_t size);
  CUresult copyOnDevice(CUdeviceptr target, CUdeviceptr source, size_t size);
  CUresult fill(CUdeviceptr target, uint32_t value, unsigned width,
                size_t count);
  bool isDeviceAddress(CUdeviceptr address);
  bool isRegistered(const void *pointer) const;
  CUresult registerHost(void *pointer, size_t size);
  CUresult unregisterHost(void *pointer);

  /// Modules.
  CUresult loadModule(CUmodule *result, const void *image,
                      std::string &message);
  CUresult unloadModule(CUmodule module);
  CUresult getFunction(CUfunction *result, CUmodule module, const char *name);
  CUresult getGlobal(CUdeviceptr *address, size_t *size, CUmodule module,
                     const char *name);
  bool isFunction(CUfunction function) const;
  CUresult launch(CUfunction function, ptx::Dim3 grid, ptx::Dim3 block,
                  unsigned shared, CUstream stream, void **params);

  /// Graphs of launches.
  CUresult createGraph(CUgraph *result);
  CUresult addKernelNode(CUgraphNode *result, CUgraph graph,
                         const CUgraphNode *before, size_t count,
                         const CUDA_KERNEL_NODE_PARAMS &params);
  CUresult instantiate(CUgraphExec *result, CUgraph graph);
  CUresult launch(CUgraphExec graph, CUstream stream);
  CUresult destroyGraph(CUgraph graph);
  CUresult destroyGraph(CUgraphExec graph);

  /// Streams and events. The null stream is that of the current context.
  CUresult createStream(CUstream *result, unsigned flags);
  CUresult destroyStream(CUstream stream);
  CUstream findStream(CUstream stream);
  /// Does the work of a stream up to a position.
  void drain(CUstream stream, uint64_t position = ~uint64_t(0));
  void drainAll();
  /// Adds work, after waiting as the null stream's rules ask.
  void submit(CUstream stream, std::function<void()> work);
  /// Does work at once, after all that the null stream waits for.
  CUresult synchronously(llvm::function_ref<CUresult()> work);
  CUresult createEvent(CUevent *result, unsigned flags);
  CUresult destroyEvent(CUevent event);
  bool isEvent(CUevent event) const { return events.count(event); }
  CUresult recordEvent(CUevent event, CUstream stream);
  CUresult waitForEvent(CUstream stream, CUevent event);
  CUresult synchronizeEvent(CUevent event);
  CUresult getElapsed(float *milliseconds, CUevent first, CUevent second);

  const DriverOptions &getOptions() const { return options; }
  ptx::DeviceMemory &getMemory() { return memory; }
  unsigned getMaxSharedOptIn() const;
  /// Keeps a message for the report, and prints it.
  void say(const llvm::Twine &message);
  /// Ends the current context's usefulness.
  void setFault(CUcontext context, CUresult error) {
    if (context->fault == CUDA_SUCCESS)
      context->fault = error;
  }
  void report();

private:
  Driver();
  ObjectCounts countObjects(CUcontext context) const;
  /// Checks a launch and copies its parameters.
  CUresult prepare(PreparedLaunch &result, CUfunction function, ptx::Dim3 grid,
                   ptx::Dim3 block, unsigned shared, void **params);
  /// Runs a kernel; what is wrong becomes the fault of the context.
  void run(const PreparedLaunch &launch, CUcontext context);

  std::recursive_mutex mutex;
  DriverOptions options;
  ptx::DeviceMemory memory;
  bool isInitialized = false;
  std::map<std::string, uint64_t> calls;
  uint64_t callCount = 0;
  std::map<CUcontext, std::unique_ptr<CUctx_st>> contexts;
  CUcontext primary = nullptr;
  unsigned primaryUses = 0;
  std::map<CUdeviceptr, CUcontext> allocations;
  std::map<CUmodule, std::unique_ptr<CUmod_st>> modules;
  std::map<CUstream, std::unique_ptr<CUstream_st>> streams;
  std::map<CUcontext, std::unique_ptr<CUstream_st>> nullStreams;
  std::map<CUevent, std::unique_ptr<CUevent_st>> events;
  std::map<CUgraph, std::unique_ptr<CUgraph_st>> graphs;
  std::map<CUgraphExec, std::unique_ptr<CUgraphExec_st>> executableGraphs;
  std::map<const uint8_t *, size_t> hostMemory;
  ObjectCounts releasedWithContext;
  std::vector<std::string> messages;
  llvm::json::Array launches;
};

} // namespace mml::cuda

#endif // MML_TEST_SUPPORT_CUDADRIVER_DRIVER_H
