//===- Passes.h - Passes on the mml dialect ---------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_PASSES_H
#define MML_DIALECT_MML_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

namespace mlir::mml {

#define GEN_PASS_DECL
#include "mml/Dialect/MML/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mml/Dialect/MML/Transforms/Passes.h.inc"

} // namespace mlir::mml

#endif // MML_DIALECT_MML_TRANSFORMS_PASSES_H
