//===- Parser.cpp - PTX text to its syntax --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace mml::ptx {

Error makeError(unsigned line, const Twine &message) {
  return createStringError("line " + Twine(line) + ": " + message);
}

Expected<SyntaxModule> parse(StringRef text) {
  Parser parser(text);
  if (Error error = parser.parseModule())
    return std::move(error);
  return std::move(parser.module);
}

Error Parser::error(const Twine &message) {
  return makeError(lexer.peek().line, message);
}

bool Parser::takeIf(StringRef spelling) {
  if (lexer.peek().kind == Token::Kind::String || !lexer.peek().is(spelling))
    return false;
  lexer.take();
  return true;
}

Error Parser::expect(StringRef spelling) {
  if (takeIf(spelling))
    return Error::success();
  return error("expected '" + spelling + "' but got '" + lexer.peek().text +
               "'");
}

Expected<uint64_t> Parser::parseInteger() {
  bool negative = takeIf("-");
  Token token = lexer.peek();
  StringRef digits = token.text;
  // `U` marks unsigned literals.
  digits.consume_back("U");
  uint64_t value;
  if (token.kind != Token::Kind::Number || digits.getAsInteger(0, value))
    return error("expected an integer but got '" + token.text + "'");
  lexer.take();
  return negative ? -value : value;
}

Error Parser::skipTo(StringRef spelling) {
  while (!lexer.peek().is(spelling)) {
    if (lexer.peek().kind == Token::Kind::End)
      return expect(spelling);
    lexer.take();
  }
  lexer.take();
  return Error::success();
}

Error Parser::parseHeader() {
  if (Error error = expect(".version"))
    return error;
  // `8.8` is one number.
  auto [major, minor] = lexer.peek().text.split('.');
  unsigned majorNumber, minorNumber;
  if (major.getAsInteger(10, majorNumber) ||
      minor.getAsInteger(10, minorNumber) || minorNumber > 9)
    return error("expected a version but got '" + lexer.peek().text + "'");
  lexer.take();
  module.version = 10 * majorNumber + minorNumber;
  if (Error error = expect(".target"))
    return error;
  StringRef chip = lexer.peek().text;
  if (!chip.consume_front("sm_"))
    return error("expected a target but got '" + lexer.peek().text + "'");
  module.isTargetExact = chip.consume_back("a");
  if (chip.getAsInteger(10, module.target))
    return error("expected a target but got '" + lexer.peek().text + "'");
  lexer.take();
  // Options such as `debug` change nothing for us.
  while (takeIf(","))
    lexer.take();
  if (Error error = expect(".address_size"))
    return error;
  if (!lexer.peek().is("64"))
    return error("expected an address size of 64 but got '" +
                 lexer.peek().text + "'");
  lexer.take();
  return Error::success();
}

Error Parser::parseModule() {
  if (Error error = parseHeader())
    return error;
  while (lexer.peek().kind != Token::Kind::End) {
    if (takeIf(".file") || takeIf(".loc")) {
      if (Error error = skipLine())
        return error;
      continue;
    }
    if (takeIf(".section")) {
      if (Error error = skipTo("}"))
        return error;
      continue;
    }
    // Linkage matters to a linker only, except that externs have no body.
    bool isExtern = false;
    while (lexer.peek().is(".visible") || lexer.peek().is(".extern") ||
           lexer.peek().is(".weak") || lexer.peek().is(".common"))
      isExtern |= lexer.take().is(".extern");
    StringRef directive = lexer.peek().text;
    if (directive == ".entry" || directive == ".func") {
      if (Error error = parseFunction())
        return error;
      continue;
    }
    std::optional<Space> space = parseSpace(directive.drop_front(
        directive.starts_with(".") ? 1 : directive.size()));
    if (!space || *space == Space::Param || *space == Space::Local)
      return error("unknown directive '" + directive + "'");
    Expected<Variable> variable = parseVariable();
    if (!variable)
      return variable.takeError();
    if (isExtern && !variable->isDynamic)
      return error("extern variable '" + variable->name +
                   "' is defined nowhere");
    module.variables.push_back(std::move(*variable));
    if (Error error = expect(";"))
      return error;
  }
  return Error::success();
}

Error Parser::skipLine() {
  unsigned line = lexer.peek().line;
  while (lexer.peek().kind != Token::Kind::End && lexer.peek().line == line)
    lexer.take();
  return Error::success();
}

Expected<Variable> Parser::parseVariable() {
  Variable variable;
  variable.space = *parseSpace(lexer.take().text.drop_front());
  uint64_t elementSize = 0;
  // `.align N`, a type, attributes of pointers in any order.
  while (lexer.peek().kind == Token::Kind::Directive) {
    StringRef word = lexer.take().text.drop_front();
    if (word == "align") {
      Expected<uint64_t> alignment = parseInteger();
      if (!alignment)
        return alignment.takeError();
      // After `.ptr` the alignment is that of what is pointed to.
      if (!elementSize)
        variable.alignment = unsigned(*alignment);
    } else if (word == "ptr" || word == "global" || word == "shared" ||
               word == "const" || word == "local" || word == "noalias") {
      continue;
    } else if (std::optional<Type> type = parseType(word)) {
      elementSize = getSize(*type);
      variable.alignment = std::max<unsigned>(variable.alignment, elementSize);
    } else {
      return error("unsupported attribute '." + word + "' of a variable");
    }
  }
  if (!elementSize || lexer.peek().kind != Token::Kind::Name)
    return error("expected a typed variable but got '" + lexer.peek().text +
                 "'");
  variable.name = lexer.take().text.str();
  variable.size = elementSize;
  while (takeIf("[")) {
    if (takeIf("]")) {
      variable.isDynamic = true;
      variable.size = 0;
      continue;
    }
    Expected<uint64_t> count = parseInteger();
    if (!count)
      return count.takeError();
    if (*count > (uint64_t(1) << 32) || variable.size > (uint64_t(1) << 32))
      return error("the variable '" + variable.name + "' is too large");
    variable.size *= *count;
    if (Error error = expect("]"))
      return std::move(error);
  }
  if (takeIf("=")) {
    variable.isInitialized = true;
    if (Error error = parseInitializer(variable, elementSize))
      return std::move(error);
    if (variable.bytes.size() > variable.size)
      return error("the initializer of '" + variable.name + "' has " +
                   Twine(variable.bytes.size()) + " bytes of " +
                   Twine(variable.size));
  }
  return variable;
}

Error Parser::parseInitializer(Variable &variable, unsigned elementSize) {
  if (takeIf("{")) {
    if (takeIf("}"))
      return Error::success();
    do {
      if (Error error = parseInitializer(variable, elementSize))
        return error;
    } while (takeIf(","));
    return expect("}");
  }
  uint64_t value = 0;
  if (lexer.peek().kind == Token::Kind::Name) {
    std::string name = lexer.take().text.str();
    // `generic(symbol)`; all our addresses of variables are generic ones.
    bool isWrapped = name == "generic" && takeIf("(");
    if (isWrapped)
      name = lexer.take().text.str();
    if (elementSize != 8)
      return error("expected an address to be 8 bytes but got " +
                   Twine(elementSize));
    variable.addresses.emplace_back(variable.bytes.size(), name);
    if (isWrapped)
      if (Error error = expect(")"))
        return error;
    if (takeIf("+")) {
      Expected<uint64_t> offset = parseInteger();
      if (!offset)
        return offset.takeError();
      value = *offset;
    }
  } else {
    SyntaxOperand operand;
    if (Error error = parseNumber(operand))
      return error;
    value = operand.value;
    if (operand.kind == SyntaxOperand::Kind::Float &&
        operand.isSingle != (elementSize == 4))
      return error("expected a float of " + Twine(elementSize) + " bytes");
  }
  for (unsigned i = 0; i < elementSize; ++i)
    variable.bytes.push_back(uint8_t(value >> (8 * i)));
  return Error::success();
}

Error Parser::parseNumber(SyntaxOperand &operand) {
  bool negative = takeIf("-");
  Token token = lexer.take();
  StringRef text = token.text;
  bool isSingle = text.starts_with("0f") || text.starts_with("0F");
  bool isDouble = text.starts_with("0d") || text.starts_with("0D");
  if (isSingle || isDouble) {
    operand.kind = SyntaxOperand::Kind::Float;
    operand.isSingle = isSingle;
    if (text.size() != (isSingle ? 10u : 18u) ||
        text.drop_front(2).getAsInteger(16, operand.value))
      return makeError(token.line, "malformed float '" + text + "'");
    if (negative)
      operand.value ^= uint64_t(1) << (isSingle ? 31 : 63);
    return Error::success();
  }
  if (token.kind == Token::Kind::Number && text.contains('.') &&
      !text.starts_with("0x")) {
    double value;
    if (text.getAsDouble(value))
      return makeError(token.line, "malformed float '" + text + "'");
    if (negative)
      value = -value;
    operand.kind = SyntaxOperand::Kind::Float;
    std::memcpy(&operand.value, &value, sizeof(value));
    return Error::success();
  }
  text.consume_back("U");
  if (token.kind != Token::Kind::Number || text.getAsInteger(0, operand.value))
    return makeError(token.line,
                     "expected a number but got '" + token.text + "'");
  operand.kind = SyntaxOperand::Kind::Integer;
  if (negative)
    operand.value = -operand.value;
  return Error::success();
}

} // namespace mml::ptx
