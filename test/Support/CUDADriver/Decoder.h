//===- Decoder.h - One instruction from syntax to code ----------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TEST_SUPPORT_CUDADRIVER_DECODER_H
#define MML_TEST_SUPPORT_CUDADRIVER_DECODER_H

#include "Code.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

#include <map>

namespace mml::ptx {

/// Shared memory of the kernel being decoded, and its functions.
class KernelDecoder {
public:
  KernelDecoder(const SyntaxModule &module, const FindVariable &find,
                Kernel &kernel)
      : module(module), find(find), kernel(kernel) {}

  llvm::Expected<const Code *> getFunction(llvm::StringRef name);
  /// The address of a variable of the module in its own space, and that space.
  std::optional<std::pair<Space, uint64_t>> getVariable(llvm::StringRef name);
  uint64_t getShared(const SyntaxFunction &function,
                     const Variable &variable) const;
  /// Lays out the shared memory that a function and those that it calls name.
  void placeShared(const SyntaxFunction &function);
  const SyntaxModule &getModule() const { return module; }
  void orderBlocks() { kernel.ordersBlocks = true; }
  llvm::Expected<const Code *> decodeFunction(const SyntaxFunction &function);

private:
  void placeShared(const SyntaxOperand &operand);
  void placeShared(const Variable &variable, llvm::StringRef key);

  const SyntaxModule &module;
  const FindVariable &find;
  Kernel &kernel;
  llvm::StringMap<const Code *> functions;
  llvm::StringSet<> visited;
  llvm::StringMap<uint64_t> shared;
};

/// A function on its way to code.
struct FunctionDecoder {
  KernelDecoder &kernel;
  const SyntaxFunction &syntax;
  Code &code;
  /// Where variables of the function lie, by name.
  llvm::StringMap<std::pair<Space, uint64_t>> variables;
  llvm::StringMap<ParamSlot> params;
  std::vector<uint32_t> registerOffsets;
  std::map<std::pair<unsigned, uint64_t>, uint32_t> constantOffsets;
  /// The carry flags of the threads.
  std::optional<Operand> carry;

  llvm::Error run();
  llvm::Error decodeInstruction(const SyntaxInstruction &instruction);
  Operand getRegister(unsigned index) const;
  /// A register beside those of the text.
  Operand makeRegister(llvm::StringRef name);
  Operand getCarry();
  /// A constant of \p bytes for each thread; 0 bytes for a predicate.
  Operand getConstant(uint64_t value, unsigned bytes);
  std::optional<std::pair<Space, uint64_t>> findVariable(llvm::StringRef name);
};

/// What the decoding of an instruction family uses. Families ask for modifiers
/// and operands; the first thing that is not as they ask is the error, and so
/// is any modifier or operand that nobody asked for.
class InstructionDecoder {
public:
  InstructionDecoder(FunctionDecoder &function,
                     const SyntaxInstruction &syntax);

  llvm::StringRef getOpcode() const { return syntax.opcode; }
  unsigned getTarget() const;
  void fail(const llvm::Twine &message);
  bool hasFailed() const { return !message.empty(); }
  /// Fails where the target of the module is below `sm_...`.
  void requireTarget(unsigned target);

  /// Notes that the kernel can order the work of its blocks.
  void orderBlocks() { function.kernel.orderBlocks(); }

  /// Takes a modifier if it is there, anywhere.
  bool take(llvm::StringRef modifier);
  bool has(llvm::StringRef modifier) const;
  /// Takes any of these; the number of the first there, or nothing.
  std::optional<unsigned> takeOneOf(llvm::ArrayRef<llvm::StringRef> choices);
  /// Takes the next modifier that is a type; fails where there is none.
  Type takeType();
  std::optional<Type> takeTypeIf();
  /// Takes `.global` and the like; generic where none is there.
  Space takeSpace();
  /// The next modifier not taken, or nothing.
  llvm::StringRef peek() const;

  size_t getOperandCount() const { return syntax.operands.size(); }
  const SyntaxOperand &getOperand(unsigned i);
  /// Appends operand \p i, a register of \p bytes (0: a predicate). The results
  /// come first.
  void result(unsigned i, unsigned bytes);
  void result(const SyntaxOperand &operand, unsigned bytes);
  /// `_` or no second result: a register that nobody reads.
  void resultOrSink(const SyntaxOperand *operand, unsigned bytes);
  void carryResult() { results.push_back(function.getCarry()); }
  void carrySource() { sources.push_back(function.getCarry()); }
  /// Appends a source: a register or a constant of a type.
  void source(unsigned i, Type type);
  void source(const SyntaxOperand &operand, Type type);
  /// Appends a source register of any size from \p bytes, and tells its size.
  unsigned wideSource(const SyntaxOperand &operand, Type type);
  unsigned wideResult(const SyntaxOperand &operand, Type type);
  /// Appends the base register of `[base + offset]`; the offset becomes the
  /// immediate. Names of memory are constants.
  void address(unsigned i, Space space);
  /// A constant operand.
  uint64_t integer(unsigned i);
  uint32_t label(unsigned i);

  llvm::Error finish();

  FunctionDecoder &function;
  Instruction instruction;

private:
  Operand constantOf(const SyntaxOperand &operand, Type type);

  const SyntaxInstruction &syntax;
  llvm::SmallVector<llvm::StringRef, 6> modifiers;
  std::vector<Operand> results, sources;
  std::vector<bool> used;
  std::string message;
};

/// Families: each decodes one opcode.
using DecodeFunction = void (*)(InstructionDecoder &decoder);
struct OpcodeEntry {
  llvm::StringRef opcode;
  DecodeFunction decode;
};

llvm::ArrayRef<OpcodeEntry> getIntegerOpcodes();
llvm::ArrayRef<OpcodeEntry> getBitOpcodes();
llvm::ArrayRef<OpcodeEntry> getFloatOpcodes();
llvm::ArrayRef<OpcodeEntry> getMoveOpcodes();
llvm::ArrayRef<OpcodeEntry> getCompareOpcodes();
llvm::ArrayRef<OpcodeEntry> getMemoryOpcodes();
llvm::ArrayRef<OpcodeEntry> getAtomicOpcodes();
llvm::ArrayRef<OpcodeEntry> getAsyncOpcodes();
llvm::ArrayRef<OpcodeEntry> getWarpOpcodes();
llvm::ArrayRef<OpcodeEntry> getMatrixOpcodes();
llvm::ArrayRef<OpcodeEntry> getControlOpcodes();

/// Opcodes that floats share with integers: what is decoded where the type is a
/// float.
void decodeFloatBinary(InstructionDecoder &decoder, Type type);
void decodeFloatUnary(InstructionDecoder &decoder, Type type);
void decodeFloatFma(InstructionDecoder &decoder, Type type);

/// Decodes cvt.
void decodeConvert(InstructionDecoder &decoder);

/// Calls \p function with a zero of the C++ type of an integer type of at least
/// 16 bits; null for other types.
template <typename Function>
inline Handler withInteger(Type type, Function function) {
  switch (type) {
  case Type::B16:
  case Type::U16:
    return function(uint16_t());
  case Type::B32:
  case Type::U32:
    return function(uint32_t());
  case Type::B64:
  case Type::U64:
    return function(uint64_t());
  case Type::S16:
    return function(int16_t());
  case Type::S32:
    return function(int32_t());
  case Type::S64:
    return function(int64_t());
  default:
    return nullptr;
  }
}

} // namespace mml::ptx

#endif // MML_TEST_SUPPORT_CUDADRIVER_DECODER_H
