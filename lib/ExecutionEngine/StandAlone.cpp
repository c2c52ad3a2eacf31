//===- StandAlone.cpp - Code that needs nothing of ours -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a loader does for the code that it runs is done in the module here: the
// memory of resources becomes constants, the one function that MLIR's lowering
// calls and no C library has is defined, and the matrix registers of AMX are
// asked for.
//
//===----------------------------------------------------------------------===//

#include "StandAlone.h"

#include "Resources.h"
#include "Runtime.h"

#include "mml/ExecutionEngine/CodeGenerator.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Constants.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/SourceMgr.h"

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

/// What the names of MLIR's C interface begin with.
static constexpr llvm::StringLiteral interfacePrefix = "_mlir_ciface_";

/// What `copyStrided` does, for any target: a memref is a rank and a pointer to
/// words, which are an allocated and an aligned pointer, an offset, sizes and
/// strides. Each axis but a dense last one is a level of recursion.
static constexpr llvm::StringLiteral copySource = R"(
define internal void @mml.copy(ptr %source, ptr %target, ptr %sizes,
                               ptr %sourceStrides, ptr %targetStrides,
                               i64 %rank, i64 %bytes) {
  %isElement = icmp eq i64 %rank, 0
  br i1 %isElement, label %element, label %axis
element:
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 %bytes,
                                   i1 false)
  ret void
axis:
  %size = load i64, ptr %sizes
  %sourceStride = load i64, ptr %sourceStrides
  %targetStride = load i64, ptr %targetStrides
  %isLast = icmp eq i64 %rank, 1
  %isSourceDense = icmp eq i64 %sourceStride, 1
  %isTargetDense = icmp eq i64 %targetStride, 1
  %isDense = and i1 %isSourceDense, %isTargetDense
  %isRun = and i1 %isLast, %isDense
  br i1 %isRun, label %run, label %loop
run:
  %runBytes = mul i64 %size, %bytes
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 %runBytes,
                                   i1 false)
  ret void
loop:
  %sourceStep = mul i64 %sourceStride, %bytes
  %targetStep = mul i64 %targetStride, %bytes
  %nextSizes = getelementptr i64, ptr %sizes, i64 1
  %nextSourceStrides = getelementptr i64, ptr %sourceStrides, i64 1
  %nextTargetStrides = getelementptr i64, ptr %targetStrides, i64 1
  %nextRank = sub i64 %rank, 1
  br label %test
test:
  %i = phi i64 [ 0, %loop ], [ %next, %body ]
  %hasMore = icmp slt i64 %i, %size
  br i1 %hasMore, label %body, label %end
body:
  %sourceOffset = mul i64 %i, %sourceStep
  %targetOffset = mul i64 %i, %targetStep
  %nextSource = getelementptr i8, ptr %source, i64 %sourceOffset
  %nextTarget = getelementptr i8, ptr %target, i64 %targetOffset
  call void @mml.copy(ptr %nextSource, ptr %nextTarget, ptr %nextSizes,
                      ptr %nextSourceStrides, ptr %nextTargetStrides,
                      i64 %nextRank, i64 %bytes)
  %next = add i64 %i, 1
  br label %test
end:
  ret void
}

define internal ptr @mml.first(ptr %words, i64 %bytes) {
  %alignedPtr = getelementptr i64, ptr %words, i64 1
  %aligned = load ptr, ptr %alignedPtr
  %offsetPtr = getelementptr i64, ptr %words, i64 2
  %offset = load i64, ptr %offsetPtr
  %offsetBytes = mul i64 %offset, %bytes
  %first = getelementptr i8, ptr %aligned, i64 %offsetBytes
  ret ptr %first
}

define void @memrefCopy(i64 %bytes, ptr %source, ptr %target) {
  %rank = load i64, ptr %source
  %sourceWordsPtr = getelementptr i64, ptr %source, i64 1
  %sourceWords = load ptr, ptr %sourceWordsPtr
  %targetWordsPtr = getelementptr i64, ptr %target, i64 1
  %targetWords = load ptr, ptr %targetWordsPtr
  %sourceFirst = call ptr @mml.first(ptr %sourceWords, i64 %bytes)
  %targetFirst = call ptr @mml.first(ptr %targetWords, i64 %bytes)
  %sizes = getelementptr i64, ptr %sourceWords, i64 3
  %sourceStrides = getelementptr i64, ptr %sizes, i64 %rank
  %targetSizes = getelementptr i64, ptr %targetWords, i64 3
  %targetStrides = getelementptr i64, ptr %targetSizes, i64 %rank
  call void @mml.copy(ptr %sourceFirst, ptr %targetFirst, ptr %sizes,
                      ptr %sourceStrides, ptr %targetStrides, i64 %rank,
                      i64 %bytes)
  ret void
}

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
)";

/// What `allowMatrixRegisters` does, before `main`: Linux gives a process the
/// registers only then. The numbers are arch_prctl's of x86-64, and those that
/// Documentation/arch/x86/xstate.rst of Linux gives.
static constexpr llvm::StringLiteral matrixSource = R"(
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]
    [{ i32, ptr, ptr } { i32 65535, ptr @mml.allow_matrix_registers, ptr null }]

define internal void @mml.allow_matrix_registers() {
  %status = call i64 (i64, ...) @syscall(i64 158, i64 4131, i64 18)
  ret void
}

declare i64 @syscall(i64, ...)
)";

Error mml::engine::linkSource(llvm::Module &module, llvm::StringRef source) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> runtime =
      llvm::parseAssemblyString(source, diagnostic, module.getContext());
  if (!runtime)
    return createStringError("cannot parse what the code calls: " +
                             diagnostic.getMessage());
  runtime->setTargetTriple(module.getTargetTriple());
  runtime->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(runtime)))
    return createStringError("cannot link what the code calls");
  return Error::success();
}

Error mml::engine::defineCopy(llvm::Module &module) {
  if (Error error = linkSource(module, copySource))
    return error;
  module.getFunction(copyStridedName)
      ->setLinkage(llvm::GlobalValue::InternalLinkage);
  return Error::success();
}

Error mml::engine::askForMatrixRegisters(llvm::Module &module) {
  bool usesTiles = llvm::any_of(module, [](const llvm::Function &function) {
    return function.getName().starts_with("llvm.x86.tile");
  });
  if (!usesTiles || !module.getTargetTriple().isOSLinux())
    return Error::success();
  return linkSource(module, matrixSource);
}

/// Hides all functions but the C interface. Names such as `main` are the
/// program's that the code is linked into.
static void exportInterface(llvm::Module &module) {
  auto isInterface = [](const llvm::Function &function) {
    return !function.isDeclaration() &&
           function.getName().starts_with(interfacePrefix);
  };
  if (llvm::none_of(module, isInterface))
    return;
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && !isInterface(function))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
}

Error mml::engine::defineResources(mlir::ModuleOp source,
                                   llvm::Module &module) {
  llvm::DenseMap<const char *, llvm::GlobalVariable *> defined;
  for (auto global : source.getOps<mlir::LLVM::GlobalOp>()) {
    if (!global->hasAttr(resourceAttrName))
      continue;
    llvm::GlobalVariable *declared = module.getNamedGlobal(global.getSymName());
    // What nothing reads is gone by now.
    if (!declared)
      continue;
    Expected<ArrayRef<char>> data = getResourceData(global, module);
    if (!data)
      return data.takeError();
    llvm::GlobalVariable *&known = defined[data->data()];
    if (known && declared->isConstant() && known->isConstant()) {
      declared->replaceAllUsesWith(known);
      declared->eraseFromParent();
      continue;
    }
    // As bytes, whatever the elements are: there are no copies of those.
    llvm::Constant *value = llvm::ConstantDataArray::getRaw(
        llvm::StringRef(data->data(), data->size()), data->size(),
        llvm::Type::getInt8Ty(module.getContext()));
    known = new llvm::GlobalVariable(
        module, value->getType(), declared->isConstant(),
        llvm::GlobalValue::InternalLinkage, value, "", declared);
    known->setAlignment(declared->getAlign());
    known->takeName(declared);
    declared->replaceAllUsesWith(known);
    declared->eraseFromParent();
  }
  return Error::success();
}

Error CodeGenerator::emitStandAlone(mlir::ModuleOp module, OutputKind kind,
                                    llvm::raw_pwrite_stream &os) const {
  llvm::LLVMContext context;
  Expected<std::unique_ptr<llvm::Module>> translated =
      translate(module, context);
  if (!translated)
    return translated.takeError();
  exportInterface(**translated);
  if (llvm::Function *copy = (*translated)->getFunction(copyStridedName);
      copy && copy->isDeclaration())
    if (Error error = defineCopy(**translated))
      return error;
  if (Error error = askForMatrixRegisters(**translated))
    return error;
  if (Error error = optimize(**translated))
    return error;
  // Behind the optimizations: weights are not to be folded into the code.
  if (Error error = defineResources(module, **translated))
    return error;
  return emit(**translated, kind, os);
}
