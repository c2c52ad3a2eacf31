//===- EinsumDenseShape.cpp - Shapes of einsum dense layers ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/Limits.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mml::import;

namespace {

/// The three forms that Keras takes: `ab,bc->ac`, `...ab,bc->...ac`,
/// `ab...,bc->ac...`.
struct Equation {
  enum class Ellipsis { None, Left, Right };
  StringRef input, kernel, output;
  Ellipsis ellipsis = Ellipsis::None;
};

} // namespace

static bool areLetters(StringRef text) {
  return !text.empty() && all_of(text, isAlpha);
}

/// Unlike Keras' own, this match is anchored at both ends.
static std::optional<Equation> parseEquation(StringRef text) {
  using Ellipsis = Equation::Ellipsis;
  auto [operands, output] = text.split("->");
  auto [input, kernel] = operands.split(',');
  Equation result;
  if (input.starts_with("...") && output.starts_with("...")) {
    result.ellipsis = Ellipsis::Left;
    input = input.drop_front(3);
    output = output.drop_front(3);
  } else if (input.ends_with("...") && output.ends_with("...")) {
    result.ellipsis = Ellipsis::Right;
    input = input.drop_back(3);
    output = output.drop_back(3);
  }
  if (!areLetters(input) || !areLetters(kernel) || !areLetters(output))
    return std::nullopt;
  result.input = input;
  result.kernel = kernel;
  result.output = output;
  return result;
}

/// Gives each of `letters` its size, or says where two sizes disagree.
static Error bindSizes(StringRef letters, ArrayRef<int64_t> sizes,
                       DenseMap<char, int64_t> &sizeOf) {
  for (auto [letter, size] : zip_equal(letters, sizes)) {
    int64_t &known = sizeOf.try_emplace(letter, size).first->second;
    if (known == kDynamic)
      known = size;
    else if (size != kDynamic && known != size)
      return makeError(Twine("dimension '") + Twine(letter) +
                       "' of the equation has size " + Twine(known) + " and " +
                       Twine(size));
  }
  return Error::success();
}

/// The bias varies along its letters and has size 1 along every other output
/// dimension from the first of them on.
static Error checkBias(const EinsumDenseLayer &layer, const Equation &equation,
                       size_t numEllipsis,
                       const DenseMap<char, int64_t> &sizeOf) {
  size_t first = equation.output.size();
  for (char letter : layer.biasAxes) {
    size_t at = equation.output.find(letter);
    if (at == StringRef::npos)
      return makeError("bias axis '" + printable(StringRef(&letter, 1)) +
                       "' is not in the output of equation " +
                       quoted(layer.equation));
    first = std::min(first, at);
  }
  Shape expected;
  for (char letter : equation.output.drop_front(first))
    expected.push_back(
        StringRef(layer.biasAxes).contains(letter) ? sizeOf.lookup(letter) : 1);
  if (equation.ellipsis == Equation::Ellipsis::Right)
    expected.append(numEllipsis, 1);
  if (layer.bias && layer.bias->shape != expected)
    return makeError("expected a bias of shape " + shapeString(expected) +
                     " but got " + shapeString(layer.bias->shape));
  return Error::success();
}

Expected<Shape> mml::import::inferEinsumDense(const EinsumDenseLayer &layer,
                                              ArrayRef<int64_t> input) {
  std::optional<Equation> equation = parseEquation(layer.equation);
  if (!equation)
    return makeError("expected an equation of the form 'ab,bc->ac', "
                     "'...ab,bc->...ac' or 'ab...,bc->ac...' but got " +
                     quoted(layer.equation));
  using Ellipsis = Equation::Ellipsis;
  size_t letters = equation->input.size();
  if (equation->ellipsis == Ellipsis::None ? input.size() != letters
                                           : input.size() < letters)
    return makeError("equation " + quoted(layer.equation) +
                     " does not fit an input of shape " + shapeString(input));
  if (equation->kernel.size() != layer.kernel.shape.size())
    return makeError("equation " + quoted(layer.equation) +
                     " does not fit a kernel of shape " +
                     shapeString(layer.kernel.shape));
  SmallString<16> sortedOutput(equation->output);
  llvm::sort(sortedOutput);
  if (std::adjacent_find(sortedOutput.begin(), sortedOutput.end()) !=
      sortedOutput.end())
    return makeError("equation " + quoted(layer.equation) +
                     " repeats an output dimension");

  bool isLeft = equation->ellipsis == Ellipsis::Left;
  ArrayRef<int64_t> covered =
      isLeft ? input.drop_back(letters) : input.drop_front(letters);
  DenseMap<char, int64_t> sizeOf;
  if (Error error = bindSizes(equation->input,
                              isLeft ? input.take_back(letters)
                                     : input.take_front(letters),
                              sizeOf))
    return std::move(error);
  if (Error error = bindSizes(equation->kernel, layer.kernel.shape, sizeOf))
    return std::move(error);

  Shape result;
  for (char letter : equation->output) {
    auto it = sizeOf.find(letter);
    if (it == sizeOf.end())
      return makeError(Twine("output dimension '") + Twine(letter) +
                       "' of equation " + quoted(layer.equation) +
                       " is in no operand");
    result.push_back(it->second);
  }
  if (isLeft)
    result.insert(result.begin(), covered.begin(), covered.end());
  else
    result.append(covered.begin(), covered.end());

  // What `output_shape` leaves out: the batch, and what the ellipsis covers
  // except a batch that it covers.
  size_t omitted = 1 + covered.size() - (isLeft && !covered.empty() ? 1 : 0);
  ArrayRef<int64_t> stated =
      ArrayRef<int64_t>(result).drop_front(isLeft ? omitted : 1);
  if (!isLeft)
    stated = stated.drop_back(covered.size());
  bool agrees =
      layer.outputShape.size() == stated.size() &&
      all_of_zip(layer.outputShape, stated, [](int64_t want, int64_t got) {
        return want == kDynamic || want == got;
      });
  if (!agrees)
    return makeError("expected an output of shape " +
                     shapeString(layer.outputShape) +
                     " without the batch but equation " +
                     quoted(layer.equation) + " gives " + shapeString(result));
  if (Error error = checkBias(layer, *equation, covered.size(), sizeOf))
    return std::move(error);
  return result;
}
