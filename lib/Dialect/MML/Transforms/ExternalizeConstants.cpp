//===- ExternalizeConstants.cpp - Leave constants to a loader -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"

namespace mlir::mml {
#define GEN_PASS_DEF_EXTERNALIZECONSTANTSPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Loaders align the memory that they bind to this many bytes.
static constexpr int64_t kAlignment = 64;

/// A constant that says one value for all elements is short whatever its size;
/// more bytes than this are not written out.
static constexpr int64_t kMaxSplatBytes = int64_t(1) << 32;

/// What the name of a constant begins with.
static constexpr llvm::StringLiteral kConstantPrefix = "constant.";

namespace {

struct ExternalizeConstantsPass
    : mlir::mml::impl::ExternalizeConstantsPassBase<ExternalizeConstantsPass> {
  using ExternalizeConstantsPassBase::ExternalizeConstantsPassBase;

  void runOnOperation() override {
    nameGlobals();
    for (auto global : getOperation().getOps<memref::GlobalOp>()) {
      auto value = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
      std::optional<int64_t> size = value ? getByteSize(value) : std::nullopt;
      if (!size || *size <= threshold)
        continue;
      FailureOr<DenseResourceElementsAttr> resource =
          getResource(global, value, *size);
      if (failed(resource))
        return signalPassFailure();
      global->setAttr(kResourceAttrName, *resource);
      numBytes += *size;
      global.removeInitialValueAttr();
      // A private symbol cannot be defined elsewhere.
      global.removeSymVisibilityAttr();
      global.setAlignment(kAlignment);
    }
  }

private:
  /// Gives globals the names of their resources, which a model's file has for
  /// its weights. The prefix keeps them apart from functions of the C library.
  void nameGlobals() {
    SymbolTable symbols(getOperation());
    llvm::StringMap<FlatSymbolRefAttr> names;
    for (auto global : getOperation().getOps<memref::GlobalOp>()) {
      auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(
          global.getInitialValueAttr());
      if (!resource)
        continue;
      std::string name =
          (kConstantPrefix + resource.getRawHandle().getKey()).str();
      // It has been here before.
      if (global.getSymName().starts_with(name))
        continue;
      std::string unique = name;
      for (unsigned next = 0; symbols.lookup(unique); ++next)
        unique = name + "_" + std::to_string(next);
      std::string before = global.getSymName().str();
      symbols.remove(global);
      global.setSymName(unique);
      symbols.insert(global);
      names[before] = FlatSymbolRefAttr::get(global);
    }
    // Modules within this one have symbols of their own.
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op != getOperation() && op->hasTrait<OpTrait::SymbolTable>())
        return WalkResult::skip();
      if (auto use = dyn_cast<memref::GetGlobalOp>(op)) {
        auto known = names.find(use.getName());
        if (known != names.end())
          use.setNameAttr(known->second);
      }
      return WalkResult::advance();
    });
  }

  /// The bytes of the elements in memory, where each takes whole bytes.
  static std::optional<int64_t> getByteSize(ElementsAttr value) {
    Type type = value.getElementType();
    if (!type.isIntOrFloat() || type.getIntOrFloatBitWidth() % CHAR_BIT)
      return std::nullopt;
    return value.getNumElements() * (type.getIntOrFloatBitWidth() / CHAR_BIT);
  }

  static FailureOr<DenseResourceElementsAttr>
  getResource(memref::GlobalOp global, ElementsAttr value, int64_t size) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      if (blob && static_cast<int64_t>(blob->getData().size()) == size)
        return resource;
      return global.emitOpError()
             << "expected " << size << " bytes in resource '"
             << resource.getRawHandle().getKey() << "' but got "
             << (blob ? blob->getData().size() : 0);
    }
    auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value);
    if (!dense)
      return global.emitOpError()
             << "expected a dense or a dense_resource value";
    if (dense.isSplat() && size > kMaxSplatBytes)
      return global.emitOpError() << "expected at most " << kMaxSplatBytes
                                  << " bytes of one value but got " << size;
    ArrayRef<char> raw = dense.getRawData();
    return createResource(value.getShapedType(), global.getSymName(), size,
                          [&](MutableArrayRef<char> storage) {
                            for (int64_t i = 0; i < size; i += raw.size())
                              llvm::copy(raw, storage.begin() + i);
                          });
  }
};

} // namespace
