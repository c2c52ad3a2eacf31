//===- MachineModel.cpp - Processors as the cost model sees them ----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/MachineModel.h"

using namespace mlir::mml;

// Ports are those of the manufacturers' manuals; bandwidths of servers with
// AMX and the clock were measured by read loops and by the peak of vpdpbusd on
// an Emerald Rapids (docs/Benchmarks.md), the others are common for the class.

static constexpr double kMiB = 1 << 20;

/// Golden Cove and its successors in servers.
static constexpr MachineModel kTiles{/*gigahertz=*/2.9,
                                     /*vectorOps=*/2,
                                     /*shuffles=*/1,
                                     /*products=*/2,
                                     /*loads=*/2,
                                     /*stores=*/1,
                                     /*tileRows=*/1,
                                     /*coreCache=*/2 * kMiB,
                                     /*lastCache=*/100 * kMiB,
                                     /*coreBandwidth=*/142,
                                     /*lastBandwidth=*/28,
                                     /*memoryBandwidth=*/14.8,
                                     /*allMemoryBandwidth=*/27};

/// Vectors of 512 bits, as Intel's servers without tiles have them: on two
/// ports, both of which multiply and one of which moves bytes.
static constexpr MachineModel kVectors512{
    3.2, 2, 1, 2, 2, 1, 0, 1 * kMiB, 32 * kMiB, 100, 28, 20, 35};

/// Zen 4: four pipes of 256 bits, which a vector of 512 bits takes twice. Two
/// multiply, two move bytes, one of them both; a vector is loaded in a cycle
/// and stored in two (Software Optimization Guide for the AMD Zen4
/// Microarchitecture, 57647). The clock and the bandwidth of memory are those
/// that one was measured at.
static constexpr MachineModel kZen4{3.66,     2,         1,   1,  1,  0.5, 0,
                                    1 * kMiB, 32 * kMiB, 100, 50, 28, 35};

/// Zen 5: the same pipes of 512 bits, two loads and a store a cycle (Software
/// Optimization Guide for the AMD Zen5 Microarchitecture, 58455). Bandwidths
/// are those of Zen 4.
static constexpr MachineModel kZen5{4.0,      4,         2,   2,  2,  1, 0,
                                    1 * kMiB, 32 * kMiB, 200, 60, 28, 35};

/// Vectors of 256 bits.
static constexpr MachineModel kVectors256{
    3.0, 3, 1, 2, 2, 1, 0, 1 * kMiB, 16 * kMiB, 100, 28, 15, 27};

/// SSE.
static constexpr MachineModel kVectors128{3.0,      3,         1,  2,  2,  1, 0,
                                          1 * kMiB, 16 * kMiB, 60, 25, 15, 27};

/// NEON, where lookups in two registers are two steps.
static constexpr MachineModel kNeon{3.0,      4,         1,  4,  3,  2, 0,
                                    1 * kMiB, 32 * kMiB, 80, 30, 20, 60};

MachineModel MachineModel::get(const KernelTarget &target) {
  MachineModel machine = isNeon(target.dot.kind)                ? kNeon
                         : target.dot.kind == DotKind::TilesI32 ? kTiles
                         : target.core == CoreKind::Zen4        ? kZen4
                         : target.core == CoreKind::Zen5        ? kZen5
                         : target.dot.bits == 512               ? kVectors512
                         : target.dot.bits == 256               ? kVectors256
                                                                : kVectors128;
  if (target.coreCacheBytes > 0)
    machine.coreCache = target.coreCacheBytes;
  if (target.lastCacheBytes > 0)
    machine.lastCache = target.lastCacheBytes;
  return machine;
}
