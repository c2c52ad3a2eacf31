//===- BatchTest.cpp - One compiled model at every batch size -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Npy.h"
#include "mml/Import/ImportIR.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace mml::engine;

namespace {

template <typename T> T take(llvm::Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    std::exit(1);
  }
  return std::move(*value);
}

/// The rows `first` to `first + count - 1` of a matrix of floats.
HostTensor takeRows(const HostTensor &matrix, int64_t first, int64_t count) {
  int64_t columns = matrix.getShape()[1];
  HostTensor rows = take(HostTensor::create(DType::F32, {count, columns}));
  std::memcpy(rows.data(), matrix.as<float>().data() + first * columns,
              rows.getByteSize());
  return rows;
}

TEST(BatchTest, OneCompiledModelAnswersAnyNumberOfRows) {
  std::string folder = MML_EXAMPLES_DIR "/digits/";
  mlir::DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto file = llvm::MemoryBuffer::getFile(folder + "model.keras");
  ASSERT_TRUE(file);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      take(mlir::mml::importKeras((*file)->getMemBufferRef(), context));
  mlir::PassManager passes(&context);
  mlir::mml::buildCPUPipeline(passes, mlir::mml::CPUPipelineOptions());
  ASSERT_TRUE(mlir::succeeded(passes.run(*module)));
  std::unique_ptr<Engine> engine = take(Engine::create(*module));

  HostTensor x = take(readNpyFile(folder + "x0.npy"));
  HostTensor y = take(readNpyFile(folder + "y0.npy"));
  for (int64_t count : {1, 7, 64, 333, 1}) {
    SCOPED_TRACE(count);
    int64_t first = 360 - count;
    HostTensor expected = takeRows(y, first, count);
    auto results = take(engine->invoke(takeRows(x, first, count)));
    ASSERT_EQ(results.front().getShape(), expected.getShape());
    for (auto [actual, wanted] :
         llvm::zip(results.front().as<float>(), expected.as<float>()))
      ASSERT_NEAR(actual, wanted, 1e-5);
  }
}

} // namespace
