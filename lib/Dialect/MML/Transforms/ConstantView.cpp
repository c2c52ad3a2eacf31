//===- ConstantView.cpp - How a value follows from constants --------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the constant to the value, each operation changes the view and touches
// no element: what moves elements changes dimensions and steps, what computes
// is a step behind the others.
//
//===----------------------------------------------------------------------===//

#include "ConstantView.h"

#include "Element.h"
#include "QuantScales.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;

/// Attributes of trits have fewer.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

/// Views of views of factors: enough for what front ends write.
static constexpr unsigned kMaxDepth = 4;

/// Each operation of a body is a step for each scale.
static constexpr unsigned kMaxBodySteps = 64;

bool mlir::mml::isNumberType(Type type) {
  return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type) ||
         type.isSignlessInteger(8) || type.isSignlessInteger(16) ||
         type.isSignlessInteger(32) || type.isSignlessInteger(64);
}

std::optional<int64_t> mlir::mml::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (ShapedType::isDynamic(size) || llvm::MulOverflow(count, size, count) ||
        count >= kMaxElements)
      return std::nullopt;
  return count;
}

LogicalResult ConstantView::refine(int64_t dim, ArrayRef<int64_t> wanted) {
  SmallVector<int64_t> axes;
  SmallVector<int64_t> left(wanted);
  // From the innermost axis outwards.
  for (int64_t axis : llvm::reverse(dims[dim])) {
    while (!left.empty() && left.back() == 1)
      left.pop_back();
    while (!left.empty() && left.back() < sizes[axis]) {
      int64_t inner = left.pop_back_val(), size = sizes[axis];
      if (inner == 0 || size % inner != 0)
        return failure();
      int64_t split = sizes.size();
      sizes.push_back(inner);
      sizes[axis] = size / inner;
      auto splitSteps = [&](StridedConstant &constant) {
        int64_t step = constant.steps[axis];
        constant.steps.push_back(step);
        constant.steps[axis] = step * inner;
      };
      splitSteps(root);
      for (ConstantStep &step : steps)
        if (step.kind != ConstantStep::Kind::Convert)
          splitSteps(step.factor);
      axes.push_back(split);
      while (!left.empty() && left.back() == 1)
        left.pop_back();
    }
    if (!left.empty()) {
      if (sizes[axis] == 0 || left.back() % sizes[axis] != 0)
        return failure();
      left.back() /= sizes[axis];
    } else if (sizes[axis] != 1) {
      return failure();
    }
    axes.push_back(axis);
  }
  dims[dim].assign(axes.rbegin(), axes.rend());
  return success();
}

namespace {

/// Follows one value to its constant and back.
class ViewBuilder {
public:
  ViewBuilder(std::string &reason, unsigned depth)
      : reason(reason), depth(depth) {}

  FailureOr<ConstantView> build(Value value);

private:
  LogicalResult fail(const Twine &text) {
    reason = text.str();
    return failure();
  }
  LogicalResult readAttribute(Attribute constant);
  LogicalResult apply(Operation *op, Value source);
  LogicalResult reshape(ArrayRef<int64_t> shape,
                        ArrayRef<ReassociationIndices> groups, bool expands);
  LogicalResult applyStructured(linalg::LinalgOp op, Value source);
  LogicalResult applyBody(linalg::LinalgOp op, Value scalar,
                          BlockArgument source);
  LogicalResult multiplyInBody(linalg::LinalgOp op, ConstantStep::Kind kind,
                               Value factor);
  LogicalResult applyReshape(tosa::ReshapeOp op);
  LogicalResult multiply(ConstantStep::Kind kind, Value factor,
                         ArrayRef<int64_t> factorDims);
  LogicalResult multiply(ConstantStep::Kind kind, ConstantView factor,
                         ArrayRef<int64_t> factorDims);
  LogicalResult multiplyScalar(ConstantStep::Kind kind, Attribute value);
  void convert(Type type) {
    view.steps.push_back({ConstantStep::Kind::Convert, type, {}});
  }

  std::string &reason;
  unsigned depth;
  ConstantView view;
};

} // namespace

/// Whether `op` converts a number and its negative alike, between types that
/// have signs.
static bool isConversion(Operation *op) {
  if (!isa<arith::TruncFOp, arith::ExtFOp, arith::ExtSIOp, arith::SIToFPOp>(op))
    return false;
  if (!isNumberType(getElementTypeOrSelf(op->getOperand(0).getType())) ||
      !isNumberType(getElementTypeOrSelf(op->getResult(0).getType())))
    return false;
  if (auto truncate = dyn_cast<arith::TruncFOp>(op))
    return !truncate.getRoundingmode() ||
           truncate.getRoundingmode() == arith::RoundingMode::to_nearest_even;
  return true;
}

static bool isProduct(Operation *op) {
  return isa<arith::MulFOp, arith::DivFOp>(op);
}

static Value getSource(Operation *op, unsigned depth);

/// How many elements tell what `value` is, as far as it follows from one
/// constant.
static int64_t countStored(Value value, unsigned depth) {
  constexpr unsigned maxSteps = 64;
  for (unsigned i = 0; i < maxSteps && value; ++i) {
    Attribute constant;
    if (matchPattern(value, m_Constant(&constant))) {
      auto elements = dyn_cast<ElementsAttr>(constant);
      return !elements || elements.isSplat() ? 1 : elements.getNumElements();
    }
    value = getSource(value.getDefiningOp(), depth + 1);
  }
  return 0;
}

/// Of the operands of a product that of the largest constant, which the others
/// are factors of.
static Value getLargest(ValueRange operands, unsigned depth) {
  Value largest = operands.front();
  if (operands.size() == 1 || depth == kMaxDepth)
    return largest;
  int64_t most = countStored(largest, depth);
  for (Value operand : operands.drop_front())
    if (int64_t count = countStored(operand, depth); count > most) {
      largest = operand;
      most = count;
    }
  return largest;
}

/// The operand of `op` that its result is a view of; null where `op` is nothing
/// to look through.
static Value getSource(Operation *op, unsigned depth) {
  if (!op)
    return {};
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp,
          quant::StorageCastOp, quant::DequantizeCastOp, tosa::TransposeOp,
          tosa::ReshapeOp>(op) ||
      (isConversion(op) && isa<RankedTensorType>(op->getResultTypes()[0])))
    return op->getOperand(0);
  if (isProduct(op) && isa<RankedTensorType>(op->getResultTypes()[0]))
    return isa<arith::MulFOp>(op) ? getLargest(op->getOperands(), depth)
                                  : op->getOperand(0);
  if (auto structured = dyn_cast<linalg::LinalgOp>(op);
      structured && isElementwise(structured))
    return getLargest(structured.getDpsInputs(), depth);
  return {};
}

LogicalResult ViewBuilder::readAttribute(Attribute constant) {
  auto elements = dyn_cast<ElementsAttr>(constant);
  auto shaped =
      elements ? dyn_cast<RankedTensorType>(elements.getShapedType()) : nullptr;
  if (!shaped || !isNumberType(shaped.getElementType()))
    return fail("the constant has no elements that an einsum takes");
  StridedConstant &root = view.root;
  root.type = shaped.getElementType();
  view.shape = llvm::to_vector(shaped.getShape());
  std::optional<int64_t> count = countElements(view.shape);
  if (!count)
    return fail("the constant has 2^40 elements or more");
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    size_t numBytes = *count * (root.type.getIntOrFloatBitWidth() / CHAR_BIT);
    if (!blob || blob->getData().size() != numBytes)
      return fail("the data of resource '" + resource.getRawHandle().getKey() +
                  "' are not at hand");
    root.bytes = blob->getData();
    root.name = resource.getRawHandle().getKey();
  } else if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(constant)) {
    root.bytes = dense.getRawData();
    root.isSplat = dense.isSplat();
  } else {
    return fail("the constant is not a dense or a dense_resource value");
  }
  view.sizes = view.shape;
  root.steps.assign(view.shape.size(), 1);
  for (size_t axis = view.shape.size(); axis-- > 1;)
    root.steps[axis - 1] = root.steps[axis] * view.shape[axis];
  for (int64_t axis = 0, rank = view.shape.size(); axis < rank; ++axis)
    view.dims.push_back({axis});
  return success();
}

/// Gives the view the dimensions of `shape`; each of `groups` are the
/// dimensions that one becomes, or that become one.
LogicalResult ViewBuilder::reshape(ArrayRef<int64_t> shape,
                                   ArrayRef<ReassociationIndices> groups,
                                   bool expands) {
  if (!expands &&
      llvm::any_of(groups, [](auto &group) { return group.empty(); }))
    return fail("the constant is reshaped to sizes that are not known");
  if (groups.size() != (expands ? view.shape.size() : shape.size()) ||
      countElements(shape) != countElements(view.shape) ||
      !countElements(shape))
    return fail("the constant is reshaped to sizes that are not known");
  SmallVector<SmallVector<int64_t>> dims(shape.size());
  for (auto [index, group] : llvm::enumerate(groups)) {
    if (!expands) {
      bool isRepeated = llvm::any_of(group, [&](int64_t dim) {
        return view.dims[dim].empty() && view.shape[dim] != 1;
      });
      for (int64_t dim : group)
        llvm::append_range(dims[index], view.dims[dim]);
      if (isRepeated && !dims[index].empty())
        return fail("the constant is repeated along a part of a dimension");
      continue;
    }
    SmallVector<int64_t> wanted;
    for (int64_t dim : group)
      wanted.push_back(shape[dim]);
    if (view.dims[index].empty())
      continue;
    if (failed(view.refine(index, wanted)))
      return fail("the constant is reshaped across its dimensions");
    // Axes of size 1 go with whatever comes last.
    ArrayRef<int64_t> axes = view.dims[index];
    for (auto [dim, size] : llvm::zip_equal(group, wanted))
      for (int64_t product = 1; product < size; axes = axes.drop_front()) {
        product *= view.sizes[axes.front()];
        dims[dim].push_back(axes.front());
      }
  }
  view.dims = std::move(dims);
  view.shape = llvm::to_vector(shape);
  return success();
}

/// Adds a step for `factor`, of which dimension i lies along the dimension
/// `factorDims[i]` of the view.
LogicalResult ViewBuilder::multiply(ConstantStep::Kind kind,
                                    ConstantView factor,
                                    ArrayRef<int64_t> factorDims) {
  if (!factor.steps.empty() || !isa<FloatType>(factor.root.type))
    return fail("the constant has a factor that is computed");
  StridedConstant strided = factor.root;
  if (strided.isSplat)
    factorDims = {};
  for (auto [dim, along] : llvm::enumerate(factorDims)) {
    ArrayRef<int64_t> axes = factor.dims[dim];
    if (axes.empty() || factor.shape[dim] == 1)
      continue;
    if (factor.shape[dim] != view.shape[along] || view.dims[along].empty() ||
        failed(view.refine(along, llvm::map_to_vector(axes, [&](int64_t axis) {
                             return factor.sizes[axis];
                           }))))
      return fail("the constant has a factor that its dimensions do not "
                  "divide by");
  }
  strided.steps.assign(view.sizes.size(), 0);
  for (auto [dim, along] : llvm::enumerate(factorDims)) {
    if (factor.shape[dim] == 1)
      continue;
    // Axes of the factor are products of axes of the view, the last ones of
    // which come first here.
    SmallVector<int64_t> axes(view.dims[along]);
    for (int64_t axis : llvm::reverse(factor.dims[dim])) {
      int64_t step = factor.root.steps[axis];
      for (int64_t left = factor.sizes[axis]; left > 1;) {
        int64_t inner = axes.pop_back_val();
        strided.steps[inner] = step;
        step *= view.sizes[inner];
        left /= std::max<int64_t>(view.sizes[inner], 1);
      }
    }
  }
  view.steps.push_back({kind, factor.root.type, strided});
  return success();
}

LogicalResult ViewBuilder::multiply(ConstantStep::Kind kind, Value factor,
                                    ArrayRef<int64_t> factorDims) {
  if (depth == kMaxDepth)
    return fail("the constant is a product of too many factors");
  FailureOr<ConstantView> constant =
      ViewBuilder(reason, depth + 1).build(factor);
  if (failed(constant)) {
    if (reason.empty())
      return fail("the constant has a factor that is not constant");
    return failure();
  }
  return multiply(kind, *constant, factorDims);
}

LogicalResult ViewBuilder::multiplyScalar(ConstantStep::Kind kind,
                                          Attribute value) {
  auto number = dyn_cast<FloatAttr>(value);
  if (!number || !isNumberType(number.getType()))
    return fail("the constant has a factor that is not a number");
  auto attr = DenseElementsAttr::get(
      RankedTensorType::get({}, number.getType()), number.getValue());
  ConstantView factor;
  factor.root.type = number.getType();
  factor.root.bytes = attr.getRawData();
  factor.root.isSplat = true;
  return multiply(kind, factor, {});
}

LogicalResult ViewBuilder::applyBody(linalg::LinalgOp op, Value scalar,
                                     BlockArgument source) {
  auto isFactor = [&](Value operand) {
    auto argument = dyn_cast<BlockArgument>(operand);
    return matchPattern(operand, m_Constant()) ||
           (argument && argument != source &&
            argument.getOwner() == op.getBlock());
  };
  // From the result back to the constant: operations and their factors.
  SmallVector<std::pair<Operation *, Value>> moves;
  while (scalar != source) {
    Operation *inner = scalar.getDefiningOp();
    if (!inner || inner->getBlock() != op.getBlock() ||
        (!isConversion(inner) && !isProduct(inner)))
      return fail("the constant goes through '" +
                  (inner ? inner->getName().getStringRef().str()
                         : std::string("an argument")) +
                  "'");
    if (moves.size() == kMaxBodySteps)
      return fail("the constant goes through more than " +
                  Twine(kMaxBodySteps) + " operations of one body");
    scalar = inner->getOperand(0);
    Value factor;
    if (isProduct(inner)) {
      factor = inner->getOperand(1);
      if (isa<arith::MulFOp>(inner) && isFactor(scalar))
        std::swap(scalar, factor);
      if (!isFactor(factor))
        return fail("the constant has a factor that is computed");
    }
    moves.push_back({inner, factor});
  }
  for (auto [inner, factor] : llvm::reverse(moves)) {
    if (!factor)
      convert(inner->getResult(0).getType());
    else if (failed(multiplyInBody(op,
                                   isa<arith::DivFOp>(inner)
                                       ? ConstantStep::Kind::Divide
                                       : ConstantStep::Kind::Multiply,
                                   factor)))
      return failure();
  }
  return success();
}

/// Adds a step for `factor`, a constant or an argument of the body of `op`.
LogicalResult ViewBuilder::multiplyInBody(linalg::LinalgOp op,
                                          ConstantStep::Kind kind,
                                          Value factor) {
  Attribute value;
  if (matchPattern(factor, m_Constant(&value)))
    return multiplyScalar(kind, value);
  auto argument = cast<BlockArgument>(factor);
  OpOperand *operand = op.getMatchingOpOperand(argument);
  if (operand == op.getDpsInitOperand(0))
    return fail("the constant goes through a destination");
  if (matchPattern(operand->get(), m_Constant(&value)) && isa<FloatAttr>(value))
    return multiplyScalar(kind, value);
  if (!isa<RankedTensorType>(operand->get().getType()))
    return fail("the constant has a factor that is not constant");
  AffineMap map = op.getMatchingIndexingMap(operand);
  AffineMap output = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<int64_t> factorDims;
  for (AffineExpr expr : map.getResults()) {
    // An index of zero is that of a dimension of size 1, along anything.
    std::optional<unsigned> position = output.getResultPosition(expr);
    factorDims.push_back(position.value_or(0));
    if (!position && cast<RankedTensorType>(operand->get().getType())
                             .getDimSize(factorDims.size() - 1) != 1)
      return fail("the constant has a factor of which one part is taken");
  }
  return multiply(kind, operand->get(), factorDims);
}

LogicalResult ViewBuilder::applyStructured(linalg::LinalgOp op, Value source) {
  OpOperand *input = nullptr;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (operand->get() == source) {
      if (input)
        return fail("the constant is two operands of one operation");
      input = operand;
    }
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  AffineMap map = op.getMatchingIndexingMap(input);
  if (!type || map.getNumResults() != view.dims.size())
    return fail("the constant is cast to another rank");
  AffineMap output = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<SmallVector<int64_t>> dims(type.getRank());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    std::optional<unsigned> position = output.getResultPosition(expr);
    if (!position) {
      if (view.shape[dim] != 1)
        return fail("one part of the constant is taken");
      continue;
    }
    dims[*position] = view.dims[dim];
    if (!dims[*position].empty() || view.shape[dim] == 1)
      shape[*position] = view.shape[dim];
  }
  view.dims = std::move(dims);
  view.shape = std::move(shape);
  auto yield = cast<linalg::YieldOp>(op.getBlock()->getTerminator());
  return applyBody(op, yield->getOperand(0),
                   op.getMatchingBlockArgument(input));
}

/// A reshape of TOSA: all dimensions become one, then those of the result.
LogicalResult ViewBuilder::applyReshape(tosa::ReshapeOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getType());
  std::optional<int64_t> count = countElements(view.shape);
  if (!type || !type.hasStaticShape() || !count || view.shape.empty() ||
      type.getRank() == 0)
    return fail("the constant is reshaped to sizes that are not known");
  ReassociationIndices from, to;
  for (int64_t dim = 0, rank = view.shape.size(); dim < rank; ++dim)
    from.push_back(dim);
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    to.push_back(dim);
  if (failed(reshape(*count, from, /*expands=*/false)))
    return failure();
  return reshape(type.getShape(), to, /*expands=*/true);
}

/// Does to the view what `op` does to `source`.
LogicalResult ViewBuilder::apply(Operation *op, Value source) {
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    auto type = dyn_cast<RankedTensorType>(cast.getType());
    if (type && failed(verifyCompatibleShape(type.getShape(), view.shape)))
      return fail("the constant is cast to another shape");
    return success();
  }
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return reshape(collapse.getResultType().getShape(),
                   collapse.getReassociationIndices(), /*expands=*/false);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return reshape(expand.getResultType().getShape(),
                   expand.getReassociationIndices(), /*expands=*/true);
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op)) {
    SmallVector<SmallVector<int64_t>> dims;
    SmallVector<int64_t> shape;
    for (int32_t dim : transpose.getPerms()) {
      if (dim < 0 || static_cast<size_t>(dim) >= view.dims.size())
        return fail("the constant is cast to another rank");
      dims.push_back(view.dims[dim]);
      shape.push_back(view.shape[dim]);
    }
    view.dims = std::move(dims);
    view.shape = std::move(shape);
    return success();
  }
  if (auto reshape = dyn_cast<tosa::ReshapeOp>(op))
    return applyReshape(reshape);
  auto sameDims = llvm::to_vector(llvm::seq<int64_t>(0, view.shape.size()));
  if (auto cast = dyn_cast<quant::DequantizeCastOp>(op)) {
    FailureOr<ConstantView> scales = viewScales(cast, view.shape, reason);
    if (failed(scales))
      return failure();
    convert(scales->root.type);
    return multiply(ConstantStep::Kind::Multiply, *scales, sameDims);
  }
  if (isa<quant::StorageCastOp>(op))
    return success();
  if (isConversion(op)) {
    convert(getElementTypeOrSelf(op->getResultTypes()[0]));
    return success();
  }
  if (isProduct(op)) {
    Value factor = op->getOperand(op->getOperand(0) == source ? 1 : 0);
    return multiply(isa<arith::DivFOp>(op) ? ConstantStep::Kind::Divide
                                           : ConstantStep::Kind::Multiply,
                    factor, sameDims);
  }
  return applyStructured(cast<linalg::LinalgOp>(op), source);
}

FailureOr<ConstantView> ViewBuilder::build(Value value) {
  auto wanted = dyn_cast<RankedTensorType>(value.getType());
  if (!wanted)
    return failure();
  SmallVector<std::pair<Operation *, Value>> moves;
  SetVector<Operation *> visited;
  Attribute constant;
  // Where dominance is not required, an operation may be an operand of itself.
  while (!matchPattern(value, m_Constant(&constant))) {
    Operation *op = value.getDefiningOp();
    Value source = getSource(op, depth);
    if (!source || !visited.insert(op))
      return failure();
    moves.push_back({op, source});
    value = source;
  }
  if (failed(readAttribute(constant)))
    return failure();
  for (auto [op, source] : llvm::reverse(moves))
    if (failed(apply(op, source)))
      return failure();
  if (failed(verifyCompatibleShape(view.shape, wanted.getShape())))
    return fail("the constant is cast to another shape");
  return std::move(view);
}

FailureOr<ConstantView> mlir::mml::viewConstant(Value value,
                                                std::string &reason) {
  reason.clear();
  return ViewBuilder(reason, /*depth=*/0).build(value);
}
