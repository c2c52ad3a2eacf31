//===- Passes.h - Passes, pipelines and model files ---------------*- C -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a module goes through on its way to machine code.
//
//===----------------------------------------------------------------------===//

#ifndef MML_C_PASSES_H
#define MML_C_PASSES_H

#include "mml-c/Support.h"

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Registers the passes and pipelines of MML by name, for mlir-c's functions
/// that parse pipelines, too. Again has no effect.
MLIR_CAPI_EXPORTED void mmlRegisterAllPasses(void);

/// Runs the passes of `pipeline` on a module, as
/// "mml-cpu{kernel=dot stop-after=core},cse": passes and pipelines of MML, and
/// those of upstream's that the program has registered. An error is that of the
/// text, or the first one of a pass, with its place; the module is whatever the
/// passes had made of it by then.
MLIR_CAPI_EXPORTED MlirLogicalResult mmlRunPipeline(MlirModule module,
                                                    MlirStringRef pipeline,
                                                    MmlErrorHandler onError);

/// Parses a module, from text or bytecode; `name` stands for the file in
/// messages. The caller destroys it, by mlirModuleDestroy. NULL where it cannot
/// be parsed or verified.
MLIR_CAPI_EXPORTED MlirModule mmlParseModule(MlirContext context,
                                             MlirStringRef source,
                                             MlirStringRef name,
                                             MmlErrorHandler onError);

/// Imports a model of Keras: the bytes of a .keras file, and of a file of
/// low-rank adapters for it, of which there may be none. `name` stands for the
/// file in messages. The module has a function `main` in the layer form. The
/// caller destroys it. NULL where a file cannot be read.
MLIR_CAPI_EXPORTED MlirModule mmlImportKeras(MlirContext context,
                                             MlirStringRef bytes,
                                             MlirStringRef lora,
                                             MlirStringRef name,
                                             MmlErrorHandler onError);

/// The same, from the files `path` and `loraPath`; the latter may be empty.
MLIR_CAPI_EXPORTED MlirModule mmlImportKerasFile(MlirContext context,
                                                 MlirStringRef path,
                                                 MlirStringRef loraPath,
                                                 MmlErrorHandler onError);

#ifdef __cplusplus
}
#endif

#endif // MML_C_PASSES_H
