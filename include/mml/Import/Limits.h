//===- Limits.h - What a model file may cost --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every limit of the readers, in one place. Each is checked before memory is
// taken or work is done for what it bounds.
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_LIMITS_H
#define MML_IMPORT_LIMITS_H

#include <algorithm>
#include <cstdint>

namespace mml::import {

/// Limits on one model file. The defaults are far above what real models need
/// and keep a hostile file of a few MiB below 1 GiB of memory and 5 s of time.
struct Limits {
  /// Size of the model file.
  uint64_t fileBytes = uint64_t(2) << 30;

  /// Data that unpacks from `packed` bytes may take this much: compressed
  /// weights are at most a few times larger than the file.
  uint64_t unpackedBytes(uint64_t packed) const {
    return std::min(fileBytes, freeBytes + expansion * packed);
  }
  uint64_t freeBytes = uint64_t(64) << 20;
  uint64_t expansion = 16;

  /// Entries of a zip archive.
  uint64_t zipEntries = 1000;

  /// Size of a JSON text, how deep its arrays and objects nest, and how many
  /// values and objects it has.
  uint64_t jsonBytes = uint64_t(16) << 20;
  unsigned jsonDepth = 200;
  uint64_t jsonValues = 1000000;
  /// An object costs about 5 KiB in memory, however small its text.
  uint64_t jsonObjects = 60000;

  /// Groups and datasets of an HDF5 file, how deep groups nest, and the rank of
  /// a dataset.
  uint64_t hdf5Objects = 100000;
  unsigned hdf5Depth = 64;
  /// Processor time to read an HDF5 file, in seconds: a fixed part, and one
  /// more for each so many bytes. (A damaged file can send the HDF5 library
  /// into an endless loop.)
  unsigned hdf5Seconds(uint64_t bytes) const {
    return hdf5BaseSeconds + static_cast<unsigned>(bytes >> 28);
  }
  unsigned hdf5BaseSeconds = 2;
  /// Memory that the HDF5 library may take besides one dataset.
  uint64_t hdf5LibraryBytes = uint64_t(64) << 20;

  /// Models within models.
  unsigned modelDepth = 16;
};

/// Largest rank of any tensor in a model or a file.
inline constexpr unsigned kMaxRank = 8;

/// Bound on the product of a tensor's known dimensions.
inline constexpr int64_t kMaxElements = int64_t(1) << 40;

} // namespace mml::import

#endif // MML_IMPORT_LIMITS_H
