//===- EquationFuzzer.cpp - Any bytes as an equation ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry of libFuzzer, which the unit tests call too. The bytes up to the
// first line feed are an equation; those behind it choose sizes.
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Evaluate.h"
#include "mml/Einsum/Explain.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>

using namespace mml::einsum;
using llvm::ArrayRef;
using llvm::StringRef;

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// Stops, as a fuzzer does where it finds something.
static void check(bool holds, StringRef what, StringRef input) {
  if (holds)
    return;
  llvm::errs() << "expected " << what << ": '";
  llvm::errs().write_escaped(input) << "'\n";
  std::abort();
}

/// Checks that an error is one of an equation, in one line, at a place in it.
static void checkError(llvm::Error error, StringRef text) {
  bool isEquationError = false;
  llvm::handleAllErrors(
      std::move(error),
      [&](const EquationError &reason) {
        isEquationError = true;
        check(reason.getColumn() <= text.size(), "a column in the text", text);
        StringRef message = reason.getMessage();
        check(message.starts_with("expected ") && !message.contains('\n') &&
                  message.size() < 200,
              "a short message", text);
      },
      [](const llvm::ErrorInfoBase &) {});
  check(isEquationError, "an EquationError", text);
}

namespace {

/// Sizes that bytes choose, over and over again.
class SizeSource {
public:
  explicit SizeSource(StringRef bytes) : bytes(bytes) {}

  uint8_t next() {
    return bytes.empty() ? 2 : bytes[position++ % bytes.size()];
  }
  int64_t nextSize() {
    uint8_t byte = next();
    // The rare ones need a byte that says so.
    switch (byte) {
    case 0xff:
      return kDynamic;
    case 0xfe:
      return std::numeric_limits<int64_t>::max();
    case 0xfd:
      return -1;
    default:
      return byte % 5;
    }
  }
  /// Sizes of operands that mostly fit `equation`.
  llvm::SmallVector<llvm::SmallVector<int64_t>> getShapes(const Equation &);

private:
  StringRef bytes;
  size_t position = 0;
};

} // namespace

llvm::SmallVector<llvm::SmallVector<int64_t>>
SizeSource::getShapes(const Equation &equation) {
  std::array<std::optional<int64_t>, 128> sizes;
  llvm::SmallVector<llvm::SmallVector<int64_t>> shapes;
  for (const Term &term : equation.getOperands()) {
    llvm::SmallVector<int64_t> &shape = shapes.emplace_back();
    for (size_t at = 0; at <= term.labels.size(); ++at) {
      if (term.ellipsis == at)
        for (size_t covered = next() % 4; covered > 0; --covered)
          shape.push_back(nextSize());
      if (at == term.labels.size())
        break;
      std::optional<int64_t> &known = sizes[term.labels[at]];
      if (!known)
        known = nextSize();
      shape.push_back(*known);
    }
    // Sometimes a rank or a size that does not fit.
    uint8_t byte = next();
    if (byte == 0xfc)
      shape.push_back(1);
    else if (byte == 0xfb && !shape.empty())
      shape.back() = nextSize();
  }
  return shapes;
}

/// Checks that each step is an equation of the shapes it says.
static void checkSteps(const Contraction &contraction, const Plan &plan,
                       StringRef text) {
  check(std::isfinite(plan.operations) && std::isfinite(plan.naiveOperations),
        "finite counts", text);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    Contraction step = getStep(contraction, plan, i);
    std::optional<std::string> written = step.getEquation();
    if (!written)
      continue;
    llvm::Expected<Equation> equation = Equation::parse(*written);
    if (!equation)
      checkError(equation.takeError(), *written);
    check(bool(equation), "an equation for each step", text);
    llvm::SmallVector<llvm::SmallVector<int64_t>> shapes;
    for (const Operand &operand : step.getOperands()) {
      llvm::SmallVector<int64_t> &shape = shapes.emplace_back();
      for (unsigned axis : operand.axes)
        shape.push_back(step.getAxes()[axis].size);
    }
    llvm::SmallVector<ArrayRef<int64_t>> views(shapes.begin(), shapes.end());
    llvm::Expected<Contraction> bound = Contraction::bind(*equation, views);
    check(bool(bound) && bound->getOutputShape() == step.getOutputShape(),
          "the shape of a step", text);
  }
  check(getStep(contraction, plan, plan.steps.size() - 1).getOutputShape() ==
            contraction.getOutputShape(),
        "the shape of the output", text);
}

/// Evaluates a contraction of few elements of 1, which counts the terms of the
/// sum.
static void checkResult(const Contraction &contraction, const Plan &plan,
                        StringRef text) {
  // Sizes that are huge and one that is 0 make nothing.
  auto multiply = [](ArrayRef<int64_t> sizes) {
    double product = !llvm::is_contained(sizes, 0);
    for (int64_t size : sizes)
      product = product == 0 ? 0 : product * double(size);
    return product;
  };
  std::vector<std::vector<int64_t>> values;
  for (const Operand &operand : contraction.getOperands()) {
    llvm::SmallVector<int64_t> shape;
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches))
      shape.push_back(stretches ? 1 : contraction.getAxes()[axis].size);
    if (llvm::is_contained(shape, kDynamic) || multiply(shape) > 5000)
      return;
    values.emplace_back(static_cast<size_t>(multiply(shape)), 1);
  }
  double numElements = multiply(contraction.getOutputShape());
  if (plan.operations > 5000 || plan.largestIntermediate > 5000 ||
      plan.naiveOperations > 1e15 || numElements > 5000)
    return;
  llvm::SmallVector<int64_t> summed;
  for (auto [index, axis] : llvm::enumerate(contraction.getAxes()))
    if (!llvm::is_contained(contraction.getOutput(), index))
      summed.push_back(axis.size);
  double numTerms = multiply(summed);
  llvm::SmallVector<ArrayRef<int64_t>> views(values.begin(), values.end());
  std::vector<int64_t> result = evaluate(contraction, plan, views);
  check(double(result.size()) == numElements, "the elements of the output",
        text);
  check(llvm::all_of(result,
                     [&](int64_t sum) { return double(sum) == numTerms; }),
        "the number of terms in each element", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto [text, bytes] =
      StringRef(reinterpret_cast<const char *>(data), size).split('\n');
  llvm::Expected<Equation> equation = Equation::parse(text);
  if (!equation) {
    checkError(equation.takeError(), text);
    return 0;
  }
  llvm::Expected<Equation> again = Equation::parse(equation->str());
  if (!again)
    checkError(again.takeError(), equation->str());
  check(bool(again) && *again == *equation && again->str() == equation->str() &&
            hash_value(*again) == hash_value(*equation),
        "the same equation from its canonical text", text);

  llvm::SmallVector<llvm::SmallVector<int64_t>> shapes =
      SizeSource(bytes).getShapes(*equation);
  llvm::SmallVector<ArrayRef<int64_t>> views(shapes.begin(), shapes.end());
  llvm::Expected<Contraction> contraction = Contraction::bind(*equation, views);
  if (!contraction) {
    checkError(contraction.takeError(), text);
    return 0;
  }
  check(contraction->getOutput().size() == contraction->getOutputShape().size(),
        "a size for each axis of the output", text);
  // Longer ones only take longer.
  if (shapes.size() > 20 || contraction->getAxes().size() > 20)
    return 0;
  Plan plan = mml::einsum::plan(*contraction);
  checkSteps(*contraction, plan, text);
  checkResult(*contraction, plan, text);
  std::string explained;
  llvm::raw_string_ostream os(explained);
  explain(os, *equation, *contraction, plan);
  check(!explained.empty(), "an explanation", text);
  return 0;
}
