//===- Source.cpp - Files that hold modules -------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Pipelines/Source.h"

#include "mlir/Bytecode/BytecodeReader.h"

std::unique_ptr<llvm::MemoryBuffer>
mlir::mml::alignBytecode(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  // Files of some size are mapped and so begin a page.
  llvm::Align page(4096);
  if (!mlir::isBytecode(*buffer) ||
      llvm::isAddrAligned(page, buffer->getBufferStart()))
    return buffer;
  auto copy = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      buffer->getBufferSize(), buffer->getBufferIdentifier(), page);
  if (!copy)
    return buffer;
  llvm::copy(buffer->getBuffer(), copy->getBufferStart());
  return copy;
}
