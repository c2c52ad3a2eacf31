//===- PeaksX86.h - Loops of single x86 instructions ------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_BENCHMARKS_PEAKSX86_H
#define MML_BENCHMARKS_PEAKSX86_H

#include "Peaks.h"

#if defined(__x86_64__)

namespace mml::bench {

/// Every loop, whether this machine has the instructions or not.
llvm::ArrayRef<Peak> getX86Peaks();

/// Asks the kernel for the registers of AMX. False if it does not give them.
bool requestTiles();

} // namespace mml::bench

#endif // __x86_64__

#endif // MML_BENCHMARKS_PEAKSX86_H
