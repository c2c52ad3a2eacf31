//===- LayerName.h - Which layer an operation comes from --------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_LAYERNAME_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_LAYERNAME_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

namespace mlir::mml {

/// The name of the layer at `location`: that which a model's file gives it,
/// else its place in a text, as "model.mlir:12". Of operations that became one,
/// the first that has a name. Null where there is none.
StringAttr getLayerName(Location location);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_LAYERNAME_H
