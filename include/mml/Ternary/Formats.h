//===- Formats.h - Trits as model files store them --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Decoders and encoders of the two formats that Keras files hold. A decoder
/// takes exactly what the encoder of the format writes: data that end early,
/// invalid codes, padding that is not zero and bytes after the end are errors,
/// and nothing is allocated before the sizes agree.
///
//===----------------------------------------------------------------------===//

#ifndef MML_TERNARY_FORMATS_H
#define MML_TERNARY_FORMATS_H

#include "mml/Ternary/Trit.h"

namespace mml::ternary {

/// Keras 3.16 `pack_ternary` of a kernel [k, m]: uint8 of the shape
/// [ceil(k / 5), m], where the byte at [r, c] is the sum of code_i * 3^i over
/// the five trits at [5r + i, c]; trits beyond k are 0.
llvm::Expected<TritArray> decodeKerasPacked(llvm::ArrayRef<uint8_t> bytes,
                                            int64_t k, int64_t m);

/// The bytes of the kernel `trits`, which has k * m elements.
std::vector<uint8_t> encodeKerasPacked(TritView trits, int64_t k, int64_t m);

/// keras_mml `encode_ternary_array` of `count` trits: a stream of bits, the
/// most significant of a byte first. A header names the two most frequent
/// trits, each by its code (`0` is 0, `10` is +1, `11` is -1); each element
/// follows by its rank in frequency (`0`, `10`, `11`); zero bits fill the last
/// byte.
llvm::Expected<TritArray> decodeKerasMML(llvm::ArrayRef<uint8_t> bytes,
                                         size_t count);

/// The bytes of `trits`. Equally frequent trits rank by their first
/// occurrence, those that do not occur as 0, +1, -1.
std::vector<uint8_t> encodeKerasMML(TritView trits);

} // namespace mml::ternary

#endif // MML_TERNARY_FORMATS_H
