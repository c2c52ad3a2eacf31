//===- Worker.cpp - The worker's side -------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Worker.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>
#include <malloc.h>

using namespace mml::bench;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringLiteral;
using llvm::StringRef;
namespace json = llvm::json;

int64_t mml::bench::countLayers(const Task &task, int64_t layerBytes) {
  return std::max<int64_t>(llvm::divideCeil(task.bytes, layerBytes), 1);
}

llvm::ArrayRef<StringLiteral> mml::bench::getLibraries() {
  static constexpr StringLiteral libraries[] = {
#if MML_BENCH_ONEDNN
      "onednn",
#endif
#if MML_BENCH_OPENBLAS
      "openblas",
#endif
      ""};
  return llvm::ArrayRef(libraries).drop_back();
}

static std::unique_ptr<Library> createLibrary(StringRef name) {
#if MML_BENCH_ONEDNN
  if (name == "onednn")
    return createOneDnn();
#endif
#if MML_BENCH_OPENBLAS
  if (name == "openblas")
    return createOpenBlas();
#endif
  return nullptr;
}

/// Serves one request.
static Expected<json::Object> answer(Library &library, unsigned &threads,
                                     const json::Object &request) {
  auto get = [&](StringRef key) { return request.getInteger(key).value_or(0); };
  StringRef what = request.getString("what").value_or("");
  if (what == "prepare") {
    Task task{{get("outputs"), get("depth")},
              get("batch"),
              get("bytes"),
              static_cast<unsigned>(get("threads"))};
    threads = task.threads;
    if (Error error = library.prepare(task))
      return std::move(error);
    return json::Object{{"detail", library.detail},
                        {"layers", library.layers},
                        {"layerBytes", library.layerBytes}};
  }
  if (what == "run") {
    Expected<Sample> sample = timeCalls(threads, get("warmups"), get("calls"),
                                        [&] { return library.call(); });
    if (!sample)
      return sample.takeError();
    return json::Object{{"seconds", sample->seconds},
                        {"width", sample->width},
                        {"gigahertz", sample->gigahertz},
                        {"waited", sample->waited}};
  }
  if (what == "release") {
    library.release();
    // Sets of layers are large, and workers are many.
    malloc_trim(0);
    return json::Object();
  }
  return createStringError("unknown request '" + what + "'");
}

int mml::bench::runWorker(StringRef name) {
  std::unique_ptr<Library> library = createLibrary(name);
  if (!library) {
    llvm::errs() << "mml-bench: unknown library '" << name << "'\n";
    return 1;
  }
  unsigned threads = 1;
  for (std::string line; std::getline(std::cin, line);) {
    Expected<json::Value> request = json::parse(line);
    json::Object result;
    Error error = Error::success();
    if (!request) {
      error = request.takeError();
    } else if (const json::Object *object = request->getAsObject()) {
      Expected<json::Object> answered = answer(*library, threads, *object);
      if (answered)
        result = std::move(*answered);
      else
        error = answered.takeError();
    } else {
      error = createStringError("expected an object");
    }
    if (error)
      result["error"] = llvm::toString(std::move(error));
    llvm::outs() << json::Value(std::move(result)) << '\n';
    llvm::outs().flush();
  }
  return 0;
}
