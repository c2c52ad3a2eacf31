//===- EquationTest.cpp - Parsing and printing equations ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EinsumTest.h"
#include "RandomEquation.h"

#include "gtest/gtest.h"

#include <chrono>

using namespace mml::einsum;
using namespace mml::einsum::test;
using llvm::StringRef;

namespace {

struct Refused {
  StringRef text, message;
};

struct Printed {
  StringRef text, canonical;
};

} // namespace

TEST(EquationTest, Errors) {
  const Refused cases[] = {
      // Characters that no token begins with.
      {"i$j->ij", "column 2: expected a label, '...', ',' or '->' but got '$'"},
      {"i1->i", "column 2: expected a label, '...', ',' or '->' but got '1'"},
      {"ij,_k->ik",
       "column 4: expected a label, '...', ',' or '->' but got '_'"},
      {"i\tj", "column 2: expected a label, '...', ',' or '->' but got "
               "character 0x9"},
      {"i\n", "column 2: expected a label, '...', ',' or '->' but got "
              "character 0xa"},
      {StringRef("i\0j", 3), "column 2: expected a label, '...', ',' or '->' "
                             "but got character 0x0"},
      {"i\x7fj", "column 2: expected a label, '...', ',' or '->' but got "
                 "character 0x7f"},
      {"(ij)", "column 1: expected a label, '...', ',' or '->' but got '('"},
      // Not ASCII: a letter, an arrow, an ellipsis in one character, the minus
      // sign, characters of three and four bytes.
      {"\u00e4b", "column 1: expected a label, '...', ',' or '->' but got "
                  "'\u00e4'"},
      {"ij\u2192ji", "column 3: expected a label, '...', ',' or '->' but got "
                     "'\u2192'"},
      {"\u2026i->i", "column 1: expected a label, '...', ',' or '->' but got "
                     "'\u2026'"},
      {"i \u2212>i", "column 3: expected a label, '...', ',' or '->' but got "
                     "'\u2212'"},
      {"i->\U0001d456", "column 4: expected a label or '...' in the output but "
                        "got '\U0001d456'"},
      // Not UTF-8: a byte that continues, one that begins and ends the text,
      // one that is in no character, the code of half a character.
      {"i\x80", "column 2: expected a label, '...', ',' or '->' but got "
                "character 0x80"},
      {"i\xe2\x86", "column 2: expected a label, '...', ',' or '->' but got "
                    "character 0xe2"},
      {"\xff\xff", "column 1: expected a label, '...', ',' or '->' but got "
                   "character 0xff"},
      {"\xed\xa0\x80", "column 1: expected a label, '...', ',' or '->' but got "
                       "character 0xed"},
      // Dots.
      {".", "column 1: expected '...' but got '.'"},
      {"i.j->ij", "column 2: expected '...' but got '.'"},
      {"ij,k..->ij", "column 5: expected '...' but got '..'"},
      {"....i", "column 1: expected '...' but got '....'"},
      {"......i", "column 1: expected '...' but got '....'"},
      {". . .i", "column 1: expected '...' but got '.'"},
      {"i->i..", "column 5: expected '...' but got '..'"},
      {"...i...->i", "column 5: expected one '...' in a term but got two"},
      {"... ...", "column 5: expected one '...' in a term but got two"},
      {"i...,...->...i...",
       "column 15: expected one '...' in a term but got two"},
      // Arrows.
      {"ij->i->j", "column 6: expected a label or '...' in the output but got "
                   "a second '->'"},
      {"i->->", "column 4: expected a label or '...' in the output but got a "
                "second '->'"},
      {"ij-", "column 3: expected '->' but got '-'"},
      {"ij-i", "column 3: expected '->' but got '-'"},
      {"ij- >i", "column 3: expected '->' but got '-'"},
      {"ij>i", "column 3: expected '->' but got '>'"},
      {"ij-->i", "column 3: expected '->' but got '-'"},
      {"-", "column 1: expected '->' but got '-'"},
      {"i->>", "column 4: expected a label or '...' in the output but got '>'"},
      {"i->i-", "column 5: expected a label or '...' in the output but got "
                "'-'"},
      // The output.
      {"ij,jk->ik,j", "column 10: expected a label or '...' in the output but "
                      "got ','"},
      {"i->,", "column 4: expected a label or '...' in the output but got ','"},
      {"ij->ik", "column 6: expected a label of an operand in the output but "
                 "got 'k'"},
      {"i->I", "column 4: expected a label of an operand in the output but got "
               "'I'"},
      {"->i", "column 3: expected a label of an operand in the output but got "
              "'i'"},
      {"ij->i i", "column 7: expected each label once in the output but got a "
                  "second 'i'"},
      {"ii->ii", "column 6: expected each label once in the output but got a "
                 "second 'i'"},
  };
  for (const Refused &refused : cases)
    EXPECT_EQ(getMessage(Equation::parse(refused.text)), refused.message)
        << refused.text.str();
}

// (S16)
TEST(EquationTest, ErrorsHaveColumns) {
  llvm::Expected<Equation> equation = Equation::parse("ij->ik");
  ASSERT_FALSE(equation);
  llvm::handleAllErrors(equation.takeError(), [](const EquationError &error) {
    EXPECT_EQ(error.getColumn(), 5u);
    EXPECT_EQ(error.getMessage(), "expected a label of an operand in the "
                                  "output but got 'k'");
    EXPECT_EQ(error.convertToErrorCode(), llvm::inconvertibleErrorCode());
  });
}

TEST(EquationTest, CanonicalText) {
  const Printed cases[] = {
      // Nothing at all is one scalar.
      {"", "->"},
      {"->", "->"},
      {"  ->  ", "->"},
      {",", ",->"},
      {",,i", ",,i->i"},
      // The output that is implied: labels that occur once, in the order of
      // ASCII, where upper case comes first.
      {"ij,jk", "ij,jk->ik"},
      {"ba", "ba->ab"},
      {"aB", "aB->Ba"},
      {"zaZA", "zaZA->AZaz"},
      {"ii", "ii->"},
      {"iij", "iij->j"},
      {"ij,ij", "ij,ij->"},
      {"b...a", "b...a->...ab"},
      {"ij,...", "ij,...->...ij"},
      {"...i,...i", "...i,...i->..."},
      // The output that is written.
      {"ij->ji", "ij->ji"},
      {"ij->", "ij->"},
      {"ii->i", "ii->i"},
      {"i...->i...", "i...->i..."},
      {"...ij->i...j", "...ij->i...j"},
      {"...i->i", "...i->i"},
      // An ellipsis that covers nothing needs no operand.
      {"i->...i", "i->...i"},
      // Spaces between any tokens.
      {"  i j , j k  ->  k i  ", "ij,jk->ki"},
      {" ... i j,j k ...", "...ij,jk...->...ik"},
      {" ", "->"},
  };
  for (const Printed &printed : cases) {
    SCOPED_TRACE(printed.text.str());
    EXPECT_EQ(parse(printed.text).str(), printed.canonical);
    EXPECT_EQ(parse(printed.canonical), parse(printed.text));
  }
}

TEST(EquationTest, Terms) {
  Equation equation = parse(" a b , c...d -> d ...");
  ASSERT_EQ(equation.getOperands().size(), 2u);
  const Term &first = equation.getOperands()[0];
  EXPECT_EQ(StringRef(first.labels.data(), first.labels.size()), "ab");
  EXPECT_EQ(first.ellipsis, std::nullopt);
  EXPECT_EQ(first.getMinRank(), 2u);
  EXPECT_EQ(llvm::ArrayRef<size_t>(first.labelColumns),
            llvm::ArrayRef<size_t>({1, 3}));
  EXPECT_EQ(first.begin, 1u);
  EXPECT_EQ(first.end, 4u);
  const Term &second = equation.getOperands()[1];
  EXPECT_EQ(second.ellipsis, 1u);
  EXPECT_EQ(second.ellipsisColumn, 8u);
  EXPECT_EQ(second.begin, 7u);
  EXPECT_EQ(second.end, 12u);
  EXPECT_EQ(equation.getOutput().ellipsis, 1u);
  EXPECT_EQ(equation.getOutput().begin, 16u);
}

TEST(EquationTest, Equality) {
  // Where the terms stand and whether the output was written is no difference.
  for (StringRef text : {"ij,jk->ik", " i j,jk  ->i k", "ij,jk"}) {
    EXPECT_EQ(parse(text), parse("ij,jk->ik")) << text.str();
    EXPECT_EQ(hash_value(parse(text)), hash_value(parse("ij,jk->ik")))
        << text.str();
  }
  const StringRef texts[] = {
      "ij,jk->ik",       "ij,jk->ki",       "ijj,k->ik",    "ij,jk,->ik",
      "Ij,jk->Ik",       "ij,...jk->...ik", "ij,jk->...ik", "...ij,jk->...ik",
      "ij,j...k->...ik", "ij,jk->i",        "ij,jk->"};
  for (StringRef a : texts)
    for (StringRef b : texts) {
      EXPECT_EQ(parse(a) == parse(b), a == b) << a.str() << " " << b.str();
      EXPECT_EQ(hash_value(parse(a)) == hash_value(parse(b)), a == b)
          << a.str() << " " << b.str();
    }
}

TEST(EquationTest, RoundTrip) {
  unsigned seed = getTestSeed();
  SCOPED_TRACE(testing::Message() << "MML_TEST_SEED=" << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 5000; ++i) {
    RandomEquation drawn = makeRandomEquation(random);
    SCOPED_TRACE(drawn.text);
    Equation equation = parse(drawn.text);
    EXPECT_EQ(parse(equation.str()), equation);
    EXPECT_EQ(parse(equation.str()).str(), equation.str());
    if (HasFailure())
      return;
  }
}

/// Texts of about `size` characters: taken and refused.
static std::vector<std::string> makeLong(size_t size) {
  auto repeat = [&](StringRef part) {
    std::string text;
    while (text.size() < size)
      text += part;
    return text;
  };
  return {repeat("i"),         repeat(","),
          repeat("i,"),        repeat(" "),
          repeat("...,"),      repeat("ij,") + "->...ji",
          repeat("."),         repeat("->"),
          repeat("-"),         "i->" + repeat("i"),
          "i->" + repeat(" "), repeat("i") + "$",
          repeat("\xff"),      repeat("i...,") + "i->k"};
}

/// Seconds that the parser takes for all texts.
static double measure(const std::vector<std::string> &texts) {
  auto start = std::chrono::steady_clock::now();
  for (StringRef text : texts) {
    llvm::Expected<Equation> equation = Equation::parse(text);
    if (!equation)
      llvm::consumeError(equation.takeError());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

TEST(EquationTest, LongTexts) {
  for (const std::string &text : makeLong(1000000)) {
    llvm::Expected<Equation> equation = Equation::parse(text);
    if (!equation) {
      // What is wrong is said in one line, not in a million characters.
      EXPECT_LT(getMessage(std::move(equation)).size(), 200u);
      continue;
    }
    EXPECT_EQ(parse(equation->str()), *equation);
  }
}

TEST(EquationTest, LinearTime) {
  // Ten times the text takes about ten times as long; what is quadratic would
  // take a hundred times as long, and minutes.
  double small = measure(makeLong(100000)), large = measure(makeLong(1000000));
  EXPECT_LT(large, 50 * small + 1);
}
