//===- PeaksX86.cpp - Loops of single x86 instructions --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each loop is compiled for a processor of its own, whatever the program is
// compiled for. Twelve chains are more than any of these instructions needs to
// hide its latency.
//
//===----------------------------------------------------------------------===//

#include "PeaksX86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

using mml::bench::Peak;

static constexpr int chains = 12;

// Says that a register is changed, so that nothing is computed ahead of time.
#define KEEP(VALUE) __asm__ volatile("" : "+v"(VALUE))

/// Defines a loop whose iterations do a statement to each of the sums `s[j]`,
/// with operands `x` and `y`.
#define PEAK_LOOP(NAME, TARGET, TYPE, ...)                                     \
  __attribute__((target(TARGET))) static void NAME(int64_t iterations) {       \
    TYPE x{}, y{}, s[chains] = {};                                             \
    KEEP(x);                                                                   \
    KEEP(y);                                                                   \
    for (int64_t i = 0; i < iterations; ++i) {                                 \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < chains; ++j) {    \
        __VA_ARGS__;                                                           \
      }                                                                        \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < chains; ++j)      \
          KEEP(s[j]);                                                          \
    }                                                                          \
  }

PEAK_LOOP(dotZmm, "avx512f,avx512vnni", __m512i,
          s[j] = _mm512_dpbusd_epi32(s[j], x, y))
PEAK_LOOP(dotYmmEvex, "avx512vl,avx512vnni", __m256i,
          s[j] = _mm256_dpbusd_epi32(s[j], x, y))
PEAK_LOOP(dotYmmVex, "avx2,avxvnni", __m256i,
          s[j] = _mm256_dpbusd_avx_epi32(s[j], x, y))
PEAK_LOOP(pairsZmm, "avx512bw", __m512i, s[j] = _mm512_maddubs_epi16(s[j], y))
PEAK_LOOP(pairsYmm, "avx2", __m256i, s[j] = _mm256_maddubs_epi16(s[j], y))
// With the addition that a kernel needs; KEEP stands for its loads, as equal
// products would be computed once.
PEAK_LOOP(pairsAddedZmm, "avx512bw", __m512i, KEEP(x);
          s[j] = _mm512_add_epi16(s[j], _mm512_maddubs_epi16(x, y)))
PEAK_LOOP(pairsAddedYmm, "avx2", __m256i, KEEP(x);
          s[j] = _mm256_add_epi16(s[j], _mm256_maddubs_epi16(x, y)))
PEAK_LOOP(fmaZmm, "avx512f", __m512, s[j] = _mm512_fmadd_ps(x, y, s[j]))
PEAK_LOOP(fmaYmm, "avx2,fma", __m256, s[j] = _mm256_fmadd_ps(x, y, s[j]))

//===----------------------------------------------------------------------===//
// AMX
//===----------------------------------------------------------------------===//

namespace {
/// The operand of ldtilecfg.
struct alignas(64) TileConfig {
  uint8_t palette = 1, startRow = 0, reserved[14] = {};
  uint16_t columnBytes[16] = {};
  uint8_t rows[16] = {};
};
} // namespace

/// Tiles of the full size, 16 rows of 64 bytes: four products at a time, which
/// is what the eight tiles allow with two operands on each side.
__attribute__((target("amx-tile,amx-int8"))) static void
dotTiles(int64_t iterations) {
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) {
    config.columnBytes[tile] = 64;
    config.rows[tile] = 16;
  }
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (int64_t i = 0; i < iterations; ++i) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
}

bool mml::bench::requestTiles() {
  // Linux gives the large registers only to processes that ask for them.
  constexpr long requestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr long tileData = 18;              // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// Operations of an iteration whose instructions multiply `bytes` bytes each.
static constexpr double countBytes(double bytes) { return 2 * bytes * chains; }

static const Peak peaks[] = {
    {"tdpbusd", "amx-tile,amx-int8", 4 * 2 * 16 * 16 * 64.0, dotTiles},
    {"vpdpbusd zmm", "avx512vnni", countBytes(64), dotZmm},
    {"vpdpbusd ymm", "avx512vnni,avx512vl", countBytes(32), dotYmmEvex},
    {"vpdpbusd ymm", "avxvnni", countBytes(32), dotYmmVex},
    {"vpmaddubsw zmm", "avx512bw", countBytes(64), pairsZmm},
    {"vpmaddubsw ymm", "avx2", countBytes(32), pairsYmm},
    {"vpmaddubsw+vpaddw zmm", "avx512bw", countBytes(64), pairsAddedZmm},
    {"vpmaddubsw+vpaddw ymm", "avx2", countBytes(32), pairsAddedYmm},
    {"fma zmm", "avx512f", countBytes(16), fmaZmm},
    {"fma ymm", "avx2,fma", countBytes(8), fmaYmm},
};

llvm::ArrayRef<Peak> mml::bench::getX86Peaks() { return peaks; }

#endif // __x86_64__
