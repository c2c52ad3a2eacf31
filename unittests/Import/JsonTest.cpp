//===- JsonTest.cpp - Tests of untrusted JSON -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Json.h"
#include "KerasFile.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

static std::string repeat(StringRef text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result += text;
  return result;
}

static std::string errorFor(StringRef text, const Limits &limits = Limits()) {
  return errorOf(parseJson(text, limits));
}

TEST(JsonTest, Parses) {
  Expected<json::Value> value =
      parseJson(R"({"a": [1, "[[[[", {"b": null}]})", Limits());
  ASSERT_TRUE(bool(value));
  EXPECT_EQ(value->getAsObject()->getArray("a")->size(), 3u);
}

TEST(JsonTest, RefusesDepth) {
  EXPECT_EQ(errorFor(repeat("[", 200) + repeat("]", 200)), "no error");
  EXPECT_EQ(errorFor(repeat("[", 201) + repeat("]", 201)),
            "JSON nests deeper than 200 levels");
  EXPECT_EQ(errorFor(repeat("[", 5000000)),
            "JSON nests deeper than 200 levels");
  EXPECT_EQ(errorFor(repeat("{\"a\":", 5000000 / 2)),
            "JSON nests deeper than 200 levels");
  // Brackets in strings are not brackets.
  EXPECT_EQ(errorFor("\"" + repeat("[\\\"", 1000) + "\""), "no error");
}

TEST(JsonTest, RefusesSizes) {
  EXPECT_EQ(errorFor("[" + repeat("1,", 1000000) + "1]"),
            "JSON has more than 1000000 values");
  EXPECT_EQ(errorFor("[" + repeat("{\"a\":1},", 60000) + "{}]"),
            "JSON has more than 60000 objects");
  Limits limits;
  limits.jsonBytes = 10;
  EXPECT_EQ(errorFor("[1,2,3,4,5]", limits),
            "expected JSON of at most 10 bytes but got 11");
}

TEST(JsonTest, RefusesFaults) {
  for (StringRef text : {"", "{", "[1,]", "{\"a\" 1}", "\"\xff\"", "[1] 2",
                         "]]]]", "nul", "\"\\"})
    EXPECT_NE(errorFor(text), "no error") << text.str();
}
