//===- LookupToLLVM.h - Lookups of bytes in the LLVM dialect ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_MMLTOLLVM_LOOKUPTOLLVM_H
#define MML_LIB_CONVERSION_MMLTOLLVM_LOOKUPTOLLVM_H

namespace mlir {
class LLVMTypeConverter;
class RewritePatternSet;
} // namespace mlir

namespace mlir::mml {

/// Adds the pattern that makes `mml.lookup` the instruction that it names.
void populateLookupToLLVMPatterns(const LLVMTypeConverter &converter,
                                  RewritePatternSet &patterns);

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_MMLTOLLVM_LOOKUPTOLLVM_H
