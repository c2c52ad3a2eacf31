//===- ShapeInference.h - What a layer's call gives -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_SHAPEINFERENCE_H
#define MML_LIB_IMPORT_SHAPEINFERENCE_H

#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace mml::import {

/// The types of the results of a call of `op` with `inputs`, at least one for
/// anything but an InputLayer. Inputs that the layer cannot take are errors,
/// and so are results above `kMaxRank` or `kMaxElements`.
llvm::Expected<llvm::SmallVector<TensorType, 1>>
inferResults(const LayerOp &op, llvm::ArrayRef<TensorType> inputs);

/// An error if `type` has a rank above `kMaxRank`, a known dimension below 1,
/// or known dimensions whose product is above `kMaxElements`.
llvm::Error checkTensorType(const TensorType &type);

/// The product of `sizes`, `kDynamic` if one of them is; none if it is above
/// `kMaxElements`.
std::optional<int64_t> multiplySizes(llvm::ArrayRef<int64_t> sizes);

/// The shape of an einsum dense layer's result, after checking its equation,
/// `output_shape`, `bias_axes`, kernel and bias against the input.
llvm::Expected<Shape> inferEinsumDense(const EinsumDenseLayer &layer,
                                       llvm::ArrayRef<int64_t> input);

} // namespace mml::import

#endif // MML_LIB_IMPORT_SHAPEINFERENCE_H
