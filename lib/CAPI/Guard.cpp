//===- Guard.cpp - The border between C and C++ ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Guard.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <exception>
#include <new>
#include <string>

using namespace mml::capi;
using llvm::createStringError;
using llvm::Error;
using llvm::StringRef;

MlirStringRef mmlGetVersion(void) {
  return mlirStringRefCreate(MML_VERSION, sizeof(MML_VERSION) - 1);
}

//===----------------------------------------------------------------------===//
// Exceptions
//===----------------------------------------------------------------------===//

namespace {
/// A fatal error of LLVM on its way out of LLVM.
struct FatalError {
  std::string reason;
};
} // namespace

/// How many guards there are on this thread's stack.
static thread_local unsigned guardDepth = 0;

/// LLVM is compiled without exceptions, but with the tables that they need to
/// pass it; what it held is lost.
static void handleFatalError(void *, const char *reason, bool) {
  if (guardDepth > 0)
    throw FatalError{reason};
  // As without a handler; LLVM ends the process behind it.
  llvm::errs() << "LLVM ERROR: " << reason << '\n';
}

static void handleBadAlloc(void *, const char *reason, bool) {
  if (guardDepth > 0)
    throw std::bad_alloc();
  llvm::errs() << "LLVM ERROR: out of memory: " << reason << '\n';
  std::abort();
}

static void installHandlers() {
  static const bool once = [] {
    llvm::install_fatal_error_handler(handleFatalError);
    llvm::install_bad_alloc_error_handler(handleBadAlloc);
    return true;
  }();
  (void)once;
}

namespace {
struct GuardScope {
  GuardScope() { ++guardDepth; }
  ~GuardScope() { --guardDepth; }
};
} // namespace

static void tell(MmlErrorHandler onError, StringRef message) {
  if (onError.callback)
    onError.callback(mlirStringRefCreate(message.data(), message.size()),
                     onError.userData);
}

bool mml::capi::guard(MmlErrorHandler onError,
                      llvm::function_ref<Error()> body) {
  constexpr StringRef outOfMemory = "out of memory";
  try {
    std::string message;
    try {
      installHandlers();
      GuardScope scope;
      Error error = body();
      if (!error)
        return true;
      message = llvm::toString(std::move(error));
    } catch (const FatalError &error) {
      message = "LLVM cannot go on: " + error.reason;
    } catch (const std::bad_alloc &) {
      tell(onError, outOfMemory);
      return false;
    } catch (const std::exception &exception) {
      message = exception.what();
    }
    tell(onError, message);
  } catch (const std::bad_alloc &) {
    // For the message itself.
    tell(onError, outOfMemory);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

/// "model.mlir:3:8: " where a diagnostic is about a place in a file; of a layer
/// its name.
static std::string formatPlace(mlir::Location location) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto place = location->findInstanceOf<mlir::FileLineColLoc>()) {
    os << place.getFilename().getValue() << ':';
    if (place.getLine() != 0)
      os << place.getLine() << ':' << place.getColumn() << ':';
    os << ' ';
  } else if (auto name = location->findInstanceOf<mlir::NameLoc>())
    os << "layer '" << name.getName().getValue() << "': ";
  return text;
}

Error mml::capi::attempt(mlir::MLIRContext *context, StringRef what,
                         llvm::function_ref<llvm::LogicalResult()> step) {
  // Otherwise errors of passes end in the text of what they are about.
  bool printsOperations = context->shouldPrintOpOnDiagnostic();
  auto restore =
      llvm::scope_exit([&] { context->printOpOnDiagnostic(printsOperations); });
  context->printOpOnDiagnostic(false);

  std::string message;
  mlir::ScopedDiagnosticHandler handler(
      context, [&](mlir::Diagnostic &diagnostic) {
        // Nothing of it goes to the standard error, warnings neither.
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error ||
            !message.empty())
          return llvm::success();
        message = formatPlace(diagnostic.getLocation()) + diagnostic.str();
        for (const mlir::Diagnostic &note : diagnostic.getNotes())
          message +=
              "\n" + formatPlace(note.getLocation()) + "note: " + note.str();
        return llvm::success();
      });
  if (succeeded(step()))
    return Error::success();
  return createStringError(message.empty() ? what : message);
}
