//===- Json.h - Untrusted JSON ----------------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_JSON_H
#define MML_IMPORT_JSON_H

#include "mml/Import/Limits.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace mml::import {

/// Parses `text` after checking its size, nesting and numbers of values and
/// objects against `limits`: llvm::json recurses once a level, and one small
/// object takes some KiB.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text,
                                            const Limits &limits);

} // namespace mml::import

#endif // MML_IMPORT_JSON_H
