//===- MMLTypes.td - Types of the mml dialect ------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLTYPES_TD
#define MML_DIALECT_MML_IR_MMLTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mml/Dialect/MML/IR/MMLDialect.td"

def MML_TritType : TypeDef<MML_Dialect, "Trit", [MemRefElementTypeInterface]> {
  let mnemonic = "trit";
  let summary = "One of -1, 0 and +1";
  let description = [{
    An element type of tensors and memrefs. It is not `i2`: a trit has three
    values, no overflow and no arithmetic of its own. How trits lie in memory is
    said by the tensor's encoding (see `#mml.tiled`). Without an encoding a
    trit that is computed at run time takes one signed byte.
  }];
}

class MML_TensorOf<list<Type> elements> : RankedTensorOf<elements>;

def MML_FloatTensor : MML_TensorOf<[F32]>;
def MML_TritTensor : MML_TensorOf<[MML_TritType]>;
def MML_KernelTensor : MML_TensorOf<[F32, MML_TritType]>;
def MML_IndexTensor : MML_TensorOf<[I32, I64, F32]>;
def MML_EinsumTensor
    : MML_TensorOf<[I8, I16, I32, I64, F16, BF16, F32, F64, MML_TritType]>;
def MML_EinsumResultTensor
    : MML_TensorOf<[I8, I16, I32, I64, F16, BF16, F32, F64]>;

class MML_ShapedOf<list<Type> elements>
    : AnyTypeOf<[RankedTensorOf<elements>, MemRefOf<elements>]>;

def MML_FloatShaped : MML_ShapedOf<[F32]>;
def MML_TritShaped : MML_ShapedOf<[MML_TritType]>;
def MML_ActivationShaped : MML_ShapedOf<[I8, F32]>;
def MML_AccumulatorShaped : MML_ShapedOf<[I32, F32]>;
def MML_Int8Shaped : MML_ShapedOf<[I8]>;
def MML_PackedShaped : MML_ShapedOf<[I8, I16, I32, F32]>;

#endif // MML_DIALECT_MML_IR_MMLTYPES_TD
