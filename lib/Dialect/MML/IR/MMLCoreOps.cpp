//===- MMLCoreOps.cpp - Constraints of the core form ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "DestinationStyle.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::mml;

//===----------------------------------------------------------------------===//
// Destination style
//===----------------------------------------------------------------------===//

void mlir::mml::getDestinationStyleEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  if (op.hasPureTensorSemantics())
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand, /*stage=*/0,
                         /*effectOnFullRegion=*/true,
                         SideEffects::DefaultResource::get());
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand, /*stage=*/0,
                           /*effectOnFullRegion=*/true,
                           SideEffects::DefaultResource::get());
  }
}

LogicalResult
mlir::mml::reifyDestinationShapes(DestinationStyleOpInterface op,
                                  OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  for (OpResult result : op->getResults())
    shapes.push_back(tensor::getMixedSizes(builder, op.getLoc(),
                                           op.getTiedOpOperand(result)->get()));
  return success();
}

LogicalResult
mlir::mml::verifyDestinationStyle(DestinationStyleOpInterface op) {
  bool tensors = op.hasPureTensorSemantics();
  if (!tensors && !op.hasPureBufferSemantics())
    return op->emitOpError("expected operands that are all tensors or all "
                           "memrefs");
  if (!tensors)
    return op->getNumResults() == 0
               ? success()
               : op->emitOpError("expected no results with memrefs");
  if (op->getNumResults() != op.getDpsInits().size())
    return op->emitOpError() << "expected " << op.getDpsInits().size()
                             << " results but got " << op->getNumResults();
  for (auto [result, init] : llvm::zip(op->getResults(), op.getDpsInits()))
    if (result.getType() != init.getType())
      return op->emitOpError() << "expected a result of type " << init.getType()
                               << " but got " << result.getType();
  return success();
}

static bool agree(int64_t lhs, int64_t rhs) {
  return ShapedType::isDynamic(lhs) || ShapedType::isDynamic(rhs) || lhs == rhs;
}

//===----------------------------------------------------------------------===//
// ConstantOp and StorageOp
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  return getValue().verifyContents([&] { return emitOpError(); });
}

RankedTensorType mlir::mml::getStorageType(RankedTensorType type) {
  if (auto layout = dyn_cast_or_null<LayoutAttrInterface>(type.getEncoding()))
    return layout.getStorageType(type.getShape());
  return RankedTensorType::get(type.getShape(),
                               IntegerType::get(type.getContext(), 8));
}

LogicalResult StorageOp::verify() {
  // (C1)
  RankedTensorType expected = mlir::mml::getStorageType(getInput().getType());
  if (getResult().getType() == expected)
    return success();
  return emitOpError() << "expected a result of type " << expected
                       << " but got " << getResult().getType();
}

//===----------------------------------------------------------------------===//
// QuantizeOp and TernarizeOp
//===----------------------------------------------------------------------===//

/// Checks that the scales have the shape of `input` without the axes along
/// which they are shared.
static LogicalResult verifyScaleShape(Operation *op, Granularity per,
                                      ArrayRef<int64_t> groupAxes,
                                      ShapedType input, ShapedType scale) {
  SmallVector<int64_t> expected;
  for (auto [axis, size] : llvm::enumerate(input.getShape()))
    if (!llvm::is_contained(groupAxes, static_cast<int64_t>(axis)))
      expected.push_back(size);
  if (succeeded(verifyCompatibleShape(expected, scale.getShape())))
    return success();
  return op->emitOpError() << "expected scales of shape ["
                           << ArrayRef<int64_t>(expected)
                           << "] for per = " << stringifyGranularity(per)
                           << " but got " << scale;
}

/// The axes that one scale of `per` is computed over.
static SmallVector<int64_t> getAxesOf(Granularity per, int64_t rank) {
  switch (per) {
  case Granularity::Token:
    return {rank - 1};
  case Granularity::Channel:
    return llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  case Granularity::Tensor:
    break;
  }
  return llvm::to_vector(llvm::seq<int64_t>(0, rank));
}

SmallVector<int64_t> QuantizeOp::getGroupAxes() {
  if (std::optional<ArrayRef<int64_t>> axes = getAxes())
    return SmallVector<int64_t>(*axes);
  return getAxesOf(getQuantizer().getGranularity(),
                   cast<ShapedType>(getInput().getType()).getRank());
}

SmallVector<int64_t> TernarizeOp::getGroupAxes() {
  return getAxesOf(getQuantizer().getGranularity(),
                   cast<ShapedType>(getInput().getType()).getRank());
}

/// Checks the axes that share a scale.
static LogicalResult verifyGroupAxes(QuantizeOp op, int64_t rank) {
  std::optional<ArrayRef<int64_t>> axes = op.getAxes();
  if (!axes)
    return success();
  if (op.getQuantizer().getGranularity() != Granularity::Token)
    return op.emitOpError() << "expected axes only with per = token but got "
                            << op.getQuantizer();
  for (auto [index, axis] : llvm::enumerate(*axes)) {
    if (axis < 0 || axis >= rank)
      return op.emitOpError() << "expected an axis from 0 to " << rank - 1
                              << " but got " << axis;
    if (index > 0 && (*axes)[index - 1] >= axis)
      return op.emitOpError() << "expected ascending axes but got " << axis
                              << " behind " << (*axes)[index - 1];
  }
  return success();
}

LogicalResult QuantizeOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto output = cast<ShapedType>(getOutput().getType());
  // (C1)
  if (!getQuantizer().getQuantizedType().isInteger(8))
    return emitOpError() << "expected a quantizer to integers but got "
                         << getQuantizer();
  // (C2)
  if (input.getRank() < 1 ||
      failed(verifyCompatibleShape(input.getShape(), output.getShape())))
    return emitOpError() << "expected integers of the shape of " << input
                         << ", of rank 1 or more, but got " << output;
  // (C5)
  if (failed(verifyGroupAxes(*this, input.getRank())))
    return failure();
  // (C3)
  if (failed(verifyScaleShape(*this, getQuantizer().getGranularity(),
                              getGroupAxes(), input,
                              cast<ShapedType>(getScale().getType()))))
    return failure();
  // (C4)
  return verifyDestinationStyle(*this);
}

LogicalResult TernarizeOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto output = cast<ShapedType>(getOutput().getType());
  // (C1)
  if (!isa<TritType>(getQuantizer().getQuantizedType()))
    return emitOpError() << "expected a quantizer to trits but got "
                         << getQuantizer();
  // (C2)
  if (input.getRank() < 1 ||
      failed(verifyCompatibleShape(input.getShape(), output.getShape())))
    return emitOpError() << "expected trits of the shape of " << input
                         << ", of rank 1 or more, but got " << output;
  if (auto tensor = dyn_cast<RankedTensorType>(output))
    if (tensor.getEncoding())
      return emitOpError() << "expected trits without an encoding but got "
                           << output;
  // (C3)
  if (failed(verifyScaleShape(*this, getQuantizer().getGranularity(),
                              getGroupAxes(), input,
                              cast<ShapedType>(getScale().getType()))))
    return failure();
  // (C4)
  return verifyDestinationStyle(*this);
}

//===----------------------------------------------------------------------===//
// ContractOp
//===----------------------------------------------------------------------===//

LogicalResult mlir::mml::verifyBound(Operation *op, int64_t bound,
                                     int64_t depth) {
  constexpr int64_t kMaxBound = 128;
  constexpr int64_t kMaxSum = std::numeric_limits<int32_t>::max();
  if (bound < 1 || bound > kMaxBound)
    return op->emitOpError() << "expected a bound from 1 to " << kMaxBound
                             << " but got " << bound;
  if (ShapedType::isDynamic(depth))
    return op->emitOpError() << "expected a static number of products, whose "
                                "sum is proved to fit an i32";
  if (depth > kMaxSum / bound)
    return op->emitOpError() << "expected a sum of at most " << kMaxSum / bound
                             << " products of magnitude " << bound
                             << ", which fits an i32, but got " << depth;
  return success();
}

bool ContractOp::isBatched() {
  return cast<ShapedType>(getLhs().getType()).getRank() == 3;
}

LogicalResult ContractOp::verify() {
  auto lhs = cast<ShapedType>(getLhs().getType());
  auto rhs = cast<ShapedType>(getRhs().getType());
  auto out = cast<ShapedType>(getOut().getType());
  // (C1)
  int64_t rank = lhs.getRank();
  if ((rank != 2 && rank != 3) || rhs.getRank() != rank ||
      out.getRank() != rank)
    return emitOpError() << "expected operands of rank 2, or all of rank 3, "
                            "but got "
                         << lhs << ", " << rhs << " and " << out;
  bool agreeInBatch =
      rank == 2 || (agree(lhs.getDimSize(0), rhs.getDimSize(0)) &&
                    agree(lhs.getDimSize(0), out.getDimSize(0)) &&
                    agree(rhs.getDimSize(0), out.getDimSize(0)));
  if (!agreeInBatch ||
      !agree(lhs.getDimSize(rank - 1), rhs.getDimSize(rank - 2)) ||
      !agree(lhs.getDimSize(rank - 2), out.getDimSize(rank - 2)) ||
      !agree(rhs.getDimSize(rank - 1), out.getDimSize(rank - 1)))
    return emitOpError() << "expected shapes N x K, K x M and N x M"
                         << (rank == 3 ? " behind the batch" : "")
                         << " but got " << lhs << ", " << rhs << " and " << out;
  // (C2)
  bool isInteger = lhs.getElementType().isInteger(8);
  if (isInteger != out.getElementType().isInteger(32))
    return emitOpError() << "expected an out of " << (isInteger ? "i32" : "f32")
                         << " with an lhs of " << lhs.getElementType()
                         << " but got " << out.getElementType();
  if (isInteger != getBound().has_value())
    return emitOpError() << "expected a bound with integers, and only there";
  // (C3)
  if (isInteger) {
    int64_t depth = rhs.getDimSize(rank - 2);
    if (ShapedType::isDynamic(depth))
      depth = lhs.getDimSize(rank - 1);
    if (failed(verifyBound(*this, *getBound(), depth)))
      return failure();
  }
  // (C4)
  return verifyDestinationStyle(*this);
}

//===----------------------------------------------------------------------===//
// RescaleOp
//===----------------------------------------------------------------------===//

/// Checks one of the two scales: rank 0, or the shape of the input without
/// `axis`.
static LogicalResult verifyScale(RescaleOp op, StringRef what, Value scale,
                                 bool hasDirection, ShapedType input,
                                 int64_t axis) {
  // (C3)
  if (static_cast<bool>(scale) != hasDirection)
    return op.emitOpError() << "expected a direction with a " << what
                            << " scale, and only there";
  if (!scale)
    return success();
  // (C2)
  SmallVector<int64_t> expected(input.getShape());
  expected.erase(expected.begin() + axis);
  auto type = cast<ShapedType>(scale.getType());
  if (type.getRank() == 0 ||
      succeeded(verifyCompatibleShape(type.getShape(), expected)))
    return success();
  return op.emitOpError() << "expected a " << what
                          << " scale of rank 0 or of shape ["
                          << ArrayRef<int64_t>(expected) << "] but got "
                          << type;
}

LogicalResult RescaleOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto out = cast<ShapedType>(getOut().getType());
  int64_t rank = input.getRank();
  // (C1)
  if ((rank != 2 && rank != 3) ||
      failed(verifyCompatibleShape(input.getShape(), out.getShape())))
    return emitOpError() << "expected an input and an out of rank 2 or 3 and "
                            "the same shape but got "
                         << input << " and " << out;
  // (C2)
  if (!getRowScale() && !getColumnScale())
    return emitOpError() << "expected a row scale or a column scale";
  if (failed(verifyScale(*this, "row", getRowScale(),
                         getRowDirection().has_value(), input, rank - 1)) ||
      failed(verifyScale(*this, "column", getColumnScale(),
                         getColumnDirection().has_value(), input, rank - 2)))
    return failure();
  // (C4)
  return verifyDestinationStyle(*this);
}
