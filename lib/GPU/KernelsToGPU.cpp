//===- KernelsToGPU.cpp - Packed contractions as kernels of a GPU ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"
#include "Launch.h"
#include "Multiples.h"
#include "PackTokens.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/GPU/Passes.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTKERNELSTOGPUPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The most that `op`'s sums have along `axis`, or the largest number.
static int64_t getMost(ContractPackedOp op, int64_t axis) {
  auto type = cast<MemRefType>(op.getOut().getType());
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {op.getOut(), axis},
      /*stopCondition=*/nullptr, /*closedUB=*/true);
  return succeeded(bound) ? *bound : std::numeric_limits<int64_t>::max();
}

static int64_t getGroups(ContractPackedOp op) {
  return cast<MemRefType>(op.getKernel().getType()).getDimSize(1);
}

/// Whether the sums of `op` are none, so that there is nothing to compute.
static bool isEmpty(ContractPackedOp op) {
  return getMost(op, 0) == 0 || getMost(op, 1) == 0;
}

/// How a block computes the tile `op`, or an error where that is too large.
static FailureOr<DotPlan> getPlan(ContractPackedOp op) {
  int64_t tokens = getMost(op, 0), outputs = getMost(op, 1);
  if (tokens > kManyTokens || outputs > kManyOutputs)
    return op.emitOpError("expected a tile of at most ")
           << kManyTokens << " tokens and " << kManyOutputs << " outputs";
  return DotPlan(tokens, outputs, getGroups(op));
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

  /// Builds what the operations of `body` do, the contraction among them.
  LogicalResult build(Block &body);
  void buildContraction();

private:
  LogicalResult addOne(Operation &op);

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

void TileKernel::buildContraction() {
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
  tile.mostTokens = getMost(contraction, 0);
  tile.mostOutputs = getMost(contraction, 1);
  OpFoldResult outputs = getMadeSize(out, 1);
  tile.hasWholeQuads = outputs && isMultiple(outputs, DotTile::kQuad);
  tile.groups = getGroups(contraction);
  tile.epilogue = &epilogue;
  switch (plan.kind) {
  case DotPlan::Kind::One:
    return buildOneToken(k, shared, tile, plan);
  case DotPlan::Kind::Some:
    return buildSomeTokens(k, shared, tile, plan, chip);
  case DotPlan::Kind::Many:
    return buildManyTokens(k, shared, tile, plan, chip);
  }
}

LogicalResult TileKernel::addOne(Operation &op) {
  if (&op == contraction || isa<memref::DeallocOp>(op))
    return success();
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    epilogue.addTemporary(alloc);
    return success();
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    OpBuilder b(copy);
    linalgOp = linalg::makeMemRefCopyOp(b, copy.getLoc(), copy.getSource(),
                                        copy.getTarget());
  }
  if (linalgOp && contraction->isBeforeInBlock(&op) &&
      succeeded(epilogue.add(linalgOp)))
    return success();
  if (linalgOp || !isMemoryEffectFree(&op) ||
      llvm::any_of(op.getOperands(), [&](Value operand) {
        return epilogue.isTemporary(operand);
      }))
    return op.emitOpError("cannot run in a tile of a contraction on a GPU");
  k.b.clone(op, mapping);
  return success();
}

LogicalResult TileKernel::build(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
    if (failed(addOne(op)))
      return failure();
  buildContraction();
  return success();
}

namespace {

struct ConvertKernelsToGPUPass
    : mlir::mml::impl::ConvertKernelsToGPUPassBase<ConvertKernelsToGPUPass> {
  using ConvertKernelsToGPUPassBase::ConvertKernelsToGPUPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    llvm::Expected<Chip> parsed = Chip::parse(chip);
    if (!parsed)
      return emitError(UnknownLoc::get(context))
             << llvm::toString(parsed.takeError());
    target = *parsed;
    return success();
  }

  void runOnOperation() override {
    Launcher launcher(getOperation());
    WalkResult result =
        getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
          if (isa<gpu::LaunchOp>(op))
            return WalkResult::skip();
          LogicalResult converted = success();
          if (auto pack = dyn_cast<PackActivationsOp>(op))
            converted = convert(pack, launcher);
          else if (auto contraction = dyn_cast<ContractPackedOp>(op))
            converted = convert(contraction, launcher);
          else if (auto forall = dyn_cast<scf::ForallOp>(op);
                   forall && hasContraction(forall))
            converted = convert(forall, launcher);
          else
            return WalkResult::advance();
          if (failed(converted))
            return WalkResult::interrupt();
          op->erase();
          return WalkResult::skip();
        });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  static bool hasContraction(scf::ForallOp op) {
    return !op.getBody()->getOps<ContractPackedOp>().empty();
  }

  LogicalResult checkLayout(Operation *op, Attribute layout) {
    auto dot = dyn_cast<DotLayoutAttr>(layout);
    if (dot && dot.getRows() == DotTile::kRows)
      return success();
    return op->emitOpError("expected the layout #mml.dot<rows = ")
           << DotTile::kRows << "> but got " << layout;
  }

  /// Says which kernel a contraction got and why.
  void explain(ContractPackedOp op, const DotPlan &plan) {
    int64_t tokens = getMost(op, 0);
    StringRef mma = target->hasByteMma()
                        ? "mma.sync m16n8k32"
                        : "mma.sync m8n8k16, as the chip has no larger one,";
    std::string text;
    llvm::raw_string_ostream os(text);
    switch (plan.kind) {
    case DotPlan::Kind::One:
      os << "dp4a: one token is limited by the bytes of the weights";
      break;
    case DotPlan::Kind::Some:
      os << mma << " from global memory: up to " << tokens
         << " tokens are limited by bytes";
      break;
    case DotPlan::Kind::Many:
      os << mma << " from shared memory: " << tokens
         << " tokens and more are limited by products";
      break;
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("KernelChosen")
                                    .category("mml-convert-kernels-to-gpu"))
        << text;
  }

  LogicalResult convert(PackActivationsOp op, Launcher &launcher) {
    if (failed(checkLayout(op, op.getLayout())))
      return failure();
    OpBuilder b(op);
    Location loc = op.getLoc();
    int64_t threads = getPackThreads(op);
    Value blocks = getValueOrCreateConstantIndexOp(
        b, loc,
        affine::makeComposedFoldedAffineApply(
            b, loc, b.getAffineDimExpr(0) * DotTile::kTileTokens,
            memref::getMixedSize(b, loc, op.getOuts()[0], 0)));
    gpu::LaunchOp launch = launcher.create(
        b, loc, "pack_activations", blocks,
        arith::ConstantIndexOp::create(b, loc, threads).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, threads);
    SharedMemory shared(launch);
    buildPackTokens(k, shared, op);
    return success();
  }

  LogicalResult convert(ContractPackedOp op, Launcher &launcher) {
    if (failed(checkLayout(op, op.getLayout())))
      return failure();
    if (isEmpty(op))
      return success();
    FailureOr<DotPlan> plan = getPlan(op);
    if (failed(plan))
      return failure();
    explain(op, *plan);
    OpBuilder b(op);
    Location loc = op.getLoc();
    gpu::LaunchOp launch = launcher.create(
        b, loc, "contract_packed",
        arith::ConstantIndexOp::create(b, loc, 1).getResult(),
        arith::ConstantIndexOp::create(b, loc, plan->getThreads()).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, plan->getThreads());
    TileKernel(k, launch, *target, *plan, op).buildContraction();
    return success();
  }

  LogicalResult convert(scf::ForallOp op, Launcher &launcher) {
    auto contractions = op.getBody()->getOps<ContractPackedOp>();
    ContractPackedOp contraction = *contractions.begin();
    if (!llvm::hasSingleElement(contractions))
      return op.emitOpError("expected one contraction in a tile");
    if (failed(checkLayout(contraction, contraction.getLayout())))
      return failure();
    if (isEmpty(contraction))
      return success();
    FailureOr<DotPlan> plan = getPlan(contraction);
    if (failed(plan))
      return failure();
    explain(contraction, *plan);
    OpBuilder b(op);
    Location loc = op.getLoc();
    // One number for all axes: a grid has its most blocks along the first.
    SmallVector<OpFoldResult> counts;
    OpFoldResult total = b.getIndexAttr(1);
    AffineExpr first = b.getAffineDimExpr(0), last = b.getAffineDimExpr(1);
    for (auto [lower, upper, step] :
         llvm::zip_equal(op.getMixedLowerBound(), op.getMixedUpperBound(),
                         op.getMixedStep())) {
      std::optional<int64_t> known = getConstantIntValue(step);
      if (!known || *known <= 0)
        return op.emitOpError("expected constant steps");
      counts.push_back(affine::makeComposedFoldedAffineApply(
          b, loc, (last - first).ceilDiv(*known), {lower, upper}));
      std::optional<int64_t> size = getConstantIntValue(counts.back()),
                             all = getConstantIntValue(total);
      total = size && all
                  ? OpFoldResult(b.getIndexAttr(*size * *all))
                  : arith::MulIOp::create(
                        b, loc, getValueOrCreateConstantIndexOp(b, loc, total),
                        getValueOrCreateConstantIndexOp(b, loc, counts.back()))
                        .getResult();
    }
    gpu::LaunchOp launch = launcher.create(
        b, loc, "contract_packed",
        getValueOrCreateConstantIndexOp(b, loc, total),
        arith::ConstantIndexOp::create(b, loc, plan->getThreads()).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, plan->getThreads());
    TileKernel kernel(k, launch, *target, *plan, contraction);
    auto split =
        affine::AffineDelinearizeIndexOp::create(b, loc, k.block, counts);
    for (auto [variable, number, lower, step] :
         llvm::zip_equal(op.getInductionVars(), split.getResults(),
                         op.getMixedLowerBound(), op.getMixedStep()))
      kernel.mapping.map(variable,
                         k.apply(k.d(0) * *getConstantIntValue(step) + k.d(1),
                                 {number, lower}));
    return kernel.build(*op.getBody());
  }

  std::optional<Chip> target;
};

} // namespace
