//===- HostProduct.c - Compares products of matrices ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   HostProduct FILE.ptx KERNEL M N K
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <string.h>

int main(int argc, char **argv) {
  if (argc != 6)
    return 2;
  openDriver();
  void *module = loadModule(argv[1]);
  int m = atoi(argv[3]), n = atoi(argv[4]), k = atoi(argv[5]);
  signed char *a = malloc((size_t)m * k), *b = malloc((size_t)n * k);
  int *c = malloc(sizeof(int) * m * n);
  for (int i = 0; i < m * k; ++i)
    a[i] = (signed char)drawBits();
  for (int i = 0; i < n * k; ++i)
    b[i] = (signed char)drawBits();
  unsigned long aMemory = upload(a, (size_t)m * k);
  unsigned long bMemory = upload(b, (size_t)n * k);
  unsigned long cMemory = allocate(sizeof(int) * m * n);
  int isProduct = strcmp(argv[2], "product") == 0;
  int depth = isProduct ? k : k / 4;
  void *params[] = {&aMemory, &bMemory, &cMemory, &n, &depth};
  if (isProduct)
    launch(module, argv[2], n / 64, m / 64, 128, params);
  else
    launch(module, argv[2], (n + 3) / 4, m, 128, params);
  download(c, cMemory, sizeof(int) * m * n);
  release(aMemory);
  release(bMemory);
  int differences = 0;
  for (int row = 0; row < m; ++row)
    for (int column = 0; column < n; ++column) {
      int sum = 0;
      for (int i = 0; i < k; ++i)
        sum += a[row * k + i] * b[column * k + i];
      differences += c[row * n + column] != sum;
    }
  closeDriver(module);
  printf("%d of %d differ\n", differences, m * n);
  free(a);
  free(b);
  free(c);
  return differences != 0;
}
