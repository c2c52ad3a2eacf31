//===- NeonDotKernel.cpp - Products of bytes on AArch64 -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The instructions of NEON take both operands with a sign, which changes
// nothing for codes from 0 to 2. A register has 16 activations of a token, of
// which a step takes one quad after the other, so that there is one load for
// four of them.
//
//===----------------------------------------------------------------------===//

#include "VectorDotKernel.h"

#include "mlir/Dialect/ArmNeon/ArmNeonDialect.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

/// `sdot`, or `smull` and `smlal` for processors without it.
class NeonDotKernel : public VectorDotKernel {
public:
  using VectorDotKernel::VectorDotKernel;

protected:
  int64_t getStepQuads() const override { return kFields; }

  Value arrange(Value codes) override {
    return isPairs() ? shuffle(codes, codes, getHalves(0, kLaneDepth)) : codes;
  }
  Value readQuad(Value tokenTile, Value depthTile, Value row, Value byte,
                 int64_t quad) override;
  Value multiplyAdd(Value sum, Value codes, Value activations) override;

  /// The activations of a token for one step.
  Value readGroup(Value tokenTile, Value depthTile, Value row, Value byte) {
    return load(vector(kGroupDepth, 8), tiles,
                {tokenTile, depthTile, row, byte});
  }
  Value shuffle(Value first, Value second, ArrayRef<int64_t> positions) {
    return vector::ShuffleOp::create(b, loc, first, second, positions);
  }

private:
  /// The bytes of the quads from `first` on, one a lane, `stride` apart: those
  /// of even numbers in one half of a vector, those of odd ones in the other.
  /// Multiplied half by half, both products of a pair are added to one lane.
  SmallVector<int64_t> getHalves(int64_t first, int64_t stride) {
    SmallVector<int64_t> positions;
    for (int64_t half : {0, 1})
      for (int64_t lane = 0; lane < lanes; ++lane)
        for (int64_t pair : {0, 2})
          positions.push_back(first + lane * stride + pair + half);
    return positions;
  }
};

/// `smmla`, which multiplies eight k of two tokens by those of two outputs. A
/// vector of outputs has two of its sums for a pair of tokens. Few tokens take
/// `sdot`.
class NeonMatrixDotKernel : public NeonDotKernel {
public:
  using NeonDotKernel::NeonDotKernel;

private:
  SmallVector<Value> arrangeGroup(ArrayRef<Value> codes) override;
  SmallVector<Value> beginPanel(ArrayRef<Value> sums) override;
  SmallVector<Value> addStep(const PanelStep &step,
                             ValueRange partials) override;
  SmallVector<Value> endPanel(ArrayRef<Value> sums,
                              ArrayRef<Value> partials) override;

  /// The sum of a pair of tokens for one half of a vector of outputs.
  int64_t getPlace(int64_t pair, int64_t vector, int64_t half) const {
    return (pair * vectors + vector) * 2 + half;
  }
  /// Half `half` of each of two vectors.
  Value joinHalves(Value first, Value second, int64_t half) {
    int64_t count = cast<VectorType>(first.getType()).getDimSize(0) / 2;
    SmallVector<int64_t> positions;
    for (int64_t vector : {0, 1})
      for (int64_t i = 0; i < count; ++i)
        positions.push_back((2 * vector + half) * count + i);
    return shuffle(first, second, positions);
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Value NeonDotKernel::readQuad(Value tokenTile, Value depthTile, Value row,
                              Value byte, int64_t quad) {
  // One load for all quads of a step.
  Value group = readGroup(tokenTile, depthTile, row, byte);
  if (isPairs())
    return shuffle(group, group, getHalves(quad * kLaneDepth, 0));
  Value word = vector::ExtractOp::create(b, loc, bitcast(group, getSumsType()),
                                         ArrayRef<int64_t>{quad});
  return bitcast(broadcast(word, getSumsType()), getBytesType());
}

Value NeonDotKernel::multiplyAdd(Value sum, Value codes, Value activations) {
  if (!isPairs())
    return arm_neon::SdotOp::create(b, loc, sum.getType(), sum, codes,
                                    activations);
  int64_t count = 2 * lanes;
  auto getHalf = [&](Value bytes, int64_t half) {
    return vector::ExtractStridedSliceOp::create(
        b, loc, bytes, ArrayRef<int64_t>{half * count},
        ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1});
  };
  for (int64_t half : {0, 1}) {
    Value product =
        arm_neon::SMullOp::create(b, loc, sum.getType(), getHalf(codes, half),
                                  getHalf(activations, half));
    sum = arith::AddIOp::create(b, loc, sum, product);
  }
  return sum;
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

SmallVector<Value> NeonMatrixDotKernel::arrangeGroup(ArrayRef<Value> codes) {
  // Two quads of an output beside each other, two outputs a vector.
  SmallVector<Value> arranged;
  for (int64_t field = 0; field < kFields; field += 2) {
    Value first = bitcast(codes[field], getSumsType()),
          second = bitcast(codes[field + 1], getSumsType());
    for (int64_t lane = 0; lane < lanes; lane += 2)
      arranged.push_back(
          bitcast(shuffle(first, second,
                          {lane, lanes + lane, lane + 1, lanes + lane + 1}),
                  getBytesType()));
  }
  return arranged;
}

SmallVector<Value> NeonMatrixDotKernel::beginPanel(ArrayRef<Value> sums) {
  SmallVector<Value> partials(sums.size());
  for (int64_t pair = 0; 2 * pair < getTokenStep(); ++pair)
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t half : {0, 1})
        partials[getPlace(pair, v, half)] =
            joinHalves(sums[2 * pair * vectors + v],
                       sums[(2 * pair + 1) * vectors + v], half);
  return partials;
}

SmallVector<Value> NeonMatrixDotKernel::endPanel(ArrayRef<Value> sums,
                                                 ArrayRef<Value> partials) {
  SmallVector<Value> results(partials.size());
  for (int64_t pair = 0; 2 * pair < getTokenStep(); ++pair)
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t token : {0, 1})
        results[(2 * pair + token) * vectors + v] =
            joinHalves(partials[getPlace(pair, v, 0)],
                       partials[getPlace(pair, v, 1)], token);
  return results;
}

SmallVector<Value> NeonMatrixDotKernel::addStep(const PanelStep &step,
                                                ValueRange partials) {
  SmallVector<Value> next(partials);
  Value byte = apply(d(0) * kLaneDepth, step.firstQuad);
  SmallVector<Value> groups;
  for (int64_t t = 0; t < getTokenStep(); ++t)
    groups.push_back(
        readGroup(step.tokenTile, step.depthTile, add(step.firstRow, t), byte));
  // Eight k after eight k.
  for (int64_t eight : {0, 1})
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t half : {0, 1}) {
        Value codes = readPanel(step, v, 2 * eight + half);
        for (int64_t pair = 0; 2 * pair < getTokenStep(); ++pair) {
          Value x = joinHalves(groups[2 * pair], groups[2 * pair + 1], eight);
          Value &sum = next[getPlace(pair, v, half)];
          sum = arm_neon::SmmlaOp::create(b, loc, sum.getType(), sum, x, codes);
        }
      }
  return next;
}

std::unique_ptr<DotKernel>
mlir::mml::createNeonDotKernel(OpBuilder &builder, ContractPackedOp op,
                               const DotSchedule &schedule) {
  if (schedule.getTarget().kind == DotKind::NeonMatricesI32)
    return std::make_unique<NeonMatrixDotKernel>(builder, op, schedule);
  return std::make_unique<NeonDotKernel>(builder, op, schedule);
}
