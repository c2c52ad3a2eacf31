//===- EinsumTest.h - Helpers of the tests of equations ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_UNITTESTS_EINSUM_EINSUMTEST_H
#define MML_UNITTESTS_EINSUM_EINSUMTEST_H

#include "mml/Einsum/Contraction.h"

#include "llvm/ADT/SmallVectorExtras.h"

#include <string>
#include <vector>

namespace mml::einsum::test {

using Shapes = std::vector<std::vector<int64_t>>;

/// `column 4: expected ...`, or nothing where there is no error.
template <class T> std::string getMessage(llvm::Expected<T> expected) {
  return expected ? "" : llvm::toString(expected.takeError());
}

/// An equation that is known to parse.
inline Equation parse(llvm::StringRef text) {
  return llvm::cantFail(Equation::parse(text));
}

inline llvm::Expected<Contraction> tryBind(llvm::StringRef text,
                                           const Shapes &shapes) {
  auto views =
      llvm::map_to_vector(shapes, [](const std::vector<int64_t> &shape) {
        return llvm::ArrayRef<int64_t>(shape);
      });
  return Contraction::bind(parse(text), views);
}

/// An equation of operands that it is known to take.
inline Contraction makeContraction(llvm::StringRef text, const Shapes &shapes) {
  return llvm::cantFail(tryBind(text, shapes));
}

} // namespace mml::einsum::test

#endif // MML_UNITTESTS_EINSUM_EINSUMTEST_H
