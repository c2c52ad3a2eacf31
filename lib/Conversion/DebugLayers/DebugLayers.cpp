//===- DebugLayers.cpp - Layers as functions of debug information ---------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Conversion/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::mml {
#define GEN_PASS_DEF_DEBUGLAYERSPASS
#include "mml/Conversion/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// The name that a model's file gives the layer at `location`, or null.
static StringAttr getLayer(Location location) {
  auto name = location->findInstanceOf<NameLoc>();
  return name ? name.getName() : StringAttr();
}

namespace {

struct DebugLayersPass : mlir::mml::impl::DebugLayersPassBase<DebugLayersPass> {
  void runOnOperation() override {
    SymbolTableCollection tables;
    SymbolUserMap users(tables, getOperation());
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      auto scoped =
          dyn_cast<FusedLocWith<LLVM::DISubprogramAttr>>(function.getLoc());
      if (scoped && !function.isExternal())
        setLocations(function, scoped, isShared(users.getUsers(function)));
    }
  }

private:
  /// True if code of several layers is in one function, which is then in none
  /// of them; what calls it is.
  static bool isShared(ArrayRef<Operation *> callers) {
    llvm::SmallPtrSet<Attribute, 2> layers;
    for (Operation *caller : callers)
      layers.insert(getLayer(caller->getLoc()));
    return layers.size() > 1;
  }

  /// A function of debug information for the layer `name`, which is inlined
  /// wherever its code is. Line 0 is that of no code, so the line is the number
  /// of the layer.
  LLVM::DISubprogramAttr getScope(StringAttr name,
                                  LLVM::DISubprogramAttr function) {
    LLVM::DISubprogramAttr &scope = scopes[name];
    if (!scope) {
      MLIRContext *context = &getContext();
      auto type = LLVM::DISubroutineTypeAttr::get(context, {});
      scope = LLVM::DISubprogramAttr::get(
          context, DistinctAttr::create(UnitAttr::get(context)),
          function.getCompileUnit(), function.getFile(), name,
          /*linkageName=*/StringAttr(), function.getFile(), scopes.size(),
          /*scopeLine=*/scopes.size(),
          LLVM::DISubprogramFlags::Definition |
              LLVM::DISubprogramFlags::Optimized,
          type, /*retainedNodes=*/{}, /*annotations=*/{});
      ++numLayers;
    }
    return scope;
  }

  void setLocations(LLVM::LLVMFuncOp function,
                    FusedLocWith<LLVM::DISubprogramAttr> scoped,
                    bool isShared) {
    LLVM::DISubprogramAttr scope = scoped.getMetadata();
    // Where in the function nothing is known of: calls need some place.
    auto nowhere = FileLineColLoc::get(scope.getFile().getName(), 0, 0);
    function.getBody().walk([&](Operation *op) {
      StringAttr layer = isShared ? StringAttr() : getLayer(op->getLoc());
      if (!layer) {
        if (getLayer(op->getLoc()) ||
            !op->getLoc()->findInstanceOf<FileLineColLoc>())
          op->setLoc(nowhere);
        return;
      }
      auto line = op->getLoc()->findInstanceOf<FileLineColLoc>();
      LLVM::DISubprogramAttr inlined = getScope(layer, scope);
      if (!line)
        line = FileLineColLoc::get(scope.getFile().getName(), inlined.getLine(),
                                   0);
      Location inner = FusedLoc::get(&getContext(), {line}, inlined);
      op->setLoc(CallSiteLoc::get(inner, nowhere));
    });
  }

  DenseMap<StringAttr, LLVM::DISubprogramAttr> scopes;
};

} // namespace
