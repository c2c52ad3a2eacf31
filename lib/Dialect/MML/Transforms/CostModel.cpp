//===- CostModel.cpp - What kernels take on a processor -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions are counted from what the builders of the kernels emit. What
// they take beyond that, as none of them keeps a port busy in each cycle, is
// one factor for each phase, found once by measuring.
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/CostModel.h"

#include "mml/Dialect/MML/Transforms/DotSchedule.h"
#include "mml/Dialect/MML/Transforms/MachineModel.h"
#include "mml/Ternary/LookupLayout.h"
#include "mml/Ternary/MixedSteps.h"
#include "mml/Ternary/WordLookupLayout.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir::mml;
using llvm::ArrayRef;
using llvm::divideCeil;
using ::mml::ternary::LookupLayout;
using ::mml::ternary::MixedSteps;

namespace {

/// Instructions that run beside each other.
struct Phase {
  double vectorOps = 0, shuffles = 0, products = 0, loads = 0, stores = 0,
         tileRows = 0;
  /// The cycles over those of the busiest port.
  double slack = 1.1;
};

/// A kernel's work for one contraction on one thread.
struct Work {
  llvm::SmallVector<Phase> phases;
  /// Of weights, and how often they pass.
  double bytes = 0, passes = 1;
  /// What is read again and again beside the weights: its size, and the bytes
  /// that are read of it in all.
  double reusedBytes = 0, reusedTraffic = 0;
  /// The nanoseconds that a tile of outputs takes beside the above.
  double tileNanoseconds = 40;
};

} // namespace

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

int64_t KernelTarget::getLayoutRows(KernelKind kernel, int64_t outputs,
                                    bool isFloat) const {
  // Two vectors of 32-bit sums for bytes; of 16-bit sums for words: enough of
  // them to hide the latency of one addition, few enough for four tokens to
  // stay in registers.
  switch (kernel) {
  case KernelKind::Dot:
    return 2 * dot.bits / 32;
  case KernelKind::Mixed:
    return DotLayoutAttr::kMixedRows;
  case KernelKind::Lookup: {
    // As many vectors of floats as a step has.
    if (isFloat)
      return 16 * kFloatLookupVectors;
    // A table that is loaded serves two vectors of bytes where there are
    // registers for them, unless that pads too much.
    int64_t one = dot.bits / 8, two = 2 * one;
    bool hasRegisters = dot.bits == 512 || lookup == LookupKind::Tbl;
    bool isPadded =
        llvm::alignTo(outputs, two) * 8 > llvm::alignTo(outputs, one) * 9;
    return hasRegisters && !isPadded ? two : one;
  }
  default:
    return 2 * vectorBits / 16;
  }
}

bool KernelTarget::has(KernelKind kernel, bool isFloat) const {
  switch (kernel) {
  case KernelKind::Dot:
    return !isFloat && dot.kind != DotKind::None;
  case KernelKind::Lookup:
    return (isFloat ? floatLookup : lookup) != LookupKind::Portable;
  case KernelKind::Mixed:
    return !isFloat && dot.canMix();
  default:
    return true;
  }
}

bool KernelTarget::mayChoose(KernelKind kernel, bool isFloat) const {
  // Lookups beside products need ports of their own, which common ones are not
  // known to be.
  return has(kernel, isFloat) &&
         (kernel != KernelKind::Mixed || core != CoreKind::Common);
}

KernelKind KernelTarget::getAvailable(KernelKind kernel, bool isFloat) const {
  if ((kernel == KernelKind::Lookup || kernel == KernelKind::Mixed) &&
      !has(kernel, isFloat))
    kernel = KernelKind::Dot;
  if (kernel == KernelKind::Dot && !has(kernel, isFloat))
    kernel = KernelKind::AddSub;
  return kernel;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Tokens are arranged for the dot kernel 64 bytes at a time: they are widened
/// and added, and stored; tokens behind the last one are zeros.
static Phase packDotActivations(const ContractionSize &size,
                                const DotSchedule &schedule) {
  double pieces = divideCeil(size.depth, 64),
         tokens = divideCeil(size.tokens, 16) * 16;
  double parts = 512.0 / schedule.getTarget().bits;
  Phase phase;
  phase.vectorOps = size.tokens * pieces * 8 * parts;
  phase.stores = tokens * pieces * parts;
  return phase;
}

static Work getDotWork(const KernelTarget &target, const DotTarget &dot,
                       const ContractionSize &size) {
  int64_t rows = target.getLayoutRows(KernelKind::Dot, size.outputs);
  int64_t blocks = divideCeil(size.outputs, rows),
          groups = divideCeil(size.depth, DotSchedule::kGroupDepth);
  DotSchedule schedule(dot, rows, groups);
  double tokens = size.tokens, fields = DotSchedule::kFields;
  // A product of bytes with an addition, or without one.
  double sums = schedule.isPairs() ? 2 : 1;
  double shares = schedule.getVectors();
  Work work;
  work.bytes = double(blocks * groups) * rows * DotSchedule::kLaneDepth;
  work.phases.push_back(packDotActivations(size, schedule));

  /// Packed bytes, as vectors, once for each token tile.
  double packed = double(blocks * groups) * shares;
  auto addExpansion = [&](double passes) {
    Phase expand;
    expand.loads = passes * packed;
    expand.vectorOps = passes * packed * (2 * fields - 1);
    expand.stores = passes * packed * fields;
    expand.slack = 1.35;
    work.phases.push_back(expand);
  };
  auto count = schedule.getDirectCount(size.tokens, size.isBatchKnown);
  if (schedule.getTarget().kind == DotKind::TilesI32 &&
      (!count || schedule.isTiledDirect(*count))) {
    // Codes are expanded anew for each pass over the tokens; the first tiles of
    // codes of a tile of outputs wait for nothing.
    double passes = divideCeil(size.tokens, schedule.getTokensAtOnce());
    int64_t tileRows =
        count ? *count : llvm::alignTo(size.tokens, DotSchedule::kTileTokens);
    work.tileNanoseconds = 400;
    work.passes = divideCeil(size.tokens, kTokenTile);
    addExpansion(passes);
    // Sixteen vectors of codes and the tokens' rows are loaded for the
    // products of two vectors of outputs.
    double steps = packed * fields / 32;
    Phase multiply;
    multiply.loads = steps * (32 * passes + tileRows);
    multiply.tileRows = steps * 2 * tileRows;
    multiply.slack = 1.5;
    work.phases.push_back(multiply);
    return work;
  }
  if (count) {
    int64_t places = schedule.getPlaces(*count);
    Phase phase;
    phase.products = packed * fields * *count;
    phase.vectorOps =
        packed * (fields + (places < fields ? fields - places : 0)) +
        phase.products * sums;
    phase.loads = packed * (1 + fields * *count / shares);
    work.phases.push_back(phase);
    return work;
  }

  work.passes = divideCeil(size.tokens, kTokenTile);
  addExpansion(work.passes);
  double chunks =
      divideCeil(divideCeil(size.depth, 64), schedule.getPanelTiles());
  Phase multiply;
  double step = schedule.getTokensAtOnce();
  double steps = divideCeil(tokens, step);
  multiply.products = packed * fields * steps * step;
  multiply.vectorOps = multiply.products * sums;
  multiply.loads = multiply.products * (1 / step + 1 / shares);
  multiply.stores = steps * step * blocks * shares * chunks;
  multiply.slack = 1.2;
  work.phases.push_back(multiply);
  return work;
}

/// That each tile of outputs reads the tables again is not counted: they are
/// asked for ahead.
static Work getMixedWork(const KernelTarget &target,
                         const ContractionSize &size) {
  DotTarget dot{DotKind::QuadsI32, target.dot.bits};
  int64_t blocks = divideCeil(
      size.outputs, target.getLayoutRows(KernelKind::Mixed, size.outputs));
  double periods = MixedSteps::getPeriods(size.depth);

  // Two products, three operations and a store for a table.
  Phase tables;
  double count = size.tokens * periods * MixedSteps::lookups;
  tables.products = 2 * count;
  tables.vectorOps = 5 * count;
  tables.loads = count;
  tables.stores = count;

  // Few tokens are as those of the dot kernel, beside the tables.
  int64_t groups = divideCeil(size.depth, DotSchedule::kGroupDepth);
  DotSchedule schedule(
      dot, target.getLayoutRows(KernelKind::Mixed, size.outputs), groups);
  Work work = getDotWork(target, dot, size);
  if (schedule.getDirectCount(size.tokens, size.isBatchKnown)) {
    work.phases.push_back(tables);
    return work;
  }
  work.phases = {packDotActivations(size, schedule), tables};

  // For both vectors of a block: a group of lookups is five operations for the
  // sums of fields and three for the indices, a shift and two masks and stores.
  constexpr double kVectors = 2;
  double panels = blocks * periods * work.passes * kVectors;
  Phase expand;
  expand.loads = panels * MixedSteps::periodGroups;
  expand.vectorOps =
      panels * (MixedSteps::lookupGroups * (5 + 3 + 2) +
                MixedSteps::dotGroups * (2 * MixedSteps::groupFields - 1));
  expand.stores = panels * (MixedSteps::quads + MixedSteps::lookups / kVectors);
  expand.slack = 1.35;
  work.phases.push_back(expand);

  // A pair of blocks for four tokens.
  double steps = divideCeil(blocks, MixedSteps::blocks) * periods *
                 MixedSteps::steps *
                 divideCeil(size.tokens, MixedSteps::tokens);
  double vectors = MixedSteps::blocks * kVectors;
  Phase multiply;
  multiply.products =
      steps * MixedSteps::stepQuads * MixedSteps::tokens * vectors;
  multiply.shuffles =
      steps * MixedSteps::stepLookups * MixedSteps::tokens * MixedSteps::blocks;
  multiply.vectorOps = multiply.products + 2 * multiply.shuffles;
  // Tables are operands of lookups.
  multiply.loads =
      multiply.shuffles +
      steps * (MixedSteps::stepLookups * MixedSteps::blocks +
               MixedSteps::stepQuads * (vectors + MixedSteps::tokens));
  // Sums in and out of a chunk, and two products of words that widen.
  double sums = steps / (MixedSteps::chunkPeriods * MixedSteps::steps) *
                MixedSteps::tokens * vectors;
  multiply.products += sums;
  multiply.vectorOps += sums;
  multiply.loads += sums;
  multiply.stores = sums;
  multiply.slack = 1.1;
  work.phases.push_back(multiply);
  return work;
}

static Work getLookupWork(const KernelTarget &target,
                          const ContractionSize &size) {
  int64_t rows = target.getLayoutRows(KernelKind::Lookup, size.outputs);
  int64_t blocks = divideCeil(size.outputs, rows);
  double indices = LookupLayout::getNumIndices(size.depth);
  Work work;
  work.bytes =
      double(blocks) * rows * LookupLayout::getBytesPerOutput(size.depth);

  // Two tables of 27 sums for each index.
  constexpr double kTableBytes = 64;
  Phase tables;
  tables.vectorOps = size.tokens * indices * 10 * 512 / target.dot.bits;
  tables.stores = size.tokens * indices * 512 / target.dot.bits;
  work.phases.push_back(tables);

  // For eight indices: two lookups and two additions each but for the first,
  // ten operations that find the indices, and six that widen the sums, of which
  // two move bytes. Without an instruction for 32 entries, halves are looked up
  // in and joined.
  bool isWhole =
      target.lookup == LookupKind::Vpermb || target.lookup == LookupKind::Tbl;
  constexpr double kGroup = LookupLayout::groupIndices;
  double lookups = 2 * kGroup * (isWhole ? 1 : 2);
  double others = 14 + 10 + 6 + (isWhole ? 0 : (3 + 2) * kGroup);
  double vectors = double(blocks) * rows * 8 / target.dot.bits;
  double steps = size.tokens * vectors * indices / kGroup;
  Phase sum;
  sum.shuffles = steps * (lookups + 2);
  sum.vectorOps = steps * (lookups + others);
  sum.loads = steps * (LookupLayout::groupBytes + kGroup);
  sum.slack = 1;
  work.phases.push_back(sum);

  // The tables of a chunk of at most 16 groups, of every token, for each two
  // vectors.
  work.reusedBytes = size.tokens * 16 * kGroup * kTableBytes;
  work.reusedTraffic = size.tokens * indices * kTableBytes * vectors / 2;
  return work;
}

static Work getFloatLookupWork(const KernelTarget &target,
                               const ContractionSize &size) {
  using Layout = ::mml::ternary::WordLookupLayout;
  constexpr double kLanes = 16, kTableVectors = 2;
  int64_t blocks =
              divideCeil(size.outputs, target.getLayoutRows(KernelKind::Lookup,
                                                            /*isFloat=*/true)),
          tiles = divideCeil(blocks, getFloatTileBlocks(blocks));
  double rows = double(blocks) * kLanes * kFloatLookupVectors;
  double words = Layout::getWordsPerOutput(size.depth),
         indices = words * Layout::wordIndices;
  Work work;
  work.bytes = rows * words * sizeof(Layout::Word);

  // A half of a table is three multiplications, the other half its negative.
  Phase tables;
  tables.vectorOps = size.tokens * tiles * indices * 4;
  tables.stores = size.tokens * tiles * indices * kTableVectors;
  tables.loads = size.tokens * tiles * indices * Layout::indexTrits;
  work.phases.push_back(tables);

  // An index of a vector is shifted once for the tokens of a step; a table is
  // loaded once for its vectors.
  work.passes = 0;
  int64_t left = size.tokens;
  for (int64_t tokens : kFloatLookupTokens) {
    int64_t passes = left / tokens;
    left -= passes * tokens;
    if (passes == 0)
      continue;
    double lookups = passes * tokens * indices * rows / kLanes;
    Phase sum;
    sum.shuffles = lookups;
    sum.vectorOps = lookups * (2 + 1.0 / tokens);
    sum.loads = lookups * (kTableVectors / kFloatLookupVectors);
    sum.slack = 1.15;
    work.phases.push_back(sum);
    work.passes += passes;
  }
  return work;
}

/// A mask, selections and an addition for each trit of a vector of floats.
static Work getFloatAddSubWork(const KernelTarget &target,
                               const ContractionSize &size, int64_t rows,
                               double words) {
  double vectors = rows / (target.vectorBits / 32.0);
  double masks = 3, additions = 3;
  Work work;
  work.bytes = words * rows * 2;
  work.passes = divideCeil(size.tokens, 2);
  Phase phase;
  phase.vectorOps =
      words * 8 * vectors *
      (masks * divideCeil(size.tokens, 2) + additions * size.tokens);
  phase.slack = 1.2;
  work.phases.push_back(phase);
  return work;
}

static Work getAddSubWork(const KernelTarget &target,
                          const ContractionSize &size) {
  int64_t rows = target.getLayoutRows(KernelKind::AddSub, size.outputs);
  int64_t blocks = divideCeil(size.outputs, rows);
  double words = double(blocks) * divideCeil(size.depth, 8);
  if (size.isFloat)
    return getFloatAddSubWork(target, size, rows, words);
  double vectors = rows / (target.vectorBits / 16.0);
  // Both masks of a trit are found once for four tokens, where they are
  // vectors; in registers of their own they cost next to nothing.
  double masks = target.vectorBits == 512 ? 0.4 : 3.2, additions = 4.9;
  Work work;
  work.bytes = words * rows * 2;
  Phase phase;
  phase.vectorOps =
      words * 8 * vectors *
      (masks * divideCeil(size.tokens, 4) + additions * size.tokens);
  phase.slack = 1.2;
  work.phases.push_back(phase);
  return work;
}

//===----------------------------------------------------------------------===//
// Prediction
//===----------------------------------------------------------------------===//

/// The cycles of a phase, and which port they are of.
static std::pair<double, llvm::StringRef> getCycles(const Phase &phase,
                                                    const MachineModel &m) {
  std::pair<double, llvm::StringRef> ports[] = {
      {phase.vectorOps / m.vectorOps, "vector instructions"},
      {phase.shuffles / m.shuffles, "lookups"},
      {phase.products / m.products, "products of bytes"},
      {phase.loads / m.loads, "loads"},
      {phase.stores / m.stores, "stores"},
      {m.tileRows > 0 ? phase.tileRows / m.tileRows : 0, "products of tiles"}};
  auto busiest = *llvm::max_element(ports);
  return {busiest.first * phase.slack, busiest.second};
}

std::optional<KernelPrediction>
mlir::mml::predictKernel(KernelKind kernel, const KernelTarget &target,
                         const ContractionSize &size, unsigned threads) {
  if (kernel == KernelKind::Auto || kernel == KernelKind::Reference ||
      !target.has(kernel, size.isFloat) || size.tokens <= 0 ||
      size.outputs <= 0 || size.depth <= 0)
    return std::nullopt;
  bool isLookup = kernel == KernelKind::Lookup,
       isMixed = kernel == KernelKind::Mixed;
  Work work = kernel == KernelKind::Dot  ? getDotWork(target, target.dot, size)
              : isMixed                  ? getMixedWork(target, size)
              : isLookup && size.isFloat ? getFloatLookupWork(target, size)
              : isLookup                 ? getLookupWork(target, size)
                                         : getAddSubWork(target, size);
  MachineModel machine = MachineModel::get(target);
  double weights = double(size.outputs) * size.depth;
  double share = 1.0 / threads;

  std::pair<double, llvm::StringRef> longest{0, ""};
  double cycles = 0;
  for (const Phase &phase : work.phases) {
    auto part = getCycles(phase, machine);
    cycles += part.first;
    longest = std::max(longest, part);
  }
  double compute = cycles * share / machine.gigahertz;

  // From where bytes come that are `all` in a round and `part` of them now.
  auto getTransfer = [&](double all,
                         double part) -> std::pair<double, llvm::StringRef> {
    if (all * share <= 0.8 * machine.coreCache)
      return {part * share / machine.coreBandwidth, "the core's cache"};
    if (all <= 0.8 * machine.lastCache)
      return {part * share / machine.lastBandwidth, "the last-level cache"};
    return {part * std::max(share / machine.memoryBandwidth,
                            1 / machine.allMemoryBandwidth),
            "memory"};
  };
  double rounds = std::max(1.0, size.allWeights / weights);
  auto weightsRead = getTransfer(work.bytes * rounds, work.bytes * work.passes);
  // Prefetches hide most of the shorter one.
  double inner =
      std::pow(std::pow(compute, 4) + std::pow(weightsRead.first, 4), 0.25);
  auto reused = getTransfer(work.reusedBytes / share, work.reusedTraffic);
  double sums = 4.0 * size.tokens * size.outputs;
  // Those that a core's cache does not hold are written past it
  // (mml-stream-stores); others are read before.
  auto written = getTransfer(sums, sums >= machine.coreCache ? sums : 2 * sums);
  int64_t blocks = divideCeil(
      size.outputs, target.getLayoutRows(kernel, size.outputs, size.isFloat));
  double tiles = divideCeil(
      blocks, isLookup && size.isFloat
                  ? getFloatTileBlocks(blocks)
                  : getTileBlocks(size.tokens, blocks, isMixed,
                                  isWorthThreads(size.outputs, size.depth)));
  tiles *= work.passes;

  // A call, and the start of threads, in nanoseconds.
  constexpr double kCall = 250, kThreads = 3000;
  double nanoseconds = inner + reused.first + written.first + kCall +
                       tiles * share * work.tileNanoseconds +
                       (threads > 1 ? kThreads : 0);
  return KernelPrediction{
      1e-9 * nanoseconds, 2 * weights * size.tokens / nanoseconds,
      work.bytes * work.passes / nanoseconds,
      weightsRead.first > compute ? weightsRead.second : longest.second};
}

ArrayRef<int64_t> mlir::mml::getTypicalTokens() {
  static constexpr int64_t tokens[] = {1, 8, 128};
  return tokens;
}

KernelKind mlir::mml::findFastestKernel(const KernelTarget &target,
                                        ArrayRef<ContractionSize> sizes) {
  constexpr KernelKind candidates[] = {KernelKind::Dot, KernelKind::Mixed,
                                       KernelKind::Lookup, KernelKind::AddSub};
  constexpr double kNever = std::numeric_limits<double>::infinity();
  // By how many times each is behind where that is the most.
  double behind[std::size(candidates)] = {};
  bool isFloat = false;
  for (const ContractionSize &size : sizes) {
    isFloat |= size.isFloat;
    double seconds[std::size(candidates)];
    for (auto [candidate, time] : llvm::zip_equal(candidates, seconds)) {
      if (!target.mayChoose(candidate, size.isFloat)) {
        time = kNever;
        continue;
      }
      auto prediction = predictKernel(candidate, target, size);
      time = prediction ? prediction->seconds : kNever;
    }
    double least = *llvm::min_element(seconds);
    if (least == kNever)
      continue;
    for (auto [worst, time] : llvm::zip_equal(behind, seconds))
      worst = std::max(worst, time / least);
  }
  return target.getAvailable(candidates[llvm::min_element(behind) - behind],
                             isFloat);
}
