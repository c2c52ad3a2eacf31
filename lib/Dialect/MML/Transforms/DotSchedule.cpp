//===- DotSchedule.cpp - The loops of the dot kernel ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/DotSchedule.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include <limits>

using namespace mlir::mml;
using llvm::ArrayRef;
using llvm::SmallVector;

/// Tokens up to which vectors of packed bytes are multiplied as they are, on
/// targets with tiles too: to expand them costs more than a tile saves.
static constexpr int64_t kVectorTokens = 2;

/// Two codes of at most 2 by activations of -128 to 127 are from -512 to 508
/// in a step; 64 of them, which are four tiles of depth, fit an i16.
static constexpr int64_t kPairTiles = 4, kPairTileSteps = 16;
static_assert(kPairTiles * kPairTileSteps * 512 <= 1 << 15);

DotSchedule::DotSchedule(const DotTarget &dotTarget, int64_t rows,
                         int64_t groups)
    : target(dotTarget), groups(groups), lanes(dotTarget.bits / 32) {
  // A tile has as many outputs as the widest vector, and there are registers
  // for two of them.
  if (target.kind == DotKind::TilesI32 &&
      (rows % lanes != 0 || rows / lanes > kTilesAtOnce))
    target.kind = DotKind::QuadsI32;
  // A block may have fewer outputs than a vector has lanes, or none that fill
  // it.
  while (rows % lanes != 0)
    lanes /= 2;
  vectors = rows / lanes;
}

bool DotSchedule::canMix() const {
  return target.canMix() && vectors * lanes == DotLayoutAttr::kMixedRows;
}

bool DotSchedule::isPairs() const {
  return target.kind == DotKind::PairsI16 ||
         target.kind == DotKind::NeonPairsI16;
}

ArrayRef<int64_t> DotSchedule::getDirectCounts() const {
  // All tiles of a function have to be of few shapes, as the registers are
  // configured for them, so that versions of tiles are for whole ones. Sixteen
  // of the 32 registers of NEON have sums: four vectors of outputs for four
  // tokens.
  static constexpr int64_t tiles[] = {1, kVectorTokens, kTileTokens,
                                      kTilesAtOnce * kTileTokens};
  static constexpr int64_t vectorCounts[] = {1, 2, 4, 8};
  if (target.kind == DotKind::TilesI32)
    return tiles;
  return isNeon(target.kind) ? ArrayRef(vectorCounts).drop_back()
                             : ArrayRef(vectorCounts);
}

std::optional<int64_t> DotSchedule::getDirectCount(int64_t tokens,
                                                   bool isKnown) const {
  for (int64_t count : getDirectCounts())
    if (tokens <= count)
      return isKnown ? tokens : count;
  return std::nullopt;
}

bool DotSchedule::isTiledDirect(int64_t count) const {
  return target.kind == DotKind::TilesI32 && count > kVectorTokens;
}

SmallVector<int64_t>
DotSchedule::getTileRows(std::optional<int64_t> tokens) const {
  SmallVector<int64_t> whole(kTilesAtOnce, kTileTokens);
  if (!tokens)
    return whole;
  std::optional<int64_t> count = getDirectCount(*tokens, /*isKnown=*/true);
  if (!count)
    return whole;
  if (!isTiledDirect(*count))
    return {};
  SmallVector<int64_t> rows(*count / kTileTokens, kTileTokens);
  if (*count % kTileTokens != 0)
    rows.push_back(*count % kTileTokens);
  return rows;
}

int64_t DotSchedule::getPlaces(int64_t count) const {
  // Pairs of products would exceed an i16; without an instruction, bytes are
  // taken apart by masks that fit the lowest bits.
  if (isPairs() || target.kind == DotKind::None)
    return 1;
  // Without a sign, a byte holds two times 64; with one it does not.
  int64_t most = isNeon(target.kind) ? kFields - 1 : kFields;
  // Sums take three quarters of the registers, others have the codes.
  int64_t registers = target.bits == 512 || isNeon(target.kind) ? 32 : 16;
  for (int64_t places : {most, int64_t(2)}) {
    // Codes of at most 2 by activations of at most 128 in each k.
    int64_t fieldsOfLast = kFields / places;
    int64_t largest = groups * kLaneDepth * fieldsOfLast * (2 * 128)
                      << (2 * (places - 1));
    if (count * vectors * places <= registers * 3 / 4 &&
        largest <= std::numeric_limits<int32_t>::max())
      return places;
  }
  return 1;
}

int64_t DotSchedule::getPanelTiles() const {
  // Codes of a panel and activations of a step share 48 KB or 32 KB of cache.
  // Sums in i16 go over to i32 with each panel.
  return isPairs() ? kPairTiles : 8;
}

int64_t DotSchedule::getTokensAtOnce() const {
  if (target.kind == DotKind::TilesI32)
    return kTilesAtOnce * kTileTokens;
  // With two vectors each, half of the registers have sums, so that codes,
  // activations and products have the others.
  return target.bits == 512 ? 8 : 4;
}
