//===- MMLEnums.td - Enumerations of the mml dialect -----*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLENUMS_TD
#define MML_DIALECT_MML_IR_MMLENUMS_TD

include "mlir/IR/EnumAttr.td"
include "mml/Dialect/MML/IR/MMLDialect.td"

class MML_EnumAttr<I32EnumAttr info, string mnemonic>
    : EnumAttr<MML_Dialect, info, mnemonic>;

class MML_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::mml";
  let genSpecializedAttr = 0;
}

def MML_ScaleDirection : MML_Enum<"ScaleDirection",
    "whether a value is its integer times or divided by the scale", [
  I32EnumAttrCase<"Multiplies", 0, "multiplies">,
  I32EnumAttrCase<"Divides", 1, "divides">
]>;
def MML_ScaleDirectionAttr
    : MML_EnumAttr<MML_ScaleDirection, "scale_direction">;

def MML_Granularity : MML_Enum<"Granularity",
    "the elements that share one scale", [
  I32EnumAttrCase<"Tensor", 0, "tensor">,
  I32EnumAttrCase<"Token", 1, "token">,
  I32EnumAttrCase<"Channel", 2, "channel">
]>;

def MML_MergeKind : MML_Enum<"MergeKind", "an elementwise reduction of operands", [
  I32EnumAttrCase<"Add", 0, "add">,
  I32EnumAttrCase<"Subtract", 1, "subtract">,
  I32EnumAttrCase<"Multiply", 2, "multiply">,
  I32EnumAttrCase<"Average", 3, "average">,
  I32EnumAttrCase<"Maximum", 4, "maximum">,
  I32EnumAttrCase<"Minimum", 5, "minimum">
]>;
def MML_MergeKindAttr : MML_EnumAttr<MML_MergeKind, "merge_kind">;

def MML_PoolKind : MML_Enum<"PoolKind", "a reduction over one axis", [
  I32EnumAttrCase<"Mean", 0, "mean">,
  I32EnumAttrCase<"Max", 1, "max">
]>;
def MML_PoolKindAttr : MML_EnumAttr<MML_PoolKind, "pool_kind">;

def MML_LookupKind : MML_Enum<"LookupKind",
    "the instruction that looks up in a table", [
  I32EnumAttrCase<"Portable", 0, "portable">,
  I32EnumAttrCase<"Pshufb", 1, "pshufb">,
  I32EnumAttrCase<"Vpermb", 2, "vpermb">,
  I32EnumAttrCase<"Tbl", 3, "tbl">,
  I32EnumAttrCase<"Vpermi2ps", 4, "vpermi2ps">,
  I32EnumAttrCase<"Vpermw", 5, "vpermw">
]>;
def MML_LookupKindAttr : MML_EnumAttr<MML_LookupKind, "lookup_kind">;

#endif // MML_DIALECT_MML_IR_MMLENUMS_TD
