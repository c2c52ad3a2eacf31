//===- Hdf5Child.h - The process that reads HDF5 ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What runs in the child process of Hdf5File, and the records that it writes to
// its parent.
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_HDF5CHILD_H
#define MML_LIB_IMPORT_HDF5CHILD_H

#include "mml/Import/Limits.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace mml::import {

/// Goes before each piece of data in the pipe.
struct Hdf5Record {
  enum Kind : uint32_t {
    /// A dataset; its path and values follow.
    Dataset,
    /// The file is refused; a message of `textBytes` follows. Nothing after.
    Refusal,
    /// All datasets were sent. Nothing after.
    Done,
  };
  enum Type : uint32_t { Other, Float32, Float64, UInt8, Int32, Int64 };

  uint32_t kind;
  uint32_t type;
  uint32_t rank;
  /// Bytes of the path or message.
  uint32_t textBytes;
  uint64_t dims[kMaxRank];
  /// Bytes of the values, in the order of this machine.
  uint64_t valueBytes;
};

/// Bounds `Hdf5Record::textBytes`.
inline constexpr uint32_t kMaxHdf5Text = 4096;

/// Limits this process, reads the HDF5 file in `image` and writes records to
/// the file descriptor `output`. For a process that ends right after.
void runHdf5Child(llvm::StringRef image, llvm::ArrayRef<llvm::StringRef> skip,
                  const Limits &limits, int output);

} // namespace mml::import

#endif // MML_LIB_IMPORT_HDF5CHILD_H
