//===- Tensors.cpp - What goes in and what comes out, by name -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Tensors.h"

#include "mml/ExecutionEngine/Npy.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static std::string listNames(ArrayRef<TensorSpec> specs) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(specs, os, [&](const TensorSpec &spec) {
    os << "'" << spec.name << "'";
  });
  return text;
}

/// If `argument` is "name=path", cuts it down to the path and returns which
/// tensor has the name.
static Expected<std::optional<size_t>>
consumeName(StringRef &argument, ArrayRef<TensorSpec> specs, StringRef kind) {
  // The names of a model may have any character in them, '=' too.
  std::optional<size_t> found;
  for (size_t i = 0; i < specs.size(); ++i)
    if (argument.starts_with(specs[i].name + "=") &&
        (!found || specs[i].name.size() > specs[*found].name.size()))
      found = i;
  if (found) {
    argument = argument.drop_front(specs[*found].name.size() + 1);
    return found;
  }
  // A path with '=' in a folder or behind an extension is no name.
  auto [name, path] = argument.split('=');
  if (name.size() < argument.size() && !name.contains('/') &&
      !name.contains('.'))
    return createStringError("no " + kind + " '" + name +
                             "', expected one of " + listNames(specs));
  return std::nullopt;
}

Expected<llvm::SmallVector<std::string>>
mml::engine::assignPaths(ArrayRef<std::string> arguments,
                         ArrayRef<TensorSpec> specs, StringRef kind) {
  llvm::SmallVector<std::string> paths(specs.size());
  llvm::SmallVector<StringRef> inOrder;
  for (StringRef argument : arguments) {
    Expected<std::optional<size_t>> index = consumeName(argument, specs, kind);
    if (!index)
      return index.takeError();
    if (argument.empty())
      return createStringError("expected the name of a file for every " + kind);
    if (!*index) {
      inOrder.push_back(argument);
      continue;
    }
    if (!paths[**index].empty())
      return createStringError(kind + " '" + specs[**index].name +
                               "' is given twice");
    paths[**index] = argument.str();
  }
  size_t next = 0;
  for (StringRef path : inOrder) {
    while (next < specs.size() && !paths[next].empty())
      ++next;
    if (next == specs.size())
      return createStringError("expected at most " + Twine(specs.size()) + " " +
                               kind + "s (" + listNames(specs) + ") but got " +
                               Twine(arguments.size()));
    paths[next] = path.str();
  }
  return paths;
}

Expected<llvm::SmallVector<HostTensor>>
mml::engine::readInputs(ArrayRef<std::string> arguments,
                        ArrayRef<TensorSpec> specs) {
  Expected<llvm::SmallVector<std::string>> paths =
      assignPaths(arguments, specs, "input");
  if (!paths)
    return paths.takeError();
  llvm::SmallVector<HostTensor> inputs;
  for (auto [path, spec] : llvm::zip_equal(*paths, specs)) {
    if (path.empty())
      return createStringError("expected " + Twine(specs.size()) + " inputs (" +
                               listNames(specs) + ") but got " +
                               Twine(arguments.size()) + ": '" + spec.name +
                               "' is missing");
    Expected<HostTensor> tensor = readNpyFile(path);
    if (!tensor)
      return tensor.takeError();
    if (Error error = spec.check(tensor->getDType(), tensor->getShape()))
      return createStringError("input '" + spec.name + "': " + path + ": " +
                               llvm::toString(std::move(error)));
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}

namespace {
/// SplitMix64: small, and the same everywhere, unlike the standard library's
/// distributions.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// Above 0, at most 1.
  double nextUniform() { return ((next() >> 11) + 1) * 0x1p-53; }
  /// By Box and Muller's formula.
  double nextNormal() {
    double radius = std::sqrt(-2.0 * std::log(nextUniform()));
    return radius * std::cos(6.283185307179586 * nextUniform());
  }

private:
  uint64_t state;
};
} // namespace

Expected<llvm::SmallVector<HostTensor>>
mml::engine::makeRandomInputs(ArrayRef<TensorSpec> specs, uint64_t seed,
                              int64_t batch) {
  Random random(seed);
  llvm::SmallVector<HostTensor> inputs;
  for (const TensorSpec &spec : specs) {
    llvm::SmallVector<int64_t> shape = spec.shape;
    std::replace(shape.begin(), shape.end(), dynamicSize, batch);
    Expected<HostTensor> tensor =
        HostTensor::createUninitialized(spec.dtype, shape);
    if (!tensor)
      return createStringError("input '" + spec.name +
                               "': " + llvm::toString(tensor.takeError()));
    uint64_t values = spec.dtype == DType::I1 ? 2 : 10;
    for (int64_t i = 0, e = tensor->getNumElements(); i < e; ++i)
      if (isFloat(spec.dtype))
        tensor->setFloat(i, random.nextNormal());
      else
        tensor->setInteger(i, static_cast<int64_t>(random.next() % values));
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}
