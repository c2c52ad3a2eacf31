//===- MMLOps.td - All of the mml dialect ----------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLOPS_TD
#define MML_DIALECT_MML_IR_MMLOPS_TD

include "mml/Dialect/MML/IR/MMLCoreOps.td"
include "mml/Dialect/MML/IR/MMLEinsumOps.td"
include "mml/Dialect/MML/IR/MMLKernelOps.td"
include "mml/Dialect/MML/IR/MMLLayerOps.td"
include "mml/Dialect/MML/IR/MMLVectorOps.td"

#endif // MML_DIALECT_MML_IR_MMLOPS_TD
