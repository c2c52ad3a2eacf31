//===- Guard.h - The border between C and C++ -------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CAPI_GUARD_H
#define MML_LIB_CAPI_GUARD_H

#include "mml-c/Support.h"

#include "mlir/CAPI/Support.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace mml::capi {

/// Calls `body`, and `onError` with what goes wrong in it: the error that it
/// returns, an exception, what LLVM calls a fatal error, a lack of memory. True
/// if nothing does.
bool guard(MmlErrorHandler onError, llvm::function_ref<llvm::Error()> body);

/// The same for what has a result; without one, a default value.
template <typename T>
T guard(MmlErrorHandler onError, llvm::function_ref<llvm::Expected<T>()> body) {
  T result{};
  guard(onError, [&]() -> llvm::Error {
    llvm::Expected<T> expected = body();
    if (!expected)
      return expected.takeError();
    result = std::move(*expected);
    return llvm::Error::success();
  });
  return result;
}

/// Calls `step`, and makes an error of the first that it reports to `context`,
/// with its place and its notes; `what` is the error where it reports none.
llvm::Error attempt(mlir::MLIRContext *context, llvm::StringRef what,
                    llvm::function_ref<llvm::LogicalResult()> step);

/// An error if `handle` is null; `what` is "a module" and the like.
template <typename T> llvm::Error checkNotNull(T handle, llvm::StringRef what) {
  if (handle.ptr)
    return llvm::Error::success();
  return llvm::createStringError("expected " + what + " but got NULL");
}

} // namespace mml::capi

#endif // MML_LIB_CAPI_GUARD_H
