//===- RandomEquation.h - Equations at random, and their sums ---*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes equations from their grammar, with shapes that fit, and sums what they
// mean in one loop over all axes. Nothing here uses the einsum library: the
// sum follows the structure that was drawn, not the text.
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_EINSUM_RANDOMEQUATION_H
#define MML_UNITTESTS_EINSUM_RANDOMEQUATION_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace mml::einsum::test {

/// What `makeRandomEquation` may draw. The defaults allow all that the grammar
/// does.
struct RandomEquationOptions {
  size_t minOperands = 1, maxOperands = 5;
  /// Labels to choose from, and labels of one operand.
  size_t maxLabels = 6, maxLabelsOfOperand = 4;
  /// Dimensions that an ellipsis covers; 0 for equations without ellipses.
  size_t maxCovered = 2;
  /// Sizes are 1 to this.
  int64_t maxSize = 4;
  /// The product of the sizes of all axes is at most this.
  int64_t maxIterations = 2048;
  /// Whether some sizes are 0.
  bool allowZeroSizes = true;
  /// Whether an operand may have a label twice.
  bool allowDiagonals = true;
  /// Whether a size of 1 may stretch under an ellipsis.
  bool allowStretching = true;
  /// Whether the output may be left out, and whether spaces may be put in.
  bool allowImplicitOutput = true, allowSpaces = true;
};

/// An equation, and operands that it takes.
struct RandomEquation {
  std::string text;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<int64_t> outputShape;

  /// The structure that the text says: sizes of all axes, and the axis of each
  /// dimension. A dimension of size 1 whose axis is longer stretches.
  std::vector<int64_t> sizes;
  std::vector<std::vector<unsigned>> operandAxes;
  std::vector<unsigned> outputAxes;
};

/// The seed of this run: that of the environment's MML_TEST_SEED, or any.
/// Print it where a test fails.
inline unsigned getTestSeed() {
  if (const char *seed = std::getenv("MML_TEST_SEED"))
    return static_cast<unsigned>(std::strtoul(seed, nullptr, 10));
  return std::random_device()();
}

/// A number from 0 to `bound - 1`, the same for a seed with every library.
inline size_t drawBelow(std::mt19937 &random, size_t bound) {
  return random() % bound;
}

/// Whether something happens that does once in `times`.
inline bool drawOnceIn(std::mt19937 &random, size_t times) {
  return drawBelow(random, times) == 0;
}

inline size_t getNumElements(const std::vector<int64_t> &shape) {
  size_t count = 1;
  for (int64_t size : shape)
    count *= static_cast<size_t>(size);
  return count;
}

namespace detail {

/// Draws one equation.
class EquationWriter {
public:
  EquationWriter(std::mt19937 &random, const RandomEquationOptions &options)
      : random(random), options(options) {}

  /// Draws again until the loop is small enough.
  RandomEquation write() {
    do {
      drawOperands();
      drawOutput();
    } while (countIterations() > options.maxIterations);
    RandomEquation equation;
    equation.sizes = sizes;
    equation.outputAxes = output.axes;
    for (unsigned axis : output.axes)
      equation.outputShape.push_back(sizes[axis]);
    for (const Term &term : operands) {
      equation.operandAxes.push_back(term.axes);
      equation.shapes.push_back(term.shape);
      if (!equation.text.empty() || &term != &operands.front())
        addToken(equation.text, ",");
      addTerm(equation.text, term);
    }
    if (!isImplicit) {
      addToken(equation.text, "->");
      addTerm(equation.text, output);
    }
    return equation;
  }

private:
  /// A term as tokens, with the axis and the size of each dimension.
  struct Term {
    std::vector<std::string> tokens;
    std::vector<unsigned> axes;
    std::vector<int64_t> shape;
  };

  size_t below(size_t bound) { return drawBelow(random, bound); }
  bool onceIn(size_t times) { return drawOnceIn(random, times); }

  int64_t drawSize() {
    if (options.allowZeroSizes && onceIn(40))
      return 0;
    return 1 + static_cast<int64_t>(below(options.maxSize));
  }

  /// The axes: those that ellipses may cover, then one for each label.
  void drawAxes() {
    numCovered = below(options.maxCovered + 1);
    sizes.clear();
    for (size_t i = 0; i < numCovered; ++i)
      sizes.push_back(drawSize());
    std::string letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    labels.clear();
    for (size_t i = 0, e = below(options.maxLabels + 1); i < e; ++i) {
      size_t at = below(letters.size());
      labels.push_back(letters[at]);
      letters.erase(at, 1);
      sizes.push_back(drawSize());
    }
  }

  void drawOperands() {
    drawAxes();
    counts.assign(labels.size(), 0);
    bool hasEllipses = options.maxCovered > 0 && (numCovered > 0 || onceIn(4));
    hasEllipsis = false;
    operands.clear();
    size_t range = options.maxOperands - options.minOperands + 1;
    for (size_t i = 0, e = options.minOperands + below(range); i < e; ++i)
      operands.push_back(drawOperand(hasEllipses));
    settleCovered();
  }

  Term drawOperand(bool mayHaveEllipsis) {
    Term term;
    size_t rank = labels.empty() ? 0 : below(options.maxLabelsOfOperand + 1);
    bool here = mayHaveEllipsis && below(3) > 0;
    size_t place = here ? below(rank + 1) : rank + 1;
    std::vector<bool> isUsed(labels.size(), false);
    for (size_t at = 0; at <= rank; ++at) {
      if (at == place) {
        hasEllipsis = true;
        term.tokens.push_back("...");
        size_t covered = below(numCovered + 1);
        for (size_t axis = numCovered - covered; axis < numCovered; ++axis) {
          bool stretches = options.allowStretching && onceIn(4);
          term.axes.push_back(axis);
          term.shape.push_back(stretches ? 1 : sizes[axis]);
        }
      }
      if (at == rank)
        break;
      size_t label = below(labels.size());
      // Diagonals are rare where labels are drawn anew once.
      if (isUsed[label])
        label = below(labels.size());
      if (isUsed[label] && !options.allowDiagonals)
        continue;
      isUsed[label] = true;
      ++counts[label];
      term.tokens.emplace_back(1, labels[label]);
      term.axes.push_back(numCovered + label);
      term.shape.push_back(sizes[numCovered + label]);
    }
    return term;
  }

  /// Gives the axes under ellipses the sizes that they have come to, and counts
  /// those that some operand covers.
  void settleCovered() {
    firstCovered = numCovered;
    std::vector<int64_t> found(numCovered, 1);
    for (const Term &term : operands)
      for (size_t dim = 0; dim < term.axes.size(); ++dim) {
        size_t axis = term.axes[dim];
        if (axis >= numCovered)
          continue;
        firstCovered = std::min(firstCovered, axis);
        if (term.shape[dim] != 1)
          found[axis] = term.shape[dim];
      }
    std::copy(found.begin(), found.end(), sizes.begin());
  }

  void drawOutput() {
    isImplicit = options.allowImplicitOutput && onceIn(3);
    std::vector<size_t> kept;
    for (size_t label = 0; label < labels.size(); ++label)
      if (isImplicit ? counts[label] == 1 : counts[label] > 0 && onceIn(2))
        kept.push_back(label);
    if (isImplicit)
      std::sort(kept.begin(), kept.end(),
                [&](size_t a, size_t b) { return labels[a] < labels[b]; });
    else
      for (size_t i = kept.size(); i > 1; --i)
        std::swap(kept[i - 1], kept[below(i)]);
    // An ellipsis that covers something has to be there; one that covers
    // nothing may be, even where no operand has one.
    bool here = firstCovered < numCovered || hasEllipsis ||
                (options.maxCovered > 0 && onceIn(8));
    if (!isImplicit && firstCovered == numCovered && onceIn(2))
      here = false;
    size_t place =
        here ? isImplicit ? 0 : below(kept.size() + 1) : kept.size() + 1;
    output = Term();
    for (size_t at = 0; at <= kept.size(); ++at) {
      if (at == place) {
        output.tokens.push_back("...");
        for (size_t axis = firstCovered; axis < numCovered; ++axis)
          output.axes.push_back(axis);
      }
      if (at == kept.size())
        break;
      output.tokens.emplace_back(1, labels[kept[at]]);
      output.axes.push_back(numCovered + kept[at]);
    }
  }

  /// Steps of the loop; an empty one counts as one of size 1.
  int64_t countIterations() const {
    int64_t count = 1;
    for (int64_t size : sizes)
      count *= std::max<int64_t>(size, 1);
    return count;
  }

  void addToken(std::string &text, const std::string &token) {
    while (options.allowSpaces && onceIn(12))
      text += ' ';
    text += token;
  }
  void addTerm(std::string &text, const Term &term) {
    for (const std::string &token : term.tokens)
      addToken(text, token);
    addToken(text, "");
  }

  std::mt19937 &random;
  const RandomEquationOptions &options;
  std::vector<int64_t> sizes;
  std::string labels;
  /// How often each label occurs in the operands.
  std::vector<size_t> counts;
  std::vector<Term> operands;
  Term output;
  size_t numCovered = 0;
  /// The first axis that an ellipsis does cover.
  size_t firstCovered = 0;
  bool hasEllipsis = false, isImplicit = false;
};

} // namespace detail

/// An equation of the grammar with shapes that it takes, drawn from `random`.
inline RandomEquation makeRandomEquation(
    std::mt19937 &random,
    const RandomEquationOptions &options = RandomEquationOptions()) {
  return detail::EquationWriter(random, options).write();
}

/// The elements of an operand: whole numbers from -`limit` to `limit`, of which
/// small sums are exact in floating point too.
template <typename T>
std::vector<T> makeRandomValues(std::mt19937 &random, size_t count,
                                int64_t limit) {
  std::vector<T> values(count);
  for (T &value : values)
    value = static_cast<T>(
        static_cast<int64_t>(drawBelow(random, 2 * limit + 1)) - limit);
  return values;
}

/// The result of `equation` in one loop over all axes, row-major as `operands`
/// are. Integers wrap around at 64 bits.
template <typename T>
std::vector<T> evaluateNaively(const RandomEquation &equation,
                               const std::vector<std::vector<T>> &operands) {
  // Unsigned arithmetic wraps around.
  using Value = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
  std::vector<T> result(getNumElements(equation.outputShape), T(0));
  std::vector<int64_t> indices(equation.sizes.size(), 0);
  auto getOffset = [&](const std::vector<unsigned> &axes,
                       const std::vector<int64_t> &shape) {
    size_t offset = 0;
    for (size_t dim = 0; dim < axes.size(); ++dim)
      offset = offset * shape[dim] + (shape[dim] == 1 ? 0 : indices[axes[dim]]);
    return offset;
  };
  // Labels that were drawn and never used are no loops.
  std::vector<bool> isLoop(equation.sizes.size(), false);
  for (const std::vector<unsigned> &axes : equation.operandAxes)
    for (unsigned axis : axes)
      isLoop[axis] = true;
  for (size_t axis = 0; axis < isLoop.size(); ++axis)
    if (isLoop[axis] && equation.sizes[axis] == 0)
      return result;
  for (bool isDone = false; !isDone;) {
    Value product = 1;
    for (size_t i = 0; i < operands.size(); ++i)
      product *= static_cast<Value>(
          operands[i][getOffset(equation.operandAxes[i], equation.shapes[i])]);
    T &element = result[getOffset(equation.outputAxes, equation.outputShape)];
    element = static_cast<T>(static_cast<Value>(element) + product);
    isDone = true;
    for (size_t axis = indices.size(); isDone && axis-- > 0;) {
      if (!isLoop[axis])
        continue;
      isDone = ++indices[axis] == equation.sizes[axis];
      if (isDone)
        indices[axis] = 0;
    }
  }
  return result;
}

} // namespace mml::einsum::test

#endif // MML_UNITTESTS_EINSUM_RANDOMEQUATION_H
