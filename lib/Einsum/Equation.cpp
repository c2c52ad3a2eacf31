//===- Equation.cpp - Einsum equations ------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Equation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/raw_ostream.h"

#include <array>

using namespace mml::einsum;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

char EquationError::ID;

void EquationError::log(llvm::raw_ostream &os) const {
  os << "column " << column + 1 << ": " << message;
}

std::error_code EquationError::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

static Error makeError(size_t column, const Twine &message) {
  return llvm::make_error<EquationError>(column, message);
}

namespace {

/// Reads the tokens of an equation from left to right.
class Parser {
public:
  explicit Parser(StringRef text) : text(text) {}

  /// Parses the operands, and the output where there is one.
  Error parse(llvm::SmallVectorImpl<Term> &operands,
              std::optional<Term> &output);

private:
  void skipSpaces() {
    while (position < text.size() && text[position] == ' ')
      ++position;
  }
  bool consume(StringRef token) {
    if (!text.substr(position).starts_with(token))
      return false;
    position += token.size();
    return true;
  }
  Error parseTerm(Term &term);
  Error parseEllipsis(Term &term);
  /// The character at the position, which is one of the text, in quotes.
  std::string describe() const;

  StringRef text;
  size_t position = 0;
};

} // namespace

std::string Parser::describe() const {
  unsigned char first = text[position];
  if (first < 0x80)
    return llvm::isPrint(first)
               ? "'" + std::string(1, first) + "'"
               : "character 0x" + llvm::utohexstr(first, /*LowerCase=*/true);
  size_t length =
      std::min<size_t>(llvm::getNumBytesForUTF8(first), text.size() - position);
  StringRef character = text.substr(position, length);
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(character.begin());
  if (llvm::isLegalUTF8Sequence(begin, begin + length))
    return "'" + character.str() + "'";
  return "character 0x" + llvm::utohexstr(first, /*LowerCase=*/true);
}

/// Parses what begins with a dot.
Error Parser::parseEllipsis(Term &term) {
  StringRef dots = text.substr(position).take_while(
      [](char character) { return character == '.'; });
  if (dots.size() != 3)
    return makeError(
        position, "expected '...' but got '" +
                      Twine(dots.size() < 3 ? dots : dots.take_front(4)) + "'");
  if (term.ellipsis)
    return makeError(position, "expected one '...' in a term but got two");
  term.ellipsis = term.labels.size();
  term.ellipsisColumn = position;
  position += dots.size();
  return Error::success();
}

/// Parses a term up to what cannot be part of one.
Error Parser::parseTerm(Term &term) {
  skipSpaces();
  term.begin = term.end = position;
  while (position < text.size()) {
    char character = text[position];
    if (llvm::isAlpha(character)) {
      term.labels.push_back(character);
      term.labelColumns.push_back(position++);
    } else if (character == '.') {
      if (Error error = parseEllipsis(term))
        return error;
    } else {
      break;
    }
    term.end = position;
    skipSpaces();
  }
  return Error::success();
}

Error Parser::parse(llvm::SmallVectorImpl<Term> &operands,
                    std::optional<Term> &output) {
  do {
    if (Error error = parseTerm(operands.emplace_back()))
      return error;
  } while (consume(","));
  if (consume("->")) {
    if (Error error = parseTerm(output.emplace()))
      return error;
    if (position < text.size())
      return makeError(position, "expected a label or '...' in the output but "
                                 "got " +
                                     (text.substr(position).starts_with("->")
                                          ? "a second '->'"
                                          : describe()));
  }
  if (position == text.size())
    return Error::success();
  if (text[position] == '-' || text[position] == '>')
    return makeError(position, "expected '->' but got " + describe());
  return makeError(position, "expected a label, '...', ',' or '->' but got " +
                                 describe());
}

/// A count for each label.
using LabelCounts = std::array<size_t, 128>;

static LabelCounts countLabels(llvm::ArrayRef<Term> terms) {
  LabelCounts counts{};
  for (const Term &term : terms)
    for (char label : term.labels)
      ++counts[label];
  return counts;
}

/// The output of an equation that names none.
static Term getImpliedOutput(llvm::ArrayRef<Term> operands,
                             const LabelCounts &counts, size_t column) {
  Term output;
  output.begin = output.end = output.ellipsisColumn = column;
  if (llvm::any_of(operands,
                   [](const Term &term) { return term.ellipsis.has_value(); }))
    output.ellipsis = 0;
  for (size_t label = 0; label < counts.size(); ++label)
    if (counts[label] == 1) {
      output.labels.push_back(label);
      output.labelColumns.push_back(column);
    }
  return output;
}

/// Checks that each label of the output is one of an operand, once.
static Error checkOutput(const Term &output, const LabelCounts &counts) {
  LabelCounts seen{};
  for (auto [label, column] :
       llvm::zip_equal(output.labels, output.labelColumns)) {
    if (counts[label] == 0)
      return makeError(column, "expected a label of an operand in the output "
                               "but got '" +
                                   Twine(label) + "'");
    if (seen[label]++)
      return makeError(column, "expected each label once in the output but got "
                               "a second '" +
                                   Twine(label) + "'");
  }
  return Error::success();
}

Expected<Equation> Equation::parse(StringRef text) {
  Equation equation;
  std::optional<Term> output;
  if (Error error = Parser(text).parse(equation.operands, output))
    return std::move(error);
  LabelCounts counts = countLabels(equation.operands);
  equation.output =
      output ? std::move(*output)
             : getImpliedOutput(equation.operands, counts, text.size());
  if (Error error = checkOutput(equation.output, counts))
    return std::move(error);
  return equation;
}

static void print(llvm::raw_ostream &os, const Term &term) {
  StringRef labels(term.labels.data(), term.labels.size());
  if (!term.ellipsis) {
    os << labels;
    return;
  }
  os << labels.take_front(*term.ellipsis) << "..."
     << labels.drop_front(*term.ellipsis);
}

std::string Equation::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      operands, os, [&](const Term &term) { print(os, term); }, ",");
  os << "->";
  print(os, output);
  return text;
}

static bool areEqual(const Term &a, const Term &b) {
  return a.labels == b.labels && a.ellipsis == b.ellipsis;
}

bool mml::einsum::operator==(const Equation &a, const Equation &b) {
  return llvm::equal(a.operands, b.operands, areEqual) &&
         areEqual(a.output, b.output);
}

llvm::hash_code mml::einsum::hash_value(const Equation &equation) {
  llvm::hash_code hash = llvm::hash_value(equation.operands.size());
  auto add = [&](const Term &term) {
    hash = llvm::hash_combine(
        hash, llvm::hash_combine_range(term.labels.begin(), term.labels.end()),
        term.ellipsis.value_or(~size_t(0)));
  };
  llvm::for_each(equation.operands, add);
  add(equation.output);
  return hash;
}
