//===- LoraReader.h - Low-rank adapters in files of their own ---*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keras merges a low-rank adapter (arXiv 2106.09685) into the kernel when it
// saves a model. An HDF5 file (.h5) that has the factors apart is one of
//
//   <layer>/lora_kernel_a   float, the kernel's shape with the rank in place of
//                           the last axis
//   <layer>/lora_kernel_b   float, rank x last axis
//   <layer>/lora_alpha      one number, optional: the rank, as in Keras
//
// where <layer> is a layer's name, with those of the models around it, or what
// KerasHub's `save_lora_weights` writes:
//
//   lora/vars/rank          one number
//   lora/<i>/vars/lora_kernel_a, lora/<i>/vars/lora_kernel_b
//
// where <i> counts the model's layers that have weights, from 0.
//
//===----------------------------------------------------------------------===//

#ifndef MML_IMPORT_LORAREADER_H
#define MML_IMPORT_LORAREADER_H

#include "mml/Import/Limits.h"
#include "mml/Import/ModelGraph.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mml::import {

/// Gives the adapters in `file` to the layers of `model`, which are Dense or
/// EinsumDense with a float kernel and without a merged adapter. An error, in
/// one line that begins with the buffer's identifier, where a layer is not
/// there or takes no adapter, where a shape is not the layer's, and where
/// something in the file belongs to no layer.
llvm::Error readLora(llvm::MemoryBufferRef file, Model &model,
                     const Limits &limits = Limits());

} // namespace mml::import

#endif // MML_IMPORT_LORAREADER_H
