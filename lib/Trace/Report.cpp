//===- Report.cpp - What a trace found ------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "mml/ExecutionEngine/Summary.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <cstdio>

using namespace mlir;
using namespace mlir::mml;
using namespace ::mml::engine;

/// Whether both sides of a value have one type.
static bool haveOneType(const TracedValue &value) {
  return value.actual.getDType() == value.expected->getDType() &&
         value.actual.getShape() == value.expected->getShape();
}

static std::string getTypeText(const HostTensor &tensor) {
  return formatType(tensor.getDType(), tensor.getShape());
}

/// How far a value is from the expected one: "equal", or a distance.
static std::string describeDistance(const TracedValue &value) {
  if (!haveOneType(value))
    return "another type";
  std::optional<uint64_t> ulps = getLargestUlps(value.actual, *value.expected);
  if (!ulps)
    return "NaN";
  if (*ulps == 0)
    return "equal";
  std::string unit = isFloat(value.actual.getDType()) ? " ulp" : "";
  return std::to_string(*ulps) + unit;
}

static std::string formatMean(double mean) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", mean);
  return text;
}

/// The name of a value in one line: names of locations may contain anything.
static std::string escapeName(StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const char &c : name)
    if (static_cast<unsigned char>(c) < ' ' || c == '\\')
      llvm::printEscapedString(StringRef(&c, 1), os);
    else
      os << c;
  return text;
}

void mlir::mml::printRanges(raw_ostream &os, ArrayRef<TracedValue> values) {
  using Row = std::array<std::string, 9>;
  SmallVector<Row, 0> rows{{"value", "type", "min", "max", "mean |x|", "NaN",
                            "inf", "CRC-32", "distance"}};
  for (const TracedValue &value : values) {
    Summary summary = summarize(value.actual);
    rows.push_back({escapeName(value.name), getTypeText(value.actual),
                    summary.min, summary.max, formatMean(summary.meanAbs),
                    std::to_string(summary.numNaN),
                    std::to_string(summary.numInfinite),
                    llvm::formatv("{0:x-8}", summary.checksum).str(),
                    value.expected ? describeDistance(value) : "-"});
  }
  std::array<size_t, std::tuple_size<Row>::value> widths{};
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const Row &row : rows) {
    os << llvm::left_justify(row[0], widths[0]) << "  "
       << llvm::left_justify(row[1], widths[1]);
    for (size_t i = 2; i < row.size(); ++i)
      os << "  " << llvm::right_justify(row[i], widths[i]);
    os << '\n';
  }
}

/// Says of what the operation of `value` reads how far it is from the expected.
static void noteReads(Diagnostic &note, ArrayRef<TracedValue> values,
                      const TracedValue &value) {
  bool isFirst = true;
  for (unsigned index : value.reads) {
    if (!values[index].expected)
      continue;
    note << (isFirst ? "it reads '" : ", '") << values[index].name
         << "': " << describeDistance(values[index]);
    isFirst = false;
  }
  if (isFirst)
    note << (value.reads.empty() ? "it reads inputs and constants only"
                                 : "nothing is known of what it reads");
}

LogicalResult mlir::mml::checkValues(ArrayRef<TracedValue> values,
                                     double tolerance, StringRef expectation,
                                     bool isIsolated) {
  const TracedValue *first = nullptr;
  std::optional<Divergence> divergence;
  unsigned others = 0;
  for (const TracedValue &value : values) {
    if (!value.expected)
      continue;
    std::optional<Divergence> found;
    if (haveOneType(value)) {
      found = findDivergence(value.actual, *value.expected, tolerance);
      if (!found)
        continue;
    }
    if (first) {
      ++others;
      continue;
    }
    first = &value;
    divergence = std::move(found);
  }
  if (!first)
    return success();

  InFlightDiagnostic error = emitError(first->location)
                             << "'" << first->name
                             << "' is the first value that differs from "
                             << expectation << ": ";
  if (!divergence) {
    error << "expected " << getTypeText(*first->expected) << " but got "
          << getTypeText(first->actual);
    return error;
  }
  error << "expected " << divergence->expected << " but got "
        << divergence->actual << " at " << formatPosition(divergence->position);
  if (divergence->ulps) {
    error << ", " << *divergence->ulps;
    if (isFloat(first->actual.getDType()))
      error << (*divergence->ulps == 1 ? " ulp" : " ulps");
    error << " apart";
  }
  error << "; " << divergence->count << " of " << first->actual.getNumElements()
        << (first->actual.getNumElements() == 1 ? " element" : " elements")
        << (divergence->count == 1 ? " differs" : " differ");
  Diagnostic &note = error.attachNote();
  if (isIsolated)
    note << "it reads what is expected";
  else
    noteReads(note, values, *first);
  if (others > 0)
    error.attachNote() << others
                       << (others == 1 ? " later value differs, too"
                                       : " later values differ, too");
  return error;
}
