//===- RaiseToEinsum.cpp - From contractions to einsum --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every structured operation that adds up products of two tensors becomes an
// einsum. An operand of an einsum that is a constant of -s, 0 and s becomes
// trits, and the result is multiplied by s.
//
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"
#include "TernaryProduct.h"

#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

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
/// narrow ones, of operand `trits`. Nothing changes where they differ.
static void dropExtensions(MutableArrayRef<Value> inputs, unsigned trits) {
  SmallVector<Value> narrow(inputs);
  Type type;
  for (auto [index, input] : llvm::enumerate(narrow)) {
    if (index == trits)
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
  Type type = op.getType().getElementType();
  FailureOr<TernaryOperand> operand = findTernaryOperand(
      contraction, op.getInputs(), type,
      [&](const Twine &reason) { (void)refuse(rewriter, op, reason); });
  if (failed(operand))
    return rewriter.notifyMatchFailure(op, "no operand is a ternary constant");
  if (isa<FloatType>(type) && !reassociate)
    if (std::optional<std::string> reason =
            whyRounded(contraction, *operand, type))
      return refuse(rewriter, op,
                    "operand #" + Twine(operand->index) + " is ternary, but " +
                        *reason + ", which needs 'reassociate'");
  SmallVector<Value> inputs(op.getInputs());
  dropExtensions(inputs, operand->index);
  Value result = buildTernaryProduct(rewriter, op.getLoc(), contraction, inputs,
                                     *operand, type, type);
  if (result.getType() != op.getType())
    result =
        tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
  return result;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

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
    TensorProduct product;
    if (std::optional<std::string> reason = readProduct(op, product))
      return refuse(rewriter, op, *reason);
    bool mayReassociate = reassociate || product.reassociate;
    Type elementType = product.type.getElementType();
    if (isa<FloatType>(elementType) && !mayReassociate)
      if (std::optional<std::string> reason =
              whyEinsumRounds(product.contraction, !product.init))
        return refuse(rewriter, op, *reason + ", which needs 'reassociate'");

    Location loc = op.getLoc();
    SmallVector<Value> &inputs = product.inputs;
    if (getElementTypeOrSelf(inputs[0]) != getElementTypeOrSelf(inputs[1]))
      for (Value &input : inputs)
        input = extend(rewriter, loc, input, elementType);
    auto einsumOp = EinsumOp::create(rewriter, loc, product.contraction, inputs,
                                     elementType, /*bound=*/IntegerAttr());
    Value result = einsumOp;
    FailureOr<Value> ternary =
        buildWithTrits(rewriter, einsumOp, mayReassociate);
    if (succeeded(ternary)) {
      result = *ternary;
      rewriter.eraseOp(einsumOp);
    }
    rewriter.replaceOp(op, addInit(rewriter, loc, product, result));
    return success();
  }

private:
  /// Why an einsum would round otherwise than the operation does.
  static std::optional<std::string>
  whyEinsumRounds(const Contraction &contraction, bool startsAtZero) {
    if (!startsAtZero)
      return "the sum would be added to what the result starts from, not each "
             "product";
    for (auto [axis, role] : llvm::enumerate(contraction.classify(0, 1)))
      if (contraction.getAxes()[axis].size != 1 &&
          (role == einsum::AxisRole::LhsSum ||
           role == einsum::AxisRole::RhsSum))
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
