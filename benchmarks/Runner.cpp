//===- Runner.cpp - Bring the contestants of a case together --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "Peaks.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace mml::bench;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

Runner::Runner(RunOptions options, std::string program)
    : options(std::move(options)),
      quiet(*llvm::max_element(this->options.threads)),
      workers(std::move(program)) {}

void Runner::note(const Twine &what, Error error) {
  notes.push_back((what + ": " + llvm::toString(std::move(error))).str());
  llvm::WithColor::warning(llvm::errs(), "mml-bench") << notes.back() << '\n';
}

//===----------------------------------------------------------------------===//
// Limits of the machine
//===----------------------------------------------------------------------===//

void Runner::addReadLoop(Contestants &contestants, int64_t bytes,
                         unsigned threads) {
  auto loop = readLoops.create(bytes, threads);
  if (!loop)
    return note("read loop", loop.takeError());
  contestants.push_back(std::move(*loop));
}

void Runner::addPeaks(Contestants &contestants, const Case &example,
                      unsigned threads) {
  bool isAvx2 = example.cpu == avx2Cpu;
  unsigned bits = isAvx2 ? 256 : 512;
  std::vector<StringRef> instructions{"vpmaddubsw", "vpmaddubsw+vpaddw"};
  if (!isAvx2)
    instructions = {"vpdpbusd", "tdpbusd", "vpmaddubsw"};
  for (StringRef instruction : instructions)
    if (const Peak *peak = findPeak(instruction, bits))
      contestants.push_back(createPeak(*peak, threads));
}

void Runner::runPeaks() {
  for (unsigned threads : options.threads) {
    Contestants contestants;
    for (const Peak &peak : getPeaks())
      contestants.push_back(createPeak(peak, threads));
    // L1 and L2 of about every core, what the weights of a layer take, and what
    // no cache holds.
    for (int64_t bytes : {int64_t(threads) << 14, int64_t(threads) << 18,
                          int64_t(4) << 20, getStreamedBytes()})
      addReadLoop(contestants, bytes, threads);
    measureCell(std::nullopt, threads, std::move(contestants));
  }
}

//===----------------------------------------------------------------------===//
// Contestants
//===----------------------------------------------------------------------===//

void Runner::addBaselines(Contestants &contestants, const Case &example,
                          unsigned threads) {
  Task task{example.shape, example.batch,
            example.isStreamed ? getStreamedBytes() : 0, threads};
  for (const Baseline &baseline : getBaselines(example.cpu)) {
    auto contestant = workers.create(baseline, task);
    if (contestant)
      contestants.push_back(std::move(*contestant));
    else
      note(example.str(), contestant.takeError());
  }
}

std::vector<Runner::Entry> Runner::compile(const Case &example) {
  std::vector<Entry> entries;
  auto add = [&](Form form, StringRef kernel, int64_t batch,
                 const Twine &name) -> Error {
    Variant variant{
        form,         example.shape, batch,
        /*layers=*/1, kernel.str(),  example.cpu, options.pipelineOptions};
    auto model = Model::create(variant);
    if (!model)
      return model.takeError();
    // A kernel that the target has no instructions for is another one, and the
    // one that the compiler chooses is one of the others.
    for (Entry &known : entries)
      if (known.model->getCodeHash() == (*model)->getCodeHash()) {
        known.name += (" = " + name).str();
        return Error::success();
      }
    if (Error error = (*model)->finish())
      return error;
    if (Error error = (*model)->setBatch(example.batch))
      return error;
    entries.push_back({std::move(*model), name.str()});
    return Error::success();
  };
  auto tryAdd = [&](Form form, StringRef kernel, int64_t batch,
                    const Twine &name) {
    if (Error error = add(form, kernel, batch, name)) {
      note(example.str() + ", " + name, std::move(error));
      failed = true;
    }
  };

  using AnyBatch = RunOptions::AnyBatch;
  for (const std::string &kernel : options.kernels) {
    bool isFirst = kernel == options.kernels.front();
    tryAdd(example.form, kernel, example.batch, kernel);
    if (options.anyBatch == AnyBatch::All ||
        (options.anyBatch == AnyBatch::First && isFirst &&
         example.form == Form::Contraction))
      tryAdd(example.form, kernel, /*batch=*/0, kernel + ", any N");
    if (example.form == Form::Layer && isFirst && !example.isStreamed)
      tryAdd(Form::Contraction, kernel, example.batch,
             kernel + ", contraction alone");
    if (!example.hasAllKernels)
      break;
  }
  return entries;
}

/// The same as a set of layers.
Expected<Runner::Entry> Runner::compileStreamed(const Entry &single) {
  Variant variant = single.model->getVariant();
  variant.layers = countLayers({variant.shape, 1, getStreamedBytes(), 1},
                               single.model->getWeightBytes());
  auto model = Model::create(variant);
  if (!model)
    return model.takeError();
  if (Error error = (*model)->finish())
    return std::move(error);
  if (Error error = (*model)->setBatch(single.model->getBatch()))
    return std::move(error);
  return Entry{std::move(*model), single.name};
}

void Runner::addOurs(Contestants &contestants, std::vector<Entry> &entries,
                     unsigned threads) {
  for (Entry &entry : entries) {
    if (Error error = entry.model->check(threads)) {
      note(entry.name, std::move(error));
      failed = true;
      continue;
    }
    auto ours = createOurs(entry.model, entry.name, threads);
    ours->detail =
        llvm::formatv("compiled in {0:f2} s", entry.model->getCompileSeconds());
    contestants.push_back(std::move(ours));
  }
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

void Runner::measureCell(std::optional<Case> example, unsigned threads,
                         Contestants contestants) {
  auto series =
      measure(std::move(contestants), threads, options.measure, quiet);
  if (series)
    cells.push_back({std::move(example), threads, std::move(*series)});
  else
    note(example ? example->str() : "peaks", series.takeError());
}

/// An error if this machine cannot run what is compiled for `cpu`.
static Error checkTarget(const std::string &cpu) {
  auto target = mml::engine::CodeGenerator::create({cpu, ""});
  return target ? target->checkRunsHere() : target.takeError();
}

void Runner::runCase(const Case &example) {
  if (Error error = checkTarget(example.cpu))
    return note(example.str(), std::move(error));
  std::vector<Entry> entries = compile(example);
  if (example.isStreamed)
    for (Entry &entry : entries) {
      auto streamed = compileStreamed(entry);
      if (!streamed) {
        note(example.str() + ", " + entry.name, streamed.takeError());
        failed = true;
        return;
      }
      entry = std::move(*streamed);
    }
  for (unsigned threads : options.threads) {
    Contestants contestants;
    addPeaks(contestants, example, threads);
    if (example.batch == 1 && !entries.empty())
      addReadLoop(contestants, entries.front().model->getWeightBytes(),
                  threads);
    if (example.form == Form::Contraction)
      addBaselines(contestants, example, threads);
    addOurs(contestants, entries, threads);
    measureCell(example, threads, std::move(contestants));
  }
}
