//===- ContractionTest.cpp - Equations with shapes ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EinsumTest.h"

#include "llvm/ADT/StringExtras.h"

#include "gtest/gtest.h"

using namespace mml::einsum;
using namespace mml::einsum::test;
using llvm::StringRef;

static constexpr int64_t dyn = kDynamic;

namespace {

struct Inferred {
  StringRef text;
  Shapes shapes;
  std::vector<int64_t> result;
};

struct Refused {
  StringRef text;
  Shapes shapes;
  StringRef message;
};

} // namespace

static std::vector<int64_t> getShape(const Contraction &contraction) {
  llvm::SmallVector<int64_t> shape = contraction.getOutputShape();
  return {shape.begin(), shape.end()};
}

/// The roles of all axes between two operands: `i:M j:K`.
static std::string getRoles(const Contraction &contraction, unsigned lhs = 0,
                            unsigned rhs = 1) {
  std::string text;
  for (auto [axis, role] :
       llvm::zip_equal(contraction.getAxes(), contraction.classify(lhs, rhs)))
    text += (text.empty() ? "" : " ") + axis.str() + ":" + getName(role).str();
  return text;
}

TEST(ContractionTest, OutputShapes) {
  const Inferred cases[] = {
      {"", {{}}, {}},
      {"ij,jk", {{2, 3}, {3, 4}}, {2, 4}},
      {"ij,jk->ki", {{2, 3}, {3, 4}}, {4, 2}},
      {"bij,bjk->bik", {{5, 2, 3}, {5, 3, 4}}, {5, 2, 4}},
      {"i,j->ij", {{2}, {3}}, {2, 3}},
      {"i,i->", {{3}, {3}}, {}},
      {",ij->ij", {{}, {2, 3}}, {2, 3}},
      {",->", {{}, {}}, {}},
      // Diagonals.
      {"ii->i", {{3, 3}}, {3}},
      {"ii", {{3, 3}}, {}},
      {"iij,jii->ij", {{3, 3, 2}, {2, 3, 3}}, {3, 2}},
      // Ellipses: aligned at the last dimension, 1 stretches.
      {"...ij,...jk->...ik", {{7, 2, 3}, {7, 3, 4}}, {7, 2, 4}},
      {"...ij,jk->...ik", {{6, 7, 2, 3}, {3, 4}}, {6, 7, 2, 4}},
      {"...ij,...jk->...ik", {{6, 7, 2, 3}, {7, 3, 4}}, {6, 7, 2, 4}},
      {"...,...->...", {{1, 7}, {6, 1}}, {6, 7}},
      {"...,...->...", {{6, 1}, {7}}, {6, 7}},
      {"...,...->...", {{1}, {1}}, {1}},
      {"...i->i...", {{4, 5, 6}}, {6, 4, 5}},
      {"i...j->...", {{4, 5, 6}}, {5}},
      {"...i->i", {{4}}, {4}},
      {"i->...i", {{4}}, {4}},
      {"...->...", {{}}, {}},
      {"...,...,...", {{1}, {}, {9}}, {9}},
      // Sizes of 0, also against 1.
      {"ij,jk", {{2, 0}, {0, 4}}, {2, 4}},
      {"ij->j", {{2, 0}}, {0}},
      {"...,...", {{0}, {1}}, {0}},
      {"...,...", {{1}, {0}}, {0}},
      // Sizes that are not known agree with those of the others.
      {"ij,jk", {{dyn, dyn}, {3, 4}}, {dyn, 4}},
      {"ij->j", {{2, dyn}}, {dyn}},
      {"ij,ij->ij", {{dyn, 3}, {2, dyn}}, {2, 3}},
      {"ii->i", {{dyn, 3}}, {3}},
      {"...,...", {{dyn}, {5}}, {5}},
      {"...,...", {{5}, {dyn}}, {5}},
      {"...,...", {{dyn}, {1}}, {dyn}},
      {"...,...", {{1}, {dyn}}, {dyn}},
      {"...,...", {{dyn}, {dyn}}, {dyn}},
      {"...,...,...", {{1}, {dyn}, {5}}, {5}},
      {"...,...", {{dyn}, {0}}, {0}},
  };
  for (const Inferred &inferred : cases) {
    SCOPED_TRACE(inferred.text.str());
    llvm::Expected<Contraction> contraction =
        tryBind(inferred.text, inferred.shapes);
    if (!contraction) {
      ADD_FAILURE() << llvm::toString(contraction.takeError());
      continue;
    }
    EXPECT_EQ(getShape(*contraction), inferred.result);
  }
}

TEST(ContractionTest, Errors) {
  const Refused cases[] = {
      // The number of operands: where one is missing, or behind the last.
      {"ij,jk,kl->il", {{1, 1}}, "column 4: expected 3 operands but got 1"},
      {" ij -> ij", {}, "column 2: expected 1 operand but got 0"},
      {"ij ->ij", {{1, 1}, {1, 1}}, "column 3: expected 1 operand but got 2"},
      // Ranks.
      {"ij->ij",
       {{2}},
       "column 1: expected operand 1 of rank 2 but got rank 1"},
      {"i, jk",
       {{2}, {2, 2, 2}},
       "column 4: expected operand 2 of rank 2 but got rank 3"},
      {",i",
       {{2}, {2}},
       "column 1: expected operand 1 of rank 0 but got rank 1"},
      {"i...jk->...",
       {{2, 2}},
       "column 1: expected operand 1 of rank 3 or more but got rank 2"},
      // Sizes of a label.
      {"ij,jk->ik",
       {{2, 3}, {4, 5}},
       "column 4: expected label 'j' to have size 3, as in operand 1, but got "
       "size 4 in operand 2"},
      {"ij,j k,ki", {{dyn, dyn}, {3, dyn}, {7, 2}}, ""},
      {"ij,j k,ki",
       {{dyn, dyn}, {dyn, 6}, {7, 2}},
       "column 8: expected label 'k' to have size 6, as in operand 2, but got "
       "size 7 in operand 3"},
      // The first operand says nothing, so that the second one is named.
      {"i,i,i",
       {{dyn}, {3}, {4}},
       "column 5: expected label 'i' to have size 3, as in operand 2, but got "
       "size 4 in operand 3"},
      {"ii->i",
       {{3, 4}},
       "column 2: expected label 'i' to have size 3, as in operand 1, but got "
       "size 4 in operand 1"},
      // A label does not stretch.
      {"ij,jk",
       {{2, 1}, {3, 4}},
       "column 4: expected label 'j' to have size 1, as in operand 1, but got "
       "size 3 in operand 2"},
      {"ij,jk",
       {{2, 0}, {3, 4}},
       "column 4: expected label 'j' to have size 0, as in operand 1, but got "
       "size 3 in operand 2"},
      // Sizes under ellipses.
      {"...i,...i->...",
       {{2, 3}, {4, 3}},
       "column 6: expected sizes under '...' that are equal or 1 but got 2 in "
       "operand 1 and 4 in operand 2"},
      {"...,...,i...",
       {{1, 5}, {dyn}, {9, 6}},
       "column 10: expected sizes under '...' that are equal or 1 but got 5 in "
       "operand 1 and 6 in operand 3"},
      {"...,...",
       {{0}, {2}},
       "column 5: expected sizes under '...' that are equal or 1 but got 0 in "
       "operand 1 and 2 in operand 2"},
      // What ellipses cover cannot be summed.
      {"...i->i",
       {{2, 3}},
       "column 8: expected '...' in the output, for 1 dimension that it covers "
       "in the operands"},
      {"...i,...->",
       {{2, 3}, {4, 5}},
       "column 11: expected '...' in the output, for 2 dimensions that it "
       "covers in the operands"},
      // Sizes below 0.
      {"i,ij",
       {{2}, {2, -1}},
       "column 3: expected sizes of at least 0 in operand 2 but got -1"},
      {"...",
       {{-5}},
       "column 1: expected sizes of at least 0 in operand 1 but got -5"},
  };
  for (const Refused &refused : cases)
    EXPECT_EQ(getMessage(tryBind(refused.text, refused.shapes)),
              refused.message)
        << refused.text.str();
}

TEST(ContractionTest, Axes) {
  Contraction contraction =
      makeContraction("b...i,...ii->i...b", {{2, 1, 5, 3}, {4, 1, 3, 3}});
  // Under ellipses first, then labels in the order in which they come.
  ASSERT_EQ(contraction.getAxes().size(), 4u);
  EXPECT_EQ(contraction.getAxes()[0].str(), "...1");
  EXPECT_EQ(contraction.getAxes()[0].size, 4);
  EXPECT_EQ(contraction.getAxes()[1].str(), "...0");
  EXPECT_EQ(contraction.getAxes()[1].size, 5);
  EXPECT_EQ(contraction.getAxes()[2].str(), "b");
  EXPECT_EQ(contraction.getAxes()[3].str(), "i");

  llvm::ArrayRef<Operand> operands = contraction.getOperands();
  ASSERT_EQ(operands.size(), 2u);
  EXPECT_EQ(llvm::ArrayRef(operands[0].axes),
            llvm::ArrayRef<unsigned>({2, 0, 1, 3}));
  EXPECT_EQ(llvm::ArrayRef(operands[0].stretches),
            llvm::ArrayRef<bool>({false, true, false, false}));
  EXPECT_EQ(llvm::ArrayRef(operands[1].axes),
            llvm::ArrayRef<unsigned>({0, 1, 3, 3}));
  EXPECT_EQ(llvm::ArrayRef(operands[1].stretches),
            llvm::ArrayRef<bool>({false, true, false, false}));
  EXPECT_EQ(contraction.getOutput(), llvm::ArrayRef<unsigned>({3, 0, 1, 2}));

  EXPECT_FALSE(operands[0].runsAlong(0));
  EXPECT_TRUE(operands[0].runsAlong(1));
  EXPECT_TRUE(operands[1].runsAlong(0));
  EXPECT_FALSE(operands[1].runsAlong(1));
  EXPECT_FALSE(operands[1].runsAlong(2));
}

TEST(ContractionTest, OnlyStaticOnesStretch) {
  auto stretches = [](const Shapes &shapes) {
    return std::vector<bool>{
        bool(makeContraction("...,...", shapes).getOperands()[0].stretches[0]),
        bool(makeContraction("...,...", shapes).getOperands()[1].stretches[0])};
  };
  EXPECT_EQ(stretches({{1}, {1}}), std::vector<bool>({false, false}));
  EXPECT_EQ(stretches({{1}, {5}}), std::vector<bool>({true, false}));
  EXPECT_EQ(stretches({{1}, {0}}), std::vector<bool>({true, false}));
  EXPECT_EQ(stretches({{dyn}, {5}}), std::vector<bool>({false, false}));
  EXPECT_EQ(stretches({{dyn}, {1}}), std::vector<bool>({false, true}));
  EXPECT_EQ(stretches({{dyn}, {dyn}}), std::vector<bool>({false, false}));
}

TEST(ContractionTest, Roles) {
  EXPECT_EQ(getRoles(makeContraction("bmk,bkn->bmn", {{1, 1, 1}, {1, 1, 1}})),
            "b:batch m:M k:K n:N");
  EXPECT_EQ(getRoles(makeContraction("ij,kj->", {{2, 2}, {2, 2}})),
            "i:sum of lhs j:K k:sum of rhs");
  // Ellipses: what only one side runs along is M or N, not batch.
  EXPECT_EQ(
      getRoles(makeContraction("...i,...i", {{1, 4, 5, 7}, {3, 1, 5, 7}})),
      "...2:N ...1:M ...0:batch i:K");
  EXPECT_EQ(getRoles(makeContraction("ii,i", {{2, 2}, {2}})), "i:K");
  EXPECT_EQ(getRoles(makeContraction("ii,i->i", {{2, 2}, {2}})), "i:batch");

  // Other operands keep what they need.
  Contraction chain =
      makeContraction("ij,jk,kl,j->il", {{2, 3}, {3, 4}, {4, 5}, {3}});
  EXPECT_EQ(getRoles(chain, 0, 1), "i:M j:batch k:N l:-");
  EXPECT_EQ(getRoles(chain, 1, 2), "i:- j:M k:K l:N");
  EXPECT_EQ(getRoles(chain, 2, 0), "i:N j:N k:M l:M");
  // A dimension that stretches needs nothing.
  EXPECT_EQ(getRoles(makeContraction("...,...,...", {{5}, {5}, {1}}), 0, 2),
            "...0:M");
}

TEST(ContractionTest, EquationOfAxes) {
  EXPECT_EQ(makeContraction("ij,jk", {{2, 3}, {3, 4}}).getEquation(),
            "ij,jk->ik");
  EXPECT_EQ(makeContraction("", {{}}).getEquation(), "->");
  EXPECT_EQ(makeContraction("ii,,i->i", {{2, 2}, {}, {2}}).getEquation(),
            "ii,,i->i");
  // Dimensions of ellipses get letters that no label has.
  EXPECT_EQ(makeContraction("...a,a...", {{2, 3, 4}, {4, 3}}).getEquation(),
            "bca,ac->bc");
  EXPECT_EQ(makeContraction("...,...", {{2, 3}, {3}}).getEquation(),
            "ab,b->ab");
  // An equation without ellipses does not say that a size of 1 stretches.
  EXPECT_EQ(makeContraction("...,...", {{2, 3}, {1}}).getEquation(),
            std::nullopt);
  // Sizes of 1 that do not stretch are like others.
  EXPECT_EQ(makeContraction("...,...", {{2, 1}, {1}}).getEquation(),
            "ab,b->ab");

  // All letters but one, then all of them.
  std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY";
  std::vector<int64_t> shape(letters.size() + 1, 1);
  EXPECT_EQ(makeContraction(letters + "...->...", {shape}).getEquation(),
            letters + "Z->Z");
  shape.push_back(1);
  EXPECT_EQ(makeContraction(letters + "...->...", {shape}).getEquation(),
            std::nullopt);
}

TEST(ContractionTest, EquationOfAStep) {
  // Axes of the whole that the step does not have need no letter.
  const Axis axes[] = {{4, 0, 1}, {5, 0, 0}, {6, 'a', 0}};
  Operand operand;
  operand.axes = {2, 1};
  operand.stretches = {false, false};
  Contraction step(axes, operand, {1u});
  EXPECT_EQ(step.getEquation(), "ab->b");
  EXPECT_EQ(getShape(step), std::vector<int64_t>({5}));
}

TEST(ContractionTest, RoleNames) {
  EXPECT_EQ(getName(AxisRole::Batch), "batch");
  EXPECT_EQ(getName(AxisRole::None), "-");
}
