//===- HostTensor.h - A dense tensor in this process' memory ---*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What goes into a compiled model and what comes out of it: an element type, a
// shape and the bytes, in C order (the last dimension is contiguous).
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_HOSTTENSOR_H
#define MML_EXECUTIONENGINE_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace mml::engine {

/// Element types of tensors that cross the border of a compiled model. `I1`
/// takes a byte an element, 0 or 1; the others are what they say.
enum class DType { I1, I8, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64 };

/// Bytes of one element: 1, 2, 4 or 8.
unsigned getByteWidth(DType dtype);

/// The name that messages use: "i1", "u8", "f32", ...
llvm::StringRef getName(DType dtype);

inline bool isFloat(DType dtype) { return dtype >= DType::F16; }
inline bool isUnsigned(DType dtype) {
  return dtype >= DType::U8 && dtype <= DType::U64;
}

/// The most dimensions that a tensor may have; NumPy has the same limit.
constexpr unsigned maxRank = 64;

/// Product of `shape` times the width of `dtype`. An error where a dimension is
/// negative, where there are more than `maxRank`, or where the product exceeds
/// 2^63 - 1; a dimension of zero does not excuse the others.
llvm::Expected<int64_t> getByteSize(DType dtype, llvm::ArrayRef<int64_t> shape);

/// "f32 [3, 10]", for messages; a rank of zero is "f32 []".
std::string formatType(DType dtype, llvm::ArrayRef<int64_t> shape);

/// A dense tensor that owns its bytes, which start at a multiple of 64. Moves
/// cheaply; `clone` copies.
class HostTensor {
public:
  /// Alignment in bytes of every tensor's data.
  static constexpr size_t alignment = 64;

  /// A tensor with zeros in it. An error where `getByteSize` has one and where
  /// the machine has less memory than the tensor needs.
  static llvm::Expected<HostTensor> create(DType dtype,
                                           llvm::ArrayRef<int64_t> shape);

  /// The same with bytes of any value, for who writes all of them.
  static llvm::Expected<HostTensor>
  createUninitialized(DType dtype, llvm::ArrayRef<int64_t> shape);

  /// A tensor of the bytes at `data`, a multiple of 64 inside of `allocation`,
  /// which is std::free'd with the tensor.
  static HostTensor adopt(DType dtype, llvm::ArrayRef<int64_t> shape,
                          int64_t byteSize, void *allocation, char *data) {
    return HostTensor(dtype, shape, byteSize, allocation, data);
  }

  HostTensor(HostTensor &&) = default;
  HostTensor &operator=(HostTensor &&) = default;

  llvm::Expected<HostTensor> clone() const;

  DType getDType() const { return dtype; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getNumElements() const { return byteSize / getByteWidth(dtype); }
  int64_t getByteSize() const { return byteSize; }

  char *data() { return start; }
  const char *data() const { return start; }
  llvm::ArrayRef<char> getBytes() const {
    return {start, static_cast<size_t>(byteSize)};
  }

  /// The elements, where `T` has the width of the element type.
  template <typename T> llvm::MutableArrayRef<T> as() {
    assert(sizeof(T) == getByteWidth(dtype));
    return {reinterpret_cast<T *>(start),
            static_cast<size_t>(getNumElements())};
  }
  template <typename T> llvm::ArrayRef<T> as() const {
    return const_cast<HostTensor *>(this)->as<T>();
  }

  /// Element `index` (in C order) of a float tensor, exactly.
  double getFloat(int64_t index) const;
  /// Element `index` of an integer tensor; values of u64 wrap around.
  int64_t getInteger(int64_t index) const;
  /// Rounds `value` to the element type, to nearest even, and stores it.
  void setFloat(int64_t index, double value);
  /// Stores the low bits of `value`.
  void setInteger(int64_t index, int64_t value);

  /// Where element `index` (in C order) sits: one position a dimension.
  llvm::SmallVector<int64_t> delinearize(int64_t index) const;

private:
  HostTensor(DType dtype, llvm::ArrayRef<int64_t> shape, int64_t byteSize,
             void *allocation, char *data)
      : dtype(dtype), shape(shape), byteSize(byteSize), storage(allocation),
        start(data) {
    assert(reinterpret_cast<uintptr_t>(data) % alignment == 0);
  }

  struct Free {
    void operator()(void *pointer) const { std::free(pointer); }
  };

  DType dtype;
  llvm::SmallVector<int64_t, 4> shape;
  int64_t byteSize;
  std::unique_ptr<void, Free> storage;
  char *start;
};

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_HOSTTENSOR_H
