//===- Archive.cpp - Entries of a zip archive -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Archive.h"
#include "mml/Import/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include <zip.h>

using namespace llvm;
using namespace mml::import;

void Archive::Closer::operator()(zip_t *handle) const { zip_discard(handle); }

/// Whether a zip64 end-of-directory locator stands before an end-of-directory
/// record. Its entry count is 64 bits wide and libzip allocates by it.
static bool hasZip64Directory(StringRef bytes) {
  constexpr StringLiteral endSignature("PK\5\6"), locatorSignature("PK\6\7");
  constexpr size_t locatorBytes = 20, endBytes = 22, maxComment = 65535;
  StringRef tail = bytes.take_back(endBytes + maxComment + locatorBytes);
  for (size_t at = tail.find(endSignature); at != StringRef::npos;
       at = tail.find(endSignature, at + 1))
    if (at >= locatorBytes &&
        tail.substr(at - locatorBytes).starts_with(locatorSignature))
      return true;
  return false;
}

Expected<Archive> Archive::open(StringRef bytes, const Limits &limits) {
  if (bytes.size() > limits.fileBytes)
    return makeError("expected a file of at most " + Twine(limits.fileBytes) +
                     " bytes but got " + Twine(bytes.size()));
  if (hasZip64Directory(bytes))
    return makeError("zip64 archives are not supported");

  zip_error_t zipError;
  zip_error_init(&zipError);
  auto cleanup = scope_exit([&] { zip_error_fini(&zipError); });
  auto describe = [&] {
    return makeError(Twine("not a readable zip archive: ") +
                     zip_error_strerror(&zipError));
  };
  zip_source_t *source = zip_source_buffer_create(bytes.data(), bytes.size(),
                                                  /*freep=*/0, &zipError);
  if (!source)
    return describe();
  zip_t *opened =
      zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &zipError);
  if (!opened) {
    zip_source_free(source);
    return describe();
  }

  Archive archive(opened, limits, bytes.size());
  auto count = static_cast<uint64_t>(zip_get_num_entries(opened, 0));
  if (count > limits.zipEntries)
    return makeError("expected a zip archive of at most " +
                     Twine(limits.zipEntries) + " entries but got " +
                     Twine(count));
  for (uint64_t i = 0; i < count; ++i) {
    const char *name = zip_get_name(opened, i, ZIP_FL_ENC_RAW);
    if (!name)
      return makeError("zip entry " + Twine(i) + " has no name");
    if (!archive.entries.try_emplace(name, i).second)
      return makeError("two zip entries are called " + quoted(name));
  }
  return std::move(archive);
}

Expected<std::unique_ptr<MemoryBuffer>> Archive::read(StringRef name,
                                                      uint64_t maxBytes) const {
  std::string where = "zip entry " + quoted(name);
  auto it = entries.find(name);
  if (it == entries.end())
    return makeError(where + " is missing");

  zip_stat_t stat;
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                  ZIP_STAT_COMP_METHOD |
                                  ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(handle.get(), it->second, 0, &stat) != 0 ||
      (stat.valid & needed) != needed)
    return makeError(where + " cannot be read");
  if (stat.encryption_method != ZIP_EM_NONE)
    return makeError(where + " is encrypted");
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    return makeError(where + " has compression method " +
                     Twine(stat.comp_method) +
                     ", expected 0 (stored) or 8 (deflated)");
  uint64_t allowed = std::min(maxBytes, limits.unpackedBytes(stat.comp_size));
  if (stat.comp_size > archiveBytes || stat.size > allowed)
    return makeError(where + " declares " + Twine(stat.size) + " bytes (" +
                     Twine(stat.comp_size) +
                     " packed), which is above the limit of " + Twine(allowed));

  std::unique_ptr<WritableMemoryBuffer> buffer =
      WritableMemoryBuffer::getNewUninitMemBuffer(stat.size, name);
  if (!buffer)
    return makeError(where + " does not fit in memory");
  zip_file_t *file = zip_fopen_index(handle.get(), it->second, 0);
  if (!file)
    return makeError(where +
                     " cannot be unpacked: " + zip_strerror(handle.get()));
  auto close = scope_exit([&] { zip_fclose(file); });

  uint64_t got = 0;
  while (got < stat.size) {
    zip_int64_t n =
        zip_fread(file, buffer->getBufferStart() + got, stat.size - got);
    if (n < 0)
      return makeError(where +
                       " cannot be unpacked: " + zip_file_strerror(file));
    if (n == 0)
      return makeError(where + " ends early: it declares " + Twine(stat.size) +
                       " bytes but has " + Twine(got));
    got += n;
  }
  // Reading past the end also makes libzip compare the checksum.
  char extra;
  zip_int64_t n = zip_fread(file, &extra, 1);
  if (n < 0)
    return makeError(where + " cannot be unpacked: " + zip_file_strerror(file));
  if (n > 0)
    return makeError(where + " has more than the " + Twine(stat.size) +
                     " bytes it declares");
  return std::unique_ptr<MemoryBuffer>(std::move(buffer));
}
