//===- Warp.h - Execution of 32 threads in lockstep -------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_WARP_H
#define MML_TEST_SUPPORT_CUDADRIVER_WARP_H

#include "Launch.h"

#include "llvm/ADT/Twine.h"

#include <deque>

namespace mml::ptx {

/// `Instruction::mode` of a load that need not see this launch's writes.
constexpr uint8_t nonCoherent = 1;

/// Bytes of one access, 16 at most, of all threads of a warp.
struct LaneBytes {
  alignas(64) uint8_t bytes[warpSize * 16];
};

/// A group of threads with one program counter. Where threads part, each part
/// runs until it comes to where they meet again.
struct Level {
  uint32_t pc;
  uint32_t reconvergence;
  uint32_t mask;
};

/// Activation of a function by some threads of a warp.
struct Frame {
  const Code *code = nullptr;
  /// Aligned storage of the registers, and which threads have written them.
  std::vector<uint64_t> storage;
  uint8_t *registers = nullptr;
  std::vector<uint32_t> written;
  /// Param memory, one thread's after another's, and what of it is written.
  std::vector<uint8_t> params, paramShadow;
  uint32_t localBase = 0;
  size_t firstLevel = 0;
  const CallSite *site = nullptr;
  std::vector<uint64_t> *executed = nullptr;
};

/// A copy that cp.async has begun.
struct AsyncCopy {
  uint64_t address;
  uint8_t size;
  uint8_t bytes[16];
};

class Warp {
public:
  enum class State { Running, AtBarrier, Done, Failed };

  Warp(Block &block, unsigned number);

  /// Runs until the threads wait at a barrier or end.
  State run();
  void resume() { state = State::Running; }

  //===--------------------------------------------------------------------===//
  // What instructions use
  //===--------------------------------------------------------------------===//

  template <typename T> const T *read(const Operand &operand) const {
    const uint8_t *base =
        operand.number == Operand::constant ? constants : frame->registers;
    return reinterpret_cast<const T *>(base + operand.offset);
  }
  template <typename T> T *write(const Operand &operand) {
    return reinterpret_cast<T *>(frame->registers + operand.offset);
  }
  uint32_t readPredicate(const Operand &operand) const {
    return *read<uint32_t>(operand);
  }
  void writePredicate(const Operand &operand, uint32_t value, uint32_t mask) {
    uint32_t *bits = write<uint32_t>(operand);
    *bits = (*bits & ~mask) | (value & mask);
  }
  /// Threads that have written an operand.
  uint32_t getWritten(const Operand &operand) const {
    return operand.number == Operand::constant ? ~0u
                                               : frame->written[operand.number];
  }
  void setWritten(const Operand &operand, uint32_t value, uint32_t mask) {
    uint32_t &bits = frame->written[operand.number];
    bits = (bits & ~mask) | (value & mask);
  }

  /// Ends the launch. \p lane is the thread to name, or -1 for the warp.
  void fail(Fault::Kind kind, int lane, const llvm::Twine &message);
  bool hasFailed() const { return state == State::Failed; }

  /// Memory. False after a fault.
  bool load(const Instruction &instruction, Space space,
            const uint64_t *addresses, uint32_t mask, unsigned size,
            LaneBytes &data);
  bool store(const Instruction &instruction, Space space,
             const uint64_t *addresses, uint32_t mask, unsigned size,
             const LaneBytes &data);
  /// The bytes at an address of global or shared memory, noted as an atomic
  /// access; null after a fault.
  uint8_t *getAtomic(const Instruction &instruction, Space space,
                     uint64_t address, int lane, unsigned size);
  /// Counts the read or write of global memory by a warp.
  void countGlobal(const uint64_t *addresses, uint32_t mask, unsigned size,
                   bool isWrite);
  void countShared(const Instruction &instruction, const uint64_t *addresses,
                   uint32_t mask, unsigned size, bool isWrite);
  /// The space of a generic address, which becomes one of that space.
  static Space resolve(uint64_t &address);
  /// Reads bytes of shared memory for ldmatrix; null after a fault.
  const uint8_t *readShared(uint64_t address, unsigned size, int lane);

  /// Asynchronous copies.
  bool checkCopy(uint64_t target, uint64_t source, unsigned size, int lane);
  bool loadPart(uint64_t address, unsigned size, uint8_t *bytes, int lane);
  bool beginCopy(int lane, const AsyncCopy &copy);
  void commitCopies(uint32_t mask);
  /// Finishes all groups but the last \p pending ones.
  void waitForCopies(uint32_t mask, unsigned pending);

  /// Control. Jumps set the program counter that run() continues with.
  void branch(const Instruction &instruction, uint32_t taken);
  void branchTo(const std::vector<uint32_t> &targets, const uint32_t *index,
                uint32_t mask, uint32_t reconvergence);
  void call(const CallSite &site, uint32_t mask);
  void exitThreads(uint32_t mask);
  void waitAtBarrier(unsigned id, uint32_t mask);
  void passWarpBarrier() { block.shared.passWarpBarrier(number); }
  uint32_t getActive() const { return levels.back().mask; }
  /// Threads that have not ended.
  uint32_t getAlive() const { return present & ~exited; }
  uint32_t getPresent() const { return present; }
  unsigned getBarrier() const { return barrier; }

  uint32_t getSpecial(unsigned special, unsigned lane) const;
  uint64_t getClock() const { return clock; }
  uint32_t getLocalBase() const { return frame->localBase; }
  const Code &getCode() const { return *frame->code; }
  Block &getBlock() { return block; }
  unsigned getThread(unsigned lane) const { return number * warpSize + lane; }

private:
  void pushFrame(const Code &code, const CallSite *site, uint32_t mask);
  void popFrame();
  void step(const Instruction &instruction);
  bool checkSources(const Instruction &instruction, uint32_t mask);
  bool checkAlignment(uint64_t address, unsigned size, int lane);
  Allocation *findGlobal(uint64_t address, unsigned size, int lane,
                         bool isWrite);
  /// Refuses a byte that another block has written in this launch, where
  /// nothing can order the two.
  bool checkBlocks(const Allocation &allocation, uint64_t offset, unsigned size,
                   int lane, bool isWrite);
  bool accessGlobal(const Instruction &instruction, const uint64_t *addresses,
                    uint32_t mask, unsigned size, uint8_t *data, bool isWrite);
  bool accessShared(const Instruction &instruction, const uint64_t *addresses,
                    uint32_t mask, unsigned size, uint8_t *data, bool isWrite);
  bool accessLocal(const uint64_t *addresses, uint32_t mask, unsigned size,
                   uint8_t *data, bool isWrite);
  bool accessParam(const Instruction &instruction, const uint64_t *addresses,
                   uint32_t mask, unsigned size, uint8_t *data, bool isWrite);
  bool access(const Instruction &instruction, Space space,
              const uint64_t *addresses, uint32_t mask, unsigned size,
              uint8_t *data, bool isWrite);

  Block &block;
  unsigned number;
  uint32_t present = 0;
  uint32_t exited = 0;
  State state = State::Running;
  bool jumped = false;
  unsigned barrier = 0;
  uint64_t clock = 0;
  Frame *frame = nullptr;
  const uint8_t *constants = nullptr;
  std::vector<std::unique_ptr<Frame>> frames;
  size_t depth = 0;
  std::vector<Level> levels;
  const Instruction *current = nullptr;
  /// Local memory of each thread, and what of it is written.
  std::vector<uint8_t> local[warpSize], localShadow[warpSize];
  /// Copies not committed yet, and groups not waited for.
  std::vector<AsyncCopy> openCopies[warpSize];
  std::deque<std::vector<AsyncCopy>> copyGroups[warpSize];
};

/// Calls \p function with the number of each thread that \p mask names.
template <typename Function>
inline void forEachLane(uint32_t mask, Function function) {
  if (mask == ~0u) {
    for (unsigned lane = 0; lane < warpSize; ++lane)
      function(lane);
    return;
  }
  for (; mask; mask &= mask - 1)
    function(unsigned(__builtin_ctz(mask)));
}

/// Writes \p function of each thread's number to a register. The values go
/// through a copy, so that the compiler may use vectors though the register may
/// be a source too.
template <typename T, typename Function>
inline void writeLanes(T *result, uint32_t mask, Function function) {
  if (mask == ~0u) {
    alignas(64) T values[warpSize];
    for (unsigned lane = 0; lane < warpSize; ++lane)
      values[lane] = function(lane);
    std::copy(values, values + warpSize, result);
    return;
  }
  for (; mask; mask &= mask - 1) {
    unsigned lane = unsigned(__builtin_ctz(mask));
    result[lane] = function(lane);
  }
}

/// The addresses `[base + immediate]` of the threads.
void getAddresses(Warp &warp, const Instruction &instruction,
                  const Operand &base, uint32_t mask, uint64_t *addresses);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_WARP_H
