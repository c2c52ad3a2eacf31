//===- Host.c - The host's side, and the comparison -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   Host FILE.ptx: calls the driver that the loader finds.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { count = 4096 };

static void *library;

/// Calls a function of the driver; its error ends the program.
#define CALL(NAME, PARAMETERS, ...)                                            \
  do {                                                                         \
    int(*function) PARAMETERS = (int(*) PARAMETERS)dlsym(library, #NAME);      \
    int result = function ? function(__VA_ARGS__) : -1;                        \
    if (result) {                                                              \
      fprintf(stderr, "%s: error %d\n", #NAME, result);                        \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static UInt64 state = 1;

static UInt64 drawBits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/// Often about 0, about the largest number, or one byte.
static UInt64 drawInteger(unsigned bits) {
  switch (drawBits() % 6) {
  case 0:
    return drawBits() % 4 - 2;
  case 1:
    return (1ul << (bits - 1)) + drawBits() % 3 - 1;
  case 2:
    return drawBits() % 256;
  }
  return drawBits();
}

static float drawFloat(void) {
  static const float special[] = {0.0f,
                                  -0.0f,
                                  __builtin_inff(),
                                  -__builtin_inff(),
                                  __builtin_nanf(""),
                                  1e-40f,
                                  65520.0f,
                                  0.5f,
                                  2.5f};
  UInt32 bits = (UInt32)drawBits();
  float value;
  switch (drawBits() % 4) {
  case 0:
    return special[drawBits() % (sizeof(special) / sizeof(float))];
  case 1:
    return (float)((Int32)(drawBits() % 400) - 200) / 2;
  case 2:
    return (float)(Int32)bits / 1e7f;
  }
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static char *readFile(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    exit(2);
  static char text[1 << 22];
  text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
  fclose(file);
  return text;
}

/// Results of the kernel \p name for \p values of \p bytes.
static void runKernel(void *module, const char *name, const void *values,
                      size_t bytes, UInt32 *results) {
  void *kernel;
  UInt64 source, target;
  size_t resultBytes = count * sizeof(UInt32);
  CALL(cuModuleGetFunction, (void **, void *, const char *), &kernel, module,
       name);
  CALL(cuMemAlloc_v2, (UInt64 *, size_t), &source, bytes);
  CALL(cuMemAlloc_v2, (UInt64 *, size_t), &target, resultBytes);
  CALL(cuMemcpyHtoD_v2, (UInt64, const void *, size_t), source, values, bytes);
  void *params[] = {&source, &target};
  CALL(cuLaunchKernel,
       (void *, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, void *,
        void **, void **),
       kernel, count / 64, 1, 1, 64, 1, 1, 0, 0, params, 0);
  CALL(cuMemcpyDtoH_v2, (void *, UInt64, size_t), results, target, resultBytes);
  CALL(cuMemFree_v2, (UInt64), source);
  CALL(cuMemFree_v2, (UInt64), target);
}

int main(int argc, char **argv) {
  library = dlopen("libcuda.so.1", RTLD_NOW);
  if (argc != 2 || !library)
    return 2;
  void *context, *module;
  CALL(cuInit, (UInt32), 0);
  CALL(cuDevicePrimaryCtxRetain, (void **, int), &context, 0);
  CALL(cuCtxSetCurrent, (void *), context);
  CALL(cuModuleLoadData, (void **, const void *), &module, readFile(argv[1]));

  static Integers integers[count];
  static Floats floats[count];
  static UInt32 results[count];
  unsigned differences = 0;
  for (unsigned i = 0; i < count; ++i) {
    integers[i] =
        (Integers){(UInt32)drawInteger(32), (UInt32)drawInteger(32),
                   (UInt32)drawInteger(32), drawInteger(64), drawInteger(64)};
    floats[i] = (Floats){drawFloat(), drawFloat(),          drawFloat(),
                         drawFloat(), drawFloat() * 1.0e-3, (UInt32)drawBits()};
  }
  runKernel(module, "integers", integers, sizeof(integers), results);
  for (unsigned i = 0; i < count; ++i)
    differences += results[i] != doAllIntegers(integers[i]);
  runKernel(module, "floats", floats, sizeof(floats), results);
  for (unsigned i = 0; i < count; ++i)
    differences += results[i] != doAllFloats(floats[i]);
  CALL(cuModuleUnload, (void *), module);
  CALL(cuDevicePrimaryCtxRelease_v2, (int), 0);
  printf("%u of %u differ\n", differences, 2 * count);
  return differences != 0;
}
