//===- KernelsToGPU.cpp - Packed contractions as kernels of a GPU ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"
#include "TileLaunches.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/GPU/Passes.h"

#include "mlir/IR/Remarks.h"

namespace mlir::mml {
#define GEN_PASS_DEF_CONVERTKERNELSTOGPUPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Whether the sums of `op` are none, so that there is nothing to compute.
static bool isEmpty(ContractPackedOp op) {
  return getMostSums(op, 0) == 0 || getMostSums(op, 1) == 0;
}

/// How a block computes the tile `op`, or an error where that is too large.
static FailureOr<DotPlan> getPlan(ContractPackedOp op) {
  int64_t tokens = getMostSums(op, 0), outputs = getMostSums(op, 1);
  if (tokens > kManyTokens || outputs > kManyOutputs)
    return op.emitOpError("expected a tile of at most ")
           << kManyTokens << " tokens and " << kManyOutputs << " outputs";
  return DotPlan(tokens, outputs, getDepthGroups(op),
                 op->hasAttr(kDepthPartsAttr));
}

/// The parts that the depth of `op` is cut into, and the most tiles of which
/// there are parts.
static FailureOr<std::pair<int64_t, int64_t>> getParts(ContractPackedOp op) {
  Attribute attribute = op->getAttr(kDepthPartsAttr);
  if (!attribute)
    return std::pair<int64_t, int64_t>(1, 1);
  auto array = dyn_cast<DenseI64ArrayAttr>(attribute);
  if (!array || array.empty() || array.size() != (array[0] == 1 ? 1 : 2))
    return op.emitOpError("expected '")
           << kDepthPartsAttr << "' to be 1, or parts and tiles, but got "
           << attribute;
  int64_t depthTiles =
      llvm::divideCeil(getDepthGroups(op), DotTile::kTileGroups);
  int64_t parts = array[0], tiles = array[array.size() - 1];
  // Each part has some of the depth.
  bool fits =
      parts == 1 ||
      (parts > 1 && parts <= depthTiles && tiles >= 1 &&
       int64_t(llvm::divideCeil(depthTiles, parts)) * (parts - 1) < depthTiles);
  if (!fits)
    return op.emitOpError("expected parts of a depth of ")
           << depthTiles << " tiles but got " << attribute;
  return std::pair(parts, tiles);
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
          if (auto contraction = dyn_cast<ContractPackedOp>(op))
            converted = convert(contraction, scf::ForallOp(), launcher);
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

  LogicalResult checkLayout(ContractPackedOp op) {
    auto dot = dyn_cast<DotLayoutAttr>(op.getLayout());
    if (dot && dot.getRows() == DotTile::kRows && !dot.getMixed())
      return success();
    return op.emitOpError("expected the layout #mml.dot<rows = ")
           << DotTile::kRows << "> but got " << op.getLayout();
  }

  /// Says which kernel a contraction got and why.
  void explain(ContractPackedOp op, const DotPlan &plan, int64_t parts) {
    int64_t tokens = getMostSums(op, 0);
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
      os << mma << " from shared memory: many tokens are limited by products; "
         << "tiles of " << tokens << " x " << getMostSums(op, 1);
      if (parts > 1)
        os << " in " << parts << " parts of the depth";
      break;
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("KernelChosen")
                                    .category("mml-convert-kernels-to-gpu"))
        << text;
  }

  LogicalResult convert(ContractPackedOp op, scf::ForallOp loop,
                        Launcher &launcher) {
    if (failed(checkLayout(op)))
      return failure();
    if (isEmpty(op))
      return success();
    FailureOr<DotPlan> plan = getPlan(op);
    FailureOr<std::pair<int64_t, int64_t>> parts = getParts(op);
    if (failed(plan) || failed(parts))
      return failure();
    explain(op, *plan, parts->first);
    return launchTiles(op, loop, *target, *plan, parts->first, parts->second,
                       launcher);
  }

  LogicalResult convert(scf::ForallOp op, Launcher &launcher) {
    auto contractions = op.getBody()->getOps<ContractPackedOp>();
    if (!llvm::hasSingleElement(contractions))
      return op.emitOpError("expected one contraction in a tile");
    return convert(*contractions.begin(), op, launcher);
  }

  std::optional<Chip> target;
};

} // namespace
