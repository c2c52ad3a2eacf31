//===- classify.c - A C program that runs a model -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// classify MODEL.keras INPUT.npy compiles the model, calls it with the batch in
// the file, and prints the largest output of each row.
//
//===----------------------------------------------------------------------===//

#include "mml-c/Dialect.h"
#include "mml-c/Execution.h"
#include "mml-c/Passes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void printError(MlirStringRef message, void *program) {
  fprintf(stderr, "%s: %.*s\n", (const char *)program, (int)message.length,
          message.data);
}

static MlirStringRef ref(const char *text) {
  return mlirStringRefCreate(text, strlen(text));
}

/// Prints the position of the largest number in each row of a matrix.
static void printClasses(MmlTensor tensor) {
  const int64_t *shape = mmlTensorGetShape(tensor);
  const float *row = mmlTensorGetData(tensor);
  for (int64_t i = 0; i < shape[0]; ++i, row += shape[1]) {
    int64_t best = 0;
    for (int64_t j = 1; j < shape[1]; ++j)
      if (row[j] > row[best])
        best = j;
    printf("%d%c", (int)best, i + 1 < shape[0] ? ' ' : '\n');
  }
}

/// The file's model, compiled for this machine.
static MmlModel load(MlirContext context, const char *path,
                     MmlErrorHandler onError) {
  MmlModel model = {NULL};
  MlirModule module = mmlImportKerasFile(context, ref(path), ref(""), onError);
  if (mlirModuleIsNull(module))
    return model;
  MmlOptions options = mmlOptionsCreate(onError);
  if (options.ptr)
    model = mmlModelCompile(module, options, onError);
  mmlOptionsDestroy(options);
  mlirModuleDestroy(module);
  return model;
}

/// Calls the model; false where something is wrong.
static bool run(MmlModel model, const char *path, MmlErrorHandler onError) {
  if (mmlModelGetNumInputs(model) != 1 || mmlModelGetNumOutputs(model) != 1 ||
      mmlModelGetOutput(model, 0).dtype != MmlF32 ||
      mmlModelGetOutput(model, 0).rank != 2) {
    onError.callback(ref("expected a model of one input and a matrix"),
                     onError.userData);
    return false;
  }
  MmlTensor input = mmlTensorReadNpy(ref(path), onError);
  if (!input.ptr)
    return false;
  MmlTensor output;
  bool isRun = mlirLogicalResultIsSuccess(
      mmlModelRun(model, 1, &input, 1, &output, onError));
  mmlTensorDestroy(input);
  if (!isRun)
    return false;
  printClasses(output);
  mmlTensorDestroy(output);
  return true;
}

int main(int argc, char **argv) {
  MmlErrorHandler onError = {printError, argv[0]};
  if (argc != 3) {
    fprintf(stderr, "usage: classify MODEL.keras INPUT.npy\n");
    return EXIT_FAILURE;
  }
  MlirContext context = mmlContextCreate(onError);
  if (mlirContextIsNull(context))
    return EXIT_FAILURE;
  MmlModel model = load(context, argv[1], onError);
  bool isRun = model.ptr && run(model, argv[2], onError);
  mmlModelDestroy(model);
  mlirContextDestroy(context);
  return isRun ? EXIT_SUCCESS : EXIT_FAILURE;
}
