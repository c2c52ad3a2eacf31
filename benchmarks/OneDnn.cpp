//===- OneDnn.cpp - The int8 baseline -------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// oneDNN has four ways to the same integers: an inner product or a matrix
// product, of signed or of unsigned activations. Each gets its weights in the
// format that it prefers, and the fastest one is measured.
//
//===----------------------------------------------------------------------===//

#include "Worker.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstring>
#include <dnnl.hpp>
#include <sched.h>

using namespace mml::bench;
using dnnl::memory;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace {

/// One of the four ways, with the weights of every layer.
struct Way {
  bool isUnsigned = false;
  bool isMatmul = false;
  std::string implementation;
  dnnl::primitive primitive;
  memory::desc weightsDesc;
  memory source, result;
  std::vector<memory> weights;

  const char *getName() const {
    if (isMatmul)
      return isUnsigned ? "u8s8 matmul" : "s8s8 matmul";
    return isUnsigned ? "u8s8 inner product" : "s8s8 inner product";
  }
};

class OneDnn : public Library {
public:
  OneDnn() : engine(dnnl::engine::kind::cpu, 0), stream(engine) {}

  Error prepare(const Task &task) override;
  Error call() override;
  void release() override { best.reset(); }

private:
  /// Throws dnnl::error where oneDNN does not have this way.
  std::unique_ptr<Way> createWay(const Task &task, bool isUnsigned,
                                 bool isMatmul);
  void addWeights(Way &way, const Task &task);
  Error check(Way &way, const Task &task);
  void run(Way &way);
  /// Seconds of one run, the least of several.
  double measure(Way &way);

  dnnl::engine engine;
  dnnl::stream stream;
  std::unique_ptr<Way> best;
};

} // namespace

//===----------------------------------------------------------------------===//
// Ways
//===----------------------------------------------------------------------===//

std::unique_ptr<Way> OneDnn::createWay(const Task &task, bool isUnsigned,
                                       bool isMatmul) {
  auto way = std::make_unique<Way>();
  way->isUnsigned = isUnsigned;
  way->isMatmul = isMatmul;
  int64_t m = task.shape.outputs, k = task.shape.depth, n = task.batch;
  auto type = isUnsigned ? memory::data_type::u8 : memory::data_type::s8;
  memory::desc source({n, k}, type, memory::format_tag::ab);
  memory::desc result({n, m}, memory::data_type::s32, memory::format_tag::ab);
  memory::desc weights(isMatmul ? memory::dims{k, m} : memory::dims{m, k},
                       memory::data_type::s8, memory::format_tag::any);
  if (isMatmul) {
    dnnl::matmul::primitive_desc desc({source, weights, result}, engine);
    way->primitive = dnnl::matmul(desc);
    way->weightsDesc = desc.weights_desc();
    way->implementation = desc.impl_info_str();
  } else {
    dnnl::inner_product_forward::primitive_desc desc(
        {dnnl::prop_kind::forward_inference, source, weights, result}, engine);
    way->primitive = dnnl::inner_product_forward(desc);
    way->weightsDesc = desc.weights_desc();
    way->implementation = desc.impl_info_str();
  }
  way->source = memory(source, engine);
  way->result = memory(result, engine);
  std::vector<int8_t> x = makeIntegers(n, k);
  if (isUnsigned)
    for (int8_t &value : x)
      value = int8_t(value ^ 0x80); // 128 more, as a byte.
  std::memcpy(way->source.get_data_handle(), x.data(), x.size());
  return way;
}

void OneDnn::addWeights(Way &way, const Task &task) {
  int64_t m = task.shape.outputs, k = task.shape.depth;
  // Our kernels are [K, M] in memory, of which an inner product has dimensions
  // the other way round.
  memory::desc given =
      way.isMatmul
          ? memory::desc({k, m}, memory::data_type::s8, memory::format_tag::ab)
          : memory::desc({m, k}, memory::data_type::s8, memory::format_tag::ba);
  layerBytes = way.weightsDesc.get_size();
  layers = countLayers(task, layerBytes);
  for (int64_t layer = 0; layer < layers; ++layer) {
    std::vector<int8_t> trits = makeTrits(task.shape, layer).unpack();
    memory from(given, engine, trits.data());
    way.weights.emplace_back(way.weightsDesc, engine);
    dnnl::reorder(from, way.weights.back())
        .execute(stream, from, way.weights.back());
    stream.wait();
  }
}

void OneDnn::run(Way &way) {
  for (const memory &weights : way.weights)
    way.primitive.execute(stream, {{DNNL_ARG_SRC, way.source},
                                   {DNNL_ARG_WEIGHTS, weights},
                                   {DNNL_ARG_DST, way.result}});
  stream.wait();
}

Error OneDnn::check(Way &way, const Task &task) {
  // The result of the first layer alone.
  way.primitive.execute(stream, {{DNNL_ARG_SRC, way.source},
                                 {DNNL_ARG_WEIGHTS, way.weights.front()},
                                 {DNNL_ARG_DST, way.result}});
  stream.wait();
  mml::ternary::TritArray trits = makeTrits(task.shape, 0);
  const auto *data = static_cast<const int32_t *>(way.result.get_data_handle());
  std::vector<int32_t> sums(data, data + task.batch * task.shape.outputs);
  if (way.isUnsigned) {
    std::vector<int32_t> excess(task.shape.outputs);
    std::vector<int8_t> row(task.shape.outputs);
    for (int64_t k = 0; k < task.shape.depth; ++k) {
      trits.unpack(row, k * task.shape.outputs);
      for (int64_t m = 0; m < task.shape.outputs; ++m)
        excess[m] += 128 * row[m];
    }
    for (size_t i = 0; i < sums.size(); ++i)
      sums[i] -= excess[i % excess.size()];
  }
  return checkProduct(task.shape, trits,
                      makeIntegers(task.batch, task.shape.depth), sums);
}

double OneDnn::measure(Way &way) {
  run(way);
  double best = 0.0;
  for (int i = 0; i < 5; ++i) {
    mml::engine::Stopwatch watch;
    run(way);
    double seconds = watch.getSeconds();
    if (i == 0 || seconds < best)
      best = seconds;
  }
  return best;
}

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

static bool usesOpenMP() {
  return dnnl::version()->cpu_runtime == DNNL_RUNTIME_OMP;
}

/// OpenMP was told by the environment how many threads to use. TBB takes as
/// many as there are processors for the process, of which it leaves so many.
static Error limitThreads(unsigned threads) {
  unsigned runtime = dnnl::version()->cpu_runtime;
  if (runtime == DNNL_RUNTIME_OMP ||
      (runtime == DNNL_RUNTIME_SEQ && threads == 1))
    return Error::success();
  if (runtime != DNNL_RUNTIME_TBB)
    return createStringError("oneDNN was built without threads of its own");
  cpu_set_t all, some;
  CPU_ZERO(&some);
  if (sched_getaffinity(0, sizeof all, &all) != 0)
    return createStringError("cannot find the processors to run on");
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&some) < int(threads); ++cpu)
    if (CPU_ISSET(cpu, &all))
      CPU_SET(cpu, &some);
  if (sched_setaffinity(0, sizeof some, &some) != 0)
    return createStringError("cannot choose the processors to run on");
  return Error::success();
}

Error OneDnn::prepare(const Task &task) {
  release();
  if (Error error = limitThreads(task.threads))
    return error;
  double bestSeconds = 0.0;
  std::string reason = "no way to multiply bytes";
  for (bool isMatmul : {false, true})
    for (bool isUnsigned : {false, true}) {
      try {
        std::unique_ptr<Way> way = createWay(task, isUnsigned, isMatmul);
        addWeights(*way, task);
        if (Error error = check(*way, task))
          return error;
        double seconds = measure(*way);
        if (!best || seconds < bestSeconds) {
          best = std::move(way);
          bestSeconds = seconds;
        }
      } catch (const std::exception &error) {
        reason = error.what();
      }
    }
  if (!best)
    return createStringError("oneDNN: " + reason);
  layerBytes = best->weightsDesc.get_size();
  layers = best->weights.size();
  const dnnl_version_t *version = dnnl::version();
  detail = llvm::formatv("{0}.{1}.{2}, {3}, {4}, {5}", version->major,
                         version->minor, version->patch, best->getName(),
                         best->implementation,
                         usesOpenMP() ? "OpenMP" : "no OpenMP");
  return Error::success();
}

Error OneDnn::call() {
  try {
    run(*best);
  } catch (const std::exception &error) {
    return createStringError(error.what());
  }
  return Error::success();
}

std::unique_ptr<Library> mml::bench::createOneDnn() {
  return std::make_unique<OneDnn>();
}
