//===- Resources.cpp - Memory of a module's weights -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Resources.h"

#include "mml/ExecutionEngine/CodeGenerator.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseMap.h"

#include <cstring>

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

Expected<ArrayRef<char>>
mml::engine::getResourceData(mlir::LLVM::GlobalOp global,
                             const llvm::Module &translated) {
  std::string name = ("global '@" + global.getSymName() + "'").str();
  auto attr =
      global->getAttrOfType<mlir::DenseResourceElementsAttr>(resourceAttrName);
  if (!attr)
    return createStringError("expected '" + resourceAttrName + "' of " + name +
                             " to be a dense_resource");
  mlir::AsmResourceBlob *blob = attr.getRawHandle().getBlob();
  if (!blob)
    return createStringError("resource '" + attr.getRawHandle().getKey() +
                             "' of " + name + " has no data");
  const llvm::GlobalVariable *declaration =
      translated.getNamedGlobal(global.getSymName());
  uint64_t size =
      translated.getDataLayout().getTypeAllocSize(declaration->getValueType());
  if (blob->getData().size() != size)
    return createStringError("expected resource '" +
                             attr.getRawHandle().getKey() + "' of " + name +
                             " to have " + Twine(size) + " bytes but got " +
                             Twine(blob->getData().size()));
  return blob->getData();
}

Expected<ResourceMap> ResourceMap::create(mlir::ModuleOp module,
                                          const llvm::Module &translated) {
  // No memory needs no address of its own, but a symbol needs some address.
  alignas(HostTensor::alignment) static const char nothing[1] = {0};

  ResourceMap result;
  llvm::DenseMap<const char *, const char *> addresses;
  for (auto global : module.getOps<mlir::LLVM::GlobalOp>()) {
    if (!global->hasAttr(resourceAttrName))
      continue;
    Expected<ArrayRef<char>> data = getResourceData(global, translated);
    if (!data)
      return data.takeError();
    if (data->empty()) {
      result.bindings.push_back({global.getSymName().str(), nothing});
      continue;
    }
    auto [known, isNew] = addresses.try_emplace(data->data(), data->data());
    if (isNew) {
      if (!llvm::isAddrAligned(llvm::Align(resourceAlignment), data->data())) {
        Expected<HostTensor> copy = HostTensor::createUninitialized(
            DType::U8, {static_cast<int64_t>(data->size())});
        if (!copy)
          return copy.takeError();
        std::memcpy(copy->data(), data->data(), data->size());
        known->second = copy->data();
        result.copies.push_back(std::move(*copy));
      }
      result.ranges.emplace_back(known->second, data->size());
      result.totalBytes += data->size();
    }
    result.bindings.push_back({global.getSymName().str(), known->second});
  }
  return result;
}

bool ResourceMap::contains(const void *pointer) const {
  auto *address = static_cast<const char *>(pointer);
  return llvm::any_of(ranges, [&](ArrayRef<char> range) {
    return range.begin() <= address && address < range.end();
  });
}
