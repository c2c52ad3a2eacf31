//===- Ternary.cpp - Compiled contractions with trits ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `addsub` is the contraction alone, int8 activations [N, K] to i32 [N, M];
// `addsub layer` is DenseMML around it, f32 to f32: norm with a gain, absmax
// quantizer, contraction, rescale and bias. Both include what a call of a
// compiled model costs, the allocation of its result among it.
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Compare.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/Reference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassManager.h"

#include <cstring>
#include <random>

using namespace mlir;
using namespace mlir::mml;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::bench::batches;
using ::mml::bench::depth;
using ::mml::bench::outputs;
using ::mml::engine::CodeGenerator;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;
using ::mml::ternary::TritArray;

/// How far a layer may be from the plain loop, relative to the largest output.
/// Where the last bit of a norm decides how a tie rounds, an activation is one
/// more or one less, which is about a fifth of this.
static constexpr double layerTolerance = 1e-3;

static constexpr float normEpsilon = 1e-14f;

namespace {

/// The values that both benchmarks compute with, the same on every run.
struct Data {
  TritArray trits{size_t(depth * outputs)};
  ::mml::ternary::Scale scale{0.02f, ::mml::ternary::ScaleDirection::Divides};
  std::vector<float> gain, bias;
  /// Activations of the largest batch; smaller ones take the first rows.
  std::vector<int8_t> integers;
  std::vector<float> floats;

  Data();
};

/// A compiled model, and an input for each batch.
struct Model {
  MLIRContext context;
  std::unique_ptr<Engine> engine;
  llvm::DenseMap<int64_t, HostTensor> inputs;
};

} // namespace

Data::Data() {
  std::minstd_rand random(1);
  for (size_t i = 0; i < trits.size(); ++i)
    trits.set(i, int8_t(random() % 3) - 1);
  std::normal_distribution<float> normal;
  gain.resize(depth);
  bias.resize(outputs);
  floats.resize(batches[std::size(batches) - 1] * depth);
  integers.resize(floats.size());
  for (float &value : gain)
    value = 1.0f + 0.1f * normal(random);
  for (float &value : bias)
    value = normal(random);
  for (float &value : floats)
    value = normal(random);
  for (int8_t &value : integers)
    value = int8_t(random() % 256 - 128);
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

static RankedTensorType getMatrixType(int64_t columns, Type elementType) {
  return RankedTensorType::get({ShapedType::kDynamic, columns}, elementType);
}

static Value createTrits(OpBuilder &b, Location loc, const Data &data) {
  auto type =
      RankedTensorType::get({depth, outputs}, TritType::get(b.getContext()));
  return mlir::mml::ConstantOp::create(
      b, loc, TritsAttr::get(type, "kernel", data.trits));
}

static Value createFloats(OpBuilder &b, Location loc, ArrayRef<int64_t> shape,
                          ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  return arith::ConstantOp::create(b, loc,
                                   DenseElementsAttr::get(type, values));
}

/// The contraction of `x` with constant trits, added to zeros.
static Value createContraction(OpBuilder &b, Location loc, Value x,
                               const Data &data) {
  RankedTensorType type = getMatrixType(outputs, b.getI32Type());
  Value size = tensor::DimOp::create(b, loc, x, 0);
  Value empty = tensor::EmptyOp::create(b, loc, type, size);
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  return ContractOp::create(b, loc, type, x, createTrits(b, loc, data), zeros,
                            b.getI64IntegerAttr(128))
      ->getResult(0);
}

/// DenseMML of `x` with constant weights.
static Value createLayer(OpBuilder &b, Location loc, Value x,
                         const Data &data) {
  return DenseOp::create(
      b, loc, getMatrixType(outputs, b.getF32Type()), x,
      createTrits(b, loc, data), createFloats(b, loc, {}, data.scale.value),
      createFloats(b, loc, depth, data.gain), /*norm_bias=*/Value(),
      createFloats(b, loc, outputs, data.bias),
      ScaleDirectionAttr::get(b.getContext(), ScaleDirection::Divides),
      b.getF64FloatAttr(normEpsilon), AbsMaxAttr::getDefault(b.getContext()),
      /*kernel_quantizer=*/QuantizerAttrInterface(),
      /*activation=*/ActivationAttr());
}

using CreateFn = Value (*)(OpBuilder &, Location, Value, const Data &);

/// Compiles a function of activations whose body `create` makes.
static Expected<std::unique_ptr<Model>>
compile(Type (*getInputType)(OpBuilder &), CreateFn create, const Data &data,
        KernelKind kernel, unsigned vectorBits, DotTarget dot) {
  auto model = std::make_unique<Model>();
  MLIRContext &context = model->context;
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<MMLDialect, func::FuncDialect, linalg::LinalgDialect,
                      arith::ArithDialect, tensor::TensorDialect>();

  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
  b.setInsertionPointToStart(module->getBody());
  Type inputType = getMatrixType(depth, getInputType(b));
  auto function = func::FuncOp::create(
      b, loc, "main", b.getFunctionType(inputType, TypeRange()));
  b.setInsertionPointToStart(function.addEntryBlock());
  Value result = create(b, loc, function.getArgument(0), data);
  func::ReturnOp::create(b, loc, result);
  function.setType(b.getFunctionType(inputType, result.getType()));

  CPUPipelineOptions options;
  options.kernel = kernel;
  options.vectorBits = vectorBits;
  options.dot = dot.kind;
  options.dotBits = dot.bits;
  PassManager passes(&context);
  buildCPUPipeline(passes, options);
  if (failed(passes.run(*module)))
    return createStringError("cannot compile a contraction");
  auto engine = Engine::create(*module);
  if (!engine)
    return engine.takeError();
  model->engine = std::move(*engine);
  model->engine->setNumThreads(1);
  return std::move(model);
}

/// Makes an input of the first rows of `x` for each batch.
template <typename T>
static Error addInputs(Model &model, DType dtype, ArrayRef<T> x) {
  for (int64_t batch : batches) {
    auto input = HostTensor::createUninitialized(dtype, {batch, depth});
    if (!input)
      return input.takeError();
    std::memcpy(input->data(), x.data(), input->getByteSize());
    model.inputs.try_emplace(batch, std::move(*input));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

/// The last row of every batch, one after another: what is compared with the
/// plain loop, for which all rows would take minutes.
template <typename T> static std::vector<T> gatherLastRows(ArrayRef<T> x) {
  std::vector<T> rows;
  for (int64_t batch : batches)
    llvm::append_range(rows, x.slice((batch - 1) * depth, depth));
  return rows;
}

/// Compares the last row of every batch with the rows of `expected`.
template <typename T>
static Error checkLastRows(Model &model, DType dtype, ArrayRef<T> expected,
                           double tolerance) {
  for (auto [index, batch] : llvm::enumerate(batches)) {
    auto results = model.engine->invoke(model.inputs.find(batch)->second);
    if (!results)
      return results.takeError();
    auto actualRow = HostTensor::createUninitialized(dtype, outputs);
    if (!actualRow)
      return actualRow.takeError();
    auto expectedRow = actualRow->clone();
    if (!expectedRow)
      return expectedRow.takeError();
    llvm::copy(results->front().as<T>().take_back(outputs),
               actualRow->as<T>().begin());
    llvm::copy(expected.slice(index * outputs, outputs),
               expectedRow->as<T>().begin());
    auto comparison =
        ::mml::engine::compare(*actualRow, *expectedRow, tolerance);
    if (!comparison.matches)
      return createStringError("last row of a batch of " + Twine(batch) + ": " +
                               comparison.reason);
  }
  return Error::success();
}

static Error checkContraction(Model &model, const Data &data) {
  std::vector<int8_t> rows = gatherLastRows<int8_t>(data.integers);
  std::vector<int32_t> expected(std::size(batches) * outputs);
  if (Error error = ::mml::ternary::contract(
          rows, data.trits, std::size(batches), depth, outputs, expected))
    return error;
  return checkLastRows<int32_t>(model, DType::I32, expected, 0.0);
}

static Error checkLayer(Model &model, const Data &data) {
  ::mml::ternary::DenseLayer layer;
  layer.kernel = data.trits;
  layer.k = depth;
  layer.m = outputs;
  layer.kernelScale = data.scale;
  layer.bias = data.bias;
  ::mml::ternary::RMSNorm norm;
  norm.gain = data.gain;
  norm.eps = normEpsilon;
  auto expected = ::mml::ternary::denseMML(
      layer, norm, ::mml::ternary::AbsmaxQuantizer(),
      gatherLastRows<float>(data.floats), {std::size(batches), depth});
  if (!expected)
    return expected.takeError();
  return checkLastRows<float>(model, DType::F32, *expected, layerTolerance);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

static void addBenchmark(const std::string &name,
                         std::unique_ptr<Model> owned) {
  std::shared_ptr<Model> model = std::move(owned);
  auto run = [model](benchmark::State &state) {
    const HostTensor &input = model->inputs.find(state.range(0))->second;
    for (auto _ : state) {
      auto results = model->engine->invoke(input);
      if (!results) {
        state.SkipWithError(llvm::toString(results.takeError()).c_str());
        return;
      }
      benchmark::DoNotOptimize(results->front().data());
    }
    ::mml::bench::countOperations(state);
  };
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->Apply(::mml::bench::forAllBatches);
}

// In the namespace, as `mml` alone could also be MLIR's.
namespace mml::bench {
Error registerTernary() {
  auto generator = CodeGenerator::create({});
  if (!generator)
    return generator.takeError();
  unsigned vectorBits = generator->getVectorBits();
  benchmark::AddCustomContext("vector_bits", std::to_string(vectorBits));
  Data data;

  DotTarget dot = chooseDotTarget(
      [&](StringRef feature) { return generator->hasFeature(feature); });
  SmallVector<std::pair<std::string, KernelKind>> kernels{
      {"addsub", KernelKind::AddSub}};
  if (dot.kind != DotKind::None)
    kernels.push_back({"dot", KernelKind::Dot});
  for (const auto &[name, kernel] : kernels) {
    auto contraction =
        compile([](OpBuilder &b) -> Type { return b.getI8Type(); },
                createContraction, data, kernel, vectorBits, dot);
    if (!contraction)
      return contraction.takeError();
    if (Error error =
            addInputs<int8_t>(**contraction, DType::I8, data.integers))
      return error;
    if (Error error = checkContraction(**contraction, data))
      return error;
    addBenchmark(name, std::move(*contraction));

    auto layer = compile([](OpBuilder &b) -> Type { return b.getF32Type(); },
                         createLayer, data, kernel, vectorBits, dot);
    if (!layer)
      return layer.takeError();
    if (Error error = addInputs<float>(**layer, DType::F32, data.floats))
      return error;
    if (Error error = checkLayer(**layer, data))
      return error;
    addBenchmark(name + " layer", std::move(*layer));
  }
  return Error::success();
}
} // namespace mml::bench
