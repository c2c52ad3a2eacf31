//===- Hdf5File.h - Datasets of an HDF5 file --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_HDF5FILE_H
#define MML_IMPORT_HDF5FILE_H

#include "mml/Import/Limits.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mml::import {

/// A dataset with its values in row-major order.
struct Hdf5Dataset {
  /// Not dynamic, rank at most `kMaxRank`; a dimension may be 0.
  Shape shape;
  /// `monostate`: of an element type that no model needs; not read.
  std::variant<std::monostate, std::vector<float>, std::vector<double>,
               std::vector<uint8_t>, std::vector<int32_t>, std::vector<int64_t>>
      values;
};

/// Name of an element type as HDF5's users know it: `float32`, `uint8`, ...
llvm::StringRef hdf5TypeName(const Hdf5Dataset &dataset);

/// All datasets of an HDF5 file.
///
/// The HDF5 library crashes and loops on damaged files (its versions before
/// 1.14 have many such faults on record), so it never runs in this process: a
/// forked child with limited memory and processor time reads the file and sends
/// what it finds through a pipe, and whatever happens to the child is an error
/// here.
///
/// Refused: links other than hard links, external and virtual datasets, filters
/// other than deflate, shuffle and fletcher32, datasets whose data is not in
/// the file as large as declared, and what is above the limits.
class Hdf5File {
public:
  /// Reads every dataset of the file in `image`, except under the top-level
  /// groups that `skip` names.
  static llvm::Expected<Hdf5File> read(llvm::StringRef image,
                                       llvm::ArrayRef<llvm::StringRef> skip,
                                       const Limits &limits);

  /// The dataset at `path` (`layers/dense/vars/0`), removed from the file; none
  /// if there is none.
  std::optional<Hdf5Dataset> take(llvm::StringRef path);

  /// Whether there is a dataset at `path` that was not taken.
  bool contains(llvm::StringRef path) const {
    return datasets.find(path) != datasets.end();
  }

  /// Path of a dataset in the group at `path` or below that was not taken; none
  /// if all were. An empty path is the whole file.
  std::optional<std::string> remaining(llvm::StringRef path) const;

private:
  std::map<std::string, Hdf5Dataset, std::less<>> datasets;
};

} // namespace mml::import

#endif // MML_IMPORT_HDF5FILE_H
