//===- KerasReader.cpp - Models in .keras files ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/KerasReader.h"
#include "KerasGraph.h"
#include "mml/Import/Archive.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/Hdf5File.h"
#include "mml/Import/Json.h"

using namespace llvm;
using namespace mml::import;

static constexpr StringLiteral configName = "config.json";
static constexpr StringLiteral metadataName = "metadata.json";
static constexpr StringLiteral weightsName = "model.weights.h5";

static Expected<json::Value> readJson(const Archive &archive, StringRef name,
                                      const Limits &limits) {
  Expected<std::unique_ptr<MemoryBuffer>> text =
      archive.read(name, limits.jsonBytes);
  if (!text)
    return text.takeError();
  Expected<json::Value> value = parseJson((*text)->getBuffer(), limits);
  if (!value)
    return addContext(name, value.takeError());
  return value;
}

/// The layout of the other parts is that of Keras 3.
static Error checkVersion(const Archive &archive, const Limits &limits) {
  if (!archive.contains(metadataName))
    return Error::success();
  Expected<json::Value> metadata = readJson(archive, metadataName, limits);
  if (!metadata)
    return metadata.takeError();
  std::optional<StringRef> version;
  if (const json::Object *object = metadata->getAsObject())
    version = object->getString("keras_version");
  if (version && !version->starts_with("3."))
    return makeError("expected a file of Keras 3 but got one of Keras " +
                     quoted(*version));
  return Error::success();
}

static Expected<Hdf5File> readWeights(const Archive &archive,
                                      const Limits &limits) {
  Expected<std::unique_ptr<MemoryBuffer>> image =
      archive.read(weightsName, limits.fileBytes);
  if (!image)
    return image.takeError();
  // The optimizer's state is as large as the weights, or twice.
  Expected<Hdf5File> weights =
      Hdf5File::read((*image)->getBuffer(), {"optimizer"}, limits);
  if (!weights)
    return addContext(weightsName, weights.takeError());
  return weights;
}

Expected<Model> mml::import::readKeras(MemoryBufferRef file,
                                       const Limits &limits) {
  StringRef name = file.getBufferIdentifier();
  Expected<Archive> archive = Archive::open(file.getBuffer(), limits);
  if (!archive)
    return addContext(name, archive.takeError());
  if (Error error = checkVersion(*archive, limits))
    return addContext(name, std::move(error));
  Expected<json::Value> config = readJson(*archive, configName, limits);
  if (!config)
    return addContext(name, config.takeError());
  Expected<Hdf5File> weights = readWeights(*archive, limits);
  if (!weights)
    return addContext(name, weights.takeError());
  return readKerasModel(*config, *weights, name, limits);
}
