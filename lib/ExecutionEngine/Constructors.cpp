//===- Constructors.cpp - What runs before and after a module -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constructors.h"

#include "llvm/IR/Constants.h"

#include <map>

using namespace mml::engine;

/// Takes the functions out of the list `listName`, in the order of priority.
static llvm::SmallVector<std::string>
take(llvm::Module &module, llvm::StringRef listName, llvm::StringRef prefix) {
  llvm::GlobalVariable *list = module.getNamedGlobal(listName);
  if (!list || !list->hasInitializer())
    return {};
  // By priority, then by their place in the list.
  std::multimap<uint64_t, llvm::Function *> functions;
  if (auto *entries =
          llvm::dyn_cast<llvm::ConstantArray>(list->getInitializer()))
    for (llvm::Use &operand : entries->operands()) {
      auto *entry = llvm::dyn_cast<llvm::ConstantStruct>(operand);
      auto *priority =
          entry ? llvm::dyn_cast<llvm::ConstantInt>(entry->getOperand(0))
                : nullptr;
      auto *function =
          entry ? llvm::dyn_cast<llvm::Function>(entry->getOperand(1))
                : nullptr;
      if (priority && function)
        functions.emplace(priority->getZExtValue(), function);
    }
  list->eraseFromParent();
  llvm::SmallVector<std::string> names;
  for (auto [priority, function] : functions) {
    function->setName(prefix + llvm::Twine(names.size()));
    function->setLinkage(llvm::GlobalValue::ExternalLinkage);
    names.push_back(function->getName().str());
  }
  return names;
}

Constructors mml::engine::takeConstructors(llvm::Module &module) {
  return {take(module, "llvm.global_ctors", "__mml_first_"),
          take(module, "llvm.global_dtors", "__mml_last_")};
}
