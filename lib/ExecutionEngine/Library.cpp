//===- Library.cpp - Models as libraries of C -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry of a module is a function that takes memrefs and returns memrefs in
// memory that it allocates. Two functions of C are made of each: one that calls
// it, with its allocations from a workspace, and one that says how many bytes
// these take.
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Library.h"

#include "Calls.h"
#include "LibraryErrors.h"
#include "LibraryHeader.h"
#include "LibraryWeights.h"
#include "ParallelErrors.h"
#include "Runtime.h"
#include "StandAlone.h"
#include "WorkspaceSize.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"

#include <vector>

using namespace mml::engine;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using llvm::Value;

/// What the names of the model's own functions begin with in the library:
/// others are for its caller.
static constexpr llvm::StringLiteral entryPrefix = "mml.entry.";

/// The workspace of the call that runs in this thread, from which allocations
/// come one after the other; what it has no room for comes from the C library.
static constexpr llvm::StringLiteral arenaSource = R"(
@mml.arena = internal thread_local global [3 x ptr] zeroinitializer

declare noalias ptr @malloc(i64)
declare void @free(ptr)
declare nonnull ptr @llvm.threadlocal.address.p0(ptr nonnull)

define void @mml.set_arena(ptr %begin, ptr %end) {
  %arena = call ptr @llvm.threadlocal.address.p0(ptr @mml.arena)
  %nextPtr = getelementptr ptr, ptr %arena, i64 1
  %endPtr = getelementptr ptr, ptr %arena, i64 2
  store ptr %begin, ptr %arena
  store ptr %begin, ptr %nextPtr
  store ptr %end, ptr %endPtr
  ret void
}

define noalias ptr @mml.allocate(i64 %bytes) noinline {
  %arena = call ptr @llvm.threadlocal.address.p0(ptr @mml.arena)
  %nextPtr = getelementptr ptr, ptr %arena, i64 1
  %endPtr = getelementptr ptr, ptr %arena, i64 2
  %next = load ptr, ptr %nextPtr
  %end = load ptr, ptr %endPtr
  %nextInt = ptrtoint ptr %next to i64
  %endInt = ptrtoint ptr %end to i64
  %room = sub i64 %endInt, %nextInt
  %up = add i64 %bytes, 63
  %rounded = and i64 %up, -64
  %fits = icmp ule i64 %rounded, %room
  br i1 %fits, label %take, label %fall
take:
  %after = getelementptr i8, ptr %next, i64 %rounded
  store ptr %after, ptr %nextPtr
  ret ptr %next
fall:
  %memory = call ptr @malloc(i64 %bytes)
  ret ptr %memory
}

define void @mml.free(ptr %memory) noinline {
  %arena = call ptr @llvm.threadlocal.address.p0(ptr @mml.arena)
  %endPtr = getelementptr ptr, ptr %arena, i64 2
  %begin = load ptr, ptr %arena
  %end = load ptr, ptr %endPtr
  %isBehind = icmp uge ptr %memory, %begin
  %isBefore = icmp ult ptr %memory, %end
  %isOurs = and i1 %isBehind, %isBefore
  br i1 %isOurs, label %exit, label %release
release:
  call void @free(ptr %memory)
  br label %exit
exit:
  ret void
}
)";

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

namespace {
/// Makes the functions of C for one entry.
class EntryBuilder {
public:
  EntryBuilder(llvm::Module &module, const EntrySignature &signature,
               StringRef library, WorkspaceSizes &sizes, bool mayStop)
      : module(module), signature(signature), sizes(sizes), mayStop(mayStop),
        name((library + "_" + makeIdentifier(signature.name)).str()),
        entry(module.getFunction(entryPrefix.str() + signature.name)),
        builder(module.getContext()), hasBatch(takesBatch(signature)) {}

  void build() { buildCall(buildSize()); }

private:
  llvm::Function *create(llvm::Type *result, llvm::ArrayRef<llvm::Type *> types,
                         const Twine &suffix);
  /// The arguments of the entry for `inputs`, pointers to their elements.
  llvm::SmallVector<Value *> getArguments(llvm::ArrayRef<Value *> inputs,
                                          Value *batch);
  llvm::Function *buildSize();
  void buildCall(llvm::Function *size);
  /// Goes on where `condition` holds; else the function returns `status`.
  void require(Value *condition, LibraryStatus status);
  Value *isBatch(Value *batch);
  void copyOutput(Value *descriptor, const TensorSpec &spec, Value *target);

  llvm::Module &module;
  const EntrySignature &signature;
  WorkspaceSizes &sizes;
  bool mayStop;
  std::string name;
  llvm::Function *entry;
  llvm::IRBuilder<> builder;
  bool hasBatch;
};
} // namespace

llvm::Function *EntryBuilder::create(llvm::Type *result,
                                     llvm::ArrayRef<llvm::Type *> types,
                                     const Twine &suffix) {
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(result, types, false),
      llvm::GlobalValue::ExternalLinkage, name + suffix, module);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", function));
  return function;
}

llvm::SmallVector<Value *>
EntryBuilder::getArguments(llvm::ArrayRef<Value *> inputs, Value *batch) {
  llvm::SmallVector<Value *> arguments;
  for (auto [input, spec] : llvm::zip_equal(inputs, signature.inputs)) {
    arguments.append({input, input, builder.getInt64(0)});
    llvm::SmallVector<Value *> sizes, strides(spec.shape.size());
    for (int64_t size : spec.shape)
      sizes.push_back(size == dynamicSize ? batch : builder.getInt64(size));
    Value *stride = builder.getInt64(1);
    for (size_t axis = sizes.size(); axis-- > 0;) {
      strides[axis] = stride;
      stride = builder.CreateMul(stride, sizes[axis]);
    }
    arguments.append(sizes);
    arguments.append(strides);
  }
  return arguments;
}

Value *EntryBuilder::isBatch(Value *batch) {
  return builder.CreateICmpULE(batch, builder.getInt64(INT32_MAX));
}

void EntryBuilder::require(Value *condition, LibraryStatus status) {
  llvm::Function *function = builder.GetInsertBlock()->getParent();
  auto *fails = llvm::BasicBlock::Create(module.getContext(), "", function);
  auto *goesOn = llvm::BasicBlock::Create(module.getContext(), "", function);
  builder.CreateCondBr(condition, goesOn, fails);
  builder.SetInsertPoint(fails);
  builder.CreateRet(builder.getInt32(status));
  builder.SetInsertPoint(goesOn);
}

llvm::Function *EntryBuilder::buildSize() {
  llvm::Type *word = builder.getInt64Ty();
  llvm::SmallVector<llvm::Type *> types;
  if (hasBatch)
    types.push_back(word);
  llvm::Function *function = create(word, types, "_workspace_size");
  Value *batch = hasBatch ? function->getArg(0) : nullptr;
  if (hasBatch) {
    auto *goesOn = llvm::BasicBlock::Create(module.getContext(), "", function);
    auto *fails = llvm::BasicBlock::Create(module.getContext(), "", function);
    builder.CreateCondBr(isBatch(batch), goesOn, fails);
    builder.SetInsertPoint(fails);
    builder.CreateRet(builder.getInt64(0));
    builder.SetInsertPoint(goesOn);
  }
  llvm::SmallVector<Value *> inputs(
      signature.inputs.size(),
      llvm::ConstantPointerNull::get(builder.getPtrTy()));
  Value *bytes = builder.CreateExtractValue(
      builder.CreateCall(sizes.get(entry), getArguments(inputs, batch)), 0);
  // What the caller gives may begin anywhere.
  builder.CreateRet(
      builder.CreateAdd(bytes, builder.getInt64(workspaceAlignment)));
  return function;
}

void EntryBuilder::copyOutput(Value *descriptor, const TensorSpec &spec,
                              Value *target) {
  size_t rank = spec.shape.size();
  Value *width = builder.getInt64(getByteWidth(spec.dtype));
  llvm::Type *row = llvm::ArrayType::get(builder.getInt64Ty(), rank);
  Value *sizes = builder.CreateAlloca(row);
  Value *sourceStrides = builder.CreateAlloca(row);
  Value *targetStrides = builder.CreateAlloca(row);
  Value *stride = builder.getInt64(1);
  for (unsigned axis = rank; axis-- > 0;) {
    auto put = [&](Value *where, Value *value) {
      builder.CreateStore(
          value, builder.CreateConstGEP1_64(builder.getInt64Ty(), where, axis));
    };
    Value *size = builder.CreateExtractValue(descriptor, {3, axis});
    put(sizes, size);
    put(sourceStrides, builder.CreateExtractValue(descriptor, {4, axis}));
    put(targetStrides, stride);
    stride = builder.CreateMul(stride, size);
  }
  Value *offset =
      builder.CreateMul(builder.CreateExtractValue(descriptor, 2), width);
  Value *source = builder.CreateGEP(
      builder.getInt8Ty(), builder.CreateExtractValue(descriptor, 1), offset);
  builder.CreateCall(module.getFunction(copyElementsName),
                     {source, target, sizes, sourceStrides, targetStrides,
                      builder.getInt64(rank), width});
}

void EntryBuilder::buildCall(llvm::Function *size) {
  llvm::Type *word = builder.getInt64Ty(), *pointer = builder.getPtrTy();
  size_t numInputs = signature.inputs.size();
  size_t numOutputs = signature.outputs.size();
  llvm::SmallVector<llvm::Type *> types;
  if (hasBatch)
    types.push_back(word);
  types.append(numInputs + numOutputs + 1, pointer);
  types.push_back(word);
  llvm::Function *function = create(builder.getInt32Ty(), types, "");
  llvm::SmallVector<Value *> parameters;
  for (llvm::Argument &argument : function->args())
    parameters.push_back(&argument);
  llvm::ArrayRef<Value *> rest = parameters;
  Value *batch = nullptr;
  llvm::SmallVector<Value *> sizeArguments;
  if (hasBatch) {
    batch = rest.consume_front();
    sizeArguments.push_back(batch);
    require(isBatch(batch), LibraryBadBatch);
  }
  if (llvm::Value *weights =
          module.getGlobalVariable(weightsName, /*AllowInternal=*/true))
    require(builder.CreateIsNotNull(builder.CreateLoad(pointer, weights)),
            LibraryNoWeights);
  llvm::ArrayRef<Value *> inputs = rest.take_front(numInputs);
  llvm::ArrayRef<Value *> targets = rest.slice(numInputs, numOutputs);
  Value *given = rest[numInputs + numOutputs];

  // A workspace of the caller's, or one for this call.
  Value *needed = builder.CreateCall(size, sizeArguments);
  Value *null = llvm::ConstantPointerNull::get(builder.getPtrTy());
  Value *isGiven = builder.CreateICmpNE(given, null);
  Value *isEnough = builder.CreateICmpUGE(rest.back(), needed);
  require(builder.CreateOr(builder.CreateNot(isGiven), isEnough),
          LibraryWorkspaceTooSmall);
  auto *allocates = llvm::BasicBlock::Create(module.getContext(), "", function);
  auto *runs = llvm::BasicBlock::Create(module.getContext(), "", function);
  llvm::BasicBlock *before = builder.GetInsertBlock();
  builder.CreateCondBr(isGiven, runs, allocates);
  builder.SetInsertPoint(allocates);
  Value *own = builder.CreateCall(module.getFunction(allocateName), {needed});
  require(builder.CreateICmpNE(own, null), LibraryNoMemory);
  llvm::BasicBlock *behind = builder.GetInsertBlock();
  builder.CreateBr(runs);
  builder.SetInsertPoint(runs);
  llvm::PHINode *toFree = builder.CreatePHI(pointer, 2);
  toFree->addIncoming(null, before);
  toFree->addIncoming(own, behind);
  llvm::PHINode *workspace = builder.CreatePHI(pointer, 2);
  workspace->addIncoming(given, before);
  workspace->addIncoming(own, behind);

  Value *end = builder.CreateGEP(builder.getInt8Ty(), workspace, needed);
  Value *misalignment = builder.CreateAnd(
      builder.CreateNeg(builder.CreatePtrToInt(workspace, word)),
      builder.getInt64(workspaceAlignment - 1));
  Value *begin =
      builder.CreateGEP(builder.getInt8Ty(), workspace, misalignment);
  llvm::Function *setArena = module.getFunction("mml.set_arena");
  builder.CreateCall(setArena, {begin, end});
  StoppableCall call{};
  if (mayStop)
    call = callOrStop(builder, entry, getArguments(inputs, batch));
  else
    call.results = builder.CreateCall(entry, getArguments(inputs, batch));
  Value *results = call.results;

  // Outputs that would write elsewhere are not written.
  Value *fits = builder.getTrue();
  llvm::SmallVector<Value *> descriptors;
  for (auto [index, spec] : llvm::enumerate(signature.outputs)) {
    descriptors.push_back(numOutputs == 1
                              ? results
                              : builder.CreateExtractValue(
                                    results, {static_cast<unsigned>(index)}));
    for (auto [axis, extent] : llvm::enumerate(spec.shape))
      if (extent == dynamicSize)
        fits = builder.CreateAnd(
            fits, builder.CreateICmpEQ(
                      builder.CreateExtractValue(
                          descriptors.back(), {3, static_cast<unsigned>(axis)}),
                      batch));
  }
  auto *copies = llvm::BasicBlock::Create(module.getContext(), "", function);
  auto *ends = llvm::BasicBlock::Create(module.getContext(), "", function);
  llvm::BasicBlock *checked = builder.GetInsertBlock();
  builder.CreateCondBr(fits, copies, ends);
  builder.SetInsertPoint(copies);
  for (auto [descriptor, spec, target] :
       llvm::zip_equal(descriptors, signature.outputs, targets))
    copyOutput(descriptor, spec, target);
  builder.CreateBr(ends);
  if (call.stopped) {
    builder.SetInsertPoint(call.stopped);
    builder.CreateBr(ends);
  }
  builder.SetInsertPoint(ends);
  llvm::PHINode *status = builder.CreatePHI(builder.getInt32Ty(), 3);
  if (call.stopped)
    status->addIncoming(call.status, call.stopped);
  status->addIncoming(builder.getInt32(LibraryBadShape), checked);
  status->addIncoming(builder.getInt32(LibraryOk), copies);
  builder.CreateCall(setArena, {null, null});
  builder.CreateCall(module.getFunction("free"), {toFree});
  builder.CreateRet(status);
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

/// An error where C's caller could not say, or know, a size of a tensor.
static Error checkSizes(const EntrySignature &signature) {
  unsigned numBatches = 0;
  for (const TensorSpec &spec : signature.inputs)
    numBatches += !spec.shape.empty() && spec.shape.front() == dynamicSize;
  bool hasOneBatch = signature.isBatched || numBatches == 1;
  auto check = [&](const TensorSpec &spec, StringRef what) -> Error {
    llvm::ArrayRef<int64_t> known = spec.shape;
    if (hasOneBatch && !known.empty())
      known = known.drop_front();
    if (!llvm::is_contained(known, dynamicSize))
      return Error::success();
    return createStringError("entry '" + signature.name + "': expected " +
                             what + " '" + spec.name +
                             "' to have known sizes, but for a batch in front, "
                             "but got " +
                             spec.type);
  };
  for (const TensorSpec &spec : signature.inputs)
    if (Error error = check(spec, "input"))
      return error;
  for (const TensorSpec &spec : signature.outputs)
    if (Error error = check(spec, "output"))
      return error;
  return Error::success();
}

/// The entries of `module`, in order.
static Expected<std::vector<EntrySignature>>
findEntries(mlir::ModuleOp module) {
  std::vector<EntrySignature> entries;
  for (const std::string &name : getEntryNames(module)) {
    Expected<EntrySignature> entry = findEntry(module, name);
    if (!entry)
      return entry.takeError();
    if (Error error = checkSizes(*entry))
      return std::move(error);
    if (llvm::is_contained(
            {"message", "open_weights", "set_weights", "close_weights"},
            makeIdentifier(entry->name)))
      return createStringError("entry '" + entry->name +
                               "' has the name of a function of every library");
    for (const EntrySignature &other : entries)
      if (makeIdentifier(other.name) == makeIdentifier(entry->name))
        return createStringError("entries '" + other.name + "' and '" +
                                 entry->name + "' have one name in C");
    entries.push_back(std::move(*entry));
  }
  if (entries.empty())
    // Says what is missing.
    return findEntry(module, "").takeError();
  return entries;
}

/// Takes the memory that a function allocates from the workspace.
static void useWorkspace(llvm::Function &function) {
  llvm::Module &module = *function.getParent();
  for (llvm::Instruction &instruction : llvm::instructions(function)) {
    if (isCallOf(instruction, allocateName))
      llvm::cast<llvm::CallBase>(instruction)
          .setCalledFunction(module.getFunction("mml.allocate"));
    else if (isCallOf(instruction, "free"))
      llvm::cast<llvm::CallBase>(instruction)
          .setCalledFunction(module.getFunction("mml.free"));
  }
}

Expected<Library> mml::engine::emitLibrary(mlir::ModuleOp module,
                                           const CodeGenerator &generator,
                                           StringRef name, WeightsPlace place) {
  auto entries = findEntries(module);
  if (!entries)
    return entries.takeError();
  llvm::LLVMContext context;
  Expected<std::unique_ptr<llvm::Module>> translated =
      generator.translate(module, context);
  if (!translated)
    return translated.takeError();
  llvm::Module &code = **translated;
  bool usesOpenMP = needsOpenMP(code);
  for (llvm::Function &function : code)
    if (!function.isDeclaration())
      function.setName((entryPrefix + function.getName()).str());
  if (Error error = linkSource(code, arenaSource))
    return std::move(error);
  if (Error error = defineCopy(code))
    return std::move(error);
  if (Error error = askForMatrixRegisters(code))
    return std::move(error);
  for (llvm::Function &function : code)
    if (!function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  Library library;
  if (place == WeightsPlace::Beside) {
    auto weights = moveWeightsBeside(module, code, name);
    if (!weights)
      return weights.takeError();
    library.weights = std::move(*weights);
  }
  StopAnalysis analysis;
  bool mayStop = llvm::any_of(*entries, [&](const EntrySignature &entry) {
    return analysis.mayStop(*code.getFunction(entryPrefix.str() + entry.name),
                            /*allocationsStop=*/false);
  });
  if (mayStop)
    if (Error error = defineStops(code, name))
      return std::move(error);
  WorkspaceSizes sizes;
  for (const EntrySignature &entry : *entries)
    EntryBuilder(code, entry, name, sizes, mayStop).build();
  for (llvm::Function *function : sizes.getCounted())
    useWorkspace(*function);
  if (mayStop)
    stopInsteadOfEnding(code);
  if (Error error = generator.optimize(code))
    return std::move(error);
  if (Error error = WorkspaceSizes::checkKnown(code))
    return std::move(error);
  if (Error error = defineResources(module, code))
    return std::move(error);
  LibraryDescription description{name.str(),
                                 (code.getTargetTriple().str() + ", " +
                                  generator.getTargetMachine().getTargetCPU())
                                     .str(),
                                 usesOpenMP, library.weights.has_value(),
                                 mayStop};
  library.header = printLibraryHeader(description, *entries);
  library.cmake = printLibraryCMake(description);
  llvm::raw_svector_ostream os(library.object);
  if (Error error = generator.emit(code, OutputKind::Object, os))
    return std::move(error);
  return library;
}
