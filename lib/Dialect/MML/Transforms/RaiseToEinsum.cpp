//===- RaiseToEinsum.cpp - From contractions to einsum --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A structured operation that adds up products of two tensors is an einsum: its
// loops are the labels, its indexing maps the terms. What it adds to is added
// behind the einsum where it is not zero.
//
// An operand of an einsum that is a constant of -s, 0 and s becomes trits, and
// the result is multiplied by s.
//
//===----------------------------------------------------------------------===//

#include "TernaryConstant.h"

#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/ADT/SmallVectorExtras.h"

namespace mlir::mml {
#define GEN_PASS_DEF_RAISETOEINSUMPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

/// Says why `op` stays as it is, to people and to the driver.
static LogicalResult refuse(PatternRewriter &rewriter, Operation *op,
                            const Twine &reason) {
  std::string text = reason.str();
  remark::missed(
      op->getLoc(),
      remark::RemarkOpts::name("NotRaised").category("mml-raise-to-einsum"))
      << remark::metric("op", op->getName().getStringRef())
      << remark::reason("{0}", text);
  return rewriter.notifyMatchFailure(op, text);
}

//===----------------------------------------------------------------------===//
// Trits
//===----------------------------------------------------------------------===//

/// The numbers that `inputs` were all extended from, in their place. An einsum
/// converts its operands to the accumulator, and that of trits can multiply
/// narrow ones. Nothing changes where they differ.
static void dropExtensions(MutableArrayRef<Value> inputs) {
  SmallVector<Value> narrow(inputs);
  Type type;
  for (Value &input : narrow) {
    if (isa<TritType>(getElementTypeOrSelf(input)))
      continue;
    Operation *op = input.getDefiningOp();
    if (!isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp>(op))
      return;
    input = op->getOperand(0);
    Type from = getElementTypeOrSelf(input);
    if (!isNumberType(from) || (type && from != type))
      return;
    type = from;
  }
  llvm::copy(narrow, inputs.begin());
}

/// The elements of `tensor` times those of `scale`, whose dimensions lie along
/// `dims` of the tensor.
static Value multiplyByScale(OpBuilder &builder, Location loc, Value tensor,
                             DenseElementsAttr scale, ArrayRef<int64_t> dims) {
  auto type = cast<RankedTensorType>(tensor.getType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  auto scaleMap = AffineMap::get(
      type.getRank(), 0,
      llvm::map_to_vector(
          dims, [&](int64_t dim) { return builder.getAffineDimExpr(dim); }),
      builder.getContext());
  Value factor = arith::ConstantOp::create(builder, loc, scale);
  Value init = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, tensor),
      type.getElementType());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange{tensor, factor}, init,
             ArrayRef{identity, scaleMap, identity}, iterators,
             [](OpBuilder &inner, Location loc, ValueRange args) {
               Value product;
               if (isa<FloatType>(args[0].getType()))
                 product = arith::MulFOp::create(inner, loc, args[0], args[1]);
               else
                 product = arith::MulIOp::create(inner, loc, args[0], args[1]);
               linalg::YieldOp::create(inner, loc, product);
             })
      .getResult(0);
}

/// Builds `op` with trits for its first operand that is a ternary constant.
static FailureOr<Value> buildWithTrits(PatternRewriter &rewriter, EinsumOp op,
                                       bool reassociate) {
  Contraction contraction = op.getContraction();
  if (op.getInputs().size() < 2 ||
      !llvm::all_of(contraction.getOperands(),
                    std::mem_fn(&einsum::Operand::hasDistinctAxes)) ||
      llvm::any_of(op.getInputs(), [](Value input) {
        return isa<TritType>(getElementTypeOrSelf(input));
      }))
    return rewriter.notifyMatchFailure(
        op, "there is one operand, an operand of trits, a diagonal, or a size "
            "that stretches");
  ArrayRef<unsigned> output = contraction.getOutput();
  Type type = op.getType().getElementType();
  for (auto [index, input] : llvm::enumerate(op.getInputs())) {
    // Factors that are not summed with the products can be their scale.
    SmallVector<int64_t> channels, dims;
    for (auto [dim, axis] :
         llvm::enumerate(contraction.getOperands()[index].axes)) {
      const auto *at = llvm::find(output, axis);
      if (at == output.end())
        continue;
      channels.push_back(dim);
      dims.push_back(at - output.begin());
    }
    std::string reason;
    FailureOr<TernaryConstant> constant =
        readTernaryConstant(input, channels, type, reason);
    if (failed(constant)) {
      if (!reason.empty())
        (void)refuse(rewriter, op,
                     "operand #" + Twine(index) + " stays: " + reason);
      continue;
    }
    if (isa<FloatType>(type) && !reassociate) {
      (void)refuse(rewriter, op,
                   "operand #" + Twine(index) +
                       " is ternary, but the sums would be rounded otherwise, "
                       "which needs 'reassociate'");
      continue;
    }
    Location loc = op.getLoc();
    SmallVector<Value> inputs(op.getInputs());
    inputs[index] =
        ConstantOp::create(rewriter, input.getLoc(), constant->trits);
    dropExtensions(inputs);
    Value result = EinsumOp::create(rewriter, loc, contraction, inputs, type,
                                    /*bound=*/IntegerAttr());
    if (constant->scale)
      result = multiplyByScale(rewriter, loc, result, constant->scale,
                               constant->scale.getType().getRank()
                                   ? ArrayRef(dims)
                                   : ArrayRef<int64_t>());
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(rewriter, loc, op.getType(), result);
    return result;
  }
  return rewriter.notifyMatchFailure(op, "no operand is a ternary constant");
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// `value` in front of its extensions by sign.
static Value stripExtensions(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<arith::ExtFOp, arith::ExtSIOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

static bool hasReassoc(Operation *op) {
  auto flags = dyn_cast<arith::ArithFastMathInterface>(op);
  return flags &&
         arith::bitEnumContainsAll(flags.getFastMathFlagsAttr().getValue(),
                                   arith::FastMathFlags::reassoc);
}

/// Checks that `body` adds the product of its first two arguments, extended by
/// sign, to the third, operands standing in any order. Sets `reassociate` where
/// the operations themselves leave the order of float sums open.
static bool isMultiplyAdd(Block &body, bool &reassociate) {
  auto yield = dyn_cast<linalg::YieldOp>(body.getTerminator());
  if (!yield || yield->getNumOperands() != 1 || body.getNumArguments() != 3)
    return false;
  Operation *sum = yield->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(sum))
    return false;
  Value product = sum->getOperand(1);
  if (product == body.getArgument(2))
    product = sum->getOperand(0);
  else if (sum->getOperand(0) != body.getArgument(2))
    return false;
  Operation *multiply = product.getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(multiply))
    return false;
  Value lhs = stripExtensions(multiply->getOperand(0)),
        rhs = stripExtensions(multiply->getOperand(1));
  if (lhs != body.getArgument(0))
    std::swap(lhs, rhs);
  if (lhs != body.getArgument(0) || rhs != body.getArgument(1))
    return false;
  reassociate |= hasReassoc(sum) && hasReassoc(multiply);
  return true;
}

/// Why `op` is not an einsum; nothing where it is one.
static std::optional<std::string> whyNotEinsum(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics())
    return "expected tensors but got memrefs";
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return llvm::formatv("expected 2 inputs and 1 result but got {0} and {1}",
                         op.getNumDpsInputs(), op.getNumDpsInits());
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || type.getEncoding() || !isNumberType(type.getElementType()))
      return llvm::formatv("expected tensors of i8 to i64, f16, bf16, f32 or "
                           "f64, without an encoding, but got {0}",
                           operand.getType());
  }
  if (op.getNumLoops() > einsum::kMaxAxes)
    return llvm::formatv("expected at most {0} loops but got {1}",
                         einsum::kMaxAxes, op.getNumLoops());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap map : maps)
    if (!map.isProjectedPermutation())
      return llvm::formatv("expected each loop at most once in a map, and "
                           "nothing else, but got {0}",
                           map);
  for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    bool isKept = maps[2].isFunctionOfDim(loop);
    if (isKept != (iterator == utils::IteratorType::parallel))
      return llvm::formatv("expected the result to run along its parallel "
                           "loops alone, but loop {0} differs",
                           loop);
    if (!maps[0].isFunctionOfDim(loop) && !maps[1].isFunctionOfDim(loop))
      return llvm::formatv("expected each loop in an input but got {0} in none",
                           loop);
  }
  return std::nullopt;
}

/// The axes of the contraction that `op` is, in the order in which its inputs
/// have them.
static Contraction getContraction(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<std::optional<unsigned>> axisOf(op.getNumLoops());
  SmallVector<einsum::Axis> axes;
  SmallVector<SmallVector<unsigned>> terms;
  for (auto [map, operand] : llvm::zip_equal(maps, op->getOperands())) {
    SmallVector<unsigned> &term = terms.emplace_back();
    auto type = cast<RankedTensorType>(operand.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      std::optional<unsigned> &axis = axisOf[map.getDimPosition(dim)];
      if (!axis) {
        axis = axes.size();
        axes.emplace_back().fromEnd = *axis;
      }
      if (!type.isDynamicDim(dim))
        axes[*axis].size = type.getDimSize(dim);
      term.push_back(*axis);
    }
  }
  auto getOperand = [](ArrayRef<unsigned> term) {
    return einsum::Operand{{term.begin(), term.end()},
                           SmallVector<bool, 4>(term.size(), false)};
  };
  return Contraction(axes, {getOperand(terms[0]), getOperand(terms[1])},
                     terms[2]);
}

/// Whether `tensor` is known to hold zeros. A negative zero is not that of a
/// sum of nothing.
static bool isZero(Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    tensor = fill.value();
  return matchPattern(tensor, m_PosZeroFloat()) ||
         matchPattern(tensor, m_Zero());
}

/// `tensor` with elements of `type`, which is at least as wide.
static Value extend(OpBuilder &builder, Location loc, Value tensor, Type type) {
  auto tensorType = cast<RankedTensorType>(tensor.getType());
  if (tensorType.getElementType() == type)
    return tensor;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(builder, loc, tensorType.clone(type), tensor);
  return arith::ExtSIOp::create(builder, loc, tensorType.clone(type), tensor);
}

namespace {

/// A structured operation that multiplies and adds.
struct RaiseContraction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  RaiseContraction(MLIRContext *context, bool reassociate)
      : OpInterfaceRewritePattern(context), reassociate(reassociate) {}

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() < 2)
      return rewriter.notifyMatchFailure(op, "it adds no products");
    if (std::optional<std::string> reason = whyNotEinsum(op))
      return refuse(rewriter, op, *reason);
    bool mayReassociate = reassociate;
    if (!isMultiplyAdd(*op.getBlock(), mayReassociate))
      return refuse(rewriter, op,
                    "expected the product of both inputs, extended by sign, "
                    "added to the result");
    Contraction contraction = getContraction(op);
    Value init = op.getDpsInits().front();
    auto type = cast<RankedTensorType>(init.getType());
    Type elementType = type.getElementType();
    if (isa<FloatType>(elementType) && !mayReassociate)
      if (std::optional<std::string> reason =
              whyRounded(contraction, isZero(init)))
        return refuse(rewriter, op, *reason + ", which needs 'reassociate'");

    Location loc = op.getLoc();
    SmallVector<Value> inputs = op.getDpsInputs();
    if (getElementTypeOrSelf(inputs[0]) != getElementTypeOrSelf(inputs[1]))
      for (Value &input : inputs)
        input = extend(rewriter, loc, input, elementType);
    auto einsumOp = EinsumOp::create(rewriter, loc, contraction, inputs,
                                     elementType, /*bound=*/IntegerAttr());
    Value result = einsumOp;
    FailureOr<Value> ternary =
        buildWithTrits(rewriter, einsumOp, mayReassociate);
    if (succeeded(ternary)) {
      result = *ternary;
      rewriter.eraseOp(einsumOp);
    }
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, loc, type, result);
    if (!isZero(init)) {
      if (isa<FloatType>(elementType))
        result = arith::AddFOp::create(rewriter, loc, init, result);
      else
        result = arith::AddIOp::create(rewriter, loc, init, result);
    }
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// Why an einsum would round otherwise than the operation does.
  static std::optional<std::string> whyRounded(const Contraction &contraction,
                                               bool startsAtZero) {
    if (!startsAtZero)
      return "the sum would be added to what the result starts from, not each "
             "product";
    for (einsum::AxisRole role : contraction.classify(0, 1))
      if (role == einsum::AxisRole::LhsSum || role == einsum::AxisRole::RhsSum)
        return "an input that is summed alone would be summed before it is "
               "multiplied";
    return std::nullopt;
  }

  bool reassociate;
};

/// An einsum of numbers, one of them a ternary constant.
struct UseTrits : OpRewritePattern<EinsumOp> {
  UseTrits(MLIRContext *context, bool reassociate)
      : OpRewritePattern(context), reassociate(reassociate) {}

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    FailureOr<Value> result = buildWithTrits(rewriter, op, reassociate);
    if (failed(result))
      return failure();
    rewriter.replaceOp(op, *result);
    return success();
  }

private:
  bool reassociate;
};

struct RaiseToEinsumPass
    : mlir::mml::impl::RaiseToEinsumPassBase<RaiseToEinsumPass> {
  using RaiseToEinsumPassBase::RaiseToEinsumPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateRaiseToEinsumPatterns(patterns, reassociate);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    // Destinations and constants that were replaced go.
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }
};

} // namespace

void mlir::mml::populateRaiseToEinsumPatterns(RewritePatternSet &patterns,
                                              bool reassociate) {
  patterns.add<RaiseContraction, UseTrits>(patterns.getContext(), reassociate);
}
