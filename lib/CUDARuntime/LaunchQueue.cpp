//===- LaunchQueue.cpp - Launches that are given as graphs ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchQueue.h"

#include <algorithm>
#include <cstring>

namespace mml::cuda {

/// One for each batch that a model is called with in turns.
constexpr size_t maxSequences = 16;

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

bool LaunchQueue::Launch::operator==(const Launch &other) const {
  const CUDA_KERNEL_NODE_PARAMS &a = node, &b = other.node;
  return a.func == b.func && a.gridDimX == b.gridDimX &&
         a.gridDimY == b.gridDimY && a.gridDimZ == b.gridDimZ &&
         a.blockDimX == b.blockDimX && a.blockDimY == b.blockDimY &&
         a.blockDimZ == b.blockDimZ && a.sharedMemBytes == b.sharedMemBytes &&
         params == other.params;
}

std::vector<void *> LaunchQueue::Launch::getPointers() {
  std::vector<void *> pointers;
  for (const Slot &slot : *layout)
    pointers.push_back(&params[slot.offset]);
  return pointers;
}

const std::vector<LaunchQueue::Slot> *
LaunchQueue::getLayout(CUfunction function) {
  auto known = layouts.find(function);
  if (known != layouts.end())
    return &known->second;
  std::vector<Slot> layout;
  while (true) {
    Slot slot;
    CUresult result = driver.cuFuncGetParamInfo(function, layout.size(),
                                                &slot.offset, &slot.size);
    // There are no more.
    if (result == CUDA_ERROR_INVALID_VALUE)
      break;
    if (!check(result, "cuFuncGetParamInfo"))
      return nullptr;
    layout.push_back(slot);
  }
  return &(layouts[function] = std::move(layout));
}

void LaunchQueue::add(CUfunction function, const size_t (&grid)[3],
                      const size_t (&block)[3], size_t shared,
                      CUstream newStream, void **params) {
  Launch launch{{function, unsigned(grid[0]), unsigned(grid[1]),
                 unsigned(grid[2]), unsigned(block[0]), unsigned(block[1]),
                 unsigned(block[2]), unsigned(shared), params,
                 /*extra=*/nullptr, /*kern=*/nullptr, /*ctx=*/nullptr},
                /*layout=*/nullptr,
                {}};
  if (driver.hasGraphs) {
    launch.layout = getLayout(function);
    if (!launch.layout)
      return;
    for (const auto &slot : *launch.layout)
      launch.params.resize(
          std::max(launch.params.size(), slot.offset + slot.size));
    for (size_t i = 0; i < launch.layout->size(); ++i) {
      const Slot &slot = (*launch.layout)[i];
      std::memcpy(&launch.params[slot.offset], params[i], slot.size);
    }
    launch.node.kernelParams = nullptr;
  }
  stream = newStream;
  pending.push_back(std::move(launch));
}

bool LaunchQueue::launch(Launch &launch) {
  CUDA_KERNEL_NODE_PARAMS &node = launch.node;
  std::vector<void *> pointers;
  void **params = node.kernelParams;
  if (launch.layout) {
    pointers = launch.getPointers();
    params = pointers.data();
  }
  return check(driver.cuLaunchKernel(
                   node.func, node.gridDimX, node.gridDimY, node.gridDimZ,
                   node.blockDimX, node.blockDimY, node.blockDimZ,
                   node.sharedMemBytes, stream, params, /*extra=*/nullptr),
               "cuLaunchKernel");
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

bool LaunchQueue::find(Sequence *&found) {
  found = nullptr;
  ++useCount;
  for (Sequence &sequence : sequences)
    if (sequence.stream == stream && sequence.launches == pending) {
      sequence.lastUse = useCount;
      found = &sequence;
      return true;
    }
  if (sequences.size() == maxSequences) {
    auto oldest = std::min_element(sequences.begin(), sequences.end(),
                                   [](const Sequence &a, const Sequence &b) {
                                     return a.lastUse < b.lastUse;
                                   });
    if (!destroyGraph(*oldest))
      return false;
    sequences.erase(oldest);
  }
  sequences.push_back({pending, stream, nullptr, useCount});
  return true;
}

bool LaunchQueue::instantiate(Sequence &sequence) {
  CUgraph graph = nullptr;
  if (!check(driver.cuGraphCreate(&graph, /*flags=*/0), "cuGraphCreate"))
    return false;
  CUgraphNode last = nullptr;
  bool isComplete = true;
  for (Launch &launch : sequence.launches) {
    std::vector<void *> pointers = launch.getPointers();
    CUDA_KERNEL_NODE_PARAMS node = launch.node;
    node.kernelParams = pointers.data();
    // Each launch waits for the one before, as in a stream.
    CUgraphNode next = nullptr;
    isComplete = check(
        driver.cuGraphAddKernelNode(&next, graph, &last, last ? 1 : 0, &node),
        "cuGraphAddKernelNode");
    if (!isComplete)
      break;
    last = next;
  }
  isComplete =
      isComplete && check(driver.cuGraphInstantiate(&sequence.graph, graph,
                                                    /*flags=*/0),
                          "cuGraphInstantiate");
  return check(driver.cuGraphDestroy(graph), "cuGraphDestroy") && isComplete;
}

bool LaunchQueue::destroyGraph(Sequence &sequence) {
  if (!sequence.graph)
    return true;
  bool hasEnded =
      check(driver.cuStreamSynchronize(sequence.stream), "cuStreamSynchronize");
  bool isDestroyed =
      check(driver.cuGraphExecDestroy(sequence.graph), "cuGraphExecDestroy");
  sequence.graph = nullptr;
  return hasEnded && isDestroyed;
}

void LaunchQueue::flush() {
  Sequence *sequence = nullptr;
  // One launch is as fast without a graph.
  if (driver.hasGraphs && pending.size() > 1 && !find(sequence))
    return pending.clear();
  if (sequence) {
    if (sequence->graph || instantiate(*sequence))
      check(driver.cuGraphLaunch(sequence->graph, stream), "cuGraphLaunch");
    return pending.clear();
  }
  for (Launch &waiting : pending)
    if (!launch(waiting))
      break;
  pending.clear();
}

void LaunchQueue::forget() {
  for (Sequence &sequence : sequences)
    destroyGraph(sequence);
  sequences.clear();
  layouts.clear();
}

} // namespace mml::cuda
