//===- LowerEinsum.cpp - From einsum to contractions ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An einsum of many operands becomes einsums of two (SplitEinsum.cpp).
// One of two operands is brought to a normal form: diagonals are taken, and
// what one operand alone is summed over is summed. What remains has four kinds
// of axes: batch x M x K by batch x K x N. Where an operand is of trits they
// become one axis each, in this order, for `mml.contract`; numbers stay where
// they are, as the indexing maps of linalg take any order.
//
//===----------------------------------------------------------------------===//

#include "Regroup.h"
#include "SplitEinsum.h"

#include "mml/Dialect/MML/Transforms/Passes.h"
#include "mml/Dialect/MML/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::mml {
#define GEN_PASS_DEF_LOWEREINSUMPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;
using einsum::AxisRole;
using einsum::Contraction;

using Axes = SmallVector<unsigned>;

static Type getElementType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

static bool isTrits(Value tensor) {
  return isa<TritType>(getElementType(tensor));
}

/// `value`, a scalar, in a type that is at least as wide; integers are signed.
static Value convert(OpBuilder &builder, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(value.getType()))
    return arith::ExtFOp::create(builder, loc, type, value);
  if (isa<FloatType>(type))
    return arith::SIToFPOp::create(builder, loc, type, value);
  return arith::ExtSIOp::create(builder, loc, type, value);
}

static Value add(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::AddFOp::create(builder, loc, a, b);
  return arith::AddIOp::create(builder, loc, a, b);
}

static Value multiply(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::MulFOp::create(builder, loc, a, b);
  return arith::MulIOp::create(builder, loc, a, b);
}

namespace {

/// A tensor and the axes that its dimensions run along.
struct Labeled {
  Value value;
  Axes axes;

  bool has(unsigned axis) const { return llvm::is_contained(axes, axis); }
};

/// Builds the contraction of one or two tensors.
class EinsumBuilder {
public:
  EinsumBuilder(RewriterBase &rewriter, EinsumOp op)
      : b(rewriter), op(op), loc(op.getLoc()), contraction(op.getContraction()),
        type(op.getResult().getType().getElementType()) {
    findSizes();
  }

  Value build();

private:
  void findSizes();
  bool isKept(unsigned axis) const {
    return llvm::is_contained(contraction.getOutput(), axis);
  }
  SmallVector<OpFoldResult> getSizes(ArrayRef<unsigned> axes) const {
    return llvm::map_to_vector(axes,
                               [&](unsigned axis) { return sizes[axis]; });
  }
  AffineMap getMap(ArrayRef<unsigned> loops, ArrayRef<unsigned> axes) const;
  Value createEmpty(ArrayRef<unsigned> axes, Type elementType) {
    return tensor::EmptyOp::create(b, loc, getSizes(axes), elementType);
  }
  Value createZeros(ArrayRef<unsigned> axes, Type elementType);

  Value toNumbers(Value tensor, Type elementType);
  Labeled normalize(unsigned operand);
  Labeled reduce(Labeled tensor, ArrayRef<unsigned> kept);
  Labeled multiplyNumbers(Labeled lhs, Labeled rhs);
  std::optional<Labeled> contractTrits(Labeled lhs, Labeled rhs);
  void mergeAxes(MutableArrayRef<Labeled> tensors, Axes &output);
  Value permute(Labeled tensor, ArrayRef<unsigned> axes) {
    return transpose(b, loc, tensor.value, getPermutation(tensor.axes, axes));
  }

  RewriterBase &b;
  EinsumOp op;
  Location loc;
  Contraction contraction;
  /// The elements of the result.
  Type type;
  /// The size of each axis.
  SmallVector<OpFoldResult> sizes;
};

} // namespace

void EinsumBuilder::findSizes() {
  for (const einsum::Axis &axis : contraction.getAxes())
    sizes.push_back(ShapedType::isDynamic(axis.size)
                        ? OpFoldResult()
                        : b.getIndexAttr(axis.size));
  // The first operand of an axis gives the size that the types leave open; the
  // others are compared with it when the model runs.
  for (auto [operand, value] :
       llvm::zip_equal(contraction.getOperands(), op.getInputs()))
    for (auto [dim, axis] : llvm::enumerate(operand.axes)) {
      if (operand.stretches[dim] ||
          !cast<RankedTensorType>(value.getType()).isDynamicDim(dim))
        continue;
      OpFoldResult actual = tensor::getMixedSize(b, loc, value, dim);
      if (!sizes[axis]) {
        sizes[axis] = actual;
        continue;
      }
      Value isEqual = arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::eq,
          getValueOrCreateConstantIndexOp(b, loc, actual),
          getValueOrCreateConstantIndexOp(b, loc, sizes[axis]));
      cf::AssertOp::create(b, loc, isEqual,
                           "expected '" + contraction.getAxes()[axis].str() +
                               "' of equation '" +
                               op.getEquation().getValue().str() +
                               "' to have one size in all operands");
    }
}

/// The map from `loops` to a tensor whose dimensions run along `axes`.
AffineMap EinsumBuilder::getMap(ArrayRef<unsigned> loops,
                                ArrayRef<unsigned> axes) const {
  SmallVector<AffineExpr> exprs;
  for (int64_t position : getPermutation(loops, axes))
    exprs.push_back(b.getAffineDimExpr(position));
  return AffineMap::get(loops.size(), 0, exprs, b.getContext());
}

Value EinsumBuilder::createZeros(ArrayRef<unsigned> axes, Type elementType) {
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(elementType));
  return linalg::FillOp::create(b, loc, zero, createEmpty(axes, elementType))
      .getResult(0);
}

/// A tensor of trits as one of numbers; others stay.
Value EinsumBuilder::toNumbers(Value tensor, Type elementType) {
  if (!isTrits(tensor))
    return tensor;
  auto tensorType = cast<RankedTensorType>(tensor.getType());
  Value bytes = StorageOp::create(
      b, loc, RankedTensorType::get(tensorType.getShape(), b.getI8Type()),
      tensor);
  if (elementType == b.getI8Type())
    return bytes;
  Value empty = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, tensor), elementType);
  SmallVector<AffineMap> maps(2,
                              b.getMultiDimIdentityMap(tensorType.getRank()));
  SmallVector<utils::IteratorType> iterators(tensorType.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), bytes, empty, maps, iterators,
             [&](OpBuilder &inner, Location loc, ValueRange args) {
               Value number = convert(inner, loc, args[0], elementType);
               linalg::YieldOp::create(inner, loc, number);
             })
      .getResult(0);
}

/// Takes the diagonals of `tensor` and sums over every axis that is not in
/// `kept`, whose order the result has.
Labeled EinsumBuilder::reduce(Labeled tensor, ArrayRef<unsigned> kept) {
  Value numbers = toNumbers(tensor.value, type);
  Axes loops(kept);
  for (unsigned axis : tensor.axes)
    if (!llvm::is_contained(loops, axis))
      loops.push_back(axis);
  bool sums = loops.size() > kept.size();
  SmallVector<utils::IteratorType> iterators(loops.size(),
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), kept.size(), utils::IteratorType::parallel);
  Value init = sums ? createZeros(kept, type) : createEmpty(kept, type);
  SmallVector<AffineMap> maps{getMap(loops, tensor.axes), getMap(loops, kept)};
  auto generic = linalg::GenericOp::create(
      b, loc, init.getType(), numbers, init, maps, iterators,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        Value number = convert(inner, loc, args[0], type);
        if (sums)
          number = add(inner, loc, args[1], number);
        linalg::YieldOp::create(inner, loc, number);
      });
  return {generic.getResult(0), Axes(kept)};
}

/// An operand without what concerns it alone: sizes that stretch, diagonals,
/// and axes that nothing else has.
Labeled EinsumBuilder::normalize(unsigned index) {
  const einsum::Operand &operand = contraction.getOperands()[index];
  // A size that any operand knows is known to all.
  Value input = op.getInputs()[index];
  auto inputType = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(inputType.getShape());
  for (auto [size, axis, stretches] :
       llvm::zip_equal(shape, operand.axes, operand.stretches))
    if (!stretches)
      size = contraction.getAxes()[axis].size;
  if (ArrayRef(shape) != inputType.getShape())
    input = tensor::CastOp::create(
        b, loc, RankedTensorType::get(shape, inputType.getElementType()),
        input);
  Labeled tensor{dropUnitAxes(b, loc, input, operand.stretches), {}};
  Axes kept;
  bool isPlain = true, isAlone = contraction.getOperands().size() == 1;
  for (auto [axis, stretches] :
       llvm::zip_equal(operand.axes, operand.stretches)) {
    if (stretches)
      continue;
    bool isNeeded =
        isKept(axis) ||
        (!isAlone && contraction.getOperands()[1 - index].runsAlong(axis));
    bool isDiagonal = tensor.has(axis);
    tensor.axes.push_back(axis);
    isPlain &= isNeeded && !isDiagonal;
    if (isNeeded && !isDiagonal)
      kept.push_back(axis);
  }
  if (isPlain)
    return tensor;
  return reduce(std::move(tensor), isAlone ? contraction.getOutput() : kept);
}

/// Makes one axis of two wherever they stand beside each other in every tensor
/// that has one of them. A reshape of contiguous axes moves nothing.
void EinsumBuilder::mergeAxes(MutableArrayRef<Labeled> tensors, Axes &output) {
  // The size of the run that each axis begins; sizes that are not known are
  // those of memory.
  auto runSizes = llvm::map_to_vector(sizes, [](OpFoldResult size) {
    return getConstantIntValue(size).value_or(1);
  });
  auto fitsIndex = [&](unsigned first, unsigned second) {
    int64_t product;
    return !llvm::MulOverflow(runSizes[first], runSizes[second], product);
  };
  auto findPair = [&]() -> std::optional<std::pair<unsigned, unsigned>> {
    auto areMergeable = [&](ArrayRef<unsigned> axes, unsigned first,
                            unsigned second) {
      const auto *at = llvm::find(axes, first);
      if (at == axes.end())
        return !llvm::is_contained(axes, second);
      return std::next(at) != axes.end() && *std::next(at) == second;
    };
    for (const Labeled &tensor : tensors)
      for (size_t i = 1; i < tensor.axes.size(); ++i) {
        unsigned first = tensor.axes[i - 1], second = tensor.axes[i];
        if (fitsIndex(first, second) && areMergeable(output, first, second) &&
            llvm::all_of(tensors, [&](const Labeled &other) {
              return areMergeable(other.axes, first, second);
            }))
          return std::pair(first, second);
      }
    return std::nullopt;
  };
  // Of each run of axes, all but the first go; what they are a part of stays.
  DenseMap<unsigned, SmallVector<unsigned>> runs;
  SmallVector<Axes> before;
  for (const Labeled &tensor : tensors)
    before.push_back(tensor.axes);
  while (auto pair = findPair()) {
    auto [first, second] = *pair;
    SmallVector<unsigned> tail{second};
    llvm::append_range(tail, runs.lookup(second));
    llvm::append_range(runs[first], tail);
    runSizes[first] *= runSizes[second];
    for (Labeled &tensor : tensors)
      llvm::erase(tensor.axes, second);
    llvm::erase(output, second);
  }
  for (auto [tensor, axes] : llvm::zip_equal(tensors, before)) {
    SmallVector<unsigned> groups;
    for (unsigned axis : tensor.axes)
      groups.push_back(1 + runs.lookup(axis).size());
    tensor.value = regroup(b, loc, tensor.value, groups);
  }
}

/// The product of two tensors of numbers, with the axes of the output.
Labeled EinsumBuilder::multiplyNumbers(Labeled lhs, Labeled rhs) {
  Type numberType = isTrits(lhs.value) ? getElementType(rhs.value)
                                       : getElementType(lhs.value);
  lhs.value = toNumbers(lhs.value, numberType);
  rhs.value = toNumbers(rhs.value, numberType);
  Labeled tensors[] = {lhs, rhs};
  Axes output(contraction.getOutput()), all = output;
  mergeAxes(tensors, output);
  lhs = tensors[0], rhs = tensors[1];

  // Batch, M, N and K, each in the order of the output or of the left side.
  Axes batch, m, n, k;
  for (unsigned axis : output)
    (!lhs.has(axis) ? n : !rhs.has(axis) ? m : batch).push_back(axis);
  llvm::copy_if(lhs.axes, std::back_inserter(k), [&](unsigned axis) {
    return !llvm::is_contained(output, axis);
  });
  auto join = [](ArrayRef<unsigned> a, ArrayRef<unsigned> b,
                 ArrayRef<unsigned> c) {
    return llvm::to_vector(llvm::concat<const unsigned>(a, b, c));
  };
  auto getSize = [&](ArrayRef<unsigned> axes) -> SmallVector<OpFoldResult> {
    SmallVector<OpFoldResult> result;
    for (unsigned axis : axes) {
      const Labeled &source = lhs.has(axis) ? lhs : rhs;
      result.push_back(tensor::getMixedSize(b, loc, source.value,
                                            llvm::find(source.axes, axis) -
                                                source.axes.begin()));
    }
    return result;
  };
  Value init = tensor::EmptyOp::create(b, loc, getSize(output), type);
  Value result;
  if (k.empty()) {
    Axes loops = output;
    SmallVector<AffineMap> maps{getMap(loops, lhs.axes),
                                getMap(loops, rhs.axes), getMap(loops, output)};
    SmallVector<utils::IteratorType> iterators(loops.size(),
                                               utils::IteratorType::parallel);
    result = linalg::GenericOp::create(
                 b, loc, init.getType(), ValueRange{lhs.value, rhs.value}, init,
                 maps, iterators,
                 [&](OpBuilder &inner, Location loc, ValueRange args) {
                   Value product =
                       multiply(inner, loc, convert(inner, loc, args[0], type),
                                convert(inner, loc, args[1], type));
                   linalg::YieldOp::create(inner, loc, product);
                 })
                 .getResult(0);
  } else {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    init = linalg::FillOp::create(b, loc, zero, init).getResult(0);
    bool isPlain = batch.size() <= 1 && m.size() == 1 && n.size() == 1 &&
                   k.size() == 1 && lhs.axes == join(batch, m, k) &&
                   rhs.axes == join(batch, k, n) && output == join(batch, m, n);
    SmallVector<Value> inputs{lhs.value, rhs.value};
    if (isPlain && batch.empty()) {
      result = linalg::MatmulOp::create(b, loc, init.getType(), inputs, init)
                   .getResult(0);
    } else if (isPlain) {
      result =
          linalg::BatchMatmulOp::create(b, loc, init.getType(), inputs, init)
              .getResult(0);
    } else {
      Axes loops =
          llvm::to_vector(llvm::concat<const unsigned>(batch, m, n, k));
      SmallVector<AffineMap> maps{getMap(loops, lhs.axes),
                                  getMap(loops, rhs.axes),
                                  getMap(loops, output)};
      result = linalg::ContractOp::create(b, loc, init.getType(), inputs, init,
                                          b.getAffineMapArrayAttr(maps))
                   ->getResult(0);
    }
  }
  if (output.size() < all.size()) {
    SmallVector<unsigned> groups;
    for (unsigned axis = 0, next = 0; axis < output.size(); ++axis) {
      unsigned begin = next++;
      while (next < all.size() &&
             (axis + 1 == output.size() || all[next] != output[axis + 1]))
        ++next;
      groups.push_back(next - begin);
    }
    result = ungroup(b, loc, result, groups, getSizes(all));
  }
  return {result, all};
}

/// The product of numbers and trits by the contraction that every kernel for
/// trits serves; nothing where it does not take these operands.
std::optional<Labeled> EinsumBuilder::contractTrits(Labeled lhs, Labeled rhs) {
  if (isTrits(lhs.value))
    std::swap(lhs, rhs);
  Type numberType = getElementType(lhs.value);
  bool isInteger = numberType.isInteger(8) && type.isInteger(32);
  if (!isTrits(rhs.value) ||
      !(isInteger || (numberType.isF32() && type.isF32())))
    return std::nullopt;

  // Where the activations have to move anyway, the order is the result's.
  ArrayRef<unsigned> output = contraction.getOutput();
  Axes batch, rows, columns, depth, wanted;
  auto collect = [&](ArrayRef<unsigned> order) {
    batch.clear(), rows.clear();
    for (unsigned axis : order)
      if (lhs.has(axis) && llvm::is_contained(output, axis))
        (rhs.has(axis) ? batch : rows).push_back(axis);
    wanted = llvm::to_vector(llvm::concat<const unsigned>(batch, rows, depth));
  };
  for (unsigned axis : lhs.axes)
    if (!llvm::is_contained(output, axis))
      depth.push_back(axis);
  for (unsigned axis : output)
    if (!lhs.has(axis))
      columns.push_back(axis);
  collect(lhs.axes);
  if (lhs.axes != wanted)
    collect(output);

  IntegerAttr bound;
  if (isInteger) {
    bound = op.getBoundAttr() ? op.getBoundAttr() : b.getI64IntegerAttr(128);
    int64_t sum = bound.getInt();
    for (unsigned axis : depth) {
      std::optional<int64_t> size = getConstantIntValue(sizes[axis]);
      if (!size || llvm::MulOverflow(sum, std::max<int64_t>(*size, 1), sum) ||
          sum > std::numeric_limits<int32_t>::max())
        return std::nullopt;
    }
  }

  auto getGroups = [&](ArrayRef<unsigned> a, ArrayRef<unsigned> c) {
    SmallVector<unsigned> groups;
    if (!batch.empty())
      groups.push_back(batch.size());
    groups.push_back(a.size());
    groups.push_back(c.size());
    return groups;
  };
  for (ArrayRef<unsigned> group :
       {ArrayRef<unsigned>(batch), ArrayRef<unsigned>(rows),
        ArrayRef<unsigned>(depth), ArrayRef<unsigned>(columns)}) {
    int64_t product = 1;
    for (unsigned axis : group)
      if (llvm::MulOverflow(
              product, getConstantIntValue(sizes[axis]).value_or(1), product))
        return std::nullopt;
  }
  Value activations =
      regroup(b, loc, permute(lhs, wanted), getGroups(rows, depth));
  Axes kernelAxes =
      llvm::to_vector(llvm::concat<const unsigned>(batch, depth, columns));
  Value kernel =
      regroup(b, loc, permute(rhs, kernelAxes), getGroups(depth, columns));
  Axes resultAxes =
      llvm::to_vector(llvm::concat<const unsigned>(batch, rows, columns));
  SmallVector<OpFoldResult> shape;
  if (!batch.empty())
    shape.push_back(tensor::getMixedSize(b, loc, activations, 0));
  shape.push_back(
      tensor::getMixedSize(b, loc, activations, batch.empty() ? 0 : 1));
  shape.push_back(tensor::getMixedSize(b, loc, kernel, batch.empty() ? 1 : 2));
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  Value init = tensor::EmptyOp::create(b, loc, shape, type);
  init = linalg::FillOp::create(b, loc, zero, init).getResult(0);
  Value sums = ContractOp::create(b, loc, init.getType(), activations, kernel,
                                  init, bound)
                   .getResult(0);
  return Labeled{
      ungroup(b, loc, sums, getGroups(rows, columns), getSizes(resultAxes)),
      resultAxes};
}

Value EinsumBuilder::build() {
  Labeled result;
  if (contraction.getOperands().size() == 1) {
    result = normalize(0);
    if (getElementType(result.value) != type)
      result = reduce(std::move(result), contraction.getOutput());
  } else {
    Labeled lhs = normalize(0), rhs = normalize(1);
    std::optional<Labeled> sums = contractTrits(lhs, rhs);
    result = sums ? *sums : multiplyNumbers(lhs, rhs);
  }
  Value value = permute(result, contraction.getOutput());
  if (value.getType() != op.getType())
    value = tensor::CastOp::create(b, loc, op.getType(), value);
  return value;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {

struct LowerEinsum : OpRewritePattern<EinsumOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EinsumOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, lowerEinsum(rewriter, op));
    return success();
  }
};

struct LowerEinsumPass : mlir::mml::impl::LowerEinsumPassBase<LowerEinsumPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateLowerEinsumPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

Value mlir::mml::lowerEinsum(RewriterBase &rewriter, EinsumOp op) {
  if (op.getInputs().size() > 2)
    return splitEinsum(rewriter, op);
  return EinsumBuilder(rewriter, op).build();
}

void mlir::mml::populateLowerEinsumPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerEinsum>(patterns.getContext());
}
