//===- DriverGraphs.cpp - Graphs behind the driver's entry points ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DriverEntry.h"

#include <algorithm>

using namespace llvm;
using namespace mml::cuda;

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

CUresult Driver::createGraph(CUgraph *result) {
  if (!result)
    return CUDA_ERROR_INVALID_VALUE;
  auto graph = std::make_unique<CUgraph_st>();
  graph->context = getCurrent();
  *result = graph.get();
  graphs[*result] = std::move(graph);
  return CUDA_SUCCESS;
}

CUresult Driver::addKernelNode(CUgraphNode *result, CUgraph graph,
                               const CUgraphNode *before, size_t count,
                               const CUDA_KERNEL_NODE_PARAMS &params) {
  if (!graphs.count(graph))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!result || (count && !before))
    return CUDA_ERROR_INVALID_VALUE;
  if (params.extra || !params.func)
    return CUDA_ERROR_NOT_SUPPORTED;
  auto node = std::make_unique<CUgraphNode_st>();
  for (CUgraphNode other : ArrayRef(before, count)) {
    if (none_of(graph->nodes,
                [&](const auto &known) { return known.get() == other; }))
      return CUDA_ERROR_INVALID_VALUE;
    node->before.insert(other);
  }
  CUresult prepared =
      prepare(node->launch, params.func,
              {params.gridDimX, params.gridDimY, params.gridDimZ},
              {params.blockDimX, params.blockDimY, params.blockDimZ},
              params.sharedMemBytes, params.kernelParams);
  if (prepared != CUDA_SUCCESS)
    return prepared;
  *result = node.get();
  graph->nodes.push_back(std::move(node));
  return CUDA_SUCCESS;
}

CUresult Driver::instantiate(CUgraphExec *result, CUgraph graph) {
  if (!graphs.count(graph))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!result)
    return CUDA_ERROR_INVALID_VALUE;
  auto executable = std::make_unique<CUgraphExec_st>();
  executable->context = graph->context;
  // Of the nodes that can run, the last one does: who forgets to say what
  // comes before a node sees it run too early.
  std::set<CUgraphNode> done;
  while (done.size() < graph->nodes.size()) {
    auto next = find_if(reverse(graph->nodes), [&](const auto &node) {
      return !done.count(node.get()) &&
             all_of(node->before,
                    [&](CUgraphNode other) { return done.count(other); });
    });
    executable->launches.push_back((*next)->launch);
    done.insert(next->get());
  }
  *result = executable.get();
  executableGraphs[*result] = std::move(executable);
  return CUDA_SUCCESS;
}

CUresult Driver::launch(CUgraphExec graph, CUstream stream) {
  stream = findStream(stream);
  if (!stream || !executableGraphs.count(graph))
    return CUDA_ERROR_INVALID_HANDLE;
  CUcontext context = stream->context;
  submit(stream, [=] {
    if (!executableGraphs.count(graph)) {
      say("a graph is destroyed that has still to run");
      return setFault(context, CUDA_ERROR_ILLEGAL_ADDRESS);
    }
    for (const PreparedLaunch &launch : graph->launches)
      if (context->fault == CUDA_SUCCESS)
        run(launch, context);
  });
  return CUDA_SUCCESS;
}

CUresult Driver::destroyGraph(CUgraph graph) {
  return graphs.erase(graph) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult Driver::destroyGraph(CUgraphExec graph) {
  return executableGraphs.erase(graph) ? CUDA_SUCCESS
                                       : CUDA_ERROR_INVALID_HANDLE;
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

// NOLINTBEGIN(readability-identifier-naming)

static Driver &driver() { return Driver::get(); }

MML_DRIVER_ENTRY cuFuncGetParamInfo(CUfunction function, size_t index,
                                    size_t *offset, size_t *size) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    if (!driver().isFunction(function))
      return CUDA_ERROR_INVALID_HANDLE;
    const auto &params = function->kernel->entry->params;
    if (!offset || index >= params.size())
      return CUDA_ERROR_INVALID_VALUE;
    *offset = params[index].offset;
    if (size)
      *size = params[index].size;
    return CUDA_SUCCESS;
  });
}

MML_DRIVER_ENTRY cuGraphCreate(CUgraph *graph, unsigned flags) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    return flags ? CUDA_ERROR_INVALID_VALUE : driver().createGraph(graph);
  });
}

MML_DRIVER_ENTRY
cuGraphAddKernelNode_v2(CUgraphNode *node, CUgraph graph,
                        const CUgraphNode *before, size_t count,
                        const CUDA_KERNEL_NODE_PARAMS *params) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    return params ? driver().addKernelNode(node, graph, before, count, *params)
                  : CUDA_ERROR_INVALID_VALUE;
  });
}

MML_DRIVER_ENTRY cuGraphInstantiateWithFlags(CUgraphExec *executable,
                                             CUgraph graph,
                                             unsigned long long flags) {
  return driver().call(__func__, Needs::Context, [&]() -> CUresult {
    return flags ? CUDA_ERROR_NOT_SUPPORTED
                 : driver().instantiate(executable, graph);
  });
}

MML_DRIVER_ENTRY cuGraphLaunch(CUgraphExec graph, CUstream stream) {
  return driver().call(__func__, Needs::Context,
                       [&] { return driver().launch(graph, stream); });
}

MML_DRIVER_ENTRY cuGraphDestroy(CUgraph graph) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().destroyGraph(graph); });
}

MML_DRIVER_ENTRY cuGraphExecDestroy(CUgraphExec graph) {
  return driver().call(__func__, Needs::ContextRelease,
                       [&] { return driver().destroyGraph(graph); });
}

// NOLINTEND(readability-identifier-naming)
