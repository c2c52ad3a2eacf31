//===- Stages.h - What the pipelines have in common -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_PIPELINES_STAGES_H
#define MML_LIB_PIPELINES_STAGES_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::mml {

/// Folds what the last step left to fold. On tensors, equal destinations stay
/// apart: as one value they would be copied for all of their uses but one.
void addTensorCleanup(OpPassManager &pm);

/// The same on memrefs, where equal operations are merged.
void addBufferCleanup(OpPassManager &pm);

/// From any tensors to the layer form; `nameLayers`: for a profile.
void addLayerStage(OpPassManager &pm, bool nameLayers = false);

/// From the layer form to the core form.
void addCoreStage(OpPassManager &pm);

/// From tensors to memrefs; functions take and return contiguous ones.
void addBufferization(OpPassManager &pm);

/// Frees buffers where they are used last; `hoist`: allocates those of loops
/// once, before them.
void addDeallocation(OpPassManager &pm, bool hoist = false);

} // namespace mlir::mml

#endif // MML_LIB_PIPELINES_STAGES_H
