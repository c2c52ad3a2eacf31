//===- Special.cpp - Special registers ------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Special.h"
#include "Warp.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace mml::ptx {

std::optional<Special> parseSpecial(StringRef name) {
  return StringSwitch<std::optional<Special>>(name)
      .Case("%tid.x", TidX)
      .Case("%tid.y", TidY)
      .Case("%tid.z", TidZ)
      .Case("%ntid.x", NTidX)
      .Case("%ntid.y", NTidY)
      .Case("%ntid.z", NTidZ)
      .Case("%ctaid.x", CtaIdX)
      .Case("%ctaid.y", CtaIdY)
      .Case("%ctaid.z", CtaIdZ)
      .Case("%nctaid.x", NCtaIdX)
      .Case("%nctaid.y", NCtaIdY)
      .Case("%nctaid.z", NCtaIdZ)
      .Case("%laneid", LaneId)
      .Case("%warpid", WarpId)
      .Case("%nwarpid", NWarpId)
      .Case("%lanemask_eq", LaneMaskEq)
      .Case("%lanemask_lt", LaneMaskLt)
      .Case("%lanemask_le", LaneMaskLe)
      .Case("%lanemask_gt", LaneMaskGt)
      .Case("%lanemask_ge", LaneMaskGe)
      .Case("%smid", SmId)
      .Case("%nsmid", NSmId)
      .Case("%dynamic_smem_size", DynamicSmemSize)
      .Case("%total_smem_size", TotalSmemSize)
      .Case("%clock", Clock)
      .Case("%clock64", Clock64)
      .Case("%globaltimer", GlobalTimer)
      .Default(std::nullopt);
}

uint32_t Warp::getSpecial(unsigned special, unsigned lane) const {
  const LaunchConfig &config = block.launch.config;
  unsigned thread = number * warpSize + lane;
  switch (Special(special)) {
  case TidX:
    return thread % config.block.x;
  case TidY:
    return thread / config.block.x % config.block.y;
  case TidZ:
    return thread / config.block.x / config.block.y;
  case NTidX:
    return config.block.x;
  case NTidY:
    return config.block.y;
  case NTidZ:
    return config.block.z;
  case CtaIdX:
    return block.id.x;
  case CtaIdY:
    return block.id.y;
  case CtaIdZ:
    return block.id.z;
  case NCtaIdX:
    return config.grid.x;
  case NCtaIdY:
    return config.grid.y;
  case NCtaIdZ:
    return config.grid.z;
  case LaneId:
    return lane;
  case WarpId:
    return number;
  case NWarpId:
    return uint32_t((config.block.count() + warpSize - 1) / warpSize);
  case LaneMaskEq:
    return 1u << lane;
  case LaneMaskLt:
    return (1u << lane) - 1;
  case LaneMaskLe:
    return (2u << lane) - 1;
  case LaneMaskGt:
    return ~((2u << lane) - 1);
  case LaneMaskGe:
    return ~((1u << lane) - 1);
  case SmId:
    return 0;
  case NSmId:
    return 1;
  case DynamicSmemSize:
    return config.dynamicShared;
  case TotalSmemSize:
    return block.shared.getSize();
  case Clock:
  case Clock64:
  case GlobalTimer:
    return uint32_t(clock);
  }
  return 0;
}

} // namespace mml::ptx
