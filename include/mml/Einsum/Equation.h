//===- Equation.h - Einsum equations ----------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The grammar is that of NumPy's `einsum`:
//
//   equation ::= term (',' term)* ('->' term)?
//   term     ::= label* ('...' label*)?
//   label    ::= 'A'..'Z' | 'a'..'z'
//
// Spaces may stand between any two tokens. Without an arrow the output has the
// ellipsis, if an operand has one, and then every label that occurs once in all
// operands, in the order of ASCII.
//
//===----------------------------------------------------------------------===//

#ifndef MML_EINSUM_EQUATION_H
#define MML_EINSUM_EQUATION_H

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mml::einsum {

/// What is wrong with an equation, or with operands for one, and where.
class EquationError : public llvm::ErrorInfo<EquationError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): of ErrorInfo.

  /// `column` counts the characters in front of the fault, `message` says what
  /// was expected.
  EquationError(size_t column, const llvm::Twine &message)
      : column(column), message(message.str()) {}

  size_t getColumn() const { return column; }
  llvm::StringRef getMessage() const { return message; }

  /// `column 4: expected ...`; the first column is 1.
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  size_t column;
  std::string message;
};

/// The labels of one operand or of the output.
struct Term {
  llvm::SmallVector<char, 4> labels;
  /// The number of labels in front of the ellipsis, where there is one.
  std::optional<size_t> ellipsis;

  /// The columns of the labels and of the ellipsis (where it is) in the text
  /// that was parsed, and those where the term begins and ends.
  llvm::SmallVector<size_t, 4> labelColumns;
  size_t ellipsisColumn = 0, begin = 0, end = 0;

  /// The rank of an operand whose ellipsis covers nothing.
  size_t getMinRank() const { return labels.size(); }
};

/// An equation whose output is explicit: the one that was written, or the one
/// that is implied. Equal equations have equal terms, wherever these stood in
/// the text.
class Equation {
public:
  /// Parses `text` in time linear in its size. Fails with an `EquationError`
  /// on what the grammar does not take, on an output label that is repeated or
  /// that no operand has.
  static llvm::Expected<Equation> parse(llvm::StringRef text);

  llvm::ArrayRef<Term> getOperands() const { return operands; }
  const Term &getOutput() const { return output; }

  /// The canonical text: without spaces, with the output.
  std::string str() const;

  friend bool operator==(const Equation &a, const Equation &b);
  friend bool operator!=(const Equation &a, const Equation &b) {
    return !(a == b);
  }
  // NOLINTNEXTLINE(readability-identifier-naming): what llvm::Hashing calls.
  friend llvm::hash_code hash_value(const Equation &equation);

private:
  Equation() = default;

  llvm::SmallVector<Term, 2> operands;
  Term output;
};

} // namespace mml::einsum

#endif // MML_EINSUM_EQUATION_H
