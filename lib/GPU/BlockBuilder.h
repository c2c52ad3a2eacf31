//===- BlockBuilder.h - What the threads of a block do ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_GPU_BLOCKBUILDER_H
#define MML_LIB_GPU_BLOCKBUILDER_H

#include "mml/Conversion/LoopBuilder.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::mml {

/// The threads that run in step.
constexpr int64_t kWarpThreads = 32;
/// The most that a block has.
constexpr int64_t kMostThreads = 1024;

/// Threads of a block for `count` elements: one for each as far as a block
/// goes. They are a power of two of warps, whose sums are then read by whole
/// vectors without one that nobody wrote.
inline int64_t getThreadsFor(int64_t count) {
  return std::clamp<int64_t>(llvm::PowerOf2Ceil(count), kWarpThreads,
                             kMostThreads);
}

/// Builds what kernels of a GPU consist of, vectors that are read and written
/// at once and memory that the threads of a block share among them.
class BlockBuilder : public LoopBuilder {
public:
  /// Builds the body of `launch`, whose blocks are rows of `threads` threads.
  BlockBuilder(OpBuilder &builder, gpu::LaunchOp launch, int64_t threads)
      : LoopBuilder(builder, launch.getLoc()), launch(launch), threads(threads),
        block(launch.getBlockIds().x), thread(launch.getThreadIds().x) {}

  //===--------------------------------------------------------------------===//
  // Indices
  //===--------------------------------------------------------------------===//

  /// The size of `memref` along `axis`.
  OpFoldResult size(Value memref, int64_t axis) {
    return memref::getMixedSize(b, loc, memref, axis);
  }
  /// Whether `value` is less than `limit`.
  Value isBelow(OpFoldResult value, OpFoldResult limit) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                 toValue(value), toValue(limit));
  }
  Value both(Value first, Value second) {
    return arith::AndIOp::create(b, loc, first, second);
  }

  //===--------------------------------------------------------------------===//
  // Control flow
  //===--------------------------------------------------------------------===//

  /// Numbers from 0 to before `count`, a thread each until none is left.
  void share(OpFoldResult count, llvm::function_ref<void(Value)> body) {
    loop(thread, count, threads, body);
  }
  void when(Value condition, llvm::function_ref<void()> then) {
    scf::IfOp::create(b, loc, condition, [&](OpBuilder &, Location) {
      then();
      scf::YieldOp::create(b, loc);
    });
  }
  /// What `then` returns where `condition` holds, `otherwise` elsewhere.
  SmallVector<Value> choose(Value condition,
                            llvm::function_ref<SmallVector<Value>()> then,
                            ValueRange otherwise) {
    auto op = scf::IfOp::create(
        b, loc, condition,
        [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, then()); },
        [&](OpBuilder &, Location) {
          scf::YieldOp::create(b, loc, otherwise);
        });
    return SmallVector<Value>(op.getResults());
  }
  /// All threads of the block wait for each other.
  void barrier() { gpu::BarrierOp::create(b, loc); }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  Value i32(int64_t value) {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  }
  Value add(Value lhs, Value rhs) {
    return arith::AddIOp::create(b, loc, lhs, rhs);
  }
  Value sub(Value lhs, Value rhs) {
    return arith::SubIOp::create(b, loc, lhs, rhs);
  }
  /// The value that the thread has whose number in the warp differs in the bits
  /// of `mask`.
  Value exchange(Value value, int64_t mask) {
    return gpu::ShuffleOp::create(b, loc, value, i32(mask), i32(kWarpThreads),
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  }
  /// The four words of 16 bytes of memory, aligned as much.
  SmallVector<Value> loadWords(Value memref, ValueRange indices) {
    Value bytes = vector::LoadOp::create(
        b, loc, VectorType::get(16, b.getI8Type()), memref, indices,
        /*nontemporal=*/false, llvm::MaybeAlign(16));
    Value words = vector::BitCastOp::create(
        b, loc, VectorType::get(4, b.getI32Type()), bytes);
    SmallVector<Value> result;
    for (int64_t i = 0; i < 4; ++i)
      result.push_back(vector::ExtractOp::create(b, loc, words, i));
    return result;
  }
  /// Four consecutive codes of a packed word, as bytes.
  Value getCodes(Value word, int64_t field) {
    Value shifted = field == 0
                        ? word
                        : arith::ShRUIOp::create(b, loc, word, i32(2 * field));
    return arith::AndIOp::create(b, loc, shifted, i32(0x03030303));
  }
  /// The same for field 0, and for field 1 four times as large: not shifted.
  Value getScaledCodes(Value word, int64_t field) {
    return arith::AndIOp::create(b, loc, word,
                                 i32(field == 0 ? 0x03030303 : 0x0c0c0c0c));
  }
  /// Adds the four products of the bytes of two words, of which the first ones
  /// have no sign unless `isSigned`.
  Value dp4a(Value lhs, Value rhs, Value sum, bool isSigned) {
    auto bytes = VectorType::get(4, b.getI8Type());
    return NVVM::DotAccumulate4WayOp::create(
        b, loc, b.getI32Type(), LLVM::BitcastOp::create(b, loc, bytes, lhs),
        isSigned ? NVVM::DotAccumulateType::SIGNED
                 : NVVM::DotAccumulateType::UNSIGNED,
        LLVM::BitcastOp::create(b, loc, bytes, rhs),
        NVVM::DotAccumulateType::SIGNED, sum);
  }

  gpu::LaunchOp launch;
  int64_t threads;
  Value block, thread;
};

/// The memory that the threads of a block share, as one array of bytes from
/// which parts are taken. What is no longer in use may be taken again.
class SharedMemory {
public:
  /// What every chip has without being asked for more.
  static constexpr int64_t kMostBytes = 48 * 1024;
  static constexpr int64_t kAlignment = 16;

  explicit SharedMemory(gpu::LaunchOp launch) : launch(launch) {}

  /// An array of `type` (without a memory space) from byte `offset` on; its
  /// shape is static.
  Value get(OpBuilder &b, Location loc, MemRefType type, int64_t offset) {
    auto space = gpu::AddressSpaceAttr::get(b.getContext(),
                                            gpu::AddressSpace::Workgroup);
    if (!bytes)
      bytes = launch.addWorkgroupAttribution(
          MemRefType::get({kMostBytes}, b.getI8Type(), AffineMap(), space),
          loc);
    used = std::max(used, offset + getBytes(type));
    bytes.setType(MemRefType::get({used}, b.getI8Type(), AffineMap(), space));
    return memref::ViewOp::create(
        b, loc,
        MemRefType::get(type.getShape(), type.getElementType(), AffineMap(),
                        space),
        bytes, arith::ConstantIndexOp::create(b, loc, offset), ValueRange());
  }

  /// Bytes of an array, up to the next aligned one.
  static int64_t getBytes(MemRefType type) {
    int64_t bits = type.getElementTypeBitWidth();
    return llvm::alignTo(type.getNumElements() *
                             llvm::divideCeil(bits, int64_t(CHAR_BIT)),
                         kAlignment);
  }

private:
  gpu::LaunchOp launch;
  BlockArgument bytes;
  int64_t used = 0;
};

} // namespace mlir::mml

#endif // MML_LIB_GPU_BLOCKBUILDER_H
