//===- Report.cpp - What the tool says about a run ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "Print.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mml::runner;
using llvm::formatv;
using mml::engine::Comparison;
using mml::engine::HostTensor;
using mml::engine::StageTime;

Measurement::Measurement(llvm::ArrayRef<double> seconds,
                         std::optional<double> macs, int64_t weightBytes)
    : runs(seconds.size()) {
  // Clocks have steps, and a model may do nothing.
  double middle = std::max(engine::getMedian(seconds), 1e-9);
  median = middle * 1e3;
  min = *llvm::min_element(seconds) * 1e3;
  max = *llvm::max_element(seconds) * 1e3;
  if (macs)
    gops = 2.0 * *macs / middle * 1e-9;
  gbps = weightBytes / middle * 1e-9;
}

void mml::runner::printStats(llvm::raw_ostream &os,
                             llvm::ArrayRef<StageTime> times,
                             int64_t weightBytes) {
  for (const StageTime &time : times)
    os << formatv("{0,-12} {1,10:F3} ms\n", time.name, time.seconds * 1e3);
  os << formatv("{0,-12} {1,10:F3} MiB\n", "weights", weightBytes / 0x1p20);
  os << formatv("{0,-12} {1,10:F3} MiB\n", "peak memory",
                engine::getPeakMemory() / 0x1p20);
}

static void printComparison(llvm::raw_ostream &os, llvm::StringRef name,
                            const Comparison &comparison) {
  os << name << ": ";
  if (!comparison.matches)
    os << "differs: " << comparison.reason;
  else if (!comparison.position)
    os << "equal";
  else
    os << formatv("matches: largest difference {0:E} at {1}, {2:E} of the "
                  "largest expected value",
                  comparison.maxDifference,
                  mml::engine::formatPosition(*comparison.position),
                  comparison.maxDifference / comparison.maxExpected);
  os << '\n';
}

void Report::printText(llvm::raw_ostream &os, bool printOutputs,
                       bool printStats) const {
  if (printOutputs)
    for (auto [spec, output] : llvm::zip_equal(signature->outputs, outputs)) {
      os << spec.name << ": "
         << formatType(output.getDType(), output.getShape()) << '\n';
      print(os, output);
    }
  auto comparison = comparisons.begin();
  for (auto [spec, path] : llvm::zip_equal(signature->outputs, expectedPaths))
    if (!path.empty())
      printComparison(os, spec.name, *comparison++);
  if (measurement) {
    os << formatv("{0} runs: median {1:F3} ms, min {2:F3} ms, max {3:F3} ms",
                  measurement->runs, measurement->median, measurement->min,
                  measurement->max);
    if (measurement->kernels)
      os << formatv(", kernels {0:F3} ms", *measurement->kernels);
    if (measurement->gops)
      os << formatv(", {0:F2} GOP/s", *measurement->gops);
    os << formatv(", {0:F2} GB/s of weights\n", measurement->gbps);
  }
  if (!layers.empty())
    printLayers(os, layers);
  if (printStats)
    runner::printStats(os, times, weightBytes);
}

/// Text of a model need not be UTF-8, but text of JSON is.
static std::string toJSON(llvm::StringRef text) {
  return llvm::json::fixUTF8(text);
}

static void printTensor(llvm::json::OStream &json, llvm::StringRef name,
                        const HostTensor &tensor) {
  json.attribute("name", toJSON(name));
  json.attribute("dtype", getName(tensor.getDType()));
  json.attributeArray("shape", [&] {
    for (int64_t size : tensor.getShape())
      json.value(size);
  });
}

static void printComparison(llvm::json::OStream &json,
                            const Comparison &comparison) {
  json.attribute("matches", comparison.matches);
  json.attribute("max_difference", comparison.maxDifference);
  json.attribute("max_expected", comparison.maxExpected);
  if (comparison.position)
    json.attributeArray("position", [&] {
      for (int64_t index : *comparison.position)
        json.value(index);
    });
  if (!comparison.matches)
    json.attribute("reason", toJSON(comparison.reason));
}

static void printMeasurement(llvm::json::OStream &json,
                             const Measurement &measurement) {
  json.attribute("runs", static_cast<int64_t>(measurement.runs));
  json.attribute("median_ms", measurement.median);
  json.attribute("min_ms", measurement.min);
  json.attribute("max_ms", measurement.max);
  if (measurement.kernels)
    json.attribute("median_kernels_ms", *measurement.kernels);
  if (measurement.gops)
    json.attribute("gop_per_s", *measurement.gops);
  json.attribute("weight_gb_per_s", measurement.gbps);
}

void Report::printJSON(llvm::raw_ostream &os) const {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("model", toJSON(model));
    json.attribute("entry", toJSON(signature->name));
    json.attribute("target_cpu", targetCPU);
    if (!gpu.empty())
      json.attribute("gpu", toJSON(gpu));
    json.attribute("parallel", usesThreads);
    json.attributeArray("inputs", [&] {
      for (auto [spec, input] : llvm::zip_equal(signature->inputs, inputs))
        json.object([&, &spec = spec, &input = input] {
          printTensor(json, spec.name, input);
        });
    });
    json.attributeArray("outputs", [&] {
      auto comparison = comparisons.begin();
      for (size_t i = 0; i < outputs.size(); ++i)
        json.object([&] {
          printTensor(json, signature->outputs[i].name, outputs[i]);
          if (!outputPaths[i].empty())
            json.attribute("file", toJSON(outputPaths[i]));
          if (!expectedPaths[i].empty())
            json.attributeObject("comparison", [&] {
              json.attribute("file", toJSON(expectedPaths[i]));
              printComparison(json, *comparison++);
            });
        });
    });
    if (measurement)
      json.attributeObject("benchmark",
                           [&] { printMeasurement(json, *measurement); });
    if (!layers.empty()) {
      json.attributeBegin("layers");
      printLayers(json, layers);
      json.attributeEnd();
    }
    json.attributeObject("stats", [&] {
      json.attributeObject("seconds", [&] {
        for (const StageTime &time : times)
          json.attribute(time.name, time.seconds);
      });
      json.attribute("weight_bytes", weightBytes);
      json.attribute("peak_memory_bytes", engine::getPeakMemory());
    });
  });
  os << '\n';
}
