//===- MMLOpBase.td - Base classes of the operations -----*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLOPBASE_TD
#define MML_DIALECT_MML_IR_MMLOPBASE_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mml/Dialect/MML/IR/MMLAttributes.td"
include "mml/Dialect/MML/IR/MMLTypes.td"

class MML_Op<string mnemonic, list<Trait> traits = []>
    : Op<MML_Dialect, mnemonic, traits>;

// An operation of the layer form: a pure function of tensors whose one result
// type follows from its operands and attributes. Type inference checks the
// numbered constraints, so that a builder and the verifier refuse the same
// operations. The declared type may say more or less about a dimension than the
// inferred one, and never another size.
class MML_LayerOp<string mnemonic, list<Trait> traits = []>
    : MML_Op<mnemonic, traits # [Pure, InferTypeOpAdaptorWithIsCompatible,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>]> {
  let results = (outs MML_FloatTensor:$result);
  let extraClassDefinition = [{
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange lhs,
                                            ::mlir::TypeRange rhs) {
      return ::mlir::succeeded(::mlir::verifyCompatibleShapes(lhs, rhs)) &&
             ::mlir::getElementTypeOrSelf(lhs.front()) ==
                 ::mlir::getElementTypeOrSelf(rhs.front());
    }
  }];
}

#endif // MML_DIALECT_MML_IR_MMLOPBASE_TD
