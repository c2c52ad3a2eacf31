//===- ProfileLayers.cpp - Tell the runtime which layer begins ------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerName.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::mml {
#define GEN_PASS_DEF_PROFILELAYERSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The layer that nothing belongs to.
static constexpr int64_t kNoLayer = -1;

namespace {

/// What is known of the layers of a function.
class LayerTable {
public:
  explicit LayerTable(ArrayAttr layers) {
    for (auto layer : layers.getAsRange<DictionaryAttr>())
      getIndex(layer.getAs<StringAttr>("name"), layer);
  }

  /// The number of the layer `name`, which is a new one where it is not known.
  int64_t getIndex(StringAttr name, DictionaryAttr fields = {}) {
    auto [known, isNew] = indices.try_emplace(name, layers.size());
    if (isNew)
      layers.push_back(
          {NamedAttrList(
               fields ? fields
                      : DictionaryAttr::get(name.getContext(),
                                            NamedAttribute("name", name))),
           {}});
    return known->second;
  }

  /// Adds what `op`, of the layer `index`, reads of constants.
  void addConstants(int64_t index, Operation *op);

  ArrayAttr getAttr(MLIRContext *context) const;

private:
  struct Layer {
    NamedAttrList fields;
    /// Constants by their symbols, as two operations may read one, and the
    /// bytes of each.
    llvm::MapVector<Attribute, int64_t> constants;
  };
  SmallVector<Layer> layers;
  DenseMap<StringAttr, int64_t> indices;
};

} // namespace

void LayerTable::addConstants(int64_t index, Operation *op) {
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      auto global = operand.getDefiningOp<memref::GetGlobalOp>();
      if (!global)
        continue;
      auto type = cast<MemRefType>(global.getType());
      if (type.getElementType().isIntOrFloat())
        layers[index].constants[global.getNameAttr()] =
            llvm::divideCeil(type.getElementTypeBitWidth(), 8) *
            type.getNumElements();
    }
  });
}

ArrayAttr LayerTable::getAttr(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<Attribute> result;
  for (const Layer &layer : layers) {
    NamedAttrList fields = layer.fields;
    int64_t bytes = 0;
    for (auto [symbol, size] : layer.constants)
      bytes += size;
    if (bytes)
      fields.set("bytes", builder.getI64IntegerAttr(bytes));
    result.push_back(fields.getDictionary(context));
  }
  return builder.getArrayAttr(result);
}

namespace {

struct ProfileLayersPass
    : mlir::mml::impl::ProfileLayersPassBase<ProfileLayersPass> {
  void runOnOperation() override {
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (auto layers = function->getAttrOfType<ArrayAttr>(kLayersAttrName))
        if (!function.isExternal())
          instrument(function, layers);
  }

private:
  /// The function that the runtime is told by, declared once.
  func::FuncOp getCallee() {
    SymbolTable symbols(getOperation());
    if (auto known = symbols.lookup<func::FuncOp>(kEnterLayerName))
      return known;
    OpBuilder builder(&getContext());
    auto callee =
        func::FuncOp::create(builder, getOperation().getLoc(), kEnterLayerName,
                             builder.getFunctionType(builder.getI64Type(), {}));
    callee.setPrivate();
    symbols.insert(callee);
    return callee;
  }

  void instrument(func::FuncOp function, ArrayAttr layers) {
    LayerTable table(layers);
    func::FuncOp callee = getCallee();
    OpBuilder builder(&getContext());
    auto enter = [&](Operation *before, int64_t index) {
      builder.setInsertionPoint(before);
      Value number = arith::ConstantOp::create(
          builder, before->getLoc(), builder.getI64IntegerAttr(index));
      func::CallOp::create(builder, before->getLoc(), callee, number);
    };
    for (Block &block : function.getBody()) {
      int64_t current = kNoLayer;
      for (Operation &op : llvm::make_early_inc_range(block)) {
        if (op.hasTrait<OpTrait::IsTerminator>()) {
          enter(&op, kNoLayer);
          continue;
        }
        // What takes time; the rest goes with what is before it.
        bool isWork = op.getNumRegions() > 0 || isa<memref::CopyOp>(op) ||
                      isa_and_nonnull<MMLDialect>(op.getDialect());
        StringAttr name = isWork ? getLayerName(op.getLoc()) : StringAttr();
        if (!name)
          continue;
        int64_t index = table.getIndex(name);
        table.addConstants(index, &op);
        if (index != current)
          enter(&op, index);
        current = index;
      }
    }
    function->setAttr(kLayersAttrName, table.getAttr(&getContext()));
  }
};

} // namespace
