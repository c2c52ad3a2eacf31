//===- SummaryTest.cpp - Tests of what a tensor holds ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Summary.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mml::engine;

static HostTensor make(DType dtype, llvm::ArrayRef<double> values) {
  HostTensor tensor = llvm::cantFail(
      HostTensor::create(dtype, {static_cast<int64_t>(values.size())}));
  for (auto [index, value] : llvm::enumerate(values))
    if (isFloat(dtype))
      tensor.setFloat(index, value);
    else
      tensor.setInteger(index, static_cast<int64_t>(value));
  return tensor;
}

TEST(Summary, FloatsCountWhatIsNoNumber) {
  double inf = std::numeric_limits<double>::infinity();
  for (DType dtype : {DType::F16, DType::F32, DType::F64}) {
    Summary summary =
        summarize(make(dtype, {1.5, -2.5, NAN, inf, 0.0, -inf, NAN}));
    EXPECT_EQ(summary.min, "-inf");
    EXPECT_EQ(summary.max, "inf");
    EXPECT_EQ(summary.numNaN, 2);
    EXPECT_EQ(summary.numInfinite, 2);
    EXPECT_EQ(summary.meanAbs, 4.0 / 3.0);
  }
}

TEST(Summary, NothingToTell) {
  Summary summary = summarize(make(DType::F32, {}));
  EXPECT_EQ(summary.min, "-");
  EXPECT_EQ(summary.max, "-");
  EXPECT_EQ(summary.meanAbs, 0.0);
  EXPECT_EQ(summary.checksum, 0u);
  EXPECT_EQ(summarize(make(DType::I8, {})).max, "-");

  summary = summarize(make(DType::F32, {NAN}));
  EXPECT_EQ(summary.min, "-");
  EXPECT_EQ(summary.numNaN, 1);
}

TEST(Summary, IntegersAreExact) {
  HostTensor tensor = llvm::cantFail(HostTensor::create(DType::I64, {2}));
  tensor.setInteger(0, std::numeric_limits<int64_t>::min());
  tensor.setInteger(1, std::numeric_limits<int64_t>::max());
  Summary summary = summarize(tensor);
  EXPECT_EQ(summary.min, "-9223372036854775808");
  EXPECT_EQ(summary.max, "9223372036854775807");

  summary = summarize(make(DType::U8, {255, 1}));
  EXPECT_EQ(summary.min, "1");
  EXPECT_EQ(summary.max, "255");
  EXPECT_EQ(summary.meanAbs, 128.0);
  // zlib.crc32(bytes([255, 1]))
  EXPECT_EQ(summary.checksum, 0xa5fadf1bu);
}
