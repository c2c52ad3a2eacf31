//===- Source.h - Files that hold modules -----------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_PIPELINES_SOURCE_H
#define MML_PIPELINES_SOURCE_H

#include "llvm/Support/MemoryBuffer.h"

namespace mlir::mml {

/// `buffer` where MLIR can read it. Bytecode with resources asks to begin at an
/// address that is aligned as they are, and is moved where it does not; text
/// stays where it is.
std::unique_ptr<llvm::MemoryBuffer>
alignBytecode(std::unique_ptr<llvm::MemoryBuffer> buffer);

} // namespace mlir::mml

#endif // MML_PIPELINES_SOURCE_H
