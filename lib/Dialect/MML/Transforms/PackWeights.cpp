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
    for (unsigned bits : {vectorBits.getValue(), dotBits.getValue()})
      if (bits != 128 && bits != 256 && bits != 512) {
        getOperation()->emitError()
            << "expected vectors of 128, 256 or 512 bits but got " << bits;
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
    auto [chosen, reason] = chooseKernel(op);
    ConstantOp packed = pack(constant, getLayout(chosen));
    if (!packed)
      return failure();
    op.getRhsMutable().assign(packed);
    ++numPacked;
    StringRef name = chosen == KernelKind::Dot      ? "dot"
                     : chosen == KernelKind::Lookup ? "lookup"
                                                    : "addsub";
    explain(op, name, chosen == kernel ? "asked for" : reason);
    return success();
  }

  /// The kernel of a contraction with constant trits, and why.
  std::pair<KernelKind, StringRef> chooseKernel(ContractOp op) {
    if (!op.getBound())
      return {addSub ? KernelKind::AddSub : KernelKind::Dot,
              "floats are added and subtracted"};
    bool hasLookup = lookup != LookupKind::Portable;
    if (kernel == KernelKind::AddSub ||
        (kernel == KernelKind::Lookup && hasLookup))
      return {kernel, "asked for"};
    auto lhs = cast<ShapedType>(op.getLhs().getType());
    bool isOneToken = lhs.getShape().end()[-2] == 1;
    if (kernel == KernelKind::Auto && isOneToken &&
        lookup == LookupKind::Vpermb)
      return {KernelKind::Lookup, "one token reads all weights, which are the "
                                  "fewest bytes as indices of tables"};
    if (dot != DotKind::None)
      return {KernelKind::Dot,
              "the trits are constant, and the target has an instruction for "
              "products of bytes"};
    return {KernelKind::AddSub,
            "the trits are constant, and it runs on every target"};
  }

  LayoutAttrInterface getLayout(KernelKind chosen) {
    // Two vectors of 32-bit sums for bytes; of 16-bit sums for words: enough of
    // them to hide the latency of one addition, few enough for four tokens to
    // stay in registers. A vector of bytes for lookups.
    switch (chosen) {
    case KernelKind::Dot:
      return DotLayoutAttr::get(&getContext(), 2 * dotBits / 32);
    case KernelKind::Lookup:
      return LookupLayoutAttr::get(&getContext(), dotBits / 8);
    default:
      return TiledLayoutAttr::get(&getContext(), 2 * vectorBits / 16);
    }
  }

  /// The constant in a layout, made once.
  ConstantOp pack(ConstantOp constant, LayoutAttrInterface layout) {
    ConstantOp &packed = packedConstants[{constant.getValue(), layout}];
    if (!packed || packed->getBlock() != constant->getBlock()) {
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

  DenseMap<std::pair<Attribute, Attribute>, ConstantOp> packedConstants;
  SetVector<ConstantOp> replaced;
};

} // namespace
