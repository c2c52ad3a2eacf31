//===- Element.cpp - What an element of a tensor follows from -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Front ends say the same computation as one operation or as ten: elementwise
// operations on tensors, structured ones with a body each or all in one,
// broadcasts and reshapes between them. Followed element by element they are
// one expression.
//
//===----------------------------------------------------------------------===//

#include "Element.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace mlir::mml;

bool mlir::mml::isElementwise(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         op.getNumReductionLoops() == 0 && op.getNumDpsInputs() > 0 &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isPermutation() &&
         llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
           return !isa<RankedTensorType>(input->get().getType()) ||
                  op.getMatchingIndexingMap(input).isProjectedPermutation(
                      /*allowZeroInResults=*/true);
         });
}

Element Element::of(Value tensor) {
  Element element{tensor, {}, {}, {}, false};
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  for (int64_t dim = 0; dim < rank; ++dim)
    element.index.push_back(dim);
  return element;
}

/// Whether all dimensions of `group` but one have size 1; the one is `kept`.
static bool isUnitGroup(ArrayRef<int64_t> group, RankedTensorType type,
                        int64_t &kept) {
  kept = group.empty() ? -1 : group.front();
  int64_t numOthers = 0;
  for (int64_t dim : group)
    if (type.getDimSize(dim) != 1) {
      kept = dim;
      ++numOthers;
    }
  return kept >= 0 && numOthers <= 1;
}

/// Goes from `element` to the one that it equals; false where there is none.
static bool step(Element &element) {
  Value value = element.value;
  // A scalar of a body, or of what is around it.
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    linalg::LinalgOp owner = element.owner;
    if (!owner || argument.getOwner() != owner.getBlock())
      return false;
    OpOperand *operand = owner.getMatchingOpOperand(argument);
    if (owner.isDpsInit(operand))
      return false;
    AffineMap map = owner.getMatchingIndexingMap(operand);
    SmallVector<std::optional<unsigned>> index;
    if (isa<RankedTensorType>(operand->get().getType()))
      for (AffineExpr expr : map.getResults()) {
        auto loop = dyn_cast<AffineDimExpr>(expr);
        index.push_back(loop ? element.index[loop.getPosition()]
                             : std::nullopt);
      }
    element = {operand->get(), index, {}, {}, false};
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op)) {
    if (!isa<RankedTensorType>(cast.getSource().getType()))
      return false;
    element.value = cast.getSource();
    return true;
  }
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op)) {
    SmallVector<std::optional<unsigned>> index;
    for (const ReassociationIndices &group : expand.getReassociationIndices()) {
      int64_t kept;
      if (!isUnitGroup(group, expand.getResultType(), kept))
        return false;
      index.push_back(element.index[kept]);
    }
    element = {expand.getSrc(), index, {}, {}, false};
    return true;
  }
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    SmallVector<std::optional<unsigned>> index(collapse.getSrcType().getRank(),
                                               std::nullopt);
    for (auto [dim, group] :
         llvm::enumerate(collapse.getReassociationIndices())) {
      int64_t kept;
      if (!isUnitGroup(group, collapse.getSrcType(), kept))
        return false;
      index[kept] = element.index[dim];
    }
    element = {collapse.getSrc(), index, {}, {}, false};
    return true;
  }
  auto structured = dyn_cast_or_null<linalg::LinalgOp>(op);
  if (!structured || !isElementwise(structured))
    return false;
  AffineMap output =
      structured.getMatchingIndexingMap(structured.getDpsInitOperand(0));
  SmallVector<std::optional<unsigned>> loops(output.getNumDims());
  for (auto [dim, at] : llvm::enumerate(element.index))
    loops[output.getDimPosition(dim)] = at;
  auto yield = cast<linalg::YieldOp>(structured.getBlock()->getTerminator());
  element = {yield->getOperand(0), loops, structured, {}, false};
  return true;
}

Element Element::resolve() const {
  // Where dominance is not required, an element may follow from itself.
  constexpr unsigned maxSteps = 64;
  Element element = *this;
  auto passed = std::move(element.tensors);
  for (unsigned i = 0; i < maxSteps; ++i) {
    if (isa<RankedTensorType>(element.value.getType()))
      passed.insert(passed.begin(), {element.value, element.index});
    if (!step(element))
      break;
  }
  element.tensors = std::move(passed);
  return element;
}

Operation *Element::getOp() const {
  Operation *op = value.getDefiningOp();
  if (isRead || !op || op->getNumResults() != 1 || op->getNumRegions() != 0 ||
      op->getNumOperands() == 0 ||
      !isa<arith::ArithDialect, math::MathDialect>(op->getDialect()))
    return nullptr;
  bool isScalar = !isa<ShapedType>(value.getType());
  if (!isScalar && !op->hasTrait<OpTrait::Elementwise>())
    return nullptr;
  return op;
}

Element Element::getOperand(unsigned number) const {
  Value operand = getOp()->getOperand(number);
  Element element{operand, index, owner, {}, false};
  // A scalar operand of tensors is the same at every index.
  if (!isa<ShapedType>(operand.getType()) && isa<ShapedType>(value.getType()))
    element.index.clear();
  return element.resolve();
}

/// What `element` is at every index, where it is one constant.
static TypedAttr getSplat(const Element &element) {
  Attribute attr;
  if (!matchPattern(element.value, m_Constant(&attr)))
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(attr))
    attr = splat.getSplatValue<Attribute>();
  return isa<FloatAttr, IntegerAttr>(attr) ? cast<TypedAttr>(attr)
                                           : TypedAttr();
}

std::optional<APFloat> Element::getFloat() const {
  if (auto number = dyn_cast_or_null<FloatAttr>(getSplat(*this)))
    return number.getValue();
  return std::nullopt;
}

/// A tensor that is read, in place of one that is computed.
static bool isLeaf(const Element &element) {
  return isa<RankedTensorType>(element.value.getType()) && !getSplat(element);
}

/// `element`, or one that is read from a tensor in place of it.
static Element getCheap(const Element &element) {
  Operation *op = element.getOp();
  if (!op || element.tensors.empty() ||
      isa<arith::MulFOp, arith::DivFOp, arith::MaximumFOp, arith::MinimumFOp,
          arith::MaxNumFOp, arith::MinNumFOp, arith::CmpFOp, arith::SelectOp,
          arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::FPToSIOp,
          arith::ExtSIOp, math::RoundEvenOp, math::RoundOp, math::FloorOp,
          math::CeilOp, math::TruncOp>(op))
    return element;
  const auto &[tensor, index] = element.tensors.back();
  return {tensor, index, {}, {}, /*isRead=*/true};
}

static bool isExpression(const Element &original, unsigned &budget) {
  if (budget == 0)
    return false;
  --budget;
  Element element = getCheap(original);
  if (Operation *op = element.getOp()) {
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      if (!isExpression(element.getOperand(i), budget))
        return false;
    return true;
  }
  if (isLeaf(element) || getSplat(element))
    return true;
  return !isa<ShapedType>(element.value.getType()) &&
         !isa<linalg::LinalgOp>(element.value.getParentBlock()->getParentOp());
}

bool mlir::mml::isExpression(const Element &element) {
  unsigned budget = 256;
  return ::isExpression(element, budget);
}

void mlir::mml::collectDims(const Element &original,
                            llvm::SmallBitVector &dims) {
  Element element = getCheap(original);
  if (Operation *op = element.getOp()) {
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      collectDims(element.getOperand(i), dims);
    return;
  }
  if (!isLeaf(element))
    return;
  for (std::optional<unsigned> dim : element.index)
    if (dim) {
      dims.resize(std::max<unsigned>(dims.size(), *dim + 1));
      dims.set(*dim);
    }
}

namespace {

/// The computation of an element as the body of a structured operation.
class BodyBuilder {
public:
  /// Finds the tensors that `element` reads.
  void collect(const Element &original) {
    Element element = getCheap(original);
    if (Operation *op = element.getOp()) {
      for (unsigned i = 0; i < op->getNumOperands(); ++i)
        collect(element.getOperand(i));
      return;
    }
    if (isLeaf(element) && !find(element))
      leaves.push_back(element);
  }

  ArrayRef<Element> getLeaves() const { return leaves; }

  Value build(OpBuilder &builder, Location loc, const Element &original,
              ValueRange args) {
    Element element = getCheap(original);
    if (std::optional<size_t> leaf = find(element))
      return args[*leaf];
    for (auto &[known, value] : built)
      if (isSame(known, element))
        return value;
    Value value = element.value;
    if (TypedAttr constant = getSplat(element))
      value = arith::ConstantOp::create(builder, loc, constant);
    else if (Operation *op = element.getOp())
      value = clone(builder, loc, element, op, args);
    built.push_back({element, value});
    return value;
  }

private:
  Value clone(OpBuilder &builder, Location loc, const Element &element,
              Operation *op, ValueRange args) {
    IRMapping mapping;
    for (auto [number, operand] : llvm::enumerate(op->getOperands()))
      mapping.map(operand,
                  build(builder, loc, element.getOperand(number), args));
    Value result = builder.clone(*op, mapping)->getResult(0);
    result.setType(getElementTypeOrSelf(result.getType()));
    return result;
  }
  std::optional<size_t> find(const Element &element) const {
    for (auto [number, leaf] : llvm::enumerate(leaves))
      if (isSame(leaf, element))
        return number;
    return std::nullopt;
  }
  static bool isSame(const Element &a, const Element &b) {
    return a.value == b.value && a.index == b.index;
  }

  SmallVector<Element> leaves;
  SmallVector<std::pair<Element, Value>> built;
};

} // namespace

Value mlir::mml::buildElements(
    OpBuilder &builder, Location loc, const Element &element,
    ArrayRef<unsigned> dims, ArrayRef<OpFoldResult> sizes, Type type,
    function_ref<Value(OpBuilder &, Location, ValueRange)> finish,
    ArrayRef<unsigned> reduced, TypedAttr start) {
  SmallVector<unsigned> loops =
      llvm::to_vector(llvm::concat<const unsigned>(dims, reduced));
  BodyBuilder body;
  body.collect(element);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  auto addMap = [&](ArrayRef<std::optional<unsigned>> index) {
    SmallVector<AffineExpr> exprs;
    for (std::optional<unsigned> dim : index)
      exprs.push_back(dim ? builder.getAffineDimExpr(llvm::find(loops, *dim) -
                                                     loops.begin())
                          : builder.getAffineConstantExpr(0));
    maps.push_back(
        AffineMap::get(loops.size(), 0, exprs, builder.getContext()));
  };
  for (const Element &leaf : body.getLeaves()) {
    inputs.push_back(leaf.value);
    addMap(leaf.index);
  }
  addMap(SmallVector<std::optional<unsigned>>(dims.begin(), dims.end()));
  Value init = tensor::EmptyOp::create(builder, loc, sizes, type);
  if (!reduced.empty()) {
    Value first = arith::ConstantOp::create(builder, loc, start);
    init = linalg::FillOp::create(builder, loc, first, init).getResult(0);
  }
  SmallVector<utils::IteratorType> iterators(loops.size(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), dims.size(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &inner, Location loc, ValueRange args) {
               Value value = body.build(inner, loc, element, args);
               SmallVector<Value> values{value};
               if (!reduced.empty())
                 values.push_back(args.back());
               linalg::YieldOp::create(inner, loc, finish(inner, loc, values));
             })
      .getResult(0);
}
