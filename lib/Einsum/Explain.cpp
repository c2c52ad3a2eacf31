//===- Explain.cpp - What an equation does, for people --------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Einsum/Explain.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mml::einsum;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

namespace {

/// Rows of cells in aligned columns, two spaces apart.
class Table {
public:
  enum class Align { Left, Right };

  void addColumn(StringRef header, Align align = Align::Left) {
    columns.push_back({header.str(), align});
  }
  void addRow(ArrayRef<std::string> cells) {
    assert(cells.size() == columns.size() && "one cell for each column");
    rows.emplace_back(cells);
  }
  /// Prints the headers, where there are any, and the rows. Empty cells show as
  /// `-`.
  void print(llvm::raw_ostream &os) const;

private:
  struct Column {
    std::string header;
    Align align;
  };
  void printRow(llvm::raw_ostream &os, ArrayRef<std::string> cells,
                ArrayRef<size_t> widths) const;

  SmallVector<Column> columns;
  SmallVector<SmallVector<std::string>> rows;
};

} // namespace

void Table::printRow(llvm::raw_ostream &os, ArrayRef<std::string> cells,
                     ArrayRef<size_t> widths) const {
  std::string line;
  for (auto [column, cell, width] : llvm::zip_equal(columns, cells, widths)) {
    StringRef shown = cell.empty() ? "-" : StringRef(cell);
    if (!line.empty())
      line += "  ";
    if (column.align == Align::Right)
      line.append(width - shown.size(), ' ');
    line += shown;
    if (column.align == Align::Left)
      line.append(width - shown.size(), ' ');
  }
  os << StringRef(line).rtrim(' ') << '\n';
}

void Table::print(llvm::raw_ostream &os) const {
  SmallVector<size_t> widths;
  SmallVector<std::string> headers;
  for (auto [index, column] : llvm::enumerate(columns)) {
    size_t &width = widths.emplace_back(column.header.size());
    headers.push_back(column.header);
    for (ArrayRef<std::string> row : rows)
      width = std::max({width, row[index].size(), size_t(1)});
  }
  if (llvm::any_of(headers, [](StringRef text) { return !text.empty(); }))
    printRow(os, headers, widths);
  for (ArrayRef<std::string> row : rows)
    printRow(os, row, widths);
}

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

/// `15 125`.
static std::string formatInteger(int64_t value) {
  std::string text = std::to_string(value);
  for (size_t end = text.size(); end > 3; end -= 3)
    text.insert(end - 3, 1, ' ');
  return text;
}

/// `15 125`, or `1.23e+18` where digits would be too many to read and are not
/// all known.
static std::string formatCount(double count) {
  if (count < 1e15)
    return formatInteger(static_cast<int64_t>(count));
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2e", count);
  return text;
}

/// `15 125 elements`, `1 element`.
static std::string formatCount(double count, StringRef what) {
  return formatCount(count) + " " + what.str() + (count == 1 ? "" : "s");
}

/// `182`, with a decimal where there are few.
static std::string formatRatio(double ratio) {
  if (ratio >= 10)
    return formatCount(ratio);
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format(ratio < 1 ? "%.2f" : "%.1f", ratio);
  return text;
}

static std::string formatSize(int64_t size) {
  return size == kDynamic ? "?" : std::to_string(size);
}

/// `30x35`; `scalar` where there are no dimensions.
static std::string formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os, [&](int64_t size) { os << formatSize(size); }, "x");
  return text;
}

/// `30x35, 35x15 -> 30x15`.
static std::string formatShapes(const Contraction &contraction) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto printShape = [&](const Operand &operand) {
    SmallVector<int64_t> shape;
    for (auto [axis, stretches] :
         llvm::zip_equal(operand.axes, operand.stretches))
      shape.push_back(stretches ? 1 : contraction.getAxes()[axis].size);
    os << formatShape(shape);
  };
  llvm::interleave(contraction.getOperands(), os, printShape, ", ");
  os << " -> " << formatShape(contraction.getOutputShape());
  return text;
}

/// The operands that have an axis: `#1 #2`, with what is special about it.
static std::string formatOperands(const Contraction &contraction,
                                  unsigned axis) {
  SmallVector<std::string> found;
  for (auto [index, operand] : llvm::enumerate(contraction.getOperands())) {
    size_t times = llvm::count(operand.axes, axis);
    if (times == 0)
      continue;
    std::string &text = found.emplace_back("#" + std::to_string(index + 1));
    if (times > 1)
      text += " (diagonal)";
    else if (!operand.runsAlong(axis))
      text += " (size 1)";
  }
  return llvm::join(found, " ");
}

static StringRef getRoleName(AxisRole role) {
  if (role == AxisRole::LhsSum || role == AxisRole::RhsSum)
    return "summed alone";
  return getName(role);
}

/// The labels of the axes for which `isShown` holds: `i j`.
static std::string formatAxes(const Contraction &contraction,
                              llvm::function_ref<bool(unsigned)> isShown) {
  SmallVector<std::string> labels;
  for (auto [index, axis] : llvm::enumerate(contraction.getAxes()))
    if (isShown(index))
      labels.push_back(axis.str());
  return llvm::join(labels, " ");
}

/// The tensors of a step: `#1, step 2`.
static std::string formatTensors(const Step &step, size_t numOperands) {
  SmallVector<std::string> names;
  for (unsigned tensor : step.tensors)
    names.push_back(tensor < numOperands
                        ? "#" + std::to_string(tensor + 1)
                        : "step " + std::to_string(tensor - numOperands + 1));
  return llvm::join(names, ", ");
}

/// The equation of a step, or why there is none.
static std::string formatEquation(const Contraction &step) {
  if (std::optional<std::string> equation = step.getEquation())
    return *equation;
  bool stretches = llvm::any_of(step.getOperands(), [](const Operand &operand) {
    return llvm::is_contained(operand.stretches, true);
  });
  return stretches ? "(size 1 stretches)" : "(more than 52 labels)";
}

/// The letters that the equation of a step has for dimensions of ellipses:
/// `a=...1 b=...0`.
static std::string formatLetters(const Contraction &step) {
  std::optional<std::string> equation = step.getEquation();
  if (!equation)
    return "";
  SmallVector<std::string> letters(step.getAxes().size());
  StringRef text = *equation;
  for (const Operand &operand : step.getOperands()) {
    for (unsigned axis : operand.axes) {
      if (step.getAxes()[axis].label == 0)
        letters[axis] =
            text.take_front().str() + "=" + step.getAxes()[axis].str();
      text = text.drop_front();
    }
    // The comma; behind the last operand it is the arrow.
    text = text.drop_front();
  }
  llvm::erase_if(letters, [](StringRef letter) { return letter.empty(); });
  return llvm::join(letters, " ");
}

//===----------------------------------------------------------------------===//
// Explanations
//===----------------------------------------------------------------------===//

static void explainLabels(llvm::raw_ostream &os,
                          const Contraction &contraction) {
  size_t numOperands = contraction.getOperands().size();
  Table table;
  table.addColumn("label");
  table.addColumn("size", Table::Align::Right);
  table.addColumn("operands");
  table.addColumn("output");
  // Of more operands, the steps give the roles.
  if (numOperands <= 2)
    table.addColumn("role");
  SmallVector<AxisRole> roles;
  if (numOperands == 2)
    roles = contraction.classify(0, 1);
  for (auto [index, axis] : llvm::enumerate(contraction.getAxes())) {
    bool isKept = llvm::is_contained(contraction.getOutput(), index);
    SmallVector<std::string> cells = {
        axis.str(), axis.size == kDynamic ? "?" : formatInteger(axis.size),
        formatOperands(contraction, index), isKept ? "yes" : "no"};
    if (numOperands == 2)
      cells.push_back(getRoleName(roles[index]).str());
    else if (numOperands == 1)
      cells.push_back(isKept ? "kept" : "summed");
    table.addRow(cells);
  }
  table.print(os);
}

static void explainSteps(llvm::raw_ostream &os, const Contraction &contraction,
                         const Plan &plan) {
  struct Role {
    StringRef header;
    SmallVector<AxisRole, 2> roles;
  };
  SmallVector<Contraction, 0> steps;
  // The roles of the axes in each step.
  SmallVector<SmallVector<AxisRole>> rolesOf;
  bool hasLetters = false, hasSums = false;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    steps.push_back(getStep(contraction, plan, i));
    hasLetters |= !formatLetters(steps.back()).empty();
    rolesOf.emplace_back();
    if (plan.steps[i].tensors.size() == 2)
      rolesOf.back() = steps.back().classify(0, 1);
    hasSums |= llvm::is_contained(rolesOf.back(), AxisRole::LhsSum) ||
               llvm::is_contained(rolesOf.back(), AxisRole::RhsSum);
  }
  bool hasPairs = contraction.getOperands().size() > 1;
  SmallVector<Role> columns;
  if (hasPairs)
    columns = {{"batch", {AxisRole::Batch}},
               {"M", {AxisRole::M}},
               {"N", {AxisRole::N}},
               {"K", {AxisRole::K}}};
  if (hasSums)
    columns.push_back({"summed first", {AxisRole::LhsSum, AxisRole::RhsSum}});

  Table table;
  table.addColumn("step", Table::Align::Right);
  table.addColumn("of");
  table.addColumn("equation");
  if (hasLetters)
    table.addColumn("letters");
  table.addColumn("shapes");
  for (const Role &column : columns)
    table.addColumn(column.header);
  if (!hasPairs) {
    table.addColumn("kept");
    table.addColumn("summed");
  }
  table.addColumn("operations", Table::Align::Right);
  table.addColumn("elements", Table::Align::Right);

  for (auto [index, step] : llvm::enumerate(steps)) {
    const Step &planned = plan.steps[index];
    SmallVector<std::string> cells = {
        std::to_string(index + 1),
        formatTensors(planned, contraction.getOperands().size()),
        formatEquation(step)};
    if (hasLetters)
      cells.push_back(formatLetters(step));
    cells.push_back(formatShapes(step));
    for (const Role &column : columns)
      cells.push_back(formatAxes(step, [&, index = index](unsigned axis) {
        return llvm::is_contained(column.roles, rolesOf[index][axis]);
      }));
    if (!hasPairs)
      for (bool isKept : {true, false})
        cells.push_back(formatAxes(step, [&, &step = step](unsigned axis) {
          return llvm::is_contained(step.getOutput(), axis) == isKept;
        }));
    cells.push_back(formatCount(planned.operations));
    cells.push_back(formatCount(planned.elements));
    table.addRow(cells);
  }
  table.print(os);
}

static void explainTotals(llvm::raw_ostream &os, const Contraction &contraction,
                          const Plan &plan) {
  size_t numOperands = contraction.getOperands().size();
  Table table;
  table.addColumn("");
  table.addColumn("");
  table.addRow({"operations",
                formatCount(plan.operations,
                            numOperands == 1 ? "addition" : "multiply-add")});
  std::string naive = formatCount(plan.naiveOperations);
  if (plan.naiveOperations == plan.operations)
    naive += ", as many";
  else if (plan.operations > 0)
    naive += ", " + formatRatio(plan.naiveOperations / plan.operations) +
             " times as many";
  table.addRow({"in one loop over all labels", naive});
  table.addRow({"largest intermediate",
                plan.steps.size() > 1
                    ? formatCount(plan.largestIntermediate, "element")
                    : "none"});
  table.addRow({"order", numOperands <= 2 ? "the only one"
                         : plan.isExact
                             ? "exact search, no order of pairs takes fewer"
                             : "greedy search, others may take fewer "
                               "operations"});
  table.print(os);
}

void mml::einsum::explain(llvm::raw_ostream &os, const Equation &equation,
                          const Contraction &contraction, const Plan &plan) {
  Table head;
  head.addColumn("");
  head.addColumn("");
  head.addRow({"equation", equation.str()});
  head.addRow({"shapes", formatShapes(contraction)});
  head.print(os);
  os << '\n';
  if (!contraction.getAxes().empty()) {
    explainLabels(os, contraction);
    os << '\n';
  }
  explainSteps(os, contraction, plan);
  os << '\n';
  explainTotals(os, contraction, plan);
  if (llvm::any_of(contraction.getAxes(),
                   [](const Axis &axis) { return axis.size == kDynamic; }))
    os << "\n? is a size that is not known; it counts as " << kAssumedSize
       << ".\n";
}
