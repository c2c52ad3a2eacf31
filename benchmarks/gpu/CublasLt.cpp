//===- CublasLt.cpp - The same products by cuBLASLt -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The library's matrices are columns first. Weights are stored as K x M columns
// and taken transposed, which is the only form that its products of i8 have;
// the rows of activations are K x N columns, and those of the result M x N.
//
//===----------------------------------------------------------------------===//

#include "CublasLt.h"

#include "mml/ExecutionEngine/Timing.h"

#include "llvm/Support/MathExtras.h"

#include <cublasLt.h>
#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cmath>
#include <memory>

using namespace mml::bench;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Resources
//===----------------------------------------------------------------------===//

static Error check(cudaError_t result, const char *what) {
  if (result == cudaSuccess)
    return Error::success();
  return createStringError(llvm::Twine(what) +
                           " failed: " + cudaGetErrorString(result));
}

static Error check(cublasStatus_t result, const char *what) {
  if (result == CUBLAS_STATUS_SUCCESS)
    return Error::success();
  return createStringError(llvm::Twine(what) +
                           " failed: " + cublasLtGetStatusName(result));
}

namespace {

/// Destroys what the library made.
template <auto destroy> struct Destroy {
  template <typename T> void operator()(T *object) const { destroy(object); }
};
template <typename Handle, auto destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroy<destroy>>;

using Memory = Owned<void *, cudaFree>;
using Library = Owned<cublasLtHandle_t, cublasLtDestroy>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Descriptor = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Preference =
    Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;
using Stream = Owned<cudaStream_t, cudaStreamDestroy>;
using Event = Owned<cudaEvent_t, cudaEventDestroy>;
using Graph = Owned<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Owned<cudaGraphExec_t, cudaGraphExecDestroy>;

constexpr size_t workspaceBytes = 64 << 20;

} // namespace

static Expected<Memory> allocate(size_t bytes) {
  void *memory = nullptr;
  if (Error error = check(cudaMalloc(&memory, bytes), "cudaMalloc"))
    return std::move(error);
  return Memory(memory);
}

template <typename T>
static Error upload(void *target, const std::vector<T> &values) {
  return check(cudaMemcpy(target, values.data(), values.size() * sizeof(T),
                          cudaMemcpyHostToDevice),
               "cudaMemcpy");
}

static Expected<Layout> createLayout(cudaDataType type, int64_t rows,
                                     int64_t columns) {
  cublasLtMatrixLayout_t layout = nullptr;
  if (Error error =
          check(cublasLtMatrixLayoutCreate(&layout, type, rows, columns, rows),
                "cublasLtMatrixLayoutCreate"))
    return std::move(error);
  return Layout(layout);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {

/// Products of one shape and batch with several sets of weights.
class Products {
public:
  Products(Precision precision, Shape shape, int64_t batch, size_t leastBytes)
      : precision(precision), shape(shape), batch(batch),
        sets(std::max<int64_t>(
            1, (leastBytes + shape.getWeights() * getSize() - 1) /
                   (shape.getWeights() * getSize()))) {}

  Error create();
  /// Kernels for this batch, the most promising first; none where the library
  /// has none.
  Expected<std::vector<cublasLtMatmulAlgo_t>> getKernels();
  /// Seconds of one product.
  Expected<double> time(const cublasLtMatmulAlgo_t &kernel,
                        unsigned repetitions);
  Error checkAnswer();

private:
  bool isInt8() const { return precision == Precision::Int8; }
  int64_t getSize() const { return isInt8() ? 1 : 2; }
  Error fill();
  Error multiply(const cublasLtMatmulAlgo_t &kernel, int64_t set);

  Precision precision;
  Shape shape;
  int64_t batch, sets;
  Library library;
  Stream stream;
  Descriptor product;
  Layout weightLayout, inputLayout, resultLayout;
  Memory weights, input, result, workspace;
};

} // namespace

Error Products::create() {
  cublasLtHandle_t handle = nullptr;
  if (Error error = check(cublasLtCreate(&handle), "cublasLtCreate"))
    return error;
  library.reset(handle);
  cudaStream_t newStream = nullptr;
  if (Error error =
          check(cudaStreamCreateWithFlags(&newStream, cudaStreamNonBlocking),
                "cudaStreamCreate"))
    return error;
  stream.reset(newStream);

  cublasLtMatmulDesc_t descriptor = nullptr;
  if (Error error = check(
          cublasLtMatmulDescCreate(
              &descriptor, isInt8() ? CUBLAS_COMPUTE_32I : CUBLAS_COMPUTE_32F,
              isInt8() ? CUDA_R_32I : CUDA_R_32F),
          "cublasLtMatmulDescCreate"))
    return error;
  product.reset(descriptor);
  cublasOperation_t transposed = CUBLAS_OP_T;
  if (Error error = check(cublasLtMatmulDescSetAttribute(
                              descriptor, CUBLASLT_MATMUL_DESC_TRANSA,
                              &transposed, sizeof(transposed)),
                          "cublasLtMatmulDescSetAttribute"))
    return error;

  cudaDataType operand = isInt8() ? CUDA_R_8I : CUDA_R_16F;
  struct {
    Layout &layout;
    cudaDataType type;
    int64_t rows, columns;
  } layouts[] = {
      {weightLayout, operand, shape.depth, shape.outputs},
      {inputLayout, operand, shape.depth, batch},
      {resultLayout, isInt8() ? CUDA_R_32I : CUDA_R_16F, shape.outputs, batch}};
  for (auto &[layout, type, rows, columns] : layouts) {
    Expected<Layout> created = createLayout(type, rows, columns);
    if (!created)
      return created.takeError();
    layout = std::move(*created);
  }
  struct {
    Memory &memory;
    size_t bytes;
  } memories[] = {{weights, size_t(sets * shape.getWeights() * getSize())},
                  {input, size_t(batch * shape.depth * getSize())},
                  {result, size_t(batch * shape.outputs * (isInt8() ? 4 : 2))},
                  {workspace, workspaceBytes}};
  for (auto &[memory, bytes] : memories) {
    Expected<Memory> allocated = allocate(bytes);
    if (!allocated)
      return allocated.takeError();
    memory = std::move(*allocated);
  }
  return fill();
}

/// A kernel [K, M] of trits by its columns.
static std::vector<int8_t> transpose(mml::ternary::TritView trits,
                                     Shape shape) {
  std::vector<int8_t> columns(shape.getWeights());
  for (int64_t k = 0; k < shape.depth; ++k)
    for (int64_t m = 0; m < shape.outputs; ++m)
      columns[m * shape.depth + k] = trits[k * shape.outputs + m];
  return columns;
}

Error Products::fill() {
  // All sets have the same numbers, at different places in memory.
  std::vector<int8_t> columns = transpose(makeTrits(shape, 0), shape);
  std::vector<int8_t> rows = makeIntegers(batch, shape.depth);
  std::vector<__half> halfColumns, halfRows;
  if (!isInt8()) {
    halfColumns.assign(columns.begin(), columns.end());
    for (int8_t value : rows)
      halfRows.push_back(__half(value / 128.0f));
  }
  char *base = static_cast<char *>(weights.get());
  for (int64_t set = 0; set < sets; ++set) {
    char *target = base + set * shape.getWeights() * getSize();
    if (Error error =
            isInt8() ? upload(target, columns) : upload(target, halfColumns))
      return error;
  }
  return isInt8() ? upload(input.get(), rows) : upload(input.get(), halfRows);
}

Expected<std::vector<cublasLtMatmulAlgo_t>> Products::getKernels() {
  cublasLtMatmulPreference_t handle = nullptr;
  if (Error error = check(cublasLtMatmulPreferenceCreate(&handle),
                          "cublasLtMatmulPreferenceCreate"))
    return std::move(error);
  Preference preference(handle);
  size_t bytes = workspaceBytes;
  if (Error error = check(cublasLtMatmulPreferenceSetAttribute(
                              handle, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                              &bytes, sizeof(bytes)),
                          "cublasLtMatmulPreferenceSetAttribute"))
    return std::move(error);
  cublasLtMatmulHeuristicResult_t results[8] = {};
  int count = 0;
  // It says "not supported" where it has none.
  cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      library.get(), product.get(), weightLayout.get(), inputLayout.get(),
      resultLayout.get(), resultLayout.get(), handle, std::size(results),
      results, &count);
  std::vector<cublasLtMatmulAlgo_t> kernels;
  if (status == CUBLAS_STATUS_SUCCESS)
    for (int i = 0; i < count; ++i)
      if (results[i].state == CUBLAS_STATUS_SUCCESS)
        kernels.push_back(results[i].algo);
  return kernels;
}

Error Products::multiply(const cublasLtMatmulAlgo_t &kernel, int64_t set) {
  const char *base = static_cast<const char *>(weights.get());
  int32_t one = 1, zero = 0;
  float floatOne = 1.0f, floatZero = 0.0f;
  return check(
      cublasLtMatmul(library.get(), product.get(),
                     isInt8() ? static_cast<void *>(&one) : &floatOne,
                     base + set * shape.getWeights() * getSize(),
                     weightLayout.get(), input.get(), inputLayout.get(),
                     isInt8() ? static_cast<void *>(&zero) : &floatZero,
                     result.get(), resultLayout.get(), result.get(),
                     resultLayout.get(), &kernel, workspace.get(),
                     workspaceBytes, stream.get()),
      "cublasLtMatmul");
}

Expected<double> Products::time(const cublasLtMatmulAlgo_t &kernel,
                                unsigned repetitions) {
  // A first product loads the kernel, which a graph cannot.
  if (Error error = multiply(kernel, 0))
    return std::move(error);
  if (Error error = check(cudaStreamBeginCapture(
                              stream.get(), cudaStreamCaptureModeThreadLocal),
                          "cudaStreamBeginCapture"))
    return std::move(error);
  Error failed = Error::success();
  for (int64_t set = 0; set < sets && !failed; ++set)
    failed = multiply(kernel, set);
  cudaGraph_t captured = nullptr;
  Error ended = check(cudaStreamEndCapture(stream.get(), &captured),
                      "cudaStreamEndCapture");
  Graph graph(captured);
  if (Error error = llvm::joinErrors(std::move(failed), std::move(ended)))
    return std::move(error);
  cudaGraphExec_t instantiated = nullptr;
  if (Error error = check(cudaGraphInstantiate(&instantiated, captured, 0),
                          "cudaGraphInstantiate"))
    return std::move(error);
  GraphExec executable(instantiated);

  cudaEvent_t events[2] = {};
  for (cudaEvent_t &event : events)
    if (Error error = check(cudaEventCreate(&event), "cudaEventCreate"))
      return std::move(error);
  Event begin(events[0]), end(events[1]);
  llvm::SmallVector<double> seconds;
  for (unsigned i = 0; i <= repetitions; ++i) {
    float milliseconds = 0;
    cudaEventRecord(events[0], stream.get());
    cudaGraphLaunch(instantiated, stream.get());
    cudaEventRecord(events[1], stream.get());
    cudaEventSynchronize(events[1]);
    if (Error error =
            check(cudaEventElapsedTime(&milliseconds, events[0], events[1]),
                  "a graph of cublasLtMatmul"))
      return std::move(error);
    if (i)
      seconds.push_back(milliseconds * 1e-3 / sets);
  }
  return mml::engine::getMedian(seconds);
}

Error Products::checkAnswer() {
  if (Error error =
          check(cudaStreamSynchronize(stream.get()), "cudaStreamSynchronize"))
    return error;
  mml::ternary::TritArray trits = makeTrits(shape, 0);
  std::vector<int8_t> x = makeIntegers(batch, shape.depth);
  int64_t count = batch * shape.outputs;
  if (isInt8()) {
    std::vector<int32_t> y(count);
    if (Error error = check(cudaMemcpy(y.data(), result.get(), 4 * count,
                                       cudaMemcpyDeviceToHost),
                            "cudaMemcpy"))
      return error;
    return checkProduct(shape, trits, x, y);
  }
  std::vector<__half> y(count);
  if (Error error = check(
          cudaMemcpy(y.data(), result.get(), 2 * count, cudaMemcpyDeviceToHost),
          "cudaMemcpy"))
    return error;
  // Some outputs of the last row; rounding is about a thousandth.
  mml::ternary::TritView view = trits;
  int64_t row = batch - 1;
  for (int64_t m = 0; m < shape.outputs; m += 1 + shape.outputs / 16) {
    double sum = 0, magnitude = 1;
    for (int64_t k = 0; k < shape.depth; ++k) {
      double term =
          view[k * shape.outputs + m] * x[row * shape.depth + k] / 128.0;
      sum += term;
      magnitude += std::abs(term);
    }
    double actual = static_cast<float>(y[row * shape.outputs + m]);
    if (!(std::abs(actual - sum) <= 1e-2 * std::sqrt(magnitude) * 4))
      return createStringError("output " + llvm::Twine(m) +
                               " of a product in f16 is wrong");
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

Expected<ProductTime> mml::bench::timeCublasLt(Precision precision, Shape shape,
                                               int64_t batch, size_t leastBytes,
                                               unsigned repetitions) {
  for (int64_t unit : {1, 4, 8, 16, 32}) {
    int64_t rows = llvm::alignTo(batch, unit);
    Products products(precision, shape, rows, leastBytes);
    if (Error error = products.create())
      return std::move(error);
    auto kernels = products.getKernels();
    if (!kernels)
      return kernels.takeError();
    std::optional<double> best;
    for (const cublasLtMatmulAlgo_t &kernel : *kernels) {
      Expected<double> seconds = products.time(kernel, repetitions);
      // What is proposed is not always possible.
      if (!seconds) {
        llvm::consumeError(seconds.takeError());
        continue;
      }
      if (Error error = products.checkAnswer())
        return std::move(error);
      best = std::min(best.value_or(*seconds), *seconds);
    }
    if (best)
      return ProductTime{*best, rows};
  }
  return createStringError("cuBLASLt has no product of this shape");
}
