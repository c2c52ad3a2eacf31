//===- Archive.h - Entries of a zip archive ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_ARCHIVE_H
#define MML_IMPORT_ARCHIVE_H

#include "mml/Import/Limits.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

struct zip;

namespace mml::import {

/// A zip archive in memory, read with libzip. Entries are stored or deflated.
///
/// Refused: encryption, zip64 directories (no file within the limits needs
/// one), two entries of one name, other compression methods, more entries than
/// the limit, a directory that disagrees with the entries' own headers.
class Archive {
public:
  /// Opens the archive in `bytes`, which must outlive the result.
  static llvm::Expected<Archive> open(llvm::StringRef bytes,
                                      const Limits &limits);

  Archive(Archive &&) = default;
  Archive &operator=(Archive &&) = default;

  bool contains(llvm::StringRef name) const { return entries.count(name); }

  /// Unpacks the entry `name`. It is an error if there is none, if it declares
  /// more than `maxBytes` or more than the limits allow for its packed size, if
  /// it holds fewer or more bytes than it declares, or if its checksum is
  /// wrong.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
  read(llvm::StringRef name, uint64_t maxBytes) const;

private:
  struct Closer {
    void operator()(zip *handle) const;
  };

  Archive(zip *handle, const Limits &limits, uint64_t size)
      : handle(handle), limits(limits), archiveBytes(size) {}

  std::unique_ptr<zip, Closer> handle;
  Limits limits;
  uint64_t archiveBytes;
  /// Index in the archive by name.
  llvm::StringMap<uint64_t> entries;
};

} // namespace mml::import

#endif // MML_IMPORT_ARCHIVE_H
