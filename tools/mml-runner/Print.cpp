//===- Print.cpp - Tensors as text ----------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Print.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace mml::runner;
using mml::engine::DType;
using mml::engine::HostTensor;

/// Elements that are shown without leaving any out.
static constexpr int64_t maxShown = 1000;
/// What is shown at each end of a dimension otherwise.
static constexpr int64_t edge = 3;

static std::string format(const HostTensor &tensor, int64_t index) {
  DType dtype = tensor.getDType();
  std::string text;
  llvm::raw_string_ostream os(text);
  if (isFloat(dtype)) {
    double value = tensor.getFloat(index);
    if (std::isnan(value))
      os << "nan"; // A sign of it would mean nothing.
    else
      os << llvm::format("%.6g", value);
  } else if (isUnsigned(dtype)) {
    os << static_cast<uint64_t>(tensor.getInteger(index));
  } else {
    os << tensor.getInteger(index);
  }
  return text;
}

namespace {
class Printer {
public:
  Printer(llvm::raw_ostream &os, const HostTensor &tensor)
      : os(os), tensor(tensor), isElided(tensor.getNumElements() > maxShown) {}

  void print() {
    visit(0, 0, [&](int64_t index) {
      width = std::max(width, format(tensor, index).size());
    });
    printFrom(0, 0);
    os << '\n';
  }

private:
  bool isCut(int64_t size) const { return isElided && size > 2 * edge; }

  /// Calls `use` for each element that is shown, from `dimension` on. There are
  /// no more than 64 dimensions, so neither is this recursion deeper.
  template <typename Use>
  void visit(size_t dimension, int64_t index, const Use &use) {
    llvm::ArrayRef<int64_t> shape = tensor.getShape();
    if (dimension == shape.size())
      return use(index);
    int64_t size = shape[dimension];
    for (int64_t i = 0; i < size; ++i) {
      if (isCut(size) && i == edge)
        i = size - edge;
      visit(dimension + 1, index * size + i, use);
    }
  }

  void printFrom(size_t dimension, int64_t index) {
    llvm::ArrayRef<int64_t> shape = tensor.getShape();
    if (dimension == shape.size()) {
      os << llvm::right_justify(format(tensor, index), width);
      return;
    }
    bool isRow = dimension + 1 == shape.size();
    int64_t size = shape[dimension];
    os << '[';
    for (int64_t i = 0; i < size; ++i) {
      if (i > 0)
        separate(dimension, isRow);
      if (isCut(size) && i == edge) {
        os << "...";
        i = size - edge;
        separate(dimension, isRow);
      }
      printFrom(dimension + 1, index * size + i);
    }
    os << ']';
  }

  void separate(size_t dimension, bool isRow) {
    if (isRow)
      os << ' ';
    else
      (os << '\n').indent(dimension + 1);
  }

  llvm::raw_ostream &os;
  const HostTensor &tensor;
  bool isElided;
  size_t width = 0;
};
} // namespace

void mml::runner::print(llvm::raw_ostream &os, const HostTensor &tensor) {
  // Brackets without anything in them could be as many as the sizes multiply.
  if (tensor.getNumElements() == 0)
    os << "[]\n";
  else
    Printer(os, tensor).print();
}
