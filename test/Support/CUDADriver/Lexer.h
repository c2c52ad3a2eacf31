//===- Lexer.h - Words of PTX text ------------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_LEXER_H
#define MML_TEST_SUPPORT_CUDADRIVER_LEXER_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mml::ptx {

/// A word of PTX: names keep their dots, so that `ld.global.b32` and `%tid.x`
/// are one word each.
struct Token {
  enum class Kind { End, Name, Directive, Number, String, Punctuation };
  Kind kind = Kind::End;
  llvm::StringRef text;
  unsigned line = 0;

  bool is(llvm::StringRef spelling) const { return text == spelling; }
};

/// Splits PTX text, which has to outlive it. Comments are skipped.
class Lexer {
public:
  explicit Lexer(llvm::StringRef text) : rest(text) { advance(); }

  const Token &peek() const { return current; }
  Token take() {
    Token token = current;
    advance();
    return token;
  }

private:
  void skipSpace();
  void advance();
  void accept(Token::Kind kind, size_t length);

  llvm::StringRef rest;
  unsigned line = 1;
  Token current;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_LEXER_H
