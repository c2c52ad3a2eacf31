//===- ExplainTest.cpp - Tables of equations ------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Explain.h"

#include "EinsumTest.h"

#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace mml::einsum;
using namespace mml::einsum::test;

static std::string explain(llvm::StringRef text, const Shapes &shapes) {
  Contraction contraction = makeContraction(text, shapes);
  std::string explained;
  llvm::raw_string_ostream os(explained);
  mml::einsum::explain(os, parse(text), contraction, plan(contraction));
  return "\n" + explained;
}

TEST(ExplainTest, TwoOperands) {
  EXPECT_EQ(explain("b i j, b j k -> b i k", {{8, 100, 7}, {8, 7, 20}}), R"(
equation  bij,bjk->bik
shapes    8x100x7, 8x7x20 -> 8x100x20

label  size  operands  output  role
b         8  #1 #2     yes     batch
i       100  #1        yes     M
j         7  #1 #2     no      K
k        20  #2        yes     N

step  of      equation      shapes                       batch  M  N  K  operations  elements
   1  #1, #2  bij,bjk->bik  8x100x7, 8x7x20 -> 8x100x20  b      i  k  j     112 000    16 000

operations                   112 000 multiply-adds
in one loop over all labels  112 000, as many
largest intermediate         none
order                        the only one
)");
}

TEST(ExplainTest, Chain) {
  EXPECT_EQ(explain("ab,bc,cd,de,ef,fg->ag",
                    {{30, 35}, {35, 15}, {15, 5}, {5, 10}, {10, 20}, {20, 25}}),
            R"(
equation  ab,bc,cd,de,ef,fg->ag
shapes    30x35, 35x15, 15x5, 5x10, 10x20, 20x25 -> 30x25

label  size  operands  output
a        30  #1        yes
b        35  #1 #2     no
c        15  #2 #3     no
d         5  #3 #4     no
e        10  #4 #5     no
f        20  #5 #6     no
g        25  #6        yes

step  of              equation   shapes               batch  M  N  K  operations  elements
   1  #2, #3          bc,cd->bd  35x15, 15x5 -> 35x5  -      b  d  c       2 625       175
   2  #1, step 1      ab,bd->ad  30x35, 35x5 -> 30x5  -      a  d  b       5 250       150
   3  #4, #5          de,ef->df  5x10, 10x20 -> 5x20  -      d  f  e       1 000       100
   4  step 3, #6      df,fg->dg  5x20, 20x25 -> 5x25  -      d  g  f       2 500       125
   5  step 2, step 4  ad,dg->ag  30x5, 5x25 -> 30x25  -      a  g  d       3 750       750

operations                   15 125 multiply-adds
in one loop over all labels  393 750 000, 26 033 times as many
largest intermediate         175 elements
order                        exact search, no order of pairs takes fewer
)");
}

TEST(ExplainTest, Ellipses) {
  // Sizes that are unknown, that stretch, diagonals, and sums of one operand.
  EXPECT_EQ(explain("...iij,j...,xj->...i",
                    {{1, kDynamic, 3, 3, 4}, {4, 2, kDynamic}, {9, 4}}),
            R"(
equation  ...iij,j...,xj->...i
shapes    1x?x3x3x4, 4x2x?, 9x4 -> 2x?x3

label  size  operands        output
...1      2  #1 (size 1) #2  yes
...0      ?  #1 #2           yes
i         3  #1 (diagonal)   yes
j         4  #1 #2 #3        no
x         9  #3              no

step  of          equation            letters        shapes                     batch  M          N     K  summed first  operations  elements
   1  #2, #3      jab,xj->jab         a=...1 b=...0  4x2x?, 9x4 -> 4x2x?        j      ...1 ...0  -     -  x                    512       512
   2  #1, step 1  (size 1 stretches)  -              1x?x3x3x4, 4x2x? -> 2x?x3  ...0   i          ...1  j  -                  1 536       384

operations                   2 048 multiply-adds
in one loop over all labels  13 824, 6.8 times as many
largest intermediate         512 elements
order                        exact search, no order of pairs takes fewer

? is a size that is not known; it counts as 64.
)");
}

TEST(ExplainTest, OneOperand) {
  std::string explained = explain("iji", {{3, 4, 3}});
  EXPECT_EQ(explained, R"(
equation  iji->j
shapes    3x4x3 -> 4

label  size  operands       output  role
i         3  #1 (diagonal)  no      summed
j         4  #1             yes     kept

step  of  equation  shapes      kept  summed  operations  elements
   1  #1  iji->j    3x4x3 -> 4  j     i               12         4

operations                   12 additions
in one loop over all labels  12, as many
largest intermediate         none
order                        the only one
)");
}

TEST(ExplainTest, Scalars) {
  std::string explained = explain(",,", {{}, {}, {}});
  EXPECT_EQ(explained, R"(
equation  ,,->
shapes    scalar, scalar, scalar -> scalar

step  of          equation  shapes                    batch  M  N  K  operations  elements
   1  #1, #3      ,->       scalar, scalar -> scalar  -      -  -  -           1         1
   2  step 1, #2  ,->       scalar, scalar -> scalar  -      -  -  -           1         1

operations                   2 multiply-adds
in one loop over all labels  1, 0.50 times as many
largest intermediate         1 element
order                        exact search, no order of pairs takes fewer
)");
}

TEST(ExplainTest, Empty) {
  EXPECT_EQ(explain("i,ij->j", {{0}, {0, 1234567}}), R"(
equation  i,ij->j
shapes    0, 0x1234567 -> 1234567

label       size  operands  output  role
i              0  #1 #2     no      K
j      1 234 567  #2        yes     N

step  of      equation  shapes                   batch  M  N  K  operations   elements
   1  #1, #2  i,ij->j   0, 0x1234567 -> 1234567  -      -  j  i           0  1 234 567

operations                   0 multiply-adds
in one loop over all labels  0, as many
largest intermediate         none
order                        the only one
)");
}

TEST(ExplainTest, HugeSizes) {
  constexpr int64_t size = int64_t(1) << 60;
  EXPECT_EQ(explain("ij,jk", {{size, size}, {size, 1}}), R"(
equation  ij,jk->ik
shapes    1152921504606846976x1152921504606846976, 1152921504606846976x1 -> 1152921504606846976x1

label                       size  operands  output  role
i      1 152 921 504 606 846 976  #1        yes     M
j      1 152 921 504 606 846 976  #1 #2     no      K
k                              1  #2        yes     N

step  of      equation   shapes                                                                                   batch  M  N  K  operations  elements
   1  #1, #2  ij,jk->ik  1152921504606846976x1152921504606846976, 1152921504606846976x1 -> 1152921504606846976x1  -      i  k  j    1.33e+36  1.15e+18

operations                   1.33e+36 multiply-adds
in one loop over all labels  1.33e+36, as many
largest intermediate         none
order                        the only one
)");
}

TEST(ExplainTest, ManyOperands) {
  // More labels than letters in a step, and a search that is not exact.
  std::string explained = explain("...,...,...,...,...,...,...,...,...",
                                  Shapes(9, std::vector<int64_t>(53, 1)));
  EXPECT_NE(explained.find("(more than 52 labels)"), std::string::npos);
  EXPECT_NE(explained.find("greedy search"), std::string::npos);
}
