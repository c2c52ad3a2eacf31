//===- PackActivations.cpp - Contractions as packed kernels read them -----===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PACKACTIVATIONSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

class PackedBuilder {
public:
  PackedBuilder(RewriterBase &rewriter, ContractOp op,
                KernelLayoutAttrInterface layout)
      : b(rewriter), op(op), loc(op.getLoc()), layout(layout) {}

  Value build();

  /// The product that was built.
  ContractPackedOp getProduct() const { return packed; }

private:
  /// The product of matrices, whose kernel is in its storage.
  Value buildMatrix(Value lhs, Value storage, Value out);
  /// The activations `lhs`, of as much depth as the kernel, as it reads them.
  SmallVector<Value> arrange(Value lhs);
  /// A matrix of a batch.
  Value getMatrix(Value tensor, Value index);
  /// Whether sums are added to zeros, which need not be read.
  bool startsAtZero() {
    auto isZero = [](Value value) {
      return matchPattern(value, m_Zero()) ||
             matchPattern(value, m_PosZeroFloat());
    };
    auto fill = op.getOut().getDefiningOp<linalg::FillOp>();
    return isZero(fill ? fill.value() : op.getOut());
  }

  RewriterBase &b;
  ContractOp op;
  Location loc;
  KernelLayoutAttrInterface layout;
  ContractPackedOp packed;
};

/// Whether a kernel reads what `op` multiplies; otherwise sets `reason`.
bool isPackable(ContractOp op, std::string &reason) {
  auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
  auto layout =
      rhs ? dyn_cast_or_null<KernelLayoutAttrInterface>(rhs.getEncoding())
          : KernelLayoutAttrInterface();
  if (!layout)
    reason = "expected a tensor of trits in the layout of a kernel";
  else if (layout.takesFloats() == op.getBound().has_value())
    reason = layout.takesFloats() ? "expected activations of f32"
                                  : "expected activations of i8";
  return reason.empty();
}

struct PackContraction : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    auto isEmpty = [](Value value) {
      return llvm::is_contained(cast<ShapedType>(value.getType()).getShape(),
                                0);
    };
    std::string reason;
    if (isPackable(op, reason) &&
        (isEmpty(op.getLhs()) || isEmpty(op.getRhs()) || isEmpty(op.getOut())))
      rewriter.replaceOp(op, op.getOut());
    else if (failed(packContraction(rewriter, op, reason)))
      return rewriter.notifyMatchFailure(op, reason);
    return success();
  }
};

struct PackActivationsPass
    : mlir::mml::impl::PackActivationsPassBase<PackActivationsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PackContraction>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

SmallVector<Value> PackedBuilder::arrange(Value lhs) {
  if (layout.takesFloats())
    return {lhs};
  auto type = cast<RankedTensorType>(lhs.getType());
  OpFoldResult tokens = tensor::getMixedSize(b, loc, lhs, 0);
  OpFoldResult tokenTiles = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0).ceilDiv(layout.getTokenTile()), tokens);
  SmallVector<Value> destinations;
  for (RankedTensorType arranged :
       layout.getActivationTypes(type.getDimSize(0), type.getDimSize(1))) {
    SmallVector<OpFoldResult> sizes =
        getAsIndexOpFoldResult(b.getContext(), arranged.getShape());
    sizes.front() = tokenTiles;
    destinations.push_back(
        tensor::EmptyOp::create(b, loc, sizes, arranged.getElementType()));
  }
  auto activations = PackActivationsOp::create(
      b, loc, ValueRange(destinations).getTypes(), layout, lhs, destinations);
  return SmallVector<Value>(activations.getResults());
}

Value PackedBuilder::buildMatrix(Value lhs, Value storage, Value out) {
  // The depth of the kernel is static; that of activations may be left open.
  int64_t depth = cast<ShapedType>(op.getRhs().getType()).getShape().end()[-2];
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  if (lhsType.isDynamicDim(1))
    lhs = tensor::CastOp::create(
        b, loc, lhsType.clone({lhsType.getDimSize(0), depth}), lhs);
  SmallVector<Value> activations = arrange(lhs);
  Value destination =
      tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, out),
                              getElementTypeOrSelf(out.getType()));
  packed = ContractPackedOp::create(b, loc, destination.getType(), layout,
                                    op.getBoundAttr(), activations, storage,
                                    destination);
  Value product = packed.getResult(0);
  if (startsAtZero())
    return product;
  return linalg::AddOp::create(b, loc, ValueRange{product, out},
                               ValueRange{out})
      .getResult(0);
}

Value PackedBuilder::getMatrix(Value tensor, Value index) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
      strides(sizes.size(), b.getIndexAttr(1));
  sizes.front() = b.getIndexAttr(1);
  offsets.front() = index;
  auto type = cast<RankedTensorType>(tensor.getType());
  return tensor::ExtractSliceOp::create(
      b, loc,
      RankedTensorType::get(type.getShape().drop_front(),
                            type.getElementType()),
      tensor, offsets, sizes, strides);
}

Value PackedBuilder::build() {
  auto rhsType = cast<RankedTensorType>(op.getRhs().getType());
  Value storage = StorageOp::create(
      b, loc, layout.getStorageType(rhsType.getShape()), op.getRhs());
  if (!op.isBatched())
    return buildMatrix(op.getLhs(), storage, op.getOut());
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  return scf::ForOp::create(
             b, loc, constant(0), constant(rhsType.getDimSize(0)), constant(1),
             op.getOut(),
             [&](OpBuilder &, Location, Value index, ValueRange args) {
               Value product = buildMatrix(getMatrix(op.getLhs(), index),
                                           getMatrix(storage, index),
                                           getMatrix(args[0], index));
               SmallVector<OpFoldResult> sizes =
                   tensor::getMixedSizes(b, loc, args[0]);
               SmallVector<OpFoldResult> offsets(sizes.size(),
                                                 b.getIndexAttr(0)),
                   strides(sizes.size(), b.getIndexAttr(1));
               sizes.front() = b.getIndexAttr(1);
               offsets.front() = index;
               Value inserted = tensor::InsertSliceOp::create(
                   b, loc, product, args[0], offsets, sizes, strides);
               scf::YieldOp::create(b, loc, inserted);
             })
      .getResult(0);
}

FailureOr<ContractPackedOp> mlir::mml::packContraction(RewriterBase &rewriter,
                                                       ContractOp op,
                                                       std::string &reason) {
  if (!isPackable(op, reason))
    return failure();
  for (Value operand : op->getOperands())
    if (llvm::is_contained(cast<ShapedType>(operand.getType()).getShape(), 0)) {
      reason = "expected operands that are not empty";
      return failure();
    }
  auto type = cast<RankedTensorType>(op.getRhs().getType());
  PackedBuilder builder(rewriter, op,
                        cast<KernelLayoutAttrInterface>(type.getEncoding()));
  rewriter.replaceOp(op, builder.build());
  return builder.getProduct();
}
