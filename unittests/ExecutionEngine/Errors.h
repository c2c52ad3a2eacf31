//===- Errors.h - Errors in tests ------------------------------*- C++ -*--===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_EXECUTIONENGINE_ERRORS_H
#define MML_UNITTESTS_EXECUTIONENGINE_ERRORS_H

#include "llvm/Support/Error.h"
#include "gtest/gtest.h"

#include <string>

/// The message of an error; empty for success.
inline std::string messageOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

/// The message of the error that is there instead of a value, or nothing.
template <typename T> std::string messageOf(llvm::Expected<T> &&value) {
  return value ? std::string() : llvm::toString(value.takeError());
}

inline testing::AssertionResult isIn(llvm::StringRef part,
                                     llvm::StringRef text) {
  if (text.contains(part))
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "'" << part.str() << "' is not in '" << text.str() << "'";
}

/// Ends the test with the message if `expected` holds an error.
#define ASSERT_OK(expected)                                                    \
  ASSERT_TRUE(!!(expected)) << llvm::toString((expected).takeError())

#endif // MML_UNITTESTS_EXECUTIONENGINE_ERRORS_H
