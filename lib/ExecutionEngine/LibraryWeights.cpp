//===- LibraryWeights.cpp - Weights beside a library ----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file begins with a word that says what it is, its number of bytes, and a
// hash of what follows, which the code knows as well: a file of another model,
// or of another version of this one, is refused. The weights follow, each where
// vectors may be read.
//
//===----------------------------------------------------------------------===//

#include "LibraryWeights.h"

#include "LibraryHeader.h"
#include "Resources.h"
#include "Runtime.h"
#include "StandAlone.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// "MMLWGT01", read as a little-endian word.
static constexpr uint64_t magic = 0x31305447574c4d4d;
/// Of the weights in memory: a cache line, and the widest vector.
static constexpr uint64_t alignment = 64;

/// {0} is the library's name; {1}, {2} and {3} are the words at the begin of
/// the file, and those from {4} on are statuses. Numbers are those of POSIX.
static constexpr llvm::StringLiteral source = R"(
@mml.weights = internal global ptr null
@mml.mapped = internal global i64 0

declare i32 @open(ptr, i32, ...)
declare i64 @lseek(i32, i64, i32)
declare ptr @mmap(ptr, i64, i32, i32, i32, i64)
declare i32 @munmap(ptr, i64)
declare i32 @close(i32)

define i32 @{0}_set_weights(ptr %memory, i64 %size) {{
  %address = ptrtoint ptr %memory to i64
  %low = and i64 %address, 63
  %isAligned = icmp eq i64 %low, 0
  %isThere = icmp ne ptr %memory, null
  %isLarge = icmp uge i64 %size, {2}
  %mayRead = and i1 %isAligned, %isThere
  %reads = and i1 %mayRead, %isLarge
  br i1 %reads, label %read, label %bad
read:
  %sizePtr = getelementptr i64, ptr %memory, i64 1
  %hashPtr = getelementptr i64, ptr %memory, i64 2
  %magic = load i64, ptr %memory
  %bytes = load i64, ptr %sizePtr
  %hash = load i64, ptr %hashPtr
  %isMagic = icmp eq i64 %magic, {1}
  %isSize = icmp eq i64 %bytes, {2}
  %isHash = icmp eq i64 %hash, {3}
  %isKind = and i1 %isMagic, %isSize
  %isOurs = and i1 %isKind, %isHash
  br i1 %isOurs, label %take, label %bad
take:
  call void @{0}_close_weights()
  store ptr %memory, ptr @mml.weights
  ret i32 0
bad:
  ret i32 {4}
}

define i32 @{0}_open_weights(ptr %path) {{
  %file = call i32 (ptr, i32, ...) @open(ptr %path, i32 0)
  %isOpen = icmp sge i32 %file, 0
  br i1 %isOpen, label %opened, label %none
none:
  ret i32 {5}
opened:
  %end = call i64 @lseek(i32 %file, i64 0, i32 2)
  %isLarge = icmp sge i64 %end, {2}
  br i1 %isLarge, label %map, label %short
short:
  %ignored = call i32 @close(i32 %file)
  ret i32 {4}
map:
  %memory = call ptr @mmap(ptr null, i64 %end, i32 1, i32 2, i32 %file, i64 0)
  %alsoIgnored = call i32 @close(i32 %file)
  %address = ptrtoint ptr %memory to i64
  %isMapped = icmp ne i64 %address, -1
  br i1 %isMapped, label %mapped, label %full
full:
  ret i32 {6}
mapped:
  %status = call i32 @{0}_set_weights(ptr %memory, i64 %end)
  %isOurs = icmp eq i32 %status, 0
  br i1 %isOurs, label %take, label %other
take:
  store i64 %end, ptr @mml.mapped
  ret i32 0
other:
  %unmapped = call i32 @munmap(ptr %memory, i64 %end)
  ret i32 %status
}

define void @{0}_close_weights() {{
  %memory = load ptr, ptr @mml.weights
  %bytes = load i64, ptr @mml.mapped
  store ptr null, ptr @mml.weights
  store i64 0, ptr @mml.mapped
  %isMapped = icmp ne i64 %bytes, 0
  br i1 %isMapped, label %unmap, label %exit
unmap:
  %ignored = call i32 @munmap(ptr %memory, i64 %bytes)
  br label %exit
exit:
  ret void
}
)";

void LibraryWeights::write(llvm::raw_ostream &os) const {
  auto writeWord = [&](uint64_t word) {
    char bytes[sizeof(word)];
    llvm::support::endian::write64le(bytes, word);
    os.write(bytes, sizeof(bytes));
  };
  uint64_t position = 3 * sizeof(uint64_t);
  for (uint64_t word : {magic, size, hash})
    writeWord(word);
  for (const Piece &piece : pieces) {
    os.write_zeros(piece.offset - position);
    os.write(piece.bytes.data(), piece.bytes.size());
    position = piece.offset + piece.bytes.size();
  }
  os.write_zeros(size - position);
}

/// Replaces `global` by memory at `offset` of the weights.
static void readBeside(llvm::GlobalVariable *global, uint64_t offset,
                       llvm::GlobalVariable *weights) {
  llvm::convertUsersOfConstantsToInstructions({global});
  llvm::DenseMap<llvm::Function *, llvm::Value *> addresses;
  for (llvm::Use &use : llvm::make_early_inc_range(global->uses())) {
    llvm::Function *function =
        llvm::cast<llvm::Instruction>(use.getUser())->getFunction();
    llvm::Value *&address = addresses[function];
    if (!address) {
      llvm::IRBuilder<> builder(
          &function->getEntryBlock(),
          function->getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
      llvm::LoadInst *base = builder.CreateLoad(builder.getPtrTy(), weights);
      // No call begins before there are weights.
      base->setMetadata(llvm::LLVMContext::MD_invariant_load,
                        llvm::MDNode::get(function->getContext(), {}));
      address =
          builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset);
    }
    use.set(address);
  }
  global->eraseFromParent();
}

Expected<LibraryWeights> mml::engine::moveWeightsBeside(mlir::ModuleOp module,
                                                        llvm::Module &code,
                                                        StringRef name) {
  LibraryWeights weights;
  weights.size = alignment;
  llvm::SmallVector<std::pair<llvm::GlobalVariable *, uint64_t>> moved;
  llvm::DenseMap<const char *, uint64_t> offsets;
  llvm::SmallVector<uint64_t> hashes;
  for (auto global : module.getOps<mlir::LLVM::GlobalOp>()) {
    if (!global->hasAttr(resourceAttrName))
      continue;
    llvm::GlobalVariable *declared = code.getNamedGlobal(global.getSymName());
    if (!declared || !declared->isConstant())
      continue;
    Expected<ArrayRef<char>> data = getResourceData(global, code);
    if (!data)
      return data.takeError();
    auto [known, isNew] = offsets.try_emplace(data->data(), weights.size);
    moved.push_back({declared, known->second});
    if (!isNew)
      continue;
    weights.pieces.push_back({weights.size, *data});
    weights.size = llvm::alignTo(weights.size + data->size(), alignment);
    hashes.push_back(llvm::xxh3_64bits(ArrayRef(
        reinterpret_cast<const uint8_t *>(data->data()), data->size())));
  }
  weights.hash = llvm::xxh3_64bits(
      ArrayRef(reinterpret_cast<const uint8_t *>(hashes.data()),
               hashes.size() * sizeof(uint64_t)));

  std::string text = llvm::formatv(
      source.data(), name, magic, weights.size,
      static_cast<int64_t>(weights.hash), static_cast<int>(LibraryBadWeights),
      static_cast<int>(LibraryNoFile), static_cast<int>(LibraryNoMemory));
  if (Error error = linkSource(code, text))
    return std::move(error);
  llvm::GlobalVariable *pointer =
      code.getGlobalVariable(weightsName, /*AllowInternal=*/true);
  for (auto [global, offset] : moved)
    readBeside(global, offset, pointer);
  return weights;
}
