//===- Worker.h - Libraries in processes of their own -----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A library that we compare with runs in a process of its own, as it reads what
// to do from its environment once: the instructions that it may use and the
// number of its threads, whatever it has threads from. The process is this same
// program; it reads a request a line and answers each with a line, both JSON.
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_WORKER_H
#define MML_BENCHMARKS_WORKER_H

#include "Contestant.h"
#include "Problem.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

namespace mml::bench {

/// What a library is to compute.
struct Task {
  Shape shape;
  int64_t batch = 1;
  /// The number of layers is the one that reads at least so many bytes of
  /// weights; at least one.
  int64_t bytes = 0;
  unsigned threads = 1;
};

/// A library, on the worker's side. One call runs each layer once.
class Library {
public:
  virtual ~Library() = default;

  /// Makes the weights of `task` and whatever can be made ahead, chooses the
  /// fastest way that the library has, and checks what it answers.
  virtual llvm::Error prepare(const Task &task) = 0;
  virtual llvm::Error call() = 0;
  /// Frees what `prepare` made.
  virtual void release() = 0;

  /// Set by `prepare`.
  std::string detail;
  int64_t layers = 1;
  /// Bytes of the weights of one layer.
  int64_t layerBytes = 0;
};

/// How often weights of `layerBytes` bytes are needed to fill a task's.
int64_t countLayers(const Task &task, int64_t layerBytes);

std::unique_ptr<Library> createOneDnn();
std::unique_ptr<Library> createOpenBlas();

/// The worker's program: serves the library of that name, "onednn" or
/// "openblas", until standard input ends. Returns the exit status.
int runWorker(llvm::StringRef library);

/// The names that `runWorker` knows; what the build did not find is missing.
llvm::ArrayRef<llvm::StringLiteral> getLibraries();

/// A running worker, seen from the other side.
class WorkerProcess {
public:
  /// Starts `program` as a worker. `environment` has what differs from this
  /// process' own, as "NAME=value".
  static llvm::Expected<std::shared_ptr<WorkerProcess>>
  start(llvm::StringRef program, llvm::StringRef library,
        llvm::ArrayRef<std::string> environment);

  /// Ends the worker and waits for that.
  ~WorkerProcess();

  /// Sends a request and returns the answer, or what went wrong as an error.
  llvm::Expected<llvm::json::Object> ask(llvm::json::Object request);

private:
  WorkerProcess(int process, int input, int output)
      : process(process), input(input), output(output) {}

  int process;
  /// Ends of the pipes: what the worker reads and what it writes.
  int input, output;
  std::string pending;
};

/// A contestant that is computed by a worker. Prepares it.
llvm::Expected<std::unique_ptr<Contestant>>
createRemote(std::shared_ptr<WorkerProcess> worker, std::string name,
             const Task &task);

} // namespace mml::bench

#endif // MML_BENCHMARKS_WORKER_H
