//===- OpenBlas.cpp - The float32 baseline --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Worker.h"

#include <cblas.h>

using namespace mml::bench;
using llvm::Error;

namespace {
/// The matrix that Keras would multiply by. A batch of one is a matrix-vector
/// product, as OpenBLAS is faster when told so. Products of the same integers
/// as everybody's, whose sums f32 holds exactly.
class OpenBlas : public Library {
public:
  Error prepare(const Task &task) override;
  Error call() override;
  void release() override { *this = OpenBlas(); }

private:
  void multiply(const std::vector<float> &kernel);

  Task task;
  std::vector<std::vector<float>> kernels;
  std::vector<float> x, y;
};
} // namespace

void OpenBlas::multiply(const std::vector<float> &kernel) {
  int m = task.shape.outputs, k = task.shape.depth, n = task.batch;
  if (n == 1)
    cblas_sgemv(CblasRowMajor, CblasTrans, k, m, 1.0f, kernel.data(), m,
                x.data(), 1, 0.0f, y.data(), 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, m, k, 1.0f,
                x.data(), k, kernel.data(), m, 0.0f, y.data(), m);
}

Error OpenBlas::prepare(const Task &newTask) {
  task = newTask;
  detail = std::string(openblas_get_corename()) + " kernels";
  layerBytes = task.shape.getWeights() * sizeof(float);
  layers = countLayers(task, layerBytes);
  std::vector<int8_t> integers = makeIntegers(task.batch, task.shape.depth);
  x.assign(integers.begin(), integers.end());
  y.resize(task.batch * task.shape.outputs);
  kernels.clear();
  for (int64_t layer = 0; layer < layers; ++layer) {
    std::vector<int8_t> trits = makeTrits(task.shape, layer).unpack();
    kernels.emplace_back(trits.begin(), trits.end());
  }
  multiply(kernels.front());
  std::vector<int32_t> sums(y.begin(), y.end());
  return checkProduct(task.shape, makeTrits(task.shape, 0), integers, sums);
}

Error OpenBlas::call() {
  for (const std::vector<float> &kernel : kernels)
    multiply(kernel);
  return Error::success();
}

std::unique_ptr<Library> mml::bench::createOpenBlas() {
  return std::make_unique<OpenBlas>();
}
