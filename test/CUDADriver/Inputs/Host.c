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

#include "Driver.h"
#include "Operations.h"

#include <string.h>

enum { count = 4096 };

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

/// Results of the kernel \p name for \p values of \p bytes.
static void runKernel(void *module, const char *name, const void *values,
                      size_t bytes, UInt32 *results) {
  UInt64 source = upload(values, bytes);
  UInt64 target = allocate(count * sizeof(UInt32));
  void *params[] = {&source, &target};
  launch(module, name, count / 64, 1, 64, params);
  download(results, target, count * sizeof(UInt32));
  release(source);
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  openDriver();
  void *module = loadModule(argv[1]);

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
  closeDriver(module);
  printf("%u of %u differ\n", differences, 2 * count);
  return differences != 0;
}
