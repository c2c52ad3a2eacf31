//===- KerasWeightLayers.h - Layers with variables --------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function a class; what a class has in its config and among its variables
// is what its function asks the reader for.
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_IMPORT_KERASWEIGHTLAYERS_H
#define MML_LIB_IMPORT_KERASWEIGHTLAYERS_H

#include "LayerReader.h"
#include "mml/Import/ModelGraph.h"
#include <optional>

namespace mml::import {

LayerOp readBatchNorm(LayerReader &reader);
LayerOp readDense(LayerReader &reader);
LayerOp readDenseMML(LayerReader &reader);
LayerOp readEinsumDense(LayerReader &reader);
LayerOp readEmbedding(LayerReader &reader);
LayerOp readLayerNorm(LayerReader &reader);
LayerOp readPReLU(LayerReader &reader);
LayerOp readPatchEmbedding(LayerReader &reader);
LayerOp readRMSNorm(LayerReader &reader);
LayerOp readTernaryDense(LayerReader &reader);

/// The gated units. GLUMML takes several activations; each of the others is
/// named after the one that it wants.
LayerOp readGLU(LayerReader &reader, std::optional<ternary::Activation> wanted);

} // namespace mml::import

#endif // MML_LIB_IMPORT_KERASWEIGHTLAYERS_H
