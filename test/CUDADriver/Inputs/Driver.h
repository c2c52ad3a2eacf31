//===- Driver.h - Calls of the driver in tests in C -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DRIVER_H
#define DRIVER_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

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

/// Opens the driver that the loader finds, and its device.
static void openDriver(void) {
  library = dlopen("libcuda.so.1", RTLD_NOW);
  void *context;
  CALL(cuInit, (unsigned), 0);
  CALL(cuDevicePrimaryCtxRetain, (void **, int), &context, 0);
  CALL(cuCtxSetCurrent, (void *), context);
}

/// A module of the PTX in a file.
static void *loadModule(const char *path) {
  static char text[1 << 22];
  FILE *file = fopen(path, "rb");
  if (!file)
    exit(2);
  text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
  fclose(file);
  void *module;
  CALL(cuModuleLoadData, (void **, const void *), &module, text);
  return module;
}

static void closeDriver(void *module) {
  CALL(cuModuleUnload, (void *), module);
  CALL(cuDevicePrimaryCtxRelease_v2, (int), 0);
}

static unsigned long allocate(size_t bytes) {
  unsigned long address;
  CALL(cuMemAlloc_v2, (unsigned long *, size_t), &address, bytes);
  return address;
}

static unsigned long upload(const void *data, size_t bytes) {
  unsigned long address = allocate(bytes);
  CALL(cuMemcpyHtoD_v2, (unsigned long, const void *, size_t), address, data,
       bytes);
  return address;
}

/// Copies results to the host and frees their memory.
static void download(void *data, unsigned long address, size_t bytes) {
  CALL(cuMemcpyDtoH_v2, (void *, unsigned long, size_t), data, address, bytes);
  CALL(cuMemFree_v2, (unsigned long), address);
}

static void release(unsigned long address) {
  CALL(cuMemFree_v2, (unsigned long), address);
}

static void launch(void *module, const char *name, unsigned gridX,
                   unsigned gridY, unsigned threads, void **params) {
  void *kernel;
  CALL(cuModuleGetFunction, (void **, void *, const char *), &kernel, module,
       name);
  CALL(cuLaunchKernel,
       (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
        unsigned, void *, void **, void **),
       kernel, gridX, gridY, 1, threads, 1, 1, 0, 0, params, 0);
}

static unsigned long state = 1;

static unsigned long drawBits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

#endif // DRIVER_H
