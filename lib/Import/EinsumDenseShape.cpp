//===- EinsumDenseShape.cpp - Shapes of einsum dense layers ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mml/Einsum/Contraction.h"
#include "mml/Einsum/DenseForm.h"
#include "mml/Import/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mml::import;
using mml::einsum::Contraction;
using mml::einsum::EllipsisSide;
using mml::einsum::Equation;
using mml::einsum::Term;

/// Keras matches the beginning of the text only, without spaces and with the
/// output; here all of it counts.
static Expected<Equation> parseEquation(StringRef text) {
  Expected<Equation> equation = Equation::parse(text);
  if (!equation)
    return addContext(("equation " + quoted(text)), equation.takeError());
  if (equation->str() != text)
    return makeError("expected equation " + quoted(equation->str()) +
                     ", without spaces and with its output, but got " +
                     quoted(text));
  return equation;
}

/// The bias varies along its letters and has size 1 along every other output
/// dimension from the first of them on.
static Error checkBias(const EinsumDenseLayer &layer, const Term &output,
                       ArrayRef<int64_t> shape, EllipsisSide side) {
  size_t numLabels = output.labels.size(),
         numCovered = shape.size() - numLabels;
  ArrayRef<int64_t> sizes = side == EllipsisSide::Left
                                ? shape.drop_front(numCovered)
                                : shape.take_front(numLabels);
  size_t first = numLabels;
  for (const char &letter : layer.biasAxes) {
    const auto *at = find(output.labels, letter);
    if (at == output.labels.end())
      return makeError("bias axis " + quoted(StringRef(&letter, 1)) +
                       " is not in the output of equation " +
                       quoted(layer.equation));
    first = std::min<size_t>(first, at - output.labels.begin());
  }
  Shape expected;
  for (size_t i = first; i < numLabels; ++i)
    expected.push_back(
        StringRef(layer.biasAxes).contains(output.labels[i]) ? sizes[i] : 1);
  if (side == EllipsisSide::Right)
    expected.append(numCovered, 1);
  if (layer.bias && layer.bias->shape != expected)
    return makeError("expected a bias of shape " + shapeString(expected) +
                     " but got " + shapeString(layer.bias->shape));
  return Error::success();
}

/// Checks `output_shape`, which leaves out the batch and what the ellipsis
/// covers, except for a batch that it covers.
static Error checkOutputShape(const EinsumDenseLayer &layer,
                              ArrayRef<int64_t> shape, size_t numCovered,
                              EllipsisSide side) {
  ArrayRef<int64_t> stated = shape;
  if (side == EllipsisSide::Left && numCovered > 0)
    stated = stated.drop_front(numCovered);
  else
    stated = stated.drop_front();
  if (side == EllipsisSide::Right)
    stated = stated.drop_back(numCovered);
  bool agrees =
      layer.outputShape.size() == stated.size() &&
      all_of_zip(layer.outputShape, stated, [](int64_t want, int64_t got) {
        return want == kDynamic || want == got;
      });
  if (agrees)
    return Error::success();
  return makeError("expected an output of shape " +
                   shapeString(layer.outputShape) +
                   " without the batch but equation " + quoted(layer.equation) +
                   " gives " + shapeString(shape));
}

Expected<Shape> mml::import::inferEinsumDense(const EinsumDenseLayer &layer,
                                              ArrayRef<int64_t> input) {
  Expected<Equation> equation = parseEquation(layer.equation);
  if (!equation)
    return equation.takeError();
  Expected<EllipsisSide> side = einsum::checkDenseForm(*equation);
  if (!side)
    return addContext("equation " + quoted(layer.equation), side.takeError());
  Expected<Contraction> contraction =
      Contraction::bind(*equation, {input, layer.kernel.shape});
  if (!contraction)
    return addContext("equation " + quoted(layer.equation),
                      contraction.takeError());
  Shape shape(contraction->getOutputShape());
  size_t numCovered = input.size() - equation->getOperands()[0].labels.size();
  if (Error error = checkOutputShape(layer, shape, numCovered, *side))
    return std::move(error);
  if (Error error = checkBias(layer, equation->getOutput(), shape, *side))
    return std::move(error);
  return shape;
}
