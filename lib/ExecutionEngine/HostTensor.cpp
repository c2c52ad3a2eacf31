//===- HostTensor.cpp - A dense tensor in this process' memory ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <unistd.h>

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;

unsigned mml::engine::getByteWidth(DType dtype) {
  switch (dtype) {
  case DType::I1:
  case DType::I8:
  case DType::U8:
    return 1;
  case DType::I16:
  case DType::U16:
  case DType::F16:
    return 2;
  case DType::I32:
  case DType::U32:
  case DType::F32:
    return 4;
  case DType::I64:
  case DType::U64:
  case DType::F64:
    return 8;
  }
  llvm_unreachable("unknown element type");
}

llvm::StringRef mml::engine::getName(DType dtype) {
  switch (dtype) {
  case DType::I1:
    return "i1";
  case DType::I8:
    return "i8";
  case DType::I16:
    return "i16";
  case DType::I32:
    return "i32";
  case DType::I64:
    return "i64";
  case DType::U8:
    return "u8";
  case DType::U16:
    return "u16";
  case DType::U32:
    return "u32";
  case DType::U64:
    return "u64";
  case DType::F16:
    return "f16";
  case DType::F32:
    return "f32";
  case DType::F64:
    return "f64";
  }
  llvm_unreachable("unknown element type");
}

std::string mml::engine::formatType(DType dtype, ArrayRef<int64_t> shape) {
  std::string text = getName(dtype).str() + " [";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}

Expected<int64_t> mml::engine::getByteSize(DType dtype,
                                           ArrayRef<int64_t> shape) {
  if (shape.size() > maxRank)
    return llvm::createStringError("expected at most %u dimensions but got %zu",
                                   maxRank, shape.size());
  // A later zero must not hide an overflow: strides use the same products.
  int64_t product = getByteWidth(dtype);
  bool isEmpty = false;
  for (int64_t size : shape) {
    if (size < 0)
      return llvm::createStringError(
          "expected dimensions of at least 0 but got " + llvm::Twine(size));
    isEmpty |= size == 0;
    if (size != 0 && llvm::MulOverflow(product, size, product))
      return llvm::createStringError("a tensor " + formatType(dtype, shape) +
                                     " is too large");
  }
  return isEmpty ? 0 : product;
}

/// Bytes of memory that the machine has.
static int64_t getPhysicalMemory() {
  long pages = sysconf(_SC_PHYS_PAGES), pageSize = sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || pageSize <= 0)
    return INT64_MAX;
  return int64_t(pages) * pageSize;
}

Expected<HostTensor> HostTensor::createUninitialized(DType dtype,
                                                     ArrayRef<int64_t> shape) {
  Expected<int64_t> byteSize = engine::getByteSize(dtype, shape);
  if (!byteSize)
    return byteSize.takeError();
  // Memory is promised more readily than it is given: ask for no more than
  // there can be. An empty tensor has an address too.
  char *data = nullptr;
  if (*byteSize <= getPhysicalMemory())
    data = static_cast<char *>(std::aligned_alloc(
        alignment, llvm::alignTo(std::max<int64_t>(*byteSize, 1), alignment)));
  if (!data)
    return llvm::createStringError("not enough memory for a tensor " +
                                   formatType(dtype, shape) + " of " +
                                   llvm::Twine(*byteSize) + " bytes");
  return HostTensor(dtype, shape, *byteSize, data, data);
}

Expected<HostTensor> HostTensor::create(DType dtype, ArrayRef<int64_t> shape) {
  Expected<HostTensor> tensor = createUninitialized(dtype, shape);
  if (tensor)
    std::memset(tensor->data(), 0, tensor->byteSize);
  return tensor;
}

Expected<HostTensor> HostTensor::clone() const {
  Expected<HostTensor> copy = createUninitialized(dtype, shape);
  if (copy)
    std::memcpy(copy->data(), data(), byteSize);
  return copy;
}

double HostTensor::getFloat(int64_t index) const {
  if (dtype == DType::F32)
    return as<float>()[index];
  if (dtype == DType::F64)
    return as<double>()[index];
  assert(dtype == DType::F16 && "expected a float tensor");
  return llvm::APFloat(llvm::APFloat::IEEEhalf(),
                       llvm::APInt(16, as<uint16_t>()[index]))
      .convertToDouble();
}

int64_t HostTensor::getInteger(int64_t index) const {
  switch (dtype) {
  case DType::I1:
  case DType::U8:
    return as<uint8_t>()[index];
  case DType::I8:
    return as<int8_t>()[index];
  case DType::I16:
    return as<int16_t>()[index];
  case DType::U16:
    return as<uint16_t>()[index];
  case DType::I32:
    return as<int32_t>()[index];
  case DType::U32:
    return as<uint32_t>()[index];
  case DType::I64:
  case DType::U64:
    return as<int64_t>()[index];
  case DType::F16:
  case DType::F32:
  case DType::F64:
    break;
  }
  llvm_unreachable("expected an integer tensor");
}

void HostTensor::setFloat(int64_t index, double value) {
  if (dtype == DType::F32) {
    as<float>()[index] = static_cast<float>(value);
  } else if (dtype == DType::F64) {
    as<double>()[index] = value;
  } else {
    assert(dtype == DType::F16 && "expected a float tensor");
    llvm::APFloat half(value);
    bool losesInfo;
    half.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
    as<uint16_t>()[index] = half.bitcastToAPInt().getZExtValue();
  }
}

void HostTensor::setInteger(int64_t index, int64_t value) {
  assert(!isFloat(dtype) && "expected an integer tensor");
  if (dtype == DType::I1)
    value &= 1;
  // Little-endian machines only, as the files that we read: the low bytes come
  // first.
  unsigned width = getByteWidth(dtype);
  std::memcpy(data() + index * width, &value, width);
}

llvm::SmallVector<int64_t> HostTensor::delinearize(int64_t index) const {
  llvm::SmallVector<int64_t> position(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    position[d] = index % shape[d];
    index /= shape[d];
  }
  return position;
}
