//===- PipelineTest.h - Modules that tests compile and run ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_PIPELINES_PIPELINETEST_H
#define MML_UNITTESTS_PIPELINES_PIPELINETEST_H

#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "gtest/gtest.h"

#include <cstring>

namespace mlir::mml {

/// The element type of tensors of `T` in memory.
template <typename T> constexpr ::mml::engine::DType getDType() {
  using ::mml::engine::DType;
  if constexpr (std::is_same_v<T, int8_t>)
    return DType::I8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return DType::I16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return DType::I32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return DType::I64;
  else if constexpr (std::is_same_v<T, float>)
    return DType::F32;
  else
    return DType::F64;
}

/// A tensor with the elements of `values`, row-major.
template <typename T>
::mml::engine::HostTensor makeTensor(ArrayRef<int64_t> shape,
                                     ArrayRef<T> values) {
  auto tensor =
      llvm::cantFail(::mml::engine::HostTensor::create(getDType<T>(), shape));
  std::memcpy(tensor.data(), values.data(), values.size() * sizeof(T));
  return tensor;
}

/// Compiles modules by the CPU pipeline and runs them.
class PipelineTest : public testing::Test {
protected:
  PipelineTest();

  /// An empty module, in which `builder` then inserts.
  OwningOpRef<ModuleOp> createModule(OpBuilder &builder);

  /// Compiles `module`, whose only function is the entry. Null and a failure of
  /// the test where that does not work.
  std::unique_ptr<::mml::engine::Engine>
  compile(ModuleOp module, KernelKind kernel = KernelKind::Auto,
          unsigned vectorBits = 256);

  /// Calls `engine`; nothing and a failure of the test where it fails.
  SmallVector<::mml::engine::HostTensor>
  run(::mml::engine::Engine &engine,
      ArrayRef<::mml::engine::HostTensor> inputs);

  MLIRContext context;
};

} // namespace mlir::mml

#endif // MML_UNITTESTS_PIPELINES_PIPELINETEST_H
