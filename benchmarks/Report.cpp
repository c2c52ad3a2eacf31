//===- Report.cpp - What was measured, as a file --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "ReadLoop.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/TargetParser/Host.h"

#include <cstdlib>
#include <thread>

using namespace mml::bench;
using llvm::Error;
using llvm::json::OStream;

static llvm::StringRef getName(Role role) {
  switch (role) {
  case Role::Ours:
    return "ours";
  case Role::Baseline:
    return "baseline";
  case Role::Peak:
    return "peak";
  case Role::ReadLoop:
    return "read loop";
  }
  llvm_unreachable("unknown role");
}

static void writeSeries(OStream &json, const Series &series,
                        const QuietCore &quiet) {
  const Contestant &contestant = *series.contestant;
  json.object([&] {
    json.attribute("name", contestant.name);
    json.attribute("role", getName(contestant.role));
    json.attribute("detail", contestant.detail);
    json.attribute("operations", contestant.operations);
    json.attribute("bytes", contestant.bytes);
    json.attribute("layers", contestant.layers);
    if (contestant.predicted > 0)
      json.attribute("predicted", contestant.predicted);
    json.attribute("calls", series.calls);
    json.attributeArray("samples", [&] {
      for (const Sample &sample : series.samples)
        json.object([&] {
          json.attribute("seconds", sample.seconds);
          json.attribute("width", sample.width);
          json.attribute("gigahertz", sample.gigahertz);
          json.attribute("waited", sample.waited);
          json.attribute("undisturbed", quiet.isUndisturbed(sample));
        });
    });
  });
}

static void writeCell(OStream &json, const Cell &cell, const QuietCore &quiet) {
  json.object([&] {
    json.attribute("case", cell.example ? cell.example->str() : "peaks");
    json.attribute("threads", cell.threads);
    if (cell.example) {
      json.attribute("form", getName(cell.example->form));
      json.attribute("outputs", cell.example->shape.outputs);
      json.attribute("depth", cell.example->shape.depth);
      json.attribute("batch", cell.example->batch);
      json.attribute("cpu", cell.example->cpu);
      json.attribute("streamed", cell.example->isStreamed);
    }
    json.attributeArray("contestants", [&] {
      for (const Series &series : cell.series)
        writeSeries(json, series, quiet);
    });
  });
}

static void writeMachine(OStream &json, const QuietCore &quiet) {
  double load[1] = {0.0};
  getloadavg(load, 1);
  json.attributeObject("machine", [&] {
    json.attribute("cpu", llvm::sys::getHostCPUName());
    json.attribute("processors", int64_t(std::thread::hardware_concurrency()));
    json.attribute("lastLevelCacheBytes", getLastLevelCacheBytes());
    json.attribute("availableBytes", getAvailableBytes());
    json.attribute("streamedBytes", getStreamedBytes());
    json.attribute("width", quiet.getWidth());
    json.attribute("leastWidth", QuietCore::leastWidth);
    json.attribute("longestWait", QuietCore::longestWait);
    json.attribute("loadAverage", load[0]);
  });
}

Error mml::bench::writeReport(llvm::StringRef path, llvm::ArrayRef<Cell> cells,
                              llvm::ArrayRef<std::string> notes,
                              const QuietCore &quiet) {
  std::error_code ec;
  llvm::raw_fd_ostream os(path, ec);
  if (ec)
    return llvm::createStringError(path + ": " + ec.message());
  OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    writeMachine(json, quiet);
    json.attributeArray("notes", [&] {
      for (const std::string &note : notes)
        json.value(note);
    });
    json.attributeArray("cells", [&] {
      for (const Cell &cell : cells)
        writeCell(json, cell, quiet);
    });
  });
  os << '\n';
  os.close();
  if (os.has_error()) {
    os.clear_error();
    return llvm::createStringError(path + ": cannot write");
  }
  return Error::success();
}
