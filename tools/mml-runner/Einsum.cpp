//===- Einsum.cpp - An equation in place of a model -----------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Einsum.h"

#include "LoweredForm.h"

#include "mml/Dialect/MML/IR/MMLOps.h"
#include "mml/Einsum/Explain.h"
#include "mml/ExecutionEngine/Npy.h"
#include "mml/ExecutionEngine/Tensors.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mml::runner;
namespace einsum = mml::einsum;
using llvm::ArrayRef;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

/// What the messages about an equation begin with.
static constexpr llvm::StringLiteral source = "--einsum";

/// The element types that an equation takes, by the names of MLIR.
static constexpr llvm::StringLiteral elementTypes[] = {
    "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64", "trit"};

static bool isElementType(StringRef name) {
  return llvm::is_contained(elementTypes, name);
}

/// Reads the files of the operands; a name in front of one is `input0`, ...
Error Einsum::readInputs(ArrayRef<std::string> arguments) {
  SmallVector<engine::TensorSpec> specs;
  size_t count = equation.getOperands().size();
  if (arguments.size() > count)
    return createStringError(
        source + ": " +
        llvm::toString(llvm::make_error<einsum::EquationError>(
            equation.getOperands().back().end,
            "expected " + Twine(count) +
                (count == 1 ? " operand" : " operands") + " but got " +
                Twine(arguments.size()))));
  for (size_t i = 0; i < count; ++i) {
    engine::TensorSpec &spec = specs.emplace_back();
    spec.name = "input" + std::to_string(i);
  }
  auto paths = mml::engine::assignPaths(arguments, specs, "input");
  if (!paths)
    return paths.takeError();
  for (auto [spec, path] : llvm::zip_equal(specs, *paths)) {
    if (path.empty()) {
      if (llvm::any_of(ArrayRef(*paths).drop_front(shapes.size()),
                       [](StringRef rest) { return !rest.empty(); }))
        return createStringError("input '" + spec.name + "' is missing");
      // How many there have to be is said with the column.
      break;
    }
    Expected<engine::HostTensor> tensor = engine::readNpyFile(path);
    if (!tensor)
      return tensor.takeError();
    shapes.emplace_back(tensor->getShape());
    types.push_back(engine::getName(tensor->getDType()).str());
    if (!isElementType(types.back()))
      return createStringError("input '" + spec.name + "': " + path +
                               ": expected elements of i8, i16, i32, i64, f16, "
                               "f32 or f64 but got " +
                               types.back());
    inputs.push_back(std::move(*tensor));
  }
  return Error::success();
}

/// Parses "4x256x?xf32": sizes and an element type, f32 where there is none.
static Error parseShape(StringRef text, llvm::SmallVectorImpl<int64_t> &shape,
                        std::string &type) {
  type = "f32";
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  if (isElementType(parts.back()))
    type = parts.pop_back_val().str();
  for (StringRef part : parts) {
    int64_t &size = shape.emplace_back(einsum::kDynamic);
    if (part != "?" && (part.getAsInteger(10, size) || size < 0))
      return createStringError("--shape " + text +
                               ": expected a size, '?' or "
                               "an element type but got '" +
                               part + "'");
  }
  return Error::success();
}

Error Einsum::parseShapes(ArrayRef<std::string> arguments) {
  for (StringRef argument : arguments)
    if (Error error =
            parseShape(argument, shapes.emplace_back(), types.emplace_back()))
      return error;
  return Error::success();
}

/// The operation's constraints, in terms of the command line. `isRun`: numbers
/// go in.
Error Einsum::checkTypes(bool isRun) const {
  std::optional<size_t> first;
  unsigned numTernary = 0;
  for (auto [index, type] : llvm::enumerate(types)) {
    if (type == "trit") {
      ++numTernary;
      continue;
    }
    if (!first)
      first = index;
    else if (type != types[*first])
      return createStringError("expected operand " + Twine(index + 1) +
                               " of elements " + types[*first] +
                               ", as operand " + Twine(*first + 1) +
                               " has, but got " + type);
  }
  if (isRun && llvm::is_contained(types, "bf16"))
    return createStringError("--shape with bf16 is for --explain and --emit: "
                             "files of NumPy have no such elements");
  if (numTernary > 1 || (numTernary && !first))
    return createStringError("expected one operand of trits beside numbers but "
                             "got " +
                             Twine(numTernary));
  if (numTernary && isRun)
    return createStringError("--shape with trits is for --explain and --emit: "
                             "trits are a model's, not its input");
  return Error::success();
}

/// No tensor on the way is so large that its bytes cannot be counted; whether
/// there is memory for it is seen when it is asked for.
static Error checkSizes(const einsum::Contraction &contraction) {
  constexpr double kMaxElements = 0x1p59;
  auto check = [&](StringRef what, double elements) -> Error {
    if (elements <= kMaxElements)
      return Error::success();
    return createStringError(source + ": expected " + what +
                             " of at most 2^59 elements but got one of " +
                             llvm::formatv("{0:e2}", elements));
  };
  for (const einsum::Operand &operand : contraction.getOperands()) {
    double elements = 1;
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches)) {
      int64_t size = contraction.getAxes()[axis].size;
      if (!stretches && size != einsum::kDynamic)
        elements *= static_cast<double>(size);
    }
    if (Error error = check("operands", elements))
      return error;
  }
  einsum::Plan plan = einsum::plan(contraction);
  for (const einsum::Step &step : plan.steps)
    if (Error error = check("results", step.elements))
      return error;
  return Error::success();
}

Expected<Einsum> Einsum::load(const Options &options) {
  Expected<einsum::Equation> equation =
      einsum::Equation::parse(*options.equation);
  if (!equation)
    return equation.takeError();
  if (equation->getOperands().size() > einsum::kMaxOperands)
    return createStringError(
        source + ": expected at most " + Twine(einsum::kMaxOperands) +
        " operands but got " + Twine(equation->getOperands().size()));
  Einsum result(std::move(*equation));
  if (Error error = options.shapes.empty() ? result.readInputs(options.inputs)
                                           : result.parseShapes(options.shapes))
    return std::move(error);
  SmallVector<ArrayRef<int64_t>> shapes(result.shapes.begin(),
                                        result.shapes.end());
  Expected<einsum::Contraction> contraction =
      einsum::Contraction::bind(result.equation, shapes);
  if (!contraction)
    return createStringError(source + ": " +
                             llvm::toString(contraction.takeError()));
  if (contraction->getAxes().size() > einsum::kMaxAxes)
    return createStringError(source + ": expected at most " +
                             Twine(einsum::kMaxAxes) +
                             " labels and dimensions under '...' but got " +
                             Twine(contraction->getAxes().size()));
  result.contraction = std::move(*contraction);
  if (!options.explain)
    if (Error error = checkSizes(*result.contraction))
      return std::move(error);
  // What one operand leaves open another may say; only the rest is the batch.
  if (!options.explain && !options.emit)
    for (auto [operand, shape] :
         llvm::zip_equal(result.contraction->getOperands(), result.shapes))
      for (auto [axis, stretches, size] :
           llvm::zip_equal(operand.axes, operand.stretches, shape))
        if (!stretches)
          size = result.contraction->getAxes()[axis].size;
  if (Error error = result.checkTypes(!options.explain && !options.emit))
    return std::move(error);
  return result;
}

/// The element type of a name.
static mlir::Type getType(mlir::Builder &builder, StringRef name) {
  if (name == "trit")
    return mlir::mml::TritType::get(builder.getContext());
  if (name == "f16")
    return builder.getF16Type();
  if (name == "bf16")
    return builder.getBF16Type();
  if (name == "f32")
    return builder.getF32Type();
  if (name == "f64")
    return builder.getF64Type();
  unsigned width = 0;
  name.drop_front().getAsInteger(10, width);
  return builder.getIntegerType(width);
}

Expected<Model> Einsum::build() const {
  return Model::create(source, [&](mlir::MLIRContext &context) {
    mlir::OpBuilder builder(&context);
    mlir::Location loc = builder.getUnknownLoc();
    auto module = mlir::ModuleOp::create(loc);
    builder.setInsertionPointToEnd(module.getBody());
    SmallVector<mlir::Type> operands;
    for (auto [shape, type] : llvm::zip_equal(shapes, types))
      operands.push_back(
          mlir::RankedTensorType::get(shape, getType(builder, type)));
    auto function = mlir::func::FuncOp::create(
        builder, loc, "einsum", builder.getFunctionType(operands, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    auto op = mlir::mml::EinsumOp::create(
        builder, loc, mlir::mml::EquationAttr::get(&context, equation),
        function.getArguments(), mlir::IntegerAttr(), mlir::TypeAttr());
    mlir::func::ReturnOp::create(builder, loc, op.getResult());
    function.setType(builder.getFunctionType(operands, op.getType()));
    return module;
  });
}

Error Einsum::explain(llvm::raw_ostream &os) const {
  einsum::explain(os, equation, *contraction, einsum::plan(*contraction));
  Expected<Model> model = build();
  if (!model)
    return model.takeError();
  mlir::mml::CPUPipelineOptions pipeline;
  pipeline.stopAfter = mlir::mml::Stage::Core;
  if (Error error = model->lower(pipeline))
    return error;
  os << '\n';
  printLoweredForm(os, model->getModule());
  return Error::success();
}
