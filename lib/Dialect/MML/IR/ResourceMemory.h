//===- ResourceMemory.h - Memory of constants -------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_RESOURCEMEMORY_H
#define MML_LIB_DIALECT_MML_IR_RESOURCEMEMORY_H

#include "mlir/IR/AsmState.h"

namespace mlir::mml {

/// Memory of `numBytes` bytes, aligned to 64 bytes, that goes with the blob.
///
/// Blobs of 64 KiB and more follow one another in huge pages, where the system
/// has any to give: weights that come from memory are read at 0.7 to 0.8 of the
/// rate in small ones. On Linux, a page of blobs that are gone goes back to
/// the system as soon as no other one lies in it; elsewhere, memory goes back
/// 64 MiB at a time. May be called by several threads.
AsmResourceBlob allocateBlob(size_t numBytes);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_RESOURCEMEMORY_H
