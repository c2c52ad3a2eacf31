//===- MMLToLLVM.h - External weights in the LLVM dialect -------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_MMLTOLLVM_H
#define MML_CONVERSION_MMLTOLLVM_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::mml {

/// Makes `convert-to-llvm` keep the `mml.resource` of a `memref.global`, by
/// which a loader knows the memory of the external symbol.
void registerConvertMMLToLLVMInterface(DialectRegistry &registry);

} // namespace mlir::mml

#endif // MML_CONVERSION_MMLTOLLVM_H
