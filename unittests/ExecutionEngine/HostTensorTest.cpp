//===- HostTensorTest.cpp - Tests of tensors in memory --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/HostTensor.h"

#include "Errors.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mml::engine;

TEST(HostTensor, StartsAlignedAndZero) {
  llvm::Expected<HostTensor> tensor = HostTensor::create(DType::F32, {3, 5});
  ASSERT_OK(tensor);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->data()) % 64, 0u);
  EXPECT_EQ(tensor->getNumElements(), 15);
  EXPECT_EQ(tensor->getByteSize(), 60);
  for (float value : tensor->as<float>())
    EXPECT_EQ(value, 0.0f);
}

TEST(HostTensor, ScalarAndEmptyShapes) {
  llvm::Expected<HostTensor> scalar = HostTensor::create(DType::I64, {});
  ASSERT_OK(scalar);
  EXPECT_EQ(scalar->getNumElements(), 1);
  llvm::Expected<HostTensor> empty = HostTensor::create(DType::F64, {4, 0, 2});
  ASSERT_OK(empty);
  EXPECT_EQ(empty->getNumElements(), 0);
  EXPECT_NE(empty->data(), nullptr);
}

TEST(HostTensor, AdoptsMemoryFromItsMiddle) {
  char *allocation = static_cast<char *>(std::aligned_alloc(64, 128));
  HostTensor tensor =
      HostTensor::adopt(DType::F32, {2, 3}, 24, allocation, allocation + 64);
  EXPECT_EQ(tensor.data(), allocation + 64);
  EXPECT_EQ(tensor.getNumElements(), 6);
  tensor.setFloat(5, 2.5);
  EXPECT_EQ(reinterpret_cast<float *>(allocation)[16 + 5], 2.5f);
  HostTensor moved = std::move(tensor);
  EXPECT_EQ(moved.data(), allocation + 64);
  EXPECT_EQ(moved.getFloat(5), 2.5);
}

TEST(HostTensor, RefusesShapesThatDoNotFit) {
  EXPECT_EQ(messageOf(getByteSize(DType::F32, {-1})),
            "expected dimensions of at least 0 but got -1");
  EXPECT_EQ(messageOf(getByteSize(DType::F64, {int64_t(1) << 60})),
            "a tensor f64 [1152921504606846976] is too large");
  // A zero does not hide that the other sizes overflow.
  EXPECT_NE(messageOf(getByteSize(DType::I8,
                                  {0, int64_t(1) << 40, int64_t(1) << 40})),
            "");
  EXPECT_EQ(messageOf(getByteSize(DType::I8, std::vector<int64_t>(65, 1))),
            "expected at most 64 dimensions but got 65");
  EXPECT_EQ(messageOf(getByteSize(DType::I8, std::vector<int64_t>(64, 1))), "");
  EXPECT_EQ(messageOf(HostTensor::create(DType::I8, {int64_t(1) << 60})),
            "not enough memory for a tensor i8 [1152921504606846976] of "
            "1152921504606846976 bytes");
}

TEST(HostTensor, ReadsAndWritesEveryElementType) {
  for (DType dtype : {DType::I1, DType::I8, DType::I16, DType::I32, DType::I64,
                      DType::U8, DType::U16, DType::U32, DType::U64}) {
    llvm::Expected<HostTensor> tensor = HostTensor::create(dtype, {3});
    ASSERT_OK(tensor);
    tensor->setInteger(0, 1);
    tensor->setInteger(1, -1);
    EXPECT_EQ(tensor->getInteger(0), 1);
    unsigned width = getByteWidth(dtype) * 8;
    int64_t ones = dtype == DType::I1                ? 1
                   : isUnsigned(dtype) && width < 64 ? (int64_t(1) << width) - 1
                                                     : -1;
    EXPECT_EQ(tensor->getInteger(1), ones) << getName(dtype).str();
    EXPECT_EQ(tensor->getInteger(2), 0);
  }
  for (DType dtype : {DType::F16, DType::F32, DType::F64}) {
    llvm::Expected<HostTensor> tensor = HostTensor::create(dtype, {3});
    ASSERT_OK(tensor);
    tensor->setFloat(0, -1.5);
    tensor->setFloat(1, -INFINITY);
    tensor->setFloat(2, NAN);
    EXPECT_EQ(tensor->getFloat(0), -1.5);
    EXPECT_EQ(tensor->getFloat(1), -INFINITY);
    EXPECT_TRUE(std::isnan(tensor->getFloat(2)));
  }
}

TEST(HostTensor, HalfRoundsToNearestEven) {
  llvm::Expected<HostTensor> tensor = HostTensor::create(DType::F16, {1});
  ASSERT_OK(tensor);
  tensor->setFloat(0, 2049.0);
  EXPECT_EQ(tensor->getFloat(0), 2048.0);
  tensor->setFloat(0, 2051.0);
  EXPECT_EQ(tensor->getFloat(0), 2052.0);
}

TEST(HostTensor, Delinearizes) {
  llvm::Expected<HostTensor> tensor = HostTensor::create(DType::I8, {2, 3, 4});
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->delinearize(23), (llvm::SmallVector<int64_t>{1, 2, 3}));
  EXPECT_EQ(tensor->delinearize(4), (llvm::SmallVector<int64_t>{0, 1, 0}));
}
