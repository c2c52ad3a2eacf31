//===- MMLConstantFolds.cpp - Constants moved at compile time -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

/// Calls `copy` with the position in a row-major tensor of `shape` of each
/// element of its transposition by `permutation`, in order.
static void forEachTransposed(ArrayRef<int64_t> shape,
                              ArrayRef<int64_t> permutation,
                              function_ref<void(int64_t)> copy) {
  int64_t rank = shape.size();
  SmallVector<int64_t> strides(rank, 1), sizes, steps, index(rank, 0);
  for (int64_t axis = rank - 1; axis > 0; --axis)
    strides[axis - 1] = strides[axis] * shape[axis];
  int64_t count = 1, source = 0;
  for (int64_t axis : permutation) {
    sizes.push_back(shape[axis]);
    steps.push_back(strides[axis]);
    count *= shape[axis];
  }
  for (int64_t i = 0; i < count; ++i) {
    copy(source);
    for (int64_t axis = rank; axis-- > 0;) {
      source += steps[axis];
      if (++index[axis] < sizes[axis])
        break;
      source -= sizes[axis] * steps[axis];
      index[axis] = 0;
    }
  }
}

/// The trits of a constant without a layout, or nothing.
static std::optional<ternary::TritArray> getConstantTrits(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  FailureOr<ternary::TritArray> trits = constant.getValue().getTrits();
  if (failed(trits))
    return std::nullopt;
  return std::move(*trits);
}

static void replaceByTrits(PatternRewriter &rewriter, Operation *op,
                           Value source, RankedTensorType type,
                           ternary::TritView trits) {
  StringRef name =
      source.getDefiningOp<ConstantOp>().getValue().getResourceName("trits");
  rewriter.replaceOpWithNewOp<ConstantOp>(op,
                                          TritsAttr::get(type, name, trits));
}

namespace {

/// A transposition of a constant of trits.
struct TransposeTrits : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "expected tensors");
    std::optional<ternary::TritArray> trits = getConstantTrits(op.getInput());
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!trits || !type.hasStaticShape() || type.getEncoding())
      return rewriter.notifyMatchFailure(
          op, "no constant of trits, or one with a layout");
    std::vector<int8_t> values = trits->view().unpack(), moved;
    moved.reserve(values.size());
    forEachTransposed(
        cast<RankedTensorType>(op.getInput().getType()).getShape(),
        op.getPermutation(),
        [&](int64_t source) { moved.push_back(values[source]); });
    replaceByTrits(rewriter, op, op.getInput(), type,
                   llvm::cantFail(ternary::TritArray::fromTrits(moved)));
    return success();
  }
};

/// A reshape of a constant of trits.
template <typename OpTy> struct ReshapeTrits : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    std::optional<ternary::TritArray> trits = getConstantTrits(op.getSrc());
    RankedTensorType type = op.getResultType();
    if (!trits || !type.hasStaticShape() || type.getEncoding())
      return rewriter.notifyMatchFailure(
          op, "no constant of trits, or one with a layout");
    replaceByTrits(rewriter, op, op.getSrc(), type, *trits);
    return success();
  }
};

/// A transposition of a constant of floats.
struct TransposeFloats : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    Attribute constant;
    if (!op.hasPureTensorSemantics() ||
        !matchPattern(op.getInput(), m_Constant(&constant)))
      return rewriter.notifyMatchFailure(op, "no constant");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!isa_and_nonnull<DenseElementsAttr, DenseResourceElementsAttr>(
            constant) ||
        !type.hasStaticShape() || !type.getElementType().isF32() ||
        type.getEncoding())
      return rewriter.notifyMatchFailure(
          op, "no constant of f32, or one with an encoding");
    if (auto dense = dyn_cast<DenseElementsAttr>(constant)) {
      if (dense.isSplat()) {
        rewriter.replaceOpWithNewOp<arith::ConstantOp>(
            op, DenseElementsAttr::get(type, dense.getSplatValue<APFloat>()));
        return success();
      }
    }
    SmallVector<float> values;
    StringRef name = "constant";
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      size_t numBytes = resource.getNumElements() * sizeof(float);
      if (!blob || blob->getData().size() != numBytes)
        return rewriter.notifyMatchFailure(op, "the data are not at hand");
      values.resize(resource.getNumElements());
      std::memcpy(values.data(), blob->getData().data(), numBytes);
      name = resource.getRawHandle().getKey();
    } else {
      llvm::append_range(values,
                         cast<DenseElementsAttr>(constant).getValues<float>());
    }
    auto fill = [&](MutableArrayRef<char> data) {
      char *next = data.data();
      forEachTransposed(cast<ElementsAttr>(constant).getShapedType().getShape(),
                        op.getPermutation(), [&](int64_t source) {
                          std::memcpy(next, &values[source], sizeof(float));
                          next += sizeof(float);
                        });
    };
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, createResource(type, name, values.size() * sizeof(float), fill));
    return success();
  }
};

/// A reshape of a resource, whose bytes stay. Upstream folds other constants.
template <typename OpTy> struct ReshapeResource : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    DenseResourceElementsAttr resource;
    RankedTensorType type = op.getResultType();
    if (!type.hasStaticShape() || type.getEncoding() ||
        !matchPattern(op.getSrc(), m_Constant(&resource)))
      return rewriter.notifyMatchFailure(op, "no constant resource");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    return success();
  }
};

} // namespace

void MMLDialect::getCanonicalizationPatterns(
    RewritePatternSet &patterns) const {
  patterns.add<TransposeTrits, TransposeFloats,
               ReshapeTrits<tensor::CollapseShapeOp>,
               ReshapeTrits<tensor::ExpandShapeOp>,
               ReshapeResource<tensor::CollapseShapeOp>,
               ReshapeResource<tensor::ExpandShapeOp>>(getContext());
}
