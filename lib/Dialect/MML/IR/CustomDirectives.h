//===- CustomDirectives.h - Assembly directives -----------------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_LIB_DIALECT_MML_IR_CUSTOMDIRECTIVES_H
#define MML_LIB_DIALECT_MML_IR_CUSTOMDIRECTIVES_H

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Format.h"

#include <cmath>

namespace mlir::mml {

/// Parses a float; `-` may lead it, and `inf` is one too.
inline ParseResult parseDouble(AsmParser &parser, double &value) {
  bool negative = succeeded(parser.parseOptionalMinus());
  if (succeeded(parser.parseOptionalKeyword("inf"))) {
    value = std::numeric_limits<double>::infinity();
  } else if (parser.parseFloat(value)) {
    return failure();
  }
  if (negative)
    value = -value;
  return success();
}

/// The directive `custom<Double>` of a double without its type.
inline ParseResult parseDouble(AsmParser &parser, FloatAttr &attr) {
  double value;
  if (parseDouble(parser, value))
    return failure();
  attr = parser.getBuilder().getF64FloatAttr(value);
  return success();
}
inline ParseResult parseDouble(AsmParser &parser, FailureOr<FloatAttr> &attr) {
  attr.emplace();
  return parseDouble(parser, *attr);
}
/// Prints a double with the fewest digits, from seven on, that read back as the
/// same number. The printer of builtin floats gives 1e-14 all of its 17.
inline void printDouble(AsmPrinter &printer, double value) {
  if (!std::isfinite(value)) {
    // A NaN has no name, but its bits parse.
    if (std::isnan(value))
      printer.printFloat(APFloat(value));
    else
      printer << (value < 0 ? "-inf" : "inf");
    return;
  }
  SmallString<32> text;
  double read;
  for (int digits = 6; digits <= 16; ++digits) {
    text.clear();
    llvm::raw_svector_ostream(text) << llvm::format("%.*e", digits, value);
    if (!StringRef(text).getAsDouble(read) && read == value)
      break;
  }
  printer << text;
}
inline void printDouble(AsmPrinter &printer, FloatAttr attr) {
  printDouble(printer, attr.getValueAsDouble());
}
inline void printDouble(OpAsmPrinter &printer, Operation *, FloatAttr attr) {
  printDouble(printer, attr);
}

/// The directive `custom<Int>` of an i64 without its type.
inline ParseResult parseInt(AsmParser &parser, IntegerAttr &attr) {
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  attr = parser.getBuilder().getI64IntegerAttr(value);
  return success();
}
inline void printInt(OpAsmPrinter &printer, Operation *, IntegerAttr attr) {
  printer << attr.getInt();
}

/// The directive `custom<Equation>` of an einsum equation as a string.
ParseResult parseEquation(AsmParser &parser, EquationAttr &attr);
void printEquation(AsmPrinter &printer, EquationAttr attr);
inline void printEquation(OpAsmPrinter &printer, Operation *,
                          EquationAttr attr) {
  printEquation(printer, attr);
}

/// The directive `custom<Enum>` of an enumerator by its name.
template <typename EnumAttrT>
ParseResult parseEnum(AsmParser &parser, EnumAttrT &attr) {
  using Enum = decltype(attr.getValue());
  FailureOr<Enum> value = FieldParser<Enum>::parse(parser);
  if (failed(value))
    return failure();
  attr = EnumAttrT::get(parser.getContext(), *value);
  return success();
}
template <typename EnumAttrT>
void printEnum(OpAsmPrinter &printer, Operation *, EnumAttrT attr) {
  printer << stringifyEnum(attr.getValue());
}

} // namespace mlir::mml

#endif // MML_LIB_DIALECT_MML_IR_CUSTOMDIRECTIVES_H
