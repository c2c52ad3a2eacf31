//===- KerasReader.h - Models in .keras files -------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_KERASREADER_H
#define MML_IMPORT_KERASREADER_H

#include "mml/Import/Limits.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mml::import {

/// Reads a model saved by Keras 3, with layers of Keras and Keras-MatMulLess.
///
/// Whatever is in `file`, the result is a model that computes what Keras
/// computes at inference, or an error in one line that begins with the buffer's
/// identifier and names the layer and the variable or option at fault. An
/// option that this reader does not know is an error unless it is null.
llvm::Expected<Model> readKeras(llvm::MemoryBufferRef file,
                                const Limits &limits = Limits());

/// Classes of layers that `readKeras` knows, besides the models `Sequential`
/// and `Functional`, in alphabetical order.
llvm::ArrayRef<llvm::StringRef> getKerasLayerNames();

} // namespace mml::import

#endif // MML_IMPORT_KERASREADER_H
