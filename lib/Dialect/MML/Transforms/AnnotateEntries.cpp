//===- AnnotateEntries.cpp - Describe the public functions ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerName.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::mml {
#define GEN_PASS_DEF_ANNOTATEENTRIESPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;
namespace einsum = ::mml::einsum;

/// The multiply-accumulates of `op` for one row of the batch.
static uint64_t countMacs(DenseOp op) {
  auto kernel = cast<RankedTensorType>(op.getKernel().getType());
  auto input = cast<RankedTensorType>(op.getInput().getType());
  uint64_t macs = 1;
  for (int64_t size : llvm::concat<const int64_t>(
           kernel.getShape(), input.getShape().drop_front().drop_back()))
    if (!ShapedType::isDynamic(size))
      macs = llvm::SaturatingMultiply<uint64_t>(macs, size);
  return macs;
}

static uint64_t countMacs(EinsumDenseOp op) {
  einsum::Contraction contraction = op.getContraction();
  uint64_t macs = 1;
  for (auto [axis, info] : llvm::enumerate(contraction.getAxes()))
    if (!ShapedType::isDynamic(info.size) &&
        axis != contraction.getOperands()[0].axes.front())
      macs = llvm::SaturatingMultiply<uint64_t>(macs, info.size);
  return macs;
}

namespace {

struct AnnotateEntriesPass
    : mlir::mml::impl::AnnotateEntriesPassBase<AnnotateEntriesPass> {
  using AnnotateEntriesPassBase::AnnotateEntriesPassBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        annotate(function);
  }

  void annotate(func::FuncOp function) {
    FunctionType type = function.getFunctionType();
    if (!llvm::all_of(type.getInputs(), llvm::IsaPred<RankedTensorType>) ||
        !llvm::all_of(type.getResults(), llvm::IsaPred<RankedTensorType>))
      return;
    Builder builder(function.getContext());
    auto set = [&](StringRef name, Attribute value) {
      if (!function->hasAttr(name))
        function->setAttr(name, value);
    };
    set(LLVM::LLVMDialect::getEmitCWrapperAttrName(), builder.getUnitAttr());
    set(kSignatureAttrName, TypeAttr::get(type));
    uint64_t macs = 0;
    function.walk(
        [&](DenseOp op) { macs = llvm::SaturatingAdd(macs, countMacs(op)); });
    function.walk([&](EinsumDenseOp op) {
      macs = llvm::SaturatingAdd(macs, countMacs(op));
    });
    constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
    if (macs)
      set(kMacsAttrName, builder.getI64IntegerAttr(std::min(macs, kMax)));
    if (layers)
      set(kLayersAttrName, describeLayers(function));
  }

  /// One dictionary for each name that operations in `function` have, in the
  /// order of the text.
  static ArrayAttr describeLayers(func::FuncOp function) {
    llvm::MapVector<StringAttr, uint64_t> macsByName;
    function.walk([&](Operation *op) {
      if (!isa<MMLDialect>(op->getDialect()) || isa<ConstantOp>(op))
        return;
      StringAttr name = getLayerName(op->getLoc());
      if (!name)
        return;
      uint64_t &macs = macsByName[name];
      if (auto dense = dyn_cast<DenseOp>(op))
        macs = llvm::SaturatingAdd(macs, countMacs(dense));
      else if (auto einsum = dyn_cast<EinsumDenseOp>(op))
        macs = llvm::SaturatingAdd(macs, countMacs(einsum));
    });
    Builder builder(function.getContext());
    SmallVector<Attribute> result;
    for (auto [name, macs] : macsByName) {
      SmallVector<NamedAttribute> fields{builder.getNamedAttr("name", name)};
      if (macs)
        fields.push_back(builder.getNamedAttr(
            "macs", builder.getI64IntegerAttr(std::min<uint64_t>(
                        macs, std::numeric_limits<int64_t>::max()))));
      result.push_back(builder.getDictionaryAttr(fields));
    }
    return builder.getArrayAttr(result);
  }
};

} // namespace
