//===- ImportIR.cpp - Models as modules -----------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/ImportIR.h"

#include "LayerBuilder.h"
#include "mml/Import/Diagnostics.h"
#include "mml/Import/KerasReader.h"
#include "mml/Import/LoraReader.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::mml;
using ::mml::import::Call;
using ::mml::import::CallRef;
using ::mml::import::Layer;
using ::mml::import::Model;
using ::mml::import::ModelLayer;
using ::mml::import::TensorRef;

namespace {

/// Builds the function of one model.
class FunctionBuilder {
public:
  FunctionBuilder(StringRef fileName, MLIRContext &context)
      : fileName(fileName), builder(&context) {}

  llvm::Expected<OwningOpRef<ModuleOp>> build(Model &model);

private:
  LogicalResult inlineModel(Model &model, StringRef path,
                            ArrayRef<Value> inputs,
                            SmallVectorImpl<Value> &outputs);
  void describe(func::FuncOp function, const Model &model);

  StringRef fileName;
  OpBuilder builder;
  /// Made at a layer's first call, for all of them.
  llvm::DenseMap<const Layer *, std::unique_ptr<LayerBuilder>> layerBuilders;
};

} // namespace

/// Builds the calls of `model` in their order. `path` goes before the layers'
/// names.
LogicalResult FunctionBuilder::inlineModel(Model &model, StringRef path,
                                           ArrayRef<Value> inputs,
                                           SmallVectorImpl<Value> &outputs) {
  // The results of each call, by layer and call.
  std::vector<std::vector<SmallVector<Value, 1>>> results;
  results.reserve(model.layers.size());
  for (const Layer &layer : model.layers)
    results.emplace_back(layer.calls.size());
  for (auto [ref, value] : llvm::zip_equal(model.inputs, inputs))
    results[ref.layer][ref.call] = {value};

  auto valueOf = [&](TensorRef ref) {
    return results[ref.layer][ref.call][ref.result];
  };
  for (CallRef ref : model.schedule) {
    Layer &layer = model.layers[ref.layer];
    const Call &call = layer.calls[ref.call];
    if (call.inputs.empty())
      continue; // An input.
    SmallVector<Value> operands = llvm::map_to_vector(call.inputs, valueOf);
    SmallVector<Value, 1> &callResults = results[ref.layer][ref.call];
    std::string name = (path + layer.name).str();
    if (auto *nested = std::get_if<ModelLayer>(&layer.op)) {
      if (failed(
              inlineModel(*nested->model, name + "/", operands, callResults)))
        return failure();
      continue;
    }
    std::unique_ptr<LayerBuilder> &layerBuilder = layerBuilders[&layer];
    if (!layerBuilder)
      layerBuilder = std::make_unique<LayerBuilder>(builder, name, layer);
    FailureOr<Value> result = layerBuilder->build(
        operands, model.type(call.inputs.front()).elementType);
    if (failed(result))
      return failure();
    callResults = {*result};
  }
  for (TensorRef ref : model.outputs)
    outputs.push_back(valueOf(ref));
  return success();
}

/// The name of the layer behind each of `ends`, made unique.
static ArrayAttr getNames(Builder &builder, const Model &model,
                          ArrayRef<TensorRef> ends) {
  llvm::StringSet<> taken;
  SmallVector<std::string> names;
  for (TensorRef ref : ends) {
    std::string base = model.layer(ref).name, name = base;
    for (unsigned i = 1; !taken.insert(name).second; ++i)
      name = base + "_" + std::to_string(i);
    names.push_back(name);
  }
  return builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(names));
}

void FunctionBuilder::describe(func::FuncOp function, const Model &model) {
  function->setAttr(kInputNamesAttrName,
                    getNames(builder, model, model.inputs));
  function->setAttr(kOutputNamesAttrName,
                    getNames(builder, model, model.outputs));
  function->setAttr(kBatchedAttrName, builder.getUnitAttr());
  // Integers in IR have no sign; what a caller passes may have.
  auto withSigns = [&](ArrayRef<TensorRef> ends, TypeRange types) {
    SmallVector<Type> result;
    for (auto [ref, type] : llvm::zip_equal(ends, types)) {
      bool isUnsigned =
          model.type(ref).elementType == ::mml::import::ElementType::U8;
      result.push_back(
          isUnsigned ? cast<RankedTensorType>(type).clone(IntegerType::get(
                           builder.getContext(), 8, IntegerType::Unsigned))
                     : type);
    }
    return result;
  };
  FunctionType type = function.getFunctionType();
  FunctionType signature =
      builder.getFunctionType(withSigns(model.inputs, type.getInputs()),
                              withSigns(model.outputs, type.getResults()));
  if (signature != type)
    function->setAttr(kSignatureAttrName, TypeAttr::get(signature));
}

llvm::Expected<OwningOpRef<ModuleOp>> FunctionBuilder::build(Model &model) {
  MLIRContext *context = builder.getContext();
  std::string fault;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !fault.empty())
      return success();
    if (auto name = diagnostic.getLocation()->findInstanceOf<NameLoc>())
      fault = "layer " + ::mml::import::quoted(name.getName()) + ": ";
    fault += StringRef(diagnostic.str()).split('\n').first;
    return success();
  });

  Location loc = FileLineColLoc::get(context, fileName, 0, 0);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, loc, "main",
                                       builder.getFunctionType({}, {}));
  Block *body = function.addEntryBlock();
  for (TensorRef ref : model.inputs)
    body->addArgument(getTensorType(context, model.type(ref)),
                      getLayerLocation(context, model.layer(ref).name));
  builder.setInsertionPointToEnd(body);

  SmallVector<Value> inputs(body->getArguments()), outputs;
  LogicalResult result = inlineModel(model, "", inputs, outputs);
  if (succeeded(result)) {
    func::ReturnOp::create(builder, loc, outputs);
    function.setFunctionType(builder.getFunctionType(
        TypeRange(body->getArgumentTypes()), TypeRange(ValueRange(outputs))));
    describe(function, model);
    result = verify(*module);
  }
  if (succeeded(result))
    return std::move(module);
  return ::mml::import::addContext(fileName, ::mml::import::makeError(fault));
}

llvm::Expected<OwningOpRef<ModuleOp>>
mlir::mml::importModel(Model model, StringRef fileName, MLIRContext &context) {
  context.loadDialect<MMLDialect, arith::ArithDialect, func::FuncDialect,
                      linalg::LinalgDialect, tensor::TensorDialect>();
  return FunctionBuilder(fileName, context).build(model);
}

llvm::Expected<OwningOpRef<ModuleOp>>
mlir::mml::importKeras(llvm::MemoryBufferRef file, MLIRContext &context,
                       std::optional<llvm::MemoryBufferRef> lora) {
  llvm::Expected<Model> model = ::mml::import::readKeras(file);
  if (!model)
    return model.takeError();
  if (lora)
    if (llvm::Error error = ::mml::import::readLora(*lora, *model))
      return std::move(error);
  return importModel(std::move(*model), file.getBufferIdentifier(), context);
}
