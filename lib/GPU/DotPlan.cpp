//===- DotPlan.cpp - Which tiles a contraction has ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotPlan.h"

#include "DotTile.h"

using namespace mlir;
using namespace mlir::mml;

//===----------------------------------------------------------------------===//
// Few tokens
//===----------------------------------------------------------------------===//

/// The tokens of versions that read global memory.
static constexpr int64_t kVersions[] = {1, 8, 16, 32, kSomeTokens};

/// The outputs of a tile of up to `most` tokens: more blocks of threads read
/// weights faster, but each reads all tokens.
static int64_t getTileOutputs(int64_t most, int64_t outputs) {
  // About as many blocks as a large GPU has processors; for one token, whose
  // warps read weights of several blocks at a time, half as many.
  constexpr int64_t kFew = 8;
  int64_t largest = most == 1      ? 4
                    : most <= kFew ? 1
                                   : 2,
          enough = most == 1 ? 48 : 96;
  for (int64_t blocks = largest; blocks > 1; blocks /= 2)
    if (int64_t(llvm::divideCeil(outputs, blocks * DotTile::kRows)) >= enough)
      return blocks * DotTile::kRows;
  return DotTile::kRows;
}

//===----------------------------------------------------------------------===//
// Many tokens
//===----------------------------------------------------------------------===//

namespace {
/// A tile that goes through shared memory, and how many of its blocks fit a
/// processor at a time.
struct ManyTile {
  int64_t tokens, outputs, resident;
};

/// What a tile takes, as reckoned.
struct ManyChoice {
  ManyTile tile;
  int64_t parts;
  double time;
};
} // namespace

/// From large to small: where two take as long, the first one reads less.
static constexpr ManyTile kManyTiles[] = {
    {kManyTokens, kManyOutputs, 1}, {128, 128, 1}, {64, 128, 2}, {64, 64, 4}};

/// The numbers of tokens that versions end at, and one that stands for more.
static constexpr int64_t kManyVersions[] = {128, 256, 512}, kMoreTokens = 4096;

// What a processor takes, as found of the tile of 128 x 256 on an H100: 2300
// products a nanosecond. The others are assumed: what the second cache brings
// to each of all processors, the least time of a tile of depth, from barrier to
// barrier, and a kernel that adds parts.
static constexpr double kProducts = 2300, kBytes = 40, kStep = 150,
                        kKernel = 3000;

/// The tiles of `tokens` tokens, at least one.
static int64_t getTiles(const DotShape &shape, int64_t tokens,
                        const ManyTile &tile) {
  int64_t tiles = llvm::divideCeil(tokens, tile.tokens) *
                  llvm::divideCeil(shape.outputs, tile.outputs);
  return std::max<int64_t>(tiles, 1);
}

/// The tiles of depth, at least one.
static int64_t getDepthTiles(const DotShape &shape) {
  return std::max<int64_t>(llvm::divideCeil(shape.groups, DotTile::kTileGroups),
                           1);
}

/// The time of a contraction of `tokens` tokens in nanoseconds.
static double getTime(const DotShape &shape, int64_t tokens,
                      const ManyTile &tile, int64_t parts, const Chip &chip) {
  int64_t processors = chip.getProcessors();
  int64_t tiles = getTiles(shape, tokens, tile);
  int64_t steps = llvm::divideCeil(getDepthTiles(shape), parts);
  // Those of the busiest processor.
  int64_t blocks = llvm::divideCeil(tiles * parts, processors);
  int64_t sums = tile.tokens * tile.outputs;
  double work =
      std::max(sums * DotTile::kTileDepth / kProducts,
               (tile.tokens * DotTile::kTileDepth +
                tile.outputs * DotTile::kTileGroups * sizeof(int32_t)) /
                   kBytes);
  double time =
      steps *
      std::max(blocks * work, llvm::divideCeil(blocks, tile.resident) * kStep);
  if (parts == 1)
    return time;
  // Sums are written and read once more.
  return time + kKernel + 2 * sizeof(int32_t) * sums * blocks / kBytes;
}

/// The tile that is the fastest for `tokens` tokens.
static ManyChoice chooseTile(const DotShape &shape, int64_t tokens,
                             const Chip &chip) {
  // Parts are for few tiles, and have some tiles of depth. What is reckoned is
  // rough: only what is clearly faster replaces a larger tile.
  constexpr int64_t kLeastSteps = 4, kMostParts = 16;
  constexpr double kClearly = 0.94;
  if (ShapedType::isDynamic(shape.outputs))
    return {kManyTiles[0], /*parts=*/1, /*time=*/0};
  int64_t depthTiles = getDepthTiles(shape);
  std::optional<ManyChoice> best;
  for (const ManyTile &tile : kManyTiles) {
    int64_t tiles = getTiles(shape, tokens, tile);
    int64_t most = std::clamp<int64_t>(
        std::min(depthTiles / kLeastSteps, chip.getProcessors() / tiles), 1,
        kMostParts);
    for (int64_t parts = 1; parts <= most; ++parts) {
      double time = getTime(shape, tokens, tile, parts, chip);
      if (!best || time < kClearly * best->time)
        best = ManyChoice{tile, parts, time};
    }
  }
  // No part is empty.
  int64_t steps = llvm::divideCeil(depthTiles, best->parts);
  best->parts = llvm::divideCeil(depthTiles, steps);
  return *best;
}

/// Adds the versions of more than `kSomeTokens` tokens.
static void addManyVersions(const DotShape &shape, const Chip &chip,
                            SmallVectorImpl<DotVersion> &versions) {
  auto get = [&](int64_t tokens, int64_t most) {
    ManyChoice choice = chooseTile(shape, tokens, chip);
    return DotVersion{most, choice.tile.tokens, choice.tile.outputs,
                      choice.parts};
  };
  if (!ShapedType::isDynamic(shape.tokens)) {
    versions.push_back(get(shape.tokens, shape.tokens));
    return;
  }
  SmallVector<DotVersion> many;
  for (int64_t tokens : kManyVersions)
    many.push_back(get(tokens, tokens));
  DotVersion last = get(kMoreTokens, DotVersion::kAny);
  // How many tiles there are is not known, nor what parts of them take.
  last.parts = 1;
  many.push_back(last);
  // Neighbours that are alike are one.
  for (auto [i, version] : llvm::enumerate(many)) {
    bool isNew = i + 1 == many.size() || many[i + 1].tokens != version.tokens ||
                 many[i + 1].outputs != version.outputs ||
                 many[i + 1].parts != version.parts;
    if (isNew)
      versions.push_back(version);
  }
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

SmallVector<DotVersion> mlir::mml::getDotVersions(const DotShape &shape,
                                                  const Chip &chip) {
  SmallVector<DotVersion> versions;
  bool isKnown = !ShapedType::isDynamic(shape.tokens);
  for (int64_t most : kVersions) {
    if (!isKnown || shape.tokens <= most)
      versions.push_back(
          {most, most, getTileOutputs(most, shape.outputs), std::nullopt});
    if (isKnown && shape.tokens <= most)
      return versions;
  }
  addManyVersions(shape, chip, versions);
  return versions;
}

int64_t DotVersion::getMostTiles(int64_t outputs) const {
  return llvm::divideCeil(most, tokens) *
         llvm::divideCeil(outputs, this->outputs);
}

DotPlan::DotPlan(int64_t mostTokens, int64_t mostOutputs, int64_t groups,
                 bool isShared)
    : kind(isShared || mostTokens > kSomeTokens ? Kind::Many
           : mostTokens == 1                    ? Kind::One
                                                : Kind::Some),
      blocks(llvm::divideCeil(mostOutputs, DotTile::kRows)),
      outputWarps(blocks), tokenWarps(1), depthWarps(1), warpTokens(0) {
  if (kind == Kind::Many) {
    constexpr int64_t kMostOutputWarps = 4;
    outputWarps =
        std::min<int64_t>(llvm::PowerOf2Ceil(blocks), kMostOutputWarps);
    tokenWarps = 2;
    warpTokens = mostTokens > kSomeTokens ? kManyTokens / tokenWarps
                                          : kSomeTokens / tokenWarps;
    return;
  }
  // A warp has at least some tiles of depth, to read several ahead.
  constexpr int64_t kWarpTiles = 4, kMostWarps = 16, kFew = 8;
  int64_t most = mostTokens <= kFew ? kMostWarps : kMostWarps / 2;
  int64_t tiles = llvm::divideCeil(groups, DotTile::kTileGroups);
  outputWarps = kind == Kind::One ? 1 : llvm::PowerOf2Ceil(blocks);
  depthWarps =
      std::clamp<int64_t>(llvm::bit_floor(uint64_t(tiles / kWarpTiles)), 1,
                          std::max<int64_t>(most / outputWarps, 1));
}

int64_t DotPlan::getThreads() const {
  return outputWarps * tokenWarps * depthWarps * kWarpThreads;
}

int64_t DotPlan::getQuads() const {
  int64_t outputs = llvm::divideCeil(blocks, outputWarps) * DotTile::kRows;
  return warpTokens * outputs / kWarpThreads / DotTile::kQuad;
}
