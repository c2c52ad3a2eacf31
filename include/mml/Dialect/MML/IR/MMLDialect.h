//===- MMLDialect.h - The mml dialect ---------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLDIALECT_H
#define MML_DIALECT_MML_IR_MMLDIALECT_H

#include "mml/Einsum/Contraction.h"
#include "mml/Ternary/Activation.h"
#include "mml/Ternary/Trit.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/IR/TypeUtilities.h"

#include "mml/Dialect/MML/IR/MMLEnums.h.inc"

namespace mlir::mml {

/// The reduction of |x| over a group that a quantizer's scale follows from.
/// `None` is for quantizers whose scale does not depend on the values.
enum class Statistic { None, MaxAbs, MeanAbs };

/// Names of the discardable attributes; see the dialect's description.
constexpr llvm::StringLiteral kSignatureAttrName = "mml.signature";
constexpr llvm::StringLiteral kInputNamesAttrName = "mml.input_names";
constexpr llvm::StringLiteral kOutputNamesAttrName = "mml.output_names";
constexpr llvm::StringLiteral kResourceAttrName = "mml.resource";
constexpr llvm::StringLiteral kMacsAttrName = "mml.macs";
constexpr llvm::StringLiteral kBatchedAttrName = "mml.batched";
constexpr llvm::StringLiteral kLayersAttrName = "mml.layers";
constexpr llvm::StringLiteral kOrderedSumsAttrName = "mml.ordered_sums";

/// The function that code with a profile calls with the number of the layer
/// that begins, in `mml.layers`, or with -1 where none does: `void (int64_t)`.
constexpr llvm::StringLiteral kEnterLayerName = "mmlEnterLayer";

/// A `dense_resource` of `type` with `bytes` copied into memory of its own,
/// aligned to 64 bytes, so that a compiled model can bind it as it is. The name
/// is made unique in the context.
DenseResourceElementsAttr createResource(ShapedType type, llvm::StringRef name,
                                         llvm::ArrayRef<char> bytes);

/// As above, with memory that `fill` writes once.
DenseResourceElementsAttr
createResource(ShapedType type, llvm::StringRef name, int64_t numBytes,
               llvm::function_ref<void(llvm::MutableArrayRef<char>)> fill);

/// Gives back the bytes behind `resource`, to which no attribute may refer any
/// more. Where they are those of a file in memory, the system may forget its
/// pages. Not for a resource that another thread reads or releases.
void releaseResource(DenseResourceElementsAttr resource);

} // namespace mlir::mml

#include "mml/Dialect/MML/IR/MMLAttrInterfaces.h.inc"

#include "mml/Dialect/MML/IR/MMLDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "mml/Dialect/MML/IR/MMLTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "mml/Dialect/MML/IR/MMLAttributes.h.inc"

namespace mlir::mml {

/// The type of the integers that hold trits of `type`: that of its layout, or
/// one `i8` a trit without one.
RankedTensorType getStorageType(RankedTensorType type);

/// The constant of `type`, the storage type of the trits, that holds them; null
/// where their bytes are not at hand.
Attribute getStorageConstant(TritsAttr trits, RankedTensorType type);

} // namespace mlir::mml

#endif // MML_DIALECT_MML_IR_MMLDIALECT_H
