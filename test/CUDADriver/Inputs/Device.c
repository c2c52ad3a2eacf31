//===- Device.c - The device's side of the comparison ---------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#define KERNEL __attribute__((nvptx_kernel))

static int getThread(void) {
  return __nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() +
         __nvvm_read_ptx_sreg_tid_x();
}

KERNEL void integers(const Integers *values, UInt32 *results) {
  results[getThread()] = doAllIntegers(values[getThread()]);
}

KERNEL void floats(const Floats *values, UInt32 *results) {
  results[getThread()] = doAllFloats(values[getThread()]);
}
