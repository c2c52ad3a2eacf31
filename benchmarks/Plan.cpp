//===- Plan.cpp - Which cases are measured --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace mml::bench;
using llvm::ArrayRef;

/// The widest layer of a language model of 2 to 3 billion weights.
static constexpr Shape mainShape{6912, 2560};

/// A layer whose weights no common cache of a core holds.
static constexpr Shape largestShape{4096, 14336};

/// Sizes that are no multiple of anything, of layers that are small.
static constexpr Shape oddShapes[] = {{1000, 1000}, {131, 257}};

ArrayRef<Shape> mml::bench::getAllShapes() {
  static constexpr Shape shapes[] = {mainShape,   {2560, 6912}, {2560, 2560},
                                     {640, 2560}, largestShape, oddShapes[0],
                                     oddShapes[1]};
  return shapes;
}

static constexpr int64_t tableBatches[] = {1,  2,  4,   8,   16,
                                           32, 64, 128, 256, 512};

ArrayRef<int64_t> mml::bench::getAllBatches() {
  static constexpr int64_t batches[] = {1,  2,  3,  4,   8,   16,
                                        17, 32, 64, 128, 256, 512};
  return batches;
}

std::string Case::str() const {
  std::string name =
      getName(form).str() + "/" + shape.str() + "/N=" + std::to_string(batch);
  if (isStreamed)
    name += "/streamed";
  if (cpu != "native")
    name += "/" + cpu;
  return name;
}

std::vector<Case> mml::bench::getGoals() {
  std::vector<Case> cases;
  auto add = [&](Form form, Shape shape, ArrayRef<int64_t> batches,
                 llvm::StringRef cpu, bool isStreamed, bool hasAllKernels) {
    for (int64_t batch : batches)
      cases.push_back(
          {form, shape, batch, cpu.str(), isStreamed, hasAllKernels});
  };
  add(Form::Contraction, mainShape, getAllBatches(), "native",
      /*isStreamed=*/false, /*hasAllKernels=*/true);
  // Kernels are near each other for few tokens only. The largest shape takes a
  // minute for each batch, with what libraries make of its weights.
  constexpr size_t fewBatches = 3;
  ArrayRef<int64_t> batches(tableBatches);
  for (Shape shape : {Shape{2560, 6912}, Shape{2560, 2560}, Shape{640, 2560},
                      oddShapes[0], oddShapes[1]}) {
    add(Form::Contraction, shape, batches.take_front(fewBatches), "native",
        false, true);
    add(Form::Contraction, shape, batches.drop_front(fewBatches), "native",
        false, false);
    add(Form::Layer, shape, batches, "native", false, false);
  }
  add(Form::Layer, mainShape, batches, "native", false, false);
  add(Form::Contraction, largestShape, {1, 8, 32, 512}, "native", false, false);
  for (Shape shape : oddShapes)
    add(Form::Contraction, shape, {17}, "native", false, false);
  add(Form::Contraction, mainShape, {1}, "native", /*isStreamed=*/true, true);
  add(Form::Layer, mainShape, {1}, "native", true, false);
  add(Form::Contraction, mainShape, {1, 512}, avx2Cpu, false, true);
  add(Form::Contraction, mainShape, {1}, avx2Cpu, true, false);
  return cases;
}

std::vector<Case> mml::bench::getGrid(ArrayRef<Shape> shapes,
                                      ArrayRef<int64_t> batches) {
  std::vector<Case> cases;
  for (const char *cpu : {"native", avx2Cpu.data()})
    for (Form form : {Form::Contraction, Form::Layer})
      for (Shape shape : shapes)
        for (int64_t batch : batches) {
          cases.push_back({form, shape, batch, cpu, false, true});
          if (batch == 1)
            cases.push_back({form, shape, batch, cpu, true, true});
        }
  return cases;
}
