//===- Run.cpp - Run a compiled model as asked ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Run.h"

#include "OutputFiles.h"
#include "Progress.h"
#include "Report.h"

#include "mml/ExecutionEngine/Compare.h"
#include "mml/ExecutionEngine/Engine.h"
#include "mml/ExecutionEngine/Npy.h"
#include "mml/ExecutionEngine/Tensors.h"

using namespace mml::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using mml::engine::HostTensor;
using mml::engine::TensorSpec;

/// Runs before the first measured one.
static constexpr unsigned warmUpRuns = 3;

/// Says which random inputs a run had.
static void announceRandomInputs(const Options &options,
                                 llvm::ArrayRef<TensorSpec> specs,
                                 llvm::ArrayRef<HostTensor> inputs) {
  llvm::errs() << "mml-runner: no --input: random data of seed "
               << options.seed;
  const char *separator = ": ";
  for (auto [spec, input] : llvm::zip_equal(specs, inputs)) {
    llvm::errs() << separator << spec.name << ' '
                 << formatType(input.getDType(), input.getShape());
    separator = ", ";
  }
  llvm::errs() << '\n';
}

/// Reads the files that outputs are to be compared with, in their order.
static Expected<llvm::SmallVector<HostTensor>>
readExpected(llvm::ArrayRef<std::string> paths) {
  llvm::SmallVector<HostTensor> tensors;
  for (StringRef path : paths) {
    if (path.empty())
      continue;
    Expected<HostTensor> tensor = mml::engine::readNpyFile(path);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  return tensors;
}

/// Rows of the batch: the first axis of the first input.
static double countRows(llvm::ArrayRef<HostTensor> inputs) {
  if (inputs.empty() || inputs.front().getShape().empty())
    return 1;
  return inputs.front().getShape().front();
}

static Expected<Measurement> measure(mml::engine::Engine &engine,
                                     llvm::ArrayRef<HostTensor> inputs,
                                     unsigned runs) {
  Progress progress("measuring");
  llvm::SmallVector<double> seconds, kernels;
  for (unsigned i = 0; i < warmUpRuns + runs; ++i) {
    mml::engine::Stopwatch watch;
    auto results = engine.invoke(inputs);
    double time = engine.getDeviceSeconds().value_or(watch.getSeconds());
    if (!results)
      return results.takeError();
    if (i < warmUpRuns)
      continue;
    seconds.push_back(time);
    if (std::optional<double> time = engine.getKernelSeconds())
      kernels.push_back(*time);
  }
  std::optional<double> macs;
  if (engine.getSignature().macsPerRow)
    macs = *engine.getSignature().macsPerRow * countRows(inputs);
  Measurement measurement(seconds, macs, engine.getResourceBytes());
  if (!kernels.empty())
    measurement.kernels = mml::engine::getMedian(kernels) * 1e3;
  return measurement;
}

/// Compares, writes and prints what came out.
static Expected<ExitCode>
finish(const Options &options, Report &report,
       llvm::ArrayRef<HostTensor> expected,
       llvm::function_ref<void(llvm::raw_ostream &)> writeTrace) {
  std::string mismatch;
  size_t next = 0;
  for (size_t i = 0; i < report.outputs.size(); ++i) {
    if (report.expectedPaths[i].empty())
      continue;
    report.comparisons.push_back(mml::engine::compare(
        report.outputs[i], expected[next++], options.tolerance));
    if (!report.comparisons.back().matches && mismatch.empty())
      mismatch = "output '" + report.signature->outputs[i].name +
                 "' differs from " + report.expectedPaths[i] + ": " +
                 report.comparisons.back().reason;
  }

  OutputFiles files;
  if (mismatch.empty()) {
    for (auto [path, output] :
         llvm::zip_equal(report.outputPaths, report.outputs))
      if (!path.empty())
        if (Error error =
                files.add(path, [&, &output = output](llvm::raw_ostream &os) {
                  mml::engine::writeNpy(os, output);
                }))
          return std::move(error);
    if (!options.tracePath.empty())
      if (Error error = files.add(options.tracePath, writeTrace))
        return std::move(error);
    if (Error error = files.commit())
      return std::move(error);
  }

  if (options.json)
    report.printJSON(llvm::outs());
  else
    report.printText(llvm::outs(),
                     /*printOutputs=*/options.outputs.empty() &&
                         options.expected.empty() && !options.benchmark &&
                         !options.profile,
                     options.stats);
  llvm::outs().flush();
  if (mismatch.empty())
    return Success;
  printError(mismatch);
  return Mismatch;
}

/// Runs the model that is in the LLVM dialect by now.
Expected<ExitCode>
mml::runner::run(const Options &options, Model &model, StringRef targetCPU,
                 llvm::SmallVector<mml::engine::StageTime> times,
                 std::optional<llvm::SmallVector<HostTensor>> given,
                 mml::cuda::Runtime *gpu) {
  // Files that do not fit are reported before the long step.
  Expected<mml::engine::EntrySignature> signature =
      mml::engine::findEntry(model.getModule(), options.entry);
  if (!signature)
    return createStringError(options.model + ": " +
                             llvm::toString(signature.takeError()));
  Expected<llvm::SmallVector<HostTensor>> inputs =
      given ? std::move(*given)
      : options.inputs.empty()
          ? mml::engine::makeRandomInputs(signature->inputs, options.seed,
                                          options.batch)
          : mml::engine::readInputs(options.inputs, signature->inputs);
  if (!inputs)
    return inputs.takeError();
  if (options.inputs.empty() && !inputs->empty())
    announceRandomInputs(options, signature->inputs, *inputs);
  auto outputPaths =
      mml::engine::assignPaths(options.outputs, signature->outputs, "output");
  if (!outputPaths)
    return outputPaths.takeError();
  auto expectedPaths =
      mml::engine::assignPaths(options.expected, signature->outputs, "output");
  if (!expectedPaths)
    return expectedPaths.takeError();
  auto expected = readExpected(*expectedPaths);
  if (!expected)
    return expected.takeError();

  std::optional<Progress> progress("generating code");
  auto engine = mml::engine::Engine::create(
      model.getModule(), {options.target, options.entry, gpu});
  if (!engine)
    return createStringError(options.model + ": " +
                             llvm::toString(engine.takeError()));
  times.append((*engine)->getStageTimes().begin(),
               (*engine)->getStageTimes().end());
  if (options.threads)
    (*engine)->setNumThreads(options.threads);
  bool isProfiled = options.profile || !options.tracePath.empty();
  mml::engine::Profile profile((*engine)->getSignature().layers.size());
  if (isProfiled)
    (*engine)->setProfile(&profile);
  progress.emplace("running");
  mml::engine::Stopwatch watch;
  auto outputs = (*engine)->invoke(*inputs);
  if (!outputs)
    return createStringError(options.model + ": " +
                             llvm::toString(outputs.takeError()));
  times.push_back({"run", watch.getSeconds()});
  progress.reset();

  Report report{options.model,
                &*signature,
                targetCPU.str(),
                gpu ? gpu->getDeviceName() : std::string(),
                (*engine)->usesThreads(),
                *inputs,
                *outputs,
                *outputPaths,
                *expectedPaths,
                {},
                std::nullopt,
                std::move(times),
                (*engine)->getResourceBytes(),
                {}};
  if (options.benchmark) {
    auto measurement = measure(**engine, *inputs, options.benchmark);
    if (!measurement)
      return measurement.takeError();
    report.measurement = *measurement;
  }
  if (options.profile)
    report.layers = summarize(
        profile, *signature, countRows(*inputs),
        options.benchmark ? profile.getSeconds(-1).size() - options.benchmark
                          : 0);
  auto trace = [&](llvm::raw_ostream &os) {
    writeTrace(os, profile, *signature);
  };
  return finish(options, report, *expected, trace);
}
