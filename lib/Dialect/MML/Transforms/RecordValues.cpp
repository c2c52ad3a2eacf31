//===- RecordValues.cpp - Make what layers compute results ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/Transforms/RecordValues.h"

#include "LayerName.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Dialect/MML/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::mml {
#define GEN_PASS_DEF_RECORDVALUESPASS
#include "mml/Dialect/MML/Transforms/Passes.h.inc"
} // namespace mlir::mml

using namespace mlir;
using namespace mlir::mml;

/// Whether elements of `type` can cross the border of a compiled model.
static bool isStorable(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getEncoding())
    return false;
  Type element = tensor.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    return llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
  return element.isF16() || element.isF32() || element.isF64();
}

/// Whether `op` computes something: constants, memory and other views of what
/// is there already would only repeat in the record.
static bool isComputation(Operation *op) {
  return !matchPattern(op, m_Constant()) &&
         !isa<ConstantOp, linalg::FillOp, tensor::EmptyOp, tensor::CastOp,
              tensor::CollapseShapeOp, tensor::ExpandShapeOp,
              tensor::ExtractSliceOp, tensor::ReshapeOp>(op);
}

namespace {

/// Names values by layer and operation, each once.
class Namer {
public:
  explicit Namer(ArrayRef<StringAttr> taken) {
    for (StringAttr name : taken)
      names.insert(name.getValue());
  }

  std::string getName(OpResult value) {
    Operation *op = value.getOwner();
    std::string name;
    if (StringAttr layer = getLayerName(op->getLoc()))
      name = layer.str() + "/";
    name += op->getName().stripDialect();
    if (value.getResultNumber() > 0)
      name += "#" + std::to_string(value.getResultNumber());
    std::string unique = name;
    for (unsigned next = 2; !names.insert(unique).second; ++next)
      unique = name + "." + std::to_string(next);
    return unique;
  }

private:
  llvm::StringSet<> names;
};

/// Finds the recorded values that operations depend on.
class Readers {
public:
  void add(Value value, unsigned index) { indices.try_emplace(value, index); }

  /// The recorded values that `op` reads, with nothing recorded between.
  SmallVector<unsigned> getReads(Operation *op) {
    llvm::SetVector<unsigned> reads;
    DenseSet<Operation *> visited;
    SmallVector<Operation *> toVisit{op};
    while (!toVisit.empty()) {
      toVisit.pop_back_val()->walk([&](Operation *inner) {
        // A size says nothing of what is in a tensor.
        if (isa<tensor::DimOp>(inner))
          return;
        for (Value operand : inner->getOperands()) {
          auto known = indices.find(operand);
          Operation *source = operand.getDefiningOp();
          if (known != indices.end())
            reads.insert(known->second);
          else if (source && source->getBlock() == op->getBlock() &&
                   visited.insert(source).second)
            toVisit.push_back(source);
        }
      });
    }
    SmallVector<unsigned> sorted = reads.takeVector();
    llvm::sort(sorted);
    return sorted;
  }

private:
  DenseMap<Value, unsigned> indices;
};

} // namespace

/// The names of the results of `function`, as a loader has them.
static SmallVector<StringAttr> getOutputNames(func::FuncOp function) {
  if (auto names = function->getAttrOfType<ArrayAttr>(kOutputNamesAttrName))
    if (names.size() == function.getNumResults())
      return llvm::to_vector(names.getAsRange<StringAttr>());
  SmallVector<StringAttr> names;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    names.push_back(
        StringAttr::get(function.getContext(), "output" + std::to_string(i)));
  return names;
}

SmallVector<RecordedValue> mlir::mml::recordValues(func::FuncOp function) {
  SmallVector<StringAttr> outputNames = getOutputNames(function);
  Namer namer(outputNames);
  Readers readers;
  SmallVector<RecordedValue> records;
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator()) {
    if (!isComputation(&op))
      continue;
    SmallVector<unsigned> reads = readers.getReads(&op);
    for (OpResult value : op.getResults())
      if (isStorable(value.getType()))
        records.push_back({namer.getName(value), value, reads});
    // An operation does not read its own results.
    for (unsigned i = records.size();
         i-- > 0 && records[i].value.getOwner() == &op;)
      readers.add(records[i].value, i);
  }

  Operation *terminator = body.getTerminator();
  SmallVector<Type> types(function.getResultTypes());
  for (const RecordedValue &record : records) {
    terminator->insertOperands(terminator->getNumOperands(), record.value);
    types.push_back(record.value.getType());
    outputNames.push_back(StringAttr::get(function.getContext(), record.name));
  }
  auto type = FunctionType::get(function.getContext(),
                                function.getArgumentTypes(), types);
  function.setFunctionType(type);
  if (ArrayAttr attrs = function.getResAttrsAttr()) {
    SmallVector<Attribute> all(attrs.getValue());
    all.resize(types.size(), DictionaryAttr::get(function.getContext()));
    function.setResAttrsAttr(ArrayAttr::get(function.getContext(), all));
  }
  // What a loader was told of the function has changed.
  if (function->hasAttr(kSignatureAttrName))
    function->setAttr(kSignatureAttrName, TypeAttr::get(type));
  SmallVector<Attribute> names(outputNames.begin(), outputNames.end());
  function->setAttr(kOutputNamesAttrName,
                    ArrayAttr::get(function.getContext(), names));
  return records;
}

void mlir::mml::isolateValues(func::FuncOp function,
                              ArrayRef<RecordedValue> records) {
  Operation *terminator = function.getBody().front().getTerminator();
  for (const RecordedValue &record : records) {
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, record.value.getType(), {},
                                  record.value.getLoc());
    OpResult value = record.value;
    value.replaceUsesWithIf(function.getArgument(index), [&](OpOperand &use) {
      return use.getOwner() != terminator;
    });
  }
  // Names and promises are about the inputs that were there.
  function->removeAttr(kInputNamesAttrName);
  function->removeAttr(kBatchedAttrName);
  if (function->hasAttr(kSignatureAttrName))
    function->setAttr(kSignatureAttrName,
                      TypeAttr::get(function.getFunctionType()));
}

namespace {

struct RecordValuesPass
    : mlir::mml::impl::RecordValuesPassBase<RecordValuesPass> {
  void runOnOperation() override {
    SymbolTableCollection tables;
    SymbolUserMap users(tables, getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (canRecordValues(function) && users.useEmpty(function))
        numRecorded += recordValues(function).size();
  }
};

} // namespace

bool mlir::mml::canRecordValues(func::FuncOp function) {
  return function.isPublic() && !function.isExternal() &&
         function.getBody().hasOneBlock() &&
         llvm::all_of(function.getArgumentTypes(),
                      llvm::IsaPred<RankedTensorType>) &&
         llvm::all_of(function.getResultTypes(),
                      llvm::IsaPred<RankedTensorType>);
}
