//===- Support.h - Errors and the version of the C API ------------*- C -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C API is C99. What is in it stays: functions and enumerators are added,
// and neither removed nor changed, while MML_C_API_VERSION is the same.
// Contexts, modules, types and attributes are those of MLIR's C API (mlir-c),
// whose functions libMMLC.so has, too: it needs no other library of MLIR's.
// Enumerations are numbers of 32 bits, of which another than the named ones is
// an error.
//
// Errors. What can fail takes an MmlErrorHandler last, says so in its result,
// and calls the handler once, on the same thread, with one message in English.
// No exception passes the border. What LLVM calls a fatal error, and a lack of
// memory, become such messages on the calling thread, too: the first call of a
// function that can fail installs handlers for both in LLVM, which has one of
// each a process, and what was built so far may be lost. What still ends the
// process is such an error of LLVM on another thread; contexts of
// mmlContextCreate have no other threads, and errors in the parallel loops of a
// compiled model are messages as any, unless the threads of such a loop wait
// for each other, which no loop of our pipelines does. Handles that are NULL,
// or not of the kind that a function takes, are the caller's mistake where a
// function cannot fail.
//
// Threads. A context, and everything made in it, is for one thread at a time;
// different contexts are independent of each other.
//
//===----------------------------------------------------------------------===//

#ifndef MML_C_SUPPORT_H
#define MML_C_SUPPORT_H

#include "mlir-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Changes where a program that was written for an older version has to.
#define MML_C_API_VERSION 1

/// The version of the library, as "0.1.0".
MLIR_CAPI_EXPORTED MlirStringRef mmlGetVersion(void);

/// What is called with an error. `message` lives as long as the call; it is one
/// line or more, without a newline at its end.
typedef void (*MmlErrorCallback)(MlirStringRef message, void *userData);

/// Who wants to hear of an error: a callback, or NULL for nobody, and what it
/// gets besides the message.
struct MmlErrorHandler {
  MmlErrorCallback callback;
  void *userData;
};
typedef struct MmlErrorHandler MmlErrorHandler;

#ifdef __cplusplus
}
#endif

#endif // MML_C_SUPPORT_H
