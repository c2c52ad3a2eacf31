//===- Npy.h - NumPy's .npy files ------------------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads format versions 1.0, 2.0 and 3.0 with little-endian b1, i1..i8, u1..u8,
// f2, f4 and f8; writes the lowest version that the header fits in. Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//===----------------------------------------------------------------------===//

#ifndef MML_EXECUTIONENGINE_NPY_H
#define MML_EXECUTIONENGINE_NPY_H

#include "mml/ExecutionEngine/HostTensor.h"

#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/raw_ostream.h"

namespace mml::engine {

/// Reads the array in `buffer`; its identifier is the file name that errors
/// start with. Fortran order is turned into C order. An error where the header
/// is damaged or asks for another element type, and where the data are not
/// exactly as long as the header says; nothing is allocated before that.
llvm::Expected<HostTensor> readNpy(llvm::MemoryBufferRef buffer);

/// Reads the file `path`.
llvm::Expected<HostTensor> readNpyFile(llvm::StringRef path);

/// Writes `tensor` in C order, the data aligned to 64 bytes as NumPy does.
void writeNpy(llvm::raw_ostream &os, const HostTensor &tensor);

} // namespace mml::engine

#endif // MML_EXECUTIONENGINE_NPY_H
