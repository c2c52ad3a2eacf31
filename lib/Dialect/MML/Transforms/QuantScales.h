//===- QuantScales.h - Scales of quantized types ----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_QUANTSCALES_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_QUANTSCALES_H

#include "ConstantView.h"

#include "mlir/Dialect/Quant/IR/Quant.h"

namespace mlir::mml {

/// The scales by which `op` multiplies a constant of `shape`, as floats of the
/// type of its result: along each dimension one for all, one for each element
/// or one for each block. Fails with a `reason` where the type of its input has
/// zero points other than 0, no sign, or scales that do not fit `shape`.
FailureOr<ConstantView> viewScales(quant::DequantizeCastOp op,
                                   ArrayRef<int64_t> shape,
                                   std::string &reason);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_QUANTSCALES_H
