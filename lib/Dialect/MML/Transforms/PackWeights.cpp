//===- PackWeights.cpp - Choose kernels and pack constant trits -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/CostModel.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Threading.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/Support/FormatVariadic.h"

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
    target = {{dot, dotBits}, lookup,         vectorBits, core,
              coreCacheBytes, lastCacheBytes, floatLookup};
    // Contractions run in turn, so that caches hold all of their weights or
    // those of none.
    allWeights = 0;
    getOperation()->walk([&](ContractOp op) {
      if (op.getRhs().getDefiningOp<ConstantOp>())
        allWeights += countWeights(op);
    });
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
  void explain(ContractOp op, KernelKind chosen, const Twine &reason) {
    bool isReplaced = kernel != KernelKind::Auto && chosen != kernel;
    remark::RemarkOpts options =
        remark::RemarkOpts::name(isReplaced ? "KernelReplaced" : "KernelChosen")
            .category("mml-pack-weights");
    auto remark = isReplaced ? remark::missed(op.getLoc(), options)
                             : remark::passed(op.getLoc(), options);
    remark << "kernel " << getName(chosen) << ": " << reason.str();
  }

  /// The kernel that reads trits in `layout`.
  static KernelKind getKernel(Attribute layout) {
    if (isa<LookupLayoutAttr, WordLookupLayoutAttr>(layout))
      return KernelKind::Lookup;
    if (auto dot = dyn_cast<DotLayoutAttr>(layout))
      return dot.getMixed() ? KernelKind::Mixed : KernelKind::Dot;
    return isa<TiledLayoutAttr>(layout) ? KernelKind::AddSub
                                        : KernelKind::Reference;
  }

  void choose(ContractOp op) {
    auto rhs = dyn_cast<RankedTensorType>(op.getRhs().getType());
    if (!rhs)
      return;
    if (Attribute layout = rhs.getEncoding()) {
      if (KernelKind packed = getKernel(layout);
          kernel != KernelKind::Auto && packed != kernel)
        explain(op, packed, "the trits are packed for it already");
      return;
    }
    if (kernel == KernelKind::Reference)
      return explain(op, KernelKind::Reference, "asked for");
    auto constant = op.getRhs().getDefiningOp<ConstantOp>();
    if (!constant)
      return explain(op, KernelKind::Reference, "the trits are not constant");
    auto [chosen, reason] = chooseKernel(op);
    LayoutAttrInterface layout = getLayout(op, chosen);
    auto [known, isNew] = packingIndices.try_emplace(
        std::pair<Attribute, Attribute>{constant.getValue(), layout},
        packings.size());
    if (isNew)
      packings.emplace_back(constant, layout);
    choices.push_back({op, known->second});
    explain(op, chosen, reason);
  }

  static StringRef getName(KernelKind kernel) {
    return kernel == KernelKind::Dot         ? "dot"
           : kernel == KernelKind::Lookup    ? "lookup"
           : kernel == KernelKind::Mixed     ? "mixed"
           : kernel == KernelKind::Reference ? "reference"
                                             : "addsub";
  }

  /// The weights of a contraction, those of all batches of one.
  static int64_t countWeights(ContractOp op) {
    return cast<ShapedType>(op.getRhs().getType()).getNumElements();
  }

  /// A contraction of `tokens` tokens, for the model of costs.
  ContractionSize getSize(ContractOp op, int64_t tokens, bool isBatchKnown) {
    auto rhs = cast<ShapedType>(op.getRhs().getType());
    ArrayRef<int64_t> shape = rhs.getShape().take_back(2);
    ContractionSize size{tokens, shape[1], shape[0], isBatchKnown};
    size.allWeights = allWeights;
    size.isFloat = !op.getBound();
    return size;
  }

  /// What kernels are compared for: the number of tokens, or some where it is
  /// not known.
  static SmallVector<int64_t> getTokens(ContractOp op) {
    auto lhs = cast<ShapedType>(op.getLhs().getType());
    int64_t tokens = lhs.getShape().end()[-2];
    if (ShapedType::isDynamic(tokens))
      return llvm::to_vector(getTypicalTokens());
    return {tokens};
  }

  /// "620 GOP/s, limited by stores", of one thread.
  std::string predict(ContractOp op, KernelKind candidate) {
    SmallVector<int64_t> tokens = getTokens(op);
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::interleave(
        tokens, os,
        [&](int64_t count) {
          auto prediction = predictKernel(
              candidate, target, getSize(op, count, tokens.size() == 1));
          if (!prediction) {
            os << "nothing to do";
            return;
          }
          os << llvm::formatv("{0:f0} GOP/s", prediction->gigaops);
          if (count == 1)
            os << llvm::formatv(" and {0:f1} GB/s", prediction->gigabytes);
          os << ", limited by " << prediction->limit;
          if (tokens.size() > 1)
            os << ", for " << count << (count == 1 ? " token" : " tokens");
        },
        "; ");
    return text;
  }

  KernelKind findFastest(ContractOp op) {
    SmallVector<int64_t> tokens = getTokens(op);
    return findFastestKernel(target,
                             llvm::map_to_vector(tokens, [&](int64_t count) {
                               return getSize(op, count, tokens.size() == 1);
                             }));
  }

  /// The kernel of a contraction with constant trits, and why.
  std::pair<KernelKind, std::string> chooseKernel(ContractOp op) {
    bool isFloat = !op.getBound();
    if (isFloat && !addSub)
      return {KernelKind::Dot, "floats are added and subtracted"};
    auto function = op->getParentOfType<FunctionOpInterface>();
    if (isFloat && function && function->hasAttr(kOrderedSumsAttrName))
      return {KernelKind::AddSub,
              "sums of floats are to be in order, predicted " +
                  predict(op, KernelKind::AddSub)};
    std::string predicted = "predicted ";
    if (kernel == KernelKind::Auto) {
      KernelKind fastest = findFastest(op);
      predicted += predict(op, fastest);
      for (KernelKind other : {KernelKind::Dot, KernelKind::Mixed,
                               KernelKind::Lookup, KernelKind::AddSub})
        if (other != fastest && target.mayChoose(other, isFloat))
          predicted +=
              ("; " + getName(other) + ": " + predict(op, other)).str();
      return {fastest, predicted};
    }
    // What the target lacks falls back to the next.
    KernelKind chosen = target.getAvailable(kernel, isFloat);
    std::string why = "asked for";
    if (chosen != kernel)
      why = ("the target has no instruction for " + getName(kernel) +
             (isFloat ? " of floats" : ""))
                .str();
    return {chosen, why + ", predicted " + predict(op, chosen)};
  }

  LayoutAttrInterface getLayout(ContractOp op, KernelKind chosen) {
    int64_t outputs = cast<ShapedType>(op.getRhs().getType()).getShape().back();
    bool isFloat = !op.getBound();
    int64_t rows = target.getLayoutRows(chosen, outputs, isFloat);
    switch (chosen) {
    case KernelKind::Dot:
    case KernelKind::Mixed:
      return DotLayoutAttr::get(&getContext(), rows,
                                chosen == KernelKind::Mixed);
    case KernelKind::Lookup:
      if (isFloat)
        return WordLookupLayoutAttr::get(&getContext(), rows);
      return LookupLayoutAttr::get(&getContext(), rows);
    default:
      return TiledLayoutAttr::get(&getContext(), rows);
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

  KernelTarget target;
  int64_t allWeights = 0;
  SmallVector<Packing> packings;
  DenseMap<std::pair<Attribute, Attribute>, unsigned> packingIndices;
  SmallVector<std::pair<ContractOp, unsigned>> choices;
  SetVector<ConstantOp> replaced;
};

} // namespace
