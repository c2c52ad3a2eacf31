//===- Types.h - Types and state spaces of PTX ------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_TYPES_H
#define MML_TEST_SUPPORT_CUDADRIVER_TYPES_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace mml::ptx {

/// A fundamental type of PTX. The packed types hold two values in 32 bits.
enum class Type : uint8_t {
  Pred,
  B8,
  B16,
  B32,
  B64,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  BF16,
  F32,
  F64,
  F16x2,
  BF16x2,
  U16x2,
  S16x2
};

/// The bytes of a value; 0 for predicates, which are bits.
unsigned getSize(Type type);
bool isSigned(Type type);
/// One of f16, bf16, f32, f64; not the packed types.
bool isFloat(Type type);
/// b, u and s types: those that integer operations take.
bool isInteger(Type type);
/// `s32` and the like, without a dot.
std::optional<Type> parseType(llvm::StringRef name);
llvm::StringRef getName(Type type);

/// Where an address points; a generic address may point anywhere.
enum class Space : uint8_t { Generic, Global, Shared, Local, Const, Param };

std::optional<Space> parseSpace(llvm::StringRef name);
llvm::StringRef getName(Space space);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_TYPES_H
