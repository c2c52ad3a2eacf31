//===- KerasCalls.h - Who takes whose results -------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_KERASCALLS_H
#define MML_LIB_IMPORT_KERASCALLS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <vector>

namespace mml::import {

/// A tensor as the config names it; nothing is checked yet.
struct RawTensor {
  llvm::StringRef layer;
  int64_t call = 0;
  int64_t result = 0;
};

/// The tensors that a call takes, or that a model takes or gives. The names
/// live as long as the JSON.
using RawTensors = llvm::SmallVector<RawTensor, 2>;

/// The calls in a layer's `inbound_nodes`, each with one tensor or more. An
/// argument that could change the result is an error.
llvm::Expected<std::vector<RawTensors>>
parseCalls(const llvm::json::Value *nodes);

/// The tensors in `input_layers` or `output_layers`: one, a list, or a
/// dictionary, which Keras orders by its keys. At least one.
llvm::Expected<RawTensors> parseEnds(const llvm::json::Value *ends);

} // namespace mml::import

#endif // MML_LIB_IMPORT_KERASCALLS_H
