//===- NamedProducts.h - Products by operations of their own ----*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_TRANSFORMS_NAMEDPRODUCTS_H
#define MML_LIB_DIALECT_MML_TRANSFORMS_NAMEDPRODUCTS_H

#include "TensorProduct.h"

namespace mlir::tosa {
class Conv2DOp;
class MatMulOp;
} // namespace mlir::tosa

namespace mlir::mml {

/// Each of these reads an operation as a product. Returns why it is none, or
/// nothing.
std::optional<std::string> readProduct(tosa::MatMulOp op,
                                       TensorProduct &product);

/// Convolutions by kernels of size 1 alone.
std::optional<std::string> readProduct(tosa::Conv2DOp op,
                                       TensorProduct &product);

/// Of `linalg.quantized_matmul` or `linalg.quantized_batch_matmul`.
std::optional<std::string> readQuantizedProduct(linalg::LinalgOp op,
                                                TensorProduct &product);

/// Whether `op` is one of these two.
bool isQuantizedProduct(linalg::LinalgOp op);

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_TRANSFORMS_NAMEDPRODUCTS_H
