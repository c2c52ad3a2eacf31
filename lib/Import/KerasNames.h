//===- KerasNames.h - Names in Keras' config --------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_KERASNAMES_H
#define MML_LIB_IMPORT_KERASNAMES_H

#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>

namespace mml::import {

/// A class as the config names it.
struct ClassName {
  /// Without module and package.
  std::string name;
  /// For messages.
  std::string full;
  /// Of Keras or Keras-MatMulLess.
  bool isKnownPackage = false;
};

/// The class of an object in the config.
ClassName getClassName(const llvm::json::Object &object);

/// Whether the class is one of the models that can be read.
bool isModelClass(const ClassName &className);

/// `DenseMML` is `dense_mml`: the name of a class in the paths of variables.
std::string toSnakeCase(llvm::StringRef className);

/// The element type of an input; none if inputs cannot have it.
std::optional<ElementType> parseElementType(llvm::StringRef name);

/// A shape in JSON: null is dynamic. None if it is not one.
std::optional<Shape> parseShape(const llvm::json::Value *value);

} // namespace mml::import

#endif // MML_LIB_IMPORT_KERASNAMES_H
