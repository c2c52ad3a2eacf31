//===- RandomEinsumTest.cpp - Random equations against a plain loop -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled equations give the numbers of one loop over all axes: of integers
// and floats, with and without an operand of trits.
//
//===----------------------------------------------------------------------===//

#include "../Einsum/RandomEquation.h"
#include "PipelineTest.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::mml;
using namespace ::mml::einsum::test;
using ::mml::engine::DType;
using ::mml::engine::HostTensor;

namespace {

/// The numbers that operands have; the result has those of the rule.
enum class Numbers { I8, I16, I32, I64, F16, F32, F64 };
constexpr size_t kNumNumbers = 7;

/// An equation with its operands and what comes out.
struct Case {
  RandomEquation equation;
  Numbers numbers;
  /// The operand of trits, where there is one.
  std::optional<size_t> ternary;
  std::vector<std::vector<int64_t>> operands;
  std::vector<int64_t> expected;
};

/// Equations a run: 2500 in each of four shards, without trits and with them.
constexpr size_t kCasesAShard = 2500;
constexpr unsigned kShards = 4;

class RandomEinsumTest : public PipelineTest,
                         public testing::WithParamInterface<unsigned> {
protected:
  Case makeCase(std::mt19937 &random, bool isTernary);
  Type getType(Numbers numbers);
  void checkCases(ArrayRef<Case> cases);
  void checkRandomCases(bool isTernary);
};

/// Operands are small, so that sums are exact in every type.
Case RandomEinsumTest::makeCase(std::mt19937 &random, bool isTernary) {
  Case result;
  RandomEquationOptions options;
  options.maxIterations = 512;
  options.maxOperands = 4;
  options.minOperands = isTernary ? 2 : 1;
  result.equation = makeRandomEquation(random, options);
  result.numbers = static_cast<Numbers>(drawBelow(random, kNumNumbers));
  size_t count = result.equation.shapes.size();
  if (isTernary) {
    result.ternary = drawBelow(random, count);
    // Trits meet these most often.
    if (drawOnceIn(random, 2))
      result.numbers = drawOnceIn(random, 2) ? Numbers::I8 : Numbers::F32;
  }
  for (size_t i = 0; i < count; ++i)
    result.operands.push_back(makeRandomValues<int64_t>(
        random, getNumElements(result.equation.shapes[i]),
        result.ternary == i ? 1 : 3));
  result.expected = evaluateNaively(result.equation, result.operands);
  return result;
}

Type RandomEinsumTest::getType(Numbers numbers) {
  Builder builder(&context);
  switch (numbers) {
  case Numbers::I8:
    return builder.getI8Type();
  case Numbers::I16:
    return builder.getI16Type();
  case Numbers::I32:
    return builder.getI32Type();
  case Numbers::I64:
    return builder.getI64Type();
  case Numbers::F16:
    return builder.getF16Type();
  case Numbers::F32:
    return builder.getF32Type();
  case Numbers::F64:
    return builder.getF64Type();
  }
  llvm_unreachable("all numbers have a type");
}

DType getDType(Numbers numbers) {
  switch (numbers) {
  case Numbers::I8:
    return DType::I8;
  case Numbers::I16:
    return DType::I16;
  case Numbers::I32:
    return DType::I32;
  case Numbers::I64:
    return DType::I64;
  case Numbers::F16:
    return DType::F16;
  case Numbers::F32:
    return DType::F32;
  case Numbers::F64:
    return DType::F64;
  }
  llvm_unreachable("all numbers have a type");
}

HostTensor makeOperand(Numbers numbers, ArrayRef<int64_t> shape,
                       ArrayRef<int64_t> values) {
  HostTensor tensor =
      llvm::cantFail(HostTensor::create(getDType(numbers), shape));
  for (auto [i, value] : llvm::enumerate(values))
    if (isFloat(tensor.getDType()))
      tensor.setFloat(i, static_cast<double>(value));
    else
      tensor.setInteger(i, value);
  return tensor;
}

std::vector<int64_t> getValues(const HostTensor &tensor) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i)
    values.push_back(isFloat(tensor.getDType())
                         ? static_cast<int64_t>(tensor.getFloat(i))
                         : tensor.getInteger(i));
  return values;
}

/// Compiles all of `cases` as one function and compares its results.
void RandomEinsumTest::checkCases(ArrayRef<Case> cases) {
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = createModule(b);
  auto function =
      func::FuncOp::create(b, loc, "main", b.getFunctionType({}, {}));
  Block *body = function.addEntryBlock();
  b.setInsertionPointToStart(body);
  SmallVector<Value> results;
  SmallVector<HostTensor> inputs;
  for (const Case &test : cases) {
    SmallVector<Value> operands;
    for (auto [index, shape] : llvm::enumerate(test.equation.shapes)) {
      ArrayRef<int64_t> values = test.operands[index];
      if (test.ternary == index) {
        ::mml::ternary::TritArray trits(values.size());
        for (auto [at, value] : llvm::enumerate(values))
          trits.set(at, static_cast<int8_t>(value));
        auto type = RankedTensorType::get(shape, TritType::get(&context));
        operands.push_back(ConstantOp::create(
            b, loc, TritsAttr::get(type, "trits", trits.view())));
        continue;
      }
      inputs.push_back(makeOperand(test.numbers, shape, values));
      operands.push_back(body->addArgument(
          RankedTensorType::get(shape, getType(test.numbers)), loc));
    }
    auto equation = EquationAttr::get(
        &context,
        llvm::cantFail(::mml::einsum::Equation::parse(test.equation.text)));
    results.push_back(EinsumOp::create(b, loc, equation, operands,
                                       /*bound=*/IntegerAttr(),
                                       /*accumulator=*/TypeAttr()));
  }
  func::ReturnOp::create(b, loc, results);
  function.setType(
      b.getFunctionType(body->getArgumentTypes(), TypeRange(results)));
  std::unique_ptr<::mml::engine::Engine> engine = compile(*module);
  ASSERT_TRUE(engine);
  SmallVector<HostTensor> outputs = run(*engine, inputs);
  ASSERT_EQ(outputs.size(), cases.size());
  for (auto [test, output] : llvm::zip_equal(cases, outputs)) {
    SCOPED_TRACE(test.equation.text);
    EXPECT_EQ(output.getShape(), ArrayRef<int64_t>(test.equation.outputShape));
    EXPECT_EQ(getValues(output), test.expected);
  }
}

void RandomEinsumTest::checkRandomCases(bool isTernary) {
  constexpr size_t kCasesAModule = 50;
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed + GetParam());
  for (size_t done = 0; done < kCasesAShard; done += kCasesAModule) {
    std::vector<Case> cases;
    for (size_t i = 0; i < kCasesAModule; ++i)
      cases.push_back(makeCase(random, isTernary));
    checkCases(cases);
    if (HasFailure())
      return;
  }
}

TEST_P(RandomEinsumTest, NumbersGiveTheSumsOfThePlainLoop) {
  checkRandomCases(/*isTernary=*/false);
}

TEST_P(RandomEinsumTest, TritsGiveTheSumsOfThePlainLoop) {
  checkRandomCases(/*isTernary=*/true);
}

INSTANTIATE_TEST_SUITE_P(Shards, RandomEinsumTest, testing::Range(0u, kShards));

} // namespace
