//===- Module.cpp - A loaded module of PTX --------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Module.h"

#include <cstring>

using namespace llvm;

namespace mml::ptx {

char ModuleError::ID;

void ModuleError::log(raw_ostream &os) const { os << text; }

static Error makeError(ModuleError::Kind kind, const Twine &message) {
  return make_error<ModuleError>(kind, message);
}

static Error asInvalid(Error error) {
  return makeError(ModuleError::Kind::Invalid, toString(std::move(error)));
}

Error Module::placeVariables() {
  for (const Variable &variable : syntax.variables) {
    if (variable.space == Space::Shared)
      continue;
    Allocation *allocation = memory.allocate(variable.size, variable.name);
    if (!allocation)
      return makeError(ModuleError::Kind::Memory,
                       "no memory for the variable '" + variable.name + "'");
    variables[variable.name] = allocation;
    allocation->isConstant = variable.space == Space::Const;
    // Variables without an initializer are zero.
    std::fill_n(allocation->shadow.get(), variable.size, Initialized);
    std::copy(variable.bytes.begin(), variable.bytes.end(),
              allocation->data.get());
  }
  for (const Variable &variable : syntax.variables)
    for (const auto &[offset, name] : variable.addresses) {
      Allocation *target = variables.lookup(name);
      if (!target)
        return makeError(ModuleError::Kind::Invalid,
                         "'" + name + "' has no address in memory");
      uint8_t *bytes = variables[variable.name]->data.get() + offset;
      uint64_t address;
      std::memcpy(&address, bytes, sizeof(address));
      address += target->base;
      std::memcpy(bytes, &address, sizeof(address));
    }
  return Error::success();
}

Expected<std::unique_ptr<Module>>
Module::load(StringRef text, DeviceMemory &memory, unsigned chip) {
  std::unique_ptr<Module> module(new Module(text, memory));
  Expected<SyntaxModule> syntax = parse(module->text);
  if (!syntax)
    return asInvalid(syntax.takeError());
  module->syntax = std::move(*syntax);
  if (module->syntax.version > newestVersion)
    return makeError(ModuleError::Kind::Version,
                     "PTX version " + Twine(module->syntax.version / 10) + "." +
                         Twine(module->syntax.version % 10) +
                         " is newer than this driver");
  unsigned target = module->syntax.target;
  if (target > chip || (module->syntax.isTargetExact && target != chip))
    return makeError(ModuleError::Kind::Target,
                     "the target sm_" + Twine(target) +
                         (module->syntax.isTargetExact ? "a" : "") +
                         " does not run on a device of sm_" + Twine(chip));
  if (Error error = module->placeVariables())
    return std::move(error);
  auto find = [&](StringRef name) -> std::optional<uint64_t> {
    if (Allocation *allocation = module->variables.lookup(name))
      return allocation->base;
    return std::nullopt;
  };
  for (const SyntaxFunction &function : module->syntax.functions) {
    if (!function.isEntry)
      continue;
    Expected<std::unique_ptr<Kernel>> kernel =
        decode(module->syntax, function, find);
    if (!kernel)
      return asInvalid(kernel.takeError());
    if ((*kernel)->sharedBytes > maxShared)
      return makeError(ModuleError::Kind::Invalid,
                       "kernel '" + function.name + "' has " +
                           Twine((*kernel)->sharedBytes) +
                           " bytes of static shared memory of at most " +
                           Twine(maxShared));
    module->kernels[function.name] = std::move(*kernel);
  }
  return std::move(module);
}

Module::~Module() {
  for (const auto &variable : variables)
    memory.release(variable.second->base);
}

const Kernel *Module::getKernel(StringRef name) const {
  auto it = kernels.find(name);
  return it == kernels.end() ? nullptr : it->second.get();
}

const Allocation *Module::getVariable(StringRef name) const {
  return variables.lookup(name);
}

} // namespace mml::ptx
