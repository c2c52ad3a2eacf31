//===- ParallelErrors.cpp - Errors within parallel loops ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ParallelErrors.h"

#include "Calls.h"
#include "Runtime.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace mml::engine;
using llvm::CallBase;
using llvm::Function;
using llvm::Instruction;
using llvm::StringRef;
using llvm::Value;

/// `__kmpc_fork_call(place, count of arguments, microtask, arguments...)`.
static constexpr llvm::StringLiteral forkName = "__kmpc_fork_call";
static constexpr unsigned forkedOperand = 2, firstForkArgument = 3;

static constexpr llvm::StringLiteral barrierName = "__kmpc_barrier";

/// The function whose code the threads of a parallel loop run, or null if
/// `instruction` does not begin a loop.
static Function *getForked(const Instruction &instruction) {
  if (getCalledName(instruction) != forkName)
    return nullptr;
  const auto &call = llvm::cast<CallBase>(instruction);
  return call.arg_size() >= firstForkArgument
             ? llvm::dyn_cast<Function>(call.getArgOperand(forkedOperand))
             : nullptr;
}

/// Whether OpenMP's function `name` neither runs code of the module nor waits
/// for other threads, except for those that it begins a loop on.
static bool isHarmless(StringRef name) {
  return name == forkName || name == "__kmpc_global_thread_num" ||
         name == "__kmpc_push_num_threads" ||
         name.starts_with("__kmpc_for_static_");
}

//===----------------------------------------------------------------------===//
// What may stop
//===----------------------------------------------------------------------===//

bool StopAnalysis::mayStop(const Function &function, bool allocationsStop) {
  // Of functions that call each other, all are taken to stop.
  auto [entry, isNew] = known.try_emplace({&function, allocationsStop}, true);
  if (!isNew)
    return entry->second;
  bool stops = llvm::any_of(llvm::instructions(function), [&](auto &i) {
    StringRef name = getCalledName(i);
    if (name == stopName || (allocationsStop && name == allocateName))
      return true;
    if (const auto *call = llvm::dyn_cast<CallBase>(&i);
        call && call->isIndirectCall())
      return true;
    if (const Function *forked = getForked(i))
      return mayStop(*forked, /*allocationsStop=*/true);
    if (isOpenMPName(name) && !isHarmless(name))
      return true;
    const Function *callee = getCallee(i);
    return callee && mayStop(*callee, allocationsStop);
  });
  return known[{&function, allocationsStop}] = stops;
}

//===----------------------------------------------------------------------===//
// What threads wait for
//===----------------------------------------------------------------------===//

/// Whether nothing but the end of its function follows `barrier`.
static bool isAtEnd(const Instruction &barrier) {
  auto isNothing = [](const Instruction &i) {
    return !i.mayHaveSideEffects() ||
           getCalledName(i) == "__kmpc_global_thread_num" ||
           llvm::isa<llvm::LifetimeIntrinsic>(i);
  };
  llvm::SmallPtrSet<const llvm::BasicBlock *, 8> seen;
  llvm::SmallVector<const llvm::BasicBlock *> open(
      llvm::successors(barrier.getParent()));
  for (const Instruction *i = barrier.getNextNode(); i; i = i->getNextNode())
    if (!isNothing(*i))
      return false;
  while (!open.empty()) {
    const llvm::BasicBlock *block = open.pop_back_val();
    if (!seen.insert(block).second)
      continue;
    // Of a loop, the barrier would come again.
    if (block == barrier.getParent() || !llvm::all_of(*block, isNothing))
      return false;
    llvm::append_range(open, llvm::successors(block));
  }
  return true;
}

/// Takes away the barriers at the end of a parallel loop, which ends in one.
static void eraseLastBarriers(Function &forked) {
  for (Instruction &i : llvm::make_early_inc_range(llvm::instructions(forked)))
    if (getCalledName(i) == barrierName && isAtEnd(i))
      i.eraseFromParent();
}

/// Whether the threads of a loop do their shares without each other.
static bool isIndependent(const Function &function,
                          llvm::SmallPtrSetImpl<const Function *> &seen) {
  if (!seen.insert(&function).second)
    return true;
  return llvm::all_of(llvm::instructions(function), [&](auto &i) {
    if (const Function *callee = getCallee(i))
      return isIndependent(*callee, seen);
    StringRef name = getCalledName(i);
    return !isOpenMPName(name) || isHarmless(name);
  });
}

//===----------------------------------------------------------------------===//
// Guards
//===----------------------------------------------------------------------===//

/// Makes code for a region: it calls `forked` with the arguments that the
/// region has.
static Function *makeRegionCode(Function &forked, llvm::StructType *region) {
  llvm::IRBuilder<> builder(forked.getContext());
  llvm::Type *pointer = builder.getPtrTy();
  auto *code = Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, pointer},
                              false),
      llvm::GlobalValue::InternalLinkage, forked.getName() + ".region",
      *forked.getParent());
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(forked.getContext(), "", code));
  llvm::SmallVector<Value *> arguments{code->getArg(0), code->getArg(1)};
  for (unsigned i = 2; i < region->getNumElements(); ++i)
    arguments.push_back(builder.CreateLoad(
        region->getElementType(i),
        builder.CreateStructGEP(region, code->getArg(2), i)));
  builder.CreateCall(&forked, arguments);
  builder.CreateRetVoid();
  return code;
}

/// Makes `fork` begin a loop whose threads can stop.
static void guard(CallBase &fork, Function &forked) {
  llvm::Module &module = *fork.getModule();
  llvm::IRBuilder<> builder(&fork);
  llvm::Type *pointer = builder.getPtrTy();
  llvm::SmallVector<Value *> arguments(
      llvm::drop_begin(fork.args(), firstForkArgument));
  llvm::SmallVector<llvm::Type *> fields(2, pointer);
  for (Value *argument : arguments)
    fields.push_back(argument->getType());
  auto *type = llvm::StructType::get(builder.getContext(), fields);

  // One for all times that the function comes here.
  llvm::BasicBlock &entry = fork.getFunction()->getEntryBlock();
  builder.SetInsertPoint(&entry, entry.begin());
  Value *region = builder.CreateAlloca(type);
  builder.SetInsertPoint(&fork);
  auto store = [&](Value *value, unsigned field) {
    builder.CreateStore(value, builder.CreateStructGEP(type, region, field));
  };
  store(makeRegionCode(forked, type), 0);
  store(llvm::ConstantPointerNull::get(builder.getPtrTy()), 1);
  for (auto [index, argument] : llvm::enumerate(arguments))
    store(argument, 2 + index);
  llvm::FunctionCallee run = module.getOrInsertFunction(
      runRegionName, builder.getVoidTy(), pointer, pointer, pointer);
  builder.CreateCall(
      fork.getFunctionType(), fork.getCalledOperand(),
      {fork.getArgOperand(0), builder.getInt32(1), run.getCallee(), region});
  builder.CreateCall(module.getOrInsertFunction(finishRegionName,
                                                builder.getVoidTy(), pointer),
                     {region});
  fork.eraseFromParent();
}

/// Makes what stops within `call`, of a function of OpenMP's, end the process.
static void suspend(CallBase &call) {
  llvm::Module &module = *call.getModule();
  llvm::IRBuilder<> builder(&call);
  Value *outer = builder.CreateCall(
      module.getOrInsertFunction(suspendName, builder.getPtrTy()));
  builder.SetInsertPoint(call.getNextNode());
  builder.CreateCall(module.getOrInsertFunction(resumeName, builder.getVoidTy(),
                                                builder.getPtrTy()),
                     {outer});
}

void mml::engine::guardParallelLoops(llvm::Module &module) {
  StopAnalysis analysis;
  llvm::SmallVector<CallBase *> forks, others;
  for (Function &function : module)
    for (Instruction &i : llvm::instructions(function)) {
      StringRef name = getCalledName(i);
      Function *forked = getForked(i);
      if (forked && !forked->isDeclaration()) {
        if (analysis.mayStop(*forked, /*allocationsStop=*/true))
          forks.push_back(llvm::cast<CallBase>(&i));
      } else if (name == forkName || name.starts_with("__kmpc_fork_") ||
                 name.starts_with("__kmpc_omp_task")) {
        // It may run code of ours, in a way that is not known here.
        others.push_back(llvm::cast<CallBase>(&i));
      }
    }
  for (CallBase *other : others)
    suspend(*other);
  for (CallBase *fork : forks) {
    Function &forked = *getForked(*fork);
    eraseLastBarriers(forked);
    llvm::SmallPtrSet<const Function *, 8> seen;
    bool fits = forked.arg_size() == 2 + fork->arg_size() - firstForkArgument;
    if (fits && isIndependent(forked, seen))
      guard(*fork, forked);
    else
      suspend(*fork);
  }
}
