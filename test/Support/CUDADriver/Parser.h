//===- Parser.h - PTX text to its syntax ------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_PARSER_H
#define MML_TEST_SUPPORT_CUDADRIVER_PARSER_H

#include "Lexer.h"
#include "Syntax.h"

namespace mml::ptx {

/// A parser by recursive descent. Registers are resolved to numbers at once;
/// names of memory declared in an inner block get a number behind `#`, so that
/// each is one variable of the function.
class Parser {
public:
  explicit Parser(llvm::StringRef text) : lexer(text) {}

  llvm::Error parseModule();
  SyntaxModule module;

private:
  /// What the names declared in a block stand for.
  struct Scope {
    llvm::StringMap<unsigned> registers;
    /// `%r<9>`: the number of the first register and how many there are.
    llvm::StringMap<std::pair<unsigned, unsigned>> ranges;
    llvm::StringMap<std::string> variables;
  };

  llvm::Error error(const llvm::Twine &message);
  bool takeIf(llvm::StringRef spelling);
  llvm::Error expect(llvm::StringRef spelling);
  llvm::Error skipTo(llvm::StringRef spelling);
  llvm::Error skipLine();
  llvm::Expected<uint64_t> parseInteger();
  llvm::Error parseNumber(SyntaxOperand &operand);

  llvm::Error parseHeader();
  llvm::Expected<Variable> parseVariable();
  llvm::Error parseInitializer(Variable &variable, unsigned elementSize);

  llvm::Error parseFunction();
  llvm::Error parseParams(std::vector<Variable> &params);
  llvm::Error parseFunctionAttributes();
  llvm::Error parseBlock();
  llvm::Error parseStatement();
  llvm::Error parseDirective();
  llvm::Error parseRegisters();
  llvm::Error parseLabel(llvm::StringRef name);
  llvm::Error parseInstruction();
  llvm::Expected<SyntaxOperand> parseOperand();
  llvm::Expected<SyntaxOperand> parseName();
  llvm::Error parseElements(SyntaxOperand &operand, llvm::StringRef close);
  std::optional<unsigned> findRegister(llvm::StringRef name);

  Lexer lexer;
  SyntaxFunction function;
  std::vector<Scope> scopes;
};

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_PARSER_H
