//===- Options.cpp - What the command line asks for -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "mml/Einsum/Equation.h"
#include "mml/ExecutionEngine/Compare.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mml::runner;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
namespace cl = llvm::cl;

static constexpr char overview[] =
    R"(compiles a ternary neural network for this machine and runs it, or emits
code for another one

MODEL is a Keras file (.keras), MLIR text or bytecode of any stage of the
compiler, or - for the standard input. With --einsum an equation takes its
place, and the files of --input say the shapes.
)";

static constexpr char moreHelp[] = R"(
Tensors are files of NumPy (.npy). --input, --output and --expect repeat in the
model's order; a name in front chooses one: --input left=x0.npy. For --expect,
NaN and infinity have to be in the same places.

EXAMPLES:
  mml-runner model.keras
      runs on random numbers and prints what comes out
  mml-runner model.keras --input x.npy --output y.npy
      runs on the rows of x.npy and writes the answer
  mml-runner model.keras --input x.npy --expect y.npy --tolerance 1e-6
      says how far the answer is from y.npy; exit code 3 if too far
  mml-runner model.keras --batch 64 --benchmark 100 --threads 4 --json
      measures 100 runs of 64 rows
  mml-runner model.keras --emit asm -o model.s
      writes the machine code instead of running it
  mml-runner model.keras --target-triple aarch64-linux-gnu --target-features \
      +dotprod --threads 1 --emit obj -o model.o
      compiles for another machine, weights included, without OpenMP
  mml-runner model.keras --emit library -o lib/model
      writes lib/model.o, lib/model.h and lib/model.cmake for a program of C
  mml-runner model.keras --target cuda --input x.npy
      runs on the first GPU of NVIDIA, by its driver alone
  mml-runner model.keras --target cuda --gpu-chip sm_90 --emit ptx
      writes the kernels for one
  mml-runner --einsum "bqhd,bkhd->bhqk" --input q.npy --input k.npy
      runs an equation of NumPy's grammar without any model
  mml-runner --einsum "ab,bc,cd->ad" --shape 8x512 --shape 512x9 --shape 9x512 --explain
      says in which order, at which cost, and by which operations

EXIT CODES:
  0  all went well
  1  the model or an input cannot be read, compiled or run
  2  the command line is wrong
  3  an output is not the expected one; no --output is written then
  4  --target cuda finds no driver or no GPU, or they are too old
)";

/// What a value was refused for. LLVM's own parsers would print it.
static std::string valueError;

namespace {
template <typename T> struct NumberParser : cl::parser<T> {
  using cl::parser<T>::parser;

  bool parse(cl::Option &option, StringRef, StringRef text, T &value) {
    bool failed;
    if constexpr (std::is_floating_point_v<T>)
      failed = text.getAsDouble(value);
    else
      failed = text.getAsInteger(10, value);
    const char *what =
        std::is_integral_v<T> ? "an integer that fits" : "a number";
    if (failed)
      valueError = ("expected --" + option.ArgStr + " to be " + what +
                    " but got '" + text + "'")
                       .str();
    return failed;
  }
};

template <typename T> struct ChoiceParser : cl::parser<T> {
  using cl::parser<T>::parser;

  bool parse(cl::Option &option, StringRef, StringRef text, T &value) {
    for (const auto &choice : this->Values)
      if (choice.Name == text) {
        value = choice.V.getValue();
        return false;
      }
    valueError = ("expected --" + option.ArgStr + " to be one of ").str();
    llvm::raw_string_ostream os(valueError);
    llvm::interleaveComma(this->Values, os,
                          [&](const auto &choice) { os << choice.Name; });
    os << " but got '" << text << "'";
    return true;
  }
};

struct FlagParser : cl::parser<bool> {
  using cl::parser<bool>::parser;

  bool parse(cl::Option &option, StringRef, StringRef text, bool &value) {
    value = true;
    if (text.empty())
      return false;
    valueError = ("expected --" + option.ArgStr + " without a value but got '" +
                  text + "'")
                     .str();
    return true;
  }
};

using Flag = cl::opt<bool, false, FlagParser>;
template <typename T> using Number = cl::opt<T, false, NumberParser<T>>;
template <typename T> using Choice = cl::opt<T, false, ChoiceParser<T>>;

/// The options. They come to be when the command line is read: what LLVM's
/// libraries register by the same names has to go first.
struct CommandLine {
  cl::OptionCategory category{"Options"};

  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL"),
                             cl::cat(category)};
  cl::opt<std::string> lora{
      "lora",
      cl::desc("Low-rank adapters for a Keras model that does not have them "
               "merged: <layer>/lora_kernel_a and _b, or KerasHub's .lora.h5"),
      cl::value_desc("a.h5"), cl::cat(category)};
  cl::opt<std::string> equation{"einsum",
                                cl::desc("Run an equation instead of a model"),
                                cl::value_desc("equation"), cl::cat(category)};
  cl::list<std::string> shapes{
      "shape",
      cl::desc("Shape of an operand of --einsum in place of --input: sizes, ? "
               "where it is unknown, and the element type (default f32)"),
      cl::value_desc("4x?xf32"), cl::cat(category)};
  Flag explain{"explain",
               cl::desc("Print labels, order, cost and operations of --einsum "
                        "instead of running it"),
               cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("Function to call; needed if the model has several"),
      cl::value_desc("name"), cl::cat(category)};
  cl::list<std::string> inputs{"input", cl::desc("Read an input"),
                               cl::value_desc("[name=]x.npy"),
                               cl::cat(category)};
  cl::list<std::string> outputs{"output",
                                cl::desc("Write an output; without any, all "
                                         "are printed, large ones in part"),
                                cl::value_desc("[name=]y.npy"),
                                cl::cat(category)};
  cl::list<std::string> expected{
      "expect", cl::desc("Compare an output with a file"),
      cl::value_desc("[name=]y.npy"), cl::cat(category)};
  Number<double> tolerance{
      "tolerance",
      cl::desc("Largest difference that --expect accepts, relative to the "
               "largest expected value (default 1e-5)"),
      cl::value_desc("number"), cl::init(mml::engine::defaultTolerance),
      cl::cat(category)};
  Number<unsigned> benchmark{
      "benchmark", cl::desc("Run N times more and print how long it takes"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  Flag json{"json", cl::desc("Print one JSON object instead of text"),
            cl::cat(category)};
  Flag stats{"stats",
             cl::desc("Print the time of each step, weights and memory"),
             cl::cat(category)};
  Flag profile{
      "profile",
      cl::desc("Print the time of each layer, its operations and bytes "
               "of weights a second; medians with --benchmark"),
      cl::cat(category)};
  cl::opt<std::string> tracePath{
      "trace",
      cl::desc("Write when each layer ran, as JSON that browsers draw "
               "(chrome://tracing, Perfetto)"),
      cl::value_desc("t.json"), cl::cat(category)};
  Number<unsigned> threads{
      "threads",
      cl::desc("Threads to use (default: all cores); 1 compiles code that does "
               "not call OpenMP's library"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  Number<unsigned long long> seed{
      "seed", cl::desc("Seed of random inputs (default 0)"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  Number<long long> batch{
      "batch",
      cl::desc("Size of random inputs where the model takes any (default 1)"),
      cl::value_desc("N"), cl::init(1), cl::cat(category)};
  Choice<EmitKind> emit{
      "emit", cl::desc("Write the compiled model instead of running it:"),
      cl::values(
          clEnumValN(EmitKind::Linalg, "linalg", "linalg on tensors, as MLIR"),
          clEnumValN(EmitKind::LLVMIR, "llvm", "optimized LLVM IR"),
          clEnumValN(EmitKind::Assembly, "asm", "assembly"),
          clEnumValN(EmitKind::Object, "obj", "object file"),
          clEnumValN(EmitKind::Library, "library",
                     "object file, header of C and file for CMake; -o is their "
                     "path without extension"),
          clEnumValN(EmitKind::PTX, "ptx", "kernels, with --target cuda")),
      cl::cat(category)};
  Choice<mml::engine::WeightsPlace> weights{
      "weights", cl::desc("Where --emit library has the weights:"),
      cl::values(clEnumValN(mml::engine::WeightsPlace::Inside, "inside",
                            "in the object file (default)"),
                 clEnumValN(mml::engine::WeightsPlace::Beside, "beside",
                            "in a file .weights, which the program maps into "
                            "memory")),
      cl::init(mml::engine::WeightsPlace::Inside), cl::cat(category)};
  Flag debugInfo{
      "debug-info",
      cl::desc("Keep the names and lines of layers in what --emit writes, for "
               "debuggers, profilers and disassemblers"),
      cl::cat(category)};
  cl::opt<std::string> emitPath{
      "o", cl::desc("Where --emit writes (default: standard output)"),
      cl::value_desc("file"), cl::init("-"), cl::cat(category)};
  Choice<mlir::mml::KernelKind> kernel{
      "kernel", cl::desc("How to contract with ternary weights:"),
      cl::values(clEnumValN(mlir::mml::KernelKind::Auto, "auto",
                            "what should be fastest (default)"),
                 clEnumValN(mlir::mml::KernelKind::AddSub, "addsub",
                            "adds and subtracts"),
                 clEnumValN(mlir::mml::KernelKind::Dot, "dot",
                            "dot product instructions, where there are any"),
                 clEnumValN(mlir::mml::KernelKind::Lookup, "lookup",
                            "tables of sums, for one token or a few"),
                 clEnumValN(mlir::mml::KernelKind::Mixed, "mixed",
                            "both of these on ports of their own"),
                 clEnumValN(mlir::mml::KernelKind::Reference, "reference",
                            "plain loops")),
      cl::init(mlir::mml::KernelKind::Auto), cl::cat(category)};
  Choice<Device> device{
      "target", cl::desc("Where to run:"),
      cl::values(
          clEnumValN(Device::CPU, "cpu", "on this machine's cores (default)"),
          clEnumValN(Device::CUDA, "cuda", "on a GPU of NVIDIA")),
      cl::init(Device::CPU), cl::cat(category)};
  cl::opt<std::string> gpuChip{
      "gpu-chip",
      cl::desc("GPU to compile for, sm_75 or newer (default: the one that is "
               "here, sm_80 for --emit)"),
      cl::value_desc("sm_80"), cl::cat(category)};
  cl::opt<std::string> targetTriple{
      "target-triple",
      cl::desc("Machine to compile for, x86_64-... or aarch64-... (default: "
               "this one); another one's code can be emitted, not run"),
      cl::value_desc("triple"), cl::cat(category)};
  cl::opt<std::string> targetCPU{
      "target-cpu",
      cl::desc("Processor to compile for, by LLVM's name (default: this one, "
               "or any of --target-triple)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> targetFeatures{
      "target-features",
      cl::desc("Features to add to the processor's, or to take from it"),
      cl::value_desc("+a,-b"), cl::cat(category)};
};
} // namespace

/// Takes away all options of LLVM's libraries but --help and --version: they
/// are not ours to offer, and `--stats` is one of them.
static void removeForeignOptions() {
  llvm::SmallVector<cl::Option *> foreign;
  for (auto [name, option] : cl::getRegisteredOptions()) {
    if (name == "help")
      option->setDescription("Print this");
    else if (name != "h" && name != "version")
      foreign.push_back(option);
  }
  for (cl::Option *option : foreign)
    option->removeArgument();
}

static void printVersion(llvm::raw_ostream &os) {
  os << "mml-runner " MML_VERSION ", LLVM " LLVM_VERSION_STRING "\n";
}

/// Makes "mml-runner: Too many ...!\n..." ours: one line, in lower case.
static Error convertMessage(StringRef text) {
  auto [first, rest] = text.split('\n');
  first = first.split(": ").second.split(".  Try: ").first.rtrim(" .!");
  std::string message = first.str();
  message.front() = llvm::toLower(message.front());
  StringRef suggestion = rest.split("Did you mean '").second.split('\'').first;
  if (!suggestion.empty())
    message += ", did you mean '" + suggestion.str() + "'?";
  return createStringError(message);
}

/// True if the last argument is an option that a value should follow.
static bool lacksValue(StringRef argument) {
  StringRef name = argument.ltrim('-');
  const auto &options = cl::getRegisteredOptions();
  auto option = options.find(name);
  return argument.starts_with("-") && option != options.end() &&
         option->second->getValueExpectedFlag() == cl::ValueRequired;
}

/// What can be wrong with an equation and what goes with it.
static Error checkEquation(const CommandLine &line) {
  if (!line.equation.getNumOccurrences()) {
    if (!line.shapes.empty())
      return createStringError("--shape is for --einsum");
    if (line.explain)
      return createStringError("--explain is for --einsum");
    if (line.model.empty())
      return createStringError("expected a model, see 'mml-runner --help'");
    return Error::success();
  }
  if (!line.model.empty())
    return createStringError("expected a model or --einsum but got both");
  if (!line.entry.empty() || !line.lora.empty())
    return createStringError("--entry and --lora are for models, not for "
                             "--einsum");
  if (line.inputs.empty() == line.shapes.empty())
    return createStringError(
        "expected --input or --shape for the operands of "
        "--einsum" +
        StringRef(line.inputs.empty() ? "" : " but got both"));
  Expected<mml::einsum::Equation> equation =
      mml::einsum::Equation::parse(line.equation);
  if (!equation)
    return createStringError("--einsum: " +
                             llvm::toString(equation.takeError()));
  if (line.explain &&
      (!line.outputs.empty() || !line.expected.empty() || line.benchmark ||
       line.json || line.stats || line.profile || !line.tracePath.empty() ||
       line.threads.getNumOccurrences() || line.batch.getNumOccurrences() ||
       line.seed.getNumOccurrences() || line.emit.getNumOccurrences() ||
       line.kernel.getNumOccurrences() || line.device.getNumOccurrences() ||
       line.gpuChip.getNumOccurrences() ||
       line.targetTriple.getNumOccurrences() ||
       line.targetCPU.getNumOccurrences() ||
       line.targetFeatures.getNumOccurrences()))
    return createStringError("--explain does not run the equation: only "
                             "--input and --shape go with it");
  return Error::success();
}

/// What can be wrong with what is asked for of a GPU.
static Error checkDevice(const CommandLine &line) {
  bool emits = line.emit.getNumOccurrences();
  if (line.device == Device::CPU) {
    if (line.gpuChip.getNumOccurrences())
      return createStringError("--gpu-chip is for --target cuda");
    if (emits && line.emit == EmitKind::PTX)
      return createStringError("--emit ptx is for --target cuda");
    return Error::success();
  }
  if (emits && line.emit != EmitKind::PTX && line.emit != EmitKind::Linalg)
    return createStringError("expected --emit to be linalg or ptx with "
                             "--target cuda");
  if (line.kernel.getNumOccurrences() || line.threads.getNumOccurrences())
    return createStringError("--kernel and --threads are for --target cpu");
  if (line.profile || !line.tracePath.empty())
    return createStringError("--profile and --trace are for --target cpu");
  return Error::success();
}

/// What can be wrong with options that are right one by one.
static Error checkOptions(const CommandLine &line) {
  if (Error error = checkEquation(line))
    return error;
  if (Error error = checkDevice(line))
    return error;
  if (!(line.tolerance >= 0) || std::isinf(line.tolerance))
    return createStringError("expected --tolerance to be a number of at least "
                             "0");
  if (line.threads.getNumOccurrences() &&
      (line.threads < 1 || line.threads > INT32_MAX))
    return createStringError("expected --threads to be at least 1");
  if (line.benchmark.getNumOccurrences() && line.benchmark < 1)
    return createStringError("expected --benchmark to be at least 1");
  if (line.batch < 0)
    return createStringError("expected --batch to be at least 0");
  if (!line.inputs.empty() &&
      (line.batch.getNumOccurrences() || line.seed.getNumOccurrences()))
    return createStringError("--seed and --batch are for random inputs: they "
                             "do not go with --input");
  if (line.tolerance.getNumOccurrences() && line.expected.empty())
    return createStringError("--tolerance is for --expect");
  bool emits = line.emit.getNumOccurrences();
  if (line.weights.getNumOccurrences() &&
      (!emits || line.emit != EmitKind::Library))
    return createStringError("--weights is for --emit library");
  if (!emits && line.emitPath.getNumOccurrences())
    return createStringError("-o is for --emit, --output for tensors");
  if (emits &&
      (!line.entry.empty() ||
       (!line.inputs.empty() && !line.equation.getNumOccurrences()) ||
       !line.outputs.empty() || !line.expected.empty() || line.benchmark ||
       line.json || line.stats || line.profile || !line.tracePath.empty() ||
       line.batch.getNumOccurrences() || line.seed.getNumOccurrences()))
    return createStringError(
        "--emit does not run the model: only -o, "
        "--weights, --kernel, --threads, --debug-info, --gpu-chip and "
        "what begins with --target go with it");
  if (emits && line.threads.getNumOccurrences() && line.threads != 1)
    return createStringError("expected --threads to be 1 with --emit, for code "
                             "without threads: how many others use is said "
                             "when they run");
  if (line.debugInfo &&
      (!emits || line.emit == EmitKind::Linalg || line.device == Device::CUDA))
    return createStringError("--debug-info is for code that --emit writes for "
                             "--target cpu");
  if (emits && line.emit == EmitKind::Library && line.emitPath == "-")
    return createStringError("a library is several files: say -o");
  if (emits && line.emit == EmitKind::Object && line.emitPath == "-" &&
      llvm::sys::Process::StandardOutIsDisplayed())
    return createStringError("an object file is not for the terminal: say -o");
  return Error::success();
}

Expected<Options> mml::runner::parseOptions(int argc, char **argv) {
  removeForeignOptions();
  static CommandLine line;
  cl::extrahelp examples(moreHelp);
  cl::HideUnrelatedOptions(line.category);
  cl::SetVersionPrinter(printVersion);
  if (lacksValue(argv[argc - 1]))
    return createStringError("expected a value after " +
                             StringRef(argv[argc - 1]));
  std::string messages;
  llvm::raw_string_ostream os(messages);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &os))
    return valueError.empty() ? convertMessage(messages)
                              : createStringError(valueError);
  if (Error error = checkOptions(line))
    return std::move(error);

  Options options;
  options.model = line.model;
  if (line.equation.getNumOccurrences()) {
    options.model = line.equation;
    options.equation = line.equation;
  }
  options.lora = line.lora;
  options.shapes = line.shapes;
  options.explain = line.explain;
  options.entry = line.entry;
  options.inputs = line.inputs;
  options.outputs = line.outputs;
  options.expected = line.expected;
  options.tolerance = line.tolerance;
  options.benchmark = line.benchmark;
  options.threads = line.threads;
  options.seed = line.seed;
  options.batch = line.batch;
  options.json = line.json;
  options.stats = line.stats;
  options.profile = line.profile;
  options.tracePath = line.tracePath;
  if (line.emit.getNumOccurrences())
    options.emit = line.emit;
  options.emitPath = line.emitPath;
  options.weights = line.weights;
  options.debugInfo = line.debugInfo;
  options.kernel = line.kernel;
  options.device = line.device;
  options.gpuChip = line.gpuChip;
  options.target = {line.targetCPU, line.targetFeatures, line.targetTriple};
  return options;
}

void mml::runner::printError(StringRef message) {
  llvm::errs() << "mml-runner: error: " << message << '\n';
}
