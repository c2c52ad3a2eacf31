//===- Ours.cpp - Our side as a contestant --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "Probe.h"

using namespace mml::bench;
using llvm::Expected;

namespace {
class Ours : public Contestant {
public:
  Ours(std::shared_ptr<Model> model, std::string name, unsigned threads)
      : Contestant(Role::Ours, std::move(name)), model(std::move(model)),
        threads(threads) {
    const Variant &variant = this->model->getVariant();
    layers = variant.layers;
    predicted = this->model->predict(threads);
    bytes = this->model->getWeightBytes();
    operations =
        2.0 * this->model->getBatch() * variant.shape.getWeights() * layers;
  }

  Expected<Sample> run(int64_t warmups, int64_t calls) override {
    model->getEngine().setNumThreads(threads);
    return timeCalls(threads, warmups, calls, [&] { return model->call(); });
  }

private:
  std::shared_ptr<Model> model;
  unsigned threads;
};
} // namespace

std::unique_ptr<Contestant> mml::bench::createOurs(std::shared_ptr<Model> model,
                                                   std::string name,
                                                   unsigned threads) {
  return std::make_unique<Ours>(std::move(model), std::move(name), threads);
}
