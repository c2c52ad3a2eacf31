//===- MMLKernelOps.cpp - Contractions in packed layouts ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DestinationStyle.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::mml;

/// Whether `values` have the shapes and elements of `expected`, as far as both
/// are known.
static bool haveTypes(ValueRange values, ArrayRef<RankedTensorType> expected) {
  if (values.size() != expected.size())
    return false;
  return llvm::all_of(llvm::zip_equal(values, expected), [](auto pair) {
    auto [value, type] = pair;
    auto actual = cast<ShapedType>(value.getType());
    return actual.getElementType() == type.getElementType() &&
           succeeded(verifyCompatibleShape(actual.getShape(), type.getShape()));
  });
}

/// The error that `values` do not have the types that the layout wants.
static LogicalResult refuseActivations(Operation *op, ValueRange values,
                                       ArrayRef<RankedTensorType> expected) {
  InFlightDiagnostic diag = op->emitOpError("expected activations of ");
  llvm::interleaveComma(expected, diag);
  diag << " but got ";
  llvm::interleaveComma(values.getTypes(), diag);
  return diag;
}

/// A part of `source` along its leading axes, the whole of the others.
static Value sliceLeading(OpBuilder &builder, Location loc, Value source,
                          ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes,
                          SmallVectorImpl<Operation *> &slices) {
  SmallVector<OpFoldResult> allSizes =
      tensor::getMixedSizes(builder, loc, source);
  SmallVector<OpFoldResult> allOffsets(allSizes.size(),
                                       builder.getIndexAttr(0)),
      strides(allSizes.size(), builder.getIndexAttr(1));
  llvm::copy(offsets, allOffsets.begin());
  llvm::copy(sizes, allSizes.begin());
  auto op = tensor::ExtractSliceOp::create(builder, loc, source, allOffsets,
                                           allSizes, strides);
  slices.push_back(op);
  return op;
}

//===----------------------------------------------------------------------===//
// PackActivationsOp
//===----------------------------------------------------------------------===//

LogicalResult PackActivationsOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  // (C1)
  if (input.getRank() != 2 || input.isDynamicDim(1))
    return emitOpError() << "expected an input of rank 2 and a static depth "
                            "but got "
                         << input;
  // (C2)
  if (getLayout().takesFloats())
    return emitOpError() << "expected a layout of i8 but got " << getLayout();
  SmallVector<RankedTensorType> expected =
      getLayout().getActivationTypes(input.getDimSize(0), input.getDimSize(1));
  if (!haveTypes(getOuts(), expected))
    return refuseActivations(*this, getOuts(), expected);
  // (C3)
  return verifyDestinationStyle(*this);
}

// The iteration space is the tiles of tokens.

SmallVector<utils::IteratorType> PackActivationsOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel};
}

SmallVector<Range> PackActivationsOp::getIterationDomain(OpBuilder &builder) {
  return {{builder.getIndexAttr(0),
           tensor::getMixedSize(builder, getLoc(), getOuts()[0], 0),
           builder.getIndexAttr(1)}};
}

FailureOr<TilingResult>
PackActivationsOp::getTiledImplementation(OpBuilder &builder,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) {
  if (!hasPureTensorSemantics())
    return failure();
  TilingResult result;
  int64_t tile = getLayout().getTokenTile();
  AffineExpr offset = builder.getAffineDimExpr(0),
             size = builder.getAffineDimExpr(1),
             tokens = builder.getAffineDimExpr(2);
  OpFoldResult first = affine::makeComposedFoldedAffineApply(
      builder, getLoc(), offset * tile, offsets[0]);
  // The last tile may have fewer tokens.
  OpFoldResult count = affine::makeComposedFoldedAffineMin(
      builder, getLoc(),
      AffineMap::get(3, 0, {size * tile, tokens - offset * tile},
                     builder.getContext()),
      {offsets[0], sizes[0],
       tensor::getMixedSize(builder, getLoc(), getInput(), 0)});
  Value input = sliceLeading(builder, getLoc(), getInput(), first, count,
                             result.generatedSlices);
  SmallVector<Value> outs;
  for (Value out : getOuts())
    outs.push_back(sliceLeading(builder, getLoc(), out, offsets, sizes,
                                result.generatedSlices));
  auto tiled = PackActivationsOp::create(
      builder, getLoc(), ValueRange(outs).getTypes(), getLayout(), input, outs);
  result.tiledOps.push_back(tiled);
  llvm::append_range(result.tiledValues, tiled.getResults());
  return result;
}

LogicalResult PackActivationsOp::getResultTilePosition(
    OpBuilder &builder, unsigned resultNumber, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultSizes =
      tensor::getMixedSizes(builder, getLoc(), getOuts()[resultNumber]);
  resultOffsets.assign(resultSizes.size(), builder.getIndexAttr(0));
  resultSizes.front() = sizes.front();
  resultOffsets.front() = offsets.front();
  return success();
}

FailureOr<TilingResult>
PackActivationsOp::generateResultTileValue(OpBuilder &builder, unsigned number,
                                           ArrayRef<OpFoldResult> offsets,
                                           ArrayRef<OpFoldResult> sizes) {
  FailureOr<TilingResult> result =
      getTiledImplementation(builder, offsets.front(), sizes.front());
  if (succeeded(result))
    result->tiledValues = {result->tiledValues[number]};
  return result;
}

//===----------------------------------------------------------------------===//
// ContractPackedOp
//===----------------------------------------------------------------------===//

/// Checks the activations of `op`, whose kernel is `storage`. Less depth than
/// `mostDepth` may need as much of it.
static LogicalResult verifyActivations(ContractPackedOp op, int64_t mostDepth,
                                       RankedTensorType storage) {
  KernelLayoutAttrInterface layout = op.getLayout();
  int64_t tokens = cast<ShapedType>(op.getOut().getType()).getDimSize(0);
  int64_t outputs = storage.getDimSize(0) * layout.getBlockRows();
  for (int64_t depth = mostDepth;
       depth > 0 && layout.getStorageType({depth, outputs}) == storage; --depth)
    if (haveTypes(op.getActivations(),
                  layout.getActivationTypes(tokens, depth)))
      return success();
  return refuseActivations(op, op.getActivations(),
                           layout.getActivationTypes(tokens, mostDepth));
}

LogicalResult ContractPackedOp::verify() {
  auto out = cast<ShapedType>(getOut().getType());
  auto kernel = cast<ShapedType>(getKernel().getType());
  bool isFloat = getLayout().takesFloats();
  // (C1)
  if (out.getRank() != 2 || out.getElementType().isF32() != isFloat)
    return emitOpError() << "expected an out of " << (isFloat ? "f32" : "i32")
                         << " and rank 2 but got " << out;
  // (C2)
  int64_t rows = getLayout().getBlockRows(), outputs = out.getDimSize(1);
  if (kernel.getRank() != 3 || kernel.isDynamicDim(1))
    return emitOpError() << "expected a kernel of rank 3 and a static depth "
                            "but got "
                         << kernel;
  int64_t depth = getLayout().getStorageDepth(kernel.getShape());
  RankedTensorType storage = getLayout().getStorageType(
      {depth, ShapedType::isDynamic(outputs) ? rows : outputs});
  SmallVector<int64_t> shape(storage.getShape());
  if (ShapedType::isDynamic(outputs))
    shape.front() = ShapedType::kDynamic;
  if (kernel.getElementType() != storage.getElementType() ||
      failed(verifyCompatibleShape(kernel.getShape(), shape)))
    return emitOpError() << "expected a kernel of " << storage.clone(shape)
                         << " but got " << kernel;
  // (C3)
  if (failed(verifyActivations(*this, depth, storage)))
    return failure();
  // (C4)
  if (isFloat == getBound().has_value())
    return emitOpError() << "expected a bound with integers, and only there";
  if (!isFloat && failed(verifyBound(*this, *getBound(), depth)))
    return failure();
  // (C5)
  return verifyDestinationStyle(*this);
}

// The iteration space is n, m: a tile has the whole depth.

SmallVector<utils::IteratorType> ContractPackedOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::parallel};
}

SmallVector<Range> ContractPackedOp::getIterationDomain(OpBuilder &builder) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  return {{zero, tensor::getMixedSize(builder, getLoc(), getOut(), 0), one},
          {zero, tensor::getMixedSize(builder, getLoc(), getOut(), 1), one}};
}

FailureOr<TilingResult>
ContractPackedOp::getTiledImplementation(OpBuilder &builder,
                                         ArrayRef<OpFoldResult> offsets,
                                         ArrayRef<OpFoldResult> sizes) {
  if (!hasPureTensorSemantics())
    return failure();
  TilingResult result;
  auto slice = [&](Value source, ArrayRef<OpFoldResult> leadingOffsets,
                   ArrayRef<OpFoldResult> leadingSizes) {
    return sliceLeading(builder, getLoc(), source, leadingOffsets, leadingSizes,
                        result.generatedSlices);
  };
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto apply = [&](AffineExpr expr, OpFoldResult operand) {
    return affine::makeComposedFoldedAffineApply(builder, getLoc(), expr,
                                                 operand);
  };
  int64_t tokens = getLayout().getTokenTile(),
          rows = getLayout().getBlockRows();
  OpFoldResult tokenTile = apply(d0.floorDiv(tokens), offsets[0]),
               tokenTiles = apply(d0.ceilDiv(tokens), sizes[0]),
               block = apply(d0.floorDiv(rows), offsets[1]),
               blocks = apply(d0.ceilDiv(rows), sizes[1]);
  SmallVector<Value> activations;
  for (Value activation : getActivations())
    activations.push_back(slice(activation, tokenTile, tokenTiles));
  Value kernel = slice(getKernel(), block, blocks);
  Value out = slice(getOut(), offsets, sizes);
  auto tiled = ContractPackedOp::create(
      builder, getLoc(), TypeRange{out.getType()}, getLayout(), getBoundAttr(),
      activations, kernel, out);
  result.tiledOps.push_back(tiled);
  result.tiledValues.push_back(tiled.getResult(0));
  return result;
}

LogicalResult ContractPackedOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  return success();
}

FailureOr<TilingResult>
ContractPackedOp::generateResultTileValue(OpBuilder &builder, unsigned,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) {
  return getTiledImplementation(builder, offsets, sizes);
}
