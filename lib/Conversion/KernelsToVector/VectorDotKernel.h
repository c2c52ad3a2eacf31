//===- VectorDotKernel.h - Products of bytes on vectors ---------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_CONVERSION_KERNELSTOVECTOR_VECTORDOTKERNEL_H
#define MML_LIB_CONVERSION_KERNELSTOVECTOR_VECTORDOTKERNEL_H

#include "DotKernel.h"

namespace mlir::mml {

/// The lanes of a vector are outputs, each with four consecutive k in the bytes
/// of 32 bits, as the instructions multiply and add them. An activation quad is
/// in every lane.
class VectorDotKernel : public DotKernel {
public:
  using DotKernel::DotKernel;

protected:
  void sumDirect(Value block, int64_t count) override;
  void sumPanel(Value block, const Chunk &chunk) override;

  bool isPairs() const { return schedule.isPairs(); }
  /// Tokens whose sums are in registers at once.
  int64_t getTokenStep() const { return schedule.getTokensAtOnce(); }

  /// The quads of codes of a panel that a step of its loop multiplies.
  virtual int64_t getStepQuads() const { return 1; }

  /// The activations `quad` of those from `byte` on, in every lane.
  virtual Value readQuad(Value tokenTile, Value depthTile, Value row,
                         Value byte, int64_t quad);

  /// Adds the products of the bytes of each lane to `sum`; `codes` are
  /// arranged.
  virtual Value multiplyAdd(Value sum, Value codes, Value activations);

  /// Where a step of the loop over a panel is.
  struct PanelStep {
    /// The first token, by its tile and its row there.
    Value tokenTile, firstRow;
    /// The first k, by its tile among activations and in the panel, and by its
    /// quad there.
    Value depthTile, slot, firstQuad;
  };

  /// The codes of a vector of outputs.
  Value readPanel(const PanelStep &step, int64_t vector, int64_t quad) {
    return load(
        getBytesType(), panel,
        {step.slot, index(vector), add(step.firstQuad, quad), index(0)});
  }

  /// What the sums of a panel's tokens are while it is added to them: at first,
  /// after a step, and at the end what it is in sums.
  virtual SmallVector<Value> beginPanel(ArrayRef<Value> sums);
  virtual SmallVector<Value> addStep(const PanelStep &step,
                                     ValueRange partials);
  virtual SmallVector<Value> endPanel(ArrayRef<Value> sums,
                                      ArrayRef<Value> partials);

  /// Writes the sums of `count` tokens from `firstRow` of a tile on, where they
  /// are whole to the result.
  void store(Value block, Value tokenTile, Value firstRow, int64_t count,
             ArrayRef<Value> sums, bool areWhole);

private:
  VectorType getPartialType() {
    return isPairs() ? vector(2 * lanes, 16) : getSumsType();
  }

  /// Adds the first `groupCount` groups of a tile of depth to sums.
  SmallVector<Value> sumTile(Value block, Value tile, int64_t groupCount,
                             int64_t tokens, ValueRange sums);

  /// What partial sums add up to in i32.
  Value widen(Value partial);
};

} // namespace mlir::mml

#endif // MML_LIB_CONVERSION_KERNELSTOVECTOR_VECTORDOTKERNEL_H
