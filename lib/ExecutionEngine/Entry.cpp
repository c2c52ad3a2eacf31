//===- Entry.cpp - The function of a module that is called ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Entry.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mml::engine;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr llvm::StringLiteral interfacePrefix = "_mlir_ciface_";

template <typename T> static std::string print(T value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

Error TensorSpec::check(DType actualDType,
                        llvm::ArrayRef<int64_t> actualShape) const {
  bool fits = actualDType == dtype && actualShape.size() == shape.size();
  for (size_t d = 0; fits && d < shape.size(); ++d)
    fits = shape[d] == dynamicSize || shape[d] == actualShape[d];
  if (fits)
    return Error::success();
  return createStringError("expected " + type + " but got " +
                           formatType(actualDType, actualShape));
}

static std::optional<DType> convertElementType(mlir::Type type) {
  if (type.isF16())
    return DType::F16;
  if (type.isF32())
    return DType::F32;
  if (type.isF64())
    return DType::F64;
  auto integer = mlir::dyn_cast<mlir::IntegerType>(type);
  if (!integer)
    return std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return DType::I1;
  case 8:
    return integer.isUnsigned() ? DType::U8 : DType::I8;
  case 16:
    return integer.isUnsigned() ? DType::U16 : DType::I16;
  case 32:
    return integer.isUnsigned() ? DType::U32 : DType::I32;
  case 64:
    return integer.isUnsigned() ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

/// Describes the inputs or the results of a signature. `names` is an array of
/// strings, or null: then `kind` and a number.
static Error describe(llvm::ArrayRef<mlir::Type> types, mlir::Attribute names,
                      StringRef kind,
                      llvm::SmallVectorImpl<TensorSpec> &specs) {
  auto array = mlir::dyn_cast_or_null<mlir::ArrayAttr>(names);
  if (names && (!array || array.size() != types.size() ||
                !llvm::all_of(array, llvm::IsaPred<mlir::StringAttr>)))
    return createStringError("expected " + Twine(types.size()) + " names of " +
                             kind + "s but got " + print(names));
  for (auto [index, type] : llvm::enumerate(types)) {
    auto tensor = mlir::dyn_cast<mlir::RankedTensorType>(type);
    std::optional<DType> dtype =
        tensor ? convertElementType(tensor.getElementType()) : std::nullopt;
    if (!dtype || tensor.getRank() > maxRank)
      return createStringError("expected every " + kind +
                               " to be a ranked tensor of i1, i8, i16, "
                               "i32, i64, f16, f32 or f64 but got " +
                               print(type));
    TensorSpec spec;
    spec.name = array ? mlir::cast<mlir::StringAttr>(array[index]).str()
                      : (kind + Twine(index)).str();
    for (const TensorSpec &other : specs)
      if (other.name == spec.name)
        return createStringError("two " + kind + "s have the name '" +
                                 spec.name + "'");
    spec.dtype = *dtype;
    for (int64_t size : tensor.getShape())
      spec.shape.push_back(mlir::ShapedType::isDynamic(size) ? dynamicSize
                                                             : size);
    spec.type = print(type);
    specs.push_back(std::move(spec));
  }
  return Error::success();
}

/// The parameters that one expanded memref descriptor of `rank` takes.
static void appendExpanded(mlir::MLIRContext *context, size_t rank,
                           llvm::SmallVectorImpl<mlir::Type> &types) {
  types.append(2, mlir::LLVM::LLVMPointerType::get(context));
  types.append(1 + 2 * rank, mlir::IntegerType::get(context, 64));
}

/// The structure that is the memref descriptor of `rank`.
static mlir::Type getDescriptorType(mlir::MLIRContext *context, size_t rank) {
  mlir::Type pointer = mlir::LLVM::LLVMPointerType::get(context);
  mlir::Type size = mlir::IntegerType::get(context, 64);
  llvm::SmallVector<mlir::Type> fields{pointer, pointer, size};
  if (rank > 0)
    fields.append(2, mlir::LLVM::LLVMArrayType::get(size, rank));
  return mlir::LLVM::LLVMStructType::getLiteral(context, fields);
}

/// The type that the function of a signature has once it is lowered.
static mlir::Type getLoweredType(mlir::MLIRContext *context,
                                 const EntrySignature &signature) {
  llvm::SmallVector<mlir::Type> parameters, results;
  for (const TensorSpec &input : signature.inputs)
    appendExpanded(context, input.shape.size(), parameters);
  for (const TensorSpec &output : signature.outputs)
    results.push_back(getDescriptorType(context, output.shape.size()));
  mlir::Type result = mlir::LLVM::LLVMVoidType::get(context);
  if (results.size() == 1)
    result = results.front();
  else if (results.size() > 1)
    result = mlir::LLVM::LLVMStructType::getLiteral(context, results);
  return mlir::LLVM::LLVMFunctionType::get(result, parameters);
}

/// What `layers` says, which is null in a model without a profile. The dialect
/// verifies it where it is loaded; otherwise what is missing stays unknown.
static llvm::SmallVector<LayerSpec> describeLayers(mlir::ArrayAttr layers) {
  llvm::SmallVector<LayerSpec> specs;
  for (mlir::Attribute layer :
       layers ? layers.getValue() : llvm::ArrayRef<mlir::Attribute>()) {
    LayerSpec spec;
    if (auto fields = mlir::dyn_cast<mlir::DictionaryAttr>(layer)) {
      auto getNumber = [&](StringRef name) -> int64_t {
        auto number = fields.getAs<mlir::IntegerAttr>(name);
        return number ? number.getValue().getLimitedValue(INT64_MAX) : 0;
      };
      if (auto name = fields.getAs<mlir::StringAttr>("name"))
        spec.name = name.str();
      spec.macsPerRow = getNumber("macs");
      spec.weightBytes = getNumber("bytes");
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

static Error describe(mlir::LLVM::LLVMFuncOp function,
                      EntrySignature &signature) {
  auto attr = function->getAttrOfType<mlir::TypeAttr>(signatureAttrName);
  auto type = attr ? mlir::dyn_cast<mlir::FunctionType>(attr.getValue())
                   : mlir::FunctionType();
  if (!type)
    return createStringError("expected '" + signatureAttrName +
                             "' to be a function type");
  if (Error error =
          describe(type.getInputs(), function->getAttr(inputNamesAttrName),
                   "input", signature.inputs))
    return error;
  if (Error error =
          describe(type.getResults(), function->getAttr(outputNamesAttrName),
                   "output", signature.outputs))
    return error;
  if (auto macs = function->getAttrOfType<mlir::IntegerAttr>(macsAttrName))
    signature.macsPerRow = macs.getValue().getSExtValue();
  signature.isBatched = function->hasAttr(batchedAttrName);
  signature.layers =
      describeLayers(function->getAttrOfType<mlir::ArrayAttr>(layersAttrName));

  // What calls the function believes the signature: it has to be right.
  mlir::Type lowered = getLoweredType(function.getContext(), signature);
  if (function.getFunctionType() != lowered)
    return createStringError("expected its type to be " + print(lowered) +
                             ", as its '" + signatureAttrName +
                             "' says, but got " +
                             print(function.getFunctionType()));
  auto module = function->getParentOfType<mlir::ModuleOp>();
  auto interface = module.lookupSymbol<mlir::LLVM::LLVMFuncOp>(
      (interfacePrefix + function.getName()).str());
  if (!interface || interface.isExternal() ||
      interface.getNumArguments() !=
          signature.inputs.size() + !signature.outputs.empty() ||
      !llvm::all_of(interface.getArgumentTypes(),
                    llvm::IsaPred<mlir::LLVM::LLVMPointerType>))
    return createStringError("it has no C interface: lower it with the "
                             "attribute 'llvm.emit_c_interface'");
  return Error::success();
}

bool mml::engine::isLowered(mlir::ModuleOp module) {
  return llvm::all_of(*module.getBody(), [](mlir::Operation &op) {
    return mlir::isa_and_nonnull<mlir::LLVM::LLVMDialect>(op.getDialect()) ||
           mlir::isa<mlir::gpu::BinaryOp>(op);
  });
}

static llvm::SmallVector<mlir::LLVM::LLVMFuncOp>
getEntries(mlir::ModuleOp module) {
  llvm::SmallVector<mlir::LLVM::LLVMFuncOp> entries;
  for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>())
    // C interfaces inherit the attributes of what they wrap.
    if (function->hasAttr(signatureAttrName) && !function.isExternal() &&
        function.isPublic() &&
        function.getLinkage() == mlir::LLVM::Linkage::External &&
        !function.getName().starts_with(interfacePrefix))
      entries.push_back(function);
  return entries;
}

llvm::SmallVector<std::string>
mml::engine::getEntryNames(mlir::ModuleOp module) {
  return llvm::map_to_vector(
      getEntries(module),
      [](mlir::LLVM::LLVMFuncOp function) { return function.getName().str(); });
}

Expected<EntrySignature> mml::engine::findEntry(mlir::ModuleOp module,
                                                StringRef name) {
  llvm::SmallVector<mlir::LLVM::LLVMFuncOp> candidates = getEntries(module);
  std::string list;
  llvm::raw_string_ostream os(list);
  llvm::interleaveComma(candidates, os, [&](mlir::LLVM::LLVMFuncOp function) {
    os << "'" << function.getName() << "'";
  });
  if (candidates.empty())
    return createStringError(
        "no entry: no public function has the attribute '" + signatureAttrName +
        "'");
  mlir::LLVM::LLVMFuncOp entry;
  if (name.empty() && candidates.size() == 1)
    entry = candidates.front();
  for (mlir::LLVM::LLVMFuncOp candidate : candidates)
    if (candidate.getName() == name)
      entry = candidate;
  if (!entry && name.empty())
    return createStringError("several entries, choose one of " + list);
  if (!entry)
    return createStringError("no entry '" + name + "', expected one of " +
                             list);

  EntrySignature signature;
  signature.name = entry.getName().str();
  if (Error error = describe(entry, signature))
    return createStringError("function '" + signature.name +
                             "': " + llvm::toString(std::move(error)));
  return signature;
}
