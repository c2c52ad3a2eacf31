//===- Dialect.h - The dialect, its types and attributes ----------*- C -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations are built by mlir-c's functions, by their names and attributes, or
// parsed from text.
//
//===----------------------------------------------------------------------===//

#ifndef MML_C_DIALECT_H
#define MML_C_DIALECT_H

#include "mml-c/Support.h"

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The mml dialect for mlirDialectHandleRegisterDialect and its like.
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(MML, mml);

/// Registers all dialects that a module may hold on its way to machine code,
/// upstream's and ours, with the interfaces that the passes need.
MLIR_CAPI_EXPORTED void mmlRegisterAllDialects(MlirDialectRegistry registry);

/// A context with those dialects, and without threads of its own: errors on
/// other threads could not be returned. The caller destroys it, by
/// mlirContextDestroy. NULL where there is no memory.
MLIR_CAPI_EXPORTED MlirContext mmlContextCreate(MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// !mml.trit: one of -1, 0 and 1, an element type of tensors.
MLIR_CAPI_EXPORTED MlirType mmlTritTypeGet(MlirContext context);
MLIR_CAPI_EXPORTED bool mmlTypeIsATrit(MlirType type);

/// The type of the integers that hold the trits of `type`, a ranked tensor of
/// !mml.trit, in memory: that of its layout, or one i8 a trit.
MLIR_CAPI_EXPORTED MlirType
mmlTritTensorGetStorageType(MlirType type, MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Trits
//===----------------------------------------------------------------------===//

/// #mml.trits: a constant of `type`, a ranked tensor of static shape of
/// !mml.trit without a layout. `trits` are its `count` elements, -1, 0 or 1, in
/// row-major order; they are copied, into a resource that is called `name` as
/// far as that is free.
MLIR_CAPI_EXPORTED MlirAttribute mmlTritsAttrGet(MlirType type, intptr_t count,
                                                 const int8_t *trits,
                                                 MlirStringRef name,
                                                 MmlErrorHandler onError);
MLIR_CAPI_EXPORTED bool mmlAttributeIsATrits(MlirAttribute attribute);

/// Writes the trits of a #mml.trits without a layout, in row-major order, to
/// `trits`, which has room for `count`, the number of its elements.
MLIR_CAPI_EXPORTED MlirLogicalResult
mmlTritsAttrGetValues(MlirAttribute attribute, intptr_t count, int8_t *trits,
                      MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

/// The elements that share one scale.
typedef int32_t MmlGranularity;
enum {
  MmlGranularityTensor = 0,
  MmlGranularityToken = 1,
  MmlGranularityChannel = 2
};

/// True if `attribute` is one of those below.
MLIR_CAPI_EXPORTED bool mmlAttributeIsAQuantizer(MlirAttribute attribute);

/// Of any quantizer: the elements that share one scale, the smallest and the
/// largest integer, and the element type of the result, i8 or !mml.trit.
MLIR_CAPI_EXPORTED MmlGranularity
mmlQuantizerAttrGetGranularity(MlirAttribute quantizer);
MLIR_CAPI_EXPORTED int64_t mmlQuantizerAttrGetLow(MlirAttribute quantizer);
MLIR_CAPI_EXPORTED int64_t mmlQuantizerAttrGetHigh(MlirAttribute quantizer);
MLIR_CAPI_EXPORTED MlirType mmlQuantizerAttrGetType(MlirAttribute quantizer);

/// #mml.absmax<i8, range = [low, high], ...>: integers of activations, scaled
/// by the largest magnitude. An error where the range is not within -128 to
/// 127, around 0, where 0 < epsilon <= limit does not hold, and per channel.
MLIR_CAPI_EXPORTED MlirAttribute mmlAbsMaxAttrGet(MlirContext context,
                                                  int64_t low, int64_t high,
                                                  double epsilon, double limit,
                                                  MmlGranularity per,
                                                  MmlErrorHandler onError);

/// #mml.absmean<...>: trits of kernels, scaled by the mean magnitude. An error
/// where 0 < epsilon <= limit does not hold, and per token.
MLIR_CAPI_EXPORTED MlirAttribute mmlAbsMeanAttrGet(MlirContext context,
                                                   double epsilon, double limit,
                                                   MmlGranularity per,
                                                   MmlErrorHandler onError);

/// #mml.threshold<factor = ...>: the signs of what exceeds `factor` times the
/// mean magnitude. An error where it is negative or not finite, and per token.
MLIR_CAPI_EXPORTED MlirAttribute
mmlThresholdAttrGetFactor(MlirContext context, double factor,
                          MmlGranularity per, MmlErrorHandler onError);

/// #mml.threshold<value = ...>: the signs of what exceeds `value`, likewise.
MLIR_CAPI_EXPORTED MlirAttribute
mmlThresholdAttrGetValue(MlirContext context, double value, MmlGranularity per,
                         MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

/// How trits lie in memory for one of the kernels.
typedef int32_t MmlLayout;
enum {
  /// #mml.tiled, of additions and subtractions.
  MmlLayoutTiled = 0,
  /// #mml.dot, of dot product instructions.
  MmlLayoutDot = 1,
  /// #mml.lookup, of tables of integers.
  MmlLayoutLookup = 2,
  /// #mml.word_lookup, of tables of floats.
  MmlLayoutWordLookup = 3,
  /// #mml.dot with `mixed`, of dot product instructions beside tables.
  MmlLayoutMixed = 4
};

/// The layout with `rows` outputs side by side, the encoding of a tensor type
/// of !mml.trit. An error where `rows` is not a number that the layout takes.
MLIR_CAPI_EXPORTED MlirAttribute mmlLayoutAttrGet(MlirContext context,
                                                  MmlLayout layout,
                                                  int64_t rows,
                                                  MmlErrorHandler onError);
MLIR_CAPI_EXPORTED bool mmlAttributeIsALayout(MlirAttribute attribute);

/// The same trits, a #mml.trits without a layout, in the layout `layout`.
MLIR_CAPI_EXPORTED MlirAttribute mmlTritsAttrWithLayout(
    MlirAttribute trits, MlirAttribute layout, MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// #mml.activation<name>, with the parameters that are the function's defaults.
/// An error names the nearest where there is none of that name.
MLIR_CAPI_EXPORTED MlirAttribute mmlActivationAttrGet(MlirContext context,
                                                      MlirStringRef name,
                                                      MmlErrorHandler onError);

/// #mml.equation<"...">. An error points at the column that is wrong.
MLIR_CAPI_EXPORTED MlirAttribute mmlEquationAttrGet(MlirContext context,
                                                    MlirStringRef equation,
                                                    MmlErrorHandler onError);

#ifdef __cplusplus
}
#endif

#endif // MML_C_DIALECT_H
