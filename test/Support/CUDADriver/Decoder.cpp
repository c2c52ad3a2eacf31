//===- Decoder.cpp - One instruction from syntax to code ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Floats.h"
#include "Memory.h"
#include "SharedMemory.h"
#include "Warp.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mml::ptx {

InstructionDecoder::InstructionDecoder(FunctionDecoder &function,
                                       const SyntaxInstruction &syntax)
    : function(function), syntax(syntax), modifiers(syntax.modifiers),
      used(syntax.operands.size()) {
  instruction.line = syntax.line;
  instruction.text = syntax.text;
  if (syntax.guard) {
    instruction.isGuarded = true;
    instruction.isGuardNegated = syntax.isGuardNegated;
    instruction.guard = function.getRegister(*syntax.guard);
  }
}

unsigned InstructionDecoder::getTarget() const {
  return function.kernel.getModule().target;
}

void InstructionDecoder::fail(const Twine &text) {
  if (message.empty())
    message = text.str();
}

void InstructionDecoder::requireTarget(unsigned target) {
  if (getTarget() < target)
    fail("expected a target of at least sm_" + Twine(target) + " but got sm_" +
         Twine(getTarget()));
}

bool InstructionDecoder::take(StringRef modifier) {
  auto *it = llvm::find(modifiers, modifier);
  if (it == modifiers.end())
    return false;
  modifiers.erase(it);
  return true;
}

bool InstructionDecoder::has(StringRef modifier) const {
  return llvm::is_contained(modifiers, modifier);
}

std::optional<unsigned>
InstructionDecoder::takeOneOf(ArrayRef<StringRef> choices) {
  for (auto [i, choice] : enumerate(choices))
    if (take(choice))
      return unsigned(i);
  return std::nullopt;
}

std::optional<Type> InstructionDecoder::takeTypeIf() {
  for (auto *it = modifiers.begin(); it != modifiers.end(); ++it)
    if (std::optional<Type> type = parseType(*it)) {
      modifiers.erase(it);
      return type;
    }
  return std::nullopt;
}

Type InstructionDecoder::takeType() {
  std::optional<Type> type = takeTypeIf();
  if (!type)
    fail("expected a type");
  return type.value_or(Type::B32);
}

Space InstructionDecoder::takeSpace() {
  for (auto *it = modifiers.begin(); it != modifiers.end(); ++it)
    if (std::optional<Space> space = parseSpace(*it)) {
      modifiers.erase(it);
      return *space;
    }
  return Space::Generic;
}

StringRef InstructionDecoder::peek() const {
  return modifiers.empty() ? "" : modifiers.front();
}

const SyntaxOperand &InstructionDecoder::getOperand(unsigned i) {
  static const SyntaxOperand none;
  if (i >= syntax.operands.size()) {
    fail("expected more than " + Twine(syntax.operands.size()) + " operands");
    return none;
  }
  used[i] = true;
  return syntax.operands[i];
}

static unsigned getRegisterSize(const FunctionDecoder &function,
                                const SyntaxOperand &operand) {
  return getSize(function.syntax.registers[operand.index].type);
}

static std::string describeSize(unsigned bytes) {
  return bytes ? std::to_string(8 * bytes) + " bits" : "a predicate";
}

void InstructionDecoder::result(const SyntaxOperand &operand, unsigned bytes) {
  if (operand.kind != SyntaxOperand::Kind::Register)
    return fail("expected a register as result");
  unsigned size = getRegisterSize(function, operand);
  if (size != bytes)
    return fail("expected a result of " + describeSize(bytes) + " but got " +
                describeSize(size));
  results.push_back(function.getRegister(operand.index));
}

void InstructionDecoder::result(unsigned i, unsigned bytes) {
  const SyntaxOperand &operand = getOperand(i);
  if (!operand.second.empty())
    return fail("expected one result");
  result(operand, bytes);
}

void InstructionDecoder::resultOrSink(const SyntaxOperand *operand,
                                      unsigned bytes) {
  if (operand && operand->kind != SyntaxOperand::Kind::Sink)
    return result(*operand, bytes);
  results.push_back(function.makeRegister("_"));
}

Operand InstructionDecoder::constantOf(const SyntaxOperand &operand,
                                       Type type) {
  unsigned bytes = getSize(type);
  uint64_t value = operand.value;
  if (operand.kind == SyntaxOperand::Kind::Integer) {
    if (type == Type::Pred)
      return function.getConstant(value ? ~0u : 0, 0);
    // A number in the text of a float operation is that number.
    if (type == Type::F32)
      value = bitCast<uint32_t>(float(int64_t(value)));
    else if (type == Type::F64)
      value = bitCast<uint64_t>(double(int64_t(value)));
    return function.getConstant(value, bytes);
  }
  if (operand.kind == SyntaxOperand::Kind::Float) {
    double exact = operand.isSingle ? bitCast<float>(uint32_t(value))
                                    : bitCast<double>(value);
    if (bytes == 4 && operand.isSingle)
      return function.getConstant(value, bytes);
    if (bytes == 4 && type == Type::F32)
      return function.getConstant(bitCast<uint32_t>(toFloat(exact)), bytes);
    if (bytes == 8)
      return function.getConstant(bitCast<uint64_t>(exact), bytes);
    fail("unexpected float for type '" + getName(type) + "'");
    return Operand();
  }
  if (operand.kind == SyntaxOperand::Kind::Symbol) {
    std::optional<std::pair<Space, uint64_t>> variable =
        function.findVariable(operand.name);
    if (!variable)
      fail("'" + operand.name + "' is not declared");
    else if (variable->first == Space::Local)
      fail("the address of local memory is taken by mov only");
    else if (bytes >= 4)
      return function.getConstant(variable->second, bytes);
    else
      fail("expected 32 or 64 bits for an address");
    return Operand();
  }
  fail("expected a register or a constant");
  return Operand();
}

void InstructionDecoder::source(const SyntaxOperand &operand, Type type) {
  if (operand.isNegated)
    fail("unexpected '!'");
  if (operand.kind != SyntaxOperand::Kind::Register) {
    sources.push_back(constantOf(operand, type));
    return;
  }
  unsigned size = getRegisterSize(function, operand);
  if (size != getSize(type))
    return fail("expected an operand of " + describeSize(getSize(type)) +
                " but got " + describeSize(size));
  sources.push_back(function.getRegister(operand.index));
}

void InstructionDecoder::source(unsigned i, Type type) {
  source(getOperand(i), type);
}

unsigned InstructionDecoder::wideSource(const SyntaxOperand &operand,
                                        Type type) {
  if (operand.kind != SyntaxOperand::Kind::Register) {
    // Registers have at least 16 bits, and so have constants.
    unsigned size = std::max(2u, getSize(type));
    sources.push_back(
        constantOf(operand, getSize(type) < 2 ? Type::B16 : type));
    return size;
  }
  unsigned size = getRegisterSize(function, operand);
  if (size < getSize(type) || size == 0)
    fail("expected an operand of at least " + describeSize(getSize(type)) +
         " but got " + describeSize(size));
  sources.push_back(function.getRegister(operand.index));
  return size;
}

unsigned InstructionDecoder::wideResult(const SyntaxOperand &operand,
                                        Type type) {
  if (operand.kind == SyntaxOperand::Kind::Sink) {
    resultOrSink(nullptr, 8);
    return std::max(2u, getSize(type));
  }
  if (operand.kind != SyntaxOperand::Kind::Register) {
    fail("expected a register as result");
    return 4;
  }
  unsigned size = getRegisterSize(function, operand);
  if (size < getSize(type) || size == 0)
    fail("expected a result of at least " + describeSize(getSize(type)) +
         " but got " + describeSize(size));
  results.push_back(function.getRegister(operand.index));
  return size;
}

void InstructionDecoder::address(unsigned i, Space space) {
  const SyntaxOperand &operand = getOperand(i);
  if (operand.kind != SyntaxOperand::Kind::Address)
    return fail("expected an address in brackets");
  instruction.space = space;
  instruction.immediate = int64_t(operand.value);
  if (operand.elements.empty()) {
    sources.push_back(function.getConstant(0, 8));
    return;
  }
  const SyntaxOperand &base = operand.elements.front();
  if (base.kind == SyntaxOperand::Kind::Register) {
    unsigned size = getRegisterSize(function, base);
    bool isSmall = space == Space::Shared || space == Space::Local ||
                   space == Space::Param;
    if (size != 8 && (size != 4 || !isSmall))
      return fail("expected an address of 64 bits but got " +
                  describeSize(size));
    instruction.registerSize = uint8_t(size);
    sources.push_back(function.getRegister(base.index));
    return;
  }
  instruction.registerSize = 8;
  if (base.kind != SyntaxOperand::Kind::Symbol)
    return fail("expected a register or a name as address");
  std::optional<std::pair<Space, uint64_t>> variable =
      function.findVariable(base.name);
  if (!variable)
    return fail("'" + base.name + "' is not declared");
  // Addresses of global memory and of constants are generic ones.
  bool isGeneric =
      variable->first == Space::Global || variable->first == Space::Const;
  if (variable->first != space && (space != Space::Generic || !isGeneric))
    return fail("'" + base.name + "' is in " + getName(variable->first) +
                " memory");
  instruction.isFrameRelative = space == Space::Local;
  sources.push_back(function.getConstant(variable->second, 8));
}

uint64_t InstructionDecoder::integer(unsigned i) {
  const SyntaxOperand &operand = getOperand(i);
  if (operand.kind != SyntaxOperand::Kind::Integer)
    fail("expected a constant as operand " + Twine(i));
  return operand.value;
}

uint32_t InstructionDecoder::label(unsigned i) {
  const SyntaxOperand &operand = getOperand(i);
  auto it = function.syntax.labels.find(operand.name);
  if (operand.kind == SyntaxOperand::Kind::Symbol &&
      it != function.syntax.labels.end())
    return it->second;
  fail("expected a label of the function");
  return 0;
}

Error InstructionDecoder::finish() {
  if (message.empty() && !modifiers.empty())
    fail("unsupported modifier '." + modifiers.front() + "'");
  if (message.empty() && !llvm::all_of(used, [](bool b) { return b; }))
    fail("unexpected operand " + Twine(llvm::find(used, false) - used.begin()));
  if (message.empty() && !instruction.handler)
    fail("unsupported combination of modifiers");
  if (!message.empty())
    return makeError(syntax.line, "'" + syntax.text + "': " + message);
  instruction.results = uint8_t(results.size());
  instruction.sources = uint8_t(sources.size());
  llvm::append_range(results, sources);
  function.code.operands.push_back(std::move(results));
  instruction.operands = function.code.operands.back().data();
  function.code.instructions.push_back(instruction);
  return Error::success();
}

} // namespace mml::ptx
