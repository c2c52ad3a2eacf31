//===- ParallelErrors.h - Errors within parallel loops ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Generated code stops where an assertion fails or where there is no memory,
/// by a call that does not return: a jump to who called the code. Out of a
/// parallel loop of OpenMP such a jump must not lead. So each thread of a loop
/// that may stop is called by a function that it jumps back to, which leaves
/// its share of the loop undone; what is wrong is kept in the loop's *region*,
/// and once all threads have ended, the one that began the loop stops.
///
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_PARALLELERRORS_H
#define MML_LIB_EXECUTIONENGINE_PARALLELERRORS_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/PointerIntPair.h"
#include "llvm/IR/Module.h"

namespace mml::engine {

/// The function that each thread of a guarded loop begins with, of the type of
/// OpenMP's microtasks, `void(ptr thread, ptr bound, ptr region)`. A region
/// begins with two pointers: code of the same type, which this is to call, and
/// null, which becomes the message of a thread that stopped.
constexpr llvm::StringLiteral runRegionName = "mml.run_region";

/// The function that is called with a region once all of its threads have
/// ended: stops if one of them did.
constexpr llvm::StringLiteral finishRegionName = "mml.finish_region";

/// The functions around a loop that cannot be guarded, `ptr()` and `void(ptr)`:
/// between them nothing is jumped to, so that whoever stops ends the process.
constexpr llvm::StringLiteral suspendName = "mml.suspend",
                              resumeName = "mml.resume";

/// Which functions of a module may stop.
class StopAnalysis {
public:
  /// Whether code of `function`, or what it calls, may stop. Allocations can
  /// only where `allocationsStop`, or within parallel loops.
  bool mayStop(const llvm::Function &function, bool allocationsStop);

private:
  /// Of a function, and whether its allocations stop.
  llvm::DenseMap<llvm::PointerIntPair<const llvm::Function *, 1, bool>, bool>
      known;
};

/// Makes each parallel loop of `module` that may stop end in that, as the file
/// comment says. Those whose threads wait for each other within the loop cannot
/// be guarded: a thread that has left would be waited for.
void guardParallelLoops(llvm::Module &module);

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_PARALLELERRORS_H
