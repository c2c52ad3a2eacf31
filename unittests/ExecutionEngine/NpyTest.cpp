//===- NpyTest.cpp - Tests of NumPy's file format -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Npy.h"

#include "Errors.h"

#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mml::engine;
using llvm::StringRef;

/// A file of version `major`.0 with the text `header` and the bytes `data`.
static std::string makeFile(StringRef header, StringRef data = {},
                            char major = 1) {
  std::string file("\x93NUMPY", 6);
  file.push_back(major);
  file.push_back('\0');
  for (int byte = 0; byte < (major == 1 ? 2 : 4); ++byte)
    file.push_back(static_cast<char>(header.size() >> (8 * byte)));
  file += header;
  file += data;
  return file;
}

static llvm::Expected<HostTensor> read(StringRef file) {
  return readNpy({file, "x.npy"});
}

static llvm::Expected<HostTensor> read(StringRef header, StringRef data) {
  return read(makeFile(header, data));
}

/// The message of the error that reading gives, or nothing.
static std::string readError(StringRef file) {
  llvm::Expected<HostTensor> tensor = read(file);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

static std::string headerError(StringRef header) {
  return readError(makeFile(header));
}

static std::string bytes(std::initializer_list<unsigned char> values) {
  return std::string(values.begin(), values.end());
}

TEST(Npy, ReadsEveryVersion) {
  for (char major : {1, 2, 3}) {
    auto tensor = read(makeFile(
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }   \n",
        bytes({1, 0, 0xff, 0xff}), major));
    ASSERT_OK(tensor);
    EXPECT_EQ(tensor->getDType(), DType::I16);
    EXPECT_EQ(tensor->getShape(), llvm::ArrayRef<int64_t>({2}));
    EXPECT_EQ(tensor->getInteger(0), 1);
    EXPECT_EQ(tensor->getInteger(1), -1);
  }
}

TEST(Npy, RoundTripsEveryElementType) {
  for (DType dtype :
       {DType::I1, DType::I8, DType::I16, DType::I32, DType::I64, DType::U8,
        DType::U16, DType::U32, DType::U64, DType::F16, DType::F32, DType::F64})
    for (const std::vector<int64_t> &sizes : {std::vector<int64_t>(),
                                              {5},
                                              {2, 3},
                                              {2, 0, 3},
                                              std::vector<int64_t>(20, 1)}) {
      auto tensor = HostTensor::create(dtype, sizes);
      ASSERT_OK(tensor);
      for (int64_t i = 0; i < tensor->getNumElements(); ++i)
        if (isFloat(dtype))
          tensor->setFloat(i, i - 0.5);
        else
          tensor->setInteger(i, i * 77);
      std::string file;
      llvm::raw_string_ostream os(file);
      writeNpy(os, *tensor);
      EXPECT_EQ((file.size() - tensor->getByteSize()) % 64, 0u);
      auto copy = read(file);
      ASSERT_OK(copy);
      EXPECT_EQ(copy->getDType(), dtype);
      EXPECT_EQ(copy->getShape(), llvm::ArrayRef<int64_t>(sizes));
      EXPECT_EQ(copy->getBytes(), tensor->getBytes());
    }
}

TEST(Npy, AcceptsOtherSpellings) {
  // Keys in another order, other quotes, no comma at the end, Python 2's long.
  auto tensor =
      read("{\"shape\":(1L,2L),\"fortran_order\":False,\"descr\":\"|u1\"}",
           bytes({3, 4}));
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->getShape(), llvm::ArrayRef<int64_t>({1, 2}));
}

TEST(Npy, TurnsFortranOrder) {
  // [[1, 2, 3], [4, 5, 6]], columns first.
  auto tensor =
      read("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
           bytes({1, 4, 2, 5, 3, 6}));
  ASSERT_OK(tensor);
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(tensor->getInteger(i), i + 1);
  for (StringRef shape : {"(0, 3)", "(3, 0)"})
    EXPECT_EQ(messageOf(read(("{'descr': '|u1', 'fortran_order': True, "
                              "'shape': " +
                              shape + ", }")
                                 .str(),
                             "")),
              "");
  EXPECT_EQ(
      messageOf(read("{'descr': '|u1', 'fortran_order': True, 'shape': (), }",
                     bytes({1}))),
      "");
}

TEST(Npy, RefusesWhatIsNotAnArray) {
  EXPECT_EQ(readError(""), "x.npy: not a .npy file");
  EXPECT_EQ(readError("PK\x03\x04"), "x.npy: not a .npy file");
  EXPECT_EQ(readError("\x93NUMPY"), "x.npy: the file ends in the header");
  std::string file = makeFile(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", "1234");
  ASSERT_EQ(readError(file), "");
  // Cut anywhere, it is refused.
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_NE(readError(StringRef(file).take_front(size)), "") << size;
  EXPECT_EQ(readError(StringRef(file).drop_back(1)),
            "x.npy: expected 4 bytes of data for f32 [] but got 3");
  EXPECT_EQ(readError(file + "x"),
            "x.npy: expected 4 bytes of data for f32 [] but got 5");
}

TEST(Npy, RefusesOtherVersions) {
  for (char major : {0, 4, 100})
    EXPECT_TRUE(isIn("expected version 1.0, 2.0 or 3.0",
                     readError(makeFile("{}", "", major))));
  std::string file = makeFile("{}");
  file[7] = 1;
  EXPECT_TRUE(isIn("but got 1.1", readError(file)));
}

TEST(Npy, RefusesLargeHeaders) {
  std::string file = makeFile("", "", 2);
  for (int byte = 8; byte < 12; ++byte)
    file[byte] = '\xff';
  EXPECT_EQ(readError(file),
            "x.npy: expected a header of at most 65536 bytes but got "
            "4294967295");
}

TEST(Npy, RefusesOtherElementTypes) {
  auto withDescr = [](StringRef descr) {
    return headerError(
        ("{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,), }")
            .str());
  };
  EXPECT_TRUE(
      isIn("expected little-endian data but got '>f4'", withDescr("'>f4'")));
  for (StringRef descr : {"'|O'", "'<c8'", "'<f16'", "'<U3'", "''", "'f4'"})
    EXPECT_TRUE(isIn("expected one of the element types", withDescr(descr)))
        << descr.str();
  EXPECT_TRUE(isIn("several fields", withDescr("[('a', '<f4')]")));
  EXPECT_TRUE(isIn("expected text in quotes", withDescr("4")));
}

TEST(Npy, RefusesDamagedHeaders) {
  StringRef start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  for (StringRef header :
       {"", " ", "{", "[]", "{}", "{'descr'", "{'descr': '<f4",
        "{'descr': '<f4' 'fortran_order': False}", "{,}", "{'descr': '<f4',,}",
        "{'fortran_order': 1}", "{'other': 1}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x"})
    EXPECT_TRUE(isIn("damaged header", headerError(header))) << header.str();
  for (StringRef shape : {"(", "(1", "(1,", "(,)", "(1,,2)", "(-1,)", "(1 2)",
                          "(1.5,)", "None", "[1]", "((1,),)", "(x,)",
                          "(99999999999999999999,)", "(9223372036854775808,)"})
    EXPECT_TRUE(
        isIn("damaged header", headerError((start + shape + ", }").str())))
        << shape.str();
}

TEST(Npy, RefusesSizesBeforeAllocation) {
  StringRef start = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
  EXPECT_TRUE(isIn("is too large",
                   headerError((start + "(9223372036854775807, 2), }").str())));
  EXPECT_EQ(headerError((start + "(1099511627776,), }").str()),
            "x.npy: expected 8796093022208 bytes of data for f64 "
            "[1099511627776] but got 0");
  // A zero dimension does not let the others overflow.
  EXPECT_TRUE(
      isIn("is too large",
           headerError((start + "(0, 4611686018427387904, 16), }").str())));
  std::string shape = "(";
  for (int d = 0; d < 65; ++d)
    shape += "1, ";
  EXPECT_TRUE(isIn("expected at most 64 dimensions",
                   headerError((start + shape + "), }").str())));
  // Nesting costs no stack.
  EXPECT_TRUE(isIn("damaged header",
                   headerError((start + std::string(60000, '(')).str())));
}

TEST(Npy, RefusesBooleansThatAreNone) {
  EXPECT_EQ(messageOf(read(
                "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }",
                bytes({1, 2}))),
            "x.npy: expected booleans to be stored as 0 or 1 but got 2");
}

TEST(Npy, NamesFilesThatAreMissing) {
  EXPECT_EQ(messageOf(readNpyFile("/does/not/exist.npy")),
            "/does/not/exist.npy: No such file or directory");
}
