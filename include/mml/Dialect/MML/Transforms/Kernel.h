//===- Kernel.h - Kernels of ternary contractions ---------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_KERNEL_H
#define MML_DIALECT_MML_TRANSFORMS_KERNEL_H

#include <cstdint>
#include <optional>

namespace mlir::mml {

/// The ways to compute an `mml.contract`.
enum class KernelKind {
  /// The kernel that is expected to be the fastest.
  Auto,
  /// Additions and subtractions under masks from packed words
  /// (`#mml.tiled`).
  AddSub,
  /// Instructions that multiply and add four bytes a lane, from packed bytes
  /// (`#mml.dot`); AddSub where the target has none, and for floats.
  Dot,
  /// Sums of three activations by tables: for integers (`#mml.lookup`), where
  /// it suits one token or a few, and for floats (`#mml.word_lookup`). Dot
  /// where the target has no instruction to look up with, AddSub for floats.
  Lookup,
  /// Trits of one byte in a linalg operation: what every other kernel is
  /// compared with, and the one for trits that are not constant.
  Reference,
  /// Dot, with a third of the depth by tables of words at the same time, which
  /// other ports look up, where there are many tokens (`#mml.dot` with
  /// `mixed`); Dot where the target has not both instructions.
  Mixed,
};

/// The instructions that the dot kernel may be of.
enum class DotKind {
  /// None: the target has no such instruction.
  None,
  /// `vpmaddubsw`, of SSSE3, AVX2 and AVX-512BW: pairs of products, in i16.
  PairsI16,
  /// `vpdpbusd`, of AVX-VNNI and AVX-512VNNI: four products, added in i32.
  QuadsI32,
  /// `tdpbsud`, of AMX-INT8: 64 products of 16 tokens and 16 outputs, in i32.
  TilesI32,
  /// `smull` and `smlal` of NEON: pairs of products, in i16.
  NeonPairsI16,
  /// `sdot` of NEON with the feature dotprod: four products, added in i32.
  NeonQuadsI32,
  /// `smmla` of NEON with the features i8mm and dotprod: eight products of two
  /// tokens and two outputs, in i32.
  NeonMatricesI32,
};

/// Whether the instruction is one of AArch64.
constexpr bool isNeon(DotKind kind) {
  return kind == DotKind::NeonPairsI16 || kind == DotKind::NeonQuadsI32 ||
         kind == DotKind::NeonMatricesI32;
}

/// Tokens of a tile of the dot and lookup kernels: enough of them to pay for
/// the expansion of a panel of codes, where there are panels, and sums that
/// stay in a cache of 1 MB beside the activations.
constexpr int64_t kTokenTile = 256;

/// Whether a contraction of these sizes, the outputs maybe dynamic, is worth
/// the start of threads.
bool isWorthThreads(int64_t outputs, int64_t depth);

/// The blocks of outputs of a tile of these kernels, of `blocks` in all. Few
/// tokens use weights as fast as they are read: tiles are then as large as an
/// even share of them for threads allows. So they are where the number of
/// tokens is not known, for the sake of few. The mixed kernel has larger tiles
/// of many tokens and of any number, as each reads the tables again. Where no
/// threads share the blocks, a tile has as many as its sums allow.
int64_t getTileBlocks(std::optional<int64_t> tokens, int64_t blocks,
                      bool isMixed, bool isParallel);

/// The same for tiles of the lookup kernel of floats, which makes tables for
/// each tile anew.
constexpr int64_t kFloatTokenTile = 32;
int64_t getFloatTileBlocks(int64_t blocks);

/// The tokens that a step of that kernel sums at once, each number as far as
/// tokens go, and the vectors of 16 outputs: as many sums as leave registers
/// for a table and for indices.
constexpr int64_t kFloatLookupTokens[] = {4, 3, 2, 1};
constexpr int64_t kFloatLookupVectors = 4;

/// Processors that differ in what their instructions take, not in which they
/// have.
enum class CoreKind {
  /// What is common among those with the same instructions.
  Common,
  /// AMD's, whose lookups do not share ports with products of bytes.
  Zen4,
  Zen5,
};

/// What the dot kernel is built for.
struct DotTarget {
  DotKind kind = DotKind::None;
  /// The width of vectors in bits: 128, 256 or 512.
  unsigned bits = 256;

  /// Whether there are the instructions of the mixed kernel: whatever has
  /// products of bytes on vectors of 512 bits has `vpermw` and `vpdpwssd`.
  constexpr bool canMix() const {
    return bits == 512 &&
           (kind == DotKind::QuadsI32 || kind == DotKind::TilesI32);
  }
};

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_KERNEL_H
