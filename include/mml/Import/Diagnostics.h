//===- Diagnostics.h - Errors about model files -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One-line errors for readers. Names come from untrusted files, so they are
// escaped and cut before they reach a message.
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_DIAGNOSTICS_H
#define MML_IMPORT_DIAGNOSTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace mml::import {

/// An error whose whole message is `message`.
llvm::Error makeError(const llvm::Twine &message);

/// Puts `where: ` before the message of `error`, if it is one.
llvm::Error addContext(llvm::StringRef where, llvm::Error error);

/// `name` on one line, without quotes: control characters and invalid UTF-8 are
/// escaped, and everything after 100 bytes becomes `...`.
std::string printable(llvm::StringRef name);

/// `printable(name)` in single quotes.
std::string quoted(llvm::StringRef name);

/// `(?, 4, 10)`, with `?` for `kDynamic`.
std::string shapeString(llvm::ArrayRef<int64_t> shape);

/// `; the nearest known names are 'a', 'b', 'c'`: the up to three of `known`
/// with the smallest edit distance to `name`, nearest first. Empty if `known`
/// is.
std::string nearestNames(llvm::StringRef name,
                         llvm::ArrayRef<llvm::StringRef> known);

} // namespace mml::import

#endif // MML_IMPORT_DIAGNOSTICS_H
