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

/// The constraint that operands are all tensors or all memrefs, and that the
/// results of an operation on tensors have the types of the destinations.
static LogicalResult verifyDestinationStyle(DestinationStyleOpInterface op) {
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

/// Checks the shape of the scales of `input`; `axis` is the axis that `per`
/// leaves out (token) or keeps (channel).
static LogicalResult verifyScaleShape(Operation *op, Granularity per,
                                      ShapedType input, ShapedType scale) {
  ArrayRef<int64_t> expected;
  if (per == Granularity::Token)
    expected = input.getShape().drop_back();
  else if (per == Granularity::Channel)
    expected = input.getShape().take_back();
  if (succeeded(verifyCompatibleShape(expected, scale.getShape())))
    return success();
  return op->emitOpError() << "expected scales of shape [" << expected
                           << "] for per = " << stringifyGranularity(per)
                           << " but got " << scale;
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
  // (C3)
  if (failed(verifyScaleShape(*this, getQuantizer().getGranularity(), input,
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
  if (input.getRank() != 2 ||
      failed(verifyCompatibleShape(input.getShape(), output.getShape())))
    return emitOpError() << "expected trits of the shape of " << input
                         << ", of rank 2, but got " << output;
  if (auto tensor = dyn_cast<RankedTensorType>(output))
    if (tensor.getEncoding())
      return emitOpError() << "expected trits without an encoding but got "
                           << output;
  // (C3)
  if (failed(verifyScaleShape(*this, getQuantizer().getGranularity(), input,
                              cast<ShapedType>(getScale().getType()))))
    return failure();
  // (C4)
  return verifyDestinationStyle(*this);
}

//===----------------------------------------------------------------------===//
// ContractOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyBound(ContractOp op, int64_t depth) {
  constexpr int64_t kMaxBound = 128;
  constexpr int64_t kMaxSum = std::numeric_limits<int32_t>::max();
  int64_t bound = *op.getBound();
  if (bound < 1 || bound > kMaxBound)
    return op.emitOpError() << "expected a bound from 1 to " << kMaxBound
                            << " but got " << bound;
  if (ShapedType::isDynamic(depth))
    return op.emitOpError() << "expected a static number of products, whose "
                               "sum is proved to fit an i32";
  if (depth > kMaxSum / bound)
    return op.emitOpError() << "expected a sum of at most " << kMaxSum / bound
                            << " products of magnitude " << bound
                            << ", which fits an i32, but got " << depth;
  return success();
}

LogicalResult ContractOp::verify() {
  auto lhs = cast<ShapedType>(getLhs().getType());
  auto rhs = cast<ShapedType>(getRhs().getType());
  auto out = cast<ShapedType>(getOut().getType());
  // (C1)
  if (lhs.getRank() != 2 || rhs.getRank() != 2 || out.getRank() != 2)
    return emitOpError() << "expected operands of rank 2 but got " << lhs
                         << ", " << rhs << " and " << out;
  if (!agree(lhs.getDimSize(1), rhs.getDimSize(0)) ||
      !agree(lhs.getDimSize(0), out.getDimSize(0)) ||
      !agree(rhs.getDimSize(1), out.getDimSize(1)))
    return emitOpError() << "expected shapes N x K, K x M and N x M but got "
                         << lhs << ", " << rhs << " and " << out;
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
    int64_t depth = ShapedType::isDynamic(rhs.getDimSize(0))
                        ? lhs.getDimSize(1)
                        : rhs.getDimSize(0);
    if (failed(verifyBound(*this, depth)))
      return failure();
  }
  // (C4)
  return verifyDestinationStyle(*this);
}

//===----------------------------------------------------------------------===//
// RescaleOp
//===----------------------------------------------------------------------===//

/// Checks one of the two scales: rank 0, or the size of an axis.
static LogicalResult verifyScale(RescaleOp op, StringRef what, Value scale,
                                 bool hasDirection, int64_t size) {
  // (C3)
  if (static_cast<bool>(scale) != hasDirection)
    return op.emitOpError() << "expected a direction with a " << what
                            << " scale, and only there";
  if (!scale)
    return success();
  // (C2)
  auto type = cast<ShapedType>(scale.getType());
  if (type.getRank() == 0 ||
      (type.getRank() == 1 && agree(type.getDimSize(0), size)))
    return success();
  return op.emitOpError() << "expected a " << what
                          << " scale of rank 0 or of shape [" << size
                          << "] but got " << type;
}

LogicalResult RescaleOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto out = cast<ShapedType>(getOut().getType());
  // (C1)
  if (input.getRank() != 2 ||
      failed(verifyCompatibleShape(input.getShape(), out.getShape())))
    return emitOpError() << "expected an input and an out of rank 2 and the "
                            "same shape but got "
                         << input << " and " << out;
  // (C2)
  if (!getRowScale() && !getColumnScale())
    return emitOpError() << "expected a row scale or a column scale";
  if (failed(verifyScale(*this, "row", getRowScale(),
                         getRowDirection().has_value(), input.getDimSize(0))) ||
      failed(verifyScale(*this, "column", getColumnScale(),
                         getColumnDirection().has_value(),
                         input.getDimSize(1))))
    return failure();
  // (C4)
  return verifyDestinationStyle(*this);
}
