//===- Trace.cpp - Find the first operation that computes otherwise -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "Side.h"
#include "ValueFiles.h"

#include "mml/Dialect/MML/Transforms/RecordValues.h"
#include "mml/ExecutionEngine/Tensors.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Trace/Passes.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::mml {
#define GEN_PASS_DEF_TRACEPASS
#include "mml/Trace/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::engine::Engine;
using ::mml::engine::EntrySignature;
using ::mml::engine::HostTensor;

namespace {

/// A trace of one module.
class Tracer {
public:
  Tracer(ModuleOp module, const TracePassOptions &options)
      : module(module), options(options) {}

  /// What cannot be done is an error; what differs a diagnostic, and failure.
  Expected<LogicalResult> run();

private:
  /// Brings a copy of the module to the core form and records its values.
  Error prepare();
  Error checkOptions() const;
  Expected<func::FuncOp> findEntry();
  Expected<SmallVector<HostTensor>> makeInputs(const EntrySignature &signature);
  /// Runs `what`, by a side; the first side that is run makes the inputs.
  /// Values in `more` are inputs behind them.
  Expected<SmallVector<HostTensor>> runSide(ModuleOp what, const Side &side,
                                            ArrayRef<HostTensor> more = {});
  /// Runs the operations of the traced side each by itself, on `expected`.
  Expected<SmallVector<HostTensor>> runIsolated(const Side &traced,
                                                ArrayRef<HostTensor> expected);
  void makeValues(SmallVector<HostTensor> results);
  void addExpected(SmallVector<HostTensor> results);
  /// An error if passes of a side have left out results.
  Error checkCount(ArrayRef<HostTensor> results) const;
  Error readReference();
  Error writeValues();
  Error report();
  /// Compares outputs of both sides without records.
  Expected<LogicalResult> checkOutputs(const Side &traced, const Side &other);

  ModuleOp module;
  const TracePassOptions &options;
  std::unique_ptr<::mml::cuda::Runtime> gpu;
  /// The core form, and the same with records.
  OwningOpRef<ModuleOp> core, recorded;
  std::string entry;
  SmallVector<std::string> outputNames;
  SmallVector<RecordedValue> records;
  std::optional<SmallVector<HostTensor>> inputs;
  SmallVector<TracedValue, 0> values;
};

} // namespace

Error Tracer::checkOptions() const {
  bool hasPipeline = !options.pipeline.empty();
  if (hasPipeline && options.target != TraceTarget::CPU)
    return createStringError("'target' has no effect with 'pipeline'");
  if ((hasPipeline || options.target != TraceTarget::CPU) &&
      options.kernel != KernelKind::Auto)
    return createStringError("'kernel' has no effect with 'pipeline', nor on "
                             "another target than cpu");
  int kinds = !options.against.empty() + !options.reference.empty() +
              options.rangesOnly;
  if (kinds > 1)
    return createStringError(
        "expected one of 'against', 'reference' and 'ranges-only'");
  if (options.isolate && (!options.reference.empty() || options.rangesOnly))
    return createStringError("'isolate' needs another side to read from");
  if (options.batch < 0)
    return createStringError("expected 'batch' to be at least 0");
  if (!(options.tolerance >= 0))
    return createStringError("expected 'tolerance' to be at least 0");
  return Error::success();
}

Expected<func::FuncOp> Tracer::findEntry() {
  SmallVector<func::FuncOp> candidates;
  for (auto function : recorded->getOps<func::FuncOp>())
    if (canRecordValues(function))
      candidates.push_back(function);
  std::string list;
  llvm::raw_string_ostream os(list);
  llvm::interleaveComma(candidates, os, [&](func::FuncOp function) {
    os << "'" << function.getName() << "'";
  });
  if (candidates.empty())
    return createStringError("expected a public function of ranked tensors, in "
                             "a form before loops");
  if (options.entry.empty()) {
    if (candidates.size() == 1)
      return candidates.front();
    return createStringError("several entries, choose one of " + list);
  }
  for (func::FuncOp candidate : candidates)
    if (candidate.getName() == options.entry)
      return candidate;
  return createStringError("no entry '" + options.entry +
                           "', expected one of " + list);
}

Error Tracer::prepare() {
  core = module.clone();
  PassManager passes(module.getContext());
  CPUPipelineOptions pipeline;
  pipeline.stopAfter = Stage::Core;
  buildCPUPipeline(passes, pipeline);
  if (failed(passes.run(*core)))
    return createStringError("cannot lead the module to the core form");

  recorded = core->clone();
  Expected<func::FuncOp> function = findEntry();
  if (!function)
    return function.takeError();
  entry = function->getName().str();
  if (!SymbolTable::symbolKnownUseEmpty(*function, recorded->getOperation()))
    return createStringError("entry '" + entry +
                             "' is called by another function");
  unsigned numOutputs = function->getNumResults();
  records = recordValues(*function);
  auto names = (*function)->getAttrOfType<ArrayAttr>(kOutputNamesAttrName);
  for (Attribute name : names.getValue().take_front(numOutputs))
    outputNames.push_back(cast<StringAttr>(name).str());
  return Error::success();
}

Expected<SmallVector<HostTensor>>
Tracer::makeInputs(const EntrySignature &signature) {
  if (options.inputs.empty())
    return ::mml::engine::makeRandomInputs(signature.inputs, options.seed,
                                           options.batch);
  return ::mml::engine::readInputs(options.inputs, signature.inputs);
}

Expected<SmallVector<HostTensor>>
Tracer::runSide(ModuleOp what, const Side &side, ArrayRef<HostTensor> more) {
  Expected<std::unique_ptr<Engine>> engine = compile(what, entry, side, gpu);
  if (!engine)
    return engine.takeError();
  if (!inputs) {
    Expected<SmallVector<HostTensor>> made =
        makeInputs((*engine)->getSignature());
    if (!made)
      return made.takeError();
    inputs = std::move(*made);
  }
  SmallVector<const HostTensor *> all;
  for (const HostTensor &input : llvm::concat<const HostTensor>(*inputs, more))
    all.push_back(&input);
  Expected<SmallVector<HostTensor>> results = (*engine)->invokeOn(all);
  if (!results)
    return createStringError("running what " + side.name +
                             " makes: " + llvm::toString(results.takeError()));
  return results;
}

Expected<SmallVector<HostTensor>>
Tracer::runIsolated(const Side &traced, ArrayRef<HostTensor> expected) {
  OwningOpRef<ModuleOp> isolated = core->clone();
  auto function = isolated->lookupSymbol<func::FuncOp>(entry);
  isolateValues(function, recordValues(function));
  return runSide(*isolated, traced, expected.drop_front(outputNames.size()));
}

void Tracer::makeValues(SmallVector<HostTensor> results) {
  // Outputs are computed last.
  unsigned numOutputs = outputNames.size();
  for (auto [index, record] : llvm::enumerate(records))
    values.push_back({record.name, record.value.getOwner()->getLoc(),
                      record.reads, std::move(results[numOutputs + index]),
                      std::nullopt});
  for (auto [index, name] : llvm::enumerate(outputNames))
    values.push_back({name,
                      recorded->lookupSymbol(entry)->getLoc(),
                      {},
                      std::move(results[index]),
                      std::nullopt});
}

Error Tracer::checkCount(ArrayRef<HostTensor> results) const {
  size_t expected = outputNames.size() + records.size();
  if (results.size() == expected)
    return Error::success();
  return createStringError("expected " + llvm::Twine(expected) +
                           " values of a side but got " +
                           llvm::Twine(results.size()));
}

void Tracer::addExpected(SmallVector<HostTensor> results) {
  std::rotate(results.begin(), results.begin() + outputNames.size(),
              results.end());
  for (auto [value, result] : llvm::zip_equal(values, results))
    value.expected = std::move(result);
}

Error Tracer::readReference() {
  bool isEmpty = true;
  llvm::StringSet<> layers;
  // From the last on, which a layer's name stands for.
  for (TracedValue &value : llvm::reverse(values)) {
    SmallVector<StringRef> names{value.name};
    auto [layer, operation] = StringRef(value.name).rsplit('/');
    if (!operation.empty() && layers.insert(layer).second)
      names.push_back(layer);
    for (StringRef name : names) {
      if (value.expected)
        break;
      auto expected = readValue(options.reference, name);
      if (!expected)
        return expected.takeError();
      value.expected = std::move(*expected);
    }
    isEmpty &= !value.expected;
  }
  if (isEmpty)
    return createStringError(
        "no file in '" + options.reference +
        "' has the name of a value, such as " +
        getValuePath(options.reference, values.front().name));
  return Error::success();
}

Error Tracer::writeValues() {
  llvm::StringSet<> paths;
  for (const TracedValue &value : values) {
    std::string path = getValuePath(options.values, value.name);
    if (!paths.insert(path).second)
      return createStringError("two values would be in the file " + path);
    if (Error error = writeValue(options.values, value.name, value.actual))
      return error;
  }
  return Error::success();
}

Error Tracer::report() {
  if (options.report == "-") {
    printRanges(llvm::errs(), values);
    return Error::success();
  }
  std::error_code code;
  llvm::raw_fd_ostream os(options.report, code);
  if (!code) {
    printRanges(os, values);
    os.close();
    code = os.error();
    os.clear_error();
  }
  return code ? createStringError(options.report + ": " + code.message())
              : Error::success();
}

Expected<LogicalResult> Tracer::checkOutputs(const Side &traced,
                                             const Side &other) {
  auto actual = runSide(*core, traced);
  if (!actual)
    return actual.takeError();
  auto expected = runSide(*core, other);
  if (!expected)
    return expected.takeError();
  if (actual->size() != outputNames.size() ||
      expected->size() != outputNames.size())
    return createStringError("expected as many outputs as the model has");
  SmallVector<TracedValue, 0> outputs;
  for (auto [index, name] : llvm::enumerate(outputNames))
    outputs.push_back({name,
                       recorded->lookupSymbol(entry)->getLoc(),
                       {},
                       std::move((*actual)[index]),
                       std::move((*expected)[index])});
  return checkValues(
      outputs, options.tolerance,
      "that of " + other.name +
          " where nothing is recorded, and operations are fused");
}

Expected<LogicalResult> Tracer::run() {
  if (Error error = checkOptions())
    return std::move(error);
  Expected<Side> traced = getTracedSide(options, gpu);
  if (!traced)
    return traced.takeError();
  if (Error error = prepare())
    return std::move(error);
  Side other = getOtherSide(options);
  bool hasSides = options.reference.empty() && !options.rangesOnly;
  std::optional<SmallVector<HostTensor>> expected;
  if (hasSides) {
    auto computed = runSide(*recorded, other);
    if (!computed)
      return computed.takeError();
    if (Error error = checkCount(*computed))
      return std::move(error);
    expected = std::move(*computed);
  }
  auto results = options.isolate ? runIsolated(*traced, *expected)
                                 : runSide(*recorded, *traced);
  if (!results)
    return results.takeError();
  if (Error error = checkCount(*results))
    return std::move(error);
  makeValues(std::move(*results));
  if (expected)
    addExpected(std::move(*expected));
  else if (!options.rangesOnly)
    if (Error error = readReference())
      return std::move(error);
  if (!options.values.empty())
    if (Error error = writeValues())
      return std::move(error);
  if (Error error = report())
    return std::move(error);
  std::string expectation =
      hasSides ? "that of " + other.name : "its file in " + options.reference;
  LogicalResult agree =
      checkValues(values, options.tolerance, expectation, options.isolate);
  // Operations by themselves are not what runs where nothing is recorded.
  if (failed(agree) || !hasSides || options.isolate)
    return agree;
  return checkOutputs(*traced, other);
}

LogicalResult mlir::mml::trace(ModuleOp module,
                               const TracePassOptions &options) {
  Tracer tracer(module, options);
  Expected<LogicalResult> result = tracer.run();
  if (result)
    return *result;
  return emitError(module.getLoc(), "mml-trace: ")
         << llvm::toString(result.takeError());
}

namespace {

struct TracePass : mlir::mml::impl::TracePassBase<TracePass> {
  using TracePassBase::TracePassBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    getSideDialects(getOptions(), registry);
  }

  void runOnOperation() override {
    if (failed(trace(getOperation(), getOptions())))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  TracePassOptions getOptions() const {
    return {target,
            kernel,
            pipeline,
            against,
            reference,
            rangesOnly,
            isolate,
            entry,
            llvm::SmallVector<std::string>(inputs.begin(), inputs.end()),
            batch,
            seed,
            tolerance,
            values,
            report};
  }
};

} // namespace
