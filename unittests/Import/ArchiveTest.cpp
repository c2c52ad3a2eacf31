//===- ArchiveTest.cpp - Tests of zip archives ----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Archive.h"
#include "KerasFile.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

/// The content of entry `name`, or the error's message.
static std::string readEntry(StringRef bytes, StringRef name,
                             const Limits &limits = Limits()) {
  Expected<Archive> archive = Archive::open(bytes, limits);
  if (!archive)
    return "open: " + toString(archive.takeError());
  Expected<std::unique_ptr<MemoryBuffer>> content =
      archive->read(name, limits.fileBytes);
  if (!content)
    return "read: " + toString(content.takeError());
  return (*content)->getBuffer().str();
}

/// Replaces every `from` in `bytes`.
static std::string replaceAll(std::string bytes, StringRef from, StringRef to) {
  for (size_t at = bytes.find(from.data(), 0, from.size());
       at != std::string::npos;
       at = bytes.find(from.data(), at + to.size(), from.size()))
    bytes.replace(at, from.size(), to.str());
  return bytes;
}

/// Changes a field of every local and central header: `local` and `central`
/// are the field's offsets in them.
static std::string patchHeaders(std::string bytes, size_t local, size_t central,
                                StringRef value) {
  for (auto [signature, offset] :
       {std::pair(StringRef("PK\3\4"), local), {"PK\1\2", central}})
    for (size_t at = bytes.find(signature.str()); at != std::string::npos;
         at = bytes.find(signature.str(), at + 4))
      bytes.replace(at + offset, value.size(), value.str());
  return bytes;
}

TEST(ArchiveTest, ReadsStoredAndDeflatedEntries) {
  for (bool deflate : {false, true}) {
    std::string bytes = makeZip(
        {{"a", "alpha"}, {"b/c", std::string(5000, 'x')}, {"d", ""}}, deflate);
    EXPECT_EQ(readEntry(bytes, "a"), "alpha");
    EXPECT_EQ(readEntry(bytes, "b/c"), std::string(5000, 'x'));
    EXPECT_EQ(readEntry(bytes, "d"), "");
    EXPECT_EQ(readEntry(bytes, "e"), "read: zip entry 'e' is missing");
  }
}

TEST(ArchiveTest, RefusesWhatIsNotAZip) {
  EXPECT_EQ(readEntry("", "a"), "read: zip entry 'a' is missing");
  EXPECT_EQ(readEntry(std::string(1000, 'P'), "a"),
            "open: not a readable zip archive: Not a zip archive");
  std::string bytes = makeZip({{"a", "alpha"}});
  EXPECT_EQ(readEntry(StringRef(bytes).drop_back(10), "a").substr(0, 4),
            "open");
}

TEST(ArchiveTest, RefusesDoubleNames) {
  std::string bytes = makeZip({{"one", "1"}, {"two", "2"}});
  EXPECT_EQ(readEntry(replaceAll(bytes, "two", "one"), "one"),
            "open: not a readable zip archive: File already exists");
}

TEST(ArchiveTest, RefusesEncryption) {
  std::string bytes = makeZip({{"a", "alpha"}});
  EXPECT_EQ(readEntry(patchHeaders(bytes, 6, 8, StringRef("\1\0", 2)), "a"),
            "read: zip entry 'a' is encrypted");
}

TEST(ArchiveTest, RefusesOtherCompression) {
  std::string bytes = makeZip({{"a", "alpha"}});
  EXPECT_EQ(
      readEntry(patchHeaders(bytes, 8, 10, StringRef("\14\0", 2)), "a"),
      "read: zip entry 'a' has compression method 12, expected 0 (stored) "
      "or 8 (deflated)");
}

TEST(ArchiveTest, RefusesZip64) {
  std::string bytes = makeZip({{"a", "alpha"}});
  size_t end = bytes.rfind("PK\5\6");
  bytes.insert(end, "PK\6\7" + std::string(16, '\0'));
  EXPECT_EQ(readEntry(bytes, "a"), "open: zip64 archives are not supported");
}

TEST(ArchiveTest, RefusesWrongSizes) {
  std::string text(300, 'x');
  std::string bytes = makeZip({{"a", text}}, /*deflate=*/true);
  // More and fewer than there are; the sizes are little endian.
  EXPECT_EQ(
      readEntry(patchHeaders(bytes, 22, 24, StringRef("\0\2\0\0", 4)), "a")
          .substr(0, 4),
      "read");
  EXPECT_EQ(
      readEntry(patchHeaders(bytes, 22, 24, StringRef("\0\1\0\0", 4)), "a"),
      "read: zip entry 'a' has more than the 256 bytes it declares");
}

TEST(ArchiveTest, RefusesWrongChecksums) {
  std::string bytes = makeZip({{"a", "alpha"}});
  size_t at = bytes.find("alpha");
  bytes[at] = 'A';
  EXPECT_EQ(readEntry(bytes, "a"),
            "read: zip entry 'a' cannot be unpacked: CRC error");
}

TEST(ArchiveTest, RefusesBombsBeforeUnpacking) {
  std::string bytes = makeZip({{"a", std::string(80 << 20, '\0')}},
                              /*deflate=*/true);
  EXPECT_LT(bytes.size(), 200000u);
  std::string message = readEntry(bytes, "a");
  EXPECT_EQ(message.substr(0, 47),
            "read: zip entry 'a' declares 83886080 bytes (81");
  EXPECT_NE(message.find("which is above the limit of"), std::string::npos);
}

TEST(ArchiveTest, HonoursLimits) {
  Limits limits;
  limits.zipEntries = 2;
  EXPECT_EQ(readEntry(makeZip({{"a", ""}, {"b", ""}, {"c", ""}}), "a", limits),
            "open: expected a zip archive of at most 2 entries but got 3");
  limits = Limits();
  limits.fileBytes = 100;
  EXPECT_EQ(readEntry(std::string(101, ' '), "a", limits),
            "open: expected a file of at most 100 bytes but got 101");
}
