//===- MoveToDevice.cpp - Buffers in the memory of a GPU ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/GPU/Passes.h"

#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::mml {
#define GEN_PASS_DEF_MOVETODEVICEPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

static Value allocateOnDevice(OpBuilder &b, Location loc, MemRefType type,
                              ValueRange dynamicSizes) {
  return gpu::AllocOp::create(b, loc, type, /*asyncToken=*/Type(),
                              /*asyncDependencies=*/ValueRange(), dynamicSizes,
                              /*symbolOperands=*/ValueRange())
      .getMemref();
}

static void freeOnDevice(OpBuilder &b, Location loc, Value buffer) {
  gpu::DeallocOp::create(b, loc, /*asyncToken=*/Type(), ValueRange(), buffer);
}

static void copy(OpBuilder &b, Location loc, Value target, Value source) {
  gpu::MemcpyOp::create(b, loc, /*asyncToken=*/Type(), ValueRange(), target,
                        source);
}

static SmallVector<Value> getDynamicSizes(OpBuilder &b, Location loc,
                                          Value buffer) {
  SmallVector<Value> sizes;
  auto type = cast<MemRefType>(buffer.getType());
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      sizes.push_back(memref::DimOp::create(b, loc, buffer, axis));
  return sizes;
}

/// The buffer that `value` is a part of, or is.
static Value getBase(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

namespace {

struct MoveToDevicePass
    : mlir::mml::impl::MoveToDevicePassBase<MoveToDevicePass> {
  void runOnOperation() override {
    if (failed(check()))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      function.walk([](Operation *op) { convertAllocation(op); });
      OpBuilder b = OpBuilder::atBlockBegin(&function.getBody().front());
      SmallVector<Value> copies = copyGlobals(b, function);
      if (isEntry(function))
        copies.append(copyInputs(b, function));
      finish(function, copies);
    }
  }

private:
  static bool isEntry(func::FuncOp function) {
    return function->hasAttr(kSignatureAttrName) && !function.isExternal();
  }

  LogicalResult check() {
    for (auto global : getOperation().getOps<memref::GlobalOp>())
      if (global.isUninitialized() || !global.getConstant() ||
          (global.isExternal() && !global->hasAttr(kResourceAttrName)))
        return global.emitOpError("expected a constant, as nothing else gets "
                                  "into the memory of a GPU");
    SymbolTableCollection symbols;
    WalkResult result = getOperation().walk([&](func::CallOp call) {
      auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr());
      if (callee && !callee.isExternal() && !isEntry(callee))
        return WalkResult::advance();
      call.emitOpError() << "expected a function of the module that no loader "
                            "calls but got '"
                         << call.getCallee() << "'";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  static void convertAllocation(Operation *op) {
    OpBuilder b(op);
    if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      alloc.replaceAllUsesWith(allocateOnDevice(
          b, alloc.getLoc(), alloc.getType(), alloc.getDynamicSizes()));
      alloc.erase();
    } else if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      freeOnDevice(b, dealloc.getLoc(), dealloc.getMemref());
      dealloc.erase();
    }
  }

  /// Copies what no loader binds: globals that still have their value, as do
  /// those of `i1`. Returns the copies.
  SmallVector<Value> copyGlobals(OpBuilder &b, func::FuncOp function) {
    SmallVector<memref::GetGlobalOp> reads;
    function.walk([&](memref::GetGlobalOp op) {
      auto global = cast<memref::GlobalOp>(
          SymbolTable::lookupNearestSymbolFrom(op, op.getNameAttr()));
      if (!global.isExternal())
        reads.push_back(op);
    });
    llvm::MapVector<StringRef, Value> copies;
    for (memref::GetGlobalOp op : reads) {
      Value &buffer = copies[op.getName()];
      if (!buffer) {
        Location loc = op.getLoc();
        Value host =
            memref::GetGlobalOp::create(b, loc, op.getType(), op.getNameAttr());
        buffer = allocateOnDevice(b, loc, op.getType(), ValueRange());
        copy(b, loc, buffer, host);
      }
      op.replaceAllUsesWith(buffer);
      op.erase();
    }
    return llvm::map_to_vector(copies,
                               [](const auto &entry) { return entry.second; });
  }

  /// Copies the inputs of an entry; returns the copies.
  static SmallVector<Value> copyInputs(OpBuilder &b, func::FuncOp function) {
    SmallVector<Value> inputs;
    for (BlockArgument argument : function.getArguments()) {
      auto type = dyn_cast<MemRefType>(argument.getType());
      if (!type || argument.use_empty())
        continue;
      Location loc = argument.getLoc();
      SmallVector<Value> sizes = getDynamicSizes(b, loc, argument);
      SmallPtrSet<Operation *, 8> readers;
      for (Value size : sizes)
        readers.insert(size.getDefiningOp());
      Value input = allocateOnDevice(b, loc, type, sizes);
      argument.replaceAllUsesExcept(input, readers);
      copy(b, loc, input, argument);
      inputs.push_back(input);
    }
    return inputs;
  }

  /// Before each return, copies the results of an entry to the host and frees
  /// `copies`.
  static void finish(func::FuncOp function, ArrayRef<Value> copies) {
    function.walk([&](func::ReturnOp op) {
      OpBuilder b(op);
      Location loc = op.getLoc();
      // Results may have one buffer: values that are returned twice, and views.
      SetVector<Value> buffers;
      if (isEntry(function))
        for (OpOperand &operand : op->getOpOperands()) {
          Value buffer = operand.get();
          auto type = dyn_cast<MemRefType>(buffer.getType());
          if (!type)
            continue;
          Value result = memref::AllocOp::create(
              b, loc, type, getDynamicSizes(b, loc, buffer),
              b.getI64IntegerAttr(kHostAlignment));
          copy(b, loc, result, buffer);
          buffers.insert(getBase(buffer));
          operand.set(result);
        }
      buffers.insert_range(copies);
      for (Value buffer : buffers)
        freeOnDevice(b, loc, buffer);
    });
  }

  /// That of results on the CPU.
  static constexpr int64_t kHostAlignment = 64;
};

} // namespace
