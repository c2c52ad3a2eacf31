//===- TernaryEinsumTest.cpp - Equations of layers, with trits ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The equations of multi-head attention and others that permute axes, compiled
// with a kernel of trits: integers are those of a plain loop, and a layer gives
// what the float einsum of its dequantized operands gives, to float rounding.
//
//===----------------------------------------------------------------------===//

#include "../Einsum/RandomEquation.h"
#include "PipelineTest.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Ternary/Quantize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;
using namespace mlir::mml;
using namespace ::mml::einsum::test;
using ::mml::engine::HostTensor;

namespace {

/// An equation with the shapes of its input and of its kernel.
struct Layer {
  /// As the operation has it, and with a letter for each axis.
  const char *text, *letters;
  std::vector<int64_t> input, kernel;
};

void PrintTo(const Layer &layer, std::ostream *os) { *os << layer.text; }

const Layer kLayers[] = {
    // From and to heads, grouped, transposed.
    {"abc,cde->abde", "abc,cde->abde", {3, 5, 24}, {24, 4, 9}},
    {"abcd,cde->abe", "abcd,cde->abe", {2, 5, 3, 8}, {3, 8, 11}},
    {"btm,hdm->bthd", "btm,hdm->bthd", {2, 7, 40}, {3, 5, 40}},
    {"btm,mhd->bhtd", "btm,mhd->bhtd", {2, 7, 17}, {17, 3, 5}},
    {"bhtd,hdm->btm", "bhtd,hdm->btm", {2, 3, 7, 8}, {3, 8, 10}},
    // A kernel for each head, and for each element of the batch.
    {"nhx,hxy->nhy", "nhx,hxy->nhy", {6, 4, 19}, {4, 19, 33}},
    {"bqhd,bkhd->bhqk", "bqhd,bkhd->bhqk", {2, 5, 3, 8}, {2, 6, 3, 8}},
    {"bsgd,gde->bsge", "bsgd,gde->bsge", {2, 3, 4, 7}, {4, 7, 6}},
    // Ellipses on either side.
    {"...x,yx->...y", "abx,yx->aby", {3, 4, 21}, {34, 21}},
    {"ab...,cb->ac...", "abde,cb->acde", {3, 13, 2, 5}, {7, 13}},
    // Everything moves; three axes are summed.
    {"btd,dhk->khtb", "btd,dhk->khtb", {3, 5, 14}, {14, 2, 9}},
    {"bhwc,hwcd->bd", "bhwc,hwcd->bd", {5, 3, 4, 6}, {3, 4, 6, 37}},
};

/// The structure of an equation of letters and its shapes.
RandomEquation makeEquation(StringRef letters,
                            std::vector<std::vector<int64_t>> shapes) {
  RandomEquation equation;
  equation.text = letters.str();
  equation.shapes = std::move(shapes);
  std::string axes;
  auto getAxis = [&](char letter) {
    if (axes.find(letter) == std::string::npos) {
      axes += letter;
      equation.sizes.push_back(0);
    }
    return static_cast<unsigned>(axes.find(letter));
  };
  auto [inputs, output] = letters.split("->");
  SmallVector<StringRef> terms;
  inputs.split(terms, ',');
  for (auto [term, shape] : llvm::zip_equal(terms, equation.shapes)) {
    std::vector<unsigned> &operand = equation.operandAxes.emplace_back();
    for (auto [letter, size] : llvm::zip_equal(term, shape)) {
      operand.push_back(getAxis(letter));
      equation.sizes[operand.back()] = size;
    }
  }
  for (char letter : output) {
    equation.outputAxes.push_back(getAxis(letter));
    equation.outputShape.push_back(equation.sizes[equation.outputAxes.back()]);
  }
  return equation;
}

/// For each element of operand `index` the number of the group that it shares
/// a scale with: elements that differ along summed axes only. Groups are
/// numbered in row-major order of the other axes, whose shape is `shape`.
std::vector<size_t> getGroups(const RandomEquation &equation, size_t index,
                              std::vector<int64_t> &shape) {
  const std::vector<unsigned> &axes = equation.operandAxes[index];
  const std::vector<int64_t> &sizes = equation.shapes[index];
  auto isSummed = [&](size_t dim) {
    return !llvm::is_contained(equation.outputAxes, axes[dim]);
  };
  for (size_t dim = 0; dim < sizes.size(); ++dim)
    if (!isSummed(dim))
      shape.push_back(sizes[dim]);
  std::vector<size_t> groups;
  for (size_t i = 0; i < getNumElements(sizes); ++i) {
    std::vector<size_t> position(sizes.size());
    size_t rest = i;
    for (size_t dim = sizes.size(); dim-- > 0; rest /= sizes[dim])
      position[dim] = rest % sizes[dim];
    size_t group = 0;
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      if (!isSummed(dim))
        group = group * sizes[dim] + position[dim];
    groups.push_back(group);
  }
  return groups;
}

class TernaryEinsumTest : public PipelineTest,
                          public testing::WithParamInterface<Layer> {
protected:
  TernaryEinsumTest() {
    seed = getTestSeed();
    random.seed(seed);
    equation =
        makeEquation(GetParam().letters, {GetParam().input, GetParam().kernel});
    trits =
        makeRandomValues<int64_t>(random, getNumElements(GetParam().kernel), 1);
  }

  Value createKernel(OpBuilder &b) {
    ::mml::ternary::TritArray array(trits.size());
    for (auto [i, trit] : llvm::enumerate(trits))
      array.set(i, static_cast<int8_t>(trit));
    auto type =
        RankedTensorType::get(GetParam().kernel, TritType::get(&context));
    return ConstantOp::create(b, b.getUnknownLoc(),
                              TritsAttr::get(type, "kernel", array.view()));
  }

  /// A module of a function of the input, of elements of `type`, whose result
  /// `build` makes.
  OwningOpRef<ModuleOp> build(Type type,
                              function_ref<Value(OpBuilder &, Value)> build) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    OwningOpRef<ModuleOp> module = createModule(b);
    auto inputType = RankedTensorType::get(GetParam().input, type);
    auto function =
        func::FuncOp::create(b, loc, "main", b.getFunctionType(inputType, {}));
    b.setInsertionPointToStart(function.addEntryBlock());
    Value result = build(b, function.getArgument(0));
    func::ReturnOp::create(b, loc, result);
    function.setType(b.getFunctionType(inputType, result.getType()));
    return module;
  }

  EquationAttr getEquation(StringRef text) {
    return EquationAttr::get(
        &context, llvm::cantFail(::mml::einsum::Equation::parse(text)));
  }

  /// The equation with the kernel in front.
  std::string getSwapped() const {
    auto [inputs, output] = StringRef(GetParam().text).split("->");
    auto [input, kernel] = inputs.split(',');
    return (kernel + "," + input + "->" + output).str();
  }

  /// `actual` are floats of a result whose exact values are `expected`;
  /// `magnitudes` are the sums of the magnitudes of what was added.
  static void checkFloats(ArrayRef<float> actual,
                          const std::vector<double> &expected,
                          const std::vector<double> &magnitudes,
                          double rounding) {
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(actual[i], expected[i],
                  rounding * std::max(magnitudes[i], 1e-30))
          << i;
  }

  unsigned seed;
  std::mt19937 random;
  RandomEquation equation;
  std::vector<int64_t> trits;
};

// (S17)
TEST_P(TernaryEinsumTest, IntegersAreThoseOfThePlainLoop) {
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::vector<int64_t> x =
      makeRandomValues<int64_t>(random, getNumElements(GetParam().input), 128);
  // -128 to 127.
  for (int64_t &value : x)
    value = std::min<int64_t>(value, 127);
  std::vector<int64_t> expected =
      evaluateNaively<int64_t>(equation, {x, trits});
  std::vector<int8_t> bytes(x.begin(), x.end());
  for (KernelKind kernel :
       {KernelKind::Auto, KernelKind::AddSub, KernelKind::Reference})
    for (bool isSwapped : {false, true}) {
      SCOPED_TRACE(testing::Message() << "kernel " << static_cast<int>(kernel)
                                      << (isSwapped ? ", trits first" : ""));
      auto module =
          build(IntegerType::get(&context, 8), [&](OpBuilder &b, Value input) {
            Value weights = createKernel(b);
            SmallVector<Value> operands{input, weights};
            if (isSwapped)
              std::swap(operands[0], operands[1]);
            return EinsumOp::create(
                b, b.getUnknownLoc(),
                getEquation(isSwapped ? getSwapped() : GetParam().text),
                operands, /*bound=*/IntegerAttr(), /*accumulator=*/TypeAttr());
          });
      auto engine = compile(*module, kernel);
      ASSERT_TRUE(engine);
      auto results = run(*engine, makeTensor<int8_t>(GetParam().input, bytes));
      ASSERT_EQ(results.size(), 1u);
      EXPECT_EQ(results[0].getShape(), ArrayRef<int64_t>(equation.outputShape));
      std::vector<int32_t> sums = results[0].as<int32_t>().vec();
      EXPECT_EQ(std::vector<int64_t>(sums.begin(), sums.end()), expected);
    }
}

TEST_P(TernaryEinsumTest, FloatsAreAddedAndSubtracted) {
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(getNumElements(GetParam().input));
  for (float &value : x)
    value = normal(random);
  std::vector<double> exact(x.begin(), x.end()), magnitudes(exact),
      kernel(trits.begin(), trits.end()), ones(kernel);
  for (double &value : magnitudes)
    value = std::abs(value);
  for (double &value : ones)
    value = std::abs(value);
  auto module =
      build(Float32Type::get(&context), [&](OpBuilder &b, Value input) {
        return EinsumOp::create(
            b, b.getUnknownLoc(), getEquation(GetParam().text),
            ValueRange{input, createKernel(b)}, /*bound=*/IntegerAttr(),
            /*accumulator=*/TypeAttr());
      });
  auto engine = compile(*module);
  ASSERT_TRUE(engine);
  auto results = run(*engine, makeTensor<float>(GetParam().input, x));
  ASSERT_EQ(results.size(), 1u);
  checkFloats(results[0].as<float>(),
              evaluateNaively<double>(equation, {exact, kernel}),
              evaluateNaively<double>(equation, {magnitudes, ones}), 1e-5);
}

TEST_P(TernaryEinsumTest, LayersAreTheEinsumOfDequantizedOperands) {
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(getNumElements(GetParam().input));
  for (float &value : x)
    value = normal(random);

  // The activations, each group by itself.
  ::mml::ternary::AbsmaxQuantizer quantizer;
  std::vector<int64_t> tokens;
  std::vector<size_t> groups = getGroups(equation, 0, tokens);
  std::vector<double> activations(x.size());
  for (size_t group = 0; group < getNumElements(tokens); ++group) {
    std::vector<float> row;
    for (size_t i = 0; i < x.size(); ++i)
      if (groups[i] == group)
        row.push_back(x[i]);
    std::vector<int8_t> integers(row.size());
    float scale = quantizeRow(quantizer, row, integers);
    for (size_t i = 0, next = 0; i < x.size(); ++i)
      if (groups[i] == group)
        activations[i] = integers[next++] / static_cast<double>(scale);
  }

  // The kernel: one scale for all, or one for each channel.
  for (bool isPerChannel : {false, true}) {
    SCOPED_TRACE(isPerChannel ? "a scale for each channel" : "one scale");
    std::vector<int64_t> shape;
    groups = getGroups(equation, 1, shape);
    if (!isPerChannel) {
      shape.clear();
      std::fill(groups.begin(), groups.end(), 0);
    }
    std::vector<float> scales(getNumElements(shape));
    for (float &scale : scales)
      scale = 0.5f + static_cast<float>(drawBelow(random, 1000)) / 300.0f;
    std::vector<double> kernel(trits.begin(), trits.end());
    for (size_t i = 0; i < kernel.size(); ++i)
      kernel[i] /= scales[groups[i]];

    auto module =
        build(Float32Type::get(&context), [&](OpBuilder &b, Value input) {
          Location loc = b.getUnknownLoc();
          auto scaleType = RankedTensorType::get(shape, b.getF32Type());
          Value scale = arith::ConstantOp::create(
              b, loc, DenseElementsAttr::get(scaleType, ArrayRef(scales)));
          auto absmax = AbsMaxAttr::get(
              &context, b.getI8Type(), quantizer.lo, quantizer.hi,
              b.getF64FloatAttr(quantizer.eps),
              b.getF64FloatAttr(quantizer.maxAbs), Granularity::Token);
          auto type =
              RankedTensorType::get(equation.outputShape, b.getF32Type());
          return EinsumDenseOp::create(
              b, loc, type, getEquation(GetParam().text), input,
              createKernel(b), scale, /*gain=*/Value(), /*normBias=*/Value(),
              /*bias=*/Value(), /*loraA=*/Value(), /*loraB=*/Value(),
              ScaleDirectionAttr::get(&context, ScaleDirection::Divides),
              /*normEpsilon=*/FloatAttr(), /*loraAlpha=*/FloatAttr(), absmax,
              /*kernelQuantizer=*/QuantizerAttrInterface(),
              /*activation=*/ActivationAttr());
        });
    auto engine = compile(*module);
    ASSERT_TRUE(engine);
    auto results = run(*engine, makeTensor<float>(GetParam().input, x));
    ASSERT_EQ(results.size(), 1u);
    std::vector<double> expected =
        evaluateNaively<double>(equation, {activations, kernel});
    // Integers are exact: what rounds is two scales and their product. The
    // reference itself rounds in doubles, also where the sum is 0.
    std::vector<double> magnitudes(activations), weights(kernel);
    for (std::vector<double> *values : {&magnitudes, &weights})
      for (double &value : *values)
        value = std::abs(value) * 0x1p-14;
    magnitudes = evaluateNaively<double>(equation, {magnitudes, weights});
    for (size_t i = 0; i < expected.size(); ++i)
      magnitudes[i] += std::abs(expected[i]);
    checkFloats(results[0].as<float>(), expected, magnitudes, 0x1p-22);
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, TernaryEinsumTest, testing::ValuesIn(kLayers));

} // namespace
