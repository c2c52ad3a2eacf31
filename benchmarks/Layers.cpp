//===- Layers.cpp - mml-bench-layers: whole layers on request -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mml-bench-layers FOLDER PIPELINE THREADS
//
// compiles DenseMML layers with the options PIPELINE of the CPU pipeline
// (empty: those for this machine) and times them as asked on the standard
// input, one JSON object a line, so that scripts/run-peers.py can take turns
// with what other libraries make of the same layers (benchmarks/peers has their
// side):
//
//   {"do": "prepare", "layers": 2, "inputs": "x.npy"}   -> {"bytes": ...}
//   {"do": "answer", "output": "y.npy"}                 -> {}
//   {"do": "warm", "seconds": 0.05}                     -> {}
//   {"do": "time", "seconds": 0.1}                      -> {"seconds": ...,
//                                                           "calls": ...}
//
// `inputs` has the rows of all layers one after another, f32 [layers * batch,
// K], and `output` is f32 [layers * batch, M]. One call computes every layer
// from its rows, for a batch that is known when it is compiled. `seconds` in an
// answer are those of all calls. What fails is answered by {"error": "..."}.
//
// FOLDER has the first layer: kernel.npy, i8 [K, M], and, in f32, scale.npy,
// gain.npy [K] and bias.npy [M]. The layers differ: layer i has the outputs of
// the first one, moved on by i.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Npy.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace mlir;
using namespace mlir::mml;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::engine::CodeGenerator;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;
using ::mml::engine::Stopwatch;

/// As in Keras-MML.
static constexpr double normEpsilon = 1e-14;

namespace {

/// How to compile and run the layers.
struct Settings {
  /// Options of the CPU pipeline, on top of those for this machine.
  StringRef pipeline;
  unsigned threads;
};

/// The first layer; the others have its columns moved on.
struct Layer {
  HostTensor kernel, scale, gain, bias;

  int64_t getDepth() const { return kernel.getShape()[0]; }
  int64_t getOutputs() const { return kernel.getShape()[1]; }

  static Expected<Layer> read(StringRef folder);
};

/// Compiled layers with an input for each.
class Layers {
public:
  static Expected<std::unique_ptr<Layers>> compile(const Layer &first,
                                                   int64_t number,
                                                   const HostTensor &rows,
                                                   const Settings &settings);

  /// Computes every layer once.
  Expected<SmallVector<HostTensor>> call() { return engine->invoke(inputs); }

  /// Calls for about `seconds`, once at least.
  Error warm(double seconds);

  /// Calls as often as take `seconds`, by what `warm` found.
  Error time(double seconds, llvm::json::Object &answer);

  int64_t getBytes() const { return engine->getResourceBytes(); }

private:
  MLIRContext context;
  std::unique_ptr<Engine> engine;
  SmallVector<HostTensor> inputs;
  double secondsPerCall = 0.0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

static Expected<HostTensor> readTensor(StringRef path, DType dtype,
                                       unsigned rank) {
  Expected<HostTensor> tensor = ::mml::engine::readNpyFile(path);
  if (!tensor)
    return tensor.takeError();
  if (tensor->getDType() != dtype || tensor->getShape().size() != rank)
    return createStringError(
        path + ": expected " + ::mml::engine::getName(dtype) + " of rank " +
        Twine(rank) + " but got " +
        ::mml::engine::formatType(tensor->getDType(), tensor->getShape()));
  if (tensor->getByteSize() == 0)
    return createStringError(path + ": expected elements but got none");
  return tensor;
}

Expected<Layer> Layer::read(StringRef folder) {
  auto read = [&](StringRef name, DType dtype, unsigned rank) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return readTensor(path, dtype, rank);
  };
  Expected<HostTensor> kernel = read("kernel.npy", DType::I8, 2);
  if (!kernel)
    return kernel.takeError();
  Expected<HostTensor> scale = read("scale.npy", DType::F32, 0);
  if (!scale)
    return scale.takeError();
  Expected<HostTensor> gain = read("gain.npy", DType::F32, 1);
  if (!gain)
    return gain.takeError();
  Expected<HostTensor> bias = read("bias.npy", DType::F32, 1);
  if (!bias)
    return bias.takeError();
  if (gain->getNumElements() != kernel->getShape()[0])
    return createStringError("expected a gain of " +
                             Twine(kernel->getShape()[0]) + " but got " +
                             Twine(gain->getNumElements()));
  if (bias->getNumElements() != kernel->getShape()[1])
    return createStringError("expected a bias of " +
                             Twine(kernel->getShape()[1]) + " but got " +
                             Twine(bias->getNumElements()));
  return Layer{std::move(*kernel), std::move(*scale), std::move(*gain),
               std::move(*bias)};
}

/// `rows` of `size` elements with each row moved on by `offset`, at most
/// `size`.
template <typename T>
static std::vector<T> rotateRows(ArrayRef<T> rows, int64_t size,
                                 int64_t offset) {
  std::vector<T> result;
  result.reserve(rows.size());
  for (; !rows.empty(); rows = rows.drop_front(size)) {
    llvm::append_range(result, rows.take_front(size).take_back(offset));
    llvm::append_range(result, rows.take_front(size - offset));
  }
  return result;
}

/// A layer of `x` with the outputs of `first` moved on by `index`.
static Expected<Value> createLayer(OpBuilder &b, Location loc, Value x,
                                   const Layer &first, int64_t index) {
  auto createFloats = [&](ArrayRef<int64_t> shape, ArrayRef<float> values) {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(RankedTensorType::get(shape, b.getF32Type()),
                               values));
  };
  int64_t depth = first.getDepth(), outputs = first.getOutputs();
  int64_t offset = index % outputs;
  auto trits = ::mml::ternary::TritArray::fromTrits(
      rotateRows(first.kernel.as<int8_t>(), outputs, offset));
  if (!trits)
    return trits.takeError();
  auto kernelType =
      RankedTensorType::get({depth, outputs}, TritType::get(b.getContext()));
  Value kernel = mlir::mml::ConstantOp::create(
      b, loc, TritsAttr::get(kernelType, "kernel", *trits));
  auto resultType = RankedTensorType::get(
      {cast<RankedTensorType>(x.getType()).getDimSize(0), outputs},
      b.getF32Type());
  return DenseOp::create(
             b, loc, resultType, x, kernel,
             createFloats({}, first.scale.as<float>()),
             createFloats(depth, first.gain.as<float>()), /*norm_bias=*/Value(),
             createFloats(outputs,
                          rotateRows(first.bias.as<float>(), outputs, offset)),
             ScaleDirectionAttr::get(b.getContext(), ScaleDirection::Divides),
             b.getF64FloatAttr(normEpsilon),
             AbsMaxAttr::getDefault(b.getContext()),
             /*kernel_quantizer=*/QuantizerAttrInterface(),
             /*activation=*/ActivationAttr())
      ->getResult(0);
}

/// A module with a function of `number` layers, each of an input of its own.
static Expected<OwningOpRef<ModuleOp>> buildModule(MLIRContext &context,
                                                   const Layer &first,
                                                   int64_t number,
                                                   int64_t batch) {
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module(ModuleOp::create(loc));
  b.setInsertionPointToStart(module->getBody());
  SmallVector<Type> types(
      number, RankedTensorType::get({batch, first.getDepth()}, b.getF32Type()));
  auto function = func::FuncOp::create(b, loc, "main",
                                       b.getFunctionType(types, TypeRange()));
  b.setInsertionPointToStart(function.addEntryBlock());
  SmallVector<Value> results;
  for (auto [index, x] : llvm::enumerate(function.getArguments())) {
    Expected<Value> result = createLayer(b, loc, x, first, index);
    if (!result)
      return result.takeError();
    results.push_back(*result);
  }
  func::ReturnOp::create(b, loc, results);
  function.setType(b.getFunctionType(types, TypeRange(ValueRange(results))));
  return std::move(module);
}

/// The pipeline's options for this machine, and those in `text` on top.
static Error setOptions(CPUPipelineOptions &options, StringRef text) {
  Expected<CodeGenerator> generator = CodeGenerator::create({});
  if (!generator)
    return generator.takeError();
  setTarget(options, *generator);
  // It says on the standard error what is wrong.
  if (failed(options.parseFromString(text)))
    return createStringError("expected options of the CPU pipeline but got '" +
                             text + "'");
  return Error::success();
}

Expected<std::unique_ptr<Layers>> Layers::compile(const Layer &first,
                                                  int64_t number,
                                                  const HostTensor &rows,
                                                  const Settings &settings) {
  if (number < 1 || rows.getShape()[0] % number != 0)
    return createStringError("expected rows for " + Twine(number) +
                             " layers but got " + Twine(rows.getShape()[0]));
  if (rows.getShape()[1] != first.getDepth())
    return createStringError("expected rows of " + Twine(first.getDepth()) +
                             " but got " + Twine(rows.getShape()[1]));
  int64_t batch = rows.getShape()[0] / number;
  auto layers = std::make_unique<Layers>();
  MLIRContext &context = layers->context;
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<MMLDialect, func::FuncDialect, arith::ArithDialect>();
  Expected<OwningOpRef<ModuleOp>> module =
      buildModule(context, first, number, batch);
  if (!module)
    return module.takeError();

  CPUPipelineOptions options;
  if (Error error = setOptions(options, settings.pipeline))
    return std::move(error);
  PassManager passes(&context);
  buildCPUPipeline(passes, options);
  if (failed(passes.run(**module)))
    return createStringError("cannot compile the layers");
  auto engine = Engine::create(**module);
  if (!engine)
    return engine.takeError();
  layers->engine = std::move(*engine);
  layers->engine->setNumThreads(settings.threads);

  int64_t size = batch * first.getDepth();
  for (int64_t i = 0; i < number; ++i) {
    auto input =
        HostTensor::createUninitialized(DType::F32, {batch, first.getDepth()});
    if (!input)
      return input.takeError();
    llvm::copy(rows.as<float>().slice(i * size, size),
               input->as<float>().begin());
    layers->inputs.push_back(std::move(*input));
  }
  return std::move(layers);
}

Error Layers::warm(double seconds) {
  Stopwatch total;
  do {
    Stopwatch watch;
    auto results = call();
    secondsPerCall = watch.getSeconds();
    if (!results)
      return results.takeError();
  } while (total.getSeconds() < seconds);
  return Error::success();
}

Error Layers::time(double seconds, llvm::json::Object &answer) {
  if (!(secondsPerCall > 0.0))
    return createStringError("expected 'warm' before 'time'");
  int64_t calls = std::clamp(std::round(seconds / secondsPerCall), 1.0, 1e9);
  Stopwatch watch;
  for (int64_t i = 0; i < calls; ++i) {
    auto results = call();
    if (!results)
      return results.takeError();
  }
  answer["seconds"] = watch.getSeconds();
  answer["calls"] = calls;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

static Error writeAnswer(StringRef path, ArrayRef<HostTensor> results) {
  ArrayRef<int64_t> shape = results.front().getShape();
  auto all = HostTensor::createUninitialized(
      DType::F32, {int64_t(results.size()) * shape[0], shape[1]});
  if (!all)
    return all.takeError();
  float *next = all->as<float>().data();
  for (const HostTensor &result : results)
    next = llvm::copy(result.as<float>(), next);
  std::error_code failure;
  llvm::raw_fd_ostream file(path, failure);
  if (failure)
    return createStringError(path + ": " + failure.message());
  ::mml::engine::writeNpy(file, *all);
  file.close();
  if (std::error_code error = file.error()) {
    file.clear_error();
    return createStringError(path + ": " + error.message());
  }
  return Error::success();
}

/// Does what `request` asks for, with what was prepared last.
static Error handle(const llvm::json::Object &request, const Layer &first,
                    const Settings &settings, std::unique_ptr<Layers> &layers,
                    llvm::json::Object &answer) {
  StringRef what = request.getString("do").value_or("");
  if (what == "prepare") {
    layers.reset();
    Expected<HostTensor> rows =
        readTensor(request.getString("inputs").value_or(""), DType::F32, 2);
    if (!rows)
      return rows.takeError();
    auto compiled = Layers::compile(
        first, request.getInteger("layers").value_or(1), *rows, settings);
    if (!compiled)
      return compiled.takeError();
    layers = std::move(*compiled);
    answer["bytes"] = layers->getBytes();
    return Error::success();
  }
  if (what != "answer" && what != "warm" && what != "time")
    return createStringError("expected 'do' to be one of prepare, answer, "
                             "warm, time but got '" +
                             what + "'");
  if (!layers)
    return createStringError("expected 'prepare' before '" + what + "'");
  if (what == "answer") {
    auto results = layers->call();
    if (!results)
      return results.takeError();
    return writeAnswer(request.getString("output").value_or(""), *results);
  }
  double seconds = request.getNumber("seconds").value_or(0.0);
  return what == "warm" ? layers->warm(seconds) : layers->time(seconds, answer);
}

/// Answers one line of the standard input.
static llvm::json::Object answerLine(StringRef line, const Layer &first,
                                     const Settings &settings,
                                     std::unique_ptr<Layers> &layers) {
  auto fail = [](Error error) {
    return llvm::json::Object{{"error", llvm::toString(std::move(error))}};
  };
  Expected<llvm::json::Value> value = llvm::json::parse(line);
  if (!value)
    return fail(value.takeError());
  const llvm::json::Object *request = value->getAsObject();
  if (!request)
    return fail(createStringError("expected an object"));
  llvm::json::Object answer;
  if (Error error = handle(*request, first, settings, layers, answer))
    return fail(std::move(error));
  return answer;
}

static int fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "mml-bench-layers") << message << '\n';
  return 1;
}

int main(int argc, char **argv) {
  ::mml::engine::keepFreedMemory();
  if (argc != 4)
    return fail("expected a folder, options of the CPU pipeline and a number "
                "of threads");
  Settings settings{argv[2], 0};
  if (StringRef(argv[3]).getAsInteger(10, settings.threads) ||
      settings.threads < 1 || settings.threads > INT32_MAX)
    return fail("expected a number of threads but got '" + Twine(argv[3]) +
                "'");
  Expected<Layer> first = Layer::read(argv[1]);
  if (!first)
    return fail(llvm::toString(first.takeError()));
  std::unique_ptr<Layers> layers;
  char *line = nullptr;
  size_t capacity = 0;
  for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
    llvm::outs() << llvm::json::Value(answerLine(StringRef(line, size), *first,
                                                 settings, layers))
                 << '\n';
    llvm::outs().flush();
  }
  std::free(line);
  return 0;
}
