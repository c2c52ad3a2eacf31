//===- DriverFunctions.cpp - The functions of the driver's library --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DriverFunctions.h"

#include <dlfcn.h>

namespace mml::cuda {

bool DriverFunctions::open(const char *library, std::string &error) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    error = "there is no CUDA driver: " + std::string(dlerror());
    return false;
  }
  const char *missing = nullptr;
  // NOLINTNEXTLINE(bugprone-macro-parentheses)
#define MML_CUDA_FIND(NAME, SYMBOL, PARAMETERS)                                \
  NAME = reinterpret_cast<CUresult(*) PARAMETERS>(dlsym(handle, #SYMBOL));     \
  if (!NAME)                                                                   \
    missing = #SYMBOL;
  MML_CUDA_GRAPH_FUNCTIONS(MML_CUDA_FIND)
  hasGraphs = !missing;
  missing = nullptr;
  MML_CUDA_FUNCTIONS(MML_CUDA_FIND)
#undef MML_CUDA_FIND
  if (!missing)
    return true;
  error = "the CUDA driver '" + std::string(library) + "' has no function '" +
          missing + "'";
  dlclose(handle);
  return false;
}

} // namespace mml::cuda
