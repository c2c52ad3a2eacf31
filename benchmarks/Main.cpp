//===- Main.cpp - mml-bench: ternary contractions and their limits --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measures contractions with trits and layers around them, compiled by the CPU
// pipeline, side by side with libraries and with what the machine could do at
// best, and writes every repetition to a file of JSON.
// scripts/run-benchmarks.py runs it and makes a table and a picture of that;
// docs/Benchmarks.md explains both.
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "mml/ExecutionEngine/Engine.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/WithColor.h"

#include <cstdlib>
#include <malloc.h>

using namespace mml::bench;
using llvm::StringRef;
namespace cl = llvm::cl;

/// Takes away the options of LLVM's libraries: `--threads` is one of them.
static void removeForeignOptions() {
  llvm::SmallVector<cl::Option *> foreign;
  for (auto [name, option] : cl::getRegisteredOptions())
    if (name != "help" && name != "h")
      foreign.push_back(option);
  for (cl::Option *option : foreign)
    option->removeArgument();
}

namespace {
/// They come to be when the command line is read, after LLVM's are gone.
struct Options {
  cl::OptionCategory category{"Options of mml-bench"};
  cl::opt<std::string> output{
      "output", cl::desc("The file to write (default: -)"),
      cl::value_desc("file"), cl::init("-"), cl::cat(category)};
  cl::opt<bool> all{"all",
                    cl::desc("Every kernel for every form and target too, "
                             "which takes an hour or more"),
                    cl::cat(category)};
  cl::list<std::string> shapes{
      "shapes",
      cl::desc("These shapes, outputs x depth, instead of those of "
               "the goals, with the batches of --batches or all"),
      cl::value_desc("MxK,..."), cl::CommaSeparated, cl::cat(category)};
  cl::list<int64_t> batches{
      "batches", cl::desc("These batches, with the shapes of --shapes or all"),
      cl::value_desc("N,..."), cl::CommaSeparated, cl::cat(category)};
  cl::list<unsigned> threads{"threads",
                             cl::desc("Numbers of threads (default: 1,2)"),
                             cl::CommaSeparated, cl::cat(category)};
  cl::list<std::string> kernels{
      "kernels", cl::desc("Kernels of ours (default: all but the plain loops)"),
      cl::CommaSeparated, cl::cat(category)};
  cl::opt<std::string> filter{
      "filter", cl::desc("Only the cases whose name this finds; see --list"),
      cl::value_desc("regular expression"), cl::init("."), cl::cat(category)};
  cl::opt<bool> noPeaks{
      "no-peaks",
      cl::desc("Do not measure the machine itself before the cases"),
      cl::cat(category)};
  cl::opt<bool> list{"list", cl::desc("Name the cases and measure nothing"),
                     cl::cat(category)};
  cl::opt<RunOptions::AnyBatch> anyBatch{
      "any-batch",
      cl::desc("Kernels that are also compiled for any batch, not only for the "
               "one that is measured:"),
      cl::values(clEnumValN(RunOptions::AnyBatch::None, "none", "none"),
                 clEnumValN(RunOptions::AnyBatch::First, "first",
                            "the first of --kernels, as a contraction "
                            "(the default)"),
                 clEnumValN(RunOptions::AnyBatch::All, "all", "all of them")),
      cl::init(RunOptions::AnyBatch::First), cl::cat(category)};
  cl::opt<std::string> pipelineOptions{
      "pipeline-options",
      cl::desc("Options of the CPU pipeline beside those of the target"),
      cl::value_desc("name=value ..."), cl::cat(category)};
  cl::opt<unsigned> repetitions{
      "repetitions", cl::desc("The least number of repetitions (default: 7)"),
      cl::init(7), cl::cat(category)};
  cl::opt<double> seconds{
      "seconds",
      cl::desc("How long repetitions of one case go on for want of undisturbed "
               "ones (default: 0.5)"),
      cl::init(0.5), cl::cat(category)};
  cl::opt<std::string> worker{"worker", cl::Hidden, cl::cat(category)};
};
} // namespace

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "mml-bench") << message << '\n';
  return 1;
}

/// The cases that the options ask for.
static llvm::Expected<std::vector<Case>> makePlan(const Options &options) {
  std::vector<Case> cases = getGoals();
  if (options.all || !options.shapes.empty() || !options.batches.empty()) {
    std::vector<Shape> shapes;
    for (const std::string &text : options.shapes) {
      llvm::Expected<Shape> shape = parseShape(text);
      if (!shape)
        return shape.takeError();
      shapes.push_back(*shape);
    }
    for (int64_t batch : options.batches)
      if (batch < 1 || batch > (1 << 20))
        return llvm::createStringError(
            "expected a batch from 1 to 1048576 but got " + llvm::Twine(batch));
    std::vector<int64_t> batches(options.batches.begin(),
                                 options.batches.end());
    cases =
        getGrid(shapes.empty() ? getAllShapes() : llvm::ArrayRef(shapes),
                batches.empty() ? getAllBatches() : llvm::ArrayRef(batches));
  }
  llvm::Regex filter(options.filter);
  std::string message;
  if (!filter.isValid(message))
    return llvm::createStringError("--filter: " + message);
  llvm::erase_if(
      cases, [&](const Case &example) { return !filter.match(example.str()); });
  return cases;
}

/// What to run, from the options; an error names what is wrong with them.
static llvm::Expected<RunOptions> makeRunOptions(const Options &options) {
  RunOptions run;
  run.measure.repetitions = std::max(1u, options.repetitions.getValue());
  run.measure.undisturbed =
      std::min(run.measure.undisturbed, run.measure.repetitions);
  run.measure.budgetSeconds = options.seconds;
  run.anyBatch = options.anyBatch;
  run.pipelineOptions = options.pipelineOptions;
  run.threads.assign(options.threads.begin(), options.threads.end());
  if (run.threads.empty())
    run.threads = {1, 2};
  for (unsigned threads : run.threads)
    if (threads < 1 || threads > 64)
      return llvm::createStringError("expected 1 to 64 threads but got " +
                                     llvm::Twine(threads));
  std::vector<KernelName> known = getKernelNames();
  for (const KernelName &kernel : known)
    if (options.kernels.empty()
            ? !kernel.isReference
            : llvm::is_contained(options.kernels, kernel.name))
      run.kernels.push_back(kernel.name);
  for (const std::string &name : options.kernels)
    if (!llvm::is_contained(run.kernels, name))
      return llvm::createStringError("unknown kernel '" + name + "'");
  return run;
}

int main(int argc, char **argv) {
  // Before OpenMP's library is loaded: idle threads look for work for as many
  // milliseconds, which the next contestant would have to wait for.
  setenv("KMP_BLOCKTIME", "1", /*overwrite=*/0);
  removeForeignOptions();
  mml::engine::keepFreedMemory();
  Options options;
  cl::ParseCommandLineOptions(
      argc, argv, "mml-bench: ternary contractions beside their limits\n");
  if (!options.worker.empty())
    return runWorker(options.worker);

  llvm::Expected<std::vector<Case>> plan = makePlan(options);
  if (!plan)
    return fail(llvm::toString(plan.takeError()));
  if (options.list) {
    for (const Case &example : *plan)
      llvm::outs() << example.str() << '\n';
    return 0;
  }
  llvm::Expected<RunOptions> run = makeRunOptions(options);
  if (!run)
    return fail(llvm::toString(run.takeError()));

  static int anchor;
  Runner runner(std::move(*run),
                llvm::sys::fs::getMainExecutable(argv[0], &anchor));
  mml::engine::Stopwatch watch;
  auto announce = [&](size_t index, StringRef name) {
    llvm::errs() << llvm::formatv("{0,4:f0} s  {1}/{2}  {3}\n",
                                  watch.getSeconds(), index, plan->size(),
                                  name);
  };
  // After each case, so that a run that somebody ends has a result as well.
  auto write = [&] {
    return writeReport(options.output, runner.getCells(), runner.getNotes(),
                       runner.getQuietCore());
  };
  if (!options.noPeaks) {
    announce(0, "peaks");
    runner.runPeaks();
  }
  if (llvm::Error error = write())
    return fail(llvm::toString(std::move(error)));
  for (auto [index, example] : llvm::enumerate(*plan)) {
    announce(index + 1, example.str());
    runner.runCase(example);
    malloc_trim(0);
    if (llvm::Error error = write())
      return fail(llvm::toString(std::move(error)));
  }
  return runner.hasFailed() ? 1 : 0;
}
