//===- DriverEntry.h - What the driver's entry points share -----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_DRIVERENTRY_H
#define MML_TEST_SUPPORT_CUDADRIVER_DRIVERENTRY_H

#include "Driver.h"

/// Entry points have C's linkage and are what the library exports. Their names
/// are those of the driver's symbols.
#define MML_DRIVER_ENTRY                                                       \
  extern "C" __attribute__((visibility("default"))) CUresult

#endif // MML_TEST_SUPPORT_CUDADRIVER_DRIVERENTRY_H
