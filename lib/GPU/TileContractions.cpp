//===- TileContractions.cpp - Tiles of contractions for kernels -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "mml/Dialect/MML/Transforms/TileAndFuse.h"
#include "mml/GPU/Passes.h"

namespace mlir::mml {
#define GEN_PASS_DEF_TILECONTRACTIONSFORGPUPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Tiles a copy of `chain` where the builder is; returns what replaces the
/// result of its last operation.
static FailureOr<Value> tileCopy(RewriterBase &rewriter,
                                 const SetVector<Operation *> &chain,
                                 const DotVersion &version) {
  auto sums = cast<RankedTensorType>(
      cast<ContractPackedOp>(chain.front()).getOut().getType());
  IRMapping mapping;
  SetVector<Operation *> copy;
  for (Operation *op : chain)
    copy.insert(rewriter.clone(*op, mapping));
  // The use by which what replaces the result is found.
  Location loc = chain.back()->getLoc();
  Operation *use =
      scf::YieldOp::create(rewriter, loc, copy.back()->getResults());
  SmallVector<OpFoldResult> sizes = {rewriter.getIndexAttr(version.tokens),
                                     rewriter.getIndexAttr(version.outputs)};
  FailureOr<Operation *> loop =
      tileContraction(rewriter, copy, sizes, /*isParallel=*/true);
  if (failed(loop))
    return failure();
  if (version.parts) {
    SmallVector<int64_t> parts = {*version.parts};
    if (*version.parts > 1)
      parts.push_back(version.getMostTiles(sums.getDimSize(1)));
    (*loop)->walk([&](ContractPackedOp tile) {
      tile->setAttr(kDepthPartsAttr, rewriter.getDenseI64ArrayAttr(parts));
    });
  }
  Value result = use->getOperand(0);
  rewriter.setInsertionPoint(use);
  rewriter.eraseOp(use);
  return result;
}

/// Builds `versions`, of which the first one that has enough tokens is taken.
static FailureOr<Value> buildVersions(RewriterBase &rewriter,
                                      const SetVector<Operation *> &chain,
                                      Value tokens,
                                      ArrayRef<DotVersion> versions) {
  if (versions.size() == 1)
    return tileCopy(rewriter, chain, versions.front());
  Operation *last = chain.back();
  Location loc = last->getLoc();
  Value isEnough = arith::CmpIOp::create(
      rewriter, loc, arith::CmpIPredicate::ule, tokens,
      arith::ConstantIndexOp::create(rewriter, loc, versions.front().most));
  auto op = scf::IfOp::create(rewriter, loc, last->getResultTypes(), isEnough,
                              /*withElseRegion=*/true);
  auto fill = [&](Block &block, ArrayRef<DotVersion> some) -> LogicalResult {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(&block);
    FailureOr<Value> value = buildVersions(rewriter, chain, tokens, some);
    if (failed(value))
      return failure();
    rewriter.setInsertionPointToEnd(&block);
    scf::YieldOp::create(rewriter, loc, *value);
    return success();
  };
  if (failed(fill(*op.thenBlock(), versions.take_front())) ||
      failed(fill(*op.elseBlock(), versions.drop_front())))
    return failure();
  return op.getResult(0);
}

/// Tiles `op` and what is computed of its sums, for each number of tokens.
static LogicalResult tileContractionForGPU(RewriterBase &rewriter,
                                           ContractPackedOp op,
                                           const Chip &chip) {
  SetVector<Operation *> chain = getContractionChain(rewriter, op);
  auto out = cast<RankedTensorType>(op.getOut().getType());
  int64_t groups = cast<ShapedType>(op.getKernel().getType()).getDimSize(1);
  SmallVector<DotVersion> versions =
      getDotVersions({out.getDimSize(0), out.getDimSize(1), groups}, chip);
  Operation *last = chain.back();
  rewriter.setInsertionPoint(last);
  Value tokens;
  if (versions.size() > 1)
    tokens = tensor::DimOp::create(rewriter, op.getLoc(), op.getOut(), 0);
  FailureOr<Value> result = buildVersions(rewriter, chain, tokens, versions);
  if (failed(result))
    return failure();
  rewriter.replaceAllUsesWith(last->getResult(0), *result);
  for (Operation *old : llvm::reverse(chain.getArrayRef()))
    if (old->use_empty())
      rewriter.eraseOp(old);
  return success();
}

namespace {

struct TileContractionsForGPUPass
    : mlir::mml::impl::TileContractionsForGPUPassBase<
          TileContractionsForGPUPass> {
  using TileContractionsForGPUPassBase::TileContractionsForGPUPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    llvm::Expected<Chip> parsed = Chip::parse(chip);
    if (!parsed)
      return emitError(UnknownLoc::get(context))
             << llvm::toString(parsed.takeError());
    target = *parsed;
    return success();
  }

  void runOnOperation() override {
    auto tile = [&](RewriterBase &rewriter, ContractPackedOp op) {
      return tileContractionForGPU(rewriter, op, *target);
    };
    if (failed(fuseEach<ContractPackedOp>(getOperation(), tile)))
      signalPassFailure();
  }

private:
  std::optional<Chip> target;
};

} // namespace
