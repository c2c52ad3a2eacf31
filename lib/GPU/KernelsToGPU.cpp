//===- KernelsToGPU.cpp - Packed contractions as kernels of a GPU ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"
#include "Launch.h"
#include "LinalgElements.h"
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

/// The most that `value` may be, or nothing.
static std::optional<int64_t> getMost(OpFoldResult value) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return known;
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, cast<Value>(value),
      /*stopCondition=*/nullptr, /*closedUB=*/true);
  if (failed(bound))
    return std::nullopt;
  return *bound;
}

namespace {

/// The kernel of one tile of a contraction and of what is computed of it.
class TileKernel {
public:
  TileKernel(BlockBuilder &builder, gpu::LaunchOp launch, const Chip &chip,
             IRMapping &mapping)
      : k(builder), chip(chip), mapping(mapping), shared(launch) {}

  /// Builds what the operations of `body` do.
  LogicalResult build(Block &body);
  LogicalResult buildContraction(ContractPackedOp op);

private:
  LogicalResult buildOne(Operation &op);
  LogicalResult buildTemporary(memref::AllocOp op);
  void buildLinalg(linalg::LinalgOp op);
  /// Threads wait before they read what others have written.
  void separate() {
    if (hasWritten)
      k.barrier();
    hasWritten = true;
  }

  BlockBuilder &k;
  const Chip &chip;
  IRMapping &mapping;
  SharedMemory shared;
  /// The first byte of shared memory that is free.
  int64_t top = 0;
  /// Arrays in shared memory: where they are, and the bytes of a row, or of all
  /// where they have no rows.
  struct Temporary {
    int64_t begin, end, rowBytes;
  };
  llvm::DenseMap<Value, Temporary> temporaries;
  bool hasWritten = false;
};

} // namespace

LogicalResult TileKernel::buildTemporary(memref::AllocOp op) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : op.getMixedSizes()) {
    std::optional<int64_t> most = getMost(size);
    if (!most)
      return op.emitOpError("expected an array of bounded size in a tile");
    shape.push_back(*most);
  }
  SmallVector<OpFoldResult> sizes = llvm::map_to_vector(
      op.getMixedSizes(), [&](OpFoldResult size) -> OpFoldResult {
        if (auto value = dyn_cast<Value>(size))
          return mapping.lookupOrDefault(value);
        return size;
      });
  // Threads that write to one column of many rows have a bank each.
  constexpr int64_t kBanks = 32;
  if (shape.size() > 1 && shape.back() % kBanks == 0)
    ++shape.back();
  auto type = MemRefType::get(shape, op.getType().getElementType());
  int64_t bytes = SharedMemory::getBytes(type);
  if (top + bytes > SharedMemory::kMostBytes)
    return op.emitOpError("expected at most ")
           << SharedMemory::kMostBytes << " bytes in a tile but got "
           << top + bytes;
  SmallVector<OpFoldResult> zeros(sizes.size(), k.b.getIndexAttr(0)),
      ones(sizes.size(), k.b.getIndexAttr(1));
  mapping.map(op.getMemref(), memref::SubViewOp::create(
                                  k.b, k.loc, shared.get(k.b, k.loc, type, top),
                                  zeros, sizes, ones));
  temporaries[op.getMemref()] = {
      top, top + bytes,
      shape.empty() || shape.front() == 0 ? bytes : bytes / shape.front()};
  top += bytes;
  return success();
}

void TileKernel::buildLinalg(linalg::LinalgOp op) {
  auto clone = cast<linalg::LinalgOp>(k.b.clone(*op, mapping));
  LinalgElements elements(k.b, clone);
  k.share(elements.getCount(), [&](Value number) { elements.build(number); });
  clone.erase();
}

LogicalResult TileKernel::buildContraction(ContractPackedOp op) {
  DotTile tile;
  tile.tiles = mapping.lookupOrDefault(op.getActivations()[0]);
  tile.tokenSums = mapping.lookupOrDefault(op.getActivations()[1]);
  tile.packed = mapping.lookupOrDefault(op.getKernel());
  tile.out = mapping.lookupOrDefault(op.getOut());
  auto outType = cast<MemRefType>(op.getOut().getType());
  tile.tokens = k.size(tile.out, 0);
  tile.outputs = k.size(tile.out, 1);
  auto getMostOf = [&](int64_t axis, int64_t otherwise) {
    if (!outType.isDynamicDim(axis))
      return outType.getDimSize(axis);
    FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
        presburger::BoundType::UB, {op.getOut(), axis},
        /*stopCondition=*/nullptr, /*closedUB=*/true);
    return succeeded(bound) ? *bound : otherwise;
  };
  constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
  tile.mostTokens = getMostOf(0, kUnknown);
  tile.mostOutputs = getMostOf(1, kUnknown);
  if (tile.mostTokens > kMmaTokens || tile.mostOutputs > kMmaOutputs)
    return op.emitOpError("expected a tile of at most ")
           << kMmaTokens << " tokens and " << kMmaOutputs << " outputs";
  tile.groups = cast<MemRefType>(op.getKernel().getType()).getDimSize(1);
  // Sums of many tokens are written when nothing else is read any more. Those
  // of a few are in the first rows; what they are made of may be behind.
  int64_t manyOffset = top, fewOffset = top;
  auto temporary = temporaries.find(op.getOut());
  if (temporary != temporaries.end() && temporary->second.end == top) {
    manyOffset = temporary->second.begin;
    fewOffset = std::min(
        top, manyOffset +
                 int64_t(llvm::alignTo(kFewTokens * temporary->second.rowBytes,
                                       SharedMemory::kAlignment)));
  }
  bool hasFew = true, hasMany = tile.mostTokens > kFewTokens;
  if (std::optional<int64_t> known = getConstantIntValue(tile.tokens))
    hasFew = *known <= kFewTokens;
  int64_t manyEnd = hasMany ? manyOffset + getManyTokensBytes(tile) : 0,
          fewEnd = hasFew ? fewOffset + getFewTokensBytes(k.threads, tile) : 0;
  int64_t end = std::max(manyEnd, fewEnd);
  if (end > SharedMemory::kMostBytes)
    return op.emitOpError("expected at most ")
           << SharedMemory::kMostBytes << " bytes in a tile but got " << end;
  separate();
  auto few = [&] { buildFewTokens(k, shared, fewOffset, tile); };
  auto many = [&] { buildManyTokens(k, shared, manyOffset, tile, chip); };
  if (hasFew && hasMany)
    k.branch(k.isBelow(tile.tokens, k.b.getIndexAttr(kFewTokens + 1)), few,
             many);
  else if (hasFew)
    few();
  else
    many();
  top = std::max(top, end);
  return success();
}

LogicalResult TileKernel::buildOne(Operation &op) {
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return buildTemporary(alloc);
  if (isa<memref::DeallocOp>(op))
    return success();
  if (auto contraction = dyn_cast<ContractPackedOp>(op))
    return buildContraction(contraction);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    separate();
    buildLinalg(linalgOp);
    return success();
  }
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    Value source = mapping.lookupOrDefault(copy.getSource()),
          target = mapping.lookupOrDefault(copy.getTarget());
    if (source == target)
      return success();
    separate();
    linalg::GenericOp generic =
        linalg::makeMemRefCopyOp(k.b, k.loc, source, target);
    buildLinalg(generic);
    generic.erase();
    return success();
  }
  if (!isMemoryEffectFree(&op) ||
      llvm::any_of(op.getOperands(), [&](Value operand) {
        return temporaries.contains(operand);
      }))
    return op.emitOpError("cannot run in a tile of a contraction on a GPU");
  k.b.clone(op, mapping);
  return success();
}

LogicalResult TileKernel::build(Block &body) {
  for (Operation &op : body.without_terminator())
    if (failed(buildOne(op)))
      return failure();
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
  void explain(ContractPackedOp op) {
    int64_t tokens = cast<MemRefType>(op.getOut().getType()).getDimSize(0);
    StringRef mma = target->hasByteMma()
                        ? "mma.sync m16n8k32"
                        : "mma.sync m8n8k16, as the chip has no larger one";
    std::string text;
    llvm::raw_string_ostream os(text);
    if (ShapedType::isDynamic(tokens))
      os << "dp4a for up to " << kFewTokens
         << " tokens, which are limited by the bytes of the weights; " << mma
         << " for more";
    else if (tokens <= kFewTokens)
      os << "dp4a: few tokens are limited by the bytes of the weights";
    else
      os << mma << ": " << tokens << " tokens are limited by products";
    remark::passed(op.getLoc(), remark::RemarkOpts::name("KernelChosen")
                                    .category("mml-convert-kernels-to-gpu"))
        << text;
  }

  LogicalResult convert(PackActivationsOp op, Launcher &launcher) {
    if (failed(checkLayout(op, op.getLayout())))
      return failure();
    OpBuilder b(op);
    Location loc = op.getLoc();
    constexpr int64_t kThreads = 128;
    Value blocks = getValueOrCreateConstantIndexOp(
        b, loc,
        affine::makeComposedFoldedAffineApply(
            b, loc, b.getAffineDimExpr(0) * DotTile::kTileTokens,
            memref::getMixedSize(b, loc, op.getOuts()[0], 0)));
    gpu::LaunchOp launch = launcher.create(
        b, loc, "pack_activations", blocks,
        arith::ConstantIndexOp::create(b, loc, kThreads).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, kThreads);
    SharedMemory shared(launch);
    buildPackTokens(k, shared, op);
    return success();
  }

  LogicalResult convert(ContractPackedOp op, Launcher &launcher) {
    if (failed(checkLayout(op, op.getLayout())))
      return failure();
    explain(op);
    OpBuilder b(op);
    Location loc = op.getLoc();
    gpu::LaunchOp launch = launcher.create(
        b, loc, "contract_packed",
        arith::ConstantIndexOp::create(b, loc, 1).getResult(),
        arith::ConstantIndexOp::create(b, loc, kMmaThreads).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, kMmaThreads);
    IRMapping mapping;
    return TileKernel(k, launch, *target, mapping).buildContraction(op);
  }

  LogicalResult convert(scf::ForallOp op, Launcher &launcher) {
    for (auto contraction : op.getBody()->getOps<ContractPackedOp>()) {
      if (failed(checkLayout(contraction, contraction.getLayout())))
        return failure();
      explain(contraction);
    }
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
        arith::ConstantIndexOp::create(b, loc, kMmaThreads).getResult());
    b.setInsertionPointToStart(&launch.getBody().front());
    BlockBuilder k(b, launch, kMmaThreads);
    IRMapping mapping;
    auto split =
        affine::AffineDelinearizeIndexOp::create(b, loc, k.block, counts);
    for (auto [variable, number, lower, step] :
         llvm::zip_equal(op.getInductionVars(), split.getResults(),
                         op.getMixedLowerBound(), op.getMixedStep()))
      mapping.map(variable,
                  k.apply(k.d(0) * *getConstantIntValue(step) + k.d(1),
                          {number, lower}));
    return TileKernel(k, launch, *target, mapping).build(*op.getBody());
  }

  std::optional<Chip> target;
};

} // namespace
