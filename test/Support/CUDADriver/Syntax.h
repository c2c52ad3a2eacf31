//===- Syntax.h - What PTX text says, before it is decoded ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_SYNTAX_H
#define MML_TEST_SUPPORT_CUDADRIVER_SYNTAX_H

#include "Types.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mml::ptx {

/// A declared name that stands for memory: of the module or of a function.
struct Variable {
  std::string name;
  Space space = Space::Global;
  unsigned alignment = 1;
  uint64_t size = 0;
  /// `.extern .shared` without a size: where dynamic shared memory begins.
  bool isDynamic = false;
  /// The first bytes; the rest is zero where anything is given.
  std::vector<uint8_t> bytes;
  bool isInitialized = false;
  /// Addresses of other variables, as offset and name.
  std::vector<std::pair<uint64_t, std::string>> addresses;
};

/// An operand as it is written.
struct SyntaxOperand {
  enum class Kind {
    Register, ///< `index` of the function's registers
    Special,  ///< `%tid.x`, by name
    Integer,  ///< `value`
    Float,    ///< `value`: the bits of an f64, or of an f32 where `isSingle`
    Symbol,   ///< a variable, function or label, by name
    Address,  ///< `[elements[0] + value]`
    Vector,   ///< `{a, b}`
    List,     ///< `(a, b)` of a call
    Sink      ///< `_`
  };
  Kind kind = Kind::Sink;
  unsigned index = 0;
  uint64_t value = 0;
  bool isSingle = false;
  bool isNegated = false; ///< `!%p`
  std::string name;
  std::vector<SyntaxOperand> elements;
  /// `%p` of `%r|%p`, the second result, at most one.
  std::vector<SyntaxOperand> second;
};

struct SyntaxInstruction {
  unsigned line = 0;
  /// Register of the guard, and whether it is `@!`.
  std::optional<unsigned> guard;
  bool isGuardNegated = false;
  llvm::StringRef text;
  llvm::StringRef opcode;
  llvm::SmallVector<llvm::StringRef, 6> modifiers;
  std::vector<SyntaxOperand> operands;
};

struct SyntaxRegister {
  std::string name;
  Type type;
};

struct SyntaxFunction {
  std::string name;
  unsigned line = 0;
  bool isEntry = false;
  bool isDeclaration = false;
  /// From `.maxntid`: the most threads a block may have, 0 where not given.
  unsigned maxThreads = 0;
  /// From `.reqntid`: the threads a block has to have, 0 where not given.
  unsigned requiredThreads = 0;
  std::vector<Variable> results, params;
  std::vector<SyntaxRegister> registers;
  /// Shared, local and param variables of the body.
  std::vector<Variable> variables;
  std::vector<SyntaxInstruction> instructions;
  /// Index of the instruction that follows the label.
  llvm::StringMap<unsigned> labels;
  /// Lists of labels of `brx.idx`.
  llvm::StringMap<std::vector<std::string>> branchTargets;
};

struct SyntaxModule {
  /// As 10 * major + minor.
  unsigned version = 0;
  /// `sm_80` is 80.
  unsigned target = 0;
  /// `sm_90a`: only that very chip runs it.
  bool isTargetExact = false;
  std::vector<Variable> variables;
  std::vector<SyntaxFunction> functions;
};

/// Parses a module. The error is one line, `line N: ...`. \p text has to
/// outlive the result.
llvm::Expected<SyntaxModule> parse(llvm::StringRef text);

/// `line N: message`.
llvm::Error makeError(unsigned line, const llvm::Twine &message);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_SYNTAX_H
