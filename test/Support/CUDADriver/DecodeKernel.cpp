//===- DecodeKernel.cpp - Functions and kernels from syntax to code -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "SharedMemory.h"
#include "Warp.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace mml::ptx {

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Operand FunctionDecoder::getRegister(unsigned index) const {
  Operand operand;
  operand.offset = registerOffsets[index];
  operand.number = int32_t(index);
  return operand;
}

Operand FunctionDecoder::makeRegister(StringRef name) {
  Operand operand;
  operand.offset = code.registerBytes;
  operand.number = int32_t(code.registerCount++);
  code.registerNames.push_back(name.str());
  code.registerBytes += 8 * warpSize;
  return operand;
}

Operand FunctionDecoder::getCarry() {
  if (!carry)
    carry = makeRegister("CC.CF");
  return *carry;
}

Operand FunctionDecoder::getConstant(uint64_t value, unsigned bytes) {
  auto [it, isNew] = constantOffsets.try_emplace({bytes, value}, 0);
  if (isNew) {
    it->second = uint32_t(code.constants.size() * 8);
    code.constants.resize(code.constants.size() +
                          (bytes ? bytes * warpSize / 8 : 1));
    auto *data =
        reinterpret_cast<uint8_t *>(code.constants.data()) + it->second;
    if (!bytes)
      std::memcpy(data, &value, 4);
    for (unsigned lane = 0; bytes && lane < warpSize; ++lane)
      std::memcpy(data + lane * bytes, &value, bytes);
  }
  Operand operand;
  operand.offset = it->second;
  return operand;
}

std::optional<std::pair<Space, uint64_t>>
FunctionDecoder::findVariable(StringRef name) {
  auto it = variables.find(name);
  if (it != variables.end())
    return it->second;
  return kernel.getVariable(name);
}

static ArrayRef<OpcodeEntry> opcodeTables(unsigned i) {
  switch (i) {
  case 0:
    return getIntegerOpcodes();
  case 1:
    return getBitOpcodes();
  case 2:
    return getFloatOpcodes();
  case 3:
    return getMoveOpcodes();
  case 4:
    return getCompareOpcodes();
  case 5:
    return getMemoryOpcodes();
  case 6:
    return getAtomicOpcodes();
  case 7:
    return getAsyncOpcodes();
  case 8:
    return getWarpOpcodes();
  case 9:
    return getMatrixOpcodes();
  case 10:
    return getControlOpcodes();
  default:
    return {};
  }
}

static DecodeFunction findOpcode(StringRef opcode) {
  static const StringMap<DecodeFunction> table = [] {
    StringMap<DecodeFunction> result;
    for (unsigned i = 0; !opcodeTables(i).empty(); ++i)
      for (const OpcodeEntry &entry : opcodeTables(i))
        result[entry.opcode] = entry.decode;
    return result;
  }();
  return table.lookup(opcode);
}

Error FunctionDecoder::decodeInstruction(const SyntaxInstruction &instruction) {
  DecodeFunction decode = findOpcode(instruction.opcode);
  if (!decode)
    return makeError(instruction.line,
                     "unknown instruction '" + instruction.text + "'");
  InstructionDecoder decoder(*this, instruction);
  decode(decoder);
  return decoder.finish();
}

Error FunctionDecoder::run() {
  code.name = syntax.name;
  for (const SyntaxRegister &reg : syntax.registers) {
    registerOffsets.push_back(code.registerBytes);
    // Vectors of registers are aligned to cache lines.
    code.registerBytes +=
        reg.type == Type::Pred ? 64 : getSize(reg.type) * warpSize;
    code.registerNames.push_back(reg.name);
  }
  code.registerCount = uint32_t(syntax.registers.size());

  auto placeParam = [&](const Variable &variable, StringRef name) {
    code.paramBytes =
        uint32_t(llvm::alignTo(code.paramBytes, variable.alignment));
    ParamSlot slot = {code.paramBytes, uint32_t(variable.size)};
    code.paramBytes += slot.size;
    params[name] = slot;
    variables[name] = {Space::Param, slot.offset};
    return slot;
  };
  for (const Variable &param : syntax.params)
    code.params.push_back(placeParam(param, param.name));
  for (const Variable &result : syntax.results)
    code.results.push_back(placeParam(result, result.name));
  for (const Variable &variable : syntax.variables) {
    if (variable.space == Space::Param) {
      placeParam(variable, variable.name);
    } else if (variable.space == Space::Local) {
      code.localBytes =
          uint32_t(llvm::alignTo(code.localBytes, variable.alignment));
      variables[variable.name] = {Space::Local, code.localBytes};
      code.localBytes += uint32_t(variable.size);
    } else {
      variables[variable.name] = {Space::Shared,
                                  kernel.getShared(syntax, variable)};
    }
  }
  // Callers and callees of one thread lie behind each other.
  code.localBytes = uint32_t(llvm::alignTo(code.localBytes, 16));
  code.paramBytes = uint32_t(llvm::alignTo(code.paramBytes, 16));

  for (const SyntaxInstruction &instruction : syntax.instructions)
    if (Error error = decodeInstruction(instruction))
      return error;
  findReconvergence(code);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static std::string getSharedKey(const SyntaxFunction &function,
                                const Variable &variable) {
  return function.name + "/" + variable.name;
}

void KernelDecoder::placeShared(const Variable &variable, StringRef key) {
  if (shared.contains(key))
    return;
  if (variable.isDynamic) {
    kernel.dynamicAlignment =
        std::max(kernel.dynamicAlignment, variable.alignment);
    return;
  }
  kernel.sharedBytes =
      uint32_t(llvm::alignTo(kernel.sharedBytes, variable.alignment));
  shared[key] = sharedStart + kernel.sharedBytes;
  kernel.sharedBytes += uint32_t(variable.size);
}

void KernelDecoder::placeShared(const SyntaxOperand &operand) {
  for (const SyntaxOperand &element : operand.elements)
    placeShared(element);
  if (operand.kind != SyntaxOperand::Kind::Symbol)
    return;
  for (const Variable &variable : module.variables)
    if (variable.name == operand.name && variable.space == Space::Shared)
      placeShared(variable, variable.name);
  for (const SyntaxFunction &function : module.functions)
    if (function.name == operand.name)
      placeShared(function);
}

void KernelDecoder::placeShared(const SyntaxFunction &function) {
  if (!visited.insert(function.name).second)
    return;
  for (const Variable &variable : function.variables)
    if (variable.space == Space::Shared)
      placeShared(variable, getSharedKey(function, variable));
  for (const SyntaxInstruction &instruction : function.instructions)
    for (const SyntaxOperand &operand : instruction.operands)
      placeShared(operand);
}

uint64_t KernelDecoder::getShared(const SyntaxFunction &function,
                                  const Variable &variable) const {
  return shared.lookup(getSharedKey(function, variable));
}

std::optional<std::pair<Space, uint64_t>>
KernelDecoder::getVariable(StringRef name) {
  auto variable = llvm::find_if(module.variables, [&](const Variable &other) {
    return other.name == name;
  });
  if (variable == module.variables.end())
    return std::nullopt;
  if (variable->space != Space::Shared) {
    if (std::optional<uint64_t> address = find(name))
      return std::make_pair(variable->space, *address);
    return std::nullopt;
  }
  // Dynamic memory begins behind all that is static.
  uint64_t address =
      sharedStart + llvm::alignTo(kernel.sharedBytes, kernel.dynamicAlignment);
  if (!variable->isDynamic)
    address = shared.lookup(name);
  return std::make_pair(Space::Shared, address);
}

Expected<const Code *>
KernelDecoder::decodeFunction(const SyntaxFunction &function) {
  kernel.functions.push_back(std::make_unique<Code>());
  Code *code = kernel.functions.back().get();
  // Known before its body is, as functions may call themselves.
  functions[function.name] = code;
  FunctionDecoder decoder = {*this, function, *code, {}, {}, {}, {}, {}};
  if (Error error = decoder.run())
    return std::move(error);
  return code;
}

Expected<const Code *> KernelDecoder::getFunction(StringRef name) {
  if (const Code *code = functions.lookup(name))
    return code;
  for (const SyntaxFunction &function : module.functions)
    if (function.name == name && !function.isDeclaration && !function.isEntry)
      return decodeFunction(function);
  return createStringError("function '" + name + "' is defined nowhere");
}

Expected<std::unique_ptr<Kernel>> decode(const SyntaxModule &module,
                                         const SyntaxFunction &entry,
                                         const FindVariable &find) {
  auto kernel = std::make_unique<Kernel>();
  kernel->name = entry.name;
  kernel->maxThreads = entry.maxThreads;
  kernel->requiredThreads = entry.requiredThreads;
  KernelDecoder decoder(module, find, *kernel);
  decoder.placeShared(entry);
  Expected<const Code *> code = decoder.decodeFunction(entry);
  if (!code)
    return code.takeError();
  kernel->entry = *code;
  return kernel;
}

} // namespace mml::ptx
