//===- PackWeights.cpp - Choose kernels and pack constant trits -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"

#include <mutex>

namespace mlir::mml {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// Trits in a layout.
struct Packing {
  Packing(ConstantOp constant, LayoutAttrInterface layout)
      : constant(constant), layout(layout) {}

  /// Any of the constants that hold them.
  ConstantOp constant;
  LayoutAttrInterface layout;
  TritsAttr value;
  /// The constants with that value; one serves a block.
  DenseMap<Block *, ConstantOp> made;
};

struct PackWeightsPass : mlir::mml::impl::PackWeightsPassBase<PackWeightsPass> {
  using PackWeightsPassBase::PackWeightsPassBase;

  void runOnOperation() override {
    for (unsigned bits : {vectorBits.getValue(), dotBits.getValue()})
      if (bits != 128 && bits != 256 && bits != 512) {
        getOperation()->emitError()
            << "expected vectors of 128, 256 or 512 bits but got " << bits;
        return signalPassFailure();
      }
    getOperation()->walk([&](ContractOp op) { choose(op); });
    if (failed(pack()))
      return signalPassFailure();
    for (auto [op, index] : choices)
      assign(op, packings[index]);
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

  void choose(ContractOp op) {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    if (!rhs || rhs.getEncoding())
      return;
    if (kernel == KernelKind::Reference)
      return explain(op, "reference", "asked for");
    auto constant = op.getRhs().getDefiningOp<ConstantOp>();
    if (!constant)
      return explain(op, "reference", "the trits are not constant");
    auto [chosen, reason] = chooseKernel(op);
    LayoutAttrInterface layout = getLayout(chosen);
    auto [known, isNew] = packingIndices.try_emplace(
        std::pair<Attribute, Attribute>{constant.getValue(), layout},
        packings.size());
    if (isNew)
      packings.emplace_back(constant, layout);
    choices.push_back({op, known->second});
    StringRef name = chosen == KernelKind::Dot      ? "dot"
                     : chosen == KernelKind::Lookup ? "lookup"
                                                    : "addsub";
    explain(op, name, chosen == kernel ? "asked for" : reason);
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

  /// The resources that nothing but the constants to be packed refers to, and
  /// how many packings read each.
  llvm::StringMap<unsigned> findRetiring() {
    DenseSet<Operation *> choosing;
    for (auto [op, index] : choices)
      choosing.insert(op);
    llvm::StringMap<unsigned> readers;
    for (Packing &packing : packings)
      if (auto source = dyn_cast<DenseResourceElementsAttr>(
              packing.constant.getValue().getStorage()))
        ++readers[source.getRawHandle().getKey()];
    AttrTypeWalker keep;
    keep.addWalk([&](DenseResourceElementsAttr resource) {
      readers.erase(resource.getRawHandle().getKey());
    });
    getOperation()->walk([&](Operation *op) {
      bool isRetiring =
          isa<ConstantOp>(op) && llvm::all_of(op->getUsers(), [&](auto *user) {
            return choosing.contains(user);
          });
      if (!isRetiring)
        keep.walk(op->getAttrDictionary());
    });
    return readers;
  }

  /// Packs what was asked for, on the threads of the context.
  LogicalResult pack() {
    llvm::StringMap<unsigned> readers;
    if (releaseSources)
      readers = findRetiring();
    std::mutex mutex;
    return failableParallelForEach(
        &getContext(), packings, [&](Packing &packing) -> LogicalResult {
          TritsAttr value = packing.constant.getValue();
          FailureOr<TritsAttr> packed =
              value.withLayout(packing.layout, value.getResourceName("trits"));
          if (failed(packed))
            return packing.constant.emitOpError(
                "expected the trits to be at hand");
          packing.value = *packed;
          auto source = dyn_cast<DenseResourceElementsAttr>(value.getStorage());
          if (!source)
            return success();
          std::lock_guard<std::mutex> lock(mutex);
          auto retiring = readers.find(source.getRawHandle().getKey());
          if (retiring != readers.end() && --retiring->second == 0)
            releaseResource(source);
          return success();
        });
  }

  /// Makes `op` read `packing`.
  void assign(ContractOp op, Packing &packing) {
    auto constant = op.getRhs().getDefiningOp<ConstantOp>();
    ConstantOp &made = packing.made[constant->getBlock()];
    if (!made) {
      OpBuilder builder(constant);
      made = ConstantOp::create(builder, constant.getLoc(), packing.value);
    }
    op.getRhsMutable().assign(made);
    replaced.insert(constant);
    ++numPacked;
  }

  SmallVector<Packing> packings;
  DenseMap<std::pair<Attribute, Attribute>, unsigned> packingIndices;
  SmallVector<std::pair<ContractOp, unsigned>> choices;
  SetVector<ConstantOp> replaced;
};

} // namespace
