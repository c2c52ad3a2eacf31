//===- Reference.cpp - Layers as plain loops ------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Ternary/Reference.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace llvm;
using namespace mml::ternary;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Checks that `what` has rows * columns elements.
static Error verifySize(const char *what, size_t size, int64_t rows,
                        int64_t columns) {
  int64_t product;
  if (rows < 0 || columns < 0 || MulOverflow(rows, columns, product) ||
      uint64_t(product) != size)
    return createStringError("expected %s of %lld x %lld elements but got %zu",
                             what, (long long)rows, (long long)columns, size);
  return Error::success();
}

/// The number of rows (the product of all sizes but the last) of x, which has
/// `size` elements of the shape `shape`, of rank 2 at least.
static Expected<int64_t> getNumRows(size_t size, ArrayRef<int64_t> shape) {
  if (shape.size() < 2)
    return createStringError("expected an input of rank 2 or more but got %zu",
                             shape.size());
  int64_t rows = 1;
  for (int64_t dim : shape.drop_back())
    if (dim < 0 || MulOverflow(rows, dim, rows))
      return createStringError("expected sizes of an input but got %lld",
                               (long long)dim);
  if (Error error = verifySize("an input", size, rows, shape.back()))
    return std::move(error);
  return rows;
}

/// Checks that `what` is absent or has the shape of trailing axes of `shape`
/// without its first axis. The sizes in `shape` have been checked.
static Error verifyTrailing(const char *what, size_t size,
                            ArrayRef<int64_t> shape) {
  if (size == 0)
    return Error::success();
  uint64_t product = 1;
  for (int64_t dim : reverse(shape.drop_front())) {
    product *= uint64_t(dim);
    if (product == size)
      return Error::success();
  }
  return createStringError("expected a %s of the input's trailing axes but got "
                           "%zu elements for a last dimension of %lld",
                           what, size, (long long)shape.back());
}

//===----------------------------------------------------------------------===//
// Parts of a layer
//===----------------------------------------------------------------------===//

Error mml::ternary::rmsNorm(const RMSNorm &norm, ArrayRef<float> x,
                            ArrayRef<int64_t> shape,
                            MutableArrayRef<float> out) {
  Expected<int64_t> rows = getNumRows(x.size(), shape);
  if (!rows)
    return rows.takeError();
  const int64_t depth = shape.back();
  if (Error error = verifySize("an output", out.size(), *rows, depth))
    return error;
  if (Error error = verifyTrailing("gain", norm.gain.size(), shape))
    return error;
  if (Error error = verifyTrailing("bias", norm.bias.size(), shape))
    return error;

  if (x.empty())
    return Error::success();
  float root = std::sqrt(float(depth));
  for (int64_t row = 0; row < *rows; ++row) {
    double sum = 0.0;
    for (float value : x.slice(row * depth, depth))
      sum += value * value;
    // The sum is an f32, so that it overflows where the layer's does; NaN
    // stays.
    float squares = float(sum);
    float inverse = 1.0f / std::sqrt(squares < norm.eps ? norm.eps : squares);
    for (int64_t i = row * depth; i < (row + 1) * depth; ++i) {
      float y = x[i] * inverse * root;
      if (!norm.gain.empty())
        y *= norm.gain[i % norm.gain.size()];
      if (!norm.bias.empty())
        y += norm.bias[i % norm.bias.size()];
      out[i] = y;
    }
  }
  return Error::success();
}

/// Checks the operands of a product of x [n, k] and a kernel [k, m].
static Error verifyProduct(size_t xSize, TritView trits, size_t outSize,
                           int64_t n, int64_t k, int64_t m) {
  if (Error error = verifyKernelShape(trits.size(), k, m))
    return error;
  if (Error error = verifySize("an input", xSize, n, k))
    return error;
  return verifySize("an output", outSize, n, m);
}

Error mml::ternary::contract(ArrayRef<int8_t> x, TritView trits, int64_t n,
                             int64_t k, int64_t m,
                             MutableArrayRef<int32_t> out) {
  if (Error error = verifyProduct(x.size(), trits, out.size(), n, k, m))
    return error;
  if (out.empty())
    return Error::success();
  for (int64_t row = 0; row < n; ++row)
    for (int64_t column = 0; column < m; ++column) {
      int64_t sum = 0;
      for (int64_t i = 0; i < k; ++i)
        sum += int64_t(x[row * k + i]) * trits.get(i * m + column);
      if (!isInt<32>(sum))
        return createStringError("expected a sum of 32 bits but got %lld at "
                                 "[%lld, %lld]",
                                 (long long)sum, (long long)row,
                                 (long long)column);
      out[row * m + column] = int32_t(sum);
    }
  return Error::success();
}

Error mml::ternary::contractFloat(ArrayRef<float> x, TritView trits, int64_t n,
                                  int64_t k, int64_t m,
                                  MutableArrayRef<float> out) {
  if (Error error = verifyProduct(x.size(), trits, out.size(), n, k, m))
    return error;
  if (out.empty())
    return Error::success();
  for (int64_t row = 0; row < n; ++row)
    for (int64_t column = 0; column < m; ++column) {
      double sum = 0.0;
      for (int64_t i = 0; i < k; ++i)
        sum += double(x[row * k + i]) * trits.get(i * m + column);
      out[row * m + column] = float(sum);
    }
  return Error::success();
}

float mml::ternary::rescale(int32_t acc, float inputScale, Scale kernelScale) {
  if (kernelScale.direction == ScaleDirection::Divides)
    return float(acc) / (inputScale * kernelScale.value);
  return float(acc) / inputScale * kernelScale.value;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Checks the layer against the shape of its input. Returns the number of
/// rows.
static Expected<int64_t> verifyLayer(const DenseLayer &layer, size_t xSize,
                                     ArrayRef<int64_t> shape) {
  Expected<int64_t> rows = getNumRows(xSize, shape);
  if (!rows)
    return rows.takeError();
  if (layer.m <= 0)
    return createStringError("expected a positive number of units but got %lld",
                             (long long)layer.m);
  if (layer.k <= 0)
    return createStringError("expected a kernel of positive sizes but got "
                             "[%lld, %lld]",
                             (long long)layer.k, (long long)layer.m);
  if (shape.back() != layer.k)
    return createStringError("expected an input whose last dimension is the "
                             "kernel's %lld but got %lld",
                             (long long)layer.k, (long long)shape.back());
  if (!layer.bias.empty() && int64_t(layer.bias.size()) != layer.m)
    return createStringError("expected a bias of %lld elements but got %zu",
                             (long long)layer.m, layer.bias.size());
  if (Error error = verifyParams(layer.activation, layer.activationParams))
    return std::move(error);
  int64_t size;
  if (MulOverflow(*rows, layer.m, size))
    return createStringError("expected sizes of an output but got %lld x %lld",
                             (long long)*rows, (long long)layer.m);
  return *rows;
}

/// Adds the bias to the rows y of m elements, and applies the activation.
static Expected<std::vector<float>>
finishLayer(const DenseLayer &layer, int64_t rows, MutableArrayRef<float> y) {
  Expected<int64_t> length = getOutputLength(layer.activation, layer.m);
  if (!length)
    return length.takeError();
  std::vector<float> out(rows * *length);
  for (int64_t row = 0; row < rows; ++row) {
    MutableArrayRef<float> line = y.slice(row * layer.m, layer.m);
    for (size_t i = 0; i < layer.bias.size(); ++i)
      line[i] += layer.bias[i];
    applyActivation(layer.activation, layer.activationParams, line,
                    MutableArrayRef(out).slice(row * *length, *length));
  }
  return out;
}

Expected<std::vector<float>>
mml::ternary::denseMML(const DenseLayer &layer,
                       const std::optional<RMSNorm> &norm,
                       const AbsmaxQuantizer &quantizer, ArrayRef<float> x,
                       ArrayRef<int64_t> shape) {
  Expected<int64_t> rows = verifyLayer(layer, x.size(), shape);
  if (!rows)
    return rows.takeError();
  if (Error error = quantizer.verify())
    return std::move(error);

  std::vector<float> normalized = x.vec();
  if (norm)
    if (Error error = rmsNorm(*norm, x, shape, normalized))
      return std::move(error);

  std::vector<int8_t> q(x.size());
  std::vector<float> scales(*rows);
  for (int64_t row = 0; row < *rows; ++row)
    scales[row] = quantizeRow(
        quantizer, ArrayRef(normalized).slice(row * layer.k, layer.k),
        MutableArrayRef(q).slice(row * layer.k, layer.k));

  std::vector<int32_t> acc(*rows * layer.m);
  if (Error error = contract(q, layer.kernel, *rows, layer.k, layer.m, acc))
    return std::move(error);

  std::vector<float> y(acc.size());
  for (size_t i = 0; i < acc.size(); ++i)
    y[i] = rescale(acc[i], scales[i / layer.m], layer.kernelScale);
  return finishLayer(layer, *rows, y);
}

Expected<std::vector<float>>
mml::ternary::ternaryDense(const DenseLayer &layer, ArrayRef<float> x,
                           ArrayRef<int64_t> shape) {
  Expected<int64_t> rows = verifyLayer(layer, x.size(), shape);
  if (!rows)
    return rows.takeError();
  std::vector<float> y(*rows * layer.m);
  if (Error error = contractFloat(x, layer.kernel, *rows, layer.k, layer.m, y))
    return std::move(error);
  for (float &value : y)
    value = layer.kernelScale.direction == ScaleDirection::Divides
                ? value / layer.kernelScale.value
                : value * layer.kernelScale.value;
  return finishLayer(layer, *rows, y);
}
