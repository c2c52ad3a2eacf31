//===- Passes.h - Conversions from the mml dialect --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_CONVERSION_PASSES_H
#define MML_CONVERSION_PASSES_H

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Kernel.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ArmNeon/ArmNeonDialect.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::mml {

#define GEN_PASS_DECL
#include "mml/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mml/Conversion/Passes.h.inc"

} // namespace mlir::mml

#endif // MML_CONVERSION_PASSES_H
