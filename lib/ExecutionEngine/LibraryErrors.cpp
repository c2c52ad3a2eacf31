//===- LibraryErrors.cpp - How calls of a library fail --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What Runtime.cpp does where models are loaded, with the C library alone: code
// that stops jumps to the call that runs in its thread.
//
//===----------------------------------------------------------------------===//

#include "LibraryErrors.h"

#include "Calls.h"
#include "LibraryHeader.h"
#include "ParallelErrors.h"
#include "Runtime.h"
#include "StandAlone.h"
#include "WorkspaceSize.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mml::engine;
using llvm::Error;
using llvm::StringRef;
using llvm::Value;

/// {0} is the library's name. A frame is what setjmp fills, which no C library
/// needs more than a kilobyte for; the second argument is for Windows, which
/// would unwind otherwise. Its address is null where no call can be left.
static constexpr llvm::StringLiteral source = R"(
@mml.frame = internal thread_local global ptr null
@mml.message = internal thread_local global ptr null
@mml.unknown_reason = internal constant [18 x i8] c"the model stopped\00"
@mml.no_memory = internal constant [14 x i8] c"out of memory\00"

declare i32 @_setjmp(ptr, ptr) returns_twice
declare void @longjmp(ptr, i32) noreturn
declare void @abort() noreturn
declare i32 @puts(ptr)
declare noalias ptr @malloc(i64)
declare nonnull ptr @llvm.threadlocal.address.p0(ptr nonnull)

define ptr @{0}_message() {{
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.message)
  %message = load ptr, ptr %slot
  %isThere = icmp ne ptr %message, null
  %text = select i1 %isThere, ptr %message, ptr @mml.unknown_reason
  ret ptr %text
}

define void @mml.report(ptr %message) {{
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.message)
  store ptr %message, ptr %slot
  ret void
}

define void @mml.stop() noreturn noinline {{
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.frame)
  %frame = load ptr, ptr %slot
  %isThere = icmp ne ptr %frame, null
  br i1 %isThere, label %jump, label %end
jump:
  call void @longjmp(ptr %frame, i32 1)
  unreachable
end:
  %text = call ptr @{0}_message()
  %ignored = call i32 @puts(ptr %text)
  call void @abort()
  unreachable
}

define ptr @mml.allocate_or_stop(i64 %bytes) noinline {{
  %memory = call ptr @malloc(i64 %bytes)
  %isThere = icmp ne ptr %memory, null
  %isNothing = icmp eq i64 %bytes, 0
  %fits = or i1 %isThere, %isNothing
  br i1 %fits, label %take, label %full
take:
  ret ptr %memory
full:
  call void @mml.report(ptr @mml.no_memory)
  call void @mml.stop()
  unreachable
}

define ptr @mml.set_frame(ptr %frame) {{
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.frame)
  %outer = load ptr, ptr %slot
  store ptr %frame, ptr %slot
  ret ptr %outer
}

define void @mml.begin(ptr %frame) {{
  call void @mml.report(ptr @mml.unknown_reason)
  %ignored = call ptr @mml.set_frame(ptr %frame)
  ret void
}

define i32 @mml.get_status() {{
  %ignored = call ptr @mml.set_frame(ptr null)
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.message)
  %message = load ptr, ptr %slot
  %isMemory = icmp eq ptr %message, @mml.no_memory
  %status = select i1 %isMemory, i32 {1}, i32 {2}
  ret i32 %status
}

define void @{3}(ptr %thread, ptr %bound, ptr %region) noinline {{
  %frame = alloca [1024 x i8], align 16
  %outer = call ptr @mml.set_frame(ptr %frame)
  %came = call i32 @_setjmp(ptr %frame, ptr null)
  %isFirst = icmp eq i32 %came, 0
  br i1 %isFirst, label %run, label %stopped
run:
  ; What an earlier loop said is not why this one stops.
  call void @mml.report(ptr @mml.unknown_reason)
  %code = load ptr, ptr %region
  call void %code(ptr %thread, ptr %bound, ptr %region)
  br label %end
stopped:
  %slot = call ptr @llvm.threadlocal.address.p0(ptr @mml.message)
  %message = load ptr, ptr %slot
  %field = getelementptr ptr, ptr %region, i64 1
  %kept = cmpxchg ptr %field, ptr null, ptr %message seq_cst seq_cst
  br label %end
end:
  %ignored = call ptr @mml.set_frame(ptr %outer)
  ret void
}

define void @{4}(ptr %region) {{
  %field = getelementptr ptr, ptr %region, i64 1
  %message = load atomic ptr, ptr %field seq_cst, align 8
  %isFine = icmp eq ptr %message, null
  br i1 %isFine, label %fine, label %stopped
fine:
  ret void
stopped:
  call void @mml.report(ptr %message)
  call void @mml.stop()
  unreachable
}

define ptr @{5}() {{
  %outer = call ptr @mml.set_frame(ptr null)
  ret ptr %outer
}

define void @{6}(ptr %outer) {{
  %ignored = call ptr @mml.set_frame(ptr %outer)
  ret void
}
)";

Error mml::engine::defineStops(llvm::Module &module, StringRef name) {
  if (Error error = linkSource(
          module, llvm::formatv(source.data(), name, int(LibraryNoMemory),
                                int(LibraryStopped), runRegionName,
                                finishRegionName, suspendName, resumeName)
                      .str()))
    return error;
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.getName().starts_with("mml."))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return Error::success();
}

StoppableCall mml::engine::callOrStop(llvm::IRBuilder<> &builder,
                                      llvm::Function *function,
                                      llvm::ArrayRef<Value *> arguments) {
  llvm::Function *caller = builder.GetInsertBlock()->getParent();
  llvm::Module &module = *caller->getParent();
  llvm::LLVMContext &context = module.getContext();
  Value *null = llvm::ConstantPointerNull::get(builder.getPtrTy());
  auto *calls = llvm::BasicBlock::Create(context, "", caller);
  auto *stopped = llvm::BasicBlock::Create(context, "", caller);

  llvm::IRBuilder<> entry(&caller->getEntryBlock(),
                          caller->getEntryBlock().begin());
  llvm::AllocaInst *frame =
      entry.CreateAlloca(llvm::ArrayType::get(builder.getInt8Ty(), 1024));
  frame->setAlignment(llvm::Align(16));
  builder.CreateCall(module.getFunction("mml.begin"), {frame});
  Value *came =
      builder.CreateCall(module.getFunction("_setjmp"), {frame, null});
  builder.CreateCondBr(builder.CreateIsNull(came), calls, stopped);
  builder.SetInsertPoint(stopped);
  Value *status = builder.CreateCall(module.getFunction("mml.get_status"));
  builder.SetInsertPoint(calls);
  Value *results = builder.CreateCall(function, arguments);
  builder.CreateCall(module.getFunction("mml.set_frame"), {null});
  return {results, stopped, status};
}

void mml::engine::stopInsteadOfEnding(llvm::Module &module) {
  guardParallelLoops(module);
  const std::pair<StringRef, StringRef> replacements[] = {
      {stopName, "mml.stop"},
      {reportName, "mml.report"},
      {allocateName, "mml.allocate_or_stop"}};
  // Functions of the model and its allocator; those for the caller know what to
  // do without memory.
  for (llvm::Function &function : module) {
    if (!function.getName().starts_with("mml.") ||
        function.getName() == "mml.stop" ||
        function.getName() == "mml.allocate_or_stop")
      continue;
    for (llvm::Instruction &i : llvm::instructions(function))
      for (auto [from, to] : replacements) {
        auto *call = llvm::dyn_cast<llvm::CallBase>(&i);
        llvm::Function *stops = module.getFunction(to);
        if (isCallOf(i, from) &&
            call->getFunctionType() == stops->getFunctionType())
          call->setCalledFunction(stops);
      }
  }
}
