//===- Code.h - Decoded kernels ---------------------------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_CODE_H
#define MML_TEST_SUPPORT_CUDADRIVER_CODE_H

#include "Syntax.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mml::ptx {

class Warp;
struct Code;
struct Instruction;

/// Executes an instruction for the threads of a warp that \p mask names.
using Handler = void (*)(Warp &warp, const Instruction &instruction,
                         uint32_t mask);

constexpr unsigned warpSize = 32;

/// A register or a constant: 32 values side by side, one for each thread of a
/// warp. Of a predicate, 32 bits.
struct Operand {
  static constexpr int32_t constant = -1;
  /// Byte in the registers of a frame, or in the constants of a function.
  uint32_t offset = 0;
  /// Number of the register, or `constant`.
  int32_t number = constant;
};

/// What an instruction does with its sources' threads that nothing has written.
enum class Undefined : uint8_t {
  /// Refuses them.
  Refuse,
  /// Handles them itself: copies are as undefined as what they copy.
  Copy
};

/// What follows an instruction.
enum class Flow : uint8_t { Next, Jump, Table, End };

struct Instruction {
  Handler handler = nullptr;
  /// Results first, then sources.
  const Operand *operands = nullptr;
  uint8_t results = 0;
  uint8_t sources = 0;
  Undefined undefined = Undefined::Refuse;
  Flow flow = Flow::Next;
  /// Of memory: the space, bytes of an element, elements of a vector, bytes of
  /// a register; other families use them as they say.
  Space space = Space::Generic;
  uint8_t elementSize = 0;
  uint8_t elements = 0;
  uint8_t registerSize = 0;
  /// What the family makes of it.
  uint8_t mode = 0;
  bool isGuarded = false;
  bool isGuardNegated = false;
  /// An address in local or param memory, relative to the frame.
  bool isFrameRelative = false;
  Operand guard;
  uint32_t line = 0;
  /// Where a jump goes, and where the threads meet again.
  uint32_t target = 0;
  uint32_t reconvergence = 0;
  /// Offset of an address, table of lop3, ...
  int64_t immediate = 0;
  llvm::StringRef text;

  const Operand &result(unsigned i) const { return operands[i]; }
  const Operand &source(unsigned i) const { return operands[results + i]; }
};

/// Where a parameter or a result of a function lies in its param memory.
struct ParamSlot {
  uint32_t offset = 0;
  uint32_t size = 0;
};

/// A call: whom, and which param memory of the caller holds what.
struct CallSite {
  const Code *callee = nullptr;
  std::vector<ParamSlot> results, arguments;
};

/// A decoded function.
struct Code {
  std::string name;
  std::vector<Instruction> instructions;
  /// Operands of all instructions; those point into it.
  std::vector<std::vector<Operand>> operands;
  std::vector<uint64_t> constants;
  std::vector<CallSite> calls;
  /// Targets of the tables of `brx.idx`.
  std::vector<std::vector<uint32_t>> tables;
  uint32_t registerBytes = 0;
  uint32_t registerCount = 0;
  std::vector<std::string> registerNames;
  uint32_t localBytes = 0;
  uint32_t paramBytes = 0;
  std::vector<ParamSlot> params, results;

  uint32_t getEnd() const { return uint32_t(instructions.size()); }
};

/// A kernel with all functions that it calls.
struct Kernel {
  std::string name;
  std::vector<std::unique_ptr<Code>> functions;
  const Code *entry = nullptr;
  /// Static shared memory, and the alignment of what follows it.
  uint32_t sharedBytes = 0;
  uint32_t dynamicAlignment = 1;
  unsigned maxThreads = 0;
  unsigned requiredThreads = 0;
  /// Has atomic operations, fences or ordered accesses, by which one block can
  /// wait for another's writes.
  bool ordersBlocks = false;
};

/// Gives the address of a variable of the module.
using FindVariable =
    std::function<std::optional<uint64_t>(llvm::StringRef name)>;

/// Decodes \p entry of \p module, or says in which line is what this device
/// does not know. \p module has to outlive the kernel.
llvm::Expected<std::unique_ptr<Kernel>> decode(const SyntaxModule &module,
                                               const SyntaxFunction &entry,
                                               const FindVariable &find);

/// Fills in where threads meet again after each jump.
void findReconvergence(Code &code);

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_CODE_H
