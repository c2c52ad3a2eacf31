//===- WorkerProcess.cpp - The side of who asks a worker ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Worker.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mml::bench;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Processes
//===----------------------------------------------------------------------===//

/// This process' environment with `changes`, each "NAME=value".
static std::vector<std::string>
changeEnvironment(llvm::ArrayRef<std::string> changes) {
  std::vector<std::string> result(changes);
  for (char **entry = environ; *entry; ++entry) {
    StringRef name = StringRef(*entry).split('=').first;
    if (llvm::none_of(changes, [&](StringRef change) {
          return change.split('=').first == name;
        }))
      result.emplace_back(*entry);
  }
  return result;
}

Expected<std::shared_ptr<WorkerProcess>>
WorkerProcess::start(StringRef program, StringRef library,
                     llvm::ArrayRef<std::string> environment) {
  // The ends are closed in other workers, which would keep this one waiting.
  int toWorker[2], fromWorker[2];
  if (pipe2(toWorker, O_CLOEXEC) != 0)
    return createStringError("cannot make a pipe");
  if (pipe2(fromWorker, O_CLOEXEC) != 0) {
    close(toWorker[0]);
    close(toWorker[1]);
    return createStringError("cannot make a pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, toWorker[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fromWorker[1], STDOUT_FILENO);

  std::string path = program.str(), option = ("--worker=" + library).str();
  char *arguments[] = {path.data(), option.data(), nullptr};
  std::vector<std::string> changed = changeEnvironment(environment);
  std::vector<char *> variables;
  for (std::string &variable : changed)
    variables.push_back(variable.data());
  variables.push_back(nullptr);

  pid_t process;
  int status = posix_spawn(&process, path.c_str(), &actions,
                           /*attrp=*/nullptr, arguments, variables.data());
  posix_spawn_file_actions_destroy(&actions);
  close(toWorker[0]);
  close(fromWorker[1]);
  if (status != 0) {
    close(toWorker[1]);
    close(fromWorker[0]);
    return createStringError("cannot start '" + program + "'");
  }
  return std::shared_ptr<WorkerProcess>(
      new WorkerProcess(process, toWorker[1], fromWorker[0]));
}

WorkerProcess::~WorkerProcess() {
  close(input);
  close(output);
  waitpid(process, nullptr, 0);
}

Expected<json::Object> WorkerProcess::ask(json::Object request) {
  std::string line;
  llvm::raw_string_ostream(line) << json::Value(std::move(request)) << '\n';
  for (StringRef rest = line; !rest.empty();) {
    ssize_t written = write(input, rest.data(), rest.size());
    if (written <= 0)
      return createStringError("the process has ended");
    rest = rest.drop_front(written);
  }
  size_t end;
  while ((end = pending.find('\n')) == std::string::npos) {
    char bytes[4096];
    ssize_t count = read(output, bytes, sizeof bytes);
    if (count <= 0)
      return createStringError("the process has ended");
    pending.append(bytes, count);
  }
  Expected<json::Value> answer = json::parse(pending.substr(0, end));
  pending.erase(0, end + 1);
  if (!answer)
    return answer.takeError();
  json::Object *object = answer->getAsObject();
  if (!object)
    return createStringError("expected an object");
  if (std::optional<StringRef> error = object->getString("error"))
    return createStringError(*error);
  return std::move(*object);
}

//===----------------------------------------------------------------------===//
// Contestants
//===----------------------------------------------------------------------===//

namespace {
class Remote : public Contestant {
public:
  Remote(std::shared_ptr<WorkerProcess> worker, std::string name)
      : Contestant(Role::Baseline, std::move(name)), worker(std::move(worker)) {
  }

  ~Remote() override {
    // A worker that has ended holds nothing.
    llvm::consumeError(
        worker->ask(json::Object{{"what", "release"}}).takeError());
  }

  Error prepare(const Task &task) {
    Expected<json::Object> answer =
        worker->ask(json::Object{{"what", "prepare"},
                                 {"outputs", task.shape.outputs},
                                 {"depth", task.shape.depth},
                                 {"batch", task.batch},
                                 {"bytes", task.bytes},
                                 {"threads", int64_t(task.threads)}});
    if (!answer)
      return answer.takeError();
    detail = answer->getString("detail").value_or("").str();
    layers = answer->getInteger("layers").value_or(1);
    bytes = layers * answer->getInteger("layerBytes").value_or(0);
    operations = 2.0 * task.batch * task.shape.getWeights() * layers;
    return Error::success();
  }

  Expected<Sample> run(int64_t warmups, int64_t calls) override {
    Expected<json::Object> answer = worker->ask(
        json::Object{{"what", "run"}, {"warmups", warmups}, {"calls", calls}});
    if (!answer)
      return answer.takeError();
    auto get = [&](StringRef key) {
      return answer->getNumber(key).value_or(0);
    };
    return Sample{get("seconds"), get("width"), get("gigahertz"),
                  get("waited")};
  }

private:
  std::shared_ptr<WorkerProcess> worker;
};
} // namespace

Expected<std::unique_ptr<Contestant>>
mml::bench::createRemote(std::shared_ptr<WorkerProcess> worker,
                         std::string name, const Task &task) {
  auto remote = std::make_unique<Remote>(std::move(worker), std::move(name));
  if (Error error = remote->prepare(task))
    return createStringError(remote->name + ": " +
                             llvm::toString(std::move(error)));
  return std::move(remote);
}
