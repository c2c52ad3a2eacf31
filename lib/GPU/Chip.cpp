//===- Chip.cpp - What a GPU can do ---------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/GPU/Chip.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::mml;
using llvm::createStringError;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {
struct KnownChip {
  StringRef name;
  unsigned capability;
  /// The processors of a GPU of this kind, as NVIDIA's descriptions of the
  /// architectures have them: what tiles are chosen for.
  unsigned processors;
  /// The first version of PTX for it that has what kernels use, times ten; LLVM
  /// ends the process for an older one.
  unsigned ptx;
};
} // namespace

/// The chips that are compiled for, as LLVM 22 knows them. Version 6.5 has the
/// products of matrices of bytes that sm_75 can compute.
static constexpr KnownChip kChips[] = {
    {"sm_75", 75, 72, 65},     // Quadro RTX 8000
    {"sm_80", 80, 108, 70},    // A100
    {"sm_86", 86, 84, 71},     // A40
    {"sm_87", 87, 16, 74},     // Jetson AGX Orin
    {"sm_88", 88, 16, 90},     // taken to be as the one before
    {"sm_89", 89, 142, 78},    // L40
    {"sm_90", 90, 132, 78},    // H100 SXM
    {"sm_90a", 90, 132, 80},   //
    {"sm_100", 100, 148, 86},  // B200
    {"sm_100a", 100, 148, 86}, //
    {"sm_103", 103, 148, 88},  // B300
    {"sm_103a", 103, 148, 88}, //
    {"sm_110", 110, 20, 90},   // Jetson Thor
    {"sm_110a", 110, 20, 90},  //
    {"sm_120", 120, 188, 87},  // RTX PRO 6000
    {"sm_120a", 120, 188, 87}, //
    {"sm_121", 121, 48, 88},   // GB10
    {"sm_121a", 121, 48, 88},  //
};

/// The versions of PTX from that of sm_75 on that LLVM 22 knows, times ten.
static constexpr unsigned kPTXVersions[] = {65, 70, 71, 72, 73, 74, 75,
                                            76, 77, 78, 80, 81, 82, 83,
                                            84, 85, 86, 87, 88, 90};

Expected<Chip> Chip::parse(StringRef name) {
  for (const KnownChip &chip : kChips)
    if (chip.name == name)
      return Chip(chip.capability, chip.processors, chip.ptx);
  unsigned capability;
  StringRef digits = name;
  if (digits.consume_front("sm_") && !digits.getAsInteger(10, capability) &&
      capability < 75)
    return createStringError("expected a GPU of sm_75 or newer but got '" +
                             name + "'");
  return createStringError(
      "expected a GPU that is known, one of " +
      llvm::join(
          llvm::map_range(
              kChips, [](const KnownChip &chip) { return chip.name.str(); }),
          ", ") +
      ", but got '" + name + "'");
}

Expected<std::string> Chip::getNameFor(unsigned capability) {
  const KnownChip *best = nullptr;
  for (const KnownChip &chip : kChips) {
    // Code for those whose name ends in a letter runs on no others.
    if (chip.capability > capability || !llvm::isDigit(chip.name.back()))
      continue;
    if (!best || best->capability < chip.capability)
      best = &chip;
  }
  if (!best)
    return createStringError("expected a GPU of compute capability 7.5 or more "
                             "but got " +
                             Twine(capability / 10) + "." +
                             Twine(capability % 10));
  return best->name.str();
}

Expected<std::string> Chip::getFeatures(StringRef features) const {
  if (features.empty())
    return "+ptx" + llvm::utostr(ptx);
  StringRef digits = features;
  unsigned version;
  if (!digits.consume_front("+ptx") || digits.getAsInteger(10, version) ||
      !llvm::is_contained(kPTXVersions, version))
    return createStringError("expected a version of PTX, such as +ptx" +
                             Twine(ptx) + ", but got '" + features + "'");
  if (version < ptx)
    return createStringError("expected version " + Twine(ptx / 10) + "." +
                             Twine(ptx % 10) +
                             " of PTX or a newer one for sm_" +
                             Twine(capability) + " but got '" + features + "'");
  return features.str();
}
