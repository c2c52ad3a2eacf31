//===- KerasFile.h - Model files made in tests ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_IMPORT_KERASFILE_H
#define MML_UNITTESTS_IMPORT_KERASFILE_H

#include "mml/Import/Hdf5File.h"
#include "mml/Import/KerasReader.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mml::import::test {

/// A zip archive of (name, content), stored or deflated.
std::string makeZip(llvm::ArrayRef<std::pair<std::string, std::string>> entries,
                    bool deflate = false);

/// An HDF5 file with `datasets`, groups made as needed.
std::string makeHdf5(const std::map<std::string, Hdf5Dataset> &datasets);

Hdf5Dataset makeFloats(Shape shape, float value = 0.5f);
Hdf5Dataset makeFloats(Shape shape, std::vector<float> values);
Hdf5Dataset makeBytes(std::vector<uint8_t> values);
Hdf5Dataset makeInts(std::vector<int64_t> values);

/// The content of a .keras file, to be changed and packed.
struct KerasFile {
  std::string config;
  std::string metadata = R"({"keras_version": "3.15.1"})";
  std::map<std::string, Hdf5Dataset> datasets;

  /// Replaces the one place in the config that reads `from`.
  void replace(llvm::StringRef from, llvm::StringRef to);

  /// Adds the variables of a DenseMML at the group `path`, with the trits
  /// 1, 0, -1, 1, 0, ... and the scale 2.
  void addDenseMML(llvm::StringRef path, int64_t depth, int64_t units,
                   bool useBias = true);

  std::string pack() const;
};

/// A layer's entry in a config. `options` are the layer's own, each with a
/// comma after it.
std::string layerJson(llvm::StringRef className, llvm::StringRef name,
                      llvm::StringRef options = "", llvm::StringRef entry = "");
std::string inputJson(llvm::StringRef name, llvm::StringRef batchShape,
                      llvm::StringRef dtype = "float32",
                      llvm::StringRef entry = "");
/// An entry's `inbound_nodes`: a call for each string, which lists tensors as
/// `["a", 0, 0], ["b", 0, 0]`.
std::string callsJson(std::vector<std::vector<std::string>> calls,
                      llvm::StringRef kwargs = "{}");
/// A whole model; `layers` are joined with commas.
std::string sequentialJson(std::vector<std::string> layers,
                           llvm::StringRef name = "model");
std::string functionalJson(std::vector<std::string> layers,
                           llvm::StringRef inputs, llvm::StringRef outputs,
                           llvm::StringRef name = "model",
                           llvm::StringRef entry = "");

/// Input (20), DenseMML `first` (8, relu), Dense `second` (3).
KerasFile makeDenseFile();

/// A Sequential of one input of `batchShape` and one layer without variables.
KerasFile makeLayerFile(llvm::StringRef batchShape, llvm::StringRef className,
                        llvm::StringRef options = "",
                        llvm::StringRef dtype = "float32");

/// Reads packed bytes under the name `m.keras`.
llvm::Expected<Model> readBytes(llvm::StringRef bytes,
                                const Limits &limits = Limits());
inline llvm::Expected<Model> read(const KerasFile &file) {
  return readBytes(file.pack());
}

/// The message of the error in `result`, `no error` if there is none.
template <typename T> std::string errorOf(llvm::Expected<T> result) {
  if (result)
    return "no error";
  return llvm::toString(result.takeError());
}

/// A file below test/Data.
std::string readTestData(llvm::StringRef path);

/// An array of float32 in NumPy's format.
struct NpyArray {
  Shape shape;
  std::string dtype;
  std::vector<float> values;
};
NpyArray readNpy(llvm::StringRef path);

} // namespace mml::import::test

#endif // MML_UNITTESTS_IMPORT_KERASFILE_H
