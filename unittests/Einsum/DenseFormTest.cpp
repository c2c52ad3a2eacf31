//===- DenseFormTest.cpp - Equations of dense layers ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EinsumTest.h"

#include "mml/Einsum/DenseForm.h"

#include "gtest/gtest.h"

using namespace mml::einsum;
using namespace mml::einsum::test;

static std::string getDenseFault(llvm::StringRef text) {
  return getMessage(checkDenseForm(parse(text)));
}

TEST(DenseFormTest, TellsTheSideOfTheEllipsis) {
  EXPECT_EQ(llvm::cantFail(checkDenseForm(parse("ab,bc->ac"))),
            EllipsisSide::None);
  EXPECT_EQ(llvm::cantFail(checkDenseForm(parse("bqhd,bkhd->bhqk"))),
            EllipsisSide::None);
  EXPECT_EQ(llvm::cantFail(checkDenseForm(parse("...x,yx->...y"))),
            EllipsisSide::Left);
  EXPECT_EQ(llvm::cantFail(checkDenseForm(parse("abd...,dbe->ae..."))),
            EllipsisSide::Right);
}

TEST(DenseFormTest, RefusesOtherForms) {
  for (llvm::StringRef text :
       {"ab->a", "ab,bc,cd->ad", "ab,...bc->ac...", "...ab,bc->ac...",
        "a...b,bc->a...c", "ab,bc->", ",ab->ab", "ab,->ab", "a...,ab->b...",
        "...,a->...a"}) {
    std::string canonical = parse(text).str();
    EXPECT_EQ(getDenseFault(text),
              "column 1: expected an equation of the form 'ab,bc->ac', "
              "'...ab,bc->...ac' or 'ab...,bc->ac...' but got '" +
                  canonical + "'");
  }
}

TEST(DenseFormTest, RefusesLabelsOfTheKernelAlone) {
  EXPECT_EQ(getDenseFault("ab,bcd->ac"),
            "column 6: expected label 'd' of the kernel in the input or the "
            "output of 'ab,bcd->ac'");
}
