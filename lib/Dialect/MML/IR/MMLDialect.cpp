//===- MMLDialect.cpp - The mml dialect -----------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "MMLBytecode.h"
#include "ResourceMemory.h"
#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Process.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

using namespace mlir;
using namespace mlir::mml;

#include "mml/Dialect/MML/IR/MMLDialect.cpp.inc"
#include "mml/Dialect/MML/IR/MMLEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "mml/Dialect/MML/IR/MMLTypes.cpp.inc"

void MMLDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "mml/Dialect/MML/IR/MMLTypes.cpp.inc"
      >();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "mml/Dialect/MML/IR/MMLOps.cpp.inc"
      >();
  addBytecodeInterface(*this);
}

Operation *MMLDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location loc) {
  if (auto trits = dyn_cast<TritsAttr>(value))
    return trits.getType() == type ? ConstantOp::create(builder, loc, trits)
                                   : nullptr;
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Discardable attributes
//===----------------------------------------------------------------------===//

static LogicalResult verifyNames(Operation *op, NamedAttribute attribute) {
  auto names = dyn_cast<ArrayAttr>(attribute.getValue());
  if (!names || !llvm::all_of(names, llvm::IsaPred<StringAttr>))
    return op->emitOpError()
           << "expected '" << attribute.getName().getValue()
           << "' to be an array of strings but got " << attribute.getValue();
  return success();
}

static LogicalResult verifySignature(Operation *op, NamedAttribute attribute) {
  auto type = dyn_cast<TypeAttr>(attribute.getValue());
  auto function = type ? dyn_cast<FunctionType>(type.getValue()) : nullptr;
  if (!function)
    return op->emitOpError()
           << "expected '" << attribute.getName().getValue()
           << "' to be a function type but got " << attribute.getValue();
  for (Type part :
       llvm::concat<const Type>(function.getInputs(), function.getResults()))
    if (!isa<RankedTensorType>(part))
      return op->emitOpError() << "expected '" << attribute.getName().getValue()
                               << "' to hold ranked tensors but got " << part;
  return success();
}

static LogicalResult verifyLayers(Operation *op, NamedAttribute attribute) {
  auto isLayer = [](Attribute element) {
    auto layer = dyn_cast<DictionaryAttr>(element);
    if (!layer || !layer.getAs<StringAttr>("name"))
      return false;
    return llvm::all_of(layer, [](NamedAttribute field) {
      StringRef name = field.getName();
      return name == "name" || ((name == "macs" || name == "bytes") &&
                                isa<IntegerAttr>(field.getValue()));
    });
  };
  auto layers = dyn_cast<ArrayAttr>(attribute.getValue());
  if (!layers || !llvm::all_of(layers, isLayer))
    return op->emitOpError()
           << "expected '" << attribute.getName().getValue()
           << "' to be an array of dictionaries with a string 'name', and "
              "integers 'macs' and 'bytes' at most, but got "
           << attribute.getValue();
  return success();
}

static LogicalResult verifyResource(Operation *op, NamedAttribute attribute) {
  if (!isa<SymbolOpInterface>(op))
    return op->emitOpError()
           << "expected '" << attribute.getName().getValue() << "' on a global";
  if (!isa<DenseResourceElementsAttr>(attribute.getValue()))
    return op->emitOpError()
           << "expected '" << attribute.getName().getValue()
           << "' to be a dense_resource but got " << attribute.getValue();
  return success();
}

LogicalResult MMLDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kResourceAttrName)
    return verifyResource(op, attribute);
  if (!isa<FunctionOpInterface>(op))
    return op->emitOpError() << "does not take the attribute '" << name << "'";
  if (name == kSignatureAttrName)
    return verifySignature(op, attribute);
  if (name == kInputNamesAttrName || name == kOutputNamesAttrName)
    return verifyNames(op, attribute);
  if (name == kLayersAttrName)
    return verifyLayers(op, attribute);
  if (name == kBatchedAttrName || name == kOrderedSumsAttrName) {
    if (isa<UnitAttr>(attribute.getValue()))
      return success();
    return op->emitOpError()
           << "expected '" << name << "' to be a unit attribute but got "
           << attribute.getValue();
  }
  if (name == kMacsAttrName) {
    if (isa<IntegerAttr>(attribute.getValue()))
      return success();
    return op->emitOpError()
           << "expected '" << name << "' to be an integer but got "
           << attribute.getValue();
  }
  return op->emitOpError() << "does not know the attribute '" << name << "'";
}

//===----------------------------------------------------------------------===//
// Resources
//===----------------------------------------------------------------------===//

DenseResourceElementsAttr
mlir::mml::createResource(ShapedType type, StringRef name, int64_t numBytes,
                          function_ref<void(MutableArrayRef<char>)> fill) {
  AsmResourceBlob blob = allocateBlob(numBytes);
  fill(blob.getMutableData());
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

DenseResourceElementsAttr mlir::mml::createResource(ShapedType type,
                                                    StringRef name,
                                                    ArrayRef<char> bytes) {
  return createResource(
      type, name, bytes.size(),
      [&](MutableArrayRef<char> data) { llvm::copy(bytes, data.begin()); });
}

/// Tells the system that it may take the pages that lie within `bytes`. Their
/// contents stay what they are.
static void giveUpPages(ArrayRef<char> bytes) {
#if defined(__linux__) && defined(MADV_PAGEOUT)
  llvm::Align page(llvm::sys::Process::getPageSizeEstimate());
  uintptr_t begin = llvm::alignAddr(bytes.begin(), page);
  uintptr_t end =
      llvm::alignDown(reinterpret_cast<uintptr_t>(bytes.end()), page.value());
  if (begin < end)
    (void)madvise(reinterpret_cast<void *>(begin), end - begin, MADV_PAGEOUT);
#endif
}

void mlir::mml::releaseResource(DenseResourceElementsAttr resource) {
  DialectResourceBlobManager::BlobEntry *entry =
      resource.getRawHandle().getResource();
  AsmResourceBlob *blob = entry->getBlob();
  if (!blob)
    return;
  // Memory of one's own goes with the blob, that of a file with the file.
  if (!blob->isMutable())
    giveUpPages(blob->getData());
  entry->setBlob(AsmResourceBlob());
}
