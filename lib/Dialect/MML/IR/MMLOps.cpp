//===- MMLOps.cpp - Definitions of the operations -------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "CustomDirectives.h"
#include "DestinationStyle.h"

using namespace mlir;
using namespace mlir::mml;

#define GET_OP_CLASSES
#include "mml/Dialect/MML/IR/MMLOps.cpp.inc"
