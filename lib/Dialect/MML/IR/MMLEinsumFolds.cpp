//===- MMLEinsumFolds.cpp - Folders and canonicalizations of einsum -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Folds.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Einsum/Evaluate.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// What is computed at compile time has at most this many multiply-adds, and
/// operands of at most this many elements.
static constexpr double kMaxOperations = 1 << 24;
static constexpr int64_t kMaxElements = 1 << 22;

/// The elements of a resource, where its data are there.
template <typename From, typename To>
static bool appendResource(DenseResourceElementsAttr resource,
                           std::vector<To> &values) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob ||
      blob->getData().size() != resource.getNumElements() * sizeof(From))
    return false;
  for (int64_t i = 0; i < resource.getNumElements(); ++i) {
    From value;
    std::memcpy(&value, blob->getData().data() + i * sizeof(From),
                sizeof(From));
    values.push_back(value);
  }
  return true;
}

static bool getElements(DenseResourceElementsAttr attr,
                        std::vector<double> &values) {
  Type type = attr.getElementType();
  return (type.isF32() && appendResource<float>(attr, values)) ||
         (type.isF64() && appendResource<double>(attr, values));
}

static bool getElements(DenseResourceElementsAttr attr,
                        std::vector<int64_t> &values) {
  Type type = attr.getElementType();
  return (type.isInteger(8) && appendResource<int8_t>(attr, values)) ||
         (type.isInteger(16) && appendResource<int16_t>(attr, values)) ||
         (type.isInteger(32) && appendResource<int32_t>(attr, values)) ||
         (type.isInteger(64) && appendResource<int64_t>(attr, values));
}

/// The elements of a constant, row-major, or false where they are not at hand.
template <typename T>
static bool getElements(Attribute attr, std::vector<T> &values) {
  if (auto trits = dyn_cast_or_null<TritsAttr>(attr)) {
    if (trits.getType().getNumElements() > kMaxElements)
      return false;
    FailureOr<::mml::ternary::TritArray> array = trits.getTrits();
    if (failed(array))
      return false;
    for (size_t i = 0; i < array->size(); ++i)
      values.push_back((*array)[i]);
    return true;
  }
  auto elements = dyn_cast_or_null<ElementsAttr>(attr);
  if (!elements || elements.getNumElements() > kMaxElements)
    return false;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return getElements(resource, values);
  if constexpr (std::is_same_v<T, double>) {
    auto dense = dyn_cast<DenseFPElementsAttr>(attr);
    if (!dense)
      return false;
    for (APFloat value : dense.getValues<APFloat>()) {
      bool losesInfo;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      values.push_back(value.convertToDouble());
    }
  } else {
    auto dense = dyn_cast<DenseIntElementsAttr>(attr);
    if (!dense)
      return false;
    for (const APInt &value : dense.getValues<APInt>())
      values.push_back(value.getSExtValue());
  }
  return true;
}

static DenseElementsAttr getConstant(RankedTensorType type,
                                     ArrayRef<double> values) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type.getElementType()).getFloatSemantics();
  SmallVector<APFloat> elements;
  for (double value : values) {
    bool losesInfo;
    elements.emplace_back(value).convert(
        semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  }
  return DenseElementsAttr::get(type, elements);
}

static DenseElementsAttr getConstant(RankedTensorType type,
                                     ArrayRef<int64_t> values) {
  unsigned width = type.getElementTypeBitWidth();
  SmallVector<APInt> elements;
  for (int64_t value : values)
    elements.emplace_back(width, static_cast<uint64_t>(value),
                          /*isSigned=*/true, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, elements);
}

template <typename T>
static OpFoldResult foldConstants(EinsumOp op, ArrayRef<Attribute> inputs) {
  RankedTensorType type = op.getType();
  if (!type.hasStaticShape() || type.getNumElements() > kMaxElements)
    return {};
  Contraction contraction = op.getContraction();
  einsum::Plan plan = einsum::plan(contraction);
  if (!(plan.operations <= kMaxOperations) ||
      !(plan.largestIntermediate <= kMaxElements))
    return {};
  std::vector<std::vector<T>> values;
  for (Attribute input : inputs)
    if (!getElements(input, values.emplace_back()))
      return {};
  SmallVector<ArrayRef<T>> operands(values.begin(), values.end());
  return getConstant(type, einsum::evaluate(contraction, plan, operands));
}

//===----------------------------------------------------------------------===//
// EinsumOp
//===----------------------------------------------------------------------===//

OpFoldResult EinsumOp::fold(FoldAdaptor adaptor) {
  if (llvm::all_of(adaptor.getInputs(), [](Attribute attr) { return attr; })) {
    if (isa<FloatType>(getType().getElementType()))
      return foldConstants<double>(*this, adaptor.getInputs());
    return foldConstants<int64_t>(*this, adaptor.getInputs());
  }
  if (getInputs().size() != 1 || getInputs().front().getType() != getType())
    return {};
  Contraction contraction = getContraction();
  const einsum::Operand &operand = contraction.getOperands().front();
  if (operand.isPlain() && operand.axes == contraction.getOutput())
    return getInputs().front();
  return {};
}

namespace {

/// An einsum of one operand that permutes or sums its axes.
struct LowerUnaryEinsum : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getInputs().size() != 1)
      return rewriter.notifyMatchFailure(op, "there are several operands");
    Value input = op.getInputs().front();
    auto type = cast<RankedTensorType>(input.getType());
    Contraction contraction = op.getContraction();
    const einsum::Operand &operand = contraction.getOperands().front();
    if (!operand.hasDistinctAxes() ||
        type.getElementType() != op.getType().getElementType())
      return rewriter.notifyMatchFailure(
          op, "there is a diagonal, or numbers are converted");
    ArrayRef<unsigned> output = contraction.getOutput();
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, input);
    SmallVector<OpFoldResult> shape;
    SmallVector<int64_t> permutation, summed;
    for (unsigned axis : output)
      permutation.push_back(llvm::find(operand.axes, axis) -
                            operand.axes.begin());
    for (int64_t dim : permutation)
      shape.push_back(sizes[dim]);
    for (auto [dim, axis] : llvm::enumerate(operand.axes))
      if (!llvm::is_contained(output, axis))
        summed.push_back(dim);
    if (!summed.empty() && !llvm::is_sorted(permutation))
      return rewriter.notifyMatchFailure(op, "it sums and permutes");
    if (summed.empty() && llvm::is_sorted(permutation))
      return rewriter.notifyMatchFailure(op, "nothing moves");
    Value result =
        tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType());
    if (summed.empty()) {
      result =
          linalg::TransposeOp::create(rewriter, loc, input, result, permutation)
              ->getResult(0);
    } else {
      Value zero = arith::ConstantOp::create(
          rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
      result = linalg::FillOp::create(rewriter, loc, zero, result).getResult(0);
      auto reduce = linalg::ReduceOp::create(
          rewriter, loc, input, result, summed,
          [](OpBuilder &builder, Location loc, ValueRange args) {
            Value sum;
            if (isa<FloatType>(args[0].getType()))
              sum = arith::AddFOp::create(builder, loc, args[0], args[1]);
            else
              sum = arith::AddIOp::create(builder, loc, args[0], args[1]);
            linalg::YieldOp::create(builder, loc, sum);
          });
      result = reduce->getResult(0);
    }
    rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType(), result);
    return success();
  }
};

/// Replaces `op` by an einsum with other operands, of the same result. The
/// result's axes are those of `contraction`.
void replaceEinsum(PatternRewriter &rewriter, EinsumOp op,
                   const Contraction &contraction, ValueRange inputs) {
  Value result =
      EinsumOp::create(rewriter, op.getLoc(), contraction, inputs,
                       op.getType().getElementType(), op.getBoundAttr());
  if (result.getType() != op.getType())
    result =
        tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
  rewriter.replaceOp(op, result);
}

/// An operand that is a transposition: the equation says it as well.
struct MergeTransposedOperand : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    Contraction contraction = op.getContraction();
    if (op.getInputs().size() == 1 ||
        !llvm::all_of(contraction.getOperands(),
                      std::mem_fn(&einsum::Operand::isPlain)))
      return rewriter.notifyMatchFailure(
          op, "there is one operand, or a size stretches");
    SmallVector<einsum::Operand> operands(contraction.getOperands());
    SmallVector<Value> inputs(op.getInputs());
    bool isChanged = false;
    for (auto [operand, input] : llvm::zip_equal(operands, inputs)) {
      auto transpose = input.getDefiningOp<linalg::TransposeOp>();
      if (!transpose || !transpose.hasPureTensorSemantics())
        continue;
      einsum::Operand permuted = operand;
      for (auto [dim, source] : llvm::enumerate(transpose.getPermutation()))
        permuted.axes[source] = operand.axes[dim];
      operand = std::move(permuted);
      input = transpose.getInput();
      isChanged = true;
    }
    if (!isChanged)
      return rewriter.notifyMatchFailure(op, "no operand is transposed");
    replaceEinsum(
        rewriter, op,
        Contraction(contraction.getAxes(), operands, contraction.getOutput()),
        inputs);
    return success();
  }
};

/// A transposition of the result: the equation can give its axes in any order.
struct MergeTransposedResult : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp transpose,
                                PatternRewriter &rewriter) const override {
    auto op = transpose.getInput().getDefiningOp<EinsumOp>();
    if (!op || !op->hasOneUse())
      return rewriter.notifyMatchFailure(
          transpose, "its input is not an einsum that nothing else uses");
    Contraction contraction = op.getContraction();
    if (op.getInputs().size() == 1 ||
        !llvm::all_of(contraction.getOperands(),
                      std::mem_fn(&einsum::Operand::isPlain)))
      return rewriter.notifyMatchFailure(
          transpose, "there is one operand, or a size stretches");
    SmallVector<unsigned> output;
    for (int64_t dim : transpose.getPermutation())
      output.push_back(contraction.getOutput()[dim]);
    Value result = EinsumOp::create(
        rewriter, op.getLoc(),
        Contraction(contraction.getAxes(), contraction.getOperands(), output),
        op.getInputs(), op.getType().getElementType(), op.getBoundAttr());
    rewriter.replaceOpWithNewOp<tensor::CastOp>(
        transpose, transpose->getResult(0).getType(), result);
    return success();
  }
};

/// Operands whose axes were collapsed: the equation can name each of them. What
/// reaches the result is collapsed there.
///
/// An axis is taken apart where every operand that has it was collapsed from
/// the same static sizes.
struct MergeCollapsedOperands : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    Contraction contraction = op.getContraction();
    if (op.getInputs().size() == 1 ||
        !llvm::all_of(contraction.getOperands(),
                      std::mem_fn(&einsum::Operand::hasDistinctAxes)))
      return rewriter.notifyMatchFailure(
          op, "there is one operand, a diagonal, or a size that stretches");
    auto collapses = llvm::map_to_vector(op.getInputs(), [](Value input) {
      return input.getDefiningOp<tensor::CollapseShapeOp>();
    });
    for (tensor::CollapseShapeOp collapse : collapses)
      if (collapse &&
          succeeded(merge(op, contraction, collapses, collapse, rewriter)))
        return success();
    return rewriter.notifyMatchFailure(
        op, "no operand was collapsed as the others were");
  }

private:
  /// Takes the axes of `collapse` apart, all of them or none.
  static LogicalResult merge(EinsumOp op, const Contraction &contraction,
                             ArrayRef<tensor::CollapseShapeOp> collapses,
                             tensor::CollapseShapeOp collapse,
                             PatternRewriter &rewriter) {
    // The sizes of each axis that is taken apart.
    SmallVector<SmallVector<int64_t>> parts(contraction.getAxes().size());
    auto getParts = [](tensor::CollapseShapeOp from, size_t dim) {
      return llvm::map_to_vector(
          from.getReassociationIndices()[dim],
          [&](int64_t source) { return from.getSrcType().getDimSize(source); });
    };
    const auto *at = llvm::find(collapses, collapse);
    const einsum::Operand &operand =
        contraction.getOperands()[at - collapses.begin()];
    if (operand.axes.empty())
      return failure();
    for (auto [dim, axis] : llvm::enumerate(operand.axes)) {
      parts[axis] = getParts(collapse, dim);
      if (parts[axis].size() == 1)
        parts[axis].clear();
      else if (ShapedType::isDynamicShape(parts[axis]))
        return failure();
    }
    // All operands with one of these axes are taken apart, in all of theirs.
    SmallVector<bool> isTakenApart;
    for (auto [other, from] :
         llvm::zip_equal(contraction.getOperands(), collapses)) {
      bool needs = llvm::any_of(
          other.axes, [&](unsigned axis) { return !parts[axis].empty(); });
      isTakenApart.push_back(needs);
      if (!needs)
        continue;
      if (!from)
        return failure();
      for (auto [dim, axis] : llvm::enumerate(other.axes)) {
        SmallVector<int64_t> sizes = getParts(from, dim);
        if (sizes.size() == 1 ? !parts[axis].empty() : sizes != parts[axis])
          return failure();
      }
    }

    SmallVector<einsum::Axis> axes(contraction.getAxes());
    SmallVector<SmallVector<unsigned>> replaced;
    for (auto [axis, sizes] : llvm::enumerate(parts)) {
      SmallVector<unsigned> &fresh = replaced.emplace_back();
      if (sizes.empty())
        fresh.push_back(axis);
      for (int64_t size : sizes) {
        fresh.push_back(axes.size());
        einsum::Axis &part = axes.emplace_back();
        part.size = size;
        part.fromEnd = fresh.back();
      }
    }
    if (axes.size() > einsum::kMaxAxes)
      return failure();
    SmallVector<einsum::Operand> operands;
    SmallVector<Value> inputs;
    for (auto [other, from, input, takenApart] :
         llvm::zip_equal(contraction.getOperands(), collapses, op.getInputs(),
                         isTakenApart)) {
      einsum::Operand &fresh = operands.emplace_back();
      for (unsigned axis : other.axes)
        llvm::append_range(fresh.axes, replaced[axis]);
      fresh.stretches.assign(fresh.axes.size(), false);
      inputs.push_back(takenApart ? from->getOperand(0) : input);
    }
    SmallVector<unsigned> output;
    SmallVector<ReassociationIndices> reassociation;
    for (unsigned axis : contraction.getOutput()) {
      ReassociationIndices &group = reassociation.emplace_back();
      for (unsigned fresh : replaced[axis]) {
        group.push_back(output.size());
        output.push_back(fresh);
      }
    }
    Value result = EinsumOp::create(
        rewriter, op.getLoc(), Contraction(axes, operands, output), inputs,
        op.getType().getElementType(), op.getBoundAttr());
    if (output.size() > reassociation.size())
      result = tensor::CollapseShapeOp::create(rewriter, op.getLoc(), result,
                                               reassociation);
    if (result.getType() != op.getType())
      result =
          tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void EinsumOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<LowerUnaryEinsum, MergeTransposedOperand, MergeTransposedResult,
               MergeCollapsedOperands>(context);
}

//===----------------------------------------------------------------------===//
// EinsumDenseOp
//===----------------------------------------------------------------------===//

namespace {

/// `...x,xy->...y`, with any labels in front: `mml.dense`.
struct EinsumDenseToDense : OpRewritePattern<EinsumDenseOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumDenseOp op,
                                PatternRewriter &rewriter) const override {
    Contraction contraction = op.getContraction();
    const einsum::Operand &input = contraction.getOperands()[0],
                          &kernel = contraction.getOperands()[1];
    ArrayRef<unsigned> output = contraction.getOutput();
    bool isDense = input.hasDistinctAxes() && kernel.hasDistinctAxes() &&
                   input.axes.size() >= 2 && kernel.axes.size() == 2 &&
                   output.size() == input.axes.size() &&
                   input.axes.back() == kernel.axes[0] &&
                   output.back() == kernel.axes[1] &&
                   output.drop_back() == ArrayRef(input.axes).drop_back();
    if (!isDense)
      return rewriter.notifyMatchFailure(
          op, "the equation is not that of a dense layer");
    if (op.getLoraAlpha())
      return rewriter.notifyMatchFailure(op, "there is a branch of low rank");
    if (Value bias = op.getBias())
      if (cast<RankedTensorType>(bias.getType()).getShape() !=
          ArrayRef(contraction.getOutputShape()).take_back())
        return rewriter.notifyMatchFailure(
            op, "the bias does not run along the last axis alone");
    rewriter.replaceOpWithNewOp<DenseOp>(
        op, op.getType(), op.getInput(), op.getKernel(), op.getScale(),
        op.getGain(), op.getNormBias(), op.getBias(),
        op.getScaleDirectionAttr(), op.getNormEpsilonAttr(),
        op.getQuantizerAttr(), op.getKernelQuantizerAttr(),
        op.getActivationAttr());
    return success();
  }
};

} // namespace

void mlir::mml::populateEinsumDenseToDensePatterns(
    RewritePatternSet &patterns) {
  patterns.add<EinsumDenseToDense>(patterns.getContext());
}
