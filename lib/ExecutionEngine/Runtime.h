//===- Runtime.h - What generated code calls -------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_EXECUTIONENGINE_RUNTIME_H
#define MML_LIB_EXECUTIONENGINE_RUNTIME_H

#include "mml/ExecutionEngine/Profile.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace mml::engine {

/// A memref of any rank as MLIR's lowering passes it.
struct UnrankedDescriptor {
  int64_t rank;
  int64_t *words;
};

/// The name that MLIR's lowering calls `copyStrided` by.
constexpr llvm::StringLiteral copyStridedName = "memrefCopy";

/// Copies a memref to another of the same sizes, whatever their strides; an
/// element has `elementSize` bytes. This is what `memref.copy` becomes where it
/// is not a plain memcpy.
void copyStrided(int64_t elementSize, UnrankedDescriptor *source,
                 UnrankedDescriptor *target);

/// The name that MLIR's lowering calls `allocate` by.
constexpr llvm::StringLiteral allocateName = "malloc";

/// `malloc`, but where there is no memory it does not return: generated code
/// does not check. `callGenerated` returns an error then, elsewhere LLVM's
/// handler for that is called.
void *allocate(size_t bytes);

/// The names that MLIR's lowering of assertions calls: the first takes what is
/// wrong, the second does not return.
constexpr llvm::StringLiteral reportName = "puts", stopName = "abort";

/// Keeps `message` for `stop`.
int report(const char *message);

/// Does not return, as an assertion of the code fails: `callGenerated` returns
/// the last message as an error, elsewhere LLVM's handler for fatal errors is
/// called with it.
void stop();

/// A guarded parallel loop (ParallelErrors.h) as its threads see it.
struct Region;

/// `runRegionName`: calls the region's code, which may stop.
void runRegion(int32_t *thread, int32_t *bound, Region *region);

/// `finishRegionName`: stops as the region's threads did, if one did.
void finishRegion(Region *region);

/// `suspendName` and `resumeName`: what stops in between ends the process, as
/// `stop` does outside of `callGenerated`.
void *suspendFrame();
void resumeFrame(void *frame);

/// The name that code with a profile calls `enterLayer` by.
constexpr llvm::StringLiteral enterLayerName = "mmlEnterLayer";

/// Tells the profile of this thread's call, if it has one, that `layer` begins.
void enterLayer(int64_t layer);

/// The call of generated code that this thread makes while it lives, for
/// `profile`, which may be null.
class ProfileScope {
public:
  explicit ProfileScope(Profile *profile);
  ~ProfileScope();
  ProfileScope(const ProfileScope &) = delete;
  ProfileScope &operator=(const ProfileScope &) = delete;

private:
  Profile *outer;
};

/// Calls generated code. An error where it stops, as `stop` and `allocate` do,
/// on this thread or in a parallel loop that is guarded; what it has allocated
/// by then is lost.
llvm::Error callGenerated(void (*function)(void **), void **arguments);

/// Asks the system for the matrix registers of AMX, which a process may use
/// only then. False where it has none to give.
bool allowMatrixRegisters();

/// True if `name` is a function of OpenMP's runtime library.
bool isOpenMPName(llvm::StringRef name);

/// True if `module` calls OpenMP's runtime library.
bool needsOpenMP(const llvm::Module &module);

/// Loads OpenMP's runtime library, for as long as the process lives.
llvm::Expected<llvm::sys::DynamicLibrary> loadOpenMP();

} // namespace mml::engine

#endif // MML_LIB_EXECUTIONENGINE_RUNTIME_H
