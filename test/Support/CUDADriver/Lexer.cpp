//===- Lexer.cpp - Words of PTX text --------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace mml::ptx {

static bool isNameStart(char c) {
  return isAlpha(c) || c == '_' || c == '$' || c == '%';
}

static bool isNamePart(char c) {
  return isAlnum(c) || c == '_' || c == '$' || c == '.';
}

void Lexer::skipSpace() {
  while (!rest.empty()) {
    size_t length = 0;
    if (isSpace(rest.front()))
      length = 1;
    else if (rest.starts_with("//"))
      length = std::min(rest.find('\n'), rest.size());
    else if (rest.starts_with("/*"))
      length = std::min(rest.find("*/", 2), rest.size() - 2) + 2;
    else
      return;
    line += rest.take_front(length).count('\n');
    rest = rest.drop_front(length);
  }
}

void Lexer::accept(Token::Kind kind, size_t length) {
  current = {kind, rest.take_front(length), line};
  rest = rest.drop_front(length);
}

void Lexer::advance() {
  skipSpace();
  if (rest.empty() || rest.front() == '\0') {
    rest = "";
    return accept(Token::Kind::End, 0);
  }
  char first = rest.front();
  if (isNameStart(first) ||
      (first == '.' && rest.size() > 1 && isAlpha(rest[1]))) {
    size_t length = 1;
    while (length < rest.size()) {
      if (isNamePart(rest[length]))
        ++length;
      else if (rest.substr(length).starts_with("::"))
        length += 2;
      else
        break;
    }
    return accept(first == '.' ? Token::Kind::Directive : Token::Kind::Name,
                  length);
  }
  if (isDigit(first)) {
    size_t length = 1;
    while (length < rest.size() &&
           (isAlnum(rest[length]) || rest[length] == '.' ||
            // The sign of a decimal exponent.
            ((rest[length] == '-' || rest[length] == '+') &&
             (rest[length - 1] == 'e' || rest[length - 1] == 'E') &&
             !rest.starts_with("0x") && !rest.starts_with("0f") &&
             !rest.starts_with("0d"))))
      ++length;
    return accept(Token::Kind::Number, length);
  }
  if (first == '"') {
    // Strings end with their line.
    size_t end = rest.find_first_of("\"\n", 1);
    if (end == StringRef::npos)
      end = rest.size();
    else if (rest[end] == '"')
      ++end;
    return accept(Token::Kind::String, end);
  }
  accept(Token::Kind::Punctuation, 1);
}

} // namespace mml::ptx
