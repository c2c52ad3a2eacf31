//===- Types.cpp - Types and state spaces of PTX --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Types.h"

#include <iterator>

using namespace llvm;

namespace mml::ptx {

namespace {

struct TypeInfo {
  Type type;
  const char *name;
  unsigned size;
};

constexpr TypeInfo typeInfos[] = {
    {Type::Pred, "pred", 0},     {Type::B8, "b8", 1},
    {Type::B16, "b16", 2},       {Type::B32, "b32", 4},
    {Type::B64, "b64", 8},       {Type::U8, "u8", 1},
    {Type::U16, "u16", 2},       {Type::U32, "u32", 4},
    {Type::U64, "u64", 8},       {Type::S8, "s8", 1},
    {Type::S16, "s16", 2},       {Type::S32, "s32", 4},
    {Type::S64, "s64", 8},       {Type::F16, "f16", 2},
    {Type::BF16, "bf16", 2},     {Type::F32, "f32", 4},
    {Type::F64, "f64", 8},       {Type::F16x2, "f16x2", 4},
    {Type::BF16x2, "bf16x2", 4}, {Type::U16x2, "u16x2", 4},
    {Type::S16x2, "s16x2", 4},
};

constexpr const char *spaceNames[] = {"generic", "global", "shared",
                                      "local",   "const",  "param"};

} // namespace

unsigned getSize(Type type) { return typeInfos[unsigned(type)].size; }

bool isSigned(Type type) { return type >= Type::S8 && type <= Type::S64; }

bool isFloat(Type type) { return type >= Type::F16 && type <= Type::F64; }

bool isInteger(Type type) { return type >= Type::B8 && type <= Type::S64; }

std::optional<Type> parseType(StringRef name) {
  for (const TypeInfo &info : typeInfos)
    if (name == info.name)
      return info.type;
  return std::nullopt;
}

StringRef getName(Type type) { return typeInfos[unsigned(type)].name; }

std::optional<Space> parseSpace(StringRef name) {
  // The shared memory of the own block has a long name as well.
  if (name == "shared::cta")
    return Space::Shared;
  for (unsigned i = 1; i < std::size(spaceNames); ++i)
    if (name == spaceNames[i])
      return Space(i);
  return std::nullopt;
}

StringRef getName(Space space) { return spaceNames[unsigned(space)]; }

} // namespace mml::ptx
