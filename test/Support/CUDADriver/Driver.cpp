//===- Driver.cpp - State behind the driver's entry points ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace llvm;

namespace mml::cuda {

//===----------------------------------------------------------------------===//
// Options and report
//===----------------------------------------------------------------------===//

/// The streams of C: LLVM's are gone when the report is written.
static void print(const Twine &message) {
  std::fprintf(stderr, "cuda stand-in: %s\n", message.str().c_str());
}

static StringRef getVariable(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// A test that means something else should not pass.
[[noreturn]] static void refuseVariable(const char *name) {
  print("cannot read " + Twine(name) + "='" + getVariable(name) + "'");
  std::fflush(stderr);
  std::_Exit(EXIT_FAILURE);
}

static DriverOptions readOptions() {
  DriverOptions options;
  if (StringRef text = getVariable("MML_STANDIN_CHIP"); !text.empty()) {
    auto [major, minor] = text.split('.');
    unsigned majorNumber, minorNumber;
    if (major.getAsInteger(10, majorNumber) ||
        minor.getAsInteger(10, minorNumber) || minorNumber > 9)
      refuseVariable("MML_STANDIN_CHIP");
    options.chip = 10 * majorNumber + minorNumber;
  }
  if (StringRef text = getVariable("MML_STANDIN_MEMORY"); !text.empty())
    if (text.getAsInteger(10, options.memory))
      refuseVariable("MML_STANDIN_MEMORY");
  if (StringRef text = getVariable("MML_STANDIN_FAIL"); !text.empty()) {
    auto [where, error] = text.split('=');
    auto [function, number] = where.split('#');
    options.failingCall = 1;
    if (error.getAsInteger(10, options.failure) ||
        (!number.empty() && number.getAsInteger(10, options.failingCall)))
      refuseVariable("MML_STANDIN_FAIL");
    // A number alone counts the calls of all functions.
    if (function.getAsInteger(10, options.failingCall))
      options.failingFunction = function.str();
  }
  options.report = getVariable("MML_STANDIN_REPORT").str();
  if (StringRef text = getVariable("MML_STANDIN_ORDER"); !text.empty()) {
    options.isReversed = text == "reversed";
    if (!options.isReversed)
      refuseVariable("MML_STANDIN_ORDER");
  }
  return options;
}

void ObjectCounts::add(const ObjectCounts &other) {
  allocations += other.allocations;
  modules += other.modules;
  streams += other.streams;
  events += other.events;
  contexts += other.contexts;
  hostMemory += other.hostMemory;
  graphs += other.graphs;
}

json::Object ObjectCounts::toJSON() const {
  return json::Object{{"allocations", allocations},
                      {"modules", modules},
                      {"streams", streams},
                      {"events", events},
                      {"contexts", contexts},
                      {"hostMemory", hostMemory},
                      {"graphs", graphs}};
}

std::string ObjectCounts::toString() const {
  std::vector<std::string> parts;
  auto add = [&](uint64_t count, StringRef name) {
    if (count)
      parts.push_back(
          (Twine(count) + " " + name + (count > 1 ? "s" : "")).str());
  };
  add(allocations, "allocation");
  add(modules, "module");
  add(streams, "stream");
  add(events, "event");
  add(contexts, "context");
  add(hostMemory, "registered range");
  add(graphs, "graph");
  return join(parts, ", ");
}

Driver::Driver() : options(readOptions()), memory(options.memory) {}

Driver &Driver::get() {
  // Never destroyed: programs release what they have until their very end.
  static Driver *driver = new Driver();
  return *driver;
}

void Driver::say(const Twine &message) {
  messages.push_back(message.str());
  print(message);
}

ObjectCounts Driver::countObjects(CUcontext context) const {
  ObjectCounts counts;
  auto belongs = [&](CUcontext owner) { return !context || owner == context; };
  for (auto [address, owner] : allocations)
    counts.allocations += belongs(owner);
  for (const auto &[module, data] : modules)
    counts.modules += belongs(data->context);
  for (const auto &[stream, data] : streams)
    counts.streams += belongs(data->context);
  for (const auto &[event, data] : events)
    counts.events += belongs(data->context);
  for (const auto &[graph, data] : graphs)
    counts.graphs += belongs(data->context);
  for (const auto &[graph, data] : executableGraphs)
    counts.graphs += belongs(data->context);
  if (!context) {
    counts.contexts = contexts.size();
    counts.hostMemory = hostMemory.size();
  }
  return counts;
}

void Driver::report() {
  ObjectCounts leaked = countObjects(nullptr);
  if (leaked.any())
    say("not released: " + leaked.toString());
  if (options.report.empty())
    return;
  json::Object callCounts;
  for (const auto &[name, count] : calls)
    callCounts[name] = count;
  json::Object report{
      {"chip", "sm_" + std::to_string(options.chip)},
      {"callCount", callCount},
      {"calls", std::move(callCounts)},
      {"launches", std::move(launches)},
      {"messages", json::Array(messages)},
      {"leaked", leaked.toJSON()},
      {"releasedWithContext", releasedWithContext.toJSON()},
      {"peakMemory", memory.getPeak()},
  };
  std::error_code error;
  raw_fd_ostream file(options.report, error);
  if (error) {
    print("cannot write '" + options.report + "': " + error.message());
    return;
  }
  file << formatv("{0:2}\n", json::Value(std::move(report)));
}

/// Behind all that the program releases as it ends.
__attribute__((destructor)) static void reportAtExit() {
  Driver::get().report();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

CUresult Driver::call(const char *name, Needs needs,
                      function_ref<CUresult()> function) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  ++callCount;
  uint64_t count = ++calls[name];
  bool fails =
      options.failure != CUDA_SUCCESS &&
      (options.failingFunction.empty()
           ? callCount == options.failingCall
           : options.failingFunction == name && count == options.failingCall);
  bool isRelease =
      needs == Needs::ContextRelease || needs == Needs::DriverRelease;
  if (fails && !isRelease)
    return options.failure;
  if (needs != Needs::Nothing && !isInitialized)
    return CUDA_ERROR_NOT_INITIALIZED;
  CUcontext context = getCurrent();
  bool needsContext = needs == Needs::Context || needs == Needs::ContextRelease;
  if (needsContext && !context)
    return CUDA_ERROR_INVALID_CONTEXT;
  if (needs == Needs::Context && context->fault != CUDA_SUCCESS)
    return context->fault;
  CUresult result = function();
  if (fails)
    return options.failure;
  // The fault of work that this call waited for.
  if (needsContext && isContext(context) && context->fault != CUDA_SUCCESS)
    return context->fault;
  return result;
}

static thread_local CUcontext currentContext = nullptr;

CUcontext Driver::getCurrent() const {
  return isContext(currentContext) ? currentContext : nullptr;
}

void Driver::setCurrent(CUcontext context) { currentContext = context; }

CUcontext Driver::createContext() {
  auto context = std::make_unique<CUctx_st>();
  CUcontext handle = context.get();
  contexts[handle] = std::move(context);
  nullStreams[handle] = std::make_unique<CUstream_st>();
  nullStreams[handle]->context = handle;
  return handle;
}

CUcontext Driver::retainPrimary() {
  if (!primaryUses++) {
    primary = createContext();
    primary->isPrimary = true;
  }
  return primary;
}

CUresult Driver::releasePrimary() {
  if (!primaryUses)
    return CUDA_ERROR_INVALID_CONTEXT;
  if (--primaryUses)
    return CUDA_SUCCESS;
  CUcontext context = primary;
  primary = nullptr;
  return destroyContext(context);
}

template <typename Map> static void eraseOf(Map &map, CUcontext context) {
  for (auto it = map.begin(); it != map.end();)
    it = it->second->context == context ? map.erase(it) : std::next(it);
}

CUresult Driver::destroyContext(CUcontext context) {
  if (!isContext(context))
    return CUDA_ERROR_INVALID_CONTEXT;
  drainAll();
  releasedWithContext.add(countObjects(context));
  for (auto it = allocations.begin(); it != allocations.end();) {
    if (it->second != context) {
      ++it;
      continue;
    }
    memory.release(it->first);
    it = allocations.erase(it);
  }
  eraseOf(graphs, context);
  eraseOf(executableGraphs, context);
  eraseOf(modules, context);
  eraseOf(events, context);
  eraseOf(streams, context);
  nullStreams.erase(context);
  contexts.erase(context);
  return CUDA_SUCCESS;
}

} // namespace mml::cuda
