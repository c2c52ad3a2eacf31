//===- Einsum.cpp - mml-bench-einsum: einsum of floats against a library --===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three einsums of f32, compiled by the CPU pipeline, beside OpenBLAS and the
// speed of fused multiply-adds in registers. Benchmarks are called
// `<what>/<equation>/threads:<n>`, which scripts/run-benchmarks.py turns into a
// table.
//
// `mml` includes what a call of a compiled model costs, the allocation of its
// result among it; OpenBLAS writes to memory that is there. It gets the
// matrices as NumPy makes them: where a reshape does, as they are. For
// `bqhd,bkhd->bhqk`, `openblas` multiplies transposed copies, which are made
// anew and count, and `openblas strided` no copies, by leading dimensions.
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Compare.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

#include "benchmark/benchmark.h"
#include <cblas.h>

#include <chrono>
#include <random>
#include <thread>

using namespace mlir;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::engine::CodeGenerator;
using ::mml::engine::DType;
using ::mml::engine::Engine;
using ::mml::engine::HostTensor;

/// Larger than what different orders of a sum make of it.
static constexpr double tolerance = 1e-5;
/// Steps of the loop that measures the peak, of all threads together.
static constexpr int64_t peakSteps = 1 << 19;
/// Sums that do not wait for each other: more than a processor needs.
static constexpr int64_t peakChains = 12;

namespace {

using Product = void (*)(const float *lhs, const float *rhs, float *result);

/// One equation, with what stands for it in OpenBLAS.
struct Case {
  const char *equation;
  std::vector<int64_t> lhs, rhs, result;
  /// The multiply-adds.
  int64_t macs;
  std::vector<std::pair<const char *, Product>> baselines;
};

/// A compiled function with its inputs.
struct Model {
  MLIRContext context;
  std::unique_ptr<Engine> engine;
  llvm::SmallVector<HostTensor> inputs;
};

} // namespace

//===----------------------------------------------------------------------===//
// OpenBLAS
//===----------------------------------------------------------------------===//

static void multiplyMatrices(const float *lhs, const float *rhs,
                             float *result) {
  constexpr int m = 1024, n = 512, k = 512;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, lhs, k,
              rhs, n, 0.0f, result, n);
}

// The sizes of bqhd,bkhd->bhqk; q and k have the same.
static constexpr int64_t batch = 4, length = 256, heads = 8, depth = 64;

static void multiplyStrided(const float *lhs, const float *rhs, float *result) {
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h) {
      int64_t offset = (b * length * heads + h) * depth;
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, length, length,
                  depth, 1.0f, lhs + offset, heads * depth, rhs + offset,
                  heads * depth, 0.0f,
                  result + (b * heads + h) * length * length, length);
    }
}

static void multiplyCopies(const float *lhs, const float *rhs, float *result) {
  // [b, h, q, d] and [b, h, d, k].
  constexpr int64_t size = batch * heads * length * depth;
  static std::vector<float> left(size), right(size);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h) {
      int64_t matrix = (b * heads + h) * length * depth;
      for (int64_t row = 0; row < length; ++row) {
        int64_t source = ((b * length + row) * heads + h) * depth;
        std::copy_n(lhs + source, depth, left.data() + matrix + row * depth);
      }
      for (int64_t d = 0; d < depth; ++d)
        for (int64_t row = 0; row < length; ++row)
          right[matrix + d * length + row] =
              rhs[((b * length + row) * heads + h) * depth + d];
    }
  for (int64_t i = 0; i < batch * heads; ++i)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, length, length,
                depth, 1.0f, left.data() + i * length * depth, depth,
                right.data() + i * length * depth, length, 0.0f,
                result + i * length * length, length);
}

static std::vector<Case> getCases() {
  constexpr int64_t matrixMacs = int64_t(1024) * 512 * 512;
  return {
      {"abc,cde->abde",
       {8, 128, 512},
       {512, 8, 64},
       {8, 128, 8, 64},
       matrixMacs,
       {{"openblas", multiplyMatrices}}},
      {"abcd,cde->abe",
       {8, 128, 8, 64},
       {8, 64, 512},
       {8, 128, 512},
       matrixMacs,
       {{"openblas", multiplyMatrices}}},
      {"bqhd,bkhd->bhqk",
       {batch, length, heads, depth},
       {batch, length, heads, depth},
       {batch, heads, length, length},
       batch * heads * length * length * depth,
       {{"openblas", multiplyCopies}, {"openblas strided", multiplyStrided}}}};
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

static std::string formatType(llvm::ArrayRef<int64_t> shape) {
  std::string type = "tensor<";
  for (int64_t size : shape)
    type += std::to_string(size) + "x";
  return type + "f32>";
}

static Expected<std::unique_ptr<Model>>
compile(llvm::StringRef source, llvm::ArrayRef<std::vector<int64_t>> shapes,
        unsigned vectorBits) {
  auto model = std::make_unique<Model>();
  DialectRegistry registry;
  mlir::mml::registerAllDialects(registry);
  model->context.appendDialectRegistry(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(source, &model->context);
  if (!module)
    return createStringError("cannot parse a benchmark");
  mlir::mml::CPUPipelineOptions options;
  options.vectorBits = vectorBits;
  PassManager passes(&model->context);
  mlir::mml::buildCPUPipeline(passes, options);
  if (failed(passes.run(*module)))
    return createStringError("cannot compile a benchmark");
  auto engine = Engine::create(*module);
  if (!engine)
    return engine.takeError();
  model->engine = std::move(*engine);

  std::minstd_rand random(1);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  for (const std::vector<int64_t> &shape : shapes) {
    auto input = HostTensor::createUninitialized(DType::F32, shape);
    if (!input)
      return input.takeError();
    for (float &value : input->as<float>())
      value = distribution(random);
    model->inputs.push_back(std::move(*input));
  }
  return std::move(model);
}

static Expected<std::unique_ptr<Model>> compileEinsum(const Case &example,
                                                      unsigned vectorBits) {
  std::string lhs = formatType(example.lhs), rhs = formatType(example.rhs),
              result = formatType(example.result);
  std::string source =
      llvm::formatv("func.func @main(%x: {0}, %y: {1}) -> {2} {{\n"
                    "  %z = mml.einsum \"{3}\" %x, %y : ({0}, {1}) -> {2}\n"
                    "  return %z : {2}\n"
                    "}\n",
                    lhs, rhs, result, example.equation);
  return compile(source, {example.lhs, example.rhs}, vectorBits);
}

/// A loop of nothing but fused multiply-adds, on each of `threads` threads a
/// part of it.
static Expected<std::unique_ptr<Model>> compilePeak(int64_t threads,
                                                    unsigned vectorBits) {
  int64_t lanes = vectorBits / 32;
  std::string names, starts, types, steps, sums;
  for (int64_t i = 0; i < peakChains; ++i) {
    names += llvm::formatv("{0}%n{1}", i ? ", " : "", i);
    starts += llvm::formatv("{0}%s{1} = %v{1}", i ? ", " : "", i);
    types += llvm::formatv("{0}vector<{1}xf32>", i ? ", " : "", lanes);
    steps += llvm::formatv(
        "      %n{0} = vector.fma %s{0}, %x, %y : vector<{1}xf32>\n", i, lanes);
    sums += llvm::formatv("    %t{1} = arith.addf %t{0}, %r#{0} : "
                          "vector<{2}xf32>\n",
                          i, i + 1, lanes);
  }
  std::string values;
  for (int64_t i = 0; i < peakChains; ++i)
    values += llvm::formatv("    %i{0} = arith.constant {0} : index\n"
                            "    %v{0} = vector.transfer_read %a[%i{0}, %z], "
                            "%f {{in_bounds = [true]} : "
                            "tensor<{1}x{2}xf32>, vector<{2}xf32>\n",
                            i, peakChains + 2, lanes);
  std::string source = llvm::formatv(
      "func.func @main(%a: tensor<{0}x{1}xf32>) -> tensor<{2}x{1}xf32> {{\n"
      "  %z = arith.constant 0 : index\n"
      "  %one = arith.constant 1 : index\n"
      "  %end = arith.constant {3} : index\n"
      "  %px = arith.constant {4} : index\n"
      "  %py = arith.constant {5} : index\n"
      "  %f = arith.constant 0.0 : f32\n"
      "  %t0 = arith.constant dense<0.0> : vector<{1}xf32>\n"
      "  %e = tensor.empty() : tensor<{2}x{1}xf32>\n"
      "  %all = scf.forall (%t) in ({2}) shared_outs(%o = %e) -> "
      "(tensor<{2}x{1}xf32>) {{\n"
      "    %x = vector.transfer_read %a[%px, %z], %f {{in_bounds = [true]} : "
      "tensor<{0}x{1}xf32>, vector<{1}xf32>\n"
      "    %y = vector.transfer_read %a[%py, %z], %f {{in_bounds = [true]} : "
      "tensor<{0}x{1}xf32>, vector<{1}xf32>\n"
      "{6}",
      peakChains + 2, lanes, threads, peakSteps / threads, peakChains,
      peakChains + 1, values);
  source += llvm::formatv(
      "    %r:{0} = scf.for %k = %z to %end step %one iter_args({1}) -> ({2}) "
      "{{\n{3}"
      "      scf.yield {4} : {2}\n"
      "    }\n{5}"
      "    %slice = tensor.extract_slice %o[%t, 0] [1, {6}] [1, 1] : "
      "tensor<{7}x{6}xf32> to tensor<1x{6}xf32>\n"
      "    %w = vector.transfer_write %t{0}, %slice[%z, %z] {{in_bounds = "
      "[true]} : vector<{6}xf32>, tensor<1x{6}xf32>\n"
      "    scf.forall.in_parallel {{\n"
      "      tensor.parallel_insert_slice %w into %o[%t, 0] [1, {6}] [1, 1] : "
      "tensor<1x{6}xf32> into tensor<{7}x{6}xf32>\n"
      "    }\n"
      "  }\n"
      "  return %all : tensor<{7}x{6}xf32>\n"
      "}\n",
      peakChains, starts, types, steps, names, sums, lanes, threads);
  return compile(source, {{peakChains + 2, lanes}}, vectorBits);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

/// Threads of either library wait for work without sleeping for a while, which
/// must not be while the other one is measured.
static void waitForIdleThreads(const benchmark::State &) {
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
}

template <typename Run>
static void addBenchmark(llvm::StringRef what, llvm::StringRef equation,
                         int64_t macs, Run run) {
  benchmark::RegisterBenchmark(
      (what + "/" + equation).str().c_str(),
      [=](benchmark::State &state) {
        run(state);
        state.counters["GFLOP/s"] = benchmark::Counter(
            2e-9 * macs, benchmark::Counter::kIsIterationInvariantRate);
      })
      ->ArgName("threads")
      ->Arg(1)
      ->Arg(2)
      ->Unit(benchmark::kMillisecond)
      ->Setup(waitForIdleThreads)
      ->UseRealTime();
}

static void invoke(Model &model, benchmark::State &state) {
  model.engine->setNumThreads(state.range(0));
  for (auto _ : state) {
    auto results = model.engine->invoke(model.inputs);
    if (!results) {
      state.SkipWithError(llvm::toString(results.takeError()).c_str());
      return;
    }
    benchmark::DoNotOptimize(results->front().data());
  }
}

/// Compares what both compute and adds their benchmarks.
static Error addCase(const Case &example, unsigned vectorBits) {
  auto compiled = compileEinsum(example, vectorBits);
  if (!compiled)
    return compiled.takeError();
  std::shared_ptr<Model> model = std::move(*compiled);
  auto expected = HostTensor::create(DType::F32, example.result);
  if (!expected)
    return expected.takeError();
  auto output = std::make_shared<HostTensor>(std::move(*expected));
  auto getInput = [model](unsigned i) {
    return model->inputs[i].as<float>().data();
  };
  for (auto [name, product] : example.baselines) {
    product(getInput(0), getInput(1), output->as<float>().data());
    for (unsigned threads : {1, 2}) {
      model->engine->setNumThreads(threads);
      auto results = model->engine->invoke(model->inputs);
      if (!results)
        return results.takeError();
      auto comparison =
          ::mml::engine::compare(results->front(), *output, tolerance);
      if (!comparison.matches)
        return createStringError(llvm::Twine(example.equation) + " and " +
                                 name + ": " + comparison.reason);
    }
    addBenchmark(name, example.equation, example.macs,
                 [=, product = product](benchmark::State &state) {
                   openblas_set_num_threads(state.range(0));
                   for (auto _ : state) {
                     product(getInput(0), getInput(1),
                             output->as<float>().data());
                     benchmark::ClobberMemory();
                   }
                 });
  }
  addBenchmark("mml", example.equation, example.macs,
               [=](benchmark::State &state) { invoke(*model, state); });
  return Error::success();
}

static Error addPeak(unsigned vectorBits) {
  std::shared_ptr<Model> models[2];
  for (int64_t threads : {1, 2}) {
    auto compiled = compilePeak(threads, vectorBits);
    if (!compiled)
      return compiled.takeError();
    models[threads - 1] = std::move(*compiled);
  }
  addBenchmark("peak", "fma", peakSteps * peakChains * (vectorBits / 32),
               [one = models[0], two = models[1]](benchmark::State &state) {
                 invoke(state.range(0) == 1 ? *one : *two, state);
               });
  return Error::success();
}

static Error addAll() {
  auto generator = CodeGenerator::create({});
  if (!generator)
    return generator.takeError();
  unsigned vectorBits = generator->getVectorBits();
  benchmark::AddCustomContext("vector_bits", std::to_string(vectorBits));
  benchmark::AddCustomContext("openblas_config", openblas_get_config());
  benchmark::AddCustomContext("openblas_core", openblas_get_corename());
  if (Error error = addPeak(vectorBits))
    return error;
  for (const Case &example : getCases())
    if (Error error = addCase(example, vectorBits))
      return error;
  return Error::success();
}

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  if (Error error = addAll()) {
    llvm::WithColor::error(llvm::errs(), "mml-bench-einsum")
        << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  // Compiled code goes before what loaded it does.
  benchmark::ClearRegisteredBenchmarks();
  benchmark::Shutdown();
  return 0;
}
