//===- Execution.h - Compile models and run them ------------------*- C -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors, how to compile, compiled models, and code for other programs.
//
//===----------------------------------------------------------------------===//

#ifndef MML_C_EXECUTION_H
#define MML_C_EXECUTION_H

#include "mml-c/Support.h"

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// Element types. `MmlI1` takes a byte an element, 0 or 1.
typedef int32_t MmlDType;
enum {
  MmlI1 = 0,
  MmlI8 = 1,
  MmlI16 = 2,
  MmlI32 = 3,
  MmlI64 = 4,
  MmlU8 = 5,
  MmlU16 = 6,
  MmlU32 = 7,
  MmlU64 = 8,
  MmlF16 = 9,
  MmlF32 = 10,
  MmlF64 = 11
};

/// A dense tensor that owns its memory, in row-major order.
struct MmlTensor {
  void *ptr;
};
typedef struct MmlTensor MmlTensor;

/// A tensor of zeros; NULL where a size is negative, where the rank exceeds 64,
/// and where there is no memory. The caller destroys it.
MLIR_CAPI_EXPORTED MmlTensor mmlTensorCreate(MmlDType dtype, intptr_t rank,
                                             const int64_t *shape,
                                             MmlErrorHandler onError);
/// Frees a tensor, which may be NULL.
MLIR_CAPI_EXPORTED void mmlTensorDestroy(MmlTensor tensor);
MLIR_CAPI_EXPORTED MmlDType mmlTensorGetDType(MmlTensor tensor);
MLIR_CAPI_EXPORTED intptr_t mmlTensorGetRank(MmlTensor tensor);
/// The sizes, as many as the rank; they live as long as the tensor.
MLIR_CAPI_EXPORTED const int64_t *mmlTensorGetShape(MmlTensor tensor);
MLIR_CAPI_EXPORTED int64_t mmlTensorGetNumElements(MmlTensor tensor);
/// The elements, aligned to 64 bytes, to be read and written.
MLIR_CAPI_EXPORTED void *mmlTensorGetData(MmlTensor tensor);
MLIR_CAPI_EXPORTED int64_t mmlTensorGetByteSize(MmlTensor tensor);

/// Reads an .npy file of NumPy's; NULL where there is none that can be read.
/// The caller destroys the tensor.
MLIR_CAPI_EXPORTED MmlTensor mmlTensorReadNpy(MlirStringRef path,
                                              MmlErrorHandler onError);
/// Writes one.
MLIR_CAPI_EXPORTED MlirLogicalResult mmlTensorWriteNpy(MmlTensor tensor,
                                                       MlirStringRef path,
                                                       MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// How to compile.
struct MmlOptions {
  void *ptr;
};
typedef struct MmlOptions MmlOptions;

/// The kernel of contractions with constant trits.
typedef int32_t MmlKernel;
enum {
  /// The one that is expected to be the fastest.
  MmlKernelAuto = 0,
  MmlKernelAddSub = 1,
  MmlKernelDot = 2,
  MmlKernelLookup = 3,
  MmlKernelReference = 4,
  MmlKernelMixed = 5
};

/// For this machine, with the kernel that is expected to be the fastest and
/// parallel loops, the only entry that there is. The caller destroys them. NULL
/// where there is no memory.
MLIR_CAPI_EXPORTED MmlOptions mmlOptionsCreate(MmlErrorHandler onError);
MLIR_CAPI_EXPORTED void mmlOptionsDestroy(MmlOptions options);
MLIR_CAPI_EXPORTED void mmlOptionsSetKernel(MmlOptions options,
                                            MmlKernel kernel);
/// False: without parallel loops, and so without OpenMP.
MLIR_CAPI_EXPORTED void mmlOptionsSetParallel(MmlOptions options,
                                              bool parallel);
/// The function of the module that a compiled model calls.
MLIR_CAPI_EXPORTED void mmlOptionsSetEntry(MmlOptions options,
                                           MlirStringRef entry);
/// Triple, processor and features in LLVM's names, as "aarch64-linux-gnu", "",
/// "+dotprod"; empty ones are this machine's. Names that LLVM does not know are
/// an error of what compiles.
MLIR_CAPI_EXPORTED void mmlOptionsSetTarget(MmlOptions options,
                                            MlirStringRef triple,
                                            MlirStringRef cpu,
                                            MlirStringRef features);

//===----------------------------------------------------------------------===//
// Compiled models
//===----------------------------------------------------------------------===//

/// A model in this process' memory, ready to be called.
struct MmlModel {
  void *ptr;
};
typedef struct MmlModel MmlModel;

/// Compiles a module for this machine, from whichever form it is in; the module
/// itself stays as it is, and its context has to live longer than the model.
/// The caller destroys it. NULL where it cannot be compiled.
MLIR_CAPI_EXPORTED MmlModel mmlModelCompile(MlirModule module,
                                            MmlOptions options,
                                            MmlErrorHandler onError);
/// Frees a model, which may be NULL.
MLIR_CAPI_EXPORTED void mmlModelDestroy(MmlModel model);

MLIR_CAPI_EXPORTED intptr_t mmlModelGetNumInputs(MmlModel model);
MLIR_CAPI_EXPORTED intptr_t mmlModelGetNumOutputs(MmlModel model);

/// An input or an output of a model. What it points at lives as long as the
/// model does.
struct MmlTensorSpec {
  MlirStringRef name;
  MmlDType dtype;
  intptr_t rank;
  /// -1 where each call chooses the size.
  const int64_t *shape;
};
typedef struct MmlTensorSpec MmlTensorSpec;

/// Of the input or output `position`, which is less than their number.
MLIR_CAPI_EXPORTED MmlTensorSpec mmlModelGetInput(MmlModel model,
                                                  intptr_t position);
MLIR_CAPI_EXPORTED MmlTensorSpec mmlModelGetOutput(MmlModel model,
                                                   intptr_t position);

/// How many threads parallel loops use from now on; 0 is as many as there are
/// processors.
MLIR_CAPI_EXPORTED void mmlModelSetNumThreads(MmlModel model, unsigned count);

/// Calls the model: `inputs` are as many tensors as it has inputs, in order;
/// `outputs` has room for as many as it has outputs, which the caller destroys.
/// An error where an input is not what the model takes, and where the model
/// stops; `outputs` is not written then. Calls of one model must not overlap.
MLIR_CAPI_EXPORTED MlirLogicalResult
mmlModelRun(MmlModel model, intptr_t numInputs, const MmlTensor *inputs,
            intptr_t numOutputs, MmlTensor *outputs, MmlErrorHandler onError);

//===----------------------------------------------------------------------===//
// Code for other programs
//===----------------------------------------------------------------------===//

/// What is emitted.
typedef int32_t MmlOutputKind;
enum { MmlOutputLLVMIR = 0, MmlOutputAssembly = 1, MmlOutputObject = 2 };

/// Compiles a module as mmlModelCompile does, for any target, and gives the
/// text or the bytes to `write`, once: code that needs the C library only, and
/// OpenMP's with parallel loops.
MLIR_CAPI_EXPORTED MlirLogicalResult
mmlEmit(MlirModule module, MmlOptions options, MmlOutputKind kind,
        MlirStringCallback write, void *userData, MmlErrorHandler onError);

#ifdef __cplusplus
}
#endif

#endif // MML_C_EXECUTION_H
