//===- MixedSteps.h - Lookups and products of one loop ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_MIXEDSTEPS_H
#define MML_TERNARY_MIXEDSTEPS_H

#include <cstdint>

namespace mml::ternary {

/// How the mixed kernel shares the depth of a contraction out between lookups
/// and products of bytes: what its activations, the loops and the model of
/// their cost all read.
///
/// The depth is cut into groups of 16 k, as the dot layout has them, and nine
/// groups are a period of 144 k. Of each of the first four groups, field 3 (k =
/// 12 to 15) is a quad for a product; the fields 0 to 2 are looked up, the
/// index j < 4 standing for the trits at k = j, 4 + j and 8 + j, which a byte
/// of the layout has beside each other. The other five groups are four quads
/// each. A step of the loop is two indices and three quads, 18 k of each
/// output; there are eight in a period and two periods in a chunk, over which
/// the sums of what is looked up stay in words.
struct MixedSteps {
  static constexpr int64_t groupDepth = 16, groupFields = 4;
  static constexpr int64_t lookupGroups = 4, dotGroups = 5,
                           periodGroups = lookupGroups + dotGroups,
                           periodDepth = periodGroups * groupDepth;
  /// The indices of an output and its quads, in a period.
  static constexpr int64_t lookups = lookupGroups * groupFields,
                           quads = lookupGroups + dotGroups * groupFields;
  static constexpr int64_t steps = 8, stepLookups = lookups / steps,
                           stepQuads = quads / steps;
  static_assert(steps * stepLookups == lookups && steps * stepQuads == quads);

  static constexpr int64_t chunkPeriods = 2;
  /// The tokens and the blocks of outputs whose sums are in registers at once.
  static constexpr int64_t tokens = 4, blocks = 2;

  /// The words of a table. The trits t0, t1 and t2 of an index, each plus one,
  /// are looked up at their sum, each times its weight: bytes have it by two
  /// shifts, a mask and two subtractions, in their low five bits.
  static constexpr int64_t tableEntries = 32;
  static constexpr int64_t weights[] = {1, 3, 11};
  static_assert(2 * (weights[0] + weights[1] + weights[2]) < tableEntries);

  /// Sums of three activations with codes of at most 2, from everything that is
  /// looked up in a chunk, fit a word.
  static_assert(chunkPeriods * lookups * 3 * 2 * 128 < 1 << 15);

  static constexpr int64_t getPeriods(int64_t depth) {
    return (depth + periodDepth - 1) / periodDepth;
  }
  static constexpr int64_t getChunks(int64_t depth) {
    return (getPeriods(depth) + chunkPeriods - 1) / chunkPeriods;
  }
};

} // namespace mml::ternary

#endif // MML_TERNARY_MIXEDSTEPS_H
