/*===- contractions.c - Compiled contractions against plain loops ---------===*\
|*
|* Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
|* See LICENSE for license information.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* Calls every function of contractions.def, which make_contractions.py wrote,
|* for as many tokens as it is for, and compares each integer with that of the
|* loop that multiplies and adds. Activations end where memory does.
|*
\*===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A memref of two dimensions as MLIR's C interface passes it. */
typedef struct {
  void *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];
} Matrix;

typedef void Contraction(Matrix *result, Matrix *activations);

#define SEED(seed)
#define BATCH(n)
#define CONTRACTION(name, n, k, m, kind, seed) Contraction _mlir_ciface_##name;
#include "contractions.def"
#undef CONTRACTION

typedef struct {
  Contraction *function;
  /* 0 tokens: any number of them. */
  int64_t n, k, m;
  /* 0: drawn from the seed; else the value of all trits. */
  int kind;
  uint64_t seed;
} Case;

static const Case cases[] = {
#define CONTRACTION(name, n, k, m, kind, seed)                                    \
  {_mlir_ciface_##name, n, k, m, kind, seed},
#include "contractions.def"
#undef CONTRACTION
};
#define CONTRACTION(name, n, k, m, kind, seed)

static const int64_t batches[] = {
#undef BATCH
#define BATCH(n) n,
#include "contractions.def"
#undef BATCH
};
#define BATCH(n)

static const unsigned long testSeed =
#undef SEED
#define SEED(seed) seed##u
#include "contractions.def"
    ;

enum {
  NumCases = sizeof(cases) / sizeof(*cases),
  NumBatches = sizeof(batches) / sizeof(*batches)
};

static uint64_t state;

static uint32_t draw(void) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(state >> 33);
}

static void *check(void *memory) {
  if (!memory || memory == MAP_FAILED) {
    perror("memory");
    exit(1);
  }
  return memory;
}

/* Memory behind whose end a read or a write is a fault. */
typedef struct {
  char *begin;
  size_t room;
} Guarded;

static Guarded allocateGuarded(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  Guarded result;
  result.room = (bytes + page - 1) / page * page;
  result.begin = check(mmap(NULL, result.room + page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (mprotect(result.begin + result.room, page, PROT_NONE) != 0)
    check(NULL);
  return result;
}

static void freeGuarded(Guarded memory) {
  munmap(memory.begin, memory.room + (size_t)sysconf(_SC_PAGESIZE));
}

/* What a batch is filled with: `Opposite` has both ends in turn. */
enum Values { Random, Highest, Lowest, Opposite, NumValues };

static int8_t drawActivation(int values, int64_t i) {
  switch (values) {
  case Highest:
    return 127;
  case Lowest:
    return -128;
  case Opposite:
    return i % 2 ? 127 : -128;
  default:
    return (int8_t)draw();
  }
}

/* Compares one batch; returns whether all integers are the expected ones. */
static int checkBatch(const Case *example, const int8_t *trits, int8_t *x,
                      int64_t n) {
  int64_t k = example->k, m = example->m;
  Matrix activations = {x, x, 0, {n, k}, {k, 1}}, result;
  example->function(&result, &activations);
  const int32_t *sums = (const int32_t *)result.aligned + result.offset;
  int isRight = result.sizes[0] == n && result.sizes[1] == m;
  if (!isRight)
    printf("k = %ld, m = %ld: expected sizes %ld, %ld but got %ld, %ld\n",
           (long)k, (long)m, (long)n, (long)m, (long)result.sizes[0],
           (long)result.sizes[1]);
  for (int64_t i = 0; i < n && isRight; ++i)
    for (int64_t j = 0; j < m && isRight; ++j) {
      int32_t expected = 0;
      for (int64_t p = 0; p < k; ++p)
        expected += x[i * k + p] * trits[p * m + j];
      int32_t actual = sums[i * result.strides[0] + j * result.strides[1]];
      isRight = actual == expected;
      if (!isRight)
        printf("k = %ld, m = %ld, n = %ld: expected %d but got %d at %ld, "
               "%ld\n",
               (long)k, (long)m, (long)n, (int)expected, (int)actual, (long)i,
               (long)j);
    }
  free(result.allocated);
  return isRight;
}

/* Compares one function for `n` tokens; returns whether all is right. */
static int checkTokens(const Case *example, const int8_t *trits, int64_t n) {
  int64_t k = example->k;
  Guarded memory = allocateGuarded((size_t)(n * k));
  int8_t *x = (int8_t *)memory.begin + memory.room - n * k;
  /* Constant trits meet all values, drawn ones those that are drawn. */
  int numValues = example->kind ? NumValues : Highest, isRight = 1;
  for (int values = Random; values < numValues; ++values) {
    for (int64_t i = 0; i < n * k; ++i)
      x[i] = drawActivation(values, i);
    isRight &= checkBatch(example, trits, x, n);
  }
  freeGuarded(memory);
  return isRight;
}

int main(void) {
  int numShapes = 0, numWrong = 0;
  for (int c = 0; c < NumCases; ++c) {
    const Case *example = &cases[c];
    int64_t numTrits = example->k * example->m;
    int8_t *trits = check(malloc((size_t)numTrits));
    state = example->seed;
    for (int64_t i = 0; i < numTrits; ++i)
      trits[i] = (int8_t)(example->kind ? example->kind : (int)(draw() % 3) - 1);
    for (int b = 0; b < (example->n ? 1 : NumBatches); ++b) {
      ++numShapes;
      numWrong +=
          !checkTokens(example, trits, example->n ? example->n : batches[b]);
    }
    free(trits);
  }
  if (numWrong)
    printf("%d of %d shapes are wrong; MML_TEST_SEED=%lu\n", numWrong, numShapes,
           testSeed);
  else
    printf("%d shapes are right\n", numShapes);
  return numWrong != 0;
}
