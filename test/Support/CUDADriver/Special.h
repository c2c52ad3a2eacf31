//===- Special.h - Special registers ----------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_SPECIAL_H
#define MML_TEST_SUPPORT_CUDADRIVER_SPECIAL_H

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mml::ptx {

/// Special registers of 32 bits.
enum Special : unsigned {
  TidX,
  TidY,
  TidZ,
  NTidX,
  NTidY,
  NTidZ,
  CtaIdX,
  CtaIdY,
  CtaIdZ,
  NCtaIdX,
  NCtaIdY,
  NCtaIdZ,
  LaneId,
  WarpId,
  NWarpId,
  LaneMaskEq,
  LaneMaskLt,
  LaneMaskLe,
  LaneMaskGt,
  LaneMaskGe,
  SmId,
  NSmId,
  DynamicSmemSize,
  TotalSmemSize,
  Clock,
  /// Of 64 bits.
  Clock64,
  GlobalTimer
};

std::optional<Special> parseSpecial(llvm::StringRef name);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_SPECIAL_H
