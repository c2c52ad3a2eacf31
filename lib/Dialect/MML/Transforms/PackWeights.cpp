//===- PackWeights.cpp - Choose kernels and pack constant trits -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

struct PackWeightsPass : mlir::mml::impl::PackWeightsPassBase<PackWeightsPass> {
  using PackWeightsPassBase::PackWeightsPassBase;

  void runOnOperation() override {
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      getOperation()->emitError()
          << "expected vectors of 128, 256 or 512 bits but got "
          << vectorBits.getValue();
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk([&](ContractOp op) {
      return succeeded(choose(op)) ? WalkResult::advance()
                                   : WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (ConstantOp constant : replaced)
      if (constant.use_empty())
        constant.erase();
  }

private:
  /// Two vectors of 16-bit sums: enough of them to hide the latency of one
  /// addition, few enough for four tokens to stay in registers.
  int64_t getRows() const { return 2 * vectorBits / 16; }

  /// Says what was chosen for `op` and why.
  static void explain(ContractOp op, StringRef chosen, StringRef reason) {
    remark::passed(
        op.getLoc(),
        remark::RemarkOpts::name("KernelChosen").category("mml-pack-weights"))
        << "kernel " << chosen << ": " << reason;
  }

  LogicalResult choose(ContractOp op) {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    if (!rhs || rhs.getEncoding())
      return success();
    if (kernel == KernelKind::Reference) {
      explain(op, "reference", "asked for");
      return success();
    }
    auto constant = op.getRhs().getDefiningOp<ConstantOp>();
    if (!constant) {
      explain(op, "reference", "the trits are not constant");
      return success();
    }
    ConstantOp packed = pack(constant);
    if (!packed)
      return failure();
    op.getRhsMutable().assign(packed);
    ++numPacked;
    explain(op, "addsub",
            kernel == KernelKind::AddSub
                ? "asked for"
                : "the trits are constant, and it runs on every target");
    return success();
  }

  /// The constant in the layout of the add/subtract kernel, made once.
  ConstantOp pack(ConstantOp constant) {
    ConstantOp &packed = packedConstants[constant.getValue()];
    if (!packed || packed->getBlock() != constant->getBlock()) {
      auto layout = TiledLayoutAttr::get(&getContext(), getRows());
      FailureOr<TritsAttr> value = constant.getValue().withLayout(
          layout, constant.getValue().getResourceName("trits"));
      if (failed(value)) {
        constant.emitOpError("expected the trits to be at hand");
        return {};
      }
      OpBuilder builder(constant);
      packed = ConstantOp::create(builder, constant.getLoc(), *value);
    }
    replaced.insert(constant);
    return packed;
  }

  DenseMap<Attribute, ConstantOp> packedConstants;
  SetVector<ConstantOp> replaced;
};

} // namespace
