//===- Problem.cpp - What is computed, and the right answer ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Problem.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"

#include <array>
#include <random>

using namespace mml::bench;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;
using mml::ternary::TritArray;
using mml::ternary::TritView;

std::string Shape::str() const {
  return std::to_string(outputs) + "x" + std::to_string(depth);
}

Expected<Shape> mml::bench::parseShape(llvm::StringRef text) {
  Shape shape;
  auto [outputs, depth] = text.split('x');
  if (outputs.getAsInteger(10, shape.outputs) ||
      depth.getAsInteger(10, shape.depth) || shape.outputs <= 0 ||
      shape.depth <= 0 || shape.outputs > (1 << 20) || shape.depth > (1 << 20))
    return createStringError("expected a shape like 6912x2560 but got '" +
                             text + "'");
  return shape;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TritArray mml::bench::makeTrits(Shape shape, int64_t layer) {
  // The bytes of four trits each, by three codes to the power of four.
  static const std::array<uint8_t, 81> quads = [] {
    std::array<uint8_t, 81> bytes;
    for (unsigned i = 0; i < bytes.size(); ++i)
      bytes[i] = i % 3 | i / 3 % 3 << 2 | i / 9 % 3 << 4 | i / 27 << 6;
    return bytes;
  }();
  std::mt19937_64 random(1 + layer);
  size_t count = shape.getWeights();
  std::vector<uint8_t> bytes(ternary::dense2Bytes(count));
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i, bits >>= 16) {
    if (i % 4 == 0)
      bits = random();
    bytes[i] = quads[((bits & 0xffff) * quads.size()) >> 16];
  }
  // What follows the last trit is zero.
  if (count % 4 != 0)
    bytes.back() &= (1u << (2 * (count % 4))) - 1;
  return llvm::cantFail(TritArray::fromBytes(count, bytes));
}

std::vector<int8_t> mml::bench::makeIntegers(int64_t batch, int64_t depth) {
  std::minstd_rand random(2);
  std::vector<int8_t> values(batch * depth);
  for (int8_t &value : values)
    value = int8_t(random() % 256 - 128);
  return values;
}

std::vector<float> mml::bench::makeFloats(int64_t batch, int64_t depth) {
  std::minstd_rand random(3);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  std::vector<float> values(batch * depth);
  for (float &value : values)
    value = distribution(random);
  return values;
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

Error mml::bench::checkProduct(Shape shape, TritView trits, ArrayRef<int8_t> x,
                               ArrayRef<int32_t> y) {
  int64_t batch = x.size() / shape.depth;
  if (int64_t(y.size()) != batch * shape.outputs)
    return createStringError("expected " + Twine(batch * shape.outputs) +
                             " sums but got " + Twine(y.size()));
  std::vector<uint64_t> inputs(shape.depth), actual(shape.outputs);
  std::mt19937_64 random(4);
  for (int64_t n = 0; n < batch; ++n) {
    uint64_t factor = random() | 1;
    for (int64_t k = 0; k < shape.depth; ++k)
      inputs[k] += factor * uint64_t(int64_t(x[n * shape.depth + k]));
    for (int64_t m = 0; m < shape.outputs; ++m)
      actual[m] += factor * uint64_t(int64_t(y[n * shape.outputs + m]));
  }

  std::vector<uint64_t> expected(shape.outputs);
  std::vector<int8_t> row(shape.outputs);
  for (int64_t k = 0; k < shape.depth; ++k) {
    trits.unpack(row, k * shape.outputs);
    for (int64_t m = 0; m < shape.outputs; ++m)
      expected[m] += inputs[k] * uint64_t(int64_t(row[m]));
  }
  for (int64_t m = 0; m < shape.outputs; ++m)
    if (actual[m] != expected[m])
      return createStringError("wrong sums of output " + Twine(m) +
                               " in a batch of " + Twine(batch));
  return Error::success();
}
