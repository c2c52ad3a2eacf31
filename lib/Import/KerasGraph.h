//===- KerasGraph.h - Models of layers in Keras' config ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_KERASGRAPH_H
#define MML_LIB_IMPORT_KERASGRAPH_H

#include "mml/Import/Hdf5File.h"
#include "mml/Import/Limits.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace mml::import {

/// Builds the model that `config` (the content of config.json) describes, with
/// the variables in `weights`, which it takes. Errors begin with `file`.
llvm::Expected<Model> readKerasModel(const llvm::json::Value &config,
                                     Hdf5File &weights, llvm::StringRef file,
                                     const Limits &limits);

} // namespace mml::import

#endif // MML_LIB_IMPORT_KERASGRAPH_H
