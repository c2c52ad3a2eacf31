//===- RaiseTernary.cpp - Products with ternary constants -----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kind of operation is read as a sum of products by a function of its own.
// From there on it is one way: the operand that is a ternary constant becomes
// trits; activations that are integers, in whatever type, are multiplied as
// such; and where floats would be rounded otherwise, that has to be allowed.
//
//===----------------------------------------------------------------------===//

#include "NamedProducts.h"
#include "RoundedActivations.h"
#include "TernaryProduct.h"

#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::mml {
#define GEN_PASS_DEF_RAISETERNARYPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

/// The largest constant of sums that a zero point is multiplied with.
static constexpr int64_t kMaxTotals = int64_t(1) << 24;

namespace {

/// What the options of the pass allow.
struct RaiseOptions {
  bool reassociate, integersOnly;
};

/// Replaces one product.
class ProductRaiser {
public:
  ProductRaiser(PatternRewriter &rewriter, Operation *op,
                const TensorProduct &product, const RaiseOptions &options)
      : rewriter(rewriter), op(op), loc(op->getLoc()), product(product),
        type(product.type.getElementType()),
        reassociate(options.reassociate || product.reassociate),
        integersOnly(options.integersOnly) {}

  LogicalResult raise();

private:
  /// Says why the operation stays, to people and to the driver.
  LogicalResult refuse(const Twine &reason);
  void findSummed();
  bool isKept(unsigned axis) const {
    return llvm::is_contained(product.contraction.getOutput(), axis);
  }
  /// The largest magnitude that a sum of the integers may have.
  std::optional<int64_t> getLargestSum() const;
  std::optional<std::string> whyIntegersRound() const;
  LogicalResult choose();
  Value buildFromIntegers();
  Value buildFromNumbers();
  Value applyScales(Value result);
  /// The number of sums that the constant has along what is kept.
  int64_t countTotals() const;
  /// The sums of the constant along all that is summed, modulo 2^32.
  SmallVector<uint32_t> getTotals() const;
  Value subtractZeroPoint(Value sums, OpFoldResult point);
  /// What `build` makes of each element of `values` and the one of `others`,
  /// which has the dimensions `exprs` of these.
  Value combine(Value values, Value others, ArrayRef<AffineExpr> exprs,
                Type elementType,
                function_ref<Value(OpBuilder &, Location, Value, Value)> build);

  PatternRewriter &rewriter;
  Operation *op;
  Location loc;
  const TensorProduct &product;
  /// Of the elements of the result.
  Type type;
  bool reassociate, integersOnly;
  /// Whether the result is the same only for one order of its sums.
  bool isOrdered = false;
  std::optional<TernaryOperand> ternary;
  /// The other operand, and those of its dimensions that are summed.
  unsigned other = 0;
  llvm::SmallBitVector summed;
  std::optional<RoundedActivations> rounded;
};

} // namespace

LogicalResult ProductRaiser::refuse(const Twine &reason) {
  std::string text = reason.str();
  remark::missed(
      loc, remark::RemarkOpts::name("NotRaised").category("mml-raise-ternary"))
      << remark::metric("op", op->getName().getStringRef())
      << remark::reason("{0}", text);
  return rewriter.notifyMatchFailure(op, text);
}

void ProductRaiser::findSummed() {
  ArrayRef<unsigned> axes = product.contraction.getOperands()[other].axes;
  summed.resize(axes.size());
  for (auto [dim, axis] : llvm::enumerate(axes))
    if (!llvm::is_contained(product.contraction.getOutput(), axis))
      summed.set(dim);
}

std::optional<int64_t> ProductRaiser::getLargestSum() const {
  int64_t largest = rounded->bound;
  for (auto [axis, info] : llvm::enumerate(product.contraction.getAxes()))
    if (!isKept(axis) &&
        (ShapedType::isDynamic(info.size) ||
         llvm::MulOverflow(largest, std::max<int64_t>(info.size, 1), largest)))
      return std::nullopt;
  return largest;
}

/// Why sums of integers, exact, may differ from sums of floats that are these
/// integers; nothing where the latter are exact, too.
std::optional<std::string> ProductRaiser::whyIntegersRound() const {
  if (rounded->scale)
    return "the activations are integers with scales, which would multiply "
           "sums, not each product";
  if (product.init)
    return "the sum would be added to what the result starts from, not each "
           "product";
  // All multiples up to this one of a power of two are floats.
  if (getLargestSum().value_or(INT64_MAX) > int64_t(1) << 24)
    return "sums of integers might not be floats";
  const TernaryConstant &constant = ternary->constant;
  if (!constant.scale)
    return std::nullopt;
  for (auto [axis, dims] :
       llvm::zip_equal(product.contraction.getOperands()[ternary->index].axes,
                       constant.dims))
    for (int64_t dim : dims)
      if (!isKept(axis) && llvm::is_contained(constant.scaleDims, dim))
        return "sums of groups would be multiplied by scales, not each product";
  // Far from both ends of the exponents that there are.
  constexpr int maxExponent = 64;
  for (const APFloat &scale : constant.scale.getValues<APFloat>()) {
    if (!scale.isFiniteNonZero() || scale.getExactLog2Abs() == INT_MIN ||
        std::abs(scale.getExactLog2Abs()) > maxExponent)
      return "scales that are no powers of two would multiply sums, not each "
             "product";
    // Sums of floats that are zero are +0, whatever the signs of the products.
    if (scale.isNegative())
      return "negative scales would make -0 of sums that are 0";
  }
  return std::nullopt;
}

/// Decides what is multiplied, and refuses where no choice keeps the result.
LogicalResult ProductRaiser::choose() {
  bool isFloat = isa<FloatType>(type);
  if (type.isF32() || type.isInteger(32))
    rounded = findRoundedActivations(product.inputs[other], summed,
                                     /*scaled=*/isFloat);
  if (rounded &&
      getLargestSum().value_or(INT64_MAX) > std::numeric_limits<int32_t>::max())
    rounded.reset();
  if (!isFloat)
    return success();
  std::optional<std::string> integersRound;
  if (rounded && (reassociate || !(integersRound = whyIntegersRound())))
    return success();
  rounded.reset();
  if (integersOnly && !integersRound)
    return refuse("operand #" + Twine(ternary->index) +
                  " is ternary, but the activations are no integers, which "
                  "'integers-only' asks for");
  if (reassociate)
    return success();
  std::optional<std::string> reason =
      whyRounded(product.contraction, *ternary, type);
  if (!reason && product.init)
    reason = "the sum would be added to what the result starts from, not each "
             "product";
  if (!reason && !integersOnly) {
    isOrdered = true;
    return success();
  }
  return refuse("operand #" + Twine(ternary->index) + " is ternary, but " +
                (integersRound ? *integersRound : *reason) +
                ", which needs 'reassociate'");
}

int64_t ProductRaiser::countTotals() const {
  ArrayRef<int64_t> shape = ternary->constant.trits.getType().getShape();
  int64_t count = 1;
  for (auto [axis, dims] :
       llvm::zip_equal(product.contraction.getOperands()[ternary->index].axes,
                       ternary->constant.dims))
    for (int64_t dim : dims)
      count *= isKept(axis) ? shape[dim] : 1;
  return count;
}

SmallVector<uint32_t> ProductRaiser::getTotals() const {
  const TernaryConstant &constant = ternary->constant;
  ArrayRef<unsigned> axes =
      product.contraction.getOperands()[ternary->index].axes;
  SmallVector<int64_t> sizes(constant.trits.getType().getShape());
  SmallVector<int64_t> steps(sizes.size(), 0), scaleSteps(sizes.size(), 0);
  int64_t step = 1, scaleStep = 1;
  for (auto [axis, dims] : llvm::reverse(llvm::zip_equal(axes, constant.dims)))
    for (int64_t dim : llvm::reverse(dims))
      if (isKept(axis)) {
        steps[dim] = step;
        step *= sizes[dim];
      }
  for (int64_t dim : llvm::reverse(constant.scaleDims)) {
    scaleSteps[dim] = scaleStep;
    scaleStep *= sizes[dim];
  }
  // How often each element is added: of a splat, one along all that is summed
  // tells what the others are.
  uint32_t repeats = 1;
  for (auto [axis, dims] : llvm::zip_equal(axes, constant.dims))
    if (!isKept(axis) && dims.empty())
      repeats *= product.contraction.getAxes()[axis].size;
  auto storage = dyn_cast<DenseIntElementsAttr>(constant.trits.getStorage());
  std::optional<int8_t> splat;
  FailureOr<::mml::ternary::TritArray> trits;
  if (storage && storage.isSplat() && storage.getElementType().isInteger(8)) {
    splat = storage.getSplatValue<int8_t>();
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      if (steps[dim] == 0 && scaleSteps[dim] == 0) {
        repeats *= sizes[dim];
        sizes[dim] = 1;
      }
  } else {
    trits = constant.trits.getTrits();
  }
  SmallVector<uint32_t> totals(step, 0), scales(1, 1);
  if (constant.scale)
    scales.assign(constant.scale.getValues<uint32_t>().begin(),
                  constant.scale.getValues<uint32_t>().end());
  SmallVector<int64_t> index(sizes.size(), 0);
  int64_t place = 0, scale = 0;
  for (int64_t i = 0, number = llvm::product_of(sizes); i < number; ++i) {
    int trit = splat ? *splat : trits->get(i);
    totals[place] += static_cast<uint32_t>(trit) * scales[scale] * repeats;
    for (size_t dim = sizes.size(); dim-- > 0;) {
      place += steps[dim];
      scale += scaleSteps[dim];
      if (++index[dim] < sizes[dim])
        break;
      place -= sizes[dim] * steps[dim];
      scale -= sizes[dim] * scaleSteps[dim];
      index[dim] = 0;
    }
  }
  return totals;
}

Value ProductRaiser::combine(
    Value values, Value others, ArrayRef<AffineExpr> exprs, Type elementType,
    function_ref<Value(OpBuilder &, Location, Value, Value)> build) {
  int64_t rank = cast<RankedTensorType>(values.getType()).getRank();
  AffineMap identity = rewriter.getMultiDimIdentityMap(rank);
  auto map = AffineMap::get(rank, 0, exprs, rewriter.getContext());
  Value empty = tensor::EmptyOp::create(
      rewriter, loc, tensor::getMixedSizes(rewriter, loc, values), elementType);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             rewriter, loc, empty.getType(), ValueRange{values, others}, empty,
             ArrayRef{identity, map, identity}, iterators,
             [&](OpBuilder &inner, Location loc, ValueRange args) {
               linalg::YieldOp::create(inner, loc,
                                       build(inner, loc, args[0], args[1]));
             })
      .getResult(0);
}

/// Takes from each sum what the zero point of the activations added to it.
Value ProductRaiser::subtractZeroPoint(Value sums, OpFoldResult point) {
  const TernaryConstant &constant = ternary->constant;
  ArrayRef<int64_t> shape = constant.trits.getType().getShape();
  SmallVector<int64_t> totalShape;
  SmallVector<AffineExpr> exprs;
  ArrayRef<unsigned> output = product.contraction.getOutput();
  for (auto [axis, dims] :
       llvm::zip_equal(product.contraction.getOperands()[ternary->index].axes,
                       constant.dims)) {
    if (!isKept(axis) || dims.empty())
      continue;
    int64_t size = 1;
    for (int64_t dim : dims)
      size *= shape[dim];
    totalShape.push_back(size);
    exprs.push_back(
        rewriter.getAffineDimExpr(llvm::find(output, axis) - output.begin()));
  }
  SmallVector<uint32_t> totals = getTotals();
  auto sumType = cast<RankedTensorType>(sums.getType());
  auto totalType = RankedTensorType::get(totalShape, rewriter.getI32Type());
  Value total = arith::ConstantOp::create(
      rewriter, loc, DenseElementsAttr::get(totalType, ArrayRef(totals)));
  Value pointValue = dyn_cast<Value>(point);
  if (!pointValue)
    pointValue = arith::ConstantOp::create(
        rewriter, loc, cast<TypedAttr>(cast<Attribute>(point)));
  return combine(
      sums, total, exprs, sumType.getElementType(),
      [&](OpBuilder &inner, Location loc, Value sum, Value total) -> Value {
        Value added = arith::MulIOp::create(inner, loc, total, pointValue);
        return arith::SubIOp::create(inner, loc, sum, added);
      });
}

/// Multiplies the result with, or divides it by, the scales of the activations.
Value ProductRaiser::applyScales(Value result) {
  Value scales =
      buildScales(rewriter, loc, product.inputs[other], summed, *rounded);
  ArrayRef<unsigned> output = product.contraction.getOutput();
  SmallVector<AffineExpr> exprs;
  for (unsigned axis : product.contraction.getOperands()[other].axes)
    if (isKept(axis))
      exprs.push_back(
          rewriter.getAffineDimExpr(llvm::find(output, axis) - output.begin()));
  return combine(
      result, scales, exprs, type,
      [&](OpBuilder &inner, Location loc, Value value, Value scale) -> Value {
        if (rounded->isDivided)
          return arith::DivFOp::create(inner, loc, value, scale);
        return arith::MulFOp::create(inner, loc, value, scale);
      });
}

Value ProductRaiser::buildFromIntegers() {
  SmallVector<Value> inputs(product.inputs);
  IntegerActivations activations =
      buildIntegers(rewriter, loc, inputs[other], summed, *rounded);
  inputs[other] = activations.integers;
  Value result = buildTernaryProduct(rewriter, loc, product.contraction, inputs,
                                     *ternary, rewriter.getI32Type(), type,
                                     rewriter.getI64IntegerAttr(rounded->bound),
                                     activations.poison);
  return rounded->scale ? applyScales(result) : result;
}

Value ProductRaiser::buildFromNumbers() {
  SmallVector<Value> inputs(product.inputs);
  Value &input = inputs[other];
  auto inputType = cast<RankedTensorType>(input.getType());
  // Exact, and what the kernels for floats take.
  if (type.isF32() && !inputType.getElementType().isF32())
    input = arith::ExtFOp::create(rewriter, loc, inputType.clone(type), input);
  return buildTernaryProduct(rewriter, loc, product.contraction, inputs,
                             *ternary, type, type);
}

LogicalResult ProductRaiser::raise() {
  FailureOr<TernaryOperand> found =
      findTernaryOperand(product.contraction, product.inputs, type,
                         [&](const Twine &reason) { (void)refuse(reason); });
  if (failed(found))
    return rewriter.notifyMatchFailure(op, "no operand is a ternary constant");
  ternary = *found;
  other = 1 - ternary->index;
  if (product.zeroPoints[ternary->index])
    return refuse("operand #" + Twine(ternary->index) +
                  " is ternary, but has a zero point");
  findSummed();
  if (product.zeroPoints[other] && countTotals() > kMaxTotals)
    return refuse(
        "operand #" + Twine(ternary->index) +
        " is ternary, but a zero point would be taken from more than " +
        Twine(kMaxTotals) + " sums");
  if (failed(choose()))
    return failure();
  Value result = rounded ? buildFromIntegers() : buildFromNumbers();
  if (OpFoldResult point = product.zeroPoints[other])
    result = subtractZeroPoint(result, point);
  remark::passed(
      loc, remark::RemarkOpts::name("Raised").category("mml-raise-ternary"))
      << remark::metric("op", op->getName().getStringRef())
      << remark::metric("operand", ternary->index)
      << remark::metric("activations", rounded ? "integers" : "numbers");
  if (auto function = op->getParentOfType<FunctionOpInterface>();
      function && isOrdered)
    rewriter.modifyOpInPlace(function, [&] {
      function->setAttr(kOrderedSumsAttrName, rewriter.getUnitAttr());
    });
  rewriter.replaceOp(op, addInit(rewriter, loc, product, result));
  return success();
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// Says why `op` is no product, to people only where one of its operands is
/// constant and might be ternary.
static LogicalResult refuseProduct(PatternRewriter &rewriter, Operation *op,
                                   const std::string &reason) {
  bool hasConstant = llvm::any_of(op->getOperands(), [](Value operand) {
    std::string ignored;
    return isa<RankedTensorType>(operand.getType()) && !isZeroTensor(operand) &&
           succeeded(viewConstant(operand, ignored));
  });
  if (hasConstant)
    remark::missed(
        op->getLoc(),
        remark::RemarkOpts::name("NotRaised").category("mml-raise-ternary"))
        << remark::metric("op", op->getName().getStringRef())
        << remark::reason("{0}", reason);
  return rewriter.notifyMatchFailure(op, reason);
}

namespace {

struct RaiseStructured : OpInterfaceRewritePattern<linalg::LinalgOp> {
  RaiseStructured(MLIRContext *context, const RaiseOptions &options)
      : OpInterfaceRewritePattern(context), options(options) {}

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() < 2)
      return rewriter.notifyMatchFailure(op, "it adds no products");
    TensorProduct product;
    std::optional<std::string> reason = isQuantizedProduct(op)
                                            ? readQuantizedProduct(op, product)
                                            : readProduct(op, product);
    if (reason)
      return refuseProduct(rewriter, op, *reason);
    return ProductRaiser(rewriter, op, product, options).raise();
  }

private:
  RaiseOptions options;
};

template <typename OpTy> struct RaiseNamed : OpRewritePattern<OpTy> {
  RaiseNamed(MLIRContext *context, const RaiseOptions &options)
      : OpRewritePattern<OpTy>(context), options(options) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    TensorProduct product;
    if (std::optional<std::string> reason = readProduct(op, product))
      return refuseProduct(rewriter, op, *reason);
    return ProductRaiser(rewriter, op, product, options).raise();
  }

private:
  RaiseOptions options;
};

struct RaiseTernaryPass
    : mlir::mml::impl::RaiseTernaryPassBase<RaiseTernaryPass> {
  using RaiseTernaryPassBase::RaiseTernaryPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateRaiseTernaryPatterns(patterns, reassociate, integersOnly);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    // Constants that were replaced go, and what was made of them.
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }
};

} // namespace

void mlir::mml::populateRaiseTernaryPatterns(RewritePatternSet &patterns,
                                             bool reassociate,
                                             bool integersOnly) {
  RaiseOptions options{reassociate, integersOnly};
  patterns.add<RaiseStructured, RaiseNamed<tosa::MatMulOp>,
               RaiseNamed<tosa::Conv2DOp>>(patterns.getContext(), options);
}
