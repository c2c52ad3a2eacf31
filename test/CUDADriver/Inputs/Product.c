//===- Product.c - Products of matrices as kernels do them ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C = A * B' of bytes: A has M rows and B has N rows of K bytes. M, N and K are
// multiples of 64 for `product`, and any numbers for `dots`.
//
//===----------------------------------------------------------------------===//

#define KERNEL __attribute__((nvptx_kernel))
#define SHARED __attribute__((address_space(3)))

typedef int Int4 __attribute__((ext_vector_type(4)));

/// Two buffers of 64 rows of 64 bytes; 16 bytes behind each row move the next
/// one to other banks.
enum { rowPieces = 5 };
static SHARED Int4 aTiles[2][64 * rowPieces], bTiles[2][64 * rowPieces];

static unsigned toShared(const SHARED void *pointer) {
  return (unsigned)(unsigned long)pointer;
}

/// Begins to copy a tile: 128 threads, two pieces of 16 bytes each.
static void copyTile(SHARED Int4 *tile, const signed char *rows, int depth,
                     int thread) {
  for (int i = thread; i < 256; i += 128) {
    int row = i / 4, piece = i % 4;
    const signed char *source = rows + (long)row * depth + 16 * piece;
    __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
                         toShared(tile + row * rowPieces + piece)),
                     "l"(source)
                     : "memory");
  }
}

/// 64 x 64 results a block, 32 x 32 a warp of its four.
KERNEL void product(const signed char *a, const signed char *b, int *c,
                    int columns, int depth) {
  int thread = __nvvm_read_ptx_sreg_tid_x(), lane = thread % 32;
  int rowInBlock = thread / 64 * 32, columnInBlock = thread / 32 % 2 * 32;
  int firstRow = __nvvm_read_ptx_sreg_ctaid_y() * 64;
  int firstColumn = __nvvm_read_ptx_sreg_ctaid_x() * 64;
  a += (long)firstRow * depth;
  b += (long)firstColumn * depth;
  int sums[2][4][4] = {};
  int steps = depth / 64;
  copyTile(aTiles[0], a, depth, thread);
  copyTile(bTiles[0], b, depth, thread);
  __asm__ volatile("cp.async.commit_group;" ::: "memory");
  for (int step = 0; step < steps; ++step) {
    int buffer = step % 2;
    if (step + 1 < steps) {
      copyTile(aTiles[!buffer], a + 64 * (step + 1), depth, thread);
      copyTile(bTiles[!buffer], b + 64 * (step + 1), depth, thread);
      __asm__ volatile("cp.async.commit_group;" ::: "memory");
      __asm__ volatile("cp.async.wait_group 1;" ::: "memory");
    } else {
      __asm__ volatile("cp.async.wait_group 0;" ::: "memory");
    }
    __nvvm_bar_sync(0);
    for (int half = 0; half < 2; ++half) {
      unsigned left[2][4], right[4][2];
      for (int i = 0; i < 2; ++i) {
        int row = rowInBlock + 16 * i + lane % 16;
        __asm__ volatile(
            "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
            : "=r"(left[i][0]), "=r"(left[i][1]), "=r"(left[i][2]),
              "=r"(left[i][3])
            : "r"(toShared(
                &aTiles[buffer][row * rowPieces + 2 * half + lane / 16]))
            : "memory");
      }
      for (int j = 0; j < 4; ++j) {
        int row = columnInBlock + 8 * j + lane % 8;
        __asm__ volatile(
            "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
            : "=r"(right[j][0]), "=r"(right[j][1])
            : "r"(toShared(
                &bTiles[buffer][row * rowPieces + 2 * half + lane / 8 % 2]))
            : "memory");
      }
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 4; ++j)
          __asm__ volatile(
              "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, "
              "%3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
              : "+r"(sums[i][j][0]), "+r"(sums[i][j][1]), "+r"(sums[i][j][2]),
                "+r"(sums[i][j][3])
              : "r"(left[i][0]), "r"(left[i][1]), "r"(left[i][2]),
                "r"(left[i][3]), "r"(right[j][0]), "r"(right[j][1]));
    }
    __nvvm_bar_sync(0);
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 4; ++k) {
        int row = firstRow + rowInBlock + 16 * i + lane / 4 + k / 2 * 8;
        int column = firstColumn + columnInBlock + 8 * j + lane % 4 * 2 + k % 2;
        c[(long)row * columns + column] = sums[i][j][k];
      }
}

/// One result a warp; words are four bytes, and rows begin at multiples.
KERNEL void dots(const int *a, const int *b, int *c, int columns, int words) {
  int thread = __nvvm_read_ptx_sreg_tid_x(), lane = thread % 32;
  int column = __nvvm_read_ptx_sreg_ctaid_x() * 4 + thread / 32;
  int row = __nvvm_read_ptx_sreg_ctaid_y();
  if (column >= columns)
    return;
  int sum = 0;
  for (int i = lane; i < words; i += 32)
    __asm__("dp4a.s32.s32 %0, %1, %2, %0;"
            : "+r"(sum)
            : "r"(a[row * words + i]), "r"(b[column * words + i]));
  for (int distance = 16; distance; distance /= 2)
    sum += __nvvm_shfl_sync_bfly_i32(-1, sum, distance, 31);
  if (lane == 0)
    c[row * columns + column] = sum;
}
