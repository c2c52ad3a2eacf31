//===- ParseFunction.cpp - Functions of PTX text --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

using namespace llvm;

namespace mml::ptx {

Error Parser::parseFunction() {
  function = SyntaxFunction();
  scopes.assign(1, Scope());
  function.isEntry = lexer.peek().is(".entry");
  lexer.take();
  if (!function.isEntry && lexer.peek().is("("))
    if (Error error = parseParams(function.results))
      return error;
  function.line = lexer.peek().line;
  if (lexer.peek().kind != Token::Kind::Name)
    return error("expected the name of a function but got '" +
                 lexer.peek().text + "'");
  function.name = lexer.take().text.str();
  if (lexer.peek().is("("))
    if (Error error = parseParams(function.params))
      return error;
  if (Error error = parseFunctionAttributes())
    return error;
  if (takeIf(";")) {
    function.isDeclaration = true;
  } else {
    if (Error error = expect("{"))
      return error;
    if (Error error = parseBlock())
      return error;
  }
  module.functions.push_back(std::move(function));
  return Error::success();
}

Error Parser::parseParams(std::vector<Variable> &params) {
  if (Error error = expect("("))
    return error;
  if (takeIf(")"))
    return Error::success();
  do {
    if (!lexer.peek().is(".param"))
      return error("expected '.param' but got '" + lexer.peek().text + "'");
    Expected<Variable> param = parseVariable();
    if (!param)
      return param.takeError();
    params.push_back(std::move(*param));
  } while (takeIf(","));
  return expect(")");
}

Error Parser::parseFunctionAttributes() {
  while (lexer.peek().kind == Token::Kind::Directive) {
    StringRef name = lexer.take().text;
    if (name == ".noreturn")
      continue;
    if (name != ".maxntid" && name != ".reqntid" && name != ".minnctapersm" &&
        name != ".maxnreg")
      return error("unsupported attribute '" + name + "' of a function");
    uint64_t product = 1;
    do {
      Expected<uint64_t> value = parseInteger();
      if (!value)
        return value.takeError();
      product *= *value;
    } while (takeIf(","));
    if (name == ".maxntid")
      function.maxThreads = unsigned(product);
    else if (name == ".reqntid")
      function.requiredThreads = unsigned(product);
  }
  return Error::success();
}

Error Parser::parseBlock() {
  scopes.emplace_back();
  while (!takeIf("}")) {
    if (lexer.peek().kind == Token::Kind::End)
      return expect("}");
    if (Error error = parseStatement())
      return error;
  }
  scopes.pop_back();
  return Error::success();
}

Error Parser::parseStatement() {
  if (takeIf("{"))
    return parseBlock();
  if (takeIf(";"))
    return Error::success();
  if (lexer.peek().kind == Token::Kind::Directive)
    return parseDirective();
  return parseInstruction();
}

Error Parser::parseDirective() {
  StringRef name = lexer.peek().text;
  if (name == ".loc" || name == ".file")
    return skipLine();
  if (name == ".pragma")
    return skipTo(";");
  if (name == ".reg")
    return parseRegisters();
  if (name == ".local" || name == ".shared" || name == ".param") {
    Expected<Variable> variable = parseVariable();
    if (!variable)
      return variable.takeError();
    // Inner blocks repeat names.
    std::string unique =
        variable->name + "#" + std::to_string(function.variables.size());
    scopes.back().variables[variable->name] = unique;
    variable->name = unique;
    function.variables.push_back(std::move(*variable));
    return expect(";");
  }
  return error("unsupported directive '" + name + "'");
}

Error Parser::parseRegisters() {
  lexer.take();
  StringRef typeName = lexer.peek().text;
  std::optional<Type> type = parseType(typeName.drop_front());
  if (lexer.peek().kind != Token::Kind::Directive || !type ||
      (*type != Type::Pred && getSize(*type) < 2))
    return error("unsupported type '" + typeName + "' of registers");
  lexer.take();
  do {
    if (lexer.peek().kind != Token::Kind::Name)
      return error("expected a register but got '" + lexer.peek().text + "'");
    StringRef name = lexer.take().text;
    unsigned first = function.registers.size();
    if (!takeIf("<")) {
      scopes.back().registers[name] = first;
      function.registers.push_back({name.str(), *type});
      continue;
    }
    Expected<uint64_t> count = parseInteger();
    if (!count)
      return count.takeError();
    if (*count > 1u << 20)
      return error("expected at most 1048576 registers but got " +
                   Twine(*count));
    if (Error error = expect(">"))
      return error;
    scopes.back().ranges[name] = {first, unsigned(*count)};
    for (unsigned i = 0; i < *count; ++i)
      function.registers.push_back({(name + Twine(i)).str(), *type});
  } while (takeIf(","));
  return expect(";");
}

std::optional<unsigned> Parser::findRegister(StringRef name) {
  size_t prefixLength = name.find_last_not_of("0123456789") + 1;
  StringRef prefix = name.take_front(prefixLength);
  unsigned number = 0;
  bool hasNumber = !name.drop_front(prefixLength).getAsInteger(10, number);
  for (const Scope &scope : reverse(scopes)) {
    auto it = scope.registers.find(name);
    if (it != scope.registers.end())
      return it->second;
    auto range = scope.ranges.find(prefix);
    if (hasNumber && range != scope.ranges.end() &&
        number < range->second.second)
      return range->second.first + number;
  }
  return std::nullopt;
}

Error Parser::parseLabel(StringRef name) {
  if (!takeIf(".branchtargets")) {
    if (!function.labels.try_emplace(name, function.instructions.size()).second)
      return error("label '" + name + "' is defined twice");
    return Error::success();
  }
  std::vector<std::string> &targets = function.branchTargets[name];
  do {
    targets.push_back(lexer.take().text.str());
  } while (takeIf(","));
  return expect(";");
}

Error Parser::parseInstruction() {
  SyntaxInstruction instruction;
  instruction.line = lexer.peek().line;
  if (takeIf("@")) {
    instruction.isGuardNegated = takeIf("!");
    instruction.guard = findRegister(lexer.peek().text);
    if (!instruction.guard ||
        function.registers[*instruction.guard].type != Type::Pred)
      return error("expected a predicate but got '" + lexer.peek().text + "'");
    lexer.take();
  }
  Token word = lexer.peek();
  if (word.kind != Token::Kind::Name)
    return error("expected an instruction but got '" + word.text + "'");
  lexer.take();
  if (!instruction.guard && takeIf(":"))
    return parseLabel(word.text);
  instruction.text = word.text;
  instruction.line = word.line;
  word.text.split(instruction.modifiers, '.');
  instruction.opcode = instruction.modifiers.front();
  instruction.modifiers.erase(instruction.modifiers.begin());
  while (!takeIf(";")) {
    Expected<SyntaxOperand> operand = parseOperand();
    if (!operand)
      return operand.takeError();
    if (takeIf("|")) {
      Expected<SyntaxOperand> second = parseOperand();
      if (!second)
        return second.takeError();
      operand->second.push_back(std::move(*second));
    }
    instruction.operands.push_back(std::move(*operand));
    if (!lexer.peek().is(";"))
      if (Error error = expect(","))
        return error;
  }
  function.instructions.push_back(std::move(instruction));
  return Error::success();
}

Error Parser::parseElements(SyntaxOperand &operand, StringRef close) {
  if (takeIf(close))
    return Error::success();
  do {
    Expected<SyntaxOperand> element = parseOperand();
    if (!element)
      return element.takeError();
    operand.elements.push_back(std::move(*element));
  } while (takeIf(","));
  return expect(close);
}

Expected<SyntaxOperand> Parser::parseName() {
  SyntaxOperand operand;
  operand.name = lexer.peek().text.str();
  if (std::optional<unsigned> number = findRegister(operand.name)) {
    operand.kind = SyntaxOperand::Kind::Register;
    operand.index = *number;
  } else if (operand.name == "_") {
    operand.kind = SyntaxOperand::Kind::Sink;
  } else if (operand.name == "WARP_SZ") {
    operand.kind = SyntaxOperand::Kind::Integer;
    operand.value = 32;
  } else if (operand.name.front() == '%') {
    operand.kind = SyntaxOperand::Kind::Special;
  } else {
    operand.kind = SyntaxOperand::Kind::Symbol;
    for (const Scope &scope : reverse(scopes)) {
      auto it = scope.variables.find(operand.name);
      if (it == scope.variables.end())
        continue;
      operand.name = it->second;
      break;
    }
  }
  lexer.take();
  return operand;
}

Expected<SyntaxOperand> Parser::parseOperand() {
  SyntaxOperand operand;
  if (takeIf("{")) {
    operand.kind = SyntaxOperand::Kind::Vector;
    if (Error error = parseElements(operand, "}"))
      return std::move(error);
    return operand;
  }
  if (takeIf("(")) {
    operand.kind = SyntaxOperand::Kind::List;
    if (Error error = parseElements(operand, ")"))
      return std::move(error);
    return operand;
  }
  if (takeIf("[")) {
    Expected<SyntaxOperand> base = parseOperand();
    if (!base)
      return base.takeError();
    operand.kind = SyntaxOperand::Kind::Address;
    if (base->kind == SyntaxOperand::Kind::Integer) {
      operand.value = base->value;
    } else {
      operand.elements.push_back(std::move(*base));
      if (takeIf("+")) {
        Expected<uint64_t> offset = parseInteger();
        if (!offset)
          return offset.takeError();
        operand.value = *offset;
      }
    }
    if (Error error = expect("]"))
      return std::move(error);
    return operand;
  }
  if (takeIf("!")) {
    Expected<SyntaxOperand> negated = parseName();
    if (!negated)
      return negated.takeError();
    negated->isNegated = true;
    return negated;
  }
  if (lexer.peek().kind == Token::Kind::Name)
    return parseName();
  if (Error error = parseNumber(operand))
    return std::move(error);
  return operand;
}

} // namespace mml::ptx
