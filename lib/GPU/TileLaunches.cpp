//===- TileLaunches.cpp - Kernels of the tiles of a contraction -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLaunches.h"

#include "DotTile.h"
#include "Multiples.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::mml;

int64_t mlir::mml::getMostSums(ContractPackedOp op, int64_t axis) {
  auto type = cast<MemRefType>(op.getOut().getType());
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {op.getOut(), axis},
      /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? *bound : std::numeric_limits<int64_t>::max();
}

int64_t mlir::mml::getDepthGroups(ContractPackedOp op) {
  return cast<MemRefType>(op.getKernel().getType()).getDimSize(1);
}

namespace {

/// The kernel of one tile of a contraction and of what is computed of it.
class TileKernel {
public:
  TileKernel(BlockBuilder &builder, gpu::LaunchOp launch, const Chip &chip,
             const DotPlan &plan, ContractPackedOp contraction)
      : k(builder), chip(chip), plan(plan), contraction(contraction),
        shared(launch), epilogue(builder, mapping, contraction.getOut()) {}

  /// The values of the kernel by those of the tile's operations.
  IRMapping mapping;

  /// Builds what the operations of `body` (null: nothing) do and the
  /// contraction among them. Of `parts` of its depth these are only the sums;
  /// or what becomes of these for one `quad` of each thread, where that is
  /// given.
  LogicalResult build(Block *body, const DepthParts *parts, Value quad);

private:
  DotTile getTile();
  void buildContraction(const DepthParts *parts);
  LogicalResult addOne(Operation *op);

  BlockBuilder &k;
  const Chip &chip;
  const DotPlan &plan;
  ContractPackedOp contraction;
  SharedMemory shared;
  TileEpilogue epilogue;
};

} // namespace

/// The size of `array` along `axis` as what made it says, or nothing.
static OpFoldResult getMadeSize(Value array, int64_t axis) {
  auto type = cast<MemRefType>(array.getType());
  if (!type.isDynamicDim(axis))
    return Builder(array.getContext()).getIndexAttr(type.getDimSize(axis));
  if (auto alloc = array.getDefiningOp<memref::AllocOp>())
    return alloc.getMixedSizes()[axis];
  if (auto view = array.getDefiningOp<memref::SubViewOp>();
      view && view.getDroppedDims().none())
    return view.getMixedSizes()[axis];
  return OpFoldResult();
}

DotTile TileKernel::getTile() {
  DotTile tile;
  tile.tiles = mapping.lookupOrDefault(contraction.getActivations()[0]);
  tile.tokenSums = mapping.lookupOrDefault(contraction.getActivations()[1]);
  tile.packed = mapping.lookupOrDefault(contraction.getKernel());
  // The array of sums need not exist.
  Value out = contraction.getOut();
  auto getSize = [&](int64_t axis) -> OpFoldResult {
    OpFoldResult size = getMadeSize(out, axis);
    if (!size)
      return k.size(mapping.lookupOrDefault(out), axis);
    if (auto value = dyn_cast<Value>(size))
      return mapping.lookupOrDefault(value);
    return size;
  };
  tile.tokens = getSize(0);
  tile.outputs = getSize(1);
  tile.mostTokens = getMostSums(contraction, 0);
  tile.mostOutputs = getMostSums(contraction, 1);
  OpFoldResult outputs = getMadeSize(out, 1);
  tile.hasWholeQuads = outputs && isMultiple(outputs, DotTile::kQuad);
  tile.groups = getDepthGroups(contraction);
  tile.epilogue = &epilogue;
  return tile;
}

void TileKernel::buildContraction(const DepthParts *parts) {
  DotTile tile = getTile();
  switch (plan.kind) {
  case DotPlan::Kind::One:
    return buildOneToken(k, shared, tile, plan);
  case DotPlan::Kind::Some:
    return buildSomeTokens(k, shared, tile, plan, chip);
  case DotPlan::Kind::Many:
    return buildManyTokens(k, shared, tile, plan, chip, parts);
  }
}

LogicalResult TileKernel::addOne(Operation *op) {
  if (op == contraction || isa<memref::DeallocOp>(op))
    return success();
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    epilogue.addTemporary(alloc);
    return success();
  }
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    OpBuilder b(copy);
    op = linalg::makeMemRefCopyOp(b, copy.getLoc(), copy.getSource(),
                                  copy.getTarget());
    copy.erase();
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && contraction->isBeforeInBlock(op) &&
      succeeded(epilogue.add(linalgOp)))
    return success();
  if (linalgOp || !isMemoryEffectFree(op) ||
      llvm::any_of(op->getOperands(), [&](Value operand) {
        return epilogue.isTemporary(operand);
      }))
    return op->emitOpError("cannot run in a tile of a contraction on a GPU");
  k.b.clone(*op, mapping);
  return success();
}

LogicalResult TileKernel::build(Block *body, const DepthParts *parts,
                                Value quad) {
  if (body)
    for (Operation &op : llvm::make_early_inc_range(body->without_terminator()))
      if (failed(addOne(&op)))
        return failure();
  if (quad)
    buildAddParts(k, getTile(), plan, chip, *parts, quad);
  else
    buildContraction(parts);
  return success();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {

/// The launches of a contraction, of which blocks of threads compute the tiles:
/// the iterations of a loop, or one.
class TileLaunches {
public:
  TileLaunches(ContractPackedOp contraction, scf::ForallOp loop,
               const Chip &chip, const DotPlan &plan, Launcher &launcher)
      : contraction(contraction), loop(loop), chip(chip), plan(plan),
        launcher(launcher),
        b(loop ? loop.getOperation() : contraction.getOperation()),
        total(b.getIndexAttr(1)) {}

  LogicalResult build(int64_t parts, int64_t mostTiles);

private:
  LogicalResult countTiles();
  /// A kernel with `each` blocks a tile, whose number among them is the first
  /// or the last of the two that a block's number is split into.
  LogicalResult
  launch(StringRef name, int64_t each, bool isFirst,
         llvm::function_ref<LogicalResult(TileKernel &kernel, Value tile,
                                          Value number)>
             body);
  LogicalResult launchParts(int64_t parts, int64_t mostTiles);

  ContractPackedOp contraction;
  scf::ForallOp loop;
  const Chip &chip;
  const DotPlan &plan;
  Launcher &launcher;
  OpBuilder b;
  /// Tiles along each axis, and all of them.
  SmallVector<OpFoldResult> counts;
  OpFoldResult total;
};

} // namespace

/// The product of two sizes.
static OpFoldResult multiply(OpBuilder &b, Location loc, OpFoldResult lhs,
                             OpFoldResult rhs) {
  std::optional<int64_t> left = getConstantIntValue(lhs),
                         right = getConstantIntValue(rhs);
  if (left && right)
    return b.getIndexAttr(*left * *right);
  if (left == 1 || right == 1)
    return left == 1 ? rhs : lhs;
  return arith::MulIOp::create(b, loc,
                               getValueOrCreateConstantIndexOp(b, loc, lhs),
                               getValueOrCreateConstantIndexOp(b, loc, rhs))
      .getResult();
}

LogicalResult TileLaunches::countTiles() {
  if (!loop)
    return success();
  Location loc = loop.getLoc();
  AffineExpr first = b.getAffineDimExpr(0), last = b.getAffineDimExpr(1);
  for (auto [lower, upper, step] :
       llvm::zip_equal(loop.getMixedLowerBound(), loop.getMixedUpperBound(),
                       loop.getMixedStep())) {
    std::optional<int64_t> known = getConstantIntValue(step);
    if (!known || *known <= 0)
      return loop.emitOpError("expected constant steps");
    counts.push_back(affine::makeComposedFoldedAffineApply(
        b, loc, (last - first).ceilDiv(*known), {lower, upper}));
    total = multiply(b, loc, total, counts.back());
  }
  return success();
}

LogicalResult TileLaunches::launch(
    StringRef name, int64_t each, bool isFirst,
    llvm::function_ref<LogicalResult(TileKernel &, Value, Value)> body) {
  // One number for all axes: a grid has its most blocks along the first.
  Location loc = contraction.getLoc();
  OpFoldResult blocks = multiply(b, loc, total, b.getIndexAttr(each));
  gpu::LaunchOp op = launcher.create(
      b, loc, name, getValueOrCreateConstantIndexOp(b, loc, blocks),
      arith::ConstantIndexOp::create(b, loc, plan.getThreads()).getResult());
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&op.getBody().front());
  BlockBuilder k(b, op, plan.getThreads());
  TileKernel kernel(k, op, chip, plan, contraction);
  Value tile = k.block, number;
  if (each > 1) {
    SmallVector<OpFoldResult> basis = {total, b.getIndexAttr(each)};
    if (isFirst)
      std::swap(basis[0], basis[1]);
    auto split =
        affine::AffineDelinearizeIndexOp::create(b, loc, k.block, basis);
    tile = split.getResult(isFirst ? 1 : 0);
    number = split.getResult(isFirst ? 0 : 1);
  } else {
    number = k.index(0);
  }
  if (loop) {
    auto split = affine::AffineDelinearizeIndexOp::create(b, loc, tile, counts);
    for (auto [variable, place, lower, step] :
         llvm::zip_equal(loop.getInductionVars(), split.getResults(),
                         loop.getMixedLowerBound(), loop.getMixedStep()))
      kernel.mapping.map(variable,
                         k.apply(k.d(0) * *getConstantIntValue(step) + k.d(1),
                                 {place, lower}));
  }
  return body(kernel, tile, number);
}

LogicalResult TileLaunches::launchParts(int64_t parts, int64_t mostTiles) {
  if (std::optional<int64_t> known = getConstantIntValue(total)) {
    if (*known > mostTiles)
      return contraction.emitOpError("expected at most ")
             << mostTiles << " tiles with parts but there are " << *known;
    mostTiles = *known;
  }
  // Its size does not depend on anything, so that it may be outside of the
  // branches that versions are in: launches are all that is in these.
  Location loc = contraction.getLoc();
  auto type = MemRefType::get(
      {mostTiles, plan.getQuads(), parts, plan.getThreads(), DotTile::kQuad},
      b.getI32Type());
  Operation *outermost = loop ? loop.getOperation() : contraction;
  while (isa<scf::IfOp>(outermost->getParentOp()))
    outermost = outermost->getParentOp();
  OpBuilder outside(outermost);
  Value sums = memref::AllocOp::create(outside, loc, type);
  outside.setInsertionPointAfter(outermost);
  memref::DeallocOp::create(outside, loc, sums);
  Block *body = loop ? loop.getBody() : nullptr;
  auto compute = [&](TileKernel &kernel, Value tile, Value part) {
    DepthParts place{parts, part, tile, sums};
    return kernel.build(body, &place, /*quad=*/Value());
  };
  auto add = [&](TileKernel &kernel, Value tile, Value quad) {
    DepthParts place{parts, /*part=*/Value(), tile, sums};
    return kernel.build(body, &place, quad);
  };
  // Blocks that run together share tokens and weights as they do without parts.
  return success(
      succeeded(launch("contract_packed", parts, /*isFirst=*/true, compute)) &&
      succeeded(launch("add_parts", plan.getQuads(), /*isFirst=*/false, add)));
}

LogicalResult TileLaunches::build(int64_t parts, int64_t mostTiles) {
  if (failed(countTiles()))
    return failure();
  if (parts > 1)
    return launchParts(parts, mostTiles);
  auto whole = [&](TileKernel &kernel, Value, Value) {
    return kernel.build(loop ? loop.getBody() : nullptr, /*parts=*/nullptr,
                        /*quad=*/Value());
  };
  return launch("contract_packed", /*each=*/1, /*isFirst=*/true, whole);
}

LogicalResult mlir::mml::launchTiles(ContractPackedOp contraction,
                                     scf::ForallOp loop, const Chip &chip,
                                     const DotPlan &plan, int64_t parts,
                                     int64_t mostTiles, Launcher &launcher) {
  return TileLaunches(contraction, loop, chip, plan, launcher)
      .build(parts, mostTiles);
}
