//===- LoweredForm.cpp - The operations of a model as a table -------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweredForm.h"

#include "mml/Dialect/MML/IR/MMLOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

/// "4x?xf32"; trits as `trit`.
static std::string formatType(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto tensor = cast<RankedTensorType>(type);
  for (int64_t size : tensor.getShape()) {
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
    os << 'x';
  }
  if (isa<mlir::mml::TritType>(tensor.getElementType()))
    os << "trit";
  else
    os << tensor.getElementType();
  return text;
}

/// The maps of `op` as an equation, a letter a loop: "ba,cab->ca".
static std::string formatMaps(linalg::LinalgOp op) {
  std::string text;
  int64_t last = op.getNumDpsInputs();
  for (auto [index, map] : llvm::enumerate(op.getIndexingMapsArray())) {
    if (index > 0)
      text += static_cast<int64_t>(index) == last ? "->" : ",";
    for (AffineExpr expr : map.getResults())
      text += static_cast<char>('a' + cast<AffineDimExpr>(expr).getPosition());
  }
  return text;
}

/// What a linalg operation other than a transpose does.
static std::string describeLoops(linalg::LinalgOp op) {
  // More loops than letters: rare, and no easier to read.
  bool isReadable =
      op.getNumLoops() <= 26 &&
      llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
        return llvm::all_of(map.getResults(), llvm::IsaPred<AffineDimExpr>);
      });
  if (!isReadable)
    return "";
  StringRef what = op.getNumReductionLoops() == 0 ? "each element "
                   : op.getNumDpsInputs() == 1    ? "sum "
                                                  : "";
  return what.str() + formatMaps(op);
}

/// What an operation means for time; nothing for those that take none.
static std::optional<std::string> describe(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<std::string>>(op)
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          [](auto) { return "reshape, moves nothing"; })
      .Case<linalg::TransposeOp>([](linalg::TransposeOp transpose) {
        std::string text = "moves every element, axes ";
        for (int64_t axis : transpose.getPermutation())
          text += std::to_string(axis) + " ";
        return StringRef(text).rtrim().str();
      })
      .Case<linalg::FillOp>([](auto) { return std::nullopt; })
      .Case<linalg::LinalgOp>(
          [](linalg::LinalgOp linalgOp) { return describeLoops(linalgOp); })
      .Case<mlir::mml::ContractOp>([](auto) { return "adds and subtracts"; })
      .Default([](Operation *other) -> std::optional<std::string> {
        if (isa<arith::ConstantOp, tensor::EmptyOp, tensor::DimOp>(other) ||
            other->hasTrait<OpTrait::IsTerminator>() ||
            other->getNumResults() != 1 ||
            !isa<RankedTensorType>(other->getResult(0).getType()))
          return std::nullopt;
        return "";
      });
}

void ::mml::runner::printLoweredForm(llvm::raw_ostream &os, ModuleOp module) {
  using Row = std::array<std::string, 4>;
  SmallVector<Row> rows{{"lowered to", "reads", "writes", "meaning"}};
  for (auto function : module.getOps<func::FuncOp>())
    for (Operation &op : function.getOps()) {
      std::optional<std::string> what = describe(&op);
      if (!what)
        continue;
      // Destinations hold nothing that is read.
      auto destination = dyn_cast<DestinationStyleOpInterface>(op);
      std::string reads;
      for (OpOperand &operand : op.getOpOperands()) {
        if (!isa<RankedTensorType>(operand.get().getType()) ||
            (destination && destination.isDpsInit(&operand)))
          continue;
        reads +=
            (reads.empty() ? "" : ", ") + formatType(operand.get().getType());
      }
      rows.push_back({op.getName().getStringRef().str(), reads,
                      formatType(op.getResult(0).getType()), *what});
    }
  if (rows.size() == 1)
    rows.push_back({"nothing", "", "", "the output is the input"});
  std::array<size_t, 3> widths{};
  for (const Row &row : rows)
    for (size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const Row &row : rows) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    os << StringRef(line + row[3]).rtrim() << '\n';
  }
}
