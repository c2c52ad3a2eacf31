//===- TensorProduct.cpp - Structured operations as einsums ---------------===//
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
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"

#include "ConstantView.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::Contraction;

bool mlir::mml::isZeroTensor(Value tensor) {
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>())
    tensor = fill.value();
  return matchPattern(tensor, m_PosZeroFloat()) ||
         matchPattern(tensor, m_Zero());
}

Value mlir::mml::stripExtensions(Value value) {
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

/// The indexing maps of `op`, in which a loop of one iteration that stands
/// beside others in an expression is the 0 that it always is.
static SmallVector<AffineMap> getMaps(linalg::LinalgOp op) {
  SmallVector<AffineExpr> loops;
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
    loops.push_back(size == 1 ? getAffineConstantExpr(0, op->getContext())
                              : getAffineDimExpr(loop, op->getContext()));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap &map : maps) {
    SmallVector<AffineExpr> results;
    for (AffineExpr expr : map.getResults())
      results.push_back(isa<AffineDimExpr>(expr)
                            ? expr
                            : simplifyAffineExpr(expr.replaceDims(loops),
                                                 map.getNumDims(), 0));
    map = AffineMap::get(map.getNumDims(), 0, results, op->getContext());
  }
  return maps;
}

std::optional<std::string> mlir::mml::whyNoNumbers(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && !type.getEncoding() && isNumberType(type.getElementType()))
    return std::nullopt;
  return llvm::formatv("expected tensors of i8 to i64, f16, bf16, f32 or f64, "
                       "without an encoding, but got {0}",
                       value.getType());
}

/// Why `op` is not an einsum; nothing where it is one.
static std::optional<std::string> whyNotEinsum(linalg::LinalgOp op,
                                               ArrayRef<AffineMap> maps) {
  if (!op.hasPureTensorSemantics())
    return "expected tensors but got memrefs";
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return llvm::formatv("expected 2 inputs and 1 result but got {0} and {1}",
                         op.getNumDpsInputs(), op.getNumDpsInits());
  for (Value operand : op->getOperands())
    if (auto reason = whyNoNumbers(operand))
      return reason;
  if (op.getNumLoops() > einsum::kMaxAxes)
    return llvm::formatv("expected at most {0} loops but got {1}",
                         einsum::kMaxAxes, op.getNumLoops());
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
static Contraction getContraction(linalg::LinalgOp op,
                                  ArrayRef<AffineMap> maps) {
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

std::optional<std::string> mlir::mml::readProduct(linalg::LinalgOp op,
                                                  TensorProduct &product) {
  SmallVector<AffineMap> maps = getMaps(op);
  if (std::optional<std::string> reason = whyNotEinsum(op, maps))
    return reason;
  if (!isMultiplyAdd(*op.getBlock(), product.reassociate))
    return "expected the product of both inputs, extended by sign, added to "
           "the result";
  product.contraction = getContraction(op, maps);
  product.inputs = op.getDpsInputs();
  Value init = op.getDpsInits().front();
  product.type = cast<RankedTensorType>(init.getType());
  if (!isZeroTensor(init))
    product.init = init;
  return std::nullopt;
}

Value mlir::mml::addInit(OpBuilder &builder, Location loc,
                         const TensorProduct &product, Value sums) {
  if (sums.getType() != product.type)
    sums = tensor::CastOp::create(builder, loc, product.type, sums);
  if (!product.init)
    return sums;
  if (product.initMap) {
    int64_t rank = product.type.getRank();
    AffineMap identity = builder.getMultiDimIdentityMap(rank);
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, sums),
        product.type.getElementType());
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    Value result =
        linalg::GenericOp::create(
            builder, loc, empty.getType(), ValueRange{product.init, sums},
            empty, ArrayRef{product.initMap, identity, identity}, iterators,
            [](OpBuilder &inner, Location loc, ValueRange args) {
              Value sum;
              if (isa<FloatType>(args[0].getType()))
                sum = arith::AddFOp::create(inner, loc, args[0], args[1]);
              else
                sum = arith::AddIOp::create(inner, loc, args[0], args[1]);
              linalg::YieldOp::create(inner, loc, sum);
            })
            .getResult(0);
    if (result.getType() != product.type)
      result = tensor::CastOp::create(builder, loc, product.type, result);
    return result;
  }
  if (isa<FloatType>(product.type.getElementType()))
    return arith::AddFOp::create(builder, loc, product.init, sums);
  return arith::AddIOp::create(builder, loc, product.init, sums);
}
