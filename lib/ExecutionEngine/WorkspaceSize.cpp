//===- WorkspaceSize.cpp - What functions allocate ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WorkspaceSize.h"

#include "Calls.h"
#include "Runtime.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mml::engine;
using llvm::Value;

/// What stands for values that are not known before the call.
static constexpr llvm::StringLiteral unknownPrefix = "mml.unknown.";

/// A value of `type` that is not known before the call.
static Value *makeUnknown(llvm::IRBuilder<> &builder, llvm::Type *type) {
  std::string name = unknownPrefix.str();
  llvm::raw_string_ostream(name) << *type;
  llvm::Module &module = *builder.GetInsertBlock()->getModule();
  llvm::Function *function = module.getFunction(name);
  if (!function) {
    function = llvm::Function::Create(llvm::FunctionType::get(type, false),
                                      llvm::GlobalValue::ExternalLinkage, name,
                                      module);
    // What nothing asks for goes away.
    function->setDoesNotAccessMemory();
    function->setDoesNotThrow();
    function->setWillReturn();
  }
  return builder.CreateCall(function);
}

/// Whether `instruction` computes a value from its operands and does nothing
/// else.
static bool isPure(const llvm::Instruction &instruction) {
  if (instruction.isTerminator() || llvm::isa<llvm::PHINode>(instruction) ||
      llvm::isa<llvm::AllocaInst>(instruction))
    return true;
  if (const auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction))
    return llvm::isa<llvm::IntrinsicInst>(call) && call->doesNotAccessMemory();
  return !instruction.mayReadOrWriteMemory();
}

/// The function of the model that `instruction` calls, or null. Parallel loops
/// are called by OpenMP's library.
static llvm::Function *getModelCallee(const llvm::Instruction &instruction) {
  return isCallOf(instruction, copyStridedName) ? nullptr
                                                : getCallee(instruction);
}

namespace {
/// Makes a copy of a function one that returns bytes.
class SizeBuilder {
public:
  SizeBuilder(WorkspaceSizes &sizes, llvm::Function *function)
      : sizes(sizes), function(function), builder(function->getContext()) {}

  void build();

private:
  void replace(llvm::Instruction *instruction);
  /// Makes a block behind which the model stops return.
  void replaceEnd(llvm::BasicBlock &block);
  void add(Value *bytes);
  /// The result of `builder`'s function for `value`, what it returned, or null.
  Value *makeResult(Value *value);

  WorkspaceSizes &sizes;
  llvm::Function *function;
  llvm::IRBuilder<> builder;
  /// Where the sum is.
  Value *sum = nullptr;
  int64_t numAllocations = 0;
};
} // namespace

void SizeBuilder::add(Value *bytes) {
  builder.CreateStore(
      builder.CreateAdd(builder.CreateLoad(builder.getInt64Ty(), sum), bytes),
      sum);
}

Value *SizeBuilder::makeResult(Value *value) {
  Value *result = llvm::PoisonValue::get(function->getReturnType());
  result = builder.CreateInsertValue(
      result, builder.CreateLoad(builder.getInt64Ty(), sum), 0);
  return value ? builder.CreateInsertValue(result, value, 1) : result;
}

void SizeBuilder::replace(llvm::Instruction *instruction) {
  builder.SetInsertPoint(instruction);
  bool isVoid = instruction->getType()->isVoidTy();
  if (auto *exit = llvm::dyn_cast<llvm::ReturnInst>(instruction)) {
    builder.CreateRet(makeResult(exit->getReturnValue()));
  } else if (isCallOf(*instruction, allocateName)) {
    Value *up = builder.CreateAdd(instruction->getOperand(0),
                                  builder.getInt64(workspaceAlignment - 1));
    add(builder.CreateAnd(up, builder.getInt64(-workspaceAlignment)));
    // Nobody writes there, but who compares addresses sees that they differ.
    instruction->replaceAllUsesWith(builder.CreateIntToPtr(
        builder.getInt64(++numAllocations * workspaceAlignment),
        instruction->getType()));
  } else if (llvm::Function *callee = getModelCallee(*instruction)) {
    llvm::SmallVector<Value *> arguments(
        llvm::cast<llvm::CallBase>(instruction)->args());
    Value *result = builder.CreateCall(sizes.get(callee), arguments);
    add(builder.CreateExtractValue(result, 0));
    if (!isVoid)
      instruction->replaceAllUsesWith(builder.CreateExtractValue(result, 1));
  } else {
    const auto *call = llvm::dyn_cast<llvm::CallBase>(instruction);
    if (call && call->isIndirectCall())
      add(makeUnknown(builder, builder.getInt64Ty()));
    if (!isVoid)
      instruction->replaceAllUsesWith(
          makeUnknown(builder, instruction->getType()));
  }
  instruction->eraseFromParent();
}

void SizeBuilder::build() {
  llvm::SmallVector<llvm::Instruction *> instructions;
  for (llvm::Instruction &instruction : llvm::instructions(function))
    if (!isPure(instruction) || llvm::isa<llvm::ReturnInst>(instruction))
      instructions.push_back(&instruction);
  builder.SetInsertPoint(&function->getEntryBlock(),
                         function->getEntryBlock().begin());
  sum = builder.CreateAlloca(builder.getInt64Ty());
  builder.CreateStore(builder.getInt64(0), sum);
  for (llvm::Instruction *instruction : instructions)
    replace(instruction);
  for (llvm::BasicBlock &block : *function)
    if (llvm::isa<llvm::UnreachableInst>(block.getTerminator()))
      replaceEnd(block);
}

/// Whether `value` follows from the arguments of its function, as far as
/// arithmetic shows; `seen` are values that do if `value` does.
static bool isKnown(Value *value, llvm::SmallPtrSetImpl<Value *> &seen) {
  auto *instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (!instruction || !seen.insert(value).second)
    return true;
  bool computes =
      llvm::isa<llvm::UnaryOperator, llvm::BinaryOperator, llvm::CmpInst,
                llvm::CastInst, llvm::SelectInst>(instruction);
  return computes && llvm::all_of(instruction->operands(), [&](Value *operand) {
           return isKnown(operand, seen);
         });
}

void SizeBuilder::replaceEnd(llvm::BasicBlock &block) {
  // What depends on data is taken for fine: who stops needs no memory.
  for (llvm::BasicBlock *before : llvm::to_vector(llvm::predecessors(&block))) {
    auto *branch = llvm::dyn_cast<llvm::BranchInst>(before->getTerminator());
    llvm::SmallPtrSet<Value *, 16> seen;
    if (!branch || !branch->isConditional() ||
        branch->getSuccessor(0) == branch->getSuccessor(1) ||
        isKnown(branch->getCondition(), seen))
      continue;
    block.removePredecessor(before);
    bool isFirst = branch->getSuccessor(0) == &block;
    llvm::BranchInst::Create(branch->getSuccessor(isFirst ? 1 : 0),
                             branch->getIterator());
    branch->eraseFromParent();
  }
  // Otherwise it takes what it has taken so far. Left as it is, the end would
  // promise that no call comes here.
  llvm::Instruction *end = block.getTerminator();
  builder.SetInsertPoint(end);
  auto *result = llvm::cast<llvm::StructType>(function->getReturnType());
  builder.CreateRet(
      makeResult(result->getNumElements() > 1
                     ? llvm::Constant::getNullValue(result->getElementType(1))
                     : nullptr));
  end->eraseFromParent();
}

llvm::Function *WorkspaceSizes::get(llvm::Function *function) {
  if (llvm::Function *known = made.lookup(function))
    return known;
  llvm::SmallVector<llvm::Type *> fields{
      llvm::Type::getInt64Ty(function->getContext())};
  if (!function->getReturnType()->isVoidTy())
    fields.push_back(function->getReturnType());
  llvm::Type *result = llvm::StructType::get(function->getContext(), fields);
  auto *size = llvm::Function::Create(
      llvm::FunctionType::get(result, function->getFunctionType()->params(),
                              false),
      llvm::GlobalValue::InternalLinkage, function->getName() + ".size",
      *function->getParent());
  // A function that calls itself finds it.
  made[function] = size;
  llvm::ValueToValueMapTy map;
  for (auto [from, to] : llvm::zip_equal(function->args(), size->args()))
    map[&from] = &to;
  llvm::SmallVector<llvm::ReturnInst *> returns;
  llvm::CloneFunctionInto(size, function, map,
                          llvm::CloneFunctionChangeType::LocalChangesOnly,
                          returns);
  // What was to stay apart need not, and loops without effects go away.
  size->removeFnAttr(llvm::Attribute::NoInline);
  size->setMustProgress();
  SizeBuilder(*this, size).build();
  return size;
}

llvm::SmallVector<llvm::Function *> WorkspaceSizes::getCounted() const {
  return llvm::to_vector(llvm::make_first_range(made));
}

llvm::Error WorkspaceSizes::checkKnown(const llvm::Module &module) {
  for (const llvm::Function &function : module)
    if (function.getName().starts_with(unknownPrefix) && !function.use_empty())
      return llvm::createStringError(
          "expected the size of what the model allocates to follow from its "
          "batch but it depends on its data");
  return llvm::Error::success();
}
