//===- LookupKernel.h - Sums from tables of three trits ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The kernel of one token or a few: the sums of three activations with every
/// three trits are computed once, in tables, and then looked up by the indices
/// that the lookup layout consists of (mml/Ternary/LookupLayout.h).
///
/// A token has a table of 64 bytes for each index i of an output: byte e < 27
/// is the low five bits, byte 32 + e the bits above them, of the sum
///
///     3 * bound + t0 * x[3i] + t1 * x[3i + 1] + t2 * x[3i + 2]
///
/// for e = (t0 + 1) + 3 * (t1 + 1) + 9 * (t2 + 1) and activations x that are 0
/// from K on. The other bytes are of no matter. Eight such parts add up in a
/// byte.
///
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_LOOKUPKERNEL_H
#define MML_CONVERSION_LOOKUPKERNEL_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::mml {

/// What the code of the kernel depends on beside the shapes.
struct LookupKernelOptions {
  /// The largest magnitude of an activation, from 1 to 128.
  int64_t bound = 128;
  /// The instruction to look up with, which the target has for vectors of
  /// `vectorBits` bits; `pshufb` and `vpermb` stand for `vpmaddubsw` too.
  LookupKind kind = LookupKind::Portable;
  /// The bits of a vector: 128, 256 or 512.
  unsigned vectorBits = 128;
  /// Whether what the destination held is of no matter, or is added to.
  bool startsAtZero = true;
};

/// The best instruction to look up with in vectors of `vectorBits` bits, where
/// the processor has the features that `hasFeature` tells, by LLVM's names.
LookupKind
chooseLookupKind(unsigned vectorBits,
                 llvm::function_ref<bool(llvm::StringRef)> hasFeature);

/// Whether a processor with such lookups has `vpmaddubsw` of the same width.
inline bool hasPairProducts(LookupKind kind) {
  return kind == LookupKind::Pshufb || kind == LookupKind::Vpermb;
}

/// The bytes of the table of one index.
constexpr int64_t kLookupTableBytes = 64;

/// The type of the tables of `tokens` tokens (which may be dynamic) of `depth`
/// activations.
MemRefType getLookupTablesType(MLIRContext *context, int64_t tokens,
                               int64_t depth);

/// Builds the tables of `activations`, a memref<N x K x i8> with a static K,
/// into `tables`, whose type is getLookupTablesType.
void buildLookupTables(OpBuilder &builder, Location loc, Value activations,
                       Value tables, const LookupKernelOptions &options);

/// Computes the products of the tokens of `tables` and the outputs of
/// `storage`, a memref<blocks x B x rows x i8> in the lookup layout or a part
/// of one along its blocks, into `out`, a memref<N x M x i32> whose tokens and
/// outputs are those: blocks = ceil(M / rows). B, rows and the indices of
/// `tables` are static; the other sizes may be dynamic. Neighbouring elements
/// of the last dimension of each operand lie beside each other.
void buildLookupSums(OpBuilder &builder, Location loc, Value tables,
                     Value storage, Value out,
                     const LookupKernelOptions &options);

} // namespace mlir::mml

#endif // MML_CONVERSION_LOOKUPKERNEL_H
