//===- Hdf5File.cpp - Datasets of an HDF5 file ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Hdf5File.h"
#include "Hdf5Child.h"
#include "mml/Import/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace mml::import;

namespace {

/// The parent's side of the child process.
class Child {
public:
  /// The limit on processor time ends a child that loops; this one is for a
  /// child that sleeps, and generous because the machine may be busy.
  static constexpr std::chrono::seconds patience{60};

  Child() : deadline(std::chrono::steady_clock::now() + patience) {}
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;
  ~Child() {
    kill();
    if (input >= 0)
      close(input);
  }

  Error start(StringRef image, ArrayRef<StringRef> skip, const Limits &limits);

  /// Reads exactly `bytes`; false at the end of the pipe or the deadline.
  bool read(void *data, size_t bytes);

  /// Why the child ended without saying so. Ends it if it has not.
  Error explainDeath();

private:
  void kill() {
    if (pid <= 0)
      return;
    ::kill(pid, SIGKILL);
    wait();
  }

  /// Waits for the child's end and returns its status, none if it is unknown.
  std::optional<int> wait() {
    int status = 0;
    pid_t result;
    do
      result = waitpid(pid, &status, 0);
    while (result < 0 && errno == EINTR);
    pid = -1;
    return result < 0 ? std::nullopt : std::optional<int>(status);
  }

  pid_t pid = -1;
  int input = -1;
  bool timedOut = false;
  std::chrono::steady_clock::time_point deadline;
};

} // namespace

Error Child::start(StringRef image, ArrayRef<StringRef> skip,
                   const Limits &limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return errorCodeToError(errnoAsErrorCode());
  input = ends[0];
  pid = fork();
  if (pid == 0) {
    close(ends[0]);
    runHdf5Child(image, skip, limits, ends[1]);
    _exit(0);
  }
  int forkErrno = errno;
  close(ends[1]);
  if (pid < 0)
    return errorCodeToError(
        std::error_code(forkErrno, std::generic_category()));
  return Error::success();
}

bool Child::read(void *data, size_t bytes) {
  char *at = static_cast<char *>(data);
  while (bytes > 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd wanted{input, POLLIN, 0};
    int ready =
        left.count() > 0 ? poll(&wanted, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready <= 0) {
      timedOut = true;
      return false;
    }
    ssize_t n = ::read(input, at, bytes);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    bytes -= n;
  }
  return true;
}

Error Child::explainDeath() {
  if (timedOut) {
    kill();
    return makeError("reading takes too long: the file is damaged or the "
                     "machine overloaded");
  }
  std::optional<int> status = wait();
  if (status && WIFSIGNALED(*status) &&
      (WTERMSIG(*status) == SIGXCPU || WTERMSIG(*status) == SIGKILL))
    return makeError("reading takes too long: the file is damaged");
  return makeError("the file is damaged (the HDF5 library failed on it)");
}

/// Reads values for `record` into a new vector of `T`; false as Child::read.
template <typename T>
static bool readValues(Child &child, const Hdf5Record &record,
                       Hdf5Dataset &dataset) {
  std::vector<T> values(record.valueBytes / sizeof(T));
  if (!child.read(values.data(), record.valueBytes))
    return false;
  dataset.values = std::move(values);
  return true;
}

/// Size of an element in the pipe; none for an unknown type.
static std::optional<uint64_t> getElementBytes(uint32_t type) {
  switch (type) {
  case Hdf5Record::Other:
    return 0;
  case Hdf5Record::UInt8:
    return 1;
  case Hdf5Record::Float32:
  case Hdf5Record::Int32:
    return 4;
  case Hdf5Record::Float64:
  case Hdf5Record::Int64:
    return 8;
  default:
    return std::nullopt;
  }
}

/// Whether a record is one that a sound child sends. The child may have been
/// led astray by the file, so nothing it says is taken on trust.
static bool isSound(const Hdf5Record &record, uint64_t bytesLeft) {
  std::optional<uint64_t> bytes = getElementBytes(record.type);
  if (!bytes || record.rank > kMaxRank || record.textBytes > kMaxHdf5Text)
    return false;
  for (uint64_t size : ArrayRef(record.dims, record.rank)) {
    bytes = size <= uint64_t(kMaxElements)
                ? checkedMulUnsigned<uint64_t>(*bytes, size)
                : std::nullopt;
    if (!bytes)
      return false;
  }
  return record.valueBytes == *bytes && *bytes <= bytesLeft;
}

Expected<Hdf5File> Hdf5File::read(StringRef image, ArrayRef<StringRef> skip,
                                  const Limits &limits) {
  Child child;
  if (Error error = child.start(image, skip, limits))
    return makeError("cannot start a process to read HDF5: " +
                     toString(std::move(error)));

  Hdf5File file;
  uint64_t bytesLeft = limits.unpackedBytes(image.size());
  while (true) {
    Hdf5Record record;
    if (!child.read(&record, sizeof(record)))
      return child.explainDeath();
    if (record.kind == Hdf5Record::Done)
      return std::move(file);
    if (record.kind > Hdf5Record::Done || !isSound(record, bytesLeft) ||
        file.datasets.size() >= limits.hdf5Objects)
      return makeError("the file is damaged (the HDF5 library failed on it)");
    std::string text(record.textBytes, '\0');
    if (!child.read(text.data(), text.size()))
      return child.explainDeath();
    if (record.kind == Hdf5Record::Refusal)
      return makeError(all_of(text, isPrint) ? text : "the file is damaged");

    Hdf5Dataset dataset;
    for (uint64_t size : ArrayRef(record.dims, record.rank))
      dataset.shape.push_back(static_cast<int64_t>(size));
    bool whole = true;
    if (record.type == Hdf5Record::Float32)
      whole = readValues<float>(child, record, dataset);
    else if (record.type == Hdf5Record::Float64)
      whole = readValues<double>(child, record, dataset);
    else if (record.type == Hdf5Record::UInt8)
      whole = readValues<uint8_t>(child, record, dataset);
    else if (record.type == Hdf5Record::Int32)
      whole = readValues<int32_t>(child, record, dataset);
    else if (record.type == Hdf5Record::Int64)
      whole = readValues<int64_t>(child, record, dataset);
    if (!whole)
      return child.explainDeath();
    bytesLeft -= record.valueBytes;
    file.datasets.insert_or_assign(std::move(text), std::move(dataset));
  }
}

std::optional<Hdf5Dataset> Hdf5File::take(StringRef path) {
  auto it = datasets.find(std::string_view(path));
  if (it == datasets.end())
    return std::nullopt;
  Hdf5Dataset dataset = std::move(it->second);
  datasets.erase(it);
  return dataset;
}

std::optional<std::string> Hdf5File::remaining(StringRef path) const {
  std::string prefix = path.empty() ? "" : (path + "/").str();
  auto it = datasets.lower_bound(prefix);
  if (it == datasets.end() || !StringRef(it->first).starts_with(prefix))
    return std::nullopt;
  return it->first;
}

StringRef mml::import::hdf5TypeName(const Hdf5Dataset &dataset) {
  static constexpr StringLiteral names[] = {
      "another type", "float32", "float64", "uint8", "int32", "int64"};
  return names[dataset.values.index()];
}
