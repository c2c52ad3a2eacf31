//===- Contraction.cpp - Equations with shapes ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Contraction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <array>

using namespace mml::einsum;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static Error makeError(size_t column, const Twine &message) {
  return llvm::make_error<EquationError>(column, message);
}

std::string Axis::str() const {
  return label ? std::string(1, label) : "..." + std::to_string(fromEnd);
}

bool Operand::runsAlong(unsigned axis) const {
  for (auto [dim, other] : llvm::enumerate(axes))
    if (other == axis && !stretches[dim])
      return true;
  return false;
}

bool Operand::isPlain() const { return !llvm::is_contained(stretches, true); }

bool Operand::hasDistinctAxes() const {
  auto sorted = axes;
  llvm::sort(sorted);
  return isPlain() &&
         std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

StringRef mml::einsum::getName(AxisRole role) {
  switch (role) {
  case AxisRole::Batch:
    return "batch";
  case AxisRole::M:
    return "M";
  case AxisRole::N:
    return "N";
  case AxisRole::K:
    return "K";
  case AxisRole::LhsSum:
    return "sum of lhs";
  case AxisRole::RhsSum:
    return "sum of rhs";
  case AxisRole::None:
    return "-";
  }
  llvm_unreachable("all roles are named");
}

//===----------------------------------------------------------------------===//
// Binding
//===----------------------------------------------------------------------===//

namespace {

/// Finds the axes and their sizes.
class Binder {
public:
  Binder(const Equation &equation, ArrayRef<ArrayRef<int64_t>> shapes)
      : equation(equation), shapes(shapes) {}

  Error bind();

  llvm::SmallVector<Axis> axes;
  llvm::SmallVector<Operand, 2> operands;
  llvm::SmallVector<unsigned> output;

private:
  Error checkShapes() const;
  Error bindLabel(unsigned operand, char label, int64_t size, size_t column);
  Error bindCovered(unsigned operand, unsigned fromEnd, int64_t size,
                    size_t column);
  size_t getNumCovered(unsigned operand) const {
    return shapes[operand].size() -
           equation.getOperands()[operand].labels.size();
  }

  const Equation &equation;
  ArrayRef<ArrayRef<int64_t>> shapes;
  /// The axis of each label and of each dimension of ellipses, from the last.
  std::array<std::optional<unsigned>, 128> axisOf{};
  llvm::SmallVector<unsigned> covered;
  /// The operand that gave an axis its size.
  llvm::SmallVector<unsigned> source;
};

} // namespace

Error Binder::checkShapes() const {
  ArrayRef<Term> terms = equation.getOperands();
  if (shapes.size() != terms.size())
    return makeError(shapes.size() < terms.size() ? terms[shapes.size()].begin
                                                  : terms.back().end,
                     "expected " + Twine(terms.size()) +
                         (terms.size() == 1 ? " operand" : " operands") +
                         " but got " + Twine(shapes.size()));
  for (auto [index, term] : llvm::enumerate(terms)) {
    size_t rank = shapes[index].size(), labels = term.labels.size();
    if (term.ellipsis ? rank < labels : rank != labels)
      return makeError(term.begin, "expected operand " + Twine(index + 1) +
                                       " of rank " + Twine(labels) +
                                       (term.ellipsis ? " or more" : "") +
                                       " but got rank " + Twine(rank));
    for (int64_t size : shapes[index])
      if (size < 0 && size != kDynamic)
        return makeError(term.begin,
                         "expected sizes of at least 0 in operand " +
                             Twine(index + 1) + " but got " + Twine(size));
  }
  return Error::success();
}

/// One more dimension of a label, whose sizes have to be equal.
Error Binder::bindLabel(unsigned operand, char label, int64_t size,
                        size_t column) {
  std::optional<unsigned> &axis = axisOf[label];
  if (!axis) {
    axis = axes.size();
    axes.push_back({kDynamic, label, 0});
    source.push_back(operand);
  }
  operands.back().axes.push_back(*axis);
  operands.back().stretches.push_back(false);
  int64_t &known = axes[*axis].size;
  if (known == kDynamic) {
    known = size;
    source[*axis] = operand;
  } else if (size != kDynamic && size != known) {
    return makeError(column, "expected label '" + Twine(label) +
                                 "' to have size " + Twine(known) +
                                 ", as in operand " + Twine(source[*axis] + 1) +
                                 ", but got size " + Twine(size) +
                                 " in operand " + Twine(operand + 1));
  }
  return Error::success();
}

/// One more dimension that an ellipsis covers: 1 stretches.
Error Binder::bindCovered(unsigned operand, unsigned fromEnd, int64_t size,
                          size_t column) {
  unsigned axis = covered[fromEnd];
  operands.back().axes.push_back(axis);
  operands.back().stretches.push_back(false);
  int64_t &known = axes[axis].size;
  // An unknown size may be anything but is taken to be that of the others.
  if (known == 1 || (known == kDynamic && size != 1)) {
    known = size;
    source[axis] = operand;
  } else if (size != 1 && size != kDynamic && size != known) {
    return makeError(column, "expected sizes under '...' that are equal or 1 "
                             "but got " +
                                 Twine(known) + " in operand " +
                                 Twine(source[axis] + 1) + " and " +
                                 Twine(size) + " in operand " +
                                 Twine(operand + 1));
  }
  return Error::success();
}

Error Binder::bind() {
  if (Error error = checkShapes())
    return error;
  ArrayRef<Term> terms = equation.getOperands();
  size_t numCovered = 0;
  for (auto [index, term] : llvm::enumerate(terms))
    if (term.ellipsis)
      numCovered = std::max(numCovered, getNumCovered(index));
  const Term &result = equation.getOutput();
  if (numCovered > 0 && !result.ellipsis)
    return makeError(
        result.end,
        "expected '...' in the output, for " + Twine(numCovered) +
            (numCovered == 1 ? " dimension that" : " dimensions that") +
            " it covers in the operands");
  covered.resize(numCovered);
  for (unsigned fromEnd = numCovered; fromEnd-- > 0;) {
    covered[fromEnd] = axes.size();
    axes.push_back({1, 0, fromEnd});
    source.push_back(0);
  }
  for (auto [index, term] : llvm::enumerate(terms)) {
    operands.emplace_back();
    size_t dim = 0;
    for (size_t at = 0; at <= term.labels.size(); ++at) {
      if (term.ellipsis == at)
        for (unsigned fromEnd = getNumCovered(index); fromEnd-- > 0;)
          if (Error error = bindCovered(index, fromEnd, shapes[index][dim++],
                                        term.ellipsisColumn))
            return error;
      if (at < term.labels.size())
        if (Error error =
                bindLabel(index, term.labels[at], shapes[index][dim++],
                          term.labelColumns[at]))
          return error;
    }
  }
  for (auto [index, term] : llvm::enumerate(terms))
    for (auto [dim, axis] : llvm::enumerate(operands[index].axes))
      operands[index].stretches[dim] = axes[axis].label == 0 &&
                                       shapes[index][dim] == 1 &&
                                       axes[axis].size != 1;
  for (size_t at = 0; at <= result.labels.size(); ++at) {
    if (result.ellipsis == at)
      for (unsigned fromEnd = numCovered; fromEnd-- > 0;)
        output.push_back(covered[fromEnd]);
    if (at < result.labels.size())
      output.push_back(*axisOf[result.labels[at]]);
  }
  return Error::success();
}

Expected<Contraction> Contraction::bind(const Equation &equation,
                                        ArrayRef<ArrayRef<int64_t>> shapes) {
  Binder binder(equation, shapes);
  if (Error error = binder.bind())
    return std::move(error);
  return Contraction(binder.axes, binder.operands, binder.output);
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

Contraction::Contraction(ArrayRef<Axis> axes, ArrayRef<Operand> operands,
                         ArrayRef<unsigned> output)
    : axes(axes), operands(operands), output(output) {}

llvm::SmallVector<int64_t> Contraction::getOutputShape() const {
  return llvm::map_to_vector(output,
                             [&](unsigned axis) { return axes[axis].size; });
}

llvm::SmallVector<AxisRole> Contraction::classify(unsigned lhs,
                                                  unsigned rhs) const {
  llvm::SmallVector<bool> isKept(axes.size(), false);
  for (unsigned axis : output)
    isKept[axis] = true;
  for (auto [index, operand] : llvm::enumerate(operands))
    if (index != lhs && index != rhs)
      for (unsigned axis : operand.axes)
        isKept[axis] = isKept[axis] || operand.runsAlong(axis);
  llvm::SmallVector<AxisRole> roles;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    bool inLhs = operands[lhs].runsAlong(axis),
         inRhs = operands[rhs].runsAlong(axis);
    if (inLhs && inRhs)
      roles.push_back(isKept[axis] ? AxisRole::Batch : AxisRole::K);
    else if (inLhs)
      roles.push_back(isKept[axis] ? AxisRole::M : AxisRole::LhsSum);
    else if (inRhs)
      roles.push_back(isKept[axis] ? AxisRole::N : AxisRole::RhsSum);
    else
      roles.push_back(AxisRole::None);
  }
  return roles;
}

std::optional<std::string> Contraction::getEquation() const {
  // The axes that occur; others of a larger contraction need no letter.
  llvm::SmallVector<bool> occurs(axes.size(), false);
  for (const Operand &operand : operands)
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches)) {
      if (stretches)
        return std::nullopt;
      occurs[axis] = true;
    }
  std::array<bool, 128> isTaken{};
  for (auto [axis, info] : llvm::enumerate(axes))
    if (occurs[axis] && info.label)
      isTaken[info.label] = true;
  constexpr StringRef letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  llvm::SmallVector<char> letterOf;
  for (auto [axis, info] : llvm::enumerate(axes)) {
    char letter = info.label;
    if (occurs[axis] && !letter) {
      const auto *free = llvm::find_if(
          letters, [&](char candidate) { return !isTaken[candidate]; });
      if (free == letters.end())
        return std::nullopt;
      letter = *free;
      isTaken[letter] = true;
    }
    letterOf.push_back(letter);
  }
  std::string text;
  auto append = [&](ArrayRef<unsigned> part) {
    for (unsigned axis : part)
      text += letterOf[axis];
  };
  for (auto [index, operand] : llvm::enumerate(operands)) {
    if (index > 0)
      text += ',';
    append(operand.axes);
  }
  text += "->";
  append(output);
  return text;
}
