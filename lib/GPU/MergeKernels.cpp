//===- MergeKernels.cpp - One kernel for launches that do the same --------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/Grouping.h"
#include "mml/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::mml {
#define GEN_PASS_DEF_MERGEKERNELSPASS
#include "mml/GPU/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

namespace {

/// A kernel with what tells it from others. Floats in it may differ between
/// kernels that are one: they are what a layer is made of. Integers are what
/// its code is made for.
struct Kernel {
  gpu::GPUFuncOp function;
  SmallVector<arith::ConstantOp> floats;
  /// Equal for kernels that may be one.
  llvm::hash_code hash = 0;

  explicit Kernel(gpu::GPUFuncOp function);

  FloatAttr getFloat(unsigned index) {
    return cast<FloatAttr>(floats[index].getValueAttr());
  }
};

/// Kernels that are one but for the floats.
using Group = SmallVector<Kernel *>;

} // namespace

/// Whether `op` is a float at the top of a kernel, which may be a parameter.
static bool isFloat(Operation *op) {
  auto constant = dyn_cast<arith::ConstantOp>(op);
  return constant && isa<FloatType>(constant.getType()) &&
         isa<gpu::GPUFuncOp>(op->getParentOp());
}

/// The attributes of a kernel but its name.
static DictionaryAttr getProperties(gpu::GPUFuncOp function) {
  NamedAttrList attributes(function->getAttrDictionary());
  attributes.erase(SymbolTable::getSymbolAttrName());
  return attributes.getDictionary(function.getContext());
}

Kernel::Kernel(gpu::GPUFuncOp function) : function(function) {
  hash = hash_value(getProperties(function));
  function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isFloat(op)) {
      floats.push_back(cast<arith::ConstantOp>(op));
      hash = llvm::hash_combine(hash, op->getResult(0).getType());
      return;
    }
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  });
}

static bool areOne(Kernel &lhs, Kernel &rhs) {
  Region &left = lhs.function.getBody(), &right = rhs.function.getBody();
  if (lhs.hash != rhs.hash || lhs.floats.size() != rhs.floats.size() ||
      getProperties(lhs.function) != getProperties(rhs.function) ||
      !left.hasOneBlock() || !right.hasOneBlock() ||
      left.getArgumentTypes() != right.getArgumentTypes() ||
      left.front().getOperations().size() !=
          right.front().getOperations().size())
    return false;
  DenseMap<Value, Value> known;
  auto mark = [&](Value left, Value right) { known[left] = right; };
  auto areEquivalent = [&](Value left, Value right) {
    return success(known.lookup(left) == right);
  };
  for (auto [l, r] : llvm::zip_equal(left.getArguments(), right.getArguments()))
    mark(l, r);
  for (auto [l, r] : llvm::zip_equal(left.front(), right.front())) {
    if (isFloat(&l) && isFloat(&r) &&
        l.getResult(0).getType() == r.getResult(0).getType())
      mark(l.getResult(0), r.getResult(0));
    else if (!OperationEquivalence::isEquivalentTo(
                 &l, &r, areEquivalent, mark,
                 OperationEquivalence::IgnoreLocations))
      return false;
  }
  return true;
}

/// Makes the first kernel of a group the only one. Floats that differ become
/// parameters. `launches` has those of each kernel.
static void
merge(const Group &group,
      const DenseMap<Operation *, SmallVector<gpu::LaunchFuncOp>> &launches) {
  Kernel &first = *group.front();
  SmallVector<unsigned> parameters;
  for (unsigned i = 0; i < first.floats.size(); ++i)
    if (llvm::any_of(group, [&](Kernel *kernel) {
          return kernel->getFloat(i) != first.getFloat(i);
        }))
      parameters.push_back(i);

  auto module = first.function->getParentOfType<gpu::GPUModuleOp>();
  auto name = SymbolRefAttr::get(
      module.getNameAttr(),
      {FlatSymbolRefAttr::get(first.function.getNameAttr())});
  for (Kernel *kernel : group)
    for (gpu::LaunchFuncOp launch : launches.lookup(kernel->function)) {
      OpBuilder b(launch);
      SmallVector<Value> floats;
      for (unsigned index : parameters) {
        arith::ConstantOp constant = kernel->floats[index];
        floats.push_back(arith::ConstantOp::create(b, constant.getLoc(),
                                                   kernel->getFloat(index)));
      }
      launch.getKernelOperandsMutable().append(floats);
      launch.setKernelAttr(name);
    }

  for (unsigned index : parameters) {
    arith::ConstantOp constant = first.floats[index];
    unsigned number = first.function.getNumArguments();
    (void)first.function.insertArgument(number, constant.getType(),
                                        /*argAttrs=*/{}, constant.getLoc());
    constant.replaceAllUsesWith(first.function.getArgument(number));
    constant.erase();
  }
  for (Kernel *kernel : ArrayRef(group).drop_front())
    kernel->function.erase();
}

namespace {

struct MergeKernelsPass
    : mlir::mml::impl::MergeKernelsPassBase<MergeKernelsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    DenseMap<Operation *, SmallVector<gpu::LaunchFuncOp>> launches;
    getOperation().walk([&](gpu::LaunchFuncOp launch) {
      if (Operation *kernel =
              symbols.lookupNearestSymbolFrom(launch, launch.getKernelAttr()))
        launches[kernel].push_back(launch);
    });
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>()) {
      std::vector<Kernel> kernels;
      for (auto function : module.getOps<gpu::GPUFuncOp>())
        if (function.isKernel() && launches.contains(function))
          kernels.emplace_back(function);
      for (const Group &group : groupAlike(kernels, areOne)) {
        if (group.size() == 1)
          continue;
        merge(group, launches);
        numMerged += group.size() - 1;
      }
    }
  }
};

} // namespace
